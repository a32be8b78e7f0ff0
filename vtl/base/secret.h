/* SPDX-License-Identifier: Apache-2.0 */
/* Reads secrets from a file or stdin, never from a command line, and keeps them out of core dumps. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_MAX = 255 };

/* Reads the first line of a file, or of stdin when path is "-" (without echo on a terminal).  Refuses a file
 * that other users may read or write, and UTF-16; skips a byte order mark of UTF-8.  False with a line in
 * why.  The caller overwrites out.  From then on the process leaves no core dump. */
bool secret_read(const char *path, char out[static SECRET_MAX + 1], char *why, size_t size);

/* From now on the process leaves no core dump, and other processes of its user cannot read its memory. */
void secret_guard_process(void);
