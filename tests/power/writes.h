/* SPDX-License-Identifier: Apache-2.0 */
/* The log of dm-log-writes: what reached a disk, in the order in which it was safe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/initiator/initiator.h"

enum { SECTOR = 512, NO_MARK = -1 };

/* Kinds of entries; the bits of the log. */
enum { WRITE_FLUSH = 1, WRITE_FUA = 2, WRITE_DISCARD = 4, WRITE_MARK = 8 };

struct write {
	uint64_t sector, sectors; /* on the disk */
	uint64_t at;              /* where its bytes are in the log, in bytes */
	unsigned kind;
	int mark; /* the number of the last mark up to here; NO_MARK: none yet */
};

struct writes {
	int log; /* the log's device, direct I/O */
	struct write *list;
	size_t count, room;
	void *buf; /* of MOVE_MAX bytes */
};

/* Reads the heads of all entries. */
bool writes_open(struct writes *w, const char *device, char why[static WHY_LEN]);
void writes_close(struct writes *w);
/* Puts the first `sectors` sectors of entry i on the disk. */
bool writes_put(struct writes *w, size_t i, uint64_t sectors, int disk, char why[static WHY_LEN]);
/* What the cache of the disk may lose: not yet flushed when it was written. */
bool write_is_cached(const struct write *w);
