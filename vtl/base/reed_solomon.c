/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes at a time: table k says what a byte is worth with k bytes behind it.  The code is linear, so a table
 * follows from its values for the eight bits. */
#include "vtl/base/reed_solomon.h"

#include "vtl/base/bytes.h"

/* clang-format off */
#define BIT(i, b, value) ((i) >> (b) & 1 ? value : 0u)
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7) \
	BIT(i, 0, b0) ^ BIT(i, 1, b1) ^ BIT(i, 2, b2) ^ BIT(i, 3, b3) ^ \
	BIT(i, 4, b4) ^ BIT(i, 5, b5) ^ BIT(i, 6, b6) ^ BIT(i, 7, b7)
#define FOUR(i, ...) ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define SIXTEEN(i, ...) FOUR(i, __VA_ARGS__), FOUR(i + 4, __VA_ARGS__), FOUR(i + 8, __VA_ARGS__), FOUR(i + 12, __VA_ARGS__)
#define SIXTY_FOUR(i, ...) SIXTEEN(i, __VA_ARGS__), SIXTEEN(i + 16, __VA_ARGS__), SIXTEEN(i + 32, __VA_ARGS__), SIXTEEN(i + 48, __VA_ARGS__)
#define TABLE(...) { SIXTY_FOUR(0, __VA_ARGS__), SIXTY_FOUR(64, __VA_ARGS__), SIXTY_FOUR(128, __VA_ARGS__), SIXTY_FOUR(192, __VA_ARGS__) }

static const uint32_t tables[8][256] = {
	TABLE(0x38cf3801, 0x70837002, 0xe01be004, 0xdd36dd08, 0xa76ca710, 0x53d85320, 0xa6ada640, 0x51475180),
	TABLE(0xe6ba2838, 0xd1695070, 0xbfd2a0e0, 0x63b95ddd, 0xc66fbaa7, 0x91de6953, 0x3fa1d2a6, 0x7e5fb951),
	TABLE(0x8e820ce6, 0x011918d1, 0x023230bf, 0x04646063, 0x08c8c0c6, 0x108d9d91, 0x2007273f, 0x400e4e7e),
	TABLE(0x9ee5fa8e, 0x21d7e901, 0x42b3cf02, 0x847b8304, 0x15f61b08, 0x2af13610, 0x54ff6c20, 0xa8e3d840),
	TABLE(0x5e7f359e, 0xbcfe6a21, 0x65e1d442, 0xcadfb584, 0x89a37715, 0x0f5bee2a, 0x1eb6c154, 0x3c719fa8),
	TABLE(0x335ad25e, 0x66b4b9bc, 0xcc756f65, 0x85eadeca, 0x17c9a189, 0x2e8f5f0f, 0x5c03be1e, 0xb806613c),
	TABLE(0xe62ae233, 0xd154d966, 0xbfa8afcc, 0x634d4385, 0xc69a8617, 0x9129112e, 0x3f52225c, 0x7ea444b8),
	TABLE(0x1e4807e6, 0x3c900ed1, 0x783d1cbf, 0xf07a3863, 0xfdf470c6, 0xe7f5e091, 0xd3f7dd3f, 0xbbf3a77e),
};
/* clang-format on */

static inline uint32_t four(const uint32_t t[4][256], uint32_t bytes)
{
	return t[3][bytes >> 24] ^ t[2][bytes >> 16 & 0xff] ^ t[1][bytes >> 8 & 0xff] ^ t[0][bytes & 0xff];
}

uint32_t reed_solomon(uint32_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	for (; len >= 8; p += 8, len -= 8)
		crc = four(tables + 4, get_be32(p) ^ crc) ^ four(tables, get_be32(p + 4));
	for (; len > 0; p++, len--)
		crc = crc << 8 ^ tables[0][*p ^ crc >> 24];
	return crc;
}
