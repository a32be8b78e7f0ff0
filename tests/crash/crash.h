/* SPDX-License-Identifier: Apache-2.0 */
/* The crash suite: a host that writes, a daemon that is killed, and a model of what must be there. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/pattern.h"
#include "tests/lib/daemon.h"

enum { TAPES = 4, DRIVES = 2, RECORD_MAX = 256 << 10, DEPTH = 8 };

/* ---- random numbers that a seed repeats -------------------------------------------------------- */

struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *d);
uint64_t dice_below(struct dice *d, uint64_t n);

/* ---- what a tape must hold ------------------------------------------------------------------------ */

struct item {
	bool mark;
	uint32_t len;
	uint64_t serial; /* names the record; every record ever written has its own */
};

struct tape {
	char barcode[33];
	struct item *items; /* as sent, whether answered or not */
	size_t count, room;
	size_t synced; /* these must survive anything */
	/* While an overwrite has met no sync point, the older tape may still be whole. */
	bool overwriting;
	struct item *older;
	size_t older_count;
};

bool tape_append(struct tape *t, const struct item *i);
/* The next write goes to this item: what follows is given up from then on. */
bool tape_cut(struct tape *t, size_t at);
/* A sync point has been answered: all up to count are safe. */
void tape_synced(struct tape *t, size_t count);
/* Judges what was read after a crash and takes it as the tape; false with a line in why. */
bool tape_judge(struct tape *t, const struct item *seen, size_t count, char why[static WHY_LEN]);
void tape_fini(struct tape *t);

/* ---- the host ---------------------------------------------------------------------------------------- */

struct drive_seen {
	int lun;
	uint16_t element;
};

struct host {
	struct daemon *daemon;
	struct session *session;
	struct dice dice;
	struct pattern pattern;
	struct tape tapes[TAPES];
	struct drive_seen drives[DRIVES];
	int changer;
	uint16_t transport;
	uint64_t serials; /* records written so far */
	json_t *passport; /* as it was at the start */
	uint64_t written, moves, syncs;
};

/* Logs in and finds changer and drives. */
bool host_login(struct host *h, char why[static WHY_LEN]);
/* Brings a cartridge into a drive (any but other than what is busy) and returns its LUN, -1 with a line
 * in why. */
int host_mount(struct host *h, const struct tape *t, char why[static WHY_LEN]);
/* Every cartridge in exactly one element, every name as it was. */
bool host_check_places(struct host *h, char why[static WHY_LEN]);
bool host_check_names(struct host *h, char why[static WHY_LEN]);
/* Reads a tape from its beginning to its end and judges it. */
bool host_check_tape(struct host *h, struct tape *t, char why[static WHY_LEN]);
/* Writes, syncs, seeks, overwrites and moves until the connection is lost (true) or something is
 * wrong (false). */
bool host_work(struct host *h, char why[static WHY_LEN]);
