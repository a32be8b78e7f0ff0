/* SPDX-License-Identifier: Apache-2.0 */
/* Parses and prints sizes; size_read() accepts what size_text() prints. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SIZE_TEXT = 32 };

/* Parses "12 TB", "1.5G", "4096" into bytes: K M G T and KiB MiB GiB TiB are powers of 1024, KB MB GB TB
 * of 1000.  False: not a size, or more than 2^63 - 1. */
bool size_read(const char *text, uint64_t *ret_bytes);
/* Prints a size with up to two decimals: "12 TB", "262.14 KB". */
void size_text(uint64_t bytes, char out[static SIZE_TEXT]);
