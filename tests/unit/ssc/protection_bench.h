/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of logical block protection share: setting and reading mode page 0Ah/F0h. */
#pragma once

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
