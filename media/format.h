/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of FORMAT.md sections 1 to 4: headers put and taken apart, nothing trusted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "media/shelf/preamble.h"

enum {
	BLOCK = 4096,
	SEGMENT_DATA = 1 << 20, /* most bytes of data in a segment */
	SEGMENT_HEAD_MAX = 8 * BLOCK,
	SEGMENT_MAX = SEGMENT_HEAD_MAX + SEGMENT_DATA,
	SEGMENT_FIXED = 208, /* header bytes before the entries */
	ENTRY_SIZE = 8,
	ENTRIES_MAX = (SEGMENT_HEAD_MAX - SEGMENT_FIXED) / ENTRY_SIZE,
	EXTENT_HEAD_BLOCKS = 2,
	EXTENT_BLOCKS_MAX = (1 << 30) / BLOCK,
	ANCESTORS_MAX = 195,
	FILEMARK_CHARGE = 4096, /* bytes of capacity a filemark uses */
};

enum entry_kind {
	ENTRY_RECORD = 1,
	ENTRY_FILEMARK,
	ENTRY_BEGIN,
	ENTRY_MIDDLE,
	ENTRY_END,
	ENTRY_DAMAGED,
	/* The same with an envelope in front of the stored bytes (envelope.h); only where the header has
	 * FEATURE_TRANSFORMED. */
	ENTRY_TRANSFORMED,
	ENTRY_TRANSFORMED_BEGIN,
	ENTRY_TRANSFORMED_MIDDLE,
	ENTRY_TRANSFORMED_END,
	ENTRY_KINDS,
};

/* What a kind of entry is, whether its record is transformed or not. */
enum entry_part { PART_NONE, PART_WHOLE, PART_FILEMARK, PART_BEGIN, PART_MIDDLE, PART_END, PART_DAMAGED };

/* A place between two objects. */
struct spot {
	uint64_t object, filemarks, charge;
};

/* Whether a tape can have this spot: the limits are far larger than any tape, and the sum of two values does not
 * overflow. */
bool spot_sane(const struct spot *s);

/* An earlier generation of which something is left, and where that begins. */
struct ancestor {
	uint32_t generation;
	uint64_t object, filemarks;
};

struct extent_head {
	struct features features;
	const uint8_t *uuid;
	uint32_t partition, generation, number;
	uint64_t sequence;
	struct spot at, cut;
	uint32_t ancestor_count;
	struct ancestor ancestors[ANCESTORS_MAX];
};

struct segment_head {
	struct features features;
	const uint8_t *uuid;
	uint32_t partition, generation, number, block;
	uint64_t sequence, synced;
	struct spot at, cut;
	uint32_t data_len, entries;
	uint32_t split_len, split_offset; /* the record whose fragment is the first entry */
	/* computed from the entries when decoding */
	uint32_t size;               /* of the header, bytes */
	uint32_t objects, filemarks; /* that begin here */
	bool continues;              /* the first entry is a middle or end fragment */
	bool unfinished;             /* the last entry is a begin or middle fragment */
};

struct entry {
	uint32_t len;
	enum entry_kind kind;
	uint32_t crc;
};

/* Fills one block. */
void extent_head_put(const struct extent_head *h, uint8_t block[static BLOCK]);
/* 0, or as preamble_check().  h->uuid points into the block. */
int extent_head_decode(const uint8_t block[static BLOCK], struct extent_head *ret_head);

/* The header's size in bytes for so many entries. */
uint32_t segment_head_size(uint32_t entries);
/* Puts the fixed part and the checksum; the entries are in place and the rest is zero. */
void segment_head_put(const struct segment_head *h, uint8_t *buf);
/* Looks at the first bytes (at least BLOCK): the header's size, or 0 when there is none.  Of any version. */
uint32_t segment_head_probe(const uint8_t *buf);
/* Checks the whole header and its entries, of which size bytes are there.  0, or as preamble_check(). */
int segment_head_decode(const uint8_t *buf, size_t size, struct segment_head *ret_head);
/* Bytes the segment takes, header and padding included. */
uint32_t segment_size(const struct segment_head *h);
/* The spot behind the segment. */
struct spot segment_end(const struct segment_head *h);

void entry_put(uint8_t *p, const struct entry *e);
/* Entry i of a header that segment_head_decode() accepted. */
struct entry entry_at(const uint8_t *header, uint32_t i);
enum entry_part entry_part(enum entry_kind kind);
bool entry_transformed(enum entry_kind kind);

/* Whether an object counts here. */
static inline bool entry_begins(enum entry_kind kind)
{
	return kind != ENTRY_MIDDLE && kind != ENTRY_END && kind != ENTRY_TRANSFORMED_MIDDLE &&
		kind != ENTRY_TRANSFORMED_END;
}

/* len (1 or more) bytes that are all zero. */
static inline bool is_blank(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

static inline uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Whether all data of a segment in memory are what its entries say. */
bool segment_data_whole(const uint8_t *segment, const struct segment_head *h);
