/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack for a fiber.  Switching to it and back makes no system call and does not touch the signal
 * mask.  Only fiber.c uses it.
 */
#pragma once

struct stack;

/* A stack of FIBER_STACK bytes with a guard page below; the first stack_enter() calls run(arg) on it, and
 * run never returns.  NULL: no memory. */
struct stack *stack_new(void (*run)(void *), void *arg);
/* Not while something runs on it.  Code that waits on it never runs again. */
void stack_free(struct stack *s);
/* Continues on s where stack_leave() was called, and returns at the next stack_leave(). */
void stack_enter(struct stack *s);
/* On s: returns from stack_enter(); returns itself at the next stack_enter(). */
void stack_leave(struct stack *s);
