/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where objects are: runs of equal segments, found in memory by object number or by
 * filemark.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32 bytes.  Equal segments, one behind the other in one extent.  blocks 0: a loss, which reaches to the next
 * run. */
struct run {
	uint64_t object, filemarks; /* before the first segment */
	uint32_t extent, block;
	uint16_t count;
	uint16_t continues : 1, blocks : 15;
	uint16_t objects, marks; /* of each segment */
};
_Static_assert(sizeof(struct run) == 32, "the index is sized by this");

struct index {
	struct run *runs;
	size_t count, room;
	uint64_t objects, filemarks; /* at the end */
};

/* One segment, and its place in the index (valid until the index changes). */
struct place {
	size_t run;
	uint32_t nth;
};
struct segment {
	struct place place;
	uint64_t object, filemarks; /* before it */
	uint64_t objects, marks;    /* of it */
	uint32_t extent, block, blocks;
	bool continues, loss;
};

void index_free(struct index *ix);
/* Adds a segment (place ignored) behind the end; object and filemarks must be the end's.
 * -ENOMEM. */
int index_add(struct index *ix, const struct segment *s);
/* Adds a loss from the end up to this object and filemark.  -ENOMEM. */
int index_add_loss(struct index *ix, uint64_t objects, uint64_t filemarks);
/* Drops the objects from this one on; filemarks: how many stay. -ENOMEM. */
int index_cut(struct index *ix, uint64_t object, uint64_t filemarks);
/* The segment where the object begins, where the filemark (from 0) is. false: behind the end. */
bool index_find_object(const struct index *ix, uint64_t object, struct segment *ret_segment);
bool index_find_filemark(const struct index *ix, uint64_t filemark, struct segment *ret_segment);
/* The one behind it; false at the end. */
bool index_next(const struct index *ix, const struct segment *s, struct segment *ret_segment);
bool index_last(const struct index *ix, struct segment *ret_segment);
