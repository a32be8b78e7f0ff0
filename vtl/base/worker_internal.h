/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a worker, for the files of vtl/base only. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include <liburing.h>

#include "vtl/base/fiber.h"
#include "vtl/base/io.h"
#include "vtl/base/job.h"
#include "vtl/base/mail.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"

struct call;
struct crew;
struct few;
struct jobs;

struct worker {
	const char *name;
	struct io_uring ring;
	pthread_t thread;
	bool has_thread;
	int wait_err;      /* the last failure of the wait for completions */
	unsigned pause_us; /* before the next wait, or 0 */
	atomic_bool stop;

	/* The mailbox: a stack of messages, newest first, emptied at once. */
	_Atomic(struct msg *) mail;
	/* Messages of this worker to itself, oldest first; no other thread looks here. */
	struct msg *own, **own_end;
	atomic_bool asleep; /* the next sender must ring the bell */
	int bell;           /* eventfd, read through the ring */
	uint64_t bell_count;
	struct io bell_io;
	STAILQ_HEAD(io_list, io) refused; /* operations the kernel did not take; they end in the next turn */

	TAILQ_HEAD(timer_list, timer) timers; /* by due time */
	TAILQ_HEAD(fibers, fiber) ready;
	LIST_HEAD(, fiber) all;     /* every fiber that has a stack, the resting ones too */
	LIST_HEAD(, fiber) resting; /* ended, their stacks kept for the next */
	unsigned n_resting;
	struct fiber *current;

	/* Calls that wait because there was no memory for a fiber, in order of arrival. */
	STAILQ_HEAD(, call) calls;
	struct timer calls_retry;
	struct jobs *jobs;
	struct crew *crew; /* that serves this worker, or NULL */
	struct few *few;   /* log lines held back; made with the first */
};

extern __thread struct worker *worker_current;

/* mail.c: runs what has arrived; wakes a loop that waits. */
void mail_run(struct worker *w);
void bell_ring(struct worker *w);
/* fiber.c: runs every fiber that is ready now; gives their stacks back at the end. */
void fibers_run(struct worker *w);
void fibers_free(struct worker *w);
/* timer.c: fires what is due; milliseconds to the next one, or -1. */
void timers_fire(struct worker *w);
int64_t timers_next(const struct worker *w);
/* io.c: ends what the kernel did not take. */
void refused_run(struct worker *w);
/* job.c: makes a job of this worker; on any thread: runs it and sends it home. */
void job_prepare(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job));
void job_run(struct job *job);
struct jobs *jobs_new(void);
void jobs_free(struct jobs *jobs); /* waits for the running ones */
