/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who does media's input and output.  Three peers: engine_uring on a worker
 * of the daemon, engine_sync with plain system calls, and engine_fault, which
 * wraps either and fails, tears or forgets as a test tells it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct engine;

/* One data operation under way.  Caller's memory until done(). */
struct engine_io {
	void (*done)(struct engine_io *io); /* may come before submit returns */
	int64_t res;                        /* bytes or 0, or -errno; short counts are made whole or
	                                     * turned into -EIO / -ENOSPC by the engine */
	void *owner;                        /* the caller's */
	int fd;
	void *buf;
	size_t len;
	uint64_t off;
	void *private[16];                  /* the engine's */
};

struct engine_ops {
	void (*write)(struct engine *e, struct engine_io *io);
	void (*read)(struct engine *e, struct engine_io *io);
	void (*datasync)(struct engine *e, struct engine_io *io);
	void (*allocate)(struct engine *e, struct engine_io *io); /* fallocate off,len; extends the file */
	/* Waits until something submitted has completed (the caller checks what). */
	void (*wait)(struct engine *e);
	/* Directory work; each may wait. -errno. */
	int (*open)(struct engine *e, int dirfd, const char *name, int flags, mode_t mode);
	int (*close)(struct engine *e, int fd);
	int (*rename)(struct engine *e, int dirfd, const char *from, const char *to);
	int (*unlink)(struct engine *e, int dirfd, const char *name);
	int (*mkdir)(struct engine *e, int dirfd, const char *name, mode_t mode);
	int (*truncate)(struct engine *e, int fd, uint64_t size);
	int (*fsync)(struct engine *e, int fd); /* file or directory, data and metadata */
	void (*free)(struct engine *e);
};

struct engine {
	const struct engine_ops *ops;
};

/* For the worker (and fiber) that calls it. NULL when there is no memory. */
struct engine *engine_uring_new(void);
struct engine *engine_sync_new(void);
void engine_free(struct engine *e);
