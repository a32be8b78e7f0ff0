/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fibers: a device server, a connection or a move is written as straight-line
 * code that waits, and a worker runs many of them on its one thread.  A fiber
 * never migrates: it lives and ends on the worker that started it.
 *
 * Between two waits a fiber is alone on its worker, so what one worker owns
 * needs no lock.  Whatever it looked at before a wait may have changed after it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct fiber;

enum { FIBER_STACK = 256 << 10 }; /* bytes, with a guard page below */

/* Runs run(arg) at once, on the calling worker, until its first wait.
 * name must outlive the fiber.  -ENOMEM when there is no stack. */
int fiber_start(const char *name, void (*run)(void *), void *arg);
/* The running fiber, NULL in a worker's own loop or a foreign thread. */
struct fiber *fiber_self(void);
/* Waits until fiber_wake().  A wake that came before the wait is not lost. */
void fiber_suspend(void);
/* Lets f run again, later, from its worker's loop.  Only on f's own worker. */
void fiber_wake(struct fiber *f);
/* Waits ms milliseconds. */
void fiber_sleep(unsigned ms);

/* Fibers of one worker waiting for something to change. */
struct waitq {
	TAILQ_HEAD(, waiter) waiters;
};
void waitq_init(struct waitq *q);
/* Waits for the next waitq_wake().  Check the condition again afterwards. */
void waitq_wait(struct waitq *q);
/* The same, for at most ms; false when the time ran out first. */
bool waitq_wait_ms(struct waitq *q, unsigned ms);
void waitq_wake(struct waitq *q);

/* One fiber at a time, in order of arrival: for work that waits in its middle. */
struct turn {
	bool taken;
	struct waitq q;
};
void turn_init(struct turn *turn);
void turn_take(struct turn *turn);
void turn_give(struct turn *turn);
