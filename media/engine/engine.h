/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input and output of media.  There are three engines: engine_uring, in the ring of
 * a worker; engine_sync, with plain system calls; engine_fault, for tests: it fails,
 * tears or loses operations as it is told.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vtl/base/job.h"

struct engine;

/* One data operation.  The memory belongs to the caller, and stays in place until done(). */
struct engine_io {
	void (*done)(struct engine_io *io); /* may be called before submit returns */
	int64_t res;                        /* bytes or 0, or -errno; the engine repeats the rest of a short
	                                     * transfer, or returns -EIO or -ENOSPC */
	void *owner;                        /* the caller's */
	int fd;
	void *buf;
	size_t len;
	uint64_t off;
	void *private[20]; /* the engine's */
};

/* A computation.  The memory belongs to the caller, and stays in place until it has ended. */
struct engine_work {
	void (*fn)(void *arg);
	void *arg;
	bool ended;
	/* the engine's */
	struct engine *engine;
	struct job job;
};

struct engine_ops {
	void (*write)(struct engine *e, struct engine_io *io);
	void (*read)(struct engine *e, struct engine_io *io);
	void (*datasync)(struct engine *e, struct engine_io *io);
	/* Reserves len bytes at off; extends the file. */
	void (*allocate)(struct engine *e, struct engine_io *io);
	/* Runs w->fn(w->arg) beside the caller, on the crew (vtl/base/crew.h) if there is one; sets w->ended at the
	 * end.  False: the queue is full; nothing was started. */
	bool (*compute)(struct engine *e, struct engine_work *w);
	/* Waits until some operation has completed or some computation has ended; the caller checks which. */
	void (*wait)(struct engine *e);
	/* Directory operations.  Each may wait.  0 or a descriptor, or -errno. */
	/* Opens regular files and folders only: -EUCLEAN for a FIFO or a device.  Does not follow links. */
	int (*open)(struct engine *e, int dirfd, const char *name, int flags, mode_t mode);
	int (*close)(struct engine *e, int fd);
	int (*rename)(struct engine *e, int dirfd, const char *from, const char *to);
	int (*unlink)(struct engine *e, int dirfd, const char *name);
	/* Removes the file later, one file at a time; does not wait.  The result is not reported. */
	void (*unlink_later)(struct engine *e, int dirfd, const char *name);
	/* Waits until unlink_later() has removed every file. */
	void (*settle)(struct engine *e);
	int (*mkdir)(struct engine *e, int dirfd, const char *name, mode_t mode);
	int (*truncate)(struct engine *e, int fd, uint64_t size);
	int (*fsync)(struct engine *e, int fd); /* file or directory, data and metadata */
	/* Runs fn(arg) on a thread where it may block: it lists folders, reads small files, locks, uses pipes. */
	void (*call)(struct engine *e, void (*fn)(void *arg), void *arg);
	void (*free)(struct engine *e);
};

struct engine {
	const struct engine_ops *ops;
	struct pool *pool; /* NULL: each mount has its own buffers */
	struct {
		unsigned ms;
		void (*tell)(void *arg, bool stalled); /* NULL: not watched */
		void *arg;
	} watch;
	struct {
		bool (*make)(void *arg, unsigned ms); /* NULL: no room can be made */
		void *arg;
	} room;
};

/* An engine of the calling worker, used by one fiber at a time.  NULL: no memory. */
struct engine *engine_uring_new(void);
struct engine *engine_sync_new(void);
void engine_free(struct engine *e);

/* Calls tell(arg, true), in the worker's loop, when an operation has had no result for ms milliseconds, and about
 * every second after that; tell(arg, false) when all operations have one.  The operations continue, because they
 * cannot be cancelled.  Only engine_uring does this. */
void engine_watch(struct engine *e, unsigned ms, void (*tell)(void *arg, bool stalled), void *arg);

/* Calls make(arg, ms) when the disk is full, in the fiber that uses media.  make() may free space, for which it waits
 * at most ms milliseconds.  It returns true when the operation should be tried again. */
void engine_room(struct engine *e, bool (*make)(void *arg, unsigned ms), void *arg);
/* Call after an operation that ended with err.  True: err says that the disk is full, and space was freed; try again.
 * *until_ms is 0 before the first try; all tries of one operation together wait at most ENGINE_ROOM_MS. */
enum { ENGINE_ROOM_MS = 30000 };
bool engine_room_again(struct engine *e, int64_t err, int64_t *until_ms);

/* Does one operation and waits for it: bytes or 0, or -errno. */
enum engine_op { ENGINE_WRITE, ENGINE_READ, ENGINE_DATASYNC, ENGINE_ALLOCATE };
int64_t engine_do(struct engine *e, enum engine_op op, int fd, void *buf, size_t len, uint64_t off);
/* Starts one operation; io->done will be called. */
void engine_start(struct engine *e, enum engine_op op, struct engine_io *io);

/* For the engines: the final result of an operation on fd.  -EINTR and -EAGAIN become -EIO, because the caller
 * cannot use them; the log names the file. */
int64_t engine_result(int fd, int64_t res);

/* Directory operations as both real engines do them. */
struct engine_path {
	int dirfd, fd;
	const char *name, *to;
	int flags;
	mode_t mode;
	uint64_t size;
	int res;
};
void path_open(void *path);
void path_close(void *path);
void path_rename(void *path);
void path_unlink(void *path); /* also an empty folder */
void path_mkdir(void *path);
void path_truncate(void *path);
void path_fsync(void *path);
