/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that is not an Evertape container looks like. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks at the first n bytes (the more the better, a megabyte is plenty).  The words for a kind of file that
 * cannot be imported, with its article ("an AWSTAPE image"); NULL: it may be a SIMH .tap, or it is like nothing
 * known. */
const char *container_guess(const uint8_t *p, size_t n);
/* Whether it begins like an Evertape container of which one byte of the magic number is wrong or missing,
 * or that was cut off within it. */
bool container_is_near(const uint8_t *p, size_t n);
