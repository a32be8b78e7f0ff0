/* SPDX-License-Identifier: Apache-2.0 */
/* Fibers: entered from the worker's loop or from another fiber, left at each wait. */
#include "vtl/base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "vtl/base/container.h"
#include "vtl/base/stack.h"
#include "vtl/base/worker_internal.h"

enum { FIBERS_RESTING = 64 };

enum fiber_state { FIBER_RUNNING, FIBER_WAITING, FIBER_READY, FIBER_ENDED };

struct fiber {
	TAILQ_ENTRY(fiber) link;
	LIST_ENTRY(fiber) all, rest;
	const char *name;
	void (*run)(void *);
	void *arg;
	enum fiber_state state;
	bool woken; /* fiber_wake() came while it ran */
	struct stack *stack;
};

struct fiber *fiber_self(void)
{
	return worker_current ? worker_current->current : NULL;
}

/* Runs f until it waits or ends. */
static void fiber_enter(struct worker *w, struct fiber *f)
{
	struct fiber *before = w->current;
	w->current = f;
	f->state = FIBER_RUNNING;
	stack_enter(f->stack);
	w->current = before;

	if (f->state != FIBER_ENDED)
		return;
	if (w->n_resting < FIBERS_RESTING) {
		LIST_INSERT_HEAD(&w->resting, f, rest);
		w->n_resting++;
		return;
	}
	LIST_REMOVE(f, all);
	stack_free(f->stack);
	free(f);
}

static void fiber_leave(struct fiber *f, enum fiber_state state)
{
	f->state = state;
	stack_leave(f->stack);
}

/* Runs one function after the other; between them the fiber rests. */
static void fiber_main(void *arg)
{
	struct fiber *f = arg;
	for (;;) {
		f->run(f->arg);
		fiber_leave(f, FIBER_ENDED);
	}
}

static struct fiber *fiber_new(struct worker *w)
{
	struct fiber *f = LIST_FIRST(&w->resting);
	if (f) {
		LIST_REMOVE(f, rest);
		w->n_resting--;
		return f;
	}
	f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->stack = stack_new(fiber_main, f);
	if (!f->stack) {
		free(f);
		return NULL;
	}
	LIST_INSERT_HEAD(&w->all, f, all);
	return f;
}

int fiber_start(const char *name, void (*run)(void *), void *arg)
{
	struct worker *w = worker_current;
	struct fiber *f = fiber_new(w);
	if (!f)
		return -ENOMEM;
	f->name = name;
	f->run = run;
	f->arg = arg;
	f->woken = false;
	fiber_enter(w, f);
	return 0;
}

void fiber_suspend(void)
{
	struct fiber *f = fiber_self();
	assert(f);
	if (f->woken) {
		f->woken = false;
		return;
	}
	fiber_leave(f, FIBER_WAITING);
}

void fiber_wake(struct fiber *f)
{
	struct worker *w = worker_current;
	if (f->state == FIBER_WAITING) {
		f->state = FIBER_READY;
		TAILQ_INSERT_TAIL(&w->ready, f, link);
	} else if (f->state == FIBER_RUNNING) {
		f->woken = true;
	}
}

void fibers_run(struct worker *w)
{
	/* Fibers that become ready meanwhile run in the next turn: input and timers are not held up. */
	struct fibers now = TAILQ_HEAD_INITIALIZER(now);
	TAILQ_CONCAT(&now, &w->ready, link);
	struct fiber *f;
	while ((f = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, f, link);
		fiber_enter(w, f);
	}
}

void fibers_free(struct worker *w)
{
	struct fiber *f;
	while ((f = LIST_FIRST(&w->all))) {
		LIST_REMOVE(f, all);
		stack_free(f->stack);
		free(f);
	}
}

/* --- waiting -------------------------------------------------------------------------------- */

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct fiber *fiber;
	struct timer timer;
	bool woken, expired;
};

void waitq_init(struct waitq *q)
{
	TAILQ_INIT(&q->waiters);
}

void waitq_wait(struct waitq *q)
{
	struct waiter me = { .fiber = fiber_self() };
	TAILQ_INSERT_TAIL(&q->waiters, &me, link);
	while (!me.woken)
		fiber_suspend();
}

static void waiter_expired(struct timer *timer)
{
	struct waiter *me = container_of(timer, struct waiter, timer);
	me->expired = true;
	fiber_wake(me->fiber);
}

bool waitq_wait_ms(struct waitq *q, unsigned ms)
{
	struct waiter me = { .fiber = fiber_self() };
	TAILQ_INSERT_TAIL(&q->waiters, &me, link);
	timer_arm(&me.timer, ms, waiter_expired);
	while (!me.woken && !me.expired)
		fiber_suspend();
	timer_stop(&me.timer);
	if (!me.woken)
		TAILQ_REMOVE(&q->waiters, &me, link);
	return me.woken;
}

void waitq_wake(struct waitq *q)
{
	struct waiter *waiter;
	while ((waiter = TAILQ_FIRST(&q->waiters))) {
		TAILQ_REMOVE(&q->waiters, waiter, link);
		waiter->woken = true;
		fiber_wake(waiter->fiber);
	}
}

void waitq_run(struct waitq *q)
{
	struct worker *w = worker_current;
	struct waiter *waiter = TAILQ_FIRST(&q->waiters);
	if (!waiter)
		return;
	struct fiber *f = waiter->fiber;
	bool waits = f->state == FIBER_WAITING;
	waitq_wake(q);
	if (!waits)
		return;
	TAILQ_REMOVE(&w->ready, f, link);
	fiber_enter(w, f);
}

void fiber_sleep(unsigned ms)
{
	struct waitq nobody;
	waitq_init(&nobody);
	waitq_wait_ms(&nobody, ms);
}

void turn_init(struct turn *turn)
{
	turn->taken = false;
	waitq_init(&turn->q);
}

void turn_take(struct turn *turn)
{
	if (!turn->taken) {
		turn->taken = true;
		return;
	}
	waitq_wait(&turn->q); /* turn_give() leaves it taken, for this fiber */
}

void turn_give(struct turn *turn)
{
	struct waiter *next = TAILQ_FIRST(&turn->q.waiters);
	if (!next) {
		turn->taken = false;
		return;
	}
	TAILQ_REMOVE(&turn->q.waiters, next, link);
	next->woken = true;
	fiber_wake(next->fiber);
}
