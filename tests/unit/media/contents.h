/* SPDX-License-Identifier: Apache-2.0 */
/* Records that compress well, badly and not at all. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "media/media.h"
#include "support.h"

enum contents { RANDOM, REPEATED, ZEROS, HALF, N_CONTENTS };

static inline void contents_fill(enum contents contents, uint64_t seed, uint8_t *out, uint32_t len)
{
	pattern_shrinks(contents == REPEATED);
	memcpy(out, pattern(seed, len), len);
	pattern_shrinks(false);
	if (contents == ZEROS)
		memset(out, 0, len);
	if (contents == HALF)
		memset(out + len / 2, 0x20, len - len / 2);
}

static inline uint8_t *contents_new(enum contents contents, uint64_t seed, uint32_t len)
{
	uint8_t *bytes = malloc(len);
	contents_fill(contents, seed, bytes, len);
	return bytes;
}

static inline void put(struct cart *cart, enum contents contents, uint64_t seed, uint32_t len)
{
	uint8_t *bytes = contents_new(contents, seed, len);
	assert_int_equal(cart_write(cart, bytes, len), MEDIA_OK);
	free(bytes);
}

/* Reads the record at the position: 0, what came instead, or -1 for other bytes. */
static inline int get(struct cart *cart, const uint8_t *want, uint32_t len)
{
	uint32_t is = 0;
	const void *p;
	size_t n = 0;
	int res = cart_peek(cart, &is);
	for (uint32_t at = 0; at < len && !res; at += (uint32_t)n) {
		res = is == len ? cart_read_chunk(cart, at, &p, &n) : -1;
		if (!res && (n > len - at || memcmp(p, want + at, n) != 0))
			res = -1;
	}
	return res;
}

static inline void check(struct cart *cart, enum contents contents, uint64_t seed, uint32_t len)
{
	uint8_t *bytes = contents_new(contents, seed, len);
	int res = get(cart, bytes, len);
	if (res)
		fail_msg("contents %d, seed %llu, length %u: %d", (int)contents, (unsigned long long)seed,
			len, res);
	assert_int_equal(cart_skip(cart), MEDIA_OK);
	free(bytes);
}
