/* SPDX-License-Identifier: Apache-2.0 */
/* The helper threads of a worker: one is made when a job finds none free, up to a bound. */
#include "vtl/base/job.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "vtl/base/container.h"
#include "vtl/base/log.h"
#include "vtl/base/worker_internal.h"

enum { JOB_THREADS = 64 }; /* a job that hangs keeps one thread; the others go on */

struct jobs {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	STAILQ_HEAD(, job) waiting;
	pthread_t threads[JOB_THREADS];
	unsigned n_threads, n_free, n_waiting;
	unsigned n_left; /* jobs that nobody waits for any more; read and written by the worker only */
	bool stop;
};

struct jobs *jobs_new(void)
{
	struct jobs *jobs = calloc(1, sizeof *jobs);
	if (!jobs)
		return NULL;
	pthread_mutex_init(&jobs->mutex, NULL);
	pthread_cond_init(&jobs->cond, NULL);
	STAILQ_INIT(&jobs->waiting);
	return jobs;
}

static void job_arrived(struct msg *msg)
{
	struct job *job = container_of(msg, struct job, msg);
	job->ended = true;
	if (job->waiter)
		fiber_wake(job->waiter);
	if (job->done)
		job->done(job); /* may free it */
}

void job_prepare(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job))
{
	*job = (struct job){ .msg.run = job_arrived,
		.fn = fn,
		.arg = arg,
		.done = done,
		.home = worker_current };
}

void job_run(struct job *job)
{
	job->fn(job->arg);
	worker_post(job->home, &job->msg);
}

static void *job_thread(void *arg)
{
	struct jobs *jobs = arg;
	pthread_mutex_lock(&jobs->mutex);
	for (;;) {
		struct job *job = STAILQ_FIRST(&jobs->waiting);
		if (!job) {
			if (jobs->stop)
				break;
			jobs->n_free++;
			pthread_cond_wait(&jobs->cond, &jobs->mutex);
			jobs->n_free--;
			continue;
		}
		STAILQ_REMOVE_HEAD(&jobs->waiting, link);
		jobs->n_waiting--;
		pthread_mutex_unlock(&jobs->mutex);
		job_run(job);
		pthread_mutex_lock(&jobs->mutex);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return NULL;
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	pthread_mutex_lock(&jobs->mutex);
	jobs->stop = true;
	pthread_cond_broadcast(&jobs->cond);
	pthread_mutex_unlock(&jobs->mutex);
	for (unsigned i = 0; i < jobs->n_threads; i++)
		pthread_join(jobs->threads[i], NULL);
	pthread_cond_destroy(&jobs->cond);
	pthread_mutex_destroy(&jobs->mutex);
	free(jobs);
}

/* False when there is no helper thread and none can be made; the caller runs the job itself. */
static bool jobs_take(struct jobs *jobs, struct job *job)
{
	pthread_mutex_lock(&jobs->mutex);
	if (jobs->n_waiting >= jobs->n_free && jobs->n_threads < JOB_THREADS) {
		if (pthread_create(&jobs->threads[jobs->n_threads], NULL, job_thread, jobs) == 0)
			jobs->n_threads++;
		else
			log_warn("cannot start a helper thread; %u are running", jobs->n_threads);
	}
	bool taken = jobs->n_threads > 0;
	if (taken) {
		STAILQ_INSERT_TAIL(&jobs->waiting, job, link);
		jobs->n_waiting++;
		pthread_cond_signal(&jobs->cond);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return taken;
}

void job_start(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job))
{
	job_prepare(job, fn, arg, done);
	if (!jobs_take(worker_current->jobs, job))
		job_run(job);
}

void job_wait(struct job *job)
{
	job_wait_any(&job, 1);
}

struct job *job_wait_any(struct job *const *jobs, unsigned n)
{
	assert(n);
	struct job *ended = NULL;
	for (;;) {
		for (unsigned i = n; i-- > 0;) {
			jobs[i]->waiter = fiber_self();
			if (jobs[i]->ended)
				ended = jobs[i];
		}
		if (ended)
			break;
		fiber_suspend();
	}
	for (unsigned i = 0; i < n; i++)
		jobs[i]->waiter = NULL;
	return ended;
}

void job_call(void (*fn)(void *arg), void *arg)
{
	struct job job;
	if (!fiber_self()) {
		fn(arg);
		return;
	}
	job_start(&job, fn, arg, NULL);
	job_wait(&job);
}

/* --- jobs that are waited for until a time only ----------------------------------------------------- */

struct timed_job {
	struct job job;
	struct timer timer;
	struct fiber *fiber;
	bool late, left; /* the time is over; the fiber has gone on without it */
	void (*drop)(void *arg);
};

static void timed_job_done(struct job *job)
{
	struct timed_job *timed = container_of(job, struct timed_job, job);
	if (!timed->left) {
		fiber_wake(timed->fiber);
		return;
	}
	worker_current->jobs->n_left--;
	timed->drop(job->arg);
	free(timed);
}

static void timed_job_late(struct timer *timer)
{
	struct timed_job *timed = container_of(timer, struct timed_job, timer);
	timed->late = true;
	fiber_wake(timed->fiber);
}

int job_call_ms(void (*fn)(void *arg), void *arg, unsigned ms, void (*drop)(void *arg))
{
	if (!fiber_self()) {
		fn(arg);
		return 0;
	}
	struct timed_job *timed = calloc(1, sizeof *timed);
	if (!timed)
		return -ENOMEM;
	timed->fiber = fiber_self();
	timed->drop = drop;
	job_start(&timed->job, fn, arg, timed_job_done);
	timer_arm(&timed->timer, ms, timed_job_late);
	while (!timed->job.ended && !timed->late)
		fiber_suspend();
	timer_stop(&timed->timer);
	if (!timed->job.ended) {
		timed->left = true; /* timed_job_done() frees it */
		worker_current->jobs->n_left++;
		return -ETIMEDOUT;
	}
	free(timed);
	return 0;
}

unsigned jobs_left(void)
{
	return worker_current->jobs->n_left;
}
