/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it makes a daemon that leaves out every sync of the ring: a sync becomes an operation that does nothing. */
#include <dlfcn.h>
#include <liburing.h>

static void syncs_drop(struct io_uring *ring)
{
	const struct io_uring_sq *sq = &ring->sq;
	for (unsigned i = sq->sqe_head; i != sq->sqe_tail; i++) {
		struct io_uring_sqe *sqe = &sq->sqes[i & sq->ring_mask];
		if (sqe->opcode == IORING_OP_FSYNC) {
			sqe->opcode = IORING_OP_NOP;
			sqe->fsync_flags = 0;
		}
	}
}

int io_uring_submit(struct io_uring *ring)
{
	int (*next)(struct io_uring *) = dlsym(RTLD_NEXT, "io_uring_submit");
	syncs_drop(ring);
	return next(ring);
}

int io_uring_submit_and_get_events(struct io_uring *ring)
{
	int (*next)(struct io_uring *) = dlsym(RTLD_NEXT, "io_uring_submit_and_get_events");
	syncs_drop(ring);
	return next(ring);
}

int io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **cqe, unsigned count,
	struct __kernel_timespec *ts, sigset_t *mask)
{
	int (*next)(struct io_uring *, struct io_uring_cqe **, unsigned, struct __kernel_timespec *,
		sigset_t *) = dlsym(RTLD_NEXT, "io_uring_submit_and_wait_timeout");
	syncs_drop(ring);
	return next(ring, cqe, count, ts, mask);
}
