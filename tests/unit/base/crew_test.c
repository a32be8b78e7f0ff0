/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that compute: for several workers, with a full queue, and at the end. */
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

#include "tests/lib/entries.h"
#include "vtl/base/container.h"
#include "vtl/base/crew.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/base/worker.h"

static atomic_bool no_threads;

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	return no_threads ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

/* --- workers with a crew -------------------------------------------------------------------------- */

enum { WORKERS = 3, RECORDS = 3000, WINDOW = 6 };

/* A fiber on a worker of its own, and what it works on. */
struct site {
	struct msg msg;
	struct worker *worker;
	struct crew *crew;
	void (*run)(struct site *site);
	unsigned started, refused, done;
	bool in_order;
};

static void site_fiber(void *arg)
{
	struct site *site = arg;
	site->run(site);
	worker_stop(site->worker);
}

static void site_arrived(struct msg *msg)
{
	struct site *site = container_of(msg, struct site, msg);
	assert_int_equal(fiber_start("site", site_fiber, site), 0);
}

static void sites_run(struct site *sites, unsigned n, unsigned threads, void (*run)(struct site *site))
{
	struct crew *crew;
	assert_int_equal(crew_new(threads, &crew), 0);
	for (unsigned i = 0; i < n; i++) {
		sites[i] = (struct site){ .msg.run = site_arrived, .crew = crew, .run = run };
		assert_int_equal(worker_new("site", &sites[i].worker), 0);
		crew_serve(crew, sites[i].worker);
		worker_post(sites[i].worker, &sites[i].msg);
		assert_int_equal(worker_start(sites[i].worker), 0);
	}
	for (unsigned i = 0; i < n; i++)
		worker_join(sites[i].worker);
	crew_free(crew);
	for (unsigned i = 0; i < n; i++)
		worker_free(sites[i].worker);
}

/* --- results --------------------------------------------------------------------------------------- */

struct record {
	struct job job;
	struct site *site;
	uint32_t in, out;
};

static uint32_t scramble(uint32_t v)
{
	for (int i = 0; i < 50; i++)
		v = v * 2654435761u + 1;
	return v;
}

static void record_compute(void *arg)
{
	struct record *r = arg;
	assert_null(worker_self());
	r->out = scramble(r->in);
}

static void record_finish(struct record *r)
{
	job_wait(&r->job);
	assert_int_equal(r->out, scramble(r->in));
	r->site->done++;
}

/* As a drive does it: a window of records under way, finished in the order they came. */
static void writes_records(struct site *site)
{
	struct record window[WINDOW];
	unsigned oldest = 0;
	for (uint32_t n = 0; n < RECORDS; n++) {
		if (n - oldest == WINDOW)
			record_finish(&window[oldest++ % WINDOW]);
		struct record *r = &window[n % WINDOW];
		r->site = site;
		r->in = n;
		while (crew_start(&r->job, record_compute, r, NULL) == -EAGAIN) {
			site->refused++;
			if (oldest < n)
				record_finish(&window[oldest++ % WINDOW]);
			else
				fiber_sleep(1);
		}
		site->started++;
	}
	while (oldest < RECORDS)
		record_finish(&window[oldest++ % WINDOW]);
}

static void every_worker_gets_its_results_while_others_use_the_same_threads(void **state)
{
	struct site sites[WORKERS];
	sites_run(sites, WORKERS, 2, writes_records);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(sites[i].started, RECORDS);
		assert_int_equal(sites[i].done, RECORDS);
	}
}

static void record_done(struct job *job)
{
	struct record *r = container_of(job, struct record, job);
	assert_ptr_equal(worker_self(), r->site->worker);
	r->site->in_order &= r->in == r->site->done;
	r->site->done++;
	free(r);
}

static void sends_records(struct site *site)
{
	site->in_order = true;
	for (uint32_t n = 0; n < RECORDS; n++) {
		struct record *r = calloc(1, sizeof *r);
		*r = (struct record){ .site = site, .in = n };
		while (crew_start(&r->job, record_compute, r, record_done) == -EAGAIN)
			fiber_sleep(1);
	}
	while (site->done < RECORDS)
		fiber_sleep(1);
}

static void one_thread_sends_results_in_the_order_of_the_jobs(void **state)
{
	struct site site;
	sites_run(&site, 1, 1, sends_records);
	assert_int_equal(site.done, RECORDS);
	assert_true(site.in_order);
}

/* --- a full queue ------------------------------------------------------------------------------------ */

enum { JOBS_MAX = 64 };

struct gate {
	sem_t entered, open;
};

static void waits_at_gate(void *arg)
{
	struct gate *gate = arg;
	sem_post(&gate->entered);
	sem_wait(&gate->open);
}

static void counts_done(struct job *job)
{
	fail_msg("done() of a job that was refused");
}

static void fills_the_queue(struct site *site)
{
	struct gate gate;
	struct job jobs[JOBS_MAX], extra;
	sem_init(&gate.entered, 0, 0);
	sem_init(&gate.open, 0, 0);
	for (int round = 0; round < 2; round++) {
		unsigned n = 0;
		assert_int_equal(crew_start(&jobs[n++], waits_at_gate, &gate, NULL), 0);
		sem_wait(&gate.entered); /* the only thread has it, and the queue is empty */
		while (n < JOBS_MAX && crew_start(&jobs[n], waits_at_gate, &gate, NULL) == 0)
			n++;
		assert_int_equal(n, 1 + 4);
		assert_int_equal(crew_start(&extra, waits_at_gate, &gate, counts_done), -EAGAIN);
		for (unsigned i = 0; i < n; i++)
			sem_post(&gate.open);
		for (unsigned i = 0; i < n; i++)
			job_wait(&jobs[i]);
		for (unsigned i = 1; i < n; i++)
			sem_wait(&gate.entered);
	}
	sem_destroy(&gate.entered);
	sem_destroy(&gate.open);
}

static void a_crew_that_is_behind_says_so_at_once(void **state)
{
	struct site site;
	sites_run(&site, 1, 1, fills_the_queue);
}

/* --- threads -------------------------------------------------------------------------------------------- */

static void counts_threads(struct site *site)
{
	struct job job;
	unsigned before = entries_of("/proc/self/task");
	fiber_sleep(1);
	assert_int_equal(entries_of("/proc/self/task"), before);
	struct record r = { .in = 1 };
	assert_int_equal(crew_start(&job, record_compute, &r, NULL), 0);
	job_wait(&job);
	assert_int_equal(entries_of("/proc/self/task"), before + 3);
}

static void a_crew_has_no_thread_before_its_first_job(void **state)
{
	struct site site;
	sites_run(&site, 1, 3, counts_threads);
}

static void has_no_threads(struct site *site)
{
	struct job job;
	no_threads = true;
	assert_int_equal(crew_start(&job, record_compute, NULL, NULL), -EAGAIN);
	assert_int_equal(crew_start(&job, record_compute, NULL, NULL), -EAGAIN);
	no_threads = false;
}

static void a_crew_without_threads_takes_no_job(void **state)
{
	struct site site;
	sites_run(&site, 1, 2, has_no_threads);
}

static void has_no_crew(void *arg)
{
	struct job job;
	assert_int_equal(crew_start(&job, record_compute, NULL, NULL), -EAGAIN);
}

static void a_thread_without_a_crew_is_told_so(void **state)
{
	has_no_crew(NULL);
	assert_int_equal(worker_run_once(has_no_crew, NULL), 0);
}

/* --- the end ---------------------------------------------------------------------------------------------- */

struct last {
	struct job job;
	struct site *site;
	atomic_uint *ran;
};

static void last_run(void *arg)
{
	struct last *last = arg;
	for (volatile unsigned i = 0; i < 1000000; i++)
		;
	++*last->ran;
}

static void last_done(struct job *job)
{
	container_of(job, struct last, job)->site->done++;
}

static void leaves_jobs_behind(struct site *site)
{
	static struct last lasts[JOBS_MAX];
	static atomic_uint ran;
	while (site->started < JOBS_MAX) {
		struct last *last = &lasts[site->started];
		*last = (struct last){ .site = site, .ran = &ran };
		if (crew_start(&last->job, last_run, last, last_done))
			break;
		site->started++;
	}
	assert_true(site->started >= 4);
	crew_free(site->crew);
	assert_int_equal(ran, site->started); /* the running and the waiting ones */
	assert_int_equal(site->done, 0);
	fiber_sleep(1);
	assert_int_equal(site->done, site->started);
}

static void a_crew_that_is_freed_ends_what_it_has_and_sends_the_results(void **state)
{
	struct site site = { .msg.run = site_arrived, .run = leaves_jobs_behind };
	assert_int_equal(crew_new(2, &site.crew), 0);
	assert_int_equal(worker_new("site", &site.worker), 0);
	crew_serve(site.crew, site.worker);
	worker_post(site.worker, &site.msg);
	worker_run(site.worker);
	worker_free(site.worker);
}

static void a_crew_that_was_never_asked_ends_too(void **state)
{
	struct crew *crew;
	assert_int_equal(crew_new(0, &crew), 0);
	crew_free(crew);
	crew_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_worker_gets_its_results_while_others_use_the_same_threads),
		cmocka_unit_test(one_thread_sends_results_in_the_order_of_the_jobs),
		cmocka_unit_test(a_crew_that_is_behind_says_so_at_once),
		cmocka_unit_test(a_crew_has_no_thread_before_its_first_job),
		cmocka_unit_test(a_crew_without_threads_takes_no_job),
		cmocka_unit_test(a_thread_without_a_crew_is_told_so),
		cmocka_unit_test(a_crew_that_is_freed_ends_what_it_has_and_sends_the_results),
		cmocka_unit_test(a_crew_that_was_never_asked_ends_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
