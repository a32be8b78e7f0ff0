/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of logical block protection share: mode page 0Ah/F0h, and blocks with a value. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "script.h"

#define SELECT_10 "55 10 00 00 00 00 00 00 28 00"
#define SENSE_10  "5A 08 0A F0 00 00 00 00 40 00"
enum { VALUE = 4, BOTH = 0xc0, LBP_W = 0x80, LBP_R = 0x40, LIST_6 = 36, LIST_10 = 40, PAGE = 32 };

/* Sets the page of a nexus. */
static inline void set(struct bench *b, unsigned who, unsigned method, unsigned length, unsigned flags,
	struct bench_answer *ret)
{
	uint8_t cdb[10],
		list[LIST_10] = { [3] = 0x10,
			[8] = 0x4a,
			0xf0,
			0x00,
			0x1c,
			(uint8_t)method,
			(uint8_t)length,
			(uint8_t)flags };
	bench_hex(SELECT_10, cdb, sizeof cdb);
	bench_command(b, who, cdb, sizeof cdb, list, sizeof list, NULL, 0, ret);
}

static inline void use(struct bench *b, unsigned who, enum lbp_method method, unsigned flags)
{
	struct bench_answer a;
	set(b, who, method, method ? VALUE : 0, method ? flags : 0, &a);
	BENCH_CHECK(b, a.status == 0);
}

static inline void page_of(struct bench *b, unsigned who, uint8_t out[static PAGE])
{
	uint8_t cdb[10], in[64] = { 0 };
	struct bench_answer a;
	bench_hex(SENSE_10, cdb, sizeof cdb);
	bench_command(b, who, cdb, sizeof cdb, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, a.status == 0);
	memcpy(out, in + 8, PAGE);
}

/* A block as the host has it in memory: data, and the value as it stands behind them. */
static inline void block_put(uint8_t *out, enum lbp_method method, uint32_t len, uint32_t seed)
{
	bench_pattern(out, len, seed);
	uint32_t v = lbp_value(method, 0, out, len);
	for (unsigned i = 0; i < VALUE && method; i++)
		out[len + i] = (uint8_t)(v >> 8 * (method == LBP_CRC32C ? i : VALUE - 1 - i));
}

static inline void transfer(struct bench *b, unsigned who, uint8_t opcode, uint8_t flags, uint32_t length,
	const uint8_t *out, uint32_t out_len, uint8_t *in, uint32_t in_len, struct bench_answer *ret)
{
	uint8_t cdb[6] = { opcode, flags, (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length };
	bench_command(b, who, cdb, sizeof cdb, out, out_len, in, in_len, ret);
}

/* Writes one block with the value of a method; `wrong` is turned in the last byte. */
static inline void put_wrong(struct bench *b, unsigned who, enum lbp_method method, uint32_t len,
	uint32_t seed, uint8_t wrong, struct bench_answer *ret)
{
	uint32_t all = len + (method ? VALUE : 0);
	uint8_t *out = malloc(all);
	block_put(out, method, len, seed);
	out[all - 1] ^= wrong;
	transfer(b, who, 0x0a, 0, all, out, all, NULL, 0, ret);
	free(out);
}

static inline void put(struct bench *b, unsigned who, enum lbp_method method, uint32_t len, uint32_t seed)
{
	struct bench_answer a;
	put_wrong(b, who, method, len, seed, 0, &a);
	BENCH_CHECK(b, a.status == 0 && a.out_done == len + (method ? VALUE : 0));
}

/* Reads one block, asking for so many bytes; it begins with the block, the value behind it. */
static inline void get(struct bench *b, unsigned who, enum lbp_method method, uint32_t len, uint32_t seed,
	uint32_t ask, uint8_t flags, struct bench_answer *ret)
{
	uint32_t all = len + (method ? VALUE : 0), n = all < ask ? all : ask;
	uint8_t *want = malloc(all), *in = calloc(1, ask + 1);
	block_put(want, method, len, seed);
	transfer(b, who, 0x08, flags, ask, NULL, 0, in, ask, ret);
	BENCH_CHECK(b, ret->in_done == n);
	BENCH_CHECK(b, memcmp(in, want, n) == 0);
	free(want);
	free(in);
}

static inline bool is_sense(const struct bench_answer *a, uint8_t key, unsigned code, int64_t information)
{
	int32_t info = (int32_t)((uint32_t)a->sense[3] << 24 | (uint32_t)a->sense[4] << 16 |
		(uint32_t)a->sense[5] << 8 | a->sense[6]);
	return a->status == 2 && a->sense[2] == key && a->sense[12] == code >> 8 &&
		a->sense[13] == (code & 0xff) && (information == INT64_MIN || info == information);
}
