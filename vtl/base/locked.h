/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: pages of its own, not in core dumps, not in swap where that can be had. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Memory of zeros.  lock: asks the kernel never to swap it out; a refusal is logged at level debug.  NULL: no
 * memory. */
void *locked_new(size_t size, bool lock);
/* Overwrites the memory and frees it.  p may be NULL. */
void locked_free(void *p, size_t size);

/* free() that overwrites the memory first; for a library that stores secrets with an allocator of ours. */
void wiping_free(void *p);
