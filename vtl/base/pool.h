/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers of a fixed size, aligned to 4096 bytes.  The buffer put back last is handed out first, because
 * it is still in the processor's cache.  A pool belongs to one worker or thread: any thread may use a
 * buffer, but only the owner gets and puts it.
 */
#pragma once

#include <stddef.h>

struct pool;

/* A pool of at most max buffers of size bytes each.  Memory is taken when a buffer is first used and kept
 * until pool_free().  NULL: no memory. */
struct pool *pool_new(size_t size, unsigned max);
void pool_free(struct pool *pool);
/* A buffer with undefined contents; NULL when all max buffers are in use or there is no memory. */
void *pool_get(struct pool *pool);
void pool_put(struct pool *pool, void *buf);
