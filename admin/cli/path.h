/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the command line: bytes, not text; some of them name a descriptor that is open already. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* The descriptor that a path names ("-" the standard one, /dev/stdin, /dev/stdout, /dev/fd/N,
 * /proc/self/fd/N), or -1.  It stays the caller's. */
int path_descriptor(const char *path, int standard);
/* The folder that a path is in; false: it is too long. */
bool folder_of(const char *path, char out[static PATH_MAX]);
