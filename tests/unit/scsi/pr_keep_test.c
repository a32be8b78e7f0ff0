/* SPDX-License-Identifier: Apache-2.0 */
/* Persistent reservations over restarts, failures, full tables, and against blocked tasks. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"

enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, IGNORE };

static uint8_t pr_out(struct stage *s, struct nexus *n, unsigned sa, uint64_t key, uint64_t new_key,
	unsigned type, bool aptpl)
{
	uint8_t list[24] = { 0 };

	put_be64(list, key);
	put_be64(list + 8, new_key);
	list[20] = aptpl;
	return fake_out(&s->f, n, 0, list, 24, "5f %02x %02x 0000 00000018 00", sa, type);
}

static void expect_keys(const char *sentence, struct stage *s, const char *hex, uint32_t len)
{
	fake_cmd(&s->g, &s->a, 0, "5e 00 00000000 00 00ff 00");
	expect_data(sentence, &s->g, hex, len);
}

static void kept(struct stage *s)
{
	pr_out(s, &s->a, REGISTER, 0, 1, 0, true);
	pr_out(s, &s->b, REGISTER, 0, 2, 0, true);
	pr_out(s, &s->b, RESERVE, 2, 0, 3, false);
	expect("reserved", &s->f, GOOD, 0);
	stage_restart(s);
	expect_keys("registrations are back, counting anew", s,
		"00000000 00000010 0000000000000001 0000000000000002", 24);
	fake_cmd(&s->g, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("and the reservation", &s->g, "00000000 00000010 0000000000000002 00000000 00 03", 24);
	fake_cmd(&s->f, &s->a, 0, "c2 00 00 00 00 00");
	expect("it holds", &s->f, CONFLICT, 0);
	assert_int_equal(fake_cmd(&s->f, &s->b, 0, "c2 00 00 00 00 00"), GOOD);

	/* The last REGISTER decides: now nothing is kept. */
	pr_out(s, &s->a, REGISTER, 1, 1, 0, false);
	stage_restart(s);
	expect_keys("forgotten", s, "00000000 00000000", 8);
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "c2 00 00 00 00 00"), GOOD);

	pr_out(s, &s->a, REGISTER, 0, 1, 0, false);
	unsigned saves = s->shelf.saves;
	pr_out(s, &s->a, RESERVE, 1, 0, 8, false);
	assert_int_equal(s->shelf.saves, saves);
	stage_restart(s);
	expect_keys("without APTPL nothing is kept", s, "00000000 00000000", 8);

	pr_out(s, &s->a, IGNORE, 0, 1, 0, true);
	pr_out(s, &s->a, RESERVE, 1, 0, 8, false);
	stage_restart(s);
	fake_cmd(&s->g, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("all registrants", &s->g, "00000000 00000010 0000000000000000 00000000 00 08", 24);
	pr_out(s, &s->a, CLEAR, 1, 0, 0, false);
	stage_restart(s);
	expect_keys("a CLEAR is kept too", s, "00000000 00000000", 8);
}

static void store_fails(struct stage *s)
{
	pr_out(s, &s->a, REGISTER, 0, 1, 0, true);
	pr_out(s, &s->b, REGISTER, 0, 2, 0, true);
	s->shelf.fail = -EIO;
	pr_out(s, &s->a, RESERVE, 1, 0, 3, false);
	expect("a store that fails", &s->f, CHECK, 0x044400);
	pr_out(s, &s->a, CLEAR, 1, 0, 0, false);
	expect("refused", &s->f, CHECK, 0x044400);
	expect_keys("nothing changed", s, "00000002 00000010 0000000000000001 0000000000000002", 24);
	fake_cmd(&s->g, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("nor reserved", &s->g, "00000002 00000000", 8);
	expect_ua("nobody hears", s, &s->b, 0);
	s->shelf.fail = 0;
	s->drive.lu.store.save = NULL;
	pr_out(s, &s->c, REGISTER, 0, 3, 0, true);
	expect("no store, no APTPL", &s->f, CHECK, 0x052600);
	assert_int_equal(fake_pointer(&s->f), 20 << 8);
}

static void bad_blobs(struct stage *s)
{
	/* clang-format off */
	static const char *const blobs[] = {
		"00", "01", "02 00 ffff 0000", "01 02 ffff 0000", "01 03 ffff 0001", "01 00 ffff 0041",
		"01 00 ffff 0001 0000000000000001 0001", "01 00 ffff 0001 0000000000000001 0001 05 6162",
		"01 00 ffff 0001 0000000000000001 0001 00", "01 00 ffff 0001 0000000000000001 0001 01 00",
		"01 03 ffff 0001 0000000000000001 0001 01 61", "01 03 0001 0001 0000000000000001 0001 01 61",
		"01 07 0000 0001 0000000000000001 0001 01 61", "01 00 ffff 0001 0000000000000001 0001 01 61 62",
	};
	/* clang-format on */

	strcpy(s->shelf.slots[0].key, "pr");
	s->shelf.slots[0].there = true;
	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++) {
		s->shelf.slots[0].len = fake_hex(blobs[i], s->shelf.slots[0].blob, 64);
		stage_restart(s);
		expect_keys(blobs[i], s, "00000000 00000000", 8);
		assert_int_equal(fake_cmd(&s->f, &s->c, 0, "c2 00 00 00 00 00"), GOOD);
	}
	s->shelf.slots[0].len = fake_hex("01 03 0000 0001 0000000000000001 0001 01 61",
		s->shelf.slots[0].blob, 64);
	stage_restart(s);
	expect_keys("a good one", s, "00000000 00000008 0000000000000001", 16);
}

static void full(struct stage *s)
{
	struct nexus d;
	char name[16];

	for (int i = 0; i < 65; i++) {
		snprintf(name, sizeof name, "host%d", i);
		fake_attach(&d, &s->target, name);
		fake_clear(&d, 0);
		pr_out(s, &d, REGISTER, 0, 5, 0, true);
		if (i < 64)
			expect("registered", &s->f, GOOD, 0);
		else
			expect("one too many", &s->f, CHECK, 0x055504);
		fake_detach(&d);
	}
	fake_cmd(&s->f, &s->a, 0, "5e 03 00000000 00 ffff 00");
	assert_int_equal(get_be32(s->f.data + 4), s->f.task.in_done - 8);
	stage_restart(s);
	fake_cmd(&s->f, &s->a, 0, "5e 00 00000000 00 ffff 00");
	assert_int_equal(s->f.task.in_done, 8 + 64 * 8);
	fake_attach(&d, &s->target, "host63");
	fake_clear(&d, 0);
	pr_out(s, &d, PREEMPT, 5, 5, 3, false);
	expect("preempt them all, oneself too", &s->f, GOOD, 0);
	expect_keys("nobody is left", s, "00000001 00000000", 8);
	fake_detach(&d);
}

/* A dead host holds the drive with a command that waits for its data for ever. */
static void preempt_and_abort(struct stage *s)
{
	static struct fake blocked, behind, other;
	static uint8_t buf[64];

	pr_out(s, &s->a, REGISTER, 0, 1, 0, false);
	pr_out(s, &s->b, REGISTER, 0, 2, 0, false);
	pr_out(s, &s->c, REGISTER, 0, 3, 0, false);
	pr_out(s, &s->a, RESERVE, 1, 0, 6, false);
	lu_nexus_of(&s->drive.lu, &s->a)->prevent = true;
	lu_nexus_of(&s->drive.lu, &s->c)->prevent = true;
	blocked.hold = true;
	fake_start(&blocked, &s->a, 0, buf, sizeof buf, "c2 00 00 00 40 00");
	fake_start(&behind, &s->a, 0, NULL, 0, "c0 00 00 00 00 00");
	fake_start(&other, &s->c, 0, NULL, 0, "c0 00 00 00 00 00");
	stage_settle(s);
	assert_true(blocked.held && !behind.done && !other.done);
	pr_out(s, &s->b, PREEMPT_AND_ABORT, 2, 1, 6, false);
	expect("preempted", &s->f, GOOD, 0);
	assert_true(blocked.done && blocked.task.aborted && blocked.dones == 1);
	assert_true(behind.done && behind.task.aborted);
	assert_int_equal(fake_wait(&other), GOOD);
	assert_false(other.task.aborted);
	assert_false(lu_nexus_of(&s->drive.lu, &s->a)->prevent);
	assert_true(lu_nexus_of(&s->drive.lu, &s->c)->prevent);
	lu_nexus_of(&s->drive.lu, &s->c)->prevent = false;
	expect_ua("the old holder hears", s, &s->a, 0x062a05);
	fake_cmd(&s->g, &s->a, 0, "5e 01 00000000 00 00ff 00");
	expect_data("it is b's", &s->g, "00000004 00000010 0000000000000002 00000000 00 06", 24);
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "c0 00 00 00 00 00"), CONFLICT);
}

/* A PREEMPT that waits behind the store must not be overtaken by another. */
static void one_at_a_time(struct stage *s)
{
	static struct fake f[3];
	uint8_t lists[3][24] = { { 0 } };
	struct nexus *n[] = { &s->a, &s->b, &s->c };

	for (unsigned i = 0; i < 3; i++)
		pr_out(s, n[i], REGISTER, 0, i + 1, 0, true);
	for (unsigned i = 0; i < 3; i++) {
		put_be64(lists[i], i + 1);
		put_be64(lists[i] + 8, (i + 1) % 3 + 1);
		fake_start(&f[i], n[i], 0, lists[i], 24, "5f 05 03 0000 00000018 00");
	}
	unsigned good = 0;
	for (unsigned i = 0; i < 3; i++)
		good += fake_wait(&f[i]) == GOOD && !f[i].task.aborted;
	/* a ends b, so b can do nothing, and c ends a. */
	assert_int_equal(good, 2);
	expect_ua("a hears", s, &s->a, 0x062a05);
	expect_ua("b hears", s, &s->b, 0x062a05);
	expect_keys("c alone is left", s, "00000005 00000008 0000000000000003", 16);
}

#define HERE(play)                            \
	static void test_##play(void **state) \
	{                                     \
		stage_run(play);              \
	}
HERE(kept)
HERE(store_fails)
HERE(bad_blobs)
HERE(full)
HERE(preempt_and_abort)
HERE(one_at_a_time)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_store_fails),
		cmocka_unit_test(test_bad_blobs),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_preempt_and_abort),
		cmocka_unit_test(test_one_at_a_time),
	};
	return cmocka_run_group_tests_name("scsi: reservations kept", tests, NULL, NULL);
}
