/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack of its own to run on.  Entering and leaving it takes no system call
 * and leaves the signal mask alone.  Only fiber.c uses it.
 */
#pragma once

struct stack;

/* A stack of FIBER_STACK bytes with a guard page below; the first stack_enter() calls run(arg) on it, and run never
 * returns.  NULL: no memory. */
struct stack *stack_new(void (*run)(void *), void *arg);
/* Not while something runs on it; what waits on it is dropped. */
void stack_free(struct stack *s);
/* Goes on where s was left, and returns when it is left again. */
void stack_enter(struct stack *s);
/* On s: goes back to who entered it, and returns when it is entered again. */
void stack_leave(struct stack *s);
