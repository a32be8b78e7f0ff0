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
