// SPDX-License-Identifier: Apache-2.0
/* Kinds of files that hold no tape, told by their first bytes; a row for each. */
#include "media/container/guess.h"

#include <stdbool.h>
#include <string.h>

#include "media/container/chunk.h"

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
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].is(p, n))
			return kinds[i].words;
	return NULL;
}
