/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread, one io_uring, its timers, its fibers and its mailbox.
 * Its other doors: fiber.h, mail.h, timer.h, io.h, job.h.
 */
#pragma once

struct worker;

/* Sets up a worker (its ring included) without running it.  -errno; -EPERM or -ENOSYS when the
 * kernel does not allow io_uring. */
int worker_new(const char *name, struct worker **ret_worker);
/* Runs the loop on the calling thread until worker_stop(); then returns. */
void worker_run(struct worker *w);
/* Runs the loop on a new thread.  worker_join() waits for its end. */
int worker_start(struct worker *w);
void worker_join(struct worker *w);
/* From any thread: the loop ends after what is ready has run.  Fibers that still wait are dropped,
 * so stop what they serve first. */
void worker_stop(struct worker *w);
/* Once nobody can be inside worker_post() to it any more: a worker that answers to this one is joined
 * first, for its post may return after the answer was taken. */
void worker_free(struct worker *w);
/* The worker whose thread this is, NULL elsewhere. */
struct worker *worker_self(void);
/* Makes a worker, runs run(arg) in a fiber on it, and cleans up when that returns: for tests and
 * command-line programs.  -errno when the worker cannot be made. */
int worker_run_once(void (*run)(void *), void *arg);
