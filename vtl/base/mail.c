/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox of a worker, and calls, which are messages there and back. */
#include "vtl/base/mail.h"

#include <assert.h>
#include <unistd.h>

#include "vtl/base/log_internal.h"
#include "vtl/base/worker_internal.h"

enum { CALLS_RETRY_MS = 10 };

void bell_ring(struct worker *w)
{
	uint64_t one = 1;
	ssize_t n = write(w->bell, &one, sizeof one);
	assert(n == sizeof one);
}

void worker_post(struct worker *to, struct msg *msg)
{
	if (to == worker_current) { /* its loop runs what is posted before it sleeps */
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

void mail_run(struct worker *w)
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

/* Starts the calls that have arrived, in that order, as worker_call() promises.  Without memory for a fiber
 * they wait until a fiber has ended and its stack is free.  A call cannot fail, so nothing else limits them. */
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
		log_warn("worker %s: no memory for a fiber: calls wait until a fiber ends", w->name);
}

void worker_call(struct worker *w, void (*fn)(void *arg), void *arg)
{
	if (w == worker_current) {
		fn(arg);
		return;
	}
	struct call call = { .msg.run = call_arrived,
		.fn = fn,
		.arg = arg,
		.home = worker_current,
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
