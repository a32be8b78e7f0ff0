/* SPDX-License-Identifier: Apache-2.0 */
/* Data that names its record: every way it can be wrong is told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/initiator/pattern.h"
#include "admin/initiator/stream.h"
#include "tests/crash/model.h"

enum { LEN = 5000 };

static void make(const struct pattern *p, const struct pattern_name *n, uint8_t *buf)
{
	uint8_t stamp[PATTERN_STAMP];
	uint32_t stamped = n->len < PATTERN_STAMP ? n->len : PATTERN_STAMP;
	pattern_stamp(p, n, stamp);
	memcpy(buf, stamp, stamped);
	memcpy(buf + stamped, pattern_body(p, n), n->len - stamped);
}

static void a_record_is_itself_and_no_other(void **state)
{
	(void)state;
	for (int kind = PATTERN_RANDOM; kind <= PATTERN_ZERO; kind++) {
		struct pattern p, later;
		uint8_t buf[LEN];
		char why[200];
		struct pattern_name n = { .drive = 1, .record = 77, .len = LEN }, m = n;
		assert_int_equal(pattern_open(&p, (enum pattern_kind)kind, 5, LEN), 0);
		assert_int_equal(pattern_open(&later, (enum pattern_kind)kind, 6, LEN), 0);
		make(&p, &n, buf);
		assert_true(pattern_ours(buf, LEN));
		assert_true(pattern_verify(&p, &n, buf, why, sizeof why));
		m.record = 78;
		assert_false(pattern_verify(&p, &m, buf, why, sizeof why));
		assert_non_null(strstr(why, "holds record 77 of drive 1: misplaced"));
		m = (struct pattern_name){ .drive = 2, .record = 77, .len = LEN };
		assert_false(pattern_verify(&p, &m, buf, why, sizeof why));
		assert_false(pattern_verify(&later, &n, buf, why, sizeof why));
		assert_non_null(strstr(why, "stale"));
		pattern_close(&p);
		pattern_close(&later);
	}
}

static void every_flipped_byte_is_found(void **state)
{
	(void)state;
	struct pattern p;
	uint8_t buf[LEN];
	char why[200];
	struct pattern_name n = { .record = 3, .len = LEN };
	assert_int_equal(pattern_open(&p, PATTERN_RANDOM, 9, LEN), 0);
	make(&p, &n, buf);
	for (int i = 0; i < LEN; i++) {
		buf[i] ^= 1;
		assert_false(pattern_verify(&p, &n, buf, why, sizeof why));
		buf[i] ^= 1;
	}
	assert_true(pattern_verify(&p, &n, buf, why, sizeof why));
	pattern_close(&p);
}

static void the_shortest_records_work(void **state)
{
	(void)state;
	struct pattern p;
	uint8_t buf[PATTERN_STAMP + 1];
	char why[200];
	assert_int_equal(pattern_open(&p, PATTERN_RANDOM, 9, sizeof buf), 0);
	for (uint32_t len = 1; len <= sizeof buf; len++) {
		struct pattern_name n = { .record = 3, .len = len };
		make(&p, &n, buf);
		assert_true(pattern_verify(&p, &n, buf, why, sizeof why));
	}
	pattern_close(&p);
}

static const struct layout_row {
	uint64_t size, filemark;
	uint32_t block;
	const char *picture; /* R full record, r the short last one, F filemark */
} layouts[] = {
	{ 10, 0, 10, "RF" },
	{ 30, 0, 10, "RRRF" },
	{ 25, 0, 10, "RRrF" },
	{ 40, 20, 10, "RRFRRF" },
	{ 50, 20, 10, "RRFRRFRF" },
	{ 45, 15, 10, "RRFRRFrF" },
	{ 30, 1, 10, "RFRFRF" },
	{ 30, 100, 10, "RRRF" },
	{ 5, 0, 10, "rF" },
};

static void tapes_are_laid_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		struct stream_plan plan = { .size = layouts[i].size, .filemark = layouts[i].filemark };
		struct stream_round r = { .plan = &plan, .block = layouts[i].block };
		char picture[32] = "";
		uint64_t bytes = 0;
		assert_true(layout_items(&r) < sizeof picture);
		for (uint64_t k = 0; k < layout_items(&r); k++) {
			bool mark = layout_mark(&r, k);
			picture[k] = mark ? 'F' : layout_len(&r, k) == r.block ? 'R' : 'r';
			bytes += mark ? 0 : layout_len(&r, k);
		}
		assert_string_equal(picture, layouts[i].picture);
		assert_int_equal(bytes, plan.size);
	}
}

/* ---- the crash suite's judge: letters are records, '.' a filemark ------------------------------- */

static const struct judge_row {
	const char *what;
	const char *sent; /* before the crash */
	size_t synced;
	int cut;          /* written over from here, or -1 */
	const char *over; /* what was sent from there */
	int over_synced;  /* items synced after the cut, or -1 */
	const char *seen;
	bool ok;
} judges[] = {
	{ "all there", "ab.cd", 3, -1, "", -1, "ab.cd", true },
	{ "a tail lost", "ab.cd", 3, -1, "", -1, "ab.", true },
	{ "a synced record lost", "ab.cd", 3, -1, "", -1, "ab", false },
	{ "a hole", "ab.cd", 3, -1, "", -1, "ab.d", false },
	{ "a filemark lost", "ab.cd", 2, -1, "", -1, "abcd", false },
	{ "more than was sent", "ab.", 3, -1, "", -1, "ab.z", false },
	{ "out of order", "abcd", 0, -1, "", -1, "abdc", false },
	{ "nothing of an unsynced tape", "abcd", 0, -1, "", -1, "", true },
	{ "an overwrite that never landed", "abcd", 4, 2, "xy", -1, "abcd", true },
	{ "an overwrite that landed", "abcd", 4, 2, "xy", -1, "abxy", true },
	{ "an overwrite that landed in part", "abcd", 4, 2, "xy", -1, "abx", true },
	{ "the old tail behind the new record", "abcd", 4, 2, "x", -1, "abxd", false },
	{ "the old tape after a synced overwrite", "abcd", 4, 2, "xy", 4, "abcd", false },
	{ "half the old tape", "abcd", 4, 1, "xy", -1, "abc", false },
	{ "what was before the cut lost", "abcd", 4, 2, "xy", -1, "a", false },
};

static void fill(struct tape *t, const char *letters)
{
	for (; *letters; letters++) {
		struct item i = { .mark = *letters == '.',
			.len = *letters == '.' ? 0 : 1,
			.serial = *letters == '.' ? 0 : (uint64_t)*letters };
		assert_true(tape_append(t, &i));
	}
}

static void crashes_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof judges / sizeof *judges; i++) {
		const struct judge_row *row = &judges[i];
		struct tape t = { .barcode = "T" }, seen = { 0 };
		char why[WHY_LEN] = "";
		fill(&t, row->sent);
		tape_synced(&t, row->synced);
		if (row->cut >= 0) {
			assert_true(tape_cut(&t, (size_t)row->cut));
			fill(&t, row->over);
		}
		if (row->over_synced >= 0)
			tape_synced(&t, (size_t)row->over_synced);
		fill(&seen, row->seen);
		bool ok = tape_judge(&t, seen.items, seen.count, why);
		if (ok != row->ok)
			fail_msg("%s: %s", row->what, ok ? "let pass" : why);
		if (ok) {
			assert_int_equal(t.count, strlen(row->seen));
			assert_int_equal(t.synced, t.count);
		}
		tape_fini(&t);
		tape_fini(&seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_itself_and_no_other),
		cmocka_unit_test(every_flipped_byte_is_found),
		cmocka_unit_test(the_shortest_records_work),
		cmocka_unit_test(tapes_are_laid_out),
		cmocka_unit_test(crashes_are_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
