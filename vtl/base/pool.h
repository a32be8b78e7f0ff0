/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixed-size buffers, 4096-aligned, handed out last-in-first-out so that the
 * next user finds them warm.  A pool belongs to one worker (or one thread);
 * its buffers may be read and written anywhere but come back to it.
 */
#pragma once

#include <stddef.h>

struct pool;

/* A pool of at most max buffers of size bytes each; memory is mapped as it is first needed
 * and kept until pool_free.  NULL when there is no memory. */
struct pool *pool_new(size_t size, unsigned max);
void pool_free(struct pool *pool);
/* A buffer, contents undefined, or NULL when all max are out (or memory is). */
void *pool_get(struct pool *pool);
void pool_put(struct pool *pool, void *buf);
