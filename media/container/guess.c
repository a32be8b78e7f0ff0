// SPDX-License-Identifier: Apache-2.0
/* Kinds of tape images and archives, told by their first bytes; a row for each. */
#include "media/container/guess.h"

#include <stdbool.h>
#include <string.h>

#include "media/container/chunk.h"
#include "vtl/base/bytes.h"

enum { BLOCK_MOST = 16 << 20 }; /* no image has a first block longer than this */
enum { AWS_HEAD = 6, AWS_NEW = 0x80, AWS_END = 0x20, AWS_MARK = 0x40, HET_PACKED = 0x03 };

static bool begins(const uint8_t *p, size_t n, const char *magic, size_t len)
{
	return n >= len && memcmp(p, magic, len) == 0;
}

bool container_is_near(const uint8_t *p, size_t n)
{
	static const char magic[] = CONTAINER_MAGIC "2";
	uint8_t head[8];
	size_t same = 0;
	if (n < sizeof head)
		return n && memcmp(p, magic, n) == 0;
	memcpy(head, p, sizeof head);
	for (size_t i = 0; i < sizeof head; i++)
		same += head[i] == (uint8_t)magic[i];
	return same >= 6 || memmem(head, sizeof head, &magic[1], 6) ||
		memmem(head, sizeof head, &magic[2], 6);
}

/* The first object is a whole SIMH record. */
static bool is_simh(const uint8_t *p, size_t n)
{
	uint32_t word = n < 8 ? 0 : get_le32(p), len = word & 0x0fffffff;
	size_t end = 4 + (size_t)len + (len & 1);
	return len && len < BLOCK_MOST && n >= end + 4 && get_le32(p + end) == word;
}

/* A block between two big-endian copies of its length. */
static bool is_big_endian(const uint8_t *p, size_t n)
{
	uint32_t len = n < 8 ? 0 : get_be32(p), padded = len + (len & 1);
	return len && len < BLOCK_MOST && n >= 8 + (size_t)padded &&
		(get_be32(p + 4 + len) == len || get_be32(p + 4 + padded) == len);
}

/* As SIMH's, but an odd block has no padding. */
static bool is_e11(const uint8_t *p, size_t n)
{
	uint32_t len = n < 8 ? 0 : get_le32(p);
	return (len & 1) && len < BLOCK_MOST && n >= 8 + (size_t)len && get_le32(p + 4 + len) == len;
}

/* Header: length of this block, of the block before (none), flags; then a header that agrees. */
static bool is_aws(const uint8_t *p, size_t n, bool packed)
{
	if (n < AWS_HEAD || get_le16(p + 2) != 0 || p[5] != 0)
		return false;
	size_t len = get_le16(p), next = AWS_HEAD + len;
	uint8_t flags = p[4];
	if (!len || !(flags & AWS_NEW) || (flags & AWS_MARK) || ((flags & HET_PACKED) != 0) != packed)
		return false;
	return n < next + AWS_HEAD ? n == next : get_le16(p + next + 2) == len;
}

static bool is_awstape(const uint8_t *p, size_t n)
{
	return is_aws(p, n, false);
}

static bool is_het(const uint8_t *p, size_t n)
{
	return is_aws(p, n, true);
}

/* 16-bit length, block, padding to even; believed when three blocks in a row make sense. */
static bool is_tpc(const uint8_t *p, size_t n)
{
	size_t at = 0;
	uint16_t first = n < 2 ? 0 : get_le16(p);
	for (int i = 0; i < 3; i++) {
		if (n < at + 2 || get_le16(p + at) != first || !first)
			return false;
		at += 2 + (size_t)first + (first & 1);
	}
	return true;
}

static bool is_gzip(const uint8_t *p, size_t n)
{
	return begins(p, n, "\x1f\x8b", 2);
}

static bool is_zstd(const uint8_t *p, size_t n)
{
	return begins(p, n, "\x28\xb5\x2f\xfd", 4);
}

static bool is_xz(const uint8_t *p, size_t n)
{
	return begins(p, n,
		"\xfd"
		"7zXZ",
		5);
}

static bool is_bzip2(const uint8_t *p, size_t n)
{
	return begins(p, n, "BZh", 3);
}

static bool is_tar(const uint8_t *p, size_t n)
{
	return n >= 512 && memcmp(p + 257, "ustar", 5) == 0;
}

static bool is_elf(const uint8_t *p, size_t n)
{
	return begins(p, n,
		"\x7f"
		"ELF",
		4);
}

const char *container_guess(const uint8_t *p, size_t n)
{
	static const struct {
		bool (*is)(const uint8_t *p, size_t n);
		const char *words;
	} kinds[] = {
		{ is_gzip, "a gzip file" },
		{ is_zstd, "a zstd file" },
		{ is_xz, "an xz file" },
		{ is_bzip2, "a bzip2 file" },
		{ is_tar, "a tar archive" },
		{ is_elf, "a program" },
		{ is_big_endian, "a tape image with big-endian lengths" },
		{ is_e11, "an E11 tape image (odd blocks without padding)" },
		{ is_awstape, "an AWSTAPE image" },
		{ is_het, "a HET image (compressed AWSTAPE)" },
		{ is_tpc, "a TPC tape image" },
	};
	if (is_simh(p, n))
		return NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].is(p, n))
			return kinds[i].words;
	return NULL;
}
