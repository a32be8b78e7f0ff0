/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on helper threads: several of one fiber, in any order, and without a thread. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vtl/base/container.h"
#include "vtl/base/fiber.h"
#include "vtl/base/job.h"
#include "vtl/base/worker.h"

static atomic_bool no_threads;

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

static void on_worker(void (*run)(void *), void *arg)
{
	assert_int_equal(worker_run_once(run, arg), 0);
}

/* --- waiting for all and for any ------------------------------------------------------------------- */

enum { MANY = 40, FEW = 3 };

struct meeting {
	pthread_barrier_t all;
	atomic_uint ran;
};

static void meets(void *arg)
{
	struct meeting *meeting = arg;
	pthread_barrier_wait(&meeting->all);
	meeting->ran++;
}

static void starts_all(void *arg)
{
	struct meeting *meeting = arg;
	struct job jobs[MANY];
	for (int i = 0; i < MANY; i++)
		job_start(&jobs[i], meets, meeting, NULL);
	for (int i = 0; i < MANY; i++)
		job_wait(&jobs[i]);
	assert_int_equal(meeting->ran, MANY);
	job_wait(&jobs[0]); /* one that has ended is not waited for */
}

static void jobs_of_one_fiber_run_at_the_same_time(void **state)
{
	struct meeting meeting = { 0 };
	pthread_barrier_init(&meeting.all, NULL, MANY); /* nobody passes until all are there */
	on_worker(starts_all, &meeting);
	pthread_barrier_destroy(&meeting.all);
}

static void waits_for_gate(void *arg)
{
	sem_wait(arg);
}

static void waits_for_any(void *arg)
{
	sem_t gates[FEW];
	struct job jobs[FEW], *list[FEW];
	for (int i = 0; i < FEW; i++) {
		sem_init(&gates[i], 0, 0);
		list[i] = &jobs[i];
		job_start(&jobs[i], waits_for_gate, &gates[i], NULL);
	}
	sem_post(&gates[1]);
	assert_ptr_equal(job_wait_any(list, FEW), &jobs[1]);
	assert_ptr_equal(job_wait_any(list, FEW), &jobs[1]);
	assert_false(jobs[0].ended || jobs[2].ended);
	list[1] = &jobs[2];
	sem_post(&gates[2]);
	assert_ptr_equal(job_wait_any(list, 2), &jobs[2]);
	sem_post(&gates[0]);
	job_wait(&jobs[0]);
	assert_ptr_equal(job_wait_any(list, 2), &jobs[0]);
	for (int i = 0; i < FEW; i++)
		sem_destroy(&gates[i]);
}

static void the_first_job_that_ends_can_be_waited_for(void **state)
{
	on_worker(waits_for_any, NULL);
}

/* --- results by message ------------------------------------------------------------------------------ */

struct counted {
	struct job job;
	struct counter *counter;
};

struct counter {
	struct worker *home;
	struct waitq q;
	unsigned under_way;
};

static void nothing(void *arg)
{
	assert_null(worker_self());
}

static void counted_done(struct job *job)
{
	struct counted *counted = container_of(job, struct counted, job);
	struct counter *counter = counted->counter;
	assert_ptr_equal(worker_self(), counter->home);
	assert_null(fiber_self());
	assert_true(job->ended);
	counter->under_way--;
	waitq_wake(&counter->q);
	free(counted);
}

static void starts_and_counts(void *arg)
{
	struct counter counter = { .home = worker_self() };
	waitq_init(&counter.q);
	for (int i = 0; i < MANY; i++) {
		struct counted *counted = calloc(1, sizeof *counted);
		counted->counter = &counter;
		counter.under_way++;
		job_start(&counted->job, nothing, NULL, counted_done);
	}
	assert_int_equal(counter.under_way, MANY); /* the results come while this fiber waits, not before */
	while (counter.under_way)
		waitq_wait(&counter.q);
}

static void done_runs_in_the_loop_of_the_worker_that_asked_and_may_free_the_job(void **state)
{
	on_worker(starts_and_counts, NULL);
}

/* --- without a thread, and without a worker -------------------------------------------------------- */

static void notes_thread(void *arg)
{
	*(struct worker **)arg = worker_self();
}

static void starts_without_threads(void *arg)
{
	struct worker *ran_on = NULL;
	struct job job;
	job_start(&job, notes_thread, &ran_on, NULL);
	assert_ptr_equal(ran_on, worker_self());
	assert_false(job.ended); /* the message comes all the same */
	job_wait(&job);
	ran_on = NULL;
	assert_int_equal(job_call_ms(notes_thread, &ran_on, 60000, free), 0);
	assert_ptr_equal(ran_on, worker_self());
	ran_on = NULL;
	job_call(notes_thread, &ran_on);
	assert_ptr_equal(ran_on, worker_self());
}

static void without_a_thread_a_job_runs_on_its_worker(void **state)
{
	no_threads = true;
	on_worker(starts_without_threads, NULL);
	no_threads = false;
}

struct slow {
	struct job job;
	sem_t gate;
	bool ran;
};

static void slow_run(void *arg)
{
	struct slow *slow = arg;
	sem_wait(&slow->gate);
	slow->ran = true;
}

static void starts_and_goes(void *arg)
{
	struct slow *slow = arg;
	job_start(&slow->job, slow_run, slow, NULL);
	sem_post(&slow->gate);
}

static void a_worker_is_freed_after_its_jobs_have_ended(void **state)
{
	struct slow slow = { 0 };
	sem_init(&slow.gate, 0, 0);
	on_worker(starts_and_goes, &slow);
	assert_true(slow.ran);
	sem_destroy(&slow.gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_of_one_fiber_run_at_the_same_time),
		cmocka_unit_test(the_first_job_that_ends_can_be_waited_for),
		cmocka_unit_test(done_runs_in_the_loop_of_the_worker_that_asked_and_may_free_the_job),
		cmocka_unit_test(without_a_thread_a_job_runs_on_its_worker),
		cmocka_unit_test(a_worker_is_freed_after_its_jobs_have_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
