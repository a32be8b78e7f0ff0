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
#include "tests/crash/model.h"
#include "tests/lib/daemon.h"
#include "tests/lib/dice.h"

enum { TAPES = 4, DRIVES = 2, RECORD_MAX = 256 << 10, DEPTH = 8 };

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
