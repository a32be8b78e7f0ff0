/* SPDX-License-Identifier: Apache-2.0 */
/* The segment buffers of a threaded cartridge: a fixed set. */
#pragma once

#include <sys/queue.h>

#include "media/engine/engine.h"
#include "media/format.h"
#include "media/index.h"

struct cart;

enum { BUFS = 11 }; /* 11.4 MiB: the write window or the read-ahead of a drive */

/* A segment in memory, being written or read. */
struct buf {
	TAILQ_ENTRY(buf) link;
	struct engine_io io;
	uint8_t *mem; /* SEGMENT_MAX bytes, from the pool, kept */
	bool busy;    /* the engine has it */
	bool dropped; /* nobody waits for what is being read */
	struct cart *cart;
	/* writing: the data stand behind SEGMENT_HEAD_MAX */
	struct spot at, good, end; /* good: where the last whole object before it ended */
	uint32_t data_len, entries, objects, filemarks;
	uint32_t split_len, split_offset;
	bool continues;
	uint64_t sequence;
	int64_t room_until; /* how long it may wait for room, now_ms(); 0: it has not yet */
	/* reading */
	struct segment segment;
	struct segment_head head;
	bool decoded;
	int err;        /* the whole segment could not be read at once */
	bool piecemeal; /* only the header is here; data are read as needed */
};
TAILQ_HEAD(bufs, buf);

void bufs_init(struct cart *cart);
void bufs_fini(struct cart *cart);
struct buf *buf_get(struct cart *cart); /* NULL when all are out */
void buf_put(struct cart *cart, struct buf *b);
