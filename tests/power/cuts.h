/* SPDX-License-Identifier: Apache-2.0 */
/* Moments at which the power fails, and the disk as each leaves it. */
#pragma once

#include "tests/lib/dice.h"
#include "tests/power/story.h"
#include "tests/power/writes.h"

enum cut_class {
	CUT_MARK,   /* right behind a promise: what was not flushed is lost */
	CUT_FLUSH,  /* in front of a flush: all writes are there, the flush was not answered */
	CUT_PREFIX, /* anywhere */
	CUT_SUBSET, /* in front of a flush: any of the writes since the flush before are lost */
	CUT_TORN,   /* in the middle of a write, between two sectors */
	CUT_CLASSES
};
extern const char *const cut_names[CUT_CLASSES];

struct cut {
	enum cut_class class;
	unsigned unit;    /* what was being written */
	size_t base, end; /* entries in front of base are on the disk; of those up to end some may be */
	uint64_t torn;    /* so many sectors of entry `end` are there, too */
	uint64_t seed;    /* which of base to end are */
	size_t mark;      /* the last promise in front of it */
};

/* Chooses cuts of each class on each unit in turns, on another unit where there is no such moment; in the
 * order of their bases.  Returns how many. */
size_t cuts_choose(const struct writes *w, const struct story *s, struct dice *dice, size_t count,
	struct cut *ret_cuts);
/* Puts what is behind the base on the disk. */
bool cut_put(const struct cut *c, struct writes *w, int disk, char why[static WHY_LEN]);
