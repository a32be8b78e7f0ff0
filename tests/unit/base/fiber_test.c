/* SPDX-License-Identifier: Apache-2.0 */
/* Workers, fibers, messages, timers, jobs and ring operations, on real threads. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "vtl/base/fiber.h"
#include "vtl/base/io.h"
#include "vtl/base/job.h"
#include "vtl/base/mail.h"
#include "vtl/base/sanitize.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

static void on_worker(void (*run)(void *), void *arg)
{
	assert_int_equal(worker_run_once(run, arg), 0);
}

/* --- order of fibers ------------------------------------------------------------------------- */

struct log {
	char text[128];
	struct waitq q;
	struct turn turn;
};

static void say(struct log *log, const char *word)
{
	strcat(log->text, word);
}

static void child(void *arg)
{
	struct log *log = arg;
	say(log, "b");
	waitq_wait(&log->q);
	say(log, "d");
}

static void starts_and_wakes(void *arg)
{
	struct log *log = arg;
	waitq_init(&log->q);
	say(log, "a");
	assert_int_equal(fiber_start("child", child, log), 0);
	say(log, "c");
	waitq_wake(&log->q);
	fiber_sleep(1);
	say(log, "e");
}

static void a_fiber_runs_until_its_first_wait(void **state)
{
	struct log log = { "" };
	on_worker(starts_and_wakes, &log);
	assert_string_equal(log.text, "abcde");
}

static void waits_twice(void *arg)
{
	struct log *log = arg;
	for (const char *word = "bde"; *word; word++) {
		say(log, (char[]){ *word, 0 });
		waitq_wait(&log->q);
	}
	say(log, "g");
}

static void runs_the_waiter(void *arg)
{
	struct log *log = arg;
	waitq_init(&log->q);
	waitq_run(&log->q); /* nobody waits */
	say(log, "a");
	assert_int_equal(fiber_start("twice", waits_twice, log), 0);
	say(log, "c");
	waitq_run(&log->q);
	waitq_wake(&log->q);
	waitq_run(&log->q); /* woken already: it keeps its place among the ready fibers */
	fiber_sleep(1);
	say(log, "f");
	waitq_run(&log->q);
	say(log, "h");
}

static void a_waiting_fiber_runs_before_the_call_returns(void **state)
{
	struct log log = { "" };
	on_worker(runs_the_waiter, &log);
	assert_string_equal(log.text, "abcdefgh");
}

static void holder(void *arg)
{
	struct log *log = arg;
	turn_take(&log->turn);
	say(log, "[");
	fiber_sleep(2);
	say(log, "]");
	turn_give(&log->turn);
}

static void takes_turns(void *arg)
{
	struct log *log = arg;
	turn_init(&log->turn);
	for (int i = 0; i < 3; i++)
		fiber_start("holder", holder, log);
	turn_take(&log->turn);
	say(log, ".");
	turn_give(&log->turn);
}

static void turns_come_one_at_a_time_in_order(void **state)
{
	struct log log = { "" };
	on_worker(takes_turns, &log);
	assert_string_equal(log.text, "[][][].");
}

static void waits_for_nothing(void *arg)
{
	struct waitq q;
	waitq_init(&q);
	int64_t before = now_ms();
	assert_false(waitq_wait_ms(&q, 30));
	assert_true(now_ms() - before >= 29);
	assert_true(TAILQ_EMPTY(&q.waiters));
}

static void a_wait_with_a_limit_ends(void **state)
{
	on_worker(waits_for_nothing, NULL);
}

static void deep(void *arg)
{
	int *count = arg;
	++*count;
	fiber_sleep(1 + (unsigned)(*count % 3));
	--*count;
}

static void starts_many(void *arg)
{
	int *count = arg;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 300; i++)
			assert_int_equal(fiber_start("deep", deep, count), 0);
		assert_int_equal(*count, 300);
		while (*count)
			fiber_sleep(1);
	}
}

static void stacks_are_used_again(void **state)
{
	int count = 0;
	on_worker(starts_many, &count);
	assert_int_equal(count, 0);
}

enum { SWITCHES = 1000, SKIPPED = 77 };

static void goes_and_waits(void *arg)
{
	int *times = arg;
	++*times;
	fiber_suspend();
	++*times;
}

static void ends_at_once(void *arg)
{
	++*(int *)arg;
}

/* In a child that the kernel kills for any system call but read, write and the end of its thread. */
static void switches_without_calls(void *arg)
{
	int *times = arg;
	for (int i = 0; i < 8; i++)
		assert_int_equal(fiber_start("first", ends_at_once, times), 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		_exit(SKIPPED);
	for (int i = 0; i < SWITCHES; i++)
		fiber_start("again", ends_at_once, times);
	fiber_start("waits", goes_and_waits, times);
	syscall(SYS_exit, *times == 8 + SWITCHES + 1 ? 0 : 1);
}

struct turn_msg {
	struct msg msg;
	struct fiber *fiber;
	int turns;
};

static void turned(struct msg *msg)
{
	struct turn_msg *turn = (struct turn_msg *)(void *)msg;
	turn->turns++;
	fiber_wake(turn->fiber);
}

/* The same, with a turn of the worker's loop between any two steps. */
static void turns_without_calls(void *arg)
{
	struct turn_msg turn = { .msg.run = turned, .fiber = fiber_self() };
	fiber_sleep(1); /* what the worker has to submit at its start is submitted */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		_exit(SKIPPED);
	for (int i = 0; i < SWITCHES; i++) {
		worker_post(worker_self(), &turn.msg);
		fiber_suspend();
	}
	syscall(SYS_exit, turn.turns == SWITCHES ? 0 : 1);
}

static void in_a_strict_child(void (*run)(void *))
{
#if defined(UNDER_ASAN) || defined(UNDER_TSAN)
	skip(); /* they make calls of their own */
#endif
	int status, times = 0;
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		worker_run_once(run, &times);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_switch_takes_no_system_call(void **state)
{
	in_a_strict_child(switches_without_calls);
}

static void a_turn_with_work_and_nothing_to_submit_takes_no_system_call(void **state)
{
	in_a_strict_child(turns_without_calls);
}

/* --- workers talking --------------------------------------------------------------------------- */

enum { CALLS = 2000 };

struct pair {
	struct worker *other;
	int calls, jobs;
};

static void counts(void *arg)
{
	struct pair *pair = arg;
	assert_ptr_equal(worker_self(), pair->other);
	pair->calls++;
	if (pair->calls % 500 == 0)
		fiber_sleep(1); /* a call may wait */
}

static void works(void *arg)
{
	struct pair *pair = arg;
	assert_null(worker_self());
	pair->jobs++;
	usleep(200);
}

static void ends_the_other(void *arg)
{
	struct pair *pair = arg;
	worker_stop(pair->other);
	worker_join(pair->other);
}

static void calls_the_other(void *arg)
{
	struct pair *pair = arg;
	for (int i = 0; i < CALLS; i++)
		worker_call(pair->other, counts, pair);
	for (int i = 0; i < 20; i++)
		job_call(works, pair);
	job_call(ends_the_other, pair);
}

static void calls_reach_the_other_worker(void **state)
{
	struct pair pair = { 0 };
	assert_int_equal(worker_new("other", &pair.other), 0);
	assert_int_equal(worker_start(pair.other), 0);
	on_worker(calls_the_other, &pair);
	worker_free(pair.other);
	assert_int_equal(pair.calls, CALLS);
	assert_int_equal(pair.jobs, 20);
}

struct flood {
	struct msg msg;
	unsigned *sum;
};

static void flood_arrived(struct msg *msg)
{
	struct flood *flood = (struct flood *)(void *)msg;
	++*flood->sum;
}

static void messages_from_foreign_threads_arrive(void **state)
{
	enum { COUNT = 10000 };
	struct worker *w;
	unsigned sum = 0;
	struct flood *floods = calloc(COUNT, sizeof *floods);
	assert_int_equal(worker_new("flooded", &w), 0);
	assert_int_equal(worker_start(w), 0);
	for (int i = 0; i < COUNT; i++) {
		floods[i] = (struct flood){ .msg.run = flood_arrived, .sum = &sum };
		worker_post(w, &floods[i].msg);
	}
	worker_stop(w); /* what was posted before still runs */
	worker_join(w);
	worker_free(w);
	free(floods);
	assert_int_equal(sum, COUNT);
}

/* --- the ring ---------------------------------------------------------------------------------- */

static void syncs_and_reads(void *arg)
{
	char name[] = "/tmp/worker-test-XXXXXX", back[6] = "";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(pwrite(fd, "hello", 5, 100), 5);
	assert_int_equal(io_fsync(fd, true), 0);
	assert_int_equal(io_read(fd, back, 5, 100), 5);
	assert_string_equal(back, "hello");
	assert_int_equal(io_read(fd, back, 5, 8192), 0);
	assert_int_equal(io_read(-1, back, 5, 0), -EBADF);
	close(fd);
}

static void files_go_through_the_ring(void **state)
{
	on_worker(syncs_and_reads, NULL);
}

struct pending {
	struct io io;
	bool done;
	struct fiber *fiber;
};

static void pending_done(struct io *io)
{
	struct pending *p = (struct pending *)(void *)io;
	p->done = true;
	fiber_wake(p->fiber);
}

static void cancels(void *arg)
{
	int pair[2];
	char byte;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct pending p = { .io.done = pending_done, .fiber = fiber_self() };
	io_start_recv(&p.io, pair[0], &byte, 1, 0);
	fiber_sleep(2);
	assert_false(p.done);
	io_cancel(&p.io);
	while (!p.done)
		fiber_suspend();
	assert_int_equal(p.io.res, -ECANCELED);
	close(pair[0]);
	close(pair[1]);
}

static void a_cancelled_operation_still_completes(void **state)
{
	on_worker(cancels, NULL);
}

static int fired[3], n_fired;

static void timer_a(struct timer *t)
{
	fired[n_fired++] = 0;
}

static void timer_b(struct timer *t)
{
	fired[n_fired++] = 1;
}

static void times(void *arg)
{
	struct timer a = { 0 }, b = { 0 }, c = { 0 };
	n_fired = 0;
	timer_arm(&a, 20, timer_a);
	timer_arm(&b, 5, timer_b);
	timer_arm(&c, 1, timer_b);
	timer_stop(&c);
	fiber_sleep(40);
	assert_int_equal(n_fired, 2);
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 0);
	assert_false(a.armed);
}

static void timers_fire_in_order_of_due_time(void **state)
{
	on_worker(times, NULL);
}

/* --- calls that are not waited for without end ---------------------------------------------------- */

struct slow {
	atomic_bool let_go;
	unsigned dropped;
};

static void slow_run(void *arg)
{
	struct slow *slow = arg;
	while (!slow->let_go)
		usleep(1000);
}

static void slow_drop(void *arg)
{
	((struct slow *)arg)->dropped++;
}

static void waits_so_long(void *arg)
{
	static struct slow slow;
	slow.let_go = true;
	assert_int_equal(job_call_ms(slow_run, &slow, 60000, slow_drop), 0);
	slow.let_go = false;
	int64_t began = now_ms();
	assert_int_equal(job_call_ms(slow_run, &slow, 30, slow_drop), -ETIMEDOUT);
	assert_true(now_ms() - began >= 29);
	assert_int_equal(jobs_left(), 1);
	assert_int_equal(slow.dropped, 0);
	slow.let_go = true;
	while (jobs_left())
		fiber_sleep(1);
	assert_int_equal(slow.dropped, 1);
}

static void a_call_that_takes_too_long_is_left_to_itself(void **state)
{
	on_worker(waits_so_long, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fiber_runs_until_its_first_wait),
		cmocka_unit_test(a_waiting_fiber_runs_before_the_call_returns),
		cmocka_unit_test(turns_come_one_at_a_time_in_order),
		cmocka_unit_test(a_wait_with_a_limit_ends),
		cmocka_unit_test(stacks_are_used_again),
		cmocka_unit_test(a_switch_takes_no_system_call),
		cmocka_unit_test(a_turn_with_work_and_nothing_to_submit_takes_no_system_call),
		cmocka_unit_test(calls_reach_the_other_worker),
		cmocka_unit_test(messages_from_foreign_threads_arrive),
		cmocka_unit_test(files_go_through_the_ring),
		cmocka_unit_test(a_cancelled_operation_still_completes),
		cmocka_unit_test(timers_fire_in_order_of_due_time),
		cmocka_unit_test(a_call_that_takes_too_long_is_left_to_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
