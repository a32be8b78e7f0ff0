/* SPDX-License-Identifier: Apache-2.0 */
/* Input and output through the ring of the calling worker. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* One operation in the ring.  The memory, and that of its buffers, stays the caller's until
 * done(io) is called in the worker's loop with res: bytes or 0, or -errno; -EAGAIN also when the kernel
 * took nothing from the ring for a while, which it does when it has no memory. */
struct io {
	int64_t res;
	void (*done)(struct io *io);
	void *arg;             /* the caller's */
	STAILQ_ENTRY(io) link; /* the worker's */
};
void io_start_read(struct io *io, int fd, void *buf, size_t len, uint64_t off);
void io_start_write(struct io *io, int fd, const void *buf, size_t len, uint64_t off);
void io_start_fsync(struct io *io, int fd, bool data_only);
void io_start_fallocate(struct io *io, int fd, int mode, uint64_t off, uint64_t len);
void io_start_recv(struct io *io, int fd, void *buf, size_t len, int flags);
void io_start_sendmsg(struct io *io, int fd, const struct msghdr *msg, int flags);
void io_start_accept(struct io *io, int fd, struct sockaddr_storage *addr, socklen_t *len);
void io_start_poll(struct io *io, int fd, short events);
/* Asks for an early end; done(io) still comes, with -ECANCELED or the real result. */
void io_cancel(struct io *io);

/* The same, from a fiber, waiting for the result.  Short reads are possible. */
int64_t io_read(int fd, void *buf, size_t len, uint64_t off);
int io_fsync(int fd, bool data_only);
int64_t io_recv(int fd, void *buf, size_t len, int flags);
int io_poll(int fd, short events); /* the events that are there */
