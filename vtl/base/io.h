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

/* One operation in the ring.  The operation and its buffers belong to the caller and must stay in place
 * until done(io) is called in the worker's loop.  res is then the number of bytes, 0, or -errno.  -EAGAIN
 * also means that the kernel took nothing from the ring for 10 ms, as it does without memory. */
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
/* Asks the kernel to end the operation early.  done(io) is called all the same, with -ECANCELED or the
 * result. */
void io_cancel(struct io *io);

/* The same from a fiber, which waits for the result.  A read may be short. */
int64_t io_read(int fd, void *buf, size_t len, uint64_t off);
int io_fsync(int fd, bool data_only);
int64_t io_recv(int fd, void *buf, size_t len, int flags);
int io_poll(int fd, short events); /* the events that have come */
