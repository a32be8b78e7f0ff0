/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a worker: messages, fibers, timers and completions, until it is told to stop. */
#include "vtl/base/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log_internal.h"
#include "vtl/base/worker_internal.h"

enum { RING_ENTRIES = 512, RING_COMPLETIONS = 4096, REAP_MOST = 256, WAIT_PAUSE_MS = 1 };

__thread struct worker *worker_current;

struct worker *worker_self(void)
{
	return worker_current;
}

/* One issuer and deferred task work where the kernel has them (6.1), with a flag that says when there is such
 * work; else a plain ring. The ring is made disabled, because the thread that enables it is the one that may
 * submit. */
static int ring_init(struct io_uring *ring)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		.cq_entries = RING_COMPLETIONS,
	};
	int err = io_uring_queue_init_params(RING_ENTRIES, ring, &p);
	if (err != -EINVAL)
		return err;
	p = (struct io_uring_params){ .flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED,
		.cq_entries = RING_COMPLETIONS };
	return io_uring_queue_init_params(RING_ENTRIES, ring, &p);
}

/* By the system call: liburing 2.3 declares io_uring_enable_rings() but its shared object lacks it. */
static void ring_enable(struct io_uring *ring)
{
	long err = syscall(__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	assert(err == 0);
}

int worker_new(const char *name, struct worker **ret_worker)
{
	struct worker *w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->name = name;
	w->own_end = &w->own;
	TAILQ_INIT(&w->timers);
	TAILQ_INIT(&w->ready);
	STAILQ_INIT(&w->calls);
	STAILQ_INIT(&w->refused);
	int err = -ENOMEM;
	w->jobs = jobs_new();
	if (!w->jobs)
		goto no_jobs;
	w->bell = eventfd(0, EFD_CLOEXEC);
	err = -errno;
	if (w->bell < 0)
		goto no_bell;
	err = ring_init(&w->ring);
	if (err)
		goto no_ring;
	*ret_worker = w;
	return 0;
no_ring:
	close(w->bell);
no_bell:
	jobs_free(w->jobs);
no_jobs:
	free(w);
	return err;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	jobs_free(w->jobs);
	io_uring_queue_exit(&w->ring);
	close(w->bell);
	fibers_free(w);
	few_free(w->few);
	free(w);
}

/* --- the loop ----------------------------------------------------------------------------- */

static void bell_rang(struct io *io)
{
	struct worker *w = io->arg;
	if (!atomic_load(&w->stop))
		io_start_read(io, w->bell, &w->bell_count, sizeof w->bell_count, 0);
}

static unsigned completions_run(struct worker *w)
{
	struct io_uring_cqe *cqes[REAP_MOST];
	struct io *ios[REAP_MOST];
	unsigned n = io_uring_peek_batch_cqe(&w->ring, cqes, REAP_MOST);
	for (unsigned i = 0; i < n; i++) {
		ios[i] = io_uring_cqe_get_data(cqes[i]);
		if (ios[i])
			ios[i]->res = cqes[i]->res;
	}
	/* Advance before done() runs: done() may submit operations, whose completions need room. */
	io_uring_cq_advance(&w->ring, n);
	for (unsigned i = 0; i < n; i++)
		if (ios[i])
			ios[i]->done(ios[i]);
	return n;
}

/* Whether this thread itself has left work for the next turn of the loop. */
static bool work_here(const struct worker *w)
{
	return !TAILQ_EMPTY(&w->ready) || !STAILQ_EMPTY(&w->refused) || w->own;
}

static bool work_waits(struct worker *w)
{
	return work_here(w) || atomic_load(&w->mail) || atomic_load(&w->stop);
}

/* Whether the kernel has something to do for this ring: operations to start, or completions to post. */
static bool kernel_wanted(const struct worker *w)
{
	const unsigned flags = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
	return io_uring_sq_ready(&w->ring) || __atomic_load_n(w->ring.sq.kflags, __ATOMIC_RELAXED) & flags;
}

/* The loop must not end, because everything it serves would be lost.  It goes on with a pause in each turn
 * and logs the first failure.  The kernel says -EBUSY and -EAGAIN when it has no memory. */
static void wait_failed(struct worker *w, int err)
{
	if (!w->wait_err)
		log_error("worker %s: cannot wait for completions: %s; it tries again every %d ms", w->name,
			error_text(err), WAIT_PAUSE_MS);
	w->wait_err = err;
	nanosleep(&(struct timespec){ .tv_nsec = WAIT_PAUSE_MS * 1000000L }, NULL);
}

void worker_pause(struct worker *w, unsigned us)
{
	assert(w == worker_current && us <= WORKER_PAUSE_MOST);
	w->pause_us = us;
}

static void pause_now(struct worker *w)
{
	struct timespec ts = { .tv_nsec = w->pause_us * 1000L };
	w->pause_us = 0;
	if (kernel_wanted(w))
		io_uring_submit_and_get_events(&w->ring);
	nanosleep(&ts, NULL);
}

/* Submits operations.  If there is no work, waits for completions, the bell or the next timer. */
static void worker_wait(struct worker *w)
{
	if (work_here(w)) {
		if (kernel_wanted(w))
			io_uring_submit_and_get_events(&w->ring);
		return;
	}
	if (w->pause_us)
		pause_now(w);
	int64_t ms = timers_next(w);
	atomic_store(&w->asleep, true);
	if (work_waits(w) || ms == 0) {
		atomic_store(&w->asleep, false);
		if (kernel_wanted(w))
			io_uring_submit_and_get_events(&w->ring);
		return;
	}
	struct __kernel_timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	struct io_uring_cqe *cqe;
	int err = io_uring_submit_and_wait_timeout(&w->ring, &cqe, 1, ms < 0 ? NULL : &ts, NULL);
	atomic_store(&w->asleep, false);
	if (err < 0 && err != -ETIME && err != -EINTR)
		wait_failed(w, err);
	else
		w->wait_err = 0;
}

void worker_run(struct worker *w)
{
	worker_current = w;
	ring_enable(&w->ring);
	prctl(PR_SET_TIMERSLACK, 1UL); /* for short pauses: the kernel adds 50 us else */
	w->bell_io = (struct io){ .done = bell_rang, .arg = w };
	io_start_read(&w->bell_io, w->bell, &w->bell_count, sizeof w->bell_count, 0);
	while (!atomic_load(&w->stop)) {
		mail_run(w);
		timers_fire(w);
		fibers_run(w);
		worker_wait(w);
		completions_run(w);
		refused_run(w);
	}
	mail_run(w);
	fibers_run(w);
	worker_current = NULL;
}

static void *worker_thread(void *arg)
{
	worker_run(arg);
	return NULL;
}

int worker_start(struct worker *w)
{
	int err = pthread_create(&w->thread, NULL, worker_thread, w);
	if (err)
		return -err;
	w->has_thread = true;
	pthread_setname_np(w->thread, w->name);
	return 0;
}

void worker_stop(struct worker *w)
{
	atomic_store(&w->stop, true);
	bell_ring(w);
}

void worker_join(struct worker *w)
{
	if (w->has_thread)
		pthread_join(w->thread, NULL);
	w->has_thread = false;
}

/* --- one fiber, then the end --------------------------------------------------------------- */

struct once {
	struct msg msg;
	void (*run)(void *);
	void *arg;
};

static void once_fiber(void *arg)
{
	struct once *once = arg;
	once->run(once->arg);
	worker_stop(worker_self());
}

static void once_arrived(struct msg *msg)
{
	if (fiber_start("once", once_fiber, msg) == 0)
		return;
	log_error("cannot start: no memory for a fiber");
	abort();
}

int worker_run_once(void (*run)(void *), void *arg)
{
	struct worker *w;
	int err = worker_new("once", &w);
	if (err)
		return err;
	struct once once = { .msg.run = once_arrived, .run = run, .arg = arg };
	worker_post(w, &once.msg);
	worker_run(w);
	worker_free(w);
	return 0;
}
