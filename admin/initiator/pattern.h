/* SPDX-License-Identifier: Apache-2.0 */
/* Test data that can be generated again and that name their record, so that stale or misplaced data are
 * found. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_STAMP = 48 };

enum pattern_kind { PATTERN_RANDOM, PATTERN_HALF, PATTERN_ZERO };

struct pattern {
	enum pattern_kind kind;
	uint64_t seed;
	uint8_t *pool;
	size_t window; /* number of offsets where a body may start, in steps of 64 bytes */
};

/* Allocates a pool for bodies of up to longest bytes.  Bodies are slices of the pool, so that nothing is
 * copied.  Returns 0 or -ENOMEM. */
int pattern_open(struct pattern *p, enum pattern_kind kind, uint64_t seed, uint32_t longest);
void pattern_close(struct pattern *p);

/* A record is its stamp, cut to the record's length, followed by a body. */
struct pattern_name {
	uint32_t drive;
	uint64_t record;
	uint32_t len;
};
void pattern_stamp(const struct pattern *p, const struct pattern_name *n,
	uint8_t stamp[static PATTERN_STAMP]);
const uint8_t *pattern_body(const struct pattern *p, const struct pattern_name *n);

/* Returns whether buf holds exactly this record.  False: why says what it holds. */
bool pattern_verify(const struct pattern *p, const struct pattern_name *n, const uint8_t *buf, char *why,
	size_t why_size);

/* Returns whether a record was written by any run of the load generator. */
bool pattern_ours(const uint8_t *buf, size_t len);
