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

#include "vtl/base/job.h"

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
	void *private[20]; /* the engine's */
};

/* Work that only computes, under way.  Caller's memory until it has ended. */
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
	/* Reserves off, len; extends the file. */
	void (*allocate)(struct engine *e, struct engine_io *io);
	/* Has w->fn(w->arg) run beside the caller, on the crew (vtl/base/crew.h) if there is one; sets w->ended when it
	 * is over.  False: nobody has time for it now; nothing was begun. */
	bool (*compute)(struct engine *e, struct engine_work *w);
	/* Waits until something submitted has completed, or some work has ended (the caller checks what). */
	void (*wait)(struct engine *e);
	/* Directory work; each may wait. -errno. */
	/* Regular files and folders only: -EUCLEAN for a FIFO, a device; links are not followed. */
	int (*open)(struct engine *e, int dirfd, const char *name, int flags, mode_t mode);
	int (*close)(struct engine *e, int fd);
	int (*rename)(struct engine *e, int dirfd, const char *from, const char *to);
	int (*unlink)(struct engine *e, int dirfd, const char *name);
	/* The same without waiting, one at a time, in the caller's absence; nobody hears how it
	 * went. */
	void (*unlink_later)(struct engine *e, int dirfd, const char *name);
	/* Waits until all such have been done. */
	void (*settle)(struct engine *e);
	int (*mkdir)(struct engine *e, int dirfd, const char *name, mode_t mode);
	int (*truncate)(struct engine *e, int fd, uint64_t size);
	int (*fsync)(struct engine *e, int fd); /* file or directory, data and metadata */
	/* Runs fn(arg) where it may block: looking around, reading small files, locking, pipes. */
	void (*call)(struct engine *e, void (*fn)(void *arg), void *arg);
	void (*free)(struct engine *e);
};

struct engine {
	const struct engine_ops *ops;
	struct pool *pool; /* NULL: each mount has its own buffers */
	struct {
		unsigned ms;
		void (*tell)(void *arg, bool stalled); /* NULL: nobody wants to know */
		void *arg;
	} watch;
	struct {
		bool (*make)(void *arg, unsigned ms); /* NULL: nobody can make any */
		void *arg;
	} room;
};

/* For the worker that calls it; one fiber at a time uses it. NULL when there is no memory. */
struct engine *engine_uring_new(void);
struct engine *engine_sync_new(void);
void engine_free(struct engine *e);

/* Has tell(arg, true) called, in a loop of the worker, when something has not been answered for ms
 * milliseconds: files do not answer.  Again about every second while that is so; tell(arg, false) when
 * everything has been answered.  What was asked for goes on, for it cannot be taken back. Only the ring's
 * engine can tell. */
void engine_watch(struct engine *e, unsigned ms, void (*tell)(void *arg, bool stalled), void *arg);

/* Has make(arg, ms) called when there is no room, where the caller of media waits: it may make some, by
 * giving up what is wanted less; it waits at most ms milliseconds for that, and returns whether it is worth
 * to try again. */
void engine_room(struct engine *e, bool (*make)(void *arg, unsigned ms), void *arg);
/* Behind an operation that ended with err: true when that says that there is no room, and some was made:
 * it is to be tried again.  *until_ms is 0 before the first try; all tries of one operation wait at most
 * ENGINE_ROOM_MS together. */
enum { ENGINE_ROOM_MS = 30000 };
bool engine_room_again(struct engine *e, int64_t err, int64_t *until_ms);

/* One operation, waited for: bytes or 0, or -errno. */
enum engine_op { ENGINE_WRITE, ENGINE_READ, ENGINE_DATASYNC, ENGINE_ALLOCATE };
int64_t engine_do(struct engine *e, enum engine_op op, int fd, void *buf, size_t len, uint64_t off);
/* Starts one; io->done will be called. */
void engine_start(struct engine *e, enum engine_op op, struct engine_io *io);

/* For the engines: what an operation on fd ended with, once it is not tried again.  "Try again" is
 * no answer to who asked: it becomes -EIO, and the log names the file. */
int64_t engine_result(int fd, int64_t res);

/* What the directory operations are to both real engines. */
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
void path_unlink(void *path); /* empty folders too */
void path_mkdir(void *path);
void path_truncate(void *path);
void path_fsync(void *path);
