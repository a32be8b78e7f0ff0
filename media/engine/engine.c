// SPDX-License-Identifier: Apache-2.0
/* Common to all engines: waiting for one operation, and directory operations as plain system calls. */
#include "media/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/log.h"
#include "vtl/base/pool.h"
#include "vtl/base/timer.h"

void engine_free(struct engine *e)
{
	if (!e)
		return;
	pool_free(e->pool);
	e->ops->free(e);
}

void engine_watch(struct engine *e, unsigned ms, void (*tell)(void *arg, bool stalled), void *arg)
{
	e->watch.ms = ms;
	e->watch.tell = tell;
	e->watch.arg = arg;
}

void engine_room(struct engine *e, bool (*make)(void *arg, unsigned ms), void *arg)
{
	e->room.make = make;
	e->room.arg = arg;
}

bool engine_room_again(struct engine *e, int64_t err, int64_t *until_ms)
{
	if (!no_room(err) || !e->room.make)
		return false;
	int64_t now = now_ms();
	if (!*until_ms)
		*until_ms = now + ENGINE_ROOM_MS;
	return now < *until_ms && e->room.make(e->room.arg, (unsigned)(*until_ms - now));
}

void engine_start(struct engine *e, enum engine_op op, struct engine_io *io)
{
	switch (op) {
	case ENGINE_WRITE: e->ops->write(e, io); break;
	case ENGINE_READ: e->ops->read(e, io); break;
	case ENGINE_DATASYNC: e->ops->datasync(e, io); break;
	case ENGINE_ALLOCATE: e->ops->allocate(e, io); break;
	}
}

int64_t engine_result(int fd, int64_t res)
{
	char link[40], path[512];
	if (res != -EINTR && res != -EAGAIN)
		return res;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	path[len < 0 ? 0 : len] = '\0';
	log_error("%s: the file system returned \"%s\" repeatedly; this is treated as an input/output error",
		path[0] ? path : "a file", error_text((int)res));
	return -EIO;
}

static void one_done(struct engine_io *io)
{
	*(bool *)io->owner = true;
}

int64_t engine_do(struct engine *e, enum engine_op op, int fd, void *buf, size_t len, uint64_t off)
{
	bool done = false;
	struct engine_io io = { .done = one_done,
		.owner = &done,
		.fd = fd,
		.buf = buf,
		.len = len,
		.off = off };
	engine_start(e, op, &io);
	while (!done)
		e->ops->wait(e);
	return io.res;
}

void path_open(void *path)
{
	struct engine_path *p = path;
	p->res = file_open_at(p->dirfd, p->name, p->flags | O_NOFOLLOW, p->mode);
}

void path_close(void *path)
{
	struct engine_path *p = path;
	p->res = close(p->fd) < 0 ? -errno : 0;
}

void path_rename(void *path)
{
	struct engine_path *p = path;
	p->res = renameat(p->dirfd, p->name, p->dirfd, p->to) < 0 ? -errno : 0;
}

void path_unlink(void *path)
{
	struct engine_path *p = path;
	p->res = 0;
	if (unlinkat(p->dirfd, p->name, 0) == 0)
		return;
	p->res = -errno;
	if (errno == EISDIR || errno == EPERM)
		p->res = unlinkat(p->dirfd, p->name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

void path_mkdir(void *path)
{
	struct engine_path *p = path;
	p->res = mkdirat(p->dirfd, p->name, p->mode) < 0 ? -errno : 0;
}

void path_truncate(void *path)
{
	struct engine_path *p = path;
	p->res = ftruncate(p->fd, (off_t)p->size) < 0 ? -errno : 0;
}

void path_fsync(void *path)
{
	struct engine_path *p = path;
	p->res = fsync(p->fd) < 0 ? -errno : 0;
}
