/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that wait for a disk that does not answer: hosts are answered, and nothing else waits. */
#include <errno.h>

#include "tests/unit/scsi/stage.h"
#include "vtl/base/timer.h"

#define WAITS   "c1 00 00 00 00 00"
#define READS   "c0 00 00 00 00 00"
#define INQUIRY "12 00 00 00 24 00"
enum { PATIENCE_MS = 100, SOON_MS = 30000 };
enum { NOT_ENDED = 0x020407, NO_ANSWER = 0x043e02, RESET = 0x062904 };

/* a's command runs and hangs. */
static void hang(struct stage *s)
{
	s->drive.lu.abort_patience_ms = PATIENCE_MS;
	s->drive.closed = s->drive.deaf = true;
	s->drive.late_data = 0;
	s->f.tag = 11;
	s->f.dones = 0;
	fake_start(&s->f, &s->a, 0, NULL, 0, WAITS);
	stage_settle(s);
	assert_false(s->f.done);
}

/* It comes back: nobody hears of it but by the unit attention, and commands run again. */
static void comes_back(struct stage *s)
{
	unsigned runs = s->drive.runs;

	device_let_go(&s->drive);
	while (s->drive.runs == runs)
		fiber_sleep(1);
	stage_settle(s);
	assert_int_equal(s->drive.late_data, -ECANCELED);
	assert_int_equal(s->f.dones, 1);
	expect_ua("what it did is to be looked at", s, &s->b, RESET);
	fake_clear(&s->a, 0);
	fake_clear(&s->b, 0);
	fake_cmd(&s->g, &s->b, 0, READS);
	expect("commands run again", &s->g, GOOD, 0);
	fake_cmd(&s->g, &s->a, 0, READS);
	expect("for its own nexus, too", &s->g, GOOD, 0);
}

static const struct {
	const char *sentence;
	enum tmf function;
	bool by_b;
	uint32_t ua; /* what b sees of it */
} rows[] = {
	{ "abort task", TMF_ABORT_TASK, false, 0 },
	{ "abort task set", TMF_ABORT_TASK_SET, false, 0 },
	{ "clear task set", TMF_CLEAR_TASK_SET, true, 0 },
	{ "logical unit reset", TMF_LU_RESET, true, 0x062903 },
	{ "target reset", TMF_TARGET_RESET, false, 0x062903 },
};

static void every_function_is_answered(struct stage *s)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *sentence = rows[i].sentence;
		hang(s);
		int64_t began = now_ms();
		enum tmf_response got = target_tmf(rows[i].by_b ? &s->b : &s->a, rows[i].function, 0, 11);
		if (got != TMF_COMPLETE || now_ms() - began < PATIENCE_MS || now_ms() - began > SOON_MS)
			fail_msg("%s: response %d after %lld ms", sentence, got,
				(long long)(now_ms() - began));
		if (!s->f.done || !s->f.task.aborted)
			fail_msg("%s: the command has not been taken", sentence);
		if (rows[i].ua)
			expect_ua(sentence, s, &s->b, rows[i].ua);
		fake_cmd(&s->g, &s->b, 0, READS);
		expect(sentence, &s->g, CHECK, NOT_ENDED);
		fake_cmd(&s->g, &s->b, 0, TUR);
		expect(sentence, &s->g, CHECK, NOT_ENDED);
		fake_cmd(&s->g, &s->b, 0, INQUIRY);
		expect(sentence, &s->g, GOOD, 0);
		fake_cmd(&s->g, &s->b, 0, SENSE_CMD);
		assert_int_equal(s->g.data[2] << 16 | s->g.data[12] << 8 | s->g.data[13], NOT_ENDED);
		comes_back(s);
	}
}

/* The front end gets everything back, and may be gone when the handler goes on. */
static void its_session_can_end(struct stage *s)
{
	for (int again = 0; again < 2; again++) {
		hang(s);
		int64_t began = now_ms();
		fake_detach(&s->a);
		assert_true(now_ms() - began < SOON_MS);
		assert_true(s->f.done && s->f.task.aborted);
		memset(&s->a, 0xa5, sizeof s->a);
		memset(&s->a, 0, sizeof s->a);
		fake_attach(&s->a, &s->target, "a");
		fake_cmd(&s->g, &s->a, 0, INQUIRY);
		expect("it is welcome meanwhile", &s->g, GOOD, 0);
		comes_back(s);
	}
}

static void what_runs_and_waits_fails_when_the_store_stalls(struct stage *s)
{
	hang(s);
	fake_start(&s->g, &s->b, 0, NULL, 0, READS);
	stage_settle(s);
	lu_stall(&s->drive.lu, true);
	fake_wait(&s->f);
	expect("what runs", &s->f, CHECK, NO_ANSWER);
	fake_wait(&s->g);
	expect("what waits for it", &s->g, CHECK, NO_ANSWER);
	assert_false(s->f.task.aborted || s->g.task.aborted);
	fake_cmd(&s->g, &s->b, 0, READS);
	expect("what comes", &s->g, CHECK, NO_ANSWER);
	fake_cmd(&s->g, &s->b, 0, TUR);
	expect("who asks", &s->g, CHECK, NO_ANSWER);
	fake_cmd(&s->g, &s->b, 0, INQUIRY);
	expect("who it is can be asked", &s->g, GOOD, 0);
	lu_stall(&s->drive.lu, true);
	lu_stall(&s->drive.lu, false);
	fake_cmd(&s->g, &s->b, 0, READS);
	expect("until the handler has come to its end", &s->g, CHECK, NOT_ENDED);
	comes_back(s);
}

/* One that waits for its host, not for the store, is left alone. */
static void data_under_way_are_waited_for(struct stage *s)
{
	static uint8_t buf[64];

	s->f.hold = true;
	fake_start(&s->f, &s->a, 0, buf, sizeof buf, "c2 00 00 00 40 00");
	stage_settle(s);
	assert_true(s->f.held);
	lu_stall(&s->drive.lu, true);
	assert_false(s->f.done);
	lu_stall(&s->drive.lu, false);
	fake_release(&s->f);
	s->f.hold = false;
	fake_wait(&s->f);
	expect("it goes on", &s->f, GOOD, 0);
}

/* An IMMED command has been answered; those behind it are told what it waits for. */
static void behind_an_immediate_one(struct stage *s)
{
	s->drive.closed = true;
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "c4 01 00 00 00 00 00 00 00 00"), GOOD);
	fake_start(&s->g, &s->b, 0, NULL, 0, READS);
	stage_settle(s);
	lu_stall(&s->drive.lu, true);
	fake_wait(&s->g);
	expect("what waits behind it", &s->g, CHECK, NO_ANSWER);
	lu_stall(&s->drive.lu, false);
	device_let_go(&s->drive);
	fake_cmd(&s->g, &s->b, 0, READS);
	expect("then it has its turn", &s->g, GOOD, 0);
}

#define PLAY(name)                            \
	static void test_##name(void **state) \
	{                                     \
		stage_run(name);              \
	}
PLAY(every_function_is_answered)
PLAY(its_session_can_end)
PLAY(what_runs_and_waits_fails_when_the_store_stalls)
PLAY(data_under_way_are_waited_for)
PLAY(behind_an_immediate_one)

static void test_apart(void **state)
{
	stage_run_apart(every_function_is_answered);
	stage_run_apart(its_session_can_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_function_is_answered),
		cmocka_unit_test(test_its_session_can_end),
		cmocka_unit_test(test_what_runs_and_waits_fails_when_the_store_stalls),
		cmocka_unit_test(test_data_under_way_are_waited_for),
		cmocka_unit_test(test_behind_an_immediate_one),
		cmocka_unit_test(test_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
