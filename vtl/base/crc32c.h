/* SPDX-License-Identifier: Apache-2.0 */
/* CRC32C (Castagnoli), as RFC 7143 and the cartridge format use it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to start) over len bytes; crc32c(0, "123456789", 9) is E3069283h. */
uint32_t crc32c(uint32_t crc, const void *buf, size_t len);
/* The CRC of a and then b, of their CRCs and the length of b.  Since that is its own inverse: of the CRCs of a, and of a
 * and then b, it is the CRC of b. */
uint32_t crc32c_join(uint32_t crc_a, uint32_t crc_b, size_t len_b);
