/* SPDX-License-Identifier: Apache-2.0 */
/* A host with one cartridge of each kind, each in a drive of its own. */
#pragma once

#include "admin/initiator/pattern.h"
#include "tests/lib/daemon.h"
#include "tests/lib/dice.h"
#include "tests/power/story.h"

enum { RECORD_MAX = 192 << 10, DEPTH = 8 };

extern const char *const unit_names[UNITS];

struct host {
	struct daemon *daemon;
	struct session *session;
	struct portal portal;
	struct dice dice;
	struct pattern random, half; /* half: what can be compressed */
	int luns[UNITS];
	struct tape tapes[REELS];
	struct story *story; /* NULL: nothing is recorded */
	const char *log;     /* name of the log-writes device; marks go there */
	uint64_t serials;    /* records written so far */
	uint64_t written, syncs;
};

/* The first reel of a unit, the unit of a reel, the pattern of its records. */
unsigned unit_reel(unsigned unit);
unsigned reel_unit(unsigned reel);
const struct pattern *reel_pattern(const struct host *h, unsigned reel);
int reel_lun(const struct host *h, unsigned reel);
void tapes_name(struct tape tapes[static REELS]);

/* Makes the library and its cartridges, and loads each. */
bool host_library(struct host *h, char why[static WHY_LEN]);
/* Logs in and makes every drive ready: loaded, variable blocks, its key. */
bool host_login(struct host *h, char why[static WHY_LEN]);
bool unit_ready(struct host *h, unsigned unit, char why[static WHY_LEN]);
/* Two partitions on the cartridge that has them. */
bool host_format(struct host *h, char why[static WHY_LEN]);
/* To an item of a reel. */
bool reel_locate(struct host *h, unsigned reel, uint64_t item, char why[static WHY_LEN]);
/* Reads a reel from its beginning to its end of data, and judges it. */
bool reel_check(struct host *h, unsigned reel, char why[static WHY_LEN]);

/* Writes on all units in turns; every promise is recorded. */
bool host_work(struct host *h, unsigned turns, char why[static WHY_LEN]);
/* Writes so many items where the position is, the last of them synchronised. */
bool reel_append(struct host *h, unsigned reel, unsigned items, char why[static WHY_LEN]);
/* WRITE at the beginning of a WORM cartridge is refused, unless it has only labels: a drive overwrites these. */
bool worm_refuses(struct host *h, char why[static WHY_LEN]);
/* A promise was given: all up to count are safe.  The log gets its mark. */
bool host_promised(struct host *h, unsigned reel, size_t count);
/* What follows in the log is written on this unit. */
bool host_turn(struct host *h, unsigned unit);
