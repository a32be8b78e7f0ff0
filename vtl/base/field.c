/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, writing and mapping named bits. */
#include "vtl/base/field.h"

/* The i-th bit of a field (0 is its most significant): its byte, and its mask there. */
static uint8_t field_bit(const struct field *f, unsigned i, size_t *ret_byte)
{
	unsigned at = 7u - f->msb + i;
	*ret_byte = f->byte + at / 8;
	return (uint8_t)(0x80 >> at % 8);
}

uint64_t field_get(const struct field *f, const uint8_t *p)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < f->width; i++) {
		size_t byte;
		uint8_t mask = field_bit(f, i, &byte);
		v = v << 1 | !!(p[byte] & mask);
	}
	return v;
}

void field_put(const struct field *f, uint8_t *p, uint64_t value)
{
	for (unsigned i = 0; i < f->width; i++) {
		size_t byte;
		uint8_t mask = field_bit(f, i, &byte);
		if (value >> (f->width - 1u - i) & 1)
			p[byte] |= mask;
		else
			p[byte] &= (uint8_t)~mask;
	}
}

void field_map(const struct field *f, uint8_t *map, size_t size)
{
	for (; f->name; f++)
		for (unsigned i = 0; i < f->width; i++) {
			size_t byte;
			uint8_t mask = field_bit(f, i, &byte);
			if (byte < size)
				map[byte] |= mask;
		}
}
