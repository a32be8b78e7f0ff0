/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before mmap() and refuses stacks. */
#include "tests/lib/scarce.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "vtl/base/worker.h"

static _Atomic(struct worker *) without;
static atomic_bool all_without;

void *__real_mmap(void *p, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap64(void *p, size_t len, int prot, int flags, int fd, off_t off);

void scarce(struct worker *worker)
{
	atomic_store(&without, worker);
}

void scarce_for_all(bool on)
{
	atomic_store(&all_without, on);
}

void *__wrap_mmap(void *p, size_t len, int prot, int flags, int fd, off_t off)
{
	struct worker *self = worker_self();
	bool mine = self && atomic_load(&without) == self;
	if ((flags & MAP_STACK) && (mine || atomic_load(&all_without))) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(p, len, prot, flags, fd, off);
}

void *__wrap_mmap64(void *p, size_t len, int prot, int flags, int fd, off_t off)
{
	return __wrap_mmap(p, len, prot, flags, fd, off);
}
