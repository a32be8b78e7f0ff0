/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random walk of commands by two initiators, compared step by step with the reference tape: every
 * status, sense, information, residual, byte and position.  SEED and ROUNDS (steps):
 * see tests/lib/seed.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "model.h"
#include "tests/lib/seed.h"
#include "vtl/base/worker.h"

enum { STEPS = 20000, STEPS_APART = 3000, IN_MAX = 40 << 20, OBJECTS_MAX = 4000 };

struct walk {
	struct bench *b;
	struct model m;
	uint64_t random;
	uint8_t *out, *in, *expected;
	char name[96];
};

static uint32_t roll(struct walk *w, uint32_t sides)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((w->random >> 33) % sides);
}

/* Mostly small, sometimes large, seldom the largest. */
static uint32_t roll_length(struct walk *w)
{
	switch (roll(w, 40)) {
	case 0: return 0;
	case 1: return 1;
	case 2: return 300000 + roll(w, 900000);
	case 3: return roll(w, 30) ? 65536 : 8 << 20;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
	case 9: return 512;
	default: return 1 + roll(w, 5000);
	}
}

static void put24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}

static void put_be(uint8_t *p, uint64_t v, int n)
{
	while (n--)
		p[n] = (uint8_t)v, v >>= 8;
}

/* --- the commands ------------------------------------------------------------------------------------ */

static void make_transfer(struct walk *w, unsigned who, uint8_t *cdb, uint8_t code)
{
	bool fixed = roll(w, 3) == 0;
	uint32_t block = w->m.block_length[who];
	cdb[0] = code;
	cdb[1] = (uint8_t)(fixed | (code == 0x08 && roll(w, 4) == 0 ? 2 : 0));
	put24(cdb + 2, fixed ? roll(w, block > 100000 ? 3 : 40) : roll_length(w));
}

/* A record of the tape, for commands that should often meet one of the right length. */
static void make_read(struct walk *w, unsigned who, uint8_t *cdb)
{
	make_transfer(w, who, cdb, roll(w, 6) ? 0x08 : 0x13);
	if (!(cdb[1] & 1) && roll(w, 2) && w->m.at < w->m.count && !w->m.objects[w->m.at].mark)
		put24(cdb + 2, w->m.objects[w->m.at].len);
}

static void make_write(struct walk *w, unsigned who, uint8_t *cdb)
{
	/* Mostly at the end, else the tape would stay short. */
	if (w->m.at != w->m.count && roll(w, 5)) {
		cdb[0] = 0x11;
		cdb[1] = 3;
		return;
	}
	make_transfer(w, who, cdb, 0x0a);
}

static void make_marks(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x10;
	cdb[1] = (uint8_t)roll(w, 2);
	put24(cdb + 2, roll(w, 4));
}

static void make_space(struct walk *w, unsigned who, uint8_t *cdb)
{
	int64_t n = (int64_t)roll(w, 41) - 20;
	uint8_t code = (uint8_t)(roll(w, 20) ? roll(w, 2) : roll(w, 16));
	if (roll(w, 2)) {
		cdb[0] = 0x11;
		put24(cdb + 2, (uint32_t)n);
	} else {
		cdb[0] = 0x91;
		if (roll(w, 50) == 0)
			n = roll(w, 2) ? INT64_MIN : INT64_MAX;
		put_be(cdb + 4, (uint64_t)n, 8);
	}
	cdb[1] = code;
}

static void make_locate(struct walk *w, unsigned who, uint8_t *cdb)
{
	uint64_t where = roll(w, (uint32_t)w->m.count + 3);
	uint8_t early = (uint8_t)(where <= w->m.count && roll(w, 4) == 0);
	if (roll(w, 2)) {
		cdb[0] = 0x2b;
		cdb[1] = early;
		put_be(cdb + 3, where, 4);
		return;
	}
	static const uint8_t types[] = { 0, 0, 0, 1, 1, 3, 3, 2 };
	cdb[0] = 0x92;
	cdb[1] = (uint8_t)(types[roll(w, 8)] << 3);
	if (roll(w, 20) == 0)
		cdb[1] |= 2, cdb[3] = (uint8_t)roll(w, 3);
	if (cdb[1] >> 3 & 1)
		where = roll(w, 10);
	else if (roll(w, 50) == 0)
		where = UINT64_MAX;
	put_be(cdb + 4, where, 8);
}

static void make_rewind(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x01;
	cdb[1] = (uint8_t)roll(w, 2);
}

static void make_erase(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x19;
	cdb[1] = (uint8_t)roll(w, 4);
}

static void make_load(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x1b;
	/* On a worker of its own, what TEST UNIT READY says after IMMED is a matter of time. */
	cdb[1] = (uint8_t)(w->b->worker == worker_self() && roll(w, 2));
	cdb[4] = w->m.loaded ? (uint8_t)roll(w, 2) : 1;
}

static void make_prevent(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x1e;
	cdb[4] = (uint8_t)(roll(w, 3) == 0);
}

static void make_ready(struct walk *w, unsigned who, uint8_t *cdb)
{
	cdb[0] = 0x00;
}

/* clang-format off */
static const struct kind {
	unsigned weight;
	void (*make)(struct walk *w, unsigned who, uint8_t *cdb);
} kinds[] = {
	{ 30, make_write }, { 30, make_read },  { 10, make_marks }, { 12, make_space },
	{ 8, make_locate }, { 3, make_rewind }, { 1, make_erase },  { 1, make_load },
	{ 1, make_prevent }, { 2, make_ready },
};
/* clang-format on */

static void make_command(struct walk *w, unsigned who, uint8_t *cdb)
{
	unsigned total = 0, i = 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		total += kinds[k].weight;
	unsigned pick = roll(w, total);
	while (pick >= kinds[i].weight)
		pick -= kinds[i++].weight;
	memset(cdb, 0, 16);
	kinds[i].make(w, who, cdb);
	/* The tape must not grow for ever: now and then the walk starts over. */
	if (w->m.count > OBJECTS_MAX)
		w->m.at < OBJECTS_MAX / 2 ? make_erase(w, who, cdb) : make_rewind(w, who, cdb);
}

/* --- comparing ----------------------------------------------------------------------------------------- */

static unsigned cdb_length(uint8_t code)
{
	return code < 0x20 ? 6 : code < 0x60 ? 10 : 16;
}

static void compare(struct walk *w, const struct model_answer *e, const struct bench_answer *a)
{
	struct bench *b = w->b;
	const uint8_t *s = a->sense;
	if (a->status != e->status) {
		bench_fail(b, "status %02x, not %02x; sense %x/%02x/%02x, not %x/%02x/%02x", a->status,
			e->status, s[2] & 15, s[12], s[13], e->key, e->asc, e->ascq);
		return;
	}
	if (e->status) {
		uint8_t flags = (uint8_t)(e->filemark << 7 | e->eom << 6 | e->ili << 5 | e->key);
		uint32_t information = (uint32_t)s[3] << 24 | (uint32_t)s[4] << 16 | s[5] << 8 | s[6];
		if (s[2] != flags || s[12] != e->asc || s[13] != e->ascq)
			bench_fail(b, "sense %02x/%02x/%02x, not %02x/%02x/%02x", s[2], s[12], s[13], flags,
				e->asc, e->ascq);
		if (s[0] != (e->valid ? 0xf0 : 0x70) || information != e->information)
			bench_fail(b, "information %02x %x, not %d %x", s[0], information, e->valid,
				e->information);
	}
	if (a->want != e->want)
		bench_fail(b, "moved %llu bytes, not %llu", (unsigned long long)a->want,
			(unsigned long long)e->want);
	if (e->in_len && memcmp(w->in, e->in, e->in_len < a->in_done ? e->in_len : a->in_done))
		bench_fail(b, "other bytes than were written");
}

static void compare_position(struct walk *w)
{
	uint8_t cdb[10] = { 0x34, 0x06 }, in[32] = { 0 };
	struct bench_answer a;
	bench_command(w->b, 0, cdb, 10, NULL, 0, in, sizeof in, &a);
	uint64_t object = 0, marks = 0;
	for (int i = 0; i < 8; i++) {
		object = object << 8 | in[8 + i];
		marks = marks << 8 | in[16 + i];
	}
	if (a.status || object != w->m.at || marks != model_marks_before(&w->m) ||
		(in[0] & 0x80) != (w->m.at ? 0 : 0x80))
		bench_fail(w->b, "at object %llu, filemarks %llu, flags %02x; not %zu, %zu",
			(unsigned long long)object, (unsigned long long)marks, in[0], w->m.at,
			model_marks_before(&w->m));
}

/* MODE SELECT(6) with a block descriptor alone, as tape drivers send it. */
static void set_block(struct walk *w, unsigned who)
{
	static const uint32_t lengths[] = { 0, 0, 1, 512, 1024, 4096, 65536, 262144 };
	uint32_t length = lengths[roll(w, 8)];
	uint8_t cdb[6] = { 0x15, 0, 0, 0, 12 }, list[12] = { 0, 0, 0x10, 8 };
	struct bench_answer a;
	if (w->m.attention[who])
		return;
	put24(list + 9, length);
	bench_command(w->b, who, cdb, 6, list, sizeof list, NULL, 0, &a);
	BENCH_CHECK(w->b, a.status == 0);
	w->m.block_length[who] = length;
}

/* What the initiator offers of a transfer: all, mostly; for READ sometimes less or nothing. */
static uint32_t offer(struct walk *w, const uint8_t *cdb)
{
	if (cdb[0] != 0x08 || roll(w, 10))
		return IN_MAX;
	return roll(w, 3000);
}

static void step(struct walk *w, unsigned n)
{
	unsigned who = roll(w, 2);
	uint8_t cdb[16];
	if (roll(w, 25) == 0)
		set_block(w, who);
	make_command(w, who, cdb);
	uint32_t seed = (uint32_t)w->random;
	uint32_t in_len = offer(w, cdb);
	snprintf(w->name, sizeof w->name, "step %u: %02x %02x %02x %02x %02x %02x of %u", n, cdb[0], cdb[1],
		cdb[2], cdb[3], cdb[4], cdb[5], who);
	w->b->what = w->name;

	struct model_answer e = { .in = w->expected };
	struct bench_answer a;
	uint32_t block = w->m.block_length[who];
	uint32_t count = (uint32_t)cdb[2] << 16 | cdb[3] << 8 | cdb[4];
	model_command(&w->m, who, cdb, seed, &e);
	if (cdb[0] == 0x0a && e.want) {
		bool fixed = cdb[1] & 1;
		for (uint32_t i = 0; i < (fixed ? count : 1); i++)
			bench_pattern(w->out + (size_t)i * block, fixed ? block : count, seed + i);
	}
	uint32_t out_len = cdb[0] == 0x0a ? (uint32_t)IN_MAX : 0;
	bench_command(w->b, who, cdb, cdb_length(cdb[0]), w->out, out_len, w->in, in_len, &a);
	compare(w, &e, &a);
	if (w->m.loaded && !w->m.attention[0])
		compare_position(w);
}

static void walk_body(struct bench *b)
{
	struct walk w = { .b = b };
	w.random = seed_new();
	unsigned n = rounds_wanted(*(const unsigned *)b->arg);
	w.out = malloc(IN_MAX);
	w.in = malloc(IN_MAX);
	w.expected = malloc(IN_MAX);
	model_init(&w.m);
	bench_load(b, "E00001L8", "lto8");
	b->pace = w.random & 1 ? PACE_LATER : PACE_NOW;
	for (unsigned i = 0; i < n && !b->failures; i++)
		step(&w, i);
	b->what = NULL;
	model_fini(&w.m);
	free(w.out);
	free(w.in);
	free(w.expected);
}

static void walks_like_the_reference(void **state)
{
	static const unsigned steps = STEPS;
	assert_int_equal(bench_run("IBM ULT3580-TD8", walk_body, &steps), 0);
}

static void walks_on_a_worker_of_its_own(void **state)
{
	static const unsigned steps = STEPS_APART;
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", walk_body, &steps), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_like_the_reference),
		cmocka_unit_test(walks_on_a_worker_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
