/* SPDX-License-Identifier: Apache-2.0 */
/* The generation being written, and the file made for the next one: where segments go. */
#pragma once

#include "media/format.h"

struct cart;

/* A file made for a generation to come; it does not count before its header is durable. */
struct outfile {
	int fd; /* -1: none */
	uint32_t generation, number;
	uint64_t allocated; /* bytes reserved on disk */
};

struct generation {
	bool open;                /* it is ours and has begun */
	struct features features; /* of the generations to come */
	struct outfile now, next;
	bool reuses; /* next is the file of an extent that the cut makes void, with the room it has (reuse.c) */
	uint32_t reused;
	uint32_t extent;   /* in the partition's extents, of now */
	uint32_t block;    /* where the next segment goes */
	uint64_t sequence; /* of the next segment */
	struct spot cut;
	bool space_short; /* the disk is nearly full */
};

/* Sees to it that so many blocks, and what is still in buffers, have a place on disk. Filemarks may use the reserve.
 * 0, MEDIA_FULL, -errno. */
int generation_room(struct cart *cart, uint32_t blocks, bool filemark);
/* Makes the cut, if objects at the position need one: then the generation is open and the position is its end. */
int generation_commit(struct cart *cart);
/* The generation ends here: what is written next begins another one.  Everything is durable. */
void generation_leave(struct cart *cart);
/* Removes the file made for the next generation. */
void outfile_drop(struct cart *cart);
/* Gives back the space that is reserved behind the last segment. */
int outfile_trim(struct cart *cart);

/* reuse.c: void extents are used again, so that data are written over blocks that are written already. */
/* For a generation that begins at the position.  Takes a file whose data are all behind the position and at least so
 * many bytes as the next file: MEDIA_FULL when there is none.  Until reuse_begin() nothing has changed on disk. */
int reuse_take(struct cart *cart, uint64_t bytes);
/* Makes it the first extent of the next generation: the cut, once it has returned 0. */
int reuse_begin(struct cart *cart, const struct extent_head *head);
/* Gives the largest of the void files the name of an extent that is to begin, durably.  It does not count before its
 * header is written.  0; MEDIA_FULL when there is none; -errno. */
int recycle(struct cart *cart, uint32_t generation, uint32_t number, struct outfile *ret);
