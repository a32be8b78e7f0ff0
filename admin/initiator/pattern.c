/* SPDX-License-Identifier: Apache-2.0 */
/* Test data that can be generated again and that name their record, so that stale or misplaced data are
 * found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/pattern.h"
#include "vtl/base/bytes.h"

/* The pool is small enough to be generated quickly and to fit partly into the cache, and has so many
 * offsets that two records rarely share a body. */
enum { POOL_SPREAD = 4 << 20, STEP = 64, HALF_RUN = 512 };

static const char magic[8] = "EVTSTRM1";

/* splitmix64 of a counter: each record can be generated independently. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

int pattern_open(struct pattern *p, enum pattern_kind kind, uint64_t seed, uint32_t longest)
{
	size_t size = POOL_SPREAD + ((size_t)longest + STEP - 1) / STEP * STEP;
	uint8_t *pool = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
	if (!pool)
		return -ENOMEM;
	for (size_t at = 0; at < size; at += 8) {
		bool random = kind == PATTERN_RANDOM || (kind == PATTERN_HALF && at / HALF_RUN % 2 == 0);
		put_le64(pool + at, random ? mix(seed ^ at) : 0);
	}
	*p = (struct pattern){ .kind = kind, .seed = seed, .pool = pool, .window = POOL_SPREAD / STEP };
	return 0;
}

void pattern_close(struct pattern *p)
{
	free(p->pool);
	p->pool = NULL;
}

void pattern_stamp(const struct pattern *p, const struct pattern_name *n, uint8_t stamp[static PATTERN_STAMP])
{
	memcpy(stamp, magic, sizeof magic);
	put_be64(stamp + 8, p->seed);
	put_be64(stamp + 16, n->record);
	put_be32(stamp + 24, n->drive);
	put_be32(stamp + 28, n->len);
	put_be64(stamp + 32, mix(p->seed ^ mix(n->record ^ (uint64_t)n->drive << 48)));
	put_be64(stamp + 40, p->kind);
}

const uint8_t *pattern_body(const struct pattern *p, const struct pattern_name *n)
{
	return p->pool + mix(p->seed + mix(n->record) + n->drive) % p->window * STEP;
}

/* Describes data that are not the expected record. */
static void foreign_text(const struct pattern *p, const struct pattern_name *n, const uint8_t *buf, char *why,
	size_t size)
{
	unsigned long long record = get_be64(buf + 16);
	unsigned drive = get_be32(buf + 24);
	if (get_be64(buf + 8) != p->seed)
		snprintf(why, size, "holds record %llu of an earlier run (seed %llu): stale data", record,
			(unsigned long long)get_be64(buf + 8));
	else if (record != n->record || drive != n->drive)
		snprintf(why, size, "holds record %llu of drive %u: misplaced data", record, drive);
	else
		snprintf(why, size, "has a damaged stamp");
}

bool pattern_verify(const struct pattern *p, const struct pattern_name *n, const uint8_t *buf, char *why,
	size_t why_size)
{
	uint8_t stamp[PATTERN_STAMP];
	uint32_t stamped = n->len < PATTERN_STAMP ? n->len : PATTERN_STAMP;
	pattern_stamp(p, n, stamp);
	if (memcmp(buf, stamp, stamped)) {
		if (stamped == PATTERN_STAMP && !memcmp(buf, magic, sizeof magic))
			foreign_text(p, n, buf, why, why_size);
		else
			snprintf(why, why_size, "holds data that this program did not write");
		return false;
	}
	const uint8_t *body = pattern_body(p, n);
	if (!memcmp(buf + stamped, body, n->len - stamped))
		return true;
	uint32_t at = stamped;
	while (buf[at] == body[at - stamped])
		at++;
	snprintf(why, why_size, "differs at byte %u of %u: is %02x, was written as %02x", at, n->len, buf[at],
		body[at - stamped]);
	return false;
}

bool pattern_ours(const uint8_t *buf, size_t len)
{
	return len >= sizeof magic && !memcmp(buf, magic, sizeof magic);
}
