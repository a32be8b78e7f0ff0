/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault engine.  It does what engine_sync does, but later and in any order. It
 * fails the operation that the plan names.  It keeps a log of operations, and makes
 * from it a folder as a crash at a given moment could leave it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

enum fault_kind {
	FAULT_NONE,
	FAULT_EIO,    /* any operation: nothing happens, -EIO */
	FAULT_ENOSPC, /* writes, allocation, making files */
	FAULT_TORN,   /* half of a write happens, -EIO */
	FAULT_SYNC,   /* a sync fails and what it should have kept is gone from the cache */
	FAULT_READ,   /* reads: -EIO */
	FAULT_FULL,   /* disk full: allocations and new files fail, writes into allocated space do not */
	FAULT_AGAIN,  /* data operations: -EAGAIN, which only the engine repeats */
	FAULT_QUOTA,  /* as FAULT_ENOSPC, -EDQUOT */
	FAULT_EROFS,  /* writes, allocation, making files: the file system has become read-only */
	FAULT_SHORT,  /* half of a write happens, and there is no room for the rest: -ENOSPC */
	FAULT_KINDS,
};

struct fault_plan {
	enum fault_kind kind;
	uint64_t nth;  /* of the operations that this kind concerns, from 0 */
	bool for_ever; /* this one and all later ones */
};

/* seed: the order in which operations complete; 0: at once, in order.  log: keep all that is written in memory, for
 * images. */
struct engine *engine_fault_new(uint64_t seed, bool log);
void fault_set(struct engine *e, struct fault_plan plan);
/* From now on a new extent file holds the bytes of another one of its folder, durably, as a recycled file does. */
void fault_recycle(struct engine *e);
/* Number of such files. */
unsigned fault_recycled(const struct engine *e);
/* True when the plan's operation has been reached. */
bool fault_hit(const struct engine *e);
/* Number of operations in the log; a crash can be between any two. */
size_t fault_moments(const struct engine *e);

/* Makes in the empty folder `to` a state in which a crash after the first `moments` operations could leave `root`.
 * All files of `root` must have been made through this engine.  The seed decides which unsynced writes are there, and which
 * parts of them. */
int fault_image(const struct engine *e, size_t moments, uint64_t seed, const char *root, const char *to);
