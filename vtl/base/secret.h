/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of people: read from a file or from stdin, never from a command line, and kept out of dumps. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_MAX = 255 };

/* The first line of a file, or of stdin when path is "-" (without echo on a terminal).  A file that others
 * may use is refused.  A byte order mark of UTF-8 is no part of the secret; UTF-16 is refused.  False with
 * a line in why; out is wiped by the caller.  What the process holds is kept out of core dumps from now on. */
bool secret_read(const char *path, char out[static SECRET_MAX + 1], char *why, size_t size);

/* This process leaves no core dump, and its memory cannot be read by other processes of its user. */
void secret_guard_process(void);
