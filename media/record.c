// SPDX-License-Identifier: Apache-2.0
/* Fills records in place into segments and sums them up while they are warm in the cache. */
#include "media/record.h"

#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/crc32c.h"

int record_begin(struct cart *cart, struct record *record, uint32_t len)
{
	const struct buf *b = cart->part->window.fill;
	reader_drop(cart);
	if (b && (len > SEGMENT_DATA || b->data_len + len > SEGMENT_DATA)) {
		int err = window_close(cart);
		if (err)
			return err;
	}
	record->transformed = false;
	record->len = record->host_len = len;
	record->done = record->crc = record->part = record->saved = record->held_crc = 0;
	record->envelope = NULL;
	record->err = 0;
	return 0;
}

/* The fragment is full: its buffer waits until the record is whole. */
static void fragment_hold(struct cart *cart, struct record *record)
{
	struct buf *b = cart->part->window.fill;
	static const enum entry_kind kinds[2][2] = { { ENTRY_MIDDLE, ENTRY_BEGIN },
		{ ENTRY_TRANSFORMED_MIDDLE, ENTRY_TRANSFORMED_BEGIN } };
	struct entry e = { record->part, kinds[record->transformed][record->done == record->part],
		record->crc };
	entry_put(b->mem + SEGMENT_FIXED, &e);
	b->entries = 1;
	b->data_len = record->part;
	b->split_len = record->len;
	b->split_offset = record->done - record->part;
	b->continues = b->split_offset > 0;
	b->objects = !b->continues;
	b->at.charge += b->split_offset;
	b->at.object += b->continues;
	b->end = b->good; /* nothing whole is behind it */
	if (record->envelope)
		record->held_crc = crc32c_join(record->held_crc, record->crc, record_data_part(record));
	TAILQ_INSERT_TAIL(&record->held, b, link);
	cart->part->window.fill = NULL;
	record->part = record->crc = 0;
}

void *record_room(struct cart *cart, struct record *record, size_t *ret_len)
{
	struct window *window = &cart->part->window;
	if (record->err || record->done == record->len)
		return NULL;
	if (window->fill && window->fill->data_len + record->part == SEGMENT_DATA)
		fragment_hold(cart, record);
	if (!window->fill) {
		int err = window_begin(cart);
		if (err) {
			record->err = err;
			return NULL;
		}
	}
	uint32_t at = window->fill->data_len + record->part;
	uint32_t room = SEGMENT_DATA - at, left = record->len - record->done;
	*ret_len = room < left ? room : left;
	return window->fill->mem + SEGMENT_HEAD_MAX + at;
}

void record_filled(struct cart *cart, struct record *record, size_t n)
{
	const struct buf *b = cart->part->window.fill;
	const uint8_t *p = b->mem + SEGMENT_HEAD_MAX + b->data_len + record->part;
	record->crc = crc32c(record->crc, p, n);
	record->part += (uint32_t)n;
	record->done += (uint32_t)n;
}

void record_fill(struct cart *cart, struct record *record, const void *buf)
{
	const uint8_t *from = buf;
	size_t room = 0;
	void *to;
	while ((to = record_room(cart, record, &room))) {
		memcpy(to, from, room);
		record_filled(cart, record, room);
		from += room;
	}
}

void record_fill_summed(struct cart *cart, struct record *record, const void *buf, uint32_t crc)
{
	size_t room = 0;
	void *to = record_room(cart, record, &room);
	if (!to || room < record->len) {
		record_fill(cart, record, buf);
		return;
	}
	memcpy(to, buf, record->len);
	record->crc = crc;
	record->part = record->done = record->len;
}

/* Sends off the held fragments; the last one stays, to be filled further. */
static int fragments_submit(struct cart *cart, struct record *record)
{
	struct buf *b, *last = cart->part->window.fill;
	int err = 0;
	while (!err && (b = TAILQ_FIRST(&record->held))) {
		TAILQ_REMOVE(&record->held, b, link);
		err = window_submit(cart, b);
	}
	if (err)
		return err;
	last->split_len = record->len;
	last->split_offset = record->done - record->part;
	last->continues = true;
	last->at.object++;
	last->at.charge += last->split_offset;
	cart->part->pos.charge += last->split_offset;
	return 0;
}

int record_end(struct cart *cart, struct record *record, enum entry_kind kind)
{
	int err = record->err;
	if (!err && record->done != record->len)
		err = -EINVAL;
	if (!err)
		err = generation_commit(cart);
	if (err) {
		record_drop(cart, record);
		return err;
	}
	cart->part->tally = tally_now(cart->part);
	cart->host_written += record->host_len;
	cart->savings.written += record->saved;
	if (!TAILQ_EMPTY(&record->held)) {
		kind = record->transformed ? ENTRY_TRANSFORMED_END : ENTRY_END;
		err = fragments_submit(cart, record);
	}
	if (!err)
		err = window_add(cart, (struct entry){ record->part, kind, record->crc });
	if (!err)
		tally_record(cart->part, record->host_len, record->host_len - record->saved);
	return err;
}

void record_drop(struct cart *cart, struct record *record)
{
	struct window *window = &cart->part->window;
	struct buf *b;
	while ((b = TAILQ_FIRST(&record->held))) {
		TAILQ_REMOVE(&record->held, b, link);
		buf_put(cart, b);
	}
	if (window->fill && window->fill->entries == 0) {
		buf_put(cart, window->fill);
		window->fill = NULL;
	}
}
