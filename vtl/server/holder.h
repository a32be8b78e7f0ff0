/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the process that listens on an address, as far as /proc shows it. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The process that listens where this address cannot be bound, and its name; 0: unknown, because only root
 * can see the descriptors of other users' processes. Reads /proc; blocks. */
pid_t holder_find(const struct sockaddr *address, char *name, size_t size);
