/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before malloc() and its relatives, and refuses one allocation. */
#include "tests/lib/shortage.h"

#include <errno.h>
#include <stddef.h>

static __thread unsigned left;
static __thread bool met;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void shortage_at(unsigned n)
{
	left = n;
	met = false;
}

bool shortage_met(void)
{
	left = 0;
	return met;
}

bool shortage_here(void)
{
	if (!left || --left)
		return false;
	met = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return shortage_here() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return shortage_here() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return shortage_here() ? NULL : __real_realloc(p, size);
}
