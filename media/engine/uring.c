// SPDX-License-Identifier: Apache-2.0
/* The engine of a worker: data operations in its ring, directory operations on helper threads. */
#include "media/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

#include "vtl/base/container.h"
#include "vtl/base/crew.h"
#include "vtl/base/fiber.h"
#include "vtl/base/file.h"
#include "vtl/base/io.h"
#include "vtl/base/job.h"
#include "vtl/base/timer.h"

/* A file to be removed later, because a large one takes long. */
struct later {
	STAILQ_ENTRY(later) link;
	int dirfd;
	char name[64];
};

/* An operation that has no result yet. */
struct pending {
	TAILQ_ENTRY(pending) link;
	int64_t began_ms;
};

struct uring {
	struct engine engine;
	TAILQ_HEAD(, pending) pending; /* oldest first */
	struct timer look;             /* fires when the oldest is late */
	bool stalled;                  /* tell(arg, true) was called */
	struct waitq changed;
	uint64_t completions;
	STAILQ_HEAD(, later) later;
	bool removing; /* a fiber removes files */
	struct waitq settled;
};

/* In engine_io's private[]. */
struct flight {
	struct io io;
	struct pending pending;
	struct engine_io *of;
	struct uring *engine;
	enum engine_op op;
	size_t done;
	unsigned tries;     /* since the last progress */
	struct timer pause; /* before the next try */
};
_Static_assert(sizeof(struct flight) <= sizeof((struct engine_io *)0)->private, "room in engine_io");

/* --- how long the oldest has waited ----------------------------------------------------------- */

enum { LOOK_AGAIN_MS = 1000 };

static void stall_tell(struct uring *u, bool stalled)
{
	if (!stalled && !u->stalled)
		return;
	u->stalled = stalled;
	u->engine.watch.tell(u->engine.watch.arg, stalled);
}

static void look(struct timer *timer)
{
	struct uring *u = container_of(timer, struct uring, look);
	const struct pending *oldest = TAILQ_FIRST(&u->pending);
	if (!oldest)
		return;
	int64_t left = oldest->began_ms + u->engine.watch.ms - now_ms();
	timer_arm(&u->look, left > 0 ? (unsigned)left : LOOK_AGAIN_MS, look);
	stall_tell(u, left <= 0);
}

static void pending_begin(struct uring *u, struct pending *p)
{
	p->began_ms = now_ms();
	TAILQ_INSERT_TAIL(&u->pending, p, link);
	if (u->engine.watch.tell && !u->look.armed)
		timer_arm(&u->look, u->engine.watch.ms, look);
}

static void pending_end(struct uring *u, struct pending *p)
{
	TAILQ_REMOVE(&u->pending, p, link);
	if (u->stalled && TAILQ_EMPTY(&u->pending))
		stall_tell(u, false);
}

/* --- data, through the ring ------------------------------------------------------------------------ */

static void flight_end(struct flight *f, int64_t res)
{
	struct uring *e = f->engine;
	pending_end(e, &f->pending);
	e->completions++;
	f->of->res = res;
	f->of->done(f->of); /* may free f */
	waitq_wake(&e->changed);
}

static void flight_go(struct flight *f);

static void flight_again(struct timer *timer)
{
	flight_go(container_of(timer, struct flight, pause));
}

/* This ends, because each turn moves bytes or uses up one try. */
static void transferred(struct flight *f, int64_t res)
{
	if (res == 0) {
		flight_end(f, -EIO); /* an early end of file, or a device that accepts nothing */
		return;
	}
	f->done += (size_t)res;
	f->tries = 0;
	if (f->done < f->of->len)
		flight_go(f);
	else
		flight_end(f, (int64_t)f->done);
}

static void flight_step(struct io *io)
{
	struct flight *f = io->arg;
	/* A failed sync is not repeated: the next one would succeed although data are lost. */
	if (f->op != ENGINE_DATASYNC && file_try_again(io->res, &f->tries))
		timer_arm(&f->pause, FILE_PAUSE_MS, flight_again);
	else if (io->res < 0)
		flight_end(f, engine_result(f->of->fd, io->res));
	else if (f->op == ENGINE_WRITE || f->op == ENGINE_READ)
		transferred(f, io->res);
	else
		flight_end(f, io->res);
}

static void flight_go(struct flight *f)
{
	struct engine_io *of = f->of;
	char *p = of->buf ? (char *)of->buf + f->done : NULL;
	f->io.done = flight_step;
	switch (f->op) {
	case ENGINE_WRITE: io_start_write(&f->io, of->fd, p, of->len - f->done, of->off + f->done); break;
	case ENGINE_READ: io_start_read(&f->io, of->fd, p, of->len - f->done, of->off + f->done); break;
	case ENGINE_DATASYNC: io_start_fsync(&f->io, of->fd, true); break;
	case ENGINE_ALLOCATE: io_start_fallocate(&f->io, of->fd, 0, of->off, of->len); break;
	}
}

static void flight_start(struct engine *e, enum engine_op op, struct engine_io *io)
{
	struct flight *f = (struct flight *)io->private;
	*f = (struct flight){ .of = io, .engine = (struct uring *)e, .op = op };
	f->io.arg = f;
	pending_begin(f->engine, &f->pending);
	flight_go(f);
}

static void uring_write(struct engine *e, struct engine_io *io)
{
	flight_start(e, ENGINE_WRITE, io);
}

static void uring_read(struct engine *e, struct engine_io *io)
{
	flight_start(e, ENGINE_READ, io);
}

static void uring_datasync(struct engine *e, struct engine_io *io)
{
	flight_start(e, ENGINE_DATASYNC, io);
}

static void uring_allocate(struct engine *e, struct engine_io *io)
{
	flight_start(e, ENGINE_ALLOCATE, io);
}

/* --- computing, by the crew ------------------------------------------------------------------------ */

static void computed(struct job *job)
{
	struct engine_work *w = container_of(job, struct engine_work, job);
	struct uring *u = (struct uring *)w->engine;
	w->ended = true;
	u->completions++;
	waitq_wake(&u->changed);
}

static bool uring_compute(struct engine *e, struct engine_work *w)
{
	w->engine = e;
	return crew_start(&w->job, w->fn, w->arg, computed) == 0;
}

static void uring_wait(struct engine *e)
{
	struct uring *u = (struct uring *)e;
	uint64_t seen = u->completions;
	while (u->completions == seen)
		waitq_wait(&u->changed);
}

/* --- directories, by helper threads -------------------------------------------------------------- */

static void job(struct engine *e, void (*fn)(void *arg), void *arg)
{
	struct uring *u = (struct uring *)e;
	struct pending p;
	pending_begin(u, &p);
	job_call(fn, arg);
	pending_end(u, &p);
}

static int uring_open(struct engine *e, int dirfd, const char *name, int flags, mode_t mode)
{
	struct engine_path p = { .dirfd = dirfd, .name = name, .flags = flags, .mode = mode };
	job(e, path_open, &p);
	return p.res;
}

static int uring_close(struct engine *e, int fd)
{
	struct engine_path p = { .fd = fd };
	job(e, path_close, &p);
	return p.res;
}

static int uring_rename(struct engine *e, int dirfd, const char *from, const char *to)
{
	struct engine_path p = { .dirfd = dirfd, .name = from, .to = to };
	job(e, path_rename, &p);
	return p.res;
}

static int uring_unlink(struct engine *e, int dirfd, const char *name)
{
	struct engine_path p = { .dirfd = dirfd, .name = name };
	job(e, path_unlink, &p);
	return p.res;
}

/* Not watched: the removal of a large file may take long although the file system responds. */
static void remove_run(void *arg)
{
	struct uring *u = arg;
	struct later *l;
	while ((l = STAILQ_FIRST(&u->later))) {
		struct engine_path p = { .dirfd = l->dirfd, .name = l->name };
		job_call(path_unlink, &p);
		STAILQ_REMOVE_HEAD(&u->later, link);
		close(l->dirfd);
		free(l);
	}
	u->removing = false;
	waitq_wake(&u->settled);
}

static void uring_unlink_later(struct engine *e, int dirfd, const char *name)
{
	struct uring *u = (struct uring *)e;
	struct later *l = calloc(1, sizeof *l);
	int fd = l ? fcntl(dirfd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd < 0) {
		free(l);
		return; /* the next mount removes the file */
	}
	l->dirfd = fd;
	snprintf(l->name, sizeof l->name, "%s", name);
	STAILQ_INSERT_TAIL(&u->later, l, link);
	if (u->removing)
		return;
	u->removing = true;
	if (fiber_start("remove", remove_run, u))
		remove_run(u);
}

static void uring_settle(struct engine *e)
{
	struct uring *u = (struct uring *)e;
	while (u->removing)
		waitq_wait(&u->settled);
}

static int uring_mkdir(struct engine *e, int dirfd, const char *name, mode_t mode)
{
	struct engine_path p = { .dirfd = dirfd, .name = name, .mode = mode };
	job(e, path_mkdir, &p);
	return p.res;
}

static int uring_truncate(struct engine *e, int fd, uint64_t size)
{
	struct engine_path p = { .fd = fd, .size = size };
	job(e, path_truncate, &p);
	return p.res;
}

static int uring_fsync(struct engine *e, int fd)
{
	struct uring *u = (struct uring *)e;
	struct pending p;
	pending_begin(u, &p);
	int err = io_fsync(fd, false);
	pending_end(u, &p);
	return err;
}

static void uring_call(struct engine *e, void (*fn)(void *arg), void *arg)
{
	job(e, fn, arg);
}

static void uring_free(struct engine *e)
{
	struct uring *u = (struct uring *)e;
	uring_settle(e);
	timer_stop(&u->look);
	free(e);
}

struct engine *engine_uring_new(void)
{
	static const struct engine_ops ops = {
		.write = uring_write,
		.read = uring_read,
		.datasync = uring_datasync,
		.allocate = uring_allocate,
		.compute = uring_compute,
		.wait = uring_wait,
		.open = uring_open,
		.close = uring_close,
		.rename = uring_rename,
		.unlink = uring_unlink,
		.unlink_later = uring_unlink_later,
		.settle = uring_settle,
		.mkdir = uring_mkdir,
		.truncate = uring_truncate,
		.fsync = uring_fsync,
		.call = uring_call,
		.free = uring_free,
	};
	struct uring *u = calloc(1, sizeof *u);
	if (!u)
		return NULL;
	u->engine.ops = &ops;
	waitq_init(&u->changed);
	waitq_init(&u->settled);
	STAILQ_INIT(&u->later);
	TAILQ_INIT(&u->pending);
	return &u->engine;
}
