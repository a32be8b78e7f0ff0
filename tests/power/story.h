/* SPDX-License-Identifier: Apache-2.0 */
/* What a host did and was promised, in order, so that what a tape must hold is known at every mark. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/crash/model.h"

/* Kinds of cartridges, and the reels they have: a reel is one partition. */
enum unit_kind { UNIT_NEW, UNIT_USED, UNIT_PARTITIONED, UNIT_WORM, UNIT_ENCRYPTED, UNITS };
enum { REELS = UNITS + 1 };

struct event {
	enum { EVENT_APPEND, EVENT_CUT, EVENT_SYNCED } kind;
	unsigned reel;
	struct item item; /* EVENT_APPEND */
	size_t count;     /* EVENT_CUT, EVENT_SYNCED */
};

/* A mark follows each promise; what was sent before the promise was answered lies in front of it. */
struct mark {
	size_t before; /* events, without the promise */
	unsigned unit; /* what is written behind it */
};

struct story {
	struct event *events;
	size_t count, room;
	struct mark *marks;
	size_t mark_count, mark_room;
};

bool story_add(struct story *s, const struct event *e);
/* The next mark's number is mark_count; promise: the event it follows, NULL for none. */
bool story_mark(struct story *s, const struct event *promise, unsigned unit);
/* What every reel may hold between this mark and the next; the tapes are new, with their barcodes. */
bool story_tapes(const struct story *s, size_t mark, struct tape tapes[static REELS]);
void story_fini(struct story *s);
