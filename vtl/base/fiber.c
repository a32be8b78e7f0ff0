/* SPDX-License-Identifier: Apache-2.0 */
/* Fibers on ucontext: entered from the worker's loop or from another fiber, left at each wait. */
#include "vtl/base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "vtl/base/sanitize.h"
#include "vtl/base/worker_internal.h"

#ifdef UNDER_ASAN
#include <sanitizer/common_interface_defs.h>
#define switch_begin(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define switch_end(save, bottom, size)   __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define switch_begin(save, bottom, size) ((void)(save), (void)(bottom), (void)(size))
#define switch_end(save, bottom, size)   ((void)(save), (void)(bottom), (void)(size))
#endif

/* The thread sanitizer keeps a history for each fiber, as for a thread. */
#ifdef UNDER_TSAN
#include <sanitizer/tsan_interface.h>
#define watch_new()          __tsan_create_fiber(0)
#define watch_current()      __tsan_get_current_fiber()
#define watch_switch(watch)  __tsan_switch_to_fiber(watch, 0)
#define watch_destroy(watch) __tsan_destroy_fiber(watch)
#else
#define watch_new()          NULL
#define watch_current()      NULL
#define watch_switch(watch)  ((void)(watch))
#define watch_destroy(watch) ((void)(watch))
#endif

enum { FIBERS_RESTING = 64, GUARD = 4096 };

enum fiber_state { FIBER_RUNNING, FIBER_WAITING, FIBER_READY, FIBER_ENDED };

struct fiber {
	TAILQ_ENTRY(fiber) link;
	LIST_ENTRY(fiber) all, rest;
	const char *name;
	void (*run)(void *);
	void *arg;
	enum fiber_state state;
	bool woken;            /* fiber_wake() came while it ran */
	ucontext_t here, back; /* where it stopped; who entered it */
	uint8_t *stack;
	/* For the address sanitizer: the stack of whoever entered, and our fake stack. */
	const void *back_stack;
	size_t back_size;
	void *fake;
	/* For the thread sanitizer: our history, made anew for each run(), and the enterer's. */
	void *watch, *back_watch;
};

struct fiber *fiber_self(void)
{
	return worker_current ? worker_current->current : NULL;
}

/* Runs f until it waits or ends. */
static void fiber_enter(struct worker *w, struct fiber *f)
{
	struct fiber *before = w->current;
	void *fake = NULL;

	w->current = f;
	f->state = FIBER_RUNNING;
	f->back_watch = watch_current();
	switch_begin(&fake, f->stack + GUARD, FIBER_STACK);
	watch_switch(f->watch);
	swapcontext(&f->back, &f->here);
	switch_end(fake, NULL, NULL);
	w->current = before;

	if (f->state != FIBER_ENDED)
		return;
	watch_destroy(f->watch);
	f->watch = NULL;
	if (w->n_resting < FIBERS_RESTING) {
		LIST_INSERT_HEAD(&w->resting, f, rest);
		w->n_resting++;
		return;
	}
	LIST_REMOVE(f, all);
	munmap(f->stack, GUARD + FIBER_STACK);
	free(f);
}

static void fiber_leave(struct fiber *f, enum fiber_state state)
{
	f->state = state;
	switch_begin(state == FIBER_ENDED ? NULL : &f->fake, f->back_stack, f->back_size);
	watch_switch(f->back_watch);
	swapcontext(&f->here, &f->back);
	switch_end(f->fake, &f->back_stack, &f->back_size);
}

static void fiber_main(void)
{
	struct fiber *f = worker_current->current;
	switch_end(NULL, &f->back_stack, &f->back_size);
	f->run(f->arg);
	fiber_leave(f, FIBER_ENDED);
	abort(); /* an ended fiber is never entered again */
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
	f->stack = mmap(NULL, GUARD + FIBER_STACK, PROT_READ | PROT_WRITE,
	        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (f->stack == MAP_FAILED || mprotect(f->stack, GUARD, PROT_NONE)) {
		if (f->stack != MAP_FAILED)
			munmap(f->stack, GUARD + FIBER_STACK);
		free(f);
		return NULL;
	}
	LIST_INSERT_HEAD(&w->all, f, all);
	return f;
}

/* Makes the context that enters fiber_main() on f's stack. */
static void fiber_prepare(struct fiber *f)
{
	getcontext(&f->here);
	f->here.uc_stack.ss_sp = f->stack + GUARD;
	f->here.uc_stack.ss_size = FIBER_STACK;
	f->here.uc_link = NULL;
	makecontext(&f->here, fiber_main, 0);
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
	f->fake = NULL;
	f->watch = watch_new();
	fiber_prepare(f);
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
	/* Those that become ready meanwhile wait for the next round, so that input and timers get
	 * their turn. */
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
		if (f->watch) /* it still waits */
			watch_destroy(f->watch);
		munmap(f->stack, GUARD + FIBER_STACK);
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
	struct waiter *me =
	        (struct waiter *)(void *)((char *)timer - offsetof(struct waiter, timer));
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
	waitq_wait(&turn->q); /* turn_give() leaves it taken, for us */
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
