/* SPDX-License-Identifier: Apache-2.0 */
/* Task management and nexus loss, with tasks that wait in every place a task can wait. */
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"
#include "vtl/base/worker.h"

#define WAITS "c1 00 00 00 00 00"
#define READS "c0 00 00 00 00 00"

/* One blocked command of each nexus: a runs and waits for data-out, b and c are queued behind. */
static void block(struct stage *s)
{
	static uint8_t buf[64];

	s->f.hold = true;
	s->f.tag = 11;
	s->g.tag = 12;
	s->h.tag = 13;
	s->f.dones = s->g.dones = s->h.dones = 0;
	fake_start(&s->f, &s->a, 0, buf, sizeof buf, "c2 00 00 00 40 00");
	stage_settle(s);
	assert_true(s->f.held);
	fake_start(&s->g, &s->b, 0, NULL, 0, READS);
	fake_start(&s->h, &s->c, 0, NULL, 0, READS);
	stage_settle(s);
	assert_false(s->f.done || s->g.done || s->h.done);
}

enum { F = 1, G = 2, H = 4 };

static const struct {
	const char *sentence;
	enum tmf function;
	char nexus;
	uint16_t lun;
	uint64_t tag;
	enum tmf_response response;
	unsigned aborted; /* which of F, G, H */
	uint32_t ua[3];   /* then a, b, c see */
} rows[] = {
	{ "abort the running one", TMF_ABORT_TASK, 'a', 0, 11, TMF_COMPLETE, F, { 0 } },
	{ "abort a queued one", TMF_ABORT_TASK, 'b', 0, 12, TMF_COMPLETE, G, { 0 } },
	{ "abort a tag nobody has", TMF_ABORT_TASK, 'a', 0, 99, TMF_NO_TASK, 0, { 0 } },
	{ "abort another nexus's tag", TMF_ABORT_TASK, 'b', 0, 11, TMF_NO_TASK, 0, { 0 } },
	{ "abort at a LUN nobody is at", TMF_ABORT_TASK, 'a', 9, 11, TMF_NO_LUN, 0, { 0 } },
	{ "abort the set of a", TMF_ABORT_TASK_SET, 'a', 0, 0, TMF_COMPLETE, F, { 0 } },
	{ "abort the set of c", TMF_ABORT_TASK_SET, 'c', 0, 0, TMF_COMPLETE, H, { 0 } },
	{ "clear the set", TMF_CLEAR_TASK_SET, 'b', 0, 0, TMF_COMPLETE, F | G | H,
		{ 0x062f00, 0, 0x062f00 } },
	{ "no ACA", TMF_CLEAR_ACA, 'a', 0, 0, TMF_UNSUPPORTED, 0, { 0 } },
	{ "reset the LU", TMF_LU_RESET, 'b', 0, 0, TMF_COMPLETE, F | G | H,
		{ 0x062903, 0x062903, 0x062903 } },
	{ "reset an LU that is not there", TMF_LU_RESET, 'b', 9, 0, TMF_NO_LUN, 0, { 0 } },
	{ "reset the target", TMF_TARGET_RESET, 'c', 0, 0, TMF_COMPLETE, F | G | H,
		{ 0x062903, 0x062903, 0x062903 } },
	{ "ask for the running one", TMF_QUERY_TASK, 'a', 0, 11, TMF_SUCCEEDED, 0, { 0 } },
	{ "ask for a queued one", TMF_QUERY_TASK, 'c', 0, 13, TMF_SUCCEEDED, 0, { 0 } },
	{ "ask for another nexus's", TMF_QUERY_TASK, 'c', 0, 12, TMF_COMPLETE, 0, { 0 } },
	{ "ask for the set", TMF_QUERY_TASK_SET, 'b', 0, 0, TMF_SUCCEEDED, 0, { 0 } },
};

static struct nexus *nexus_of(struct stage *s, char name)
{
	return name == 'a' ? &s->a : name == 'b' ? &s->b : &s->c;
}

static void check_task(const char *sentence, struct fake *f, bool aborted)
{
	if (aborted && (!f->done || !f->task.aborted || f->dones != 1))
		fail_msg("%s: task %u not aborted once", sentence, (unsigned)f->tag);
	if (!aborted && f->task.aborted)
		fail_msg("%s: task %u aborted", sentence, (unsigned)f->tag);
}

static void blocked(struct stage *s)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *sentence = rows[i].sentence;
		block(s);
		enum tmf_response got = target_tmf(nexus_of(s, rows[i].nexus), rows[i].function, rows[i].lun,
			rows[i].tag);
		if (got != rows[i].response)
			fail_msg("%s: response %d", sentence, got);
		check_task(sentence, &s->f, rows[i].aborted & F);
		check_task(sentence, &s->g, rows[i].aborted & G);
		check_task(sentence, &s->h, rows[i].aborted & H);
		if (!(rows[i].aborted & F))
			fake_release(&s->f);
		else
			assert_int_equal(s->f.cancels, 1);
		s->f.hold = false;
		fake_wait(&s->f);
		fake_wait(&s->g);
		fake_wait(&s->h);
		expect_ua(sentence, s, &s->a, rows[i].ua[0]);
		expect_ua(sentence, s, &s->b, rows[i].ua[1]);
		expect_ua(sentence, s, &s->c, rows[i].ua[2]);
		expect_ua(sentence, s, &s->c, 0);
	}
}

/* With nothing outstanding, each of them still answers. */
static void nothing_outstanding(struct stage *s)
{
	assert_int_equal(target_tmf(&s->a, TMF_ABORT_TASK, 0, 1), TMF_NO_TASK);
	assert_int_equal(target_tmf(&s->a, TMF_ABORT_TASK_SET, 0, 0), TMF_COMPLETE);
	assert_int_equal(target_tmf(&s->a, TMF_QUERY_TASK_SET, 0, 0), TMF_COMPLETE);
	assert_int_equal(target_tmf(&s->a, TMF_CLEAR_TASK_SET, 0, 0), TMF_COMPLETE);
	expect_ua("nobody lost a command", s, &s->b, 0);
	assert_int_equal(target_tmf(&s->a, TMF_LU_RESET, 0, 0), TMF_COMPLETE);
	assert_int_equal(s->drive.resets, 1);
	expect_ua("a reset is told to all", s, &s->b, 0x062903);
}

static const uint8_t page_0a_changed[] = { 0, 0, 0, 0, 0x0a, 0x0a, 0x30, 0x10, 0, 0, 0, 0, 0xff, 0xff, 0, 0 };

static void what_reset_does(struct stage *s)
{
	static struct device other;
	struct sense_data late = { .id = SENSE_WRITE_ERROR };

	device_new(&other, &s->target, 1, worker_self(), NULL);
	fake_clear(&s->a, 0);
	fake_clear(&s->a, 1);
	fake_clear(&s->b, 0);
	assert_int_equal(fake_out(&s->f, &s->a, 0, page_0a_changed, 16, "15 10 00 00 10 00"), GOOD);
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "16 00 00 00 00 00"), GOOD);
	lu_nexus_of(&s->drive.lu, &s->a)->prevent = true;
	lu_defer(&s->drive.lu, &s->a, &late);
	assert_true(lu_removal_prevented(&s->drive.lu));

	assert_int_equal(target_tmf(&s->b, TMF_LU_RESET, 0, 0), TMF_COMPLETE);
	expect_ua("told", s, &s->a, 0x062903);
	expect_ua("the deferred error went", s, &s->a, 0);
	fake_cmd(&s->f, &s->a, 1, TUR);
	expect("not on the other LU", &s->f, GOOD, 0);
	assert_false(lu_removal_prevented(&s->drive.lu));
	fake_clear(&s->b, 0);
	fake_cmd(&s->f, &s->b, 0, READS);
	expect("the reservation went", &s->f, GOOD, 0);
	assert_int_equal(lu_mode(&s->drive.lu, 0x0a, 0)[2], 0);

	assert_int_equal(target_tmf(&s->b, TMF_TARGET_RESET, 0, 0), TMF_COMPLETE);
	fake_cmd(&s->f, &s->a, 1, TUR);
	expect("a target reset is for every LU", &s->f, CHECK, 0x062903);
	assert_int_equal(other.resets, 1);
	device_free(&other);
}

/* A device server that waits for no data ends when it notices. */
static void slow_server(struct stage *s)
{
	s->drive.closed = true;
	s->f.tag = 5;
	fake_start(&s->f, &s->a, 0, NULL, 0, WAITS);
	stage_settle(s);
	assert_int_equal(target_tmf(&s->a, TMF_ABORT_TASK, 0, 5), TMF_COMPLETE);
	assert_true(s->f.done && s->f.task.aborted);
	assert_int_equal(s->f.cancels, 0);
	device_let_go(&s->drive);
	assert_int_equal(fake_cmd(&s->g, &s->a, 0, READS), GOOD);
}

/* Nexus loss ends the tasks of that nexus and of no other, and what it held. */
static void nexus_loss(struct stage *s)
{
	static uint8_t buf[64];
	struct nexus d;

	fake_attach(&d, &s->target, "d");
	fake_clear(&d, 0);
	assert_int_equal(fake_cmd(&s->f, &d, 0, "16 00 00 00 00 00"), GOOD);
	s->f.hold = s->g.hold = true;
	fake_start(&s->f, &d, 0, buf, sizeof buf, "c2 00 00 00 40 00");
	fake_start(&s->g, &d, 9, NULL, 0, "12 00 00 00 24 00");
	fake_start(&s->h, &s->a, 0, NULL, 0, READS);
	stage_settle(s);
	assert_true(s->f.held && s->g.held && !s->h.done);
	s->f.dones = s->g.dones = 0;
	unsigned gone = s->drive.gone;
	fake_detach(&d);
	assert_true(s->f.done && s->f.task.aborted && s->f.dones == 1);
	assert_true(s->g.done && s->g.task.aborted && s->g.dones == 1);
	assert_int_equal(fake_wait(&s->h), CONFLICT == s->h.task.status ? CONFLICT : GOOD);
	assert_int_equal(s->drive.gone, gone + 1);
	assert_int_equal(fake_cmd(&s->h, &s->a, 0, READS), GOOD);
	s->f.hold = s->g.hold = false;
	expect_ua("nobody else hears", s, &s->b, 0);

	/* One that comes home late, while its nexus is leaving, is not answered. */
	s->c.detaching = true;
	fake_cmd(&s->f, &s->c, 9, "12 00 00 00 24 00");
	assert_true(s->f.task.aborted && !s->f.moves);
	s->c.detaching = false;
}

/* A task for an absent LU that cannot send its answer can be aborted too. */
static void absent(struct stage *s)
{
	s->f.hold = true;
	s->f.tag = 77;
	fake_start(&s->f, &s->a, 9, NULL, 0, "a0 00 00 00 00 00 00 00 10 00 00 00");
	stage_settle(s);
	assert_int_equal(target_tmf(&s->a, TMF_ABORT_TASK, 9, 77), TMF_COMPLETE);
	assert_true(s->f.done && s->f.task.aborted);
	s->f.hold = false;
}

/* Taking an LU away ends its tasks, and says so: their nexus goes on. */
static void removal(struct stage *s)
{
	static struct device other;
	static uint8_t buf[64];

	device_new(&other, &s->target, 1, worker_self(), NULL);
	fake_clear(&s->a, 1);
	s->f.hold = true;
	fake_start(&s->f, &s->a, 1, buf, sizeof buf, "c2 00 00 00 40 00");
	fake_start(&s->g, &s->a, 1, NULL, 0, READS);
	stage_settle(s);
	device_free(&other);
	assert_true(s->f.done && !s->f.task.aborted);
	assert_true(s->g.done && !s->g.task.aborted);
	expect("one that ran", &s->f, CHECK, 0x052500);
	expect("one that waited", &s->g, CHECK, 0x052500);
	assert_int_equal(s->f.dones + s->g.dones, 2);
	s->f.hold = false;
	fake_clear(&s->a, 0);
	fake_clear(&s->b, 0);
}

static struct fake *mover;

static void lets_move(struct fake *f)
{
	f->on_done = NULL;
	fake_release(mover);
}

static void start_move(struct stage *s, struct nexus *nexus)
{
	static uint8_t buf[2][64];

	s->f.hold = s->f.keeps = s->g.hold = true;
	s->g.on_done = lets_move;
	mover = &s->f;
	fake_start(&s->f, nexus, 0, buf[0], 64, "c2 00 00 00 40 00");
	fake_start(&s->g, nexus, 1, buf[1], 64, "c2 00 00 00 40 00");
	stage_settle(s);
	assert_true(s->f.held && s->g.held);
}

/* A command of LUN 0 that waits for one of LUN 1, as a robot for a drive, keeps nobody from ending both. */
static void one_waits_for_another(struct stage *s)
{
	static struct device other;
	struct nexus d;

	device_new(&other, &s->target, 1, worker_self(), NULL);
	fake_attach(&d, &s->target, "d");
	for (uint16_t lun = 0; lun < 2; lun++)
		fake_clear(&d, lun);
	start_move(s, &d);
	assert_int_equal(target_tmf(&s->a, TMF_TARGET_RESET, 0, 0), TMF_COMPLETE);
	assert_true(s->f.done && s->f.task.aborted && s->g.done && s->g.task.aborted);
	for (uint16_t lun = 0; lun < 2; lun++)
		fake_clear(&d, lun);
	start_move(s, &d);
	fake_detach(&d);
	assert_true(s->f.done && s->f.task.aborted && s->g.done && s->g.task.aborted);
	device_free(&other);
}

#define BOTH(play)                            \
	static void test_##play(void **state) \
	{                                     \
		stage_run(play);              \
		stage_run_apart(play);        \
	}
#define HERE(play)                            \
	static void test_##play(void **state) \
	{                                     \
		stage_run(play);              \
	}
BOTH(blocked)
BOTH(nothing_outstanding)
HERE(what_reset_does)
BOTH(slow_server)
BOTH(nexus_loss)
BOTH(absent)
HERE(removal)
HERE(one_waits_for_another)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_nothing_outstanding),
		cmocka_unit_test(test_what_reset_does),
		cmocka_unit_test(test_slow_server),
		cmocka_unit_test(test_nexus_loss),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_one_waits_for_another),
	};
	return cmocka_run_group_tests_name("scsi: task management", tests, NULL, NULL);
}
