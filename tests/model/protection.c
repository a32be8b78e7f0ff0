/* SPDX-License-Identifier: Apache-2.0 */
/* The reference drive: logical block protection (SSC-5 4.2.29): mode page 0Ah/F0h and protection values, bit by bit. */
#include "tests/model/parts.h"

enum { AT_METHOD = 4, AT_LENGTH = 5, AT_FLAGS = 6, WRITES = 0x80, READS = 0x40 };
enum { REED_SOLOMON = 1, CRC32C = 2 };

/* a * b in the field of ECMA-319, whose polynomial is x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t times(unsigned a, unsigned b)
{
	unsigned product = 0;
	for (; b; b >>= 1, a = a << 1 ^ (a & 0x80 ? 0x11d : 0))
		product ^= b & 1 ? a : 0;
	return (uint8_t)product;
}

static uint32_t reed_solomon_of(const uint8_t *p, size_t len)
{
	uint32_t table[256], value = 0;
	for (unsigned i = 0; i < 256; i++)
		table[i] = (uint32_t)times(i, 0x38) << 24 | (uint32_t)times(i, 0xcf) << 16 |
			(uint32_t)times(i, 0x38) << 8 | i;
	for (; len; len--)
		value = value << 8 ^ table[value >> 24 ^ *p++];
	return value;
}

static uint32_t crc32c_of(const uint8_t *p, size_t len)
{
	uint32_t table[256], value = UINT32_MAX;
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78u : 0);
	}
	for (; len; len--)
		value = value >> 8 ^ table[(value ^ *p++) & 0xff];
	return ~value;
}

void model_protection(unsigned method, const uint8_t *data, size_t len, uint8_t value[static MODEL_VALUE])
{
	uint32_t v = method == CRC32C ? crc32c_of(data, len) : reed_solomon_of(data, len);
	for (unsigned i = 0; i < MODEL_VALUE; i++)
		value[i] = (uint8_t)(v >> 8 * (method == CRC32C ? i : MODEL_VALUE - 1 - i));
}

unsigned model_protects(const struct model_host *h, bool writing)
{
	return h->protection_flags & (writing ? WRITES : READS) ? h->protection : 0;
}

void protection_page(const struct model_host *h, uint8_t *page)
{
	page[0] = 0x4a;
	page[1] = 0xf0;
	page[3] = 0x1c;
	page[AT_METHOD] = h->protection;
	page[AT_LENGTH] = h->protection_length;
	page[AT_FLAGS] = h->protection_flags;
}

unsigned protection_take(struct call *c, const uint8_t *page)
{
	unsigned method = page[AT_METHOD], length = page[AT_LENGTH], flags = page[AT_FLAGS];
	if (method > CRC32C)
		return AT_METHOD;
	if (length != MODEL_VALUE && (method || length))
		return AT_LENGTH;
	if (!method && flags)
		return AT_FLAGS;
	c->host->protection = (uint8_t)method;
	c->host->protection_length = (uint8_t)length;
	c->host->protection_flags = (uint8_t)flags;
	return 0;
}
