/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the command line: bytes, not text; some of them name a descriptor that is open already. */
#pragma once

#include <stddef.h>

/* The descriptor that a path names ("-" the standard one, /dev/stdin, /dev/stdout, /dev/fd/N,
 * /proc/self/fd/N), or -1.  It stays the caller's. */
int path_descriptor(const char *path, int standard);
/* The path as a line of text: what is not UTF-8 becomes \\xNN.  Cut to fit. */
void path_text(const char *path, char *out, size_t size);
