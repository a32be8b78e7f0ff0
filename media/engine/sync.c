// SPDX-License-Identifier: Apache-2.0
/* The engine of plain system calls: an operation has ended when submit returns. */
#include "media/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "vtl/base/file.h"

/* Transfers all bytes of io.  An early end of file is an error. */
static void transfer(struct engine_io *io, bool write)
{
	size_t done = 0;
	unsigned tries = 0;
	io->res = 0;
	while (done < io->len) {
		char *p = (char *)io->buf + done;
		off_t off = (off_t)(io->off + done);
		ssize_t n = write ? pwrite(io->fd, p, io->len - done, off)
				  : pread(io->fd, p, io->len - done, off);
		if (n < 0 && file_pause_and_try(-errno, &tries))
			continue;
		if (n <= 0) {
			io->res = n < 0 ? engine_result(io->fd, -errno) : -EIO;
			break;
		}
		done += (size_t)n;
		tries = 0;
	}
	if (io->res == 0)
		io->res = (int64_t)done;
	io->done(io);
}

static void sync_write(struct engine *e, struct engine_io *io)
{
	transfer(io, true);
}

static void sync_read(struct engine *e, struct engine_io *io)
{
	transfer(io, false);
}

static void sync_datasync(struct engine *e, struct engine_io *io)
{
	io->res = fdatasync(io->fd) < 0 ? -errno : 0;
	io->done(io);
}

static void sync_allocate(struct engine *e, struct engine_io *io)
{
	int err;
	unsigned tries = 0;
	do
		err = fallocate(io->fd, 0, (off_t)io->off, (off_t)io->len) < 0 ? -errno : 0;
	while (file_pause_and_try(err, &tries));
	io->res = engine_result(io->fd, err);
	io->done(io);
}

static bool sync_compute(struct engine *e, struct engine_work *w)
{
	w->fn(w->arg);
	w->ended = true;
	return true;
}

static void sync_wait(struct engine *e)
{
}

static int sync_open(struct engine *e, int dirfd, const char *name, int flags, mode_t mode)
{
	struct engine_path p = { .dirfd = dirfd, .name = name, .flags = flags, .mode = mode };
	path_open(&p);
	return p.res;
}

static int sync_close(struct engine *e, int fd)
{
	struct engine_path p = { .fd = fd };
	path_close(&p);
	return p.res;
}

static int sync_rename(struct engine *e, int dirfd, const char *from, const char *to)
{
	struct engine_path p = { .dirfd = dirfd, .name = from, .to = to };
	path_rename(&p);
	return p.res;
}

static int sync_unlink(struct engine *e, int dirfd, const char *name)
{
	struct engine_path p = { .dirfd = dirfd, .name = name };
	path_unlink(&p);
	return p.res;
}

static void sync_unlink_later(struct engine *e, int dirfd, const char *name)
{
	sync_unlink(e, dirfd, name);
}

static void sync_settle(struct engine *e)
{
}

static int sync_mkdir(struct engine *e, int dirfd, const char *name, mode_t mode)
{
	struct engine_path p = { .dirfd = dirfd, .name = name, .mode = mode };
	path_mkdir(&p);
	return p.res;
}

static int sync_truncate(struct engine *e, int fd, uint64_t size)
{
	struct engine_path p = { .fd = fd, .size = size };
	path_truncate(&p);
	return p.res;
}

static int sync_fsync(struct engine *e, int fd)
{
	struct engine_path p = { .fd = fd };
	path_fsync(&p);
	return p.res;
}

static void sync_call(struct engine *e, void (*fn)(void *arg), void *arg)
{
	fn(arg);
}

static void sync_free(struct engine *e)
{
	free(e);
}

struct engine *engine_sync_new(void)
{
	static const struct engine_ops ops = {
		.write = sync_write,
		.read = sync_read,
		.datasync = sync_datasync,
		.allocate = sync_allocate,
		.compute = sync_compute,
		.wait = sync_wait,
		.open = sync_open,
		.close = sync_close,
		.rename = sync_rename,
		.unlink = sync_unlink,
		.unlink_later = sync_unlink_later,
		.settle = sync_settle,
		.mkdir = sync_mkdir,
		.truncate = sync_truncate,
		.fsync = sync_fsync,
		.call = sync_call,
		.free = sync_free,
	};
	struct engine *e = calloc(1, sizeof *e);
	if (e)
		e->ops = &ops;
	return e;
}
