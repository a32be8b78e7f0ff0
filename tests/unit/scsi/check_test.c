/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of tasks and of an LU's lists: they hold of a good one, each is seen when it is broken, and ends the process. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/scsi/stage.h"
#include "vtl/scsi/core.h"

#define WAITS "c1 00 00 00 00 00"
#define READS "c0 00 00 00 00 00"

static struct lu_nexus foreign;
static struct lu other;

/* --- what is broken: of the LU, of the running task, of the first task that waits ---------------- */

static void no_state(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->state = TASK_RUNNING;
}

static void aborted_in_queue(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->aborted = true;
}

static void other_lu(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->lu = &other;
}

static void no_handler(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->own = NULL;
}

static void running_in_queue(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->state = TASK_QUEUED;
}

static void one_more(struct lu *lu, struct task *runs, struct task *waits)
{
	lu->tasks++;
}

static void two_run(struct lu *lu, struct task *runs, struct task *waits)
{
	TAILQ_REMOVE(&lu->queue, waits, link);
	TAILQ_INSERT_TAIL(&lu->running, waits, link);
	waits->state = TASK_RUNNING;
	waits->own = runs->own;
}

static void out_of_order(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->arrival = UINT64_MAX;
}

static void head_is_behind(struct lu *lu, struct task *runs, struct task *waits)
{
	TAILQ_NEXT(waits, link)->attr = TASK_HEAD_OF_QUEUE;
}

static void unknown_nexus(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->lu_nexus = &foreign;
}

static void uncounted_abort(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->aborted = runs->own->aborted = true;
	runs->abort = lu->aborts + 1;
}

static void stalled(struct lu *lu, struct task *runs, struct task *waits)
{
	lu->stalled = true;
}

static void parked(struct lu *lu, struct task *runs, struct task *waits)
{
	lu->parked = lu->fibers + 1;
}

static void early_data(struct lu *lu, struct task *runs, struct task *waits)
{
	waits->in_done = 1;
}

static void foreign_copy(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->own->front = waits;
}

static void fiber_too_long(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->fiber = fiber_self();
}

static void too_much(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->own->want = runs->own->in_done = runs->in_len + 1;
}

static void unwanted(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->in_done = 1;
}

static void moves_too_much(struct lu *lu, struct task *runs, struct task *waits)
{
	runs->state = TASK_MOVING;
	runs->inward = true;
	runs->len = runs->in_len + 1;
}

static void mode_pages(struct lu *lu, struct task *runs, struct task *waits)
{
	static const struct mode_page wrong[] = { { .page = 0x10, .subpage = 2, .len = 4 },
		{ .page = 0x10, .subpage = 1, .len = 4 }, { 0 } };
	lu->mode_pages = wrong;
}

static void vpd_pages(struct lu *lu, struct task *runs, struct task *waits)
{
	static const struct vpd_page wrong[] = { { 0x83, "one" }, { 0x83, "twice" }, { 0 } };
	lu->vpd_pages = wrong;
}

static void log_pages(struct lu *lu, struct task *runs, struct task *waits)
{
	static const struct log_page wrong[] = { { .page = 0x11, .name = "first" },
		{ .page = 0x0d, .name = "second" }, { 0 } };
	lu->log_pages = wrong;
}

static void log_parameters(struct lu *lu, struct task *runs, struct task *waits)
{
	static const struct log_param params[] = { { .code = 1, .name = "first" },
		{ .code = 0, .name = "second" }, { 0 } };
	static const struct log_page wrong[] = { { .page = 0x11, .name = "page", .params = params }, { 0 } };
	lu->log_pages = wrong;
}

static const struct {
	void (*spoil)(struct lu *lu, struct task *runs, struct task *waits);
	const char *sentence; /* begins so */
} rows[] = {
	{ no_state, "the queue holds tasks that wait" },
	{ aborted_in_queue, "the queue holds tasks that wait" },
	{ other_lu, "the queue holds tasks that wait" },
	{ no_handler, "a running task has a handler" },
	{ running_in_queue, "a running task has a handler" },
	{ one_more, "the LU counts its tasks" },
	{ two_run, "one command of the queue runs" },
	{ out_of_order, "the queue is in order of arrival" },
	{ head_is_behind, "the queue is in order of arrival" },
	{ unknown_nexus, "a task comes from a nexus" },
	{ uncounted_abort, "an abort of a running task" },
	{ stalled, "an LU whose store does not respond" },
	{ parked, "a parked handler is a fiber" },
	{ mode_pages, "mode pages ascend" },
	{ vpd_pages, "VPD pages ascend" },
	{ log_pages, "log pages and their parameters" },
	{ log_parameters, "log pages and their parameters" },
	{ early_data, "a task that waits has no handler" },
	{ foreign_copy, "a handler works with a copy" },
	{ fiber_too_long, "a fiber waits only for data" },
	{ too_much, "no more data move than" },
	{ unwanted, "no more data move than" },
	{ moves_too_much, "no more data move than" },
};

/* Everything of the LU that a row may change, to put it back. */
struct copy {
	struct lu lu;
	struct task runs, own, waits, next;
};

static void copy_take(struct copy *copy, struct stage *s)
{
	copy->lu = s->drive.lu;
	copy->runs = s->f.task;
	copy->own = *s->f.task.own;
	copy->waits = s->g.task;
	copy->next = s->h.task;
}

static void copy_put(const struct copy *copy, struct stage *s)
{
	s->drive.lu = copy->lu;
	s->f.task = copy->runs;
	*s->f.task.own = copy->own;
	s->g.task = copy->waits;
	s->h.task = copy->next;
}

/* f runs, g and h wait behind it. */
static void fill(struct stage *s)
{
	s->drive.closed = true;
	fake_start(&s->f, &s->a, 0, NULL, 0, WAITS);
	stage_settle(s);
	fake_start(&s->g, &s->b, 0, NULL, 0, READS);
	fake_start(&s->h, &s->c, 0, NULL, 0, READS);
}

static void drain(struct stage *s)
{
	device_let_go(&s->drive);
	assert_int_equal(fake_wait(&s->f), GOOD);
	assert_int_equal(fake_wait(&s->g), GOOD);
	assert_int_equal(fake_wait(&s->h), GOOD);
}

static void broken(struct stage *s)
{
	struct copy copy;

	fill(s);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_null(lu_check(&s->drive.lu));
		copy_take(&copy, s);
		rows[i].spoil(&s->drive.lu, &s->f.task, &s->g.task);
		const char *said = lu_check(&s->drive.lu);
		copy_put(&copy, s);
		if (!said || strncmp(said, rows[i].sentence, strlen(rows[i].sentence)) != 0)
			fail_msg("row %zu, '%s': %s", i, rows[i].sentence, said ? said : "nothing is said");
	}
	drain(s);
}

/* --- a task on its way home ----------------------------------------------------------------------- */

static const struct {
	struct task task;
	const char *sentence; /* begins so; NULL: nothing is wrong */
} ends[] = {
	{ { .status = STATUS_GOOD }, NULL },
	{ { .status = STATUS_CHECK_CONDITION, .sense_len = SENSE_LEN }, NULL },
	{ { .status = STATUS_CHECK_CONDITION }, "CHECK CONDITION has sense data" },
	{ { .status = STATUS_BUSY, .sense_len = SENSE_LEN }, "CHECK CONDITION has sense data" },
	{ { .status = STATUS_CHECK_CONDITION, .aborted = true }, NULL },
	{ { .removed = true, .aborted = true }, "a task of a removed LU" },
	{ { .out_len = 8, .out_done = 9, .want = 9 }, "no more data move than" },
	{ { .in_len = 8, .in_done = 8, .want = 7 }, "no more data move than" },
	{ { .in_len = 8, .in_done = 8, .want = 99 }, NULL },
	{ { .lu_nexus = &foreign }, "a task without an LU" },
	{ { .lu_nexus = &foreign, .lu = &other }, NULL },
};

static void test_ends(void **state)
{
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct task task = ends[i].task, own = { .front = &task };
		task.state = TASK_ENDED;
		const char *said = task_check(&task), *wanted = ends[i].sentence;
		if (!said != !wanted || (said && strncmp(said, wanted, strlen(wanted)) != 0))
			fail_msg("row %zu: %s", i, said ? said : "nothing is said");
		task.own = &own;
		assert_string_equal(task_check(&task), "a task that ended has no handler");
	}
}

/* --- the end of the process ----------------------------------------------------------------------- */

/* Runs fn in a child, which must die of SIGABRT; what it said. */
static void dies(void (*fn)(struct stage *s), struct stage *s, char *said, size_t size)
{
	int ends_of_pipe[2], status;

	assert_int_equal(pipe(ends_of_pipe), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends_of_pipe[1], STDERR_FILENO);
		fn(s);
		_exit(0);
	}
	close(ends_of_pipe[1]);
	size_t n = 0;
	for (ssize_t got; n < size - 1 && (got = read(ends_of_pipe[0], said + n, size - 1 - n)) > 0;)
		n += (size_t)got;
	said[n] = 0;
	close(ends_of_pipe[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void end_twice(struct stage *s)
{
	task_go_home(&s->g.task);
	task_go_home(&s->g.task);
}

static void submit_twice(struct stage *s)
{
	lu_submit(&s->g.task);
}

static void fatal(struct stage *s)
{
	char said[2000];

	fill(s);
	dies(end_twice, s, said, sizeof said);
	assert_non_null(strstr(said, "task_go_home"));
	dies(submit_twice, s, said, sizeof said);
	assert_non_null(strstr(said, "TASK_IDLE"));
	drain(s);
}

#ifdef EVERTAPE_CHECKS
static void abort_uncounted(struct stage *s)
{
	s->drive.lu.tasks++;
	queue_tell(&s->drive.lu, &(struct task_set){ .by_tag = true });
}

static void send_too_much(struct stage *s)
{
	s->f.task.in_len = 8;
	s->f.task.own->want = 99;
	s->f.task.own->in_done = 4;
	task_send(s->f.task.own, "0123456789", 10);
}

/* The check follows each operation that changes a task. */
static void named(struct stage *s)
{
	char said[2000];

	fill(s);
	dies(abort_uncounted, s, said, sizeof said);
	assert_non_null(strstr(said, "not true any more: the LU counts its tasks"));
	dies(send_too_much, s, said, sizeof said);
	assert_non_null(strstr(said, "not true any more: no more data move than"));
	drain(s);
}
#endif

static void test_broken(void **state)
{
	stage_run(broken);
}

static void test_fatal(void **state)
{
	stage_run(fatal);
#ifdef EVERTAPE_CHECKS
	stage_run(named);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_fatal),
	};
	return cmocka_run_group_tests_name("scsi: check", tests, NULL, NULL);
}
