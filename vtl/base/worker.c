/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a worker: messages, fibers, timers and completions, until it is told to stop. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log_internal.h"
#include "vtl/base/worker_internal.h"

enum { RING_ENTRIES = 512, RING_COMPLETIONS = 4096, REAP_MOST = 256, CALLS_RETRY_MS = 10, WAIT_PAUSE_MS = 1 };

__thread struct worker *worker_current;

struct worker *worker_self(void)
{
	return worker_current;
}

/* One issuer and deferred task work where the kernel has them (6.1); else a plain ring. The ring is
 * made disabled, because the thread that enables it is the one that may submit. */
static int ring_init(struct io_uring *ring)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN,
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

/* --- messages --------------------------------------------------------------------------- */

static void bell_ring(struct worker *w)
{
	uint64_t one = 1;
	ssize_t n = write(w->bell, &one, sizeof one);
	assert(n == sizeof one);
}

static void bell_rang(struct io *io)
{
	struct worker *w = io->arg;
	if (!atomic_load(&w->stop))
		io_start_read(io, w->bell, &w->bell_count, sizeof w->bell_count, 0);
}

void worker_post(struct worker *to, struct msg *msg)
{
	if (to == worker_current) { /* its loop looks before it sleeps */
		msg->next = NULL;
		*to->own_end = msg;
		to->own_end = &msg->next;
		return;
	}
	struct msg *top = atomic_load_explicit(&to->mail, memory_order_relaxed);
	do
		msg->next = top;
	while (!atomic_compare_exchange_weak(&to->mail, &top, msg));
	if (atomic_exchange(&to->asleep, false))
		bell_ring(to);
}

static void messages_run(struct msg *oldest)
{
	while (oldest) {
		struct msg *next = oldest->next; /* run() may free or reuse the message */
		oldest->run(oldest);
		oldest = next;
	}
}

static void mail_run(struct worker *w)
{
	struct msg *own = w->own;
	w->own = NULL;
	w->own_end = &w->own;
	messages_run(own);
	if (!atomic_load_explicit(&w->mail, memory_order_relaxed))
		return;
	struct msg *newest = atomic_exchange(&w->mail, NULL), *oldest = NULL;
	while (newest) {
		struct msg *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	messages_run(oldest);
}

struct call {
	struct msg msg;
	STAILQ_ENTRY(call) link;
	void (*fn)(void *);
	void *arg;
	struct worker *home;
	struct fiber *fiber;
	bool ended;
};

static void call_ended(struct msg *msg)
{
	struct call *call = (struct call *)(void *)msg;
	call->ended = true;
	fiber_wake(call->fiber);
}

static void call_fiber(void *arg)
{
	struct call *call = arg;
	call->fn(call->arg);
	call->msg.run = call_ended;
	worker_post(call->home, &call->msg);
}

static void calls_again(struct timer *timer);

/* Starts what has arrived, in that order: who calls may rely on it.  Without memory for a fiber they
 * wait until some fiber has ended and left its stack; a call cannot fail, so there is no other limit. */
static void calls_start(struct worker *w)
{
	struct call *call;
	while ((call = STAILQ_FIRST(&w->calls))) {
		STAILQ_REMOVE_HEAD(&w->calls, link);
		if (fiber_start("call", call_fiber, call) == 0)
			continue;
		STAILQ_INSERT_HEAD(&w->calls, call, link);
		timer_arm(&w->calls_retry, CALLS_RETRY_MS, calls_again);
		return;
	}
}

static void calls_again(struct timer *timer)
{
	calls_start(worker_current);
}

static void call_arrived(struct msg *msg)
{
	struct worker *w = worker_current;
	struct call *call = (struct call *)(void *)msg;
	bool first = STAILQ_EMPTY(&w->calls);
	STAILQ_INSERT_TAIL(&w->calls, call, link);
	if (!first)
		return;
	calls_start(w);
	if (!STAILQ_EMPTY(&w->calls))
		log_warn("worker %s: no memory for a fiber, calls wait for one to end", w->name);
}

void worker_call(struct worker *w, void (*fn)(void *arg), void *arg)
{
	if (w == worker_current) {
		fn(arg);
		return;
	}
	struct call call = { .msg.run = call_arrived, .fn = fn, .arg = arg, .home = worker_current,
		.fiber = fiber_self() };
	assert(call.fiber);
	worker_post(w, &call.msg);
	while (!call.ended)
		fiber_suspend();
}

static void nothing(void *arg)
{
}

static void hop(void *arg)
{
	worker_call(arg, nothing, NULL);
}

void workers_settle(struct worker *const *workers, unsigned n, struct worker *to)
{
	for (unsigned i = 0; i < n; i++)
		worker_call(workers[i], hop, to);
}

/* --- the loop ----------------------------------------------------------------------------- */

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
	/* Given back before done() runs: that may submit, and need room for completions. */
	io_uring_cq_advance(&w->ring, n);
	for (unsigned i = 0; i < n; i++)
		if (ios[i])
			ios[i]->done(ios[i]);
	return n;
}

static bool work_waits(struct worker *w)
{
	return !TAILQ_EMPTY(&w->ready) || !STAILQ_EMPTY(&w->refused) || w->own || atomic_load(&w->mail) ||
		atomic_load(&w->stop);
}

/* The loop cannot end, for what it serves would be lost: it goes on, but not at full speed, and says so
 * once.  -EBUSY and -EAGAIN are the kernel's, for want of memory. */
static void wait_failed(struct worker *w, int err)
{
	if (!w->wait_err)
		log_error("worker %s: waiting for completions: %s; it tries again every %d ms", w->name,
			error_text(err), WAIT_PAUSE_MS);
	w->wait_err = err;
	nanosleep(&(struct timespec){ .tv_nsec = WAIT_PAUSE_MS * 1000000L }, NULL);
}

/* Submits, and waits for completions, a bell or the next timer, unless there is work already. */
static void worker_wait(struct worker *w)
{
	int64_t ms = timers_next(w);
	atomic_store(&w->asleep, true);
	if (work_waits(w) || ms == 0) {
		atomic_store(&w->asleep, false);
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
	log_error("out of memory for a fiber: cannot go on");
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
