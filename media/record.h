/* SPDX-License-Identifier: Apache-2.0 */
/* A record on its way into segments.  The fragments of a long record are held back until it is whole, so that
 * dropping it leaves no trace. */
#pragma once

#include <stddef.h>

#include "media/buf.h"
#include "media/envelope.h"

struct record {
	bool transformed;
	uint32_t host_len;  /* without an envelope, before compression */
	uint32_t saved;     /* bytes by which compression made it smaller */
	uint32_t len, done; /* as it is stored: in all, and received so far */
	uint32_t part, crc; /* of the fragment in the segment being filled: bytes, and their CRC */
	int err;            /* why it cannot become whole */
	struct bufs held;   /* its full fragments */
	/* A protected one: room for the envelope, which is in no CRC yet (NULL: none), and the CRC of the data of held */
	uint8_t *envelope;
	uint32_t held_crc;
};

/* The record under way: between cart_write_begin() and cart_write_end(). */
struct intake {
	bool active;
	enum lbp_method lbp;   /* with which the host protects it */
	uint32_t value;        /* of the data received so far, if they are summed up apart */
	bool valued;           /* the host's value is right and kept */
	struct record record;  /* without stages: received in place */
	struct staged *staged; /* NULL without stages */
};

/* Bytes of data in the fragment being filled: all, or what is behind a room for an envelope. */
static inline uint32_t record_data_part(const struct record *record)
{
	return record->part - (record->envelope && record->part == record->done ? ENVELOPE_MIN : 0);
}

/* Begins a record of len stored bytes at the position.  The caller has checked that it may be written and has a place
 * on disk. 0, -errno. */
int record_begin(struct cart *cart, struct record *record, uint32_t len);
/* Room for its next bytes, in a segment.  NULL when it has all of them, or record->err says why not. */
void *record_room(struct cart *cart, struct record *record, size_t *ret_len);
/* n bytes of the room hold data. */
void record_filled(struct cart *cart, struct record *record, size_t n);
/* All of its bytes, from memory. */
void record_fill(struct cart *cart, struct record *record, const void *buf);
/* The same; their CRC is known. */
void record_fill_summed(struct cart *cart, struct record *record, const void *buf, uint32_t crc);
/* The record counts, as an entry of this kind if it is in one piece; or, after an error, it never happened. */
int record_end(struct cart *cart, struct record *record, enum entry_kind kind);
/* Drops it with all of its bytes. */
void record_drop(struct cart *cart, struct record *record);

/* protect.c: a record of host_len bytes that is kept with a protection value. */
/* Leaves room for its envelope, before the first byte. 0, -errno. */
int record_protect(struct cart *cart, struct record *record, uint32_t host_len);
/* n bytes of the room are about to be counted as filled. */
void intake_sum(struct cart *cart, size_t n);
