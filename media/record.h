/* SPDX-License-Identifier: Apache-2.0 */
/* A record on its way into segments.  The fragments of a long record are held back until it is whole, so that
 * dropping it leaves no trace. */
#pragma once

#include <stddef.h>

#include "media/buf.h"

struct record {
	bool transformed;
	uint32_t host_len;  /* without an envelope, before compression */
	uint32_t saved;     /* bytes by which compression made it smaller */
	uint32_t len, done; /* as it is stored: in all, and received so far */
	uint32_t part, crc; /* of the fragment in the segment being filled: bytes, and their CRC */
	int err;            /* why it cannot become whole */
	struct bufs held;   /* its full fragments */
};

/* The record under way: between cart_write_begin() and cart_write_end(). */
struct intake {
	bool active;
	struct record record;  /* without stages: received in place */
	struct staged *staged; /* NULL without stages */
};

/* Begins a record of len stored bytes at the position.  The caller has checked that it may be written and has a place
 * on disk. 0, -errno. */
int record_begin(struct cart *cart, struct record *record, uint32_t len);
/* Room for its next bytes, in a segment.  NULL when it has all of them, or record->err says why not. */
void *record_room(struct cart *cart, struct record *record, size_t *ret_len);
/* n bytes of the room hold data. */
void record_filled(struct cart *cart, struct record *record, size_t n);
/* All of its bytes, from memory. */
void record_fill(struct cart *cart, struct record *record, const void *buf);
/* The record counts, as an entry of this kind if it is in one piece; or, after an error, it never happened. */
int record_end(struct cart *cart, struct record *record, enum entry_kind kind);
/* Drops it with all of its bytes. */
void record_drop(struct cart *cart, struct record *record);
