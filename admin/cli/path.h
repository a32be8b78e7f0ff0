/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the command line.  They are bytes, not text; some of them name an open descriptor. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* Returns the descriptor that a path names, or -1: "-" is `standard`; /dev/stdin, /dev/stdout, /dev/fd/N
 * and /proc/self/fd/N are their numbers.  The descriptor stays the caller's. */
int path_descriptor(const char *path, int standard);
/* Writes the folder that contains a path.  False: it is too long. */
bool folder_of(const char *path, char out[static PATH_MAX]);
