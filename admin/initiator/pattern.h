/* SPDX-License-Identifier: Apache-2.0 */
/* Data that can be made again and that names its record, so that a stale or misplaced one shows. */
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
	size_t window; /* places a body may start at, in steps of 64 bytes */
};

/* Bodies are slices of one pool, up to longest bytes; nothing is copied to send one. */
int pattern_open(struct pattern *p, enum pattern_kind kind, uint64_t seed, uint32_t longest);
void pattern_close(struct pattern *p);

/* A record is its stamp (cut to its length) and then a body. */
struct pattern_name {
	uint32_t drive;
	uint64_t record;
	uint32_t len;
};
void pattern_stamp(const struct pattern *p, const struct pattern_name *n,
	uint8_t stamp[static PATTERN_STAMP]);
const uint8_t *pattern_body(const struct pattern *p, const struct pattern_name *n);

/* True when buf holds just this record; else says in why what it holds. */
bool pattern_verify(const struct pattern *p, const struct pattern_name *n, const uint8_t *buf, char *why,
	size_t why_size);

/* True when a record was written by any run of the load generator. */
bool pattern_ours(const uint8_t *buf, size_t len);
