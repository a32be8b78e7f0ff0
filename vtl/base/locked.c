/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets, overwritten before it is freed. */
#include "vtl/base/locked.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (size + page - 1) / page * page;
}

void *locked_new(size_t size, bool lock)
{
	size_t len = whole_pages(size);
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTDUMP);
	if (lock && mlock(p, len))
		log_debug("memory of a secret is not locked: %s", error_text(-errno));
	return p;
}

void locked_free(void *p, size_t size)
{
	if (!p)
		return;
	explicit_bzero(p, size);
	munmap(p, whole_pages(size));
}

void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}
