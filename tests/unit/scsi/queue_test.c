/* SPDX-License-Identifier: Apache-2.0 */
/* Order, bounds, data, abort: a task from lu_submit() to its one done(). */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"
#include "vtl/scsi/core.h"

#define WAITS "c1 00 00 00 00 00"
#define READS "c0 00 00 00 00 00"

static char order[64];

static void note(struct fake *f)
{
	size_t n = strlen(order);

	order[n] = (char)f->tag;
	order[n + 1] = 0;
}

static void start(struct fake *f, struct nexus *n, char name, enum task_attr attr, const char *cdb)
{
	f->tag = (uint64_t)name;
	f->attr = attr;
	f->on_done = note;
	fake_start(f, n, 0, NULL, 0, "%s", cdb);
}

static struct fake *fakes(size_t n)
{
	struct fake *f = calloc(n, sizeof *f);
	assert_non_null(f);
	return f;
}

static void in_order(struct stage *s)
{
	struct fake *f = fakes(6);

	order[0] = 0;
	s->drive.closed = true;
	start(&f[0], &s->a, 'w', TASK_SIMPLE, WAITS);
	stage_settle(s);
	start(&f[1], &s->a, '1', TASK_SIMPLE, READS);
	start(&f[2], &s->b, '2', TASK_ORDERED, READS);
	start(&f[3], &s->a, '3', TASK_SIMPLE, READS);
	start(&f[4], &s->c, 'h', TASK_HEAD_OF_QUEUE, READS);
	start(&f[5], &s->a, 'i', TASK_SIMPLE, "12 00 00 00 24 00");
	stage_settle(s);
	assert_string_equal(order, "i");
	device_let_go(&s->drive);
	for (int i = 0; i < 6; i++)
		assert_int_equal(fake_wait(&f[i]), GOOD);
	assert_string_equal(order, "iwh123");
	free(f);
}

/* An idle LU runs the command before lu_submit() returns, a busy one does not. */
static void at_arrival(struct stage *s)
{
	fake_start(&s->f, &s->a, 0, NULL, 0, READS);
	assert_true(s->f.done);
	s->drive.closed = true;
	fake_start(&s->f, &s->a, 0, NULL, 0, WAITS);
	assert_int_equal(s->f.task.state, TASK_RUNNING);
	fake_start(&s->g, &s->a, 0, NULL, 0, READS);
	assert_false(s->f.done || s->g.done);
	assert_int_equal(s->g.task.state, TASK_QUEUED);
	device_let_go(&s->drive);
	assert_int_equal(fake_wait(&s->f), GOOD);
	assert_int_equal(fake_wait(&s->g), GOOD);
}

static void full(struct stage *s)
{
	struct fake *f = fakes(LU_TASKS_MAX + 2);

	s->drive.closed = true;
	for (unsigned i = 0; i < LU_TASKS_MAX + 2; i++)
		fake_start(&f[i], i & 1 ? &s->a : &s->b, 0, NULL, 0, WAITS);
	stage_settle(s);
	for (unsigned i = 0; i < LU_TASKS_MAX; i++)
		assert_false(f[i].done);
	for (unsigned i = LU_TASKS_MAX; i < LU_TASKS_MAX + 2; i++)
		assert_int_equal(fake_wait(&f[i]), STATUS_TASK_SET_FULL);
	device_let_go(&s->drive);
	for (unsigned i = 0; i < LU_TASKS_MAX; i++)
		assert_int_equal(fake_wait(&f[i]), GOOD);
	assert_int_equal(s->drive.runs, LU_TASKS_MAX);
	free(f);
}

/* --- data ---------------------------------------------------------------------------------------- */

static const struct {
	const char *sentence, *cdb;
	size_t out_len, in_len;
	uint8_t status;
	uint32_t sense;
	uint64_t want;
	uint32_t out_done, in_done;
	unsigned moves;
} moves[] = {
	{ "all that is offered", "c2 00 00 00 10 00", 16, 0, GOOD, 0, 16, 16, 0, 1 },
	{ "less than is offered", "c2 00 00 00 10 00", 99, 0, GOOD, 0, 16, 16, 0, 1 },
	{ "more than is offered", "c2 00 00 00 10 00", 15, 0, CHECK, 0x054b00, 16, 0, 0, 0 },
	{ "nothing wanted", "c2 00 00 00 00 00", 15, 0, GOOD, 0, 0, 0, 0, 0 },
	{ "sent, with room to spare", "c3 00 00 00 10 00", 0, 99, GOOD, 0, 16, 0, 16, 2 },
	{ "sent, with room for some", "c3 00 00 00 10 00", 0, 10, GOOD, 0, 16, 0, 10, 2 },
	{ "sent, with room for half", "c3 00 00 00 10 00", 0, 8, GOOD, 0, 16, 0, 8, 1 },
	{ "sent, with no room", "c3 00 00 00 10 00", 0, 0, GOOD, 0, 16, 0, 0, 0 },
	{ "nothing to send", "c3 00 00 00 00 00", 0, 99, GOOD, 0, 0, 0, 0, 0 },
	{ "a reply with residual", "12 00 00 00 ff 00", 0, 99, GOOD, 0, 36, 0, 36, 1 },
	{ "a reply cut by the CDB", "12 00 00 00 05 00", 0, 99, GOOD, 0, 5, 0, 5, 1 },
	{ "a reply cut by the initiator", "12 00 00 00 24 00", 0, 5, GOOD, 0, 36, 0, 5, 1 },
	{ "a reply to who only sends", "12 00 00 00 24 00", 64, 0, CHECK, 0x050e03, 0, 0, 0, 0 },
	{ "data for who only sends", "c3 00 00 00 10 00", 64, 0, CHECK, 0x050e03, 0, 0, 0, 0 },
	{ "but none to send", "c3 00 00 00 00 00", 64, 0, GOOD, 0, 0, 0, 0, 0 },
	{ "data from who only takes", "c2 00 00 00 10 00", 0, 64, CHECK, 0x050e03, 0, 0, 0, 0 },
	{ "but none wanted", "c2 00 00 00 00 00", 0, 64, GOOD, 0, 0, 0, 0, 0 },
	{ "a list from who only takes", "15 10 00 00 0c 00", 0, 64, CHECK, 0x050e03, 0, 0, 0, 0 },
	{ "no data at all, sent", "00 00 00 00 00 00", 64, 0, GOOD, 0, 0, 0, 0, 0 },
	{ "no data at all, taken", "00 00 00 00 00 00", 0, 64, GOOD, 0, 0, 0, 0, 0 },
	{ "a list the initiator has not", "15 10 00 00 0c 00", 11, 0, CHECK, 0x051a00, 12, 0, 0, 0 },
};

static void data(struct stage *s)
{
	static uint8_t buf[128];

	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		s->f.in = buf;
		s->f.in_len = moves[i].in_len;
		fake_out(&s->f, &s->a, 0, buf, moves[i].out_len, moves[i].cdb, 0);
		expect(moves[i].sentence, &s->f, moves[i].status, moves[i].sense);
		const struct task *t = &s->f.task;
		if (t->want != moves[i].want || t->out_done != moves[i].out_done ||
			t->in_done != moves[i].in_done || s->f.moves != moves[i].moves)
			fail_msg("%s: want %llu, out %u, in %u, %u moves", moves[i].sentence,
				(unsigned long long)t->want, t->out_done, t->in_done, s->f.moves);
	}
	s->f.in = NULL;
	s->f.data_err = -EBADMSG;
	fake_out(&s->f, &s->a, 0, buf, 16, "c2 00 00 00 10 00");
	expect("data with a bad digest", &s->f, CHECK, 0x0b4705);
	s->f.data_err = -EIO;
	fake_cmd(&s->f, &s->a, 0, "c3 00 00 00 10 00");
	expect("data that never moves", &s->f, CHECK, 0x0b0000);
	assert_int_equal(s->f.moves, 1);
	s->f.data_err = 0;
}

static void gates(struct stage *s)
{
	s->drive.read_only = true;
	fake_out(&s->f, &s->a, 0, "x", 1, "c2 00 00 00 01 00");
	expect("write protected", &s->f, CHECK, 0x072700);
	s->drive.not_ready = true;
	fake_out(&s->f, &s->a, 0, "x", 1, "c2 00 00 00 01 00");
	expect("not ready comes before write protected", &s->f, CHECK, 0x023a00);
	fake_cmd(&s->f, &s->b, 0, "16 00 00 00 00 00");
	fake_out(&s->f, &s->a, 0, "x", 1, "c2 00 00 00 01 00");
	expect("a reservation comes before not ready", &s->f, CONFLICT, 0);
	lu_raise(&s->drive.lu, SENSE_UA_MEDIUM_CHANGED, NULL);
	fake_out(&s->f, &s->a, 0, "x", 1, "c2 00 00 00 01 00");
	expect("a unit attention comes before a reservation", &s->f, CHECK, 0x062800);
	fake_out(&s->f, &s->b, 0, "x", 1, "c2 04 00 00 01 00");
	expect("a reserved bit comes before all", &s->f, CHECK, 0x052400);
	s->f.cdb_long = true;
	fake_cmd(&s->f, &s->b, 0, READS);
	expect("a CDB longer than 16 bytes", &s->f, CHECK, 0x052400);
	fake_cmd(&s->f, &s->b, 9, "12 00 00 00 24 00");
	expect("and for an absent LU", &s->f, CHECK, 0x052400);
	s->f.cdb_long = false;
	assert_int_equal(s->drive.runs, 0);
}

/* The LU went while the task was on its way to it: answered like any absent LU, at home. */
static void overtaken(struct stage *s)
{
	struct lu_nexus *n = lu_nexus_of(&s->drive.lu, &s->a);

	n->leaving = true;
	fake_cmd(&s->f, &s->a, 0, READS);
	expect("a command", &s->f, CHECK, 0x052500);
	fake_cmd(&s->f, &s->a, 0, "12 00 00 00 24 00");
	expect_data("INQUIRY", &s->f, "7f 00 06 02 1f", 36);
	n->leaving = false;
	assert_int_equal(s->a.tasks, 0);
}

/* LUs that cannot be. */
static void refused(struct stage *s)
{
	static const struct scsi_op bad[] = {
		{ .code = 0xc0, .sa = SA_NONE, .len = 6, .name = "NO RUN" },
		{ .name = NULL },
	};
	static const struct scsi_op *const ops[] = { bad, NULL };
	struct lu lu = { .type = s->drive.lu.type,
		.ops = ops,
		.worker = s->drive.lu.worker,
		.mode_pages = s->drive.lu.mode_pages,
		.log_pages = s->drive.lu.log_pages,
		.vpd_pages = s->drive.lu.vpd_pages };

	assert_int_equal(lu_open(&lu), -EINVAL);
	lu_close(&lu);
	lu.ops = s->drive.lu.ops;
	assert_int_equal(lu_open(&lu), 0);
	assert_int_equal(target_add(&s->target, &lu, 0), -EEXIST);
	assert_int_equal(target_add(&s->target, &lu, TARGET_LUNS), -EINVAL);
	assert_int_equal(target_add(&s->target, &s->drive.lu, 5), -EEXIST); /* it is there, at LUN 0 */
	lu_close(&lu);
	assert_int_equal(lu_attach(&lu, &s->a), 0); /* it is closed: no record is made */
	assert_true(TAILQ_EMPTY(&lu.nexuses));
	lu_close(&lu); /* again: nothing happens */
	target_remove(&s->target, 17);
	target_remove(&s->target, 3000);
	expect_ua("nothing was there, nothing changed", s, &s->a, 0);
}

static void immediate(struct stage *s)
{
	s->drive.closed = true;
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "c4 01 00 00 00 00 00 00 00 00"), GOOD);
	fake_start(&s->g, &s->b, 0, NULL, 0, READS);
	assert_int_equal(fake_cmd(&s->f, &s->a, 0, TUR), GOOD);
	assert_false(s->g.done);
	assert_int_equal(target_tmf(&s->a, TMF_LU_RESET, 0, 0), TMF_COMPLETE);
	assert_true(s->g.done && s->g.task.aborted);
	stage_settle(s);
	fake_start(&s->h, &s->b, 0, NULL, 0, READS);
	stage_settle(s);
	assert_false(s->h.done); /* the drive is still at it */
	device_let_go(&s->drive);
	assert_int_equal(fake_wait(&s->h), CHECK);
	fake_clear(&s->b, 0);
	assert_int_equal(fake_cmd(&s->g, &s->b, 0, READS), GOOD);
	assert_int_equal(s->drive.runs, 2);
	assert_int_equal(s->f.dones, 2);
}

/* Two fibers submitting through two nexuses while LUs come and go: every task ends once. */
struct storm {
	struct stage *s;
	struct nexus nexus;
	unsigned ended, started;
	bool over;
};

static void storm_host(void *arg)
{
	struct storm *storm = arg;
	struct fake *f = fakes(8);

	for (int round = 0; round < 60; round++) {
		for (unsigned i = 0; i < 8; i++)
			fake_start(&f[i], &storm->nexus, (uint16_t)(i & 1), NULL, 0,
				i & 2 ? "12 00 00 00 24 00" : READS);
		for (unsigned i = 0; i < 8; i++)
			fake_wait(&f[i]);
		fiber_sleep(1);
	}
	for (unsigned i = 0; i < 8; i++) {
		storm->started += 60;
		storm->ended += f[i].dones;
	}
	free(f);
	storm->over = true;
}

/* Each time another: a late task may still look at the one before. */
static void come_and_go(void *arg)
{
	struct storm *storm = arg;
	static struct device others[20];

	memset(others, 0, sizeof others);
	for (int i = 0; i < 20; i++) {
		device_new(&others[i], &storm->s->target, 1, storm->s->drive.lu.worker, NULL);
		fiber_sleep(2);
		device_free(&others[i]);
	}
}

static void storm(struct stage *s)
{
	struct storm storm = { .s = s };

	fake_attach(&storm.nexus, &s->target, "storm");
	assert_int_equal(fiber_start("storm", storm_host, &storm), 0);
	worker_call(s->target.worker, come_and_go, &storm);
	while (!storm.over)
		fiber_sleep(5);
	assert_int_equal(storm.ended, storm.started);
	fake_detach(&storm.nexus);
}

/* One device behind two targets, as two front ends show it. */
static void shared(struct stage *s)
{
	struct target other;
	struct nexus far;

	target_init(&other, "iqn.test:other", 2, 2);
	assert_int_equal(target_add(&other, &s->drive.lu, 7), 0);
	fake_attach(&far, &other, "far");
	fake_clear(&far, 7);
	fake_cmd(&s->f, &far, 0, "12 00 00 00 24 00");
	expect_data("the LUN is the other target's", &s->f, "7f", 36);
	fake_cmd(&s->f, &far, 7, "16 00 00 00 00 00");
	expect("it reserves the device", &s->f, GOOD, 0);
	fake_cmd(&s->f, &s->a, 0, READS);
	expect("which holds for the first target's initiators", &s->f, CONFLICT, 0);
	target_remove(&other, 7);
	fake_cmd(&s->f, &far, 7, TUR);
	expect("taken from the other target it is absent there", &s->f, CHECK, 0x052500);
	fake_cmd(&s->f, &s->a, 0, READS);
	expect("and the first target's initiators go on, the reservation gone", &s->f, GOOD, 0);
	expect_ua("and hear nothing of it", s, &s->b, 0);
	fake_detach(&far);
}

static void test_order(void **state)
{
	stage_run(in_order);
	stage_run_apart(in_order);
}

static void test_at_arrival(void **state)
{
	stage_run(at_arrival);
}

static void test_full(void **state)
{
	stage_run(full);
	stage_run_apart(full);
}

static void test_data(void **state)
{
	stage_run(data);
	stage_run_apart(data);
}

static void test_gates(void **state)
{
	stage_run(gates);
}

static void test_immediate(void **state)
{
	stage_run(immediate);
	stage_run_apart(immediate);
}

static void test_overtaken(void **state)
{
	stage_run(overtaken);
}

static void test_refused(void **state)
{
	stage_run(refused);
}

static void test_shared(void **state)
{
	stage_run(shared);
}

static void test_storm(void **state)
{
	stage_run(storm);
	stage_run_apart(storm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_at_arrival),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_immediate),
		cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_storm),
	};
	return cmocka_run_group_tests_name("scsi: queue", tests, NULL, NULL);
}
