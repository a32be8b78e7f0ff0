/* SPDX-License-Identifier: Apache-2.0 */
/* The write window: the segment being filled, segments on their way to the disk, and what is on stable storage. */
#pragma once

#include "media/buf.h"

enum {
	SYNC_EVERY = 256 << 20,   /* written unasked-for: bounds what recovery must read */
	CHECKPOINT_EVERY = 16384, /* segments written: bounds what a mount must look at */
};

struct window {
	struct buf *fill; /* its first entry stands where the last segment ended; NULL: none */
	struct bufs flying;
	struct spot written, durable; /* all before is in the file, on stable storage */
	uint64_t written_sequence;    /* of the segment that begins at written */
	uint64_t synced;              /* segments below are known to be on stable storage */
	bool dirty;                   /* written, and not synced since */
	uint64_t since_sync, since_checkpoint;
	/* a sync that nobody waits for, and how far it reaches */
	struct {
		struct engine_io io;
		bool busy;
		uint64_t sequence;
		struct spot spot;
	} sync;
};

/* Nothing of the generation that begins at the position is written yet. */
void window_restart(struct cart *cart);
/* An empty buffer; waits for one that is written.  NULL after an error. */
struct buf *window_buf(struct cart *cart);
/* Sees to it that there is a segment being filled. 0, -errno. */
int window_begin(struct cart *cart);
/* Adds the entry, whose data are there, to the segment being filled and moves the position behind it. */
int window_add(struct cart *cart, struct entry e);
/* Sends off the segment being filled, if there is one. */
int window_close(struct cart *cart);
/* Starts writing the segment. */
int window_submit(struct cart *cart, struct buf *b);
/* Takes in the writes and syncs that have ended.  all: waits for all writes. */
int window_reap(struct cart *cart, bool all);
/* Lets go of all buffers, waiting for those the engine has. */
void window_drop(struct cart *cart);

/* sync.c: the sync that nobody waits for. */
void sync_start(struct cart *cart);
/* One has been started: takes it in when it has ended, or waits for it. 0, or the error that made the cartridge read-only. */
int sync_reap(struct cart *cart, bool wait);
/* Waits for it: 0, or why it failed, once. */
int sync_wait(struct cart *cart);

/* fault.c */
/* Buffered data are lost from good on: the cartridge can only be read from now on. */
void fault_raise(struct cart *cart, int err, struct spot good);
/* The record behind the position cannot be stored, and those in the stages are dropped with it; nothing is wrong with
 * the files, so writing may go on. */
void fault_note(struct cart *cart, int err);
