/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fault engine: does what engine_sync does, but late and in any order,
 * fails the operation it is told to fail, and keeps a log from which it makes
 * the folder a crash could have left at any moment.
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
	FAULT_FULL,   /* no room: allocation and new files, not what has its room */
	FAULT_AGAIN,  /* data operations: -EAGAIN, which nobody above an engine may wait out */
	FAULT_KINDS,
};

struct fault_plan {
	enum fault_kind kind;
	uint64_t nth;  /* of the operations this kind can hit, from 0 */
	bool for_ever; /* all from then on */
};

/* seed: the order in which what is under way completes; 0: at once, in order.  log: keep what is
 * needed for images (everything that is written, in memory). */
struct engine *engine_fault_new(uint64_t seed, bool log);
void fault_set(struct engine *e, struct fault_plan plan);
/* From now on a new extent file begins its life with the bytes of another one of its folder, durably, as a file
 * that is used again would. */
void fault_recycle(struct engine *e);
/* How many were. */
unsigned fault_recycled(const struct engine *e);
/* Whether the plan's operation has come. */
bool fault_hit(const struct engine *e);
/* How many operations the log has: the moments between which it can crash. */
size_t fault_moments(const struct engine *e);

/* Makes in the empty folder `to` what could be left of `root`, in which everything was made through
 * this engine, after the first `moments` operations.  What is not synced is there or not, whole or
 * in parts, as the seed says. */
int fault_image(const struct engine *e, size_t moments, uint64_t seed, const char *root, const char *to);
