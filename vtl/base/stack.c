/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks by _setjmp() and _longjmp(): makecontext() makes the first frame, and
 * every later switch saves and loads registers only.  swapcontext() would make a
 * system call each time, for the signal mask, which all fibers share.
 */
#undef _FORTIFY_SOURCE /* its longjmp() refuses to switch to another stack */
#include "vtl/base/stack.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "vtl/base/fiber.h"
#include "vtl/base/sanitize.h"

#ifdef UNDER_ASAN
#include <sanitizer/common_interface_defs.h>
#define switch_begin(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define switch_end(save, bottom, size)   __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define switch_begin(save, bottom, size) ((void)(save), (void)(bottom), (void)(size))
#define switch_end(save, bottom, size)   ((void)(save), (void)(bottom), (void)(size))
#endif

/* The thread sanitizer keeps a history for each stack, as it does for a thread. */
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

enum { GUARD = 4096 };

struct stack {
	jmp_buf here, back; /* where it was left; where it was entered */
	bool begun;
	void (*run)(void *);
	void *arg;
	uint8_t *memory; /* GUARD bytes that nobody may touch, then FIBER_STACK */
	/* For the address sanitizer: the stack of whoever entered, and our fake stack. */
	const void *back_bottom;
	size_t back_size;
	void *fake;
	/* For the thread sanitizer: our history and the enterer's. */
	void *watch, *back_watch;
};

/* makecontext() passes ints: a pointer goes as the two of them. */
union halves {
	struct stack *stack;
	int half[2];
};
_Static_assert(sizeof(struct stack *) <= sizeof(int[2]), "a pointer is two ints at most");

static void first_frame(int a, int b)
{
	union halves halves = { .half = { a, b } };
	struct stack *s = halves.stack;
	switch_end(NULL, &s->back_bottom, &s->back_size);
	s->run(s->arg);
	abort(); /* it never returns */
}

/* Its frame ends without a return, so the address sanitizer must not check it. */
static __attribute__((no_sanitize_address)) void begin(struct stack *s)
{
	ucontext_t first;
	union halves halves = { .half = { 0 } };
	halves.stack = s;
	s->begun = true;
	getcontext(&first);
	first.uc_stack.ss_sp = s->memory + GUARD;
	first.uc_stack.ss_size = FIBER_STACK;
	first.uc_link = NULL;
	makecontext(&first, (void (*)(void))(void *)first_frame, 2, halves.half[0], halves.half[1]);
	setcontext(&first);
	abort(); /* cannot fail with a context that getcontext() made */
}

/* Functions of their own, so that no local variable lives across _setjmp(). */
static __attribute__((noinline)) void jump_in(struct stack *s)
{
	if (_setjmp(s->back))
		return;
	if (!s->begun)
		begin(s);
	_longjmp(s->here, 1);
}

static __attribute__((noinline)) void jump_out(struct stack *s)
{
	if (!_setjmp(s->here))
		_longjmp(s->back, 1);
}

void stack_enter(struct stack *s)
{
	void *fake = NULL;
	s->back_watch = watch_current();
	switch_begin(&fake, s->memory + GUARD, FIBER_STACK);
	watch_switch(s->watch);
	jump_in(s);
	switch_end(fake, NULL, NULL);
}

void stack_leave(struct stack *s)
{
	switch_begin(&s->fake, s->back_bottom, s->back_size);
	watch_switch(s->back_watch);
	jump_out(s);
	switch_end(s->fake, &s->back_bottom, &s->back_size);
}

struct stack *stack_new(void (*run)(void *), void *arg)
{
	struct stack *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->memory = mmap(NULL, GUARD + FIBER_STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (s->memory == MAP_FAILED || mprotect(s->memory, GUARD, PROT_NONE)) {
		if (s->memory != MAP_FAILED)
			munmap(s->memory, GUARD + FIBER_STACK);
		free(s);
		return NULL;
	}
	s->run = run;
	s->arg = arg;
	s->watch = watch_new();
	return s;
}

void stack_free(struct stack *s)
{
	watch_destroy(s->watch);
	munmap(s->memory, GUARD + FIBER_STACK);
	free(s);
}
