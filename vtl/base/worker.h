/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread with one io_uring, its timers, its fibers and its mailbox.
 * More about a worker: fiber.h, mail.h, timer.h, io.h, job.h, crew.h.
 */
#pragma once

struct worker;

/* Makes a worker and its ring; nothing runs yet.  name must outlive it.  -errno; -EPERM or -ENOSYS when the
 * kernel does not allow io_uring. */
int worker_new(const char *name, struct worker **ret_worker);
/* Runs the loop on the calling thread and returns after worker_stop(). */
void worker_run(struct worker *w);
/* Runs the loop on a new thread; -errno when there is none.  worker_join() waits until that thread has
 * ended. */
int worker_start(struct worker *w);
void worker_join(struct worker *w);
/* From any thread: ends the loop after messages and fibers that are ready have run.  Fibers that still wait
 * never run again, so stop what they serve first. */
void worker_stop(struct worker *w);
/* Frees a worker that has stopped.  Join every worker that posts to it first: worker_post() may still touch
 * the receiver after the message was handled. */
void worker_free(struct worker *w);
/* Lets the worker pause once, for at least us microseconds, when it next has nothing to do. Operations are
 * submitted before. What arrives meanwhile is then handled together, so it takes fewer system calls and less CPU
 * time. Every user of the worker waits as long, so us is short, 1 to WORKER_PAUSE_MOST. Call on w's thread. */
enum { WORKER_PAUSE_MOST = 100 };
void worker_pause(struct worker *w, unsigned us);
/* The worker whose thread this is; NULL on any other thread. */
struct worker *worker_self(void);
/* Makes a worker on the calling thread, runs run(arg) in a fiber on it, and frees the worker when run() has
 * returned.  For tests and command-line programs.  -errno when the worker cannot be made. */
int worker_run_once(void (*run)(void *), void *arg);
