/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as people write them; what is written here can be read back here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { SIZE_TEXT = 32 };

/* "12 TB", "1.5G", "4096": K M G T and KiB MiB GiB TiB are powers of 1024, KB MB GB TB of 1000. False
 * when it is none, or more than 2^63. */
bool size_read(const char *text, uint64_t *ret_bytes);
/* The shortest honest form: "12 TB", "262.14 KB". */
void size_text(uint64_t bytes, char out[static SIZE_TEXT]);
