/* SPDX-License-Identifier: Apache-2.0 */
/* Helper threads of a worker, for calls that block: started when none is free, up to a bound. */
#include "vtl/base/job.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "vtl/base/container.h"
#include "vtl/base/log.h"
#include "vtl/base/worker_internal.h"

enum { JOB_THREADS = 64 }; /* what hangs takes one each; the others go on */

struct job {
	struct msg msg; /* back to the worker that asked */
	TAILQ_ENTRY(job) link;
	void (*fn)(void *);
	void *arg;
	struct worker *home;
	struct fiber *fiber;
	bool ended;
	/* of one that is not waited for without end; on the heap */
	struct timer timer;
	bool late, left; /* its time is up; and its fiber has gone on without it */
	void (*drop)(void *);
};

struct jobs {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	TAILQ_HEAD(, job) waiting;
	pthread_t threads[JOB_THREADS];
	unsigned n_threads, n_free, n_waiting;
	unsigned n_left; /* that nobody waits for any more; the worker's */
	bool stop;
};

struct jobs *jobs_new(void)
{
	struct jobs *jobs = calloc(1, sizeof *jobs);
	if (!jobs)
		return NULL;
	pthread_mutex_init(&jobs->mutex, NULL);
	pthread_cond_init(&jobs->cond, NULL);
	TAILQ_INIT(&jobs->waiting);
	return jobs;
}

static void job_ended(struct msg *msg)
{
	struct job *job = (struct job *)(void *)msg;
	if (job->left) {
		worker_current->jobs->n_left--;
		job->drop(job->arg);
		free(job);
		return;
	}
	job->ended = true;
	fiber_wake(job->fiber);
}

static void job_is_late(struct timer *timer)
{
	struct job *job = container_of(timer, struct job, timer);
	job->late = true;
	fiber_wake(job->fiber);
}

static void *job_thread(void *arg)
{
	struct jobs *jobs = arg;
	pthread_mutex_lock(&jobs->mutex);
	for (;;) {
		struct job *job = TAILQ_FIRST(&jobs->waiting);
		if (!job) {
			if (jobs->stop)
				break;
			jobs->n_free++;
			pthread_cond_wait(&jobs->cond, &jobs->mutex);
			jobs->n_free--;
			continue;
		}
		TAILQ_REMOVE(&jobs->waiting, job, link);
		jobs->n_waiting--;
		pthread_mutex_unlock(&jobs->mutex);
		job->fn(job->arg);
		worker_post(job->home, &job->msg);
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

/* False when the job can have no thread at all; then its caller runs it itself. */
static bool jobs_take(struct jobs *jobs, struct job *job)
{
	pthread_mutex_lock(&jobs->mutex);
	if (jobs->n_waiting >= jobs->n_free && jobs->n_threads < JOB_THREADS) {
		if (pthread_create(&jobs->threads[jobs->n_threads], NULL, job_thread, jobs) == 0)
			jobs->n_threads++;
		else
			log_warn("no new helper thread: %u are running", jobs->n_threads);
	}
	bool taken = jobs->n_threads > 0;
	if (taken) {
		TAILQ_INSERT_TAIL(&jobs->waiting, job, link);
		jobs->n_waiting++;
		pthread_cond_signal(&jobs->cond);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return taken;
}

void job_call(void (*fn)(void *arg), void *arg)
{
	struct fiber *fiber = fiber_self();
	if (!fiber) {
		fn(arg);
		return;
	}
	struct job job = { .msg.run = job_ended,
		.fn = fn,
		.arg = arg,
		.home = worker_current,
		.fiber = fiber };
	if (!jobs_take(worker_current->jobs, &job)) {
		fn(arg);
		return;
	}
	while (!job.ended)
		fiber_suspend();
}

int job_call_ms(void (*fn)(void *arg), void *arg, unsigned ms, void (*drop)(void *arg))
{
	struct fiber *fiber = fiber_self();
	struct job *job = fiber ? calloc(1, sizeof *job) : NULL;
	if (fiber && !job)
		return -ENOMEM;
	if (job)
		*job = (struct job){ .msg.run = job_ended,
			.fn = fn,
			.arg = arg,
			.home = worker_current,
			.fiber = fiber,
			.drop = drop };
	if (!job || !jobs_take(worker_current->jobs, job)) {
		free(job);
		fn(arg);
		return 0;
	}
	timer_arm(&job->timer, ms, job_is_late);
	while (!job->ended && !job->late)
		fiber_suspend();
	timer_stop(&job->timer);
	if (!job->ended) {
		job->left = true; /* it is job_ended()'s now */
		worker_current->jobs->n_left++;
		return -ETIMEDOUT;
	}
	free(job);
	return 0;
}

unsigned jobs_left(void)
{
	return worker_current->jobs->n_left;
}
