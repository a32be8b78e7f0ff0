/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-size buffers in last-in-first-out order. */
#include "vtl/base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "vtl/base/sanitize.h"

#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

struct pool {
	size_t size;
	unsigned max, mapped, free;
	void **stack; /* the free ones; the top was used last */
};

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
	assert(pool->free == pool->mapped); /* all buffers have come back */
	while (pool->free > 0) {
		void *buf = pool->stack[--pool->free];
		ASAN_UNPOISON_MEMORY_REGION(buf, pool->size);
		munmap(buf, pool->size);
	}
	free(pool->stack);
	free(pool);
}

void *pool_get(struct pool *pool)
{
	if (pool->free > 0) {
		void *buf = pool->stack[--pool->free];
		ASAN_UNPOISON_MEMORY_REGION(buf, pool->size);
		return buf;
	}
	if (pool->mapped == pool->max)
		return NULL;
	/* Populated at once: a page fault later would cost more, in the middle of a stream. */
	void *buf = mmap(NULL, pool->size, PROT_READ | PROT_WRITE,
	        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (buf == MAP_FAILED)
		return NULL;
	pool->mapped++;
	return buf;
}

void pool_put(struct pool *pool, void *buf)
{
	assert(pool->free < pool->mapped);
	ASAN_POISON_MEMORY_REGION(buf, pool->size);
	pool->stack[pool->free++] = buf;
}
