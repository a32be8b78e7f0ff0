/* SPDX-License-Identifier: Apache-2.0 */
/* What a tape must hold after a crash. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/initiator/initiator.h"

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
