/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a mount while it reads the extents. */
#pragma once

#include <fcntl.h>

#include "media/cart.h"

/* A segment that may not have been durable when the writer stopped. */
struct tail {
	uint64_t sequence;
	uint32_t extent, block, blocks;
	struct spot good; /* the end of the tape when it is not whole */
};

struct scan {
	struct cart *cart;
	uint8_t *mem; /* SEGMENT_MAX bytes */
	int fd;       /* of the open extent */
	uint32_t generation, number, extent;
	struct features features; /* of the open extent: all its headers have the same */
	bool any_features;        /* they are not known yet: accept any */
	bool prepared;            /* the open file has a sound header of an earlier extent */
	uint64_t file_blocks;
	uint32_t generation_last; /* the latest that exists */
	bool found;
	bool certain;              /* all of this extent was durable: gaps are losses */
	uint64_t sequence, synced; /* expected next; highest said to be durable */
	int io_error;              /* the last read that failed; 0 none: then what was found is complete */
	struct spot end;
	bool split; /* the end is inside a record, which began here: */
	struct spot split_start;
	struct tail *tail;
	size_t tail_count, tail_room;
};

/* scan_look.c */
/* Reads into the scan's memory.  False after an I/O error, which is kept in sc->io_error. */
bool scan_read(struct scan *sc, void *mem, size_t len, uint32_t block);
/* Reads the header at a block of the open file; false when there is none of this generation. */
bool scan_head_at(struct scan *sc, uint32_t block, struct segment_head *ret_head);
/* The block of the next header that can belong behind the gap, from this block on; 0 when there is none. */
uint32_t scan_look_ahead(struct scan *sc, uint32_t block, struct segment_head *ret_head);
/* Opens the file and looks how it begins: 1, it stays open; 0 when it never began or cannot be understood (f->garbage,
 * f->prepared); -EUCLEAN: somebody gave it another name; else -errno. */
int scan_extent_look(struct scan *sc, struct extent_file *f, struct extent_head *ret_head);

/* scan_tail.c */
int scan_tail_add(struct scan *sc, const struct tail *t);
/* Cuts off what a crash left at the end: data that were not yet durable and do not verify, and a record without
 * its last fragment. */
int scan_tail_cut(struct scan *sc);
