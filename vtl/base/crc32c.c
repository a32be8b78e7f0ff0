/* SPDX-License-Identifier: Apache-2.0 */
/* CRC32C by ISA-L, which keeps the register uninverted between calls. */
#include "vtl/base/crc32c.h"

#include <limits.h>

#include <isa-l/crc.h>

uint32_t crc32c(uint32_t crc, const void *buf, size_t len)
{
	const unsigned char *p = buf;
	crc = ~crc;
	while (len > 0) {
		int n = len > INT_MAX ? INT_MAX : (int)len;
		crc = crc32_iscsi((unsigned char *)p, n, crc);
		p += n;
		len -= (size_t)n;
	}
	return ~crc;
}

/* Products of polynomials modulo the CRC's; bit 31 is the coefficient of 1. */
static uint32_t product(uint32_t a, uint32_t b)
{
	const uint32_t polynomial = 0x82f63b78;
	uint32_t sum = 0;
	for (; a; a <<= 1) {
		sum ^= a >> 31 ? b : 0;
		b = b >> 1 ^ (b & 1 ? polynomial : 0);
	}
	return sum;
}

uint32_t crc32c_join(uint32_t crc_a, uint32_t crc_b, size_t len_b)
{
	const uint32_t one = 1u << 31, x8 = one >> 8;
	uint32_t power = one; /* x^(8 * len_b): what the bits of a move by */
	for (uint32_t square = x8; len_b; len_b >>= 1) {
		if (len_b & 1)
			power = product(power, square);
		square = product(square, square);
	}
	return product(power, crc_a) ^ crc_b;
}
