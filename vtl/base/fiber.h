/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fibers: code that waits (a device server, a connection, a move) is written as a straight line and runs in a
 * fiber.  A worker runs many fibers on its one thread.  A fiber ends on the worker that started it.
 *
 * Between two waits no other fiber of the worker runs, so data that one worker owns needs no lock.  After a
 * wait, check again whatever was read before it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct fiber;

enum { FIBER_STACK = 256 << 10 }; /* bytes, with a guard page below */

/* Runs run(arg) in a new fiber of the calling worker and returns at its first wait or at its end.  name must
 * outlive the fiber.  -ENOMEM: no memory for a stack; nothing has run. */
int fiber_start(const char *name, void (*run)(void *), void *arg);
/* The running fiber; NULL in a worker's loop and on threads that are no worker's. */
struct fiber *fiber_self(void);
/* Waits until fiber_wake().  Returns at once when the fiber was woken since its last wait. */
void fiber_suspend(void);
/* Makes f ready; its worker's loop runs it in the next turn.  Only on f's own worker. */
void fiber_wake(struct fiber *f);
/* Waits ms milliseconds. */
void fiber_sleep(unsigned ms);

/* Fibers of one worker that wait for a change. */
struct waitq {
	TAILQ_HEAD(, waiter) waiters;
};
void waitq_init(struct waitq *q);
/* Waits for the next waitq_wake().  Check the condition again afterwards. */
void waitq_wait(struct waitq *q);
/* The same, but waits at most ms milliseconds; false when that time was over first. */
bool waitq_wait_ms(struct waitq *q, unsigned ms);
void waitq_wake(struct waitq *q);
/* As waitq_wake(), but the first fiber runs before this returns, until its next wait or its end. A fiber that
 * is ready for another reason keeps its place. */
void waitq_run(struct waitq *q);

/* Lets one fiber at a time do work that waits in its middle; the others follow in order of arrival. */
struct turn {
	bool taken;
	struct waitq q;
};
void turn_init(struct turn *turn);
void turn_take(struct turn *turn);
void turn_give(struct turn *turn);
