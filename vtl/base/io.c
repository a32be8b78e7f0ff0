/* SPDX-License-Identifier: Apache-2.0 */
/* Operations in the worker's ring, and the same operations for fibers, which wait. */
#include "vtl/base/io.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#include "vtl/base/worker_internal.h"

enum {
	RING_TRANSFER_MAX = 1 << 30, /* one operation moves at most this; longer ones come back short */
	SUBMIT_TRIES = 10,
	SUBMIT_PAUSE_MS = 1,
};

/* A place in the ring.  If the ring is full, submits first, which empties it. */
static struct io_uring_sqe *place_get(void)
{
	struct io_uring *ring = &worker_current->ring;
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	for (unsigned tries = 0; !sqe && tries < SUBMIT_TRIES; tries++) {
		if (tries)
			nanosleep(&(struct timespec){ .tv_nsec = SUBMIT_PAUSE_MS * 1000000L }, NULL);
		io_uring_submit(ring);
		sqe = io_uring_get_sqe(ring);
	}
	return sqe;
}

/* The same for an operation.  NULL: the operation will end with -EAGAIN, from the worker's loop. */
static struct io_uring_sqe *sqe_get(struct io *io)
{
	struct io_uring_sqe *sqe = place_get();
	if (sqe)
		io_uring_sqe_set_data(sqe, io);
	else
		STAILQ_INSERT_TAIL(&worker_current->refused, io, link);
	return sqe;
}

void refused_run(struct worker *w)
{
	/* Those that come meanwhile end in the next turn. */
	struct io_list now = STAILQ_HEAD_INITIALIZER(now);
	struct io *io;
	STAILQ_CONCAT(&now, &w->refused);
	while ((io = STAILQ_FIRST(&now))) {
		STAILQ_REMOVE_HEAD(&now, link);
		io->res = -EAGAIN;
		io->done(io);
	}
}

static unsigned transfer(size_t len)
{
	return len > RING_TRANSFER_MAX ? RING_TRANSFER_MAX : (unsigned)len;
}

void io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_read(sqe, fd, buf, transfer(len), off);
}

void io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_write(sqe, fd, buf, transfer(len), off);
}

void io_start_fsync(struct io *io, int fd, bool data_only)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_fsync(sqe, fd, data_only ? IORING_FSYNC_DATASYNC : 0);
}

void io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_fallocate(sqe, fd, mode, (off_t)off, (off_t)len);
}

void io_start_recv(struct io *io, int fd, void *buf, size_t len, int flags)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_recv(sqe, fd, buf, transfer(len), flags);
}

void io_start_sendmsg(struct io *io, int fd, const struct msghdr *msg, int flags)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_sendmsg(sqe, fd, msg, (unsigned)flags);
}

void io_start_accept(struct io *io, int fd, struct sockaddr_storage *addr, socklen_t *len)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_accept(sqe, fd, (struct sockaddr *)addr, len, SOCK_CLOEXEC);
}

void io_start_poll(struct io *io, int fd, short events)
{
	struct io_uring_sqe *sqe = sqe_get(io);
	if (sqe)
		io_uring_prep_poll_add(sqe, fd, (unsigned)events);
}

void io_cancel(struct io *io)
{
	struct io_uring_sqe *sqe = place_get();
	if (!sqe)
		return; /* the operation ends by itself */
	io_uring_prep_cancel(sqe, io, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

/* --- waiting ---------------------------------------------------------------------------------- */

struct wait {
	struct io io;
	struct fiber *fiber;
	bool ended;
};

static void wait_ended(struct io *io)
{
	struct wait *wait = (struct wait *)(void *)io;
	wait->ended = true;
	fiber_wake(wait->fiber);
}

static struct wait wait_begin(void)
{
	assert(fiber_self());
	return (struct wait){ .io.done = wait_ended, .fiber = fiber_self() };
}

static int64_t wait_end(struct wait *wait)
{
	while (!wait->ended)
		fiber_suspend();
	return wait->io.res;
}

int64_t io_read(int fd, void *buf, size_t len, uint64_t off)
{
	struct wait wait = wait_begin();
	io_start_read(&wait.io, fd, buf, len, off);
	return wait_end(&wait);
}

int io_fsync(int fd, bool data_only)
{
	struct wait wait = wait_begin();
	io_start_fsync(&wait.io, fd, data_only);
	return (int)wait_end(&wait);
}

int64_t io_recv(int fd, void *buf, size_t len, int flags)
{
	struct wait wait = wait_begin();
	io_start_recv(&wait.io, fd, buf, len, flags);
	return wait_end(&wait);
}

int io_poll(int fd, short events)
{
	struct wait wait = wait_begin();
	io_start_poll(&wait.io, fd, events);
	return (int)wait_end(&wait);
}
