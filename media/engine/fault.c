// SPDX-License-Identifier: Apache-2.0
/* The engine for tests: it fails, reorders and logs operations. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/engine/fault_log.h"

static uint64_t fault_random(struct fault *f)
{
	f->rng ^= f->rng << 13;
	f->rng ^= f->rng >> 7;
	f->rng ^= f->rng << 17;
	return f->rng;
}

/* The operations that a kind of fault concerns. */
enum { HIT_WRITE = 1, HIT_READ = 2, HIT_SYNC = 4, HIT_SPACE = 8, HIT_OTHER = 16 };
static const struct {
	unsigned hits;
	int err;
} kinds[FAULT_KINDS] = {
	[FAULT_EIO] = { HIT_WRITE | HIT_READ | HIT_SYNC | HIT_SPACE | HIT_OTHER, -EIO },
	[FAULT_ENOSPC] = { HIT_WRITE | HIT_SPACE, -ENOSPC },
	[FAULT_TORN] = { HIT_WRITE, -EIO },
	[FAULT_SYNC] = { HIT_SYNC, -EIO },
	[FAULT_READ] = { HIT_READ, -EIO },
	[FAULT_FULL] = { HIT_SPACE, -ENOSPC },
	[FAULT_AGAIN] = { HIT_WRITE | HIT_READ | HIT_SPACE, -EAGAIN },
	[FAULT_QUOTA] = { HIT_WRITE | HIT_SPACE, -EDQUOT },
	[FAULT_EROFS] = { HIT_WRITE | HIT_SPACE, -EROFS },
	[FAULT_SHORT] = { HIT_WRITE, -ENOSPC },
};

/* 0, or how this operation fails. */
static int fails(struct fault *f, unsigned what)
{
	if (!(kinds[f->plan.kind].hits & what))
		return 0;
	uint64_t n = f->seen++;
	if (n != f->plan.nth && !(f->plan.for_ever && n > f->plan.nth))
		return 0;
	f->hit = true;
	return kinds[f->plan.kind].err;
}

/* --- data --------------------------------------------------------------------------------- */

static unsigned hit_of(enum engine_op what)
{
	static const unsigned hits[] = {
		[ENGINE_WRITE] = HIT_WRITE,
		[ENGINE_READ] = HIT_READ,
		[ENGINE_DATASYNC] = HIT_SYNC,
		[ENGINE_ALLOCATE] = HIT_SPACE,
	};
	return hits[what];
}

static void perform(struct fault *f, struct fault_flight *flight)
{
	struct engine_io *io = flight->io;
	int err = fails(f, hit_of(flight->what));
	size_t len = io->len;
	if (err && (f->plan.kind == FAULT_TORN || f->plan.kind == FAULT_SHORT))
		len = len / 2 / 4096 * 4096;
	if (!err || len != io->len) {
		int64_t res = len || flight->what == ENGINE_DATASYNC
			? engine_do(f->under, flight->what, io->fd, io->buf, len, io->off)
			: 0;
		io->res = err ? err : res;
	} else {
		io->res = err;
	}
	if (flight->op != SIZE_MAX) {
		struct fault_op *op = &f->ops[flight->op];
		op->lost = op->kind == OP_SYNC && io->res < 0;
		if (io->res >= 0 || op->lost)
			op->ended = f->count;
	}
	io->done(io);
}

static void start(struct fault *f, enum engine_op what, struct engine_io *io)
{
	struct fault_flight flight = { .io = io, .what = what, .op = SIZE_MAX };
	const struct fault_fd *fd = fault_fd_find(f, io->fd);
	if (f->log && fd && fd->node && what != ENGINE_READ) {
		static const enum fault_op_kind kind[] = { [ENGINE_WRITE] = OP_WRITE,
			[ENGINE_DATASYNC] = OP_SYNC,
			[ENGINE_ALLOCATE] = OP_SIZE };
		flight.op = f->count;
		struct fault_op *op = fault_log_op(f,
			(struct fault_op){ .kind = kind[what],
				.node = fd->node,
				.off = io->off,
				.len = io->len });
		if (what == ENGINE_WRITE) {
			op->data = malloc(io->len);
			memcpy(op->data, io->buf, io->len);
		}
	}
	if (f->shuffle && f->flight_count < sizeof f->flights / sizeof f->flights[0])
		f->flights[f->flight_count++] = flight;
	else
		perform(f, &flight);
}

static void fault_write(struct engine *e, struct engine_io *io)
{
	start((struct fault *)e, ENGINE_WRITE, io);
}

static void fault_read(struct engine *e, struct engine_io *io)
{
	start((struct fault *)e, ENGINE_READ, io);
}

static void fault_datasync(struct engine *e, struct engine_io *io)
{
	start((struct fault *)e, ENGINE_DATASYNC, io);
}

static void fault_allocate(struct engine *e, struct engine_io *io)
{
	start((struct fault *)e, ENGINE_ALLOCATE, io);
}

/* Ends one of what is under way, which is at place i. */
static void flight_end(struct fault *f, size_t i)
{
	struct fault_flight flight = f->flights[i];
	f->flights[i] = f->flights[--f->flight_count];
	if (flight.work)
		f->under->ops->compute(f->under, flight.work);
	else
		perform(f, &flight);
}

/* Computations end later and in any order, too; they are refused where the queue of a crew would be full, and then the
 * crew goes on. */
static bool fault_compute(struct engine *e, struct engine_work *w)
{
	enum { CREW_FULL = 5 };
	struct fault *f = (struct fault *)e;
	if (!f->shuffle)
		return f->under->ops->compute(f->under, w);
	unsigned waiting = 0;
	size_t oldest = 0;
	for (size_t i = f->flight_count; i-- > 0;) {
		waiting += f->flights[i].work != NULL;
		oldest = f->flights[i].work ? i : oldest;
	}
	if (waiting == CREW_FULL)
		flight_end(f, oldest);
	if (waiting == CREW_FULL || f->flight_count == sizeof f->flights / sizeof f->flights[0])
		return false;
	f->flights[f->flight_count++] = (struct fault_flight){ .work = w };
	return true;
}

static void fault_wait(struct engine *e)
{
	struct fault *f = (struct fault *)e;
	if (f->flight_count == 0)
		abort(); /* nothing is under way: the wait would not end */
	flight_end(f, fault_random(f) % f->flight_count);
}

/* --- directories ---------------------------------------------------------------------------- */

/* An extent file in the folder other than this one; -1: there is none. */
static int other_extent(const char *dir, const char *name)
{
	DIR *names = opendir(dir);
	const struct dirent *entry;
	int fd = -1;
	while (names && fd < 0 && (entry = readdir(names))) {
		size_t len = strlen(entry->d_name);
		if (len > 4 && strcmp(entry->d_name + len - 4, ".ext") == 0 &&
			strcmp(entry->d_name, name) != 0)
			fd = openat(dirfd(names), entry->d_name, O_RDONLY | O_CLOEXEC);
	}
	if (names)
		closedir(names);
	return fd;
}

/* Copies the bytes of another extent into the new file dir/name, if that is an extent, as durable bytes. */
static void recycle(struct fault *f, uint32_t node, const char *dir, const char *name)
{
	enum { RECYCLE_MAX = 16 << 20 };
	char path[4096];
	int from = strstr(name, ".ext") ? other_extent(dir, name) : -1;
	if (from < 0)
		return;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	int to = open(path, O_WRONLY | O_CLOEXEC);
	uint8_t *data = malloc(RECYCLE_MAX);
	if (to < 0 || !data)
		abort();
	ssize_t len = read(from, data, RECYCLE_MAX);
	if (len > 0 && write(to, data, (size_t)len) == len) {
		fault_log_op(f,
			(struct fault_op){ .kind = OP_WRITE,
				.node = node,
				.len = (uint64_t)len,
				.data = data })
			->ended = f->count;
		fault_log_op(f, (struct fault_op){ .kind = OP_SYNC, .node = node })->ended = f->count;
		f->recycled++;
	} else {
		free(data);
	}
	close(from);
	close(to);
}

void fault_recycle(struct engine *e)
{
	((struct fault *)e)->recycle = true;
}

unsigned fault_recycled(const struct engine *e)
{
	return ((const struct fault *)e)->recycled;
}

static int fault_open(struct engine *e, int dirfd, const char *name, int flags, mode_t mode)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, flags & O_CREAT ? HIT_SPACE : HIT_OTHER);
	if (err)
		return err;
	bool existed = faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	int fd = f->under->ops->open(f->under, dirfd, name, flags, mode);
	if (fd < 0 || !f->log)
		return fd;
	char *base, *dir = fault_dir_path(dirfd, name, &base), path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, base);
	bool made = (flags & O_CREAT) && !existed;
	uint32_t node = flags & O_DIRECTORY ? 0 : fault_name_node(f, path, made);
	if (made)
		fault_log_op(f,
			(struct fault_op){ .kind = OP_MAKE,
				.node = node,
				.dir = strdup(dir),
				.name = strdup(base) });
	if (made && f->recycle)
		recycle(f, node, dir, base);
	if (node && !made && (flags & O_TRUNC))
		fault_log_op(f, (struct fault_op){ .kind = OP_SIZE, .node = node, .exact = true });
	fault_fd_note(f, fd, node);
	free(dir);
	free(base);
	return fd;
}

static int fault_close(struct engine *e, int fd)
{
	struct fault *f = (struct fault *)e;
	struct fault_fd *known = fault_fd_find(f, fd);
	if (known) {
		free(known->path);
		*known = f->fds[--f->fd_count];
	}
	return f->under->ops->close(f->under, fd);
}

static int fault_rename(struct engine *e, int dirfd, const char *from, const char *to)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, HIT_OTHER);
	if (!err)
		err = f->under->ops->rename(f->under, dirfd, from, to);
	if (!err)
		fault_log_dir(f, OP_RENAME, dirfd, from, to);
	return err;
}

static int fault_unlink(struct engine *e, int dirfd, const char *name)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, HIT_OTHER);
	if (!err)
		err = f->under->ops->unlink(f->under, dirfd, name);
	if (!err)
		fault_log_dir(f, OP_UNLINK, dirfd, name, NULL);
	return err;
}

static void fault_unlink_later(struct engine *e, int dirfd, const char *name)
{
	fault_unlink(e, dirfd, name);
}

static void fault_settle(struct engine *e)
{
}

static int fault_mkdir(struct engine *e, int dirfd, const char *name, mode_t mode)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, HIT_SPACE);
	if (!err)
		err = f->under->ops->mkdir(f->under, dirfd, name, mode);
	if (!err)
		fault_log_dir(f, OP_MKDIR, dirfd, name, NULL);
	return err;
}

static int fault_truncate(struct engine *e, int fd, uint64_t size)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, HIT_OTHER);
	if (!err)
		err = f->under->ops->truncate(f->under, fd, size);
	const struct fault_fd *known = fault_fd_find(f, fd);
	if (!err && known && known->node)
		fault_log_op(f,
			(struct fault_op){ .kind = OP_SIZE,
				.node = known->node,
				.off = size,
				.exact = true });
	return err;
}

static int fault_fsync(struct engine *e, int fd)
{
	struct fault *f = (struct fault *)e;
	int err = fails(f, HIT_SYNC);
	if (!err)
		err = f->under->ops->fsync(f->under, fd);
	const struct fault_fd *known = fault_fd_find(f, fd);
	if (!known || !f->log)
		return err;
	struct fault_op *op = fault_log_op(f,
		known->node ? (struct fault_op){ .kind = OP_SYNC, .node = known->node, .lost = err != 0 }
			    : (struct fault_op){ .kind = OP_DIRSYNC,
				      .dir = strdup(known->path),
				      .lost = err != 0 });
	op->ended = f->count;
	return err;
}

static void fault_call(struct engine *e, void (*fn)(void *arg), void *arg)
{
	fn(arg);
}

static void fault_free(struct engine *e)
{
	struct fault *f = (struct fault *)e;
	for (size_t i = 0; i < f->count; i++) {
		free(f->ops[i].dir);
		free(f->ops[i].name);
		free(f->ops[i].to_dir);
		free(f->ops[i].to);
		free(f->ops[i].data);
	}
	for (size_t i = 0; i < f->fd_count; i++)
		free(f->fds[i].path);
	for (size_t i = 0; i < f->name_count; i++)
		free(f->names[i].path);
	free(f->ops);
	free(f->fds);
	free(f->names);
	engine_free(f->under);
	free(f);
}

struct engine *engine_fault_new(uint64_t seed, bool log)
{
	static const struct engine_ops ops = {
		.write = fault_write,
		.read = fault_read,
		.datasync = fault_datasync,
		.allocate = fault_allocate,
		.compute = fault_compute,
		.wait = fault_wait,
		.open = fault_open,
		.close = fault_close,
		.rename = fault_rename,
		.unlink = fault_unlink,
		.unlink_later = fault_unlink_later,
		.settle = fault_settle,
		.mkdir = fault_mkdir,
		.truncate = fault_truncate,
		.fsync = fault_fsync,
		.call = fault_call,
		.free = fault_free,
	};
	struct fault *f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->engine.ops = &ops;
	f->under = engine_sync_new();
	f->shuffle = seed != 0;
	f->rng = seed ? seed : 1;
	f->log = log;
	return &f->engine;
}

void fault_set(struct engine *e, struct fault_plan plan)
{
	struct fault *f = (struct fault *)e;
	f->plan = plan;
	f->seen = 0;
	f->hit = false;
}

bool fault_hit(const struct engine *e)
{
	return ((const struct fault *)e)->hit;
}

size_t fault_moments(const struct engine *e)
{
	return ((const struct fault *)e)->count;
}
