/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crew: threads that compute (compression, encryption) for all workers, so that computing takes no time
 * from a stream.  When the crew is behind, it says so at once, and the caller does without or does the work
 * itself.  A job of the crew must not block; what blocks belongs to job_start().
 *
 * A worker takes no lock to give the crew a job: a place in a bounded queue is claimed by compare-and-swap.
 * If a thread of the crew sleeps, waking it costs the worker one system call.
 */
#pragma once

#include "vtl/base/job.h"
#include "vtl/base/worker.h"

struct crew;

/* Makes a crew of `threads` threads; 0: one for each core but one, at least 1.  The threads are made with the
 * first job: until then a crew costs some memory and nothing else.  -ENOMEM. */
int crew_new(unsigned threads, struct crew **ret_crew);
/* From now on crew_start() on w asks this crew.  Before w runs.  The crew outlives w's last job. */
void crew_serve(struct crew *crew, struct worker *w);
/* Runs the jobs it has, sends their ends, and frees the crew.  Blocks.  No crew_start() may be under way or
 * follow, and the workers that asked must not be freed before. */
void crew_free(struct crew *crew);

/* On a worker: runs fn(arg) on a thread of the crew and returns at once; the rest is as for job_start(), and
 * job_wait() and job_wait_any() work.  Jobs begin in the order of the calls and may end in another order.
 * -EAGAIN: as many jobs wait as may, or this thread has no crew.  Then nothing has begun, done() is not
 * called, and a later call may succeed. */
int crew_start(struct job *job, void (*fn)(void *arg), void *arg, void (*done)(struct job *job));
