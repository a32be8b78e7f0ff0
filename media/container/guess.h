/* SPDX-License-Identifier: Apache-2.0 */
/* What a file looks like that holds no tape. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks at the first n bytes.  The words for a kind of file that cannot be imported, with its article ("a gzip
 * file"); NULL: it is like nothing known. */
const char *container_guess(const uint8_t *p, size_t n);
/* Whether it begins like an Evertape container of which one byte of the magic number is wrong or missing,
 * or that was cut off within it. */
bool container_is_near(const uint8_t *p, size_t n);
