/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: pages of its own, not in core dumps, not in swap where that can be had. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory; lock: ask that it is never swapped out (what is refused is a debug line).  NULL: out of
 * memory. */
void *locked_new(size_t size, bool lock);
/* Wipes it and gives it back.  NULL is fine. */
void locked_free(void *p, size_t size);

/* free() that wipes first, for the allocator of a library that is handed secrets. */
void wiping_free(void *p);
