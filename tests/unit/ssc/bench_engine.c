/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of a drive on the bench: it fails, or waits, when it is told to. */
#include <stdlib.h>

#include "bench.h"
#include "tests/lib/sparse.h"
#include "vtl/base/fiber.h"
#include "vtl/base/timer.h"

enum { CREW_TAKES = 4 };

struct faulty {
	struct engine engine;
	struct engine_ops ops;
	struct engine *inner;
	struct bench_faults *faults;
	struct engine_work *works[CREW_TAKES];
	unsigned work_count;
};

static struct faulty *faulty_of(struct engine *e)
{
	return (struct faulty *)e;
}

/* True when the operation has failed: it is not done, and says so at once. */
static bool spoil(struct engine *e, struct engine_io *io, bool kind)
{
	struct bench_faults *f = faulty_of(e)->faults;
	if (!f->err || !kind)
		return false;
	if (f->spare) {
		f->spare--;
		return false;
	}
	io->res = f->err;
	io->done(io);
	return true;
}

static void faulty_write(struct engine *e, struct engine_io *io)
{
	struct engine *inner = faulty_of(e)->inner;
	if (!spoil(e, io, faulty_of(e)->faults->writes))
		inner->ops->write(inner, io);
}

static void faulty_read(struct engine *e, struct engine_io *io)
{
	struct engine *inner = faulty_of(e)->inner;
	if (!spoil(e, io, faulty_of(e)->faults->reads))
		inner->ops->read(inner, io);
}

static void held(struct engine *e)
{
	while (faulty_of(e)->faults->hold)
		fiber_sleep(1);
}

static int faulty_open(struct engine *e, int dirfd, const char *name, int flags, mode_t mode)
{
	struct engine *inner = faulty_of(e)->inner;
	while (faulty_of(e)->faults->hold_opens)
		fiber_sleep(1);
	return inner->ops->open(inner, dirfd, name, flags, mode);
}

static int faulty_fsync(struct engine *e, int fd)
{
	struct engine *inner = faulty_of(e)->inner;
	held(e);
	return inner->ops->fsync(inner, fd);
}

static void faulty_datasync(struct engine *e, struct engine_io *io)
{
	struct engine *inner = faulty_of(e)->inner;
	held(e);
	if (!spoil(e, io, faulty_of(e)->faults->syncs))
		inner->ops->datasync(inner, io);
}

static bool faulty_compute(struct engine *e, struct engine_work *w)
{
	struct faulty *f = faulty_of(e);
	if (!f->faults->busy)
		return f->inner->ops->compute(f->inner, w);
	if (f->work_count == CREW_TAKES)
		return false;
	f->works[f->work_count++] = w;
	return true;
}

static void faulty_wait(struct engine *e)
{
	struct faulty *f = faulty_of(e);
	unsigned n = f->work_count;
	f->work_count = 0;
	for (unsigned i = 0; i < n; i++)
		f->inner->ops->compute(f->inner, f->works[i]);
	if (!n)
		f->inner->ops->wait(f->inner);
}

static void faulty_free(struct engine *e)
{
	engine_free(faulty_of(e)->inner);
	free(e);
}

/* The directory work of engine_sync needs no state, so its own functions do. */
struct engine *bench_engine(struct bench_faults *faults)
{
	struct faulty *f = calloc(1, sizeof *f);
	f->inner = engine_sparse_new();
	f->ops = *f->inner->ops;
	f->ops.write = faulty_write;
	f->ops.read = faulty_read;
	f->ops.datasync = faulty_datasync;
	f->ops.open = faulty_open;
	f->ops.fsync = faulty_fsync;
	f->ops.compute = faulty_compute;
	f->ops.wait = faulty_wait;
	f->ops.free = faulty_free;
	f->engine.ops = &f->ops;
	f->faults = faults;
	return &f->engine;
}
