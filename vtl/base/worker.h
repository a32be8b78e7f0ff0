/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread, one io_uring, its timers, its fibers and its mailbox.
 * Work moves between workers by message, never by lock.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "vtl/base/fiber.h"

struct worker;

/* --- life ------------------------------------------------------------------------------- */

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

/* --- messages --------------------------------------------------------------------------- */

/* The sender owns the memory until run() is called on the receiver; embed it in the thing sent. */
struct msg {
	struct msg *next;
	void (*run)(struct msg *msg);
};
/* From any thread: run(msg) is called in to's loop (not in a fiber; start one to wait).
 * Messages of one sender arrive in order. */
void worker_post(struct worker *to, struct msg *msg);
/* From a fiber: runs fn(arg) in a fiber on w and waits for it; direct when w is this worker.  Begins
 * in order with the other calls and messages of this worker. */
void worker_call(struct worker *w, void (*fn)(void *arg), void *arg);
/* From a fiber: comes back when every message and call to `to` that any of these workers had sent
 * before, or sends in the stretch (from wait to wait) that it is in now, has begun there.  What they
 * could see of a thing on `to`, and can no longer, can then be freed. */
void workers_settle(struct worker *const *workers, unsigned n, struct worker *to);
/* From a fiber: runs fn(arg) on a helper thread, where it may block (LMDB commits, directory work,
 * name look-ups), and waits for it.  Outside a fiber: calls fn(arg) directly. */
void job_call(void (*fn)(void *arg), void *arg);
/* The same for at most ms milliseconds: 0, -ENOMEM, or -ETIMEDOUT.  Then fn goes on, arg belongs to it,
 * and drop(arg) is called in this worker's loop when it has ended. */
int job_call_ms(void (*fn)(void *arg), void *arg, unsigned ms, void (*drop)(void *arg));
/* Of the calling worker: such calls that have not ended yet.  A worker that has any cannot be freed, as
 * it waits for its helper threads. */
unsigned jobs_left(void);

/* --- time ------------------------------------------------------------------------------- */

/* CLOCK_MONOTONIC in milliseconds / microseconds. */
int64_t now_ms(void);
int64_t now_us(void);

/* Fires once, in the worker's loop.  Zero-initialise; the memory is the caller's. */
struct timer {
	TAILQ_ENTRY(timer) link;
	int64_t due_ms;
	bool armed;
	void (*fire)(struct timer *timer);
};
void timer_arm(struct timer *timer, unsigned ms, void (*fire)(struct timer *)); /* re-arms too */
void timer_stop(struct timer *timer);

/* --- input and output ------------------------------------------------------------------- */

/* One operation in the ring.  The memory, and that of its buffers, stays the caller's until
 * done(io) is called in the worker's loop with res: bytes or 0, or -errno; -EAGAIN also when the kernel
 * took nothing from the ring for a while, which it does when it has no memory. */
struct io {
	int64_t res;
	void (*done)(struct io *io);
	void *arg; /* the caller's */
	STAILQ_ENTRY(io) link; /* the worker's */
};
void io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off);
void io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off);
void io_start_fsync(struct io *io, int fd, bool data_only);
void io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len);
void io_start_recv(struct io *io, int fd, void *buf, size_t len, int flags);
void io_start_sendmsg(struct io *io, int fd, const struct msghdr *msg, int flags);
void io_start_accept(struct io *io, int fd, struct sockaddr_storage *addr, socklen_t *len);
void io_start_poll(struct io *io, int fd, short events);
/* Asks for an early end; done(io) still comes, with -ECANCELED or the real result. */
void io_cancel(struct io *io);

/* The same, from a fiber, waiting for the result.  Short reads are possible. */
int64_t io_read(int fd, void *buf, size_t len, uint64_t off);
int io_fsync(int fd, bool data_only);
int64_t io_recv(int fd, void *buf, size_t len, int flags);
int io_poll(int fd, short events); /* the events that are there */
