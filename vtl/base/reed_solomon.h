/* SPDX-License-Identifier: Apache-2.0 */
/* The Reed-Solomon CRC of logical block protection: 4 bytes over GF(2^8) mod 11Dh, generator
 * x^4 + 38h x^3 + CFh x^2 + 38h x + 1. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to start) over len bytes; reed_solomon(0, "123456789", 9) is 4B4F673Ah. */
uint32_t reed_solomon(uint32_t crc, const void *buf, size_t len);
