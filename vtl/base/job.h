/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: work that blocks (LMDB commits, directory work, name look-ups) runs on helper threads of the worker
 * that asks for it.  The end of a job is a message to that worker.  For work that computes: crew.h.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "vtl/base/mail.h"

struct fiber;

/* One job.  The memory is the caller's; it must stay in place until the job has ended. */
struct job {
	struct msg msg;
	STAILQ_ENTRY(job) link;
	void (*fn)(void *arg);
	void *arg;
	void (*done)(struct job *job);
	struct worker *home;
	struct fiber *waiter;
	bool ended; /* for the worker that started it to read */
};

/* On a worker: runs fn(arg) on a helper thread and returns at once.  When fn has returned, ended is set and
 * done(job), if not NULL, is called in this worker's loop; done may free the job.  A fiber may have any
 * number of jobs under way.  If no helper thread can be made, fn(arg) has run when job_start() returns. */
void job_start(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job));
/* From the fiber that started it: waits until the job has ended.  To wait for all, wait for each. */
void job_wait(struct job *job);
/* From the fiber that started these n jobs (at least one): waits until any of them has ended and returns it;
 * if several have, the first of them in the list. */
struct job *job_wait_any(struct job *const *jobs, unsigned n);

/* From a fiber: starts fn(arg) and waits until it has ended.  Outside a fiber: calls fn(arg) directly. */
void job_call(void (*fn)(void *arg), void *arg);
/* The same, but waits at most ms milliseconds: 0, -ENOMEM, or -ETIMEDOUT.  After -ETIMEDOUT fn goes on, arg
 * belongs to it, and drop(arg) is called in this worker's loop when it has ended. */
int job_call_ms(void (*fn)(void *arg), void *arg, unsigned ms, void (*drop)(void *arg));
/* Of the calling worker: jobs of job_call_ms() that nobody waits for any more and that have not ended yet.
 * worker_free() waits for them. */
unsigned jobs_left(void);
