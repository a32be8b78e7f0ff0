/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-size buffers in last-in-first-out order. */
#include "vtl/base/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "vtl/base/sanitize.h"

#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

/* Buffers of about the size of a large page get large pages: for each direct transfer the kernel then pins
 * one page instead of hundreds. */
enum { LARGE_PAGE = 2 << 20, WORTH_IT = LARGE_PAGE / 4 };

struct pool {
	size_t size;
	unsigned max, cut, free;
	uint8_t *arena; /* address space for all, reserved at the first use */
	void **stack;   /* the free ones; the top was used last */
};

static size_t arena_size(const struct pool *pool)
{
	return (pool->size * pool->max + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1);
}

struct pool *pool_new(size_t size, unsigned max)
{
	struct pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return NULL;
	pool->size = (size + 4095) & ~(size_t)4095;
	pool->max = max;
	pool->stack = calloc(max, sizeof *pool->stack);
	if (!pool->stack) {
		free(pool);
		return NULL;
	}
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	assert(pool->free == pool->cut); /* all buffers have come back */
	if (pool->arena) {
		ASAN_UNPOISON_MEMORY_REGION(pool->arena, arena_size(pool));
		munmap(pool->arena, arena_size(pool));
	}
	free(pool->stack);
	free(pool);
}

/* Reserves address space only; memory is taken when a buffer is first used. */
static bool arena_reserve(struct pool *pool)
{
	void *arena = mmap(NULL, arena_size(pool), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		return false;
	if (pool->size >= WORTH_IT)
		madvise(arena, arena_size(pool), MADV_HUGEPAGE); /* may fail: small pages work too */
	ASAN_POISON_MEMORY_REGION(arena, arena_size(pool));
	pool->arena = arena;
	return true;
}

void *pool_get(struct pool *pool)
{
	void *buf;

	if (pool->free > 0)
		buf = pool->stack[--pool->free];
	else if (pool->cut < pool->max && (pool->arena || arena_reserve(pool)))
		buf = pool->arena + pool->cut++ * pool->size;
	else
		return NULL;
	ASAN_UNPOISON_MEMORY_REGION(buf, pool->size);
	return buf;
}

void pool_put(struct pool *pool, void *buf)
{
	assert(pool->free < pool->cut);
	ASAN_POISON_MEMORY_REGION(buf, pool->size);
	pool->stack[pool->free++] = buf;
}
