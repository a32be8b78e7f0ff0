/* SPDX-License-Identifier: Apache-2.0 */
/* Which process listens on an address, as far as /proc tells us. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The process that listens where this address cannot be bound, with its name; 0: not known, since only
 * root may see what other users' processes hold.  Reads /proc: blocks. */
pid_t holder_find(const struct sockaddr *address, char *name, size_t size);
