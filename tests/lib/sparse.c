/* SPDX-License-Identifier: Apache-2.0 */
/* The engine that waits, with another way to reserve space. */
#include "tests/lib/sparse.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static struct engine_ops ops;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int grow(int fd, uint64_t size)
{
	struct stat st;
	if (fstat(fd, &st))
		return -errno;
	return (uint64_t)st.st_size >= size || !ftruncate(fd, (off_t)size) ? 0 : -errno;
}

static void allocate(struct engine *e, struct engine_io *io)
{
	io->res = grow(io->fd, io->off + io->len);
	io->done(io);
}

struct engine *engine_sparse_new(void)
{
	struct engine *e = engine_sync_new();
	if (!e)
		return NULL;
	pthread_mutex_lock(&lock);
	if (!ops.allocate) {
		ops = *e->ops;
		ops.allocate = allocate;
	}
	pthread_mutex_unlock(&lock);
	e->ops = &ops;
	return e;
}
