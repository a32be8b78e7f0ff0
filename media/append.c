// SPDX-License-Identifier: Apache-2.0
/*
 * Writing objects at the position.  Records are filled in place in a segment's
 * buffer and summed while they are warm; what belongs to an unfinished record
 * is held back, so that cancelling it leaves no trace.
 */
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "media/envelope.h"
#include "vtl/base/crc32c.h"

/* The WORM rule, with the append points of a real drive.  An object may be written at end of data; over filemarks at
 * the end of the data that follow another filemark (backup software writes several and goes back over them); and at
 * the beginning over a label of one or two records that only filemarks follow. */
static bool worm_allows(struct cart *cart)
{
	const struct spot *pos = &cart->part->pos, *end = &cart->part->end;
	uint64_t records = end->object - end->filemarks, at;
	if (pos->object == end->object)
		return true;
	if (pos->object == 0)
		return records <= 2 &&
			(end->filemarks == 0 || (filemark_object(cart, 0, &at) == 0 && at == records));
	return end->object - pos->object == end->filemarks - pos->filemarks && pos->filemarks > 0 &&
		filemark_object(cart, pos->filemarks - 1, &at) == 0 && at == pos->object - 1;
}

int cart_may_append(struct cart *cart)
{
	if (cart->part->w.stretch)
		return 0;
	if (cart->fault_pending)
		return cart->failed;
	if (cart_is_read_only(cart))
		return -EROFS;
	if (cart->failed)
		return cart->failed;
	int err = position_exact(cart);
	if (!err && cart->label.worm && !worm_allows(cart))
		err = -EPERM;
	cart->part->w.stretch = !err;
	return err;
}

/* Whether an object that uses so much capacity may be written here. */
static int gate(struct cart *cart, uint64_t charge, bool filemark)
{
	if (cart->part->w.active)
		return -EINVAL;
	int err = writer_reap(cart, false);
	if (!err)
		err = cart_may_append(cart);
	if (err)
		return err;
	uint64_t limit = cart->label.capacity + (filemark ? FILEMARK_RESERVE * FILEMARK_CHARGE : 0);
	return cart->part->pos.charge + charge > limit ? MEDIA_FULL : MEDIA_OK;
}

/* Sends off the segment being filled, if there is one. */
static int fill_submit(struct cart *cart)
{
	struct buf *b = cart->part->w.fill;
	cart->part->w.fill = NULL;
	return b ? writer_submit(cart, b) : 0;
}

static bool fill_is_full(const struct buf *b)
{
	return b->data_len == SEGMENT_DATA || b->entries == ENTRIES_MAX;
}

/* An empty buffer whose first entry stands at the position. */
static struct buf *fill_begin(struct cart *cart)
{
	struct buf *b = writer_buf(cart);
	if (!b)
		return NULL;
	b->at = b->good = b->end = cart->part->pos;
	cart->part->w.fill = b;
	return b;
}

static int record_begin(struct cart *cart, uint32_t len)
{
	struct writer *w = &cart->part->w;
	int err = gate(cart, len, false);
	if (err)
		return err;
	uint32_t segments = (len + SEGMENT_DATA - 1) / SEGMENT_DATA;
	err = writer_room(cart, segments * (SEGMENT_MAX / BLOCK), false);
	if (err)
		return err;
	reader_drop(cart);
	struct buf *b = w->fill;
	if (b && (len > SEGMENT_DATA || b->data_len + len > SEGMENT_DATA))
		err = fill_submit(cart);
	if (err)
		return err;
	w->active = true;
	w->transformed = false;
	w->len = w->host_len = len;
	w->done = w->crc = w->part = 0;
	w->err = 0;
	return cart_held(cart, MEDIA_OK);
}

int cart_write_begin(struct cart *cart, uint32_t len)
{
	return len == 0 || len > MEDIA_RECORD_MAX ? -EINVAL : record_begin(cart, len);
}

/* The fragment is full: its buffer waits until the record is whole. */
static void fragment_hold(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	struct buf *b = w->fill;
	static const enum entry_kind kinds[2][2] = { { ENTRY_MIDDLE, ENTRY_BEGIN },
		{ ENTRY_TRANSFORMED_MIDDLE, ENTRY_TRANSFORMED_BEGIN } };
	struct entry e = { w->part, kinds[w->transformed][w->done == w->part], w->crc };
	entry_put(b->mem + SEGMENT_FIXED, &e);
	b->entries = 1;
	b->data_len = w->part;
	b->split_len = w->len;
	b->split_offset = w->done - w->part;
	b->continues = b->split_offset > 0;
	b->objects = !b->continues;
	b->at.charge += b->split_offset;
	b->at.object += b->continues;
	b->end = b->good; /* nothing whole is behind it */
	TAILQ_INSERT_TAIL(&w->held, b, link);
	w->fill = NULL;
	w->part = w->crc = 0;
}

void *cart_write_room(struct cart *cart, size_t *ret_len)
{
	struct writer *w = &cart->part->w;
	if (!w->active || w->err || w->done == w->len)
		return NULL;
	if (w->fill && w->fill->data_len + w->part == SEGMENT_DATA)
		fragment_hold(cart);
	if (!w->fill && !fill_begin(cart)) {
		if (w->active && !w->err)
			w->err = -ENOMEM;
		return NULL;
	}
	uint32_t at = w->fill->data_len + w->part;
	uint32_t room = SEGMENT_DATA - at, left = w->len - w->done;
	*ret_len = room < left ? room : left;
	return w->fill->mem + SEGMENT_HEAD_MAX + at;
}

void cart_write_filled(struct cart *cart, size_t n)
{
	struct writer *w = &cart->part->w;
	const uint8_t *p = w->fill->mem + SEGMENT_HEAD_MAX + w->fill->data_len + w->part;
	w->crc = crc32c(w->crc, p, n);
	w->part += (uint32_t)n;
	w->done += (uint32_t)n;
}

/* Adds the entry to the segment being filled and moves the position behind it. */
static int entry_add(struct cart *cart, struct entry e)
{
	struct part *part = cart->part;
	struct writer *w = &part->w;
	struct buf *b = w->fill;
	entry_put(b->mem + SEGMENT_FIXED + b->entries * ENTRY_SIZE, &e);
	b->entries++;
	b->data_len += e.len;
	b->objects += entry_begins(e.kind);
	b->filemarks += e.kind == ENTRY_FILEMARK;
	part->pos.object++;
	part->pos.filemarks += e.kind == ENTRY_FILEMARK;
	part->pos.charge += e.kind == ENTRY_FILEMARK ? FILEMARK_CHARGE : e.len;
	part->end = b->end = part->pos;
	return fill_is_full(b) ? fill_submit(cart) : 0;
}

/* Sends off the held fragments; the last one stays, to be filled further. */
static int fragments_submit(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	struct buf *b, *last = w->fill;
	int err = 0;
	while (!err && (b = TAILQ_FIRST(&w->held))) {
		TAILQ_REMOVE(&w->held, b, link);
		err = writer_submit(cart, b);
	}
	if (err)
		return err;
	last->split_len = w->len;
	last->split_offset = w->done - w->part;
	last->continues = true;
	last->at.object++;
	last->at.charge += last->split_offset;
	cart->part->pos.charge += last->split_offset;
	return 0;
}

static int record_end(struct cart *cart, enum entry_kind kind)
{
	struct writer *w = &cart->part->w;
	int err = w->err;
	if (!err && w->done != w->len)
		err = -EINVAL;
	if (!err)
		err = writer_commit(cart);
	if (err) {
		writer_cancel(cart);
		return err;
	}
	w->active = false;
	cart->host_written += w->host_len;
	if (!TAILQ_EMPTY(&w->held)) {
		kind = w->transformed ? ENTRY_TRANSFORMED_END : ENTRY_END;
		err = fragments_submit(cart);
	}
	return err ? err : entry_add(cart, (struct entry){ w->part, kind, w->crc });
}

int cart_write_end(struct cart *cart)
{
	return cart->part->w.active ? cart_held(cart, record_end(cart, ENTRY_RECORD)) : -EINVAL;
}

void cart_write_cancel(struct cart *cart)
{
	if (cart->part->w.active)
		writer_cancel(cart);
}

static int fill_from(struct cart *cart, const uint8_t *p)
{
	size_t room = 0;
	void *to;
	while ((to = cart_write_room(cart, &room))) {
		memcpy(to, p, room);
		cart_write_filled(cart, room);
		p += room;
	}
	return 0;
}

int cart_write(struct cart *cart, const void *buf, uint32_t len)
{
	int err = cart_write_begin(cart, len);
	if (err)
		return err;
	fill_from(cart, buf);
	return cart_write_end(cart);
}

int cart_allow_transformed(struct cart *cart)
{
	struct part *part = cart->part;
	if (part->w.open || part->w.next.fd >= 0)
		return -EINVAL; /* the header of that generation says otherwise */
	part->w.features.read |= FEATURE_TRANSFORMED;
	return 0;
}

int cart_write_transformed(struct cart *cart, const void *buf, uint32_t len)
{
	struct writer *w = &cart->part->w;
	struct envelope envelope;
	int err = w->features.read & FEATURE_TRANSFORMED ? envelope_decode(buf, len, len, &envelope)
							 : -EINVAL;
	if (!err)
		err = record_begin(cart, len);
	if (err)
		return err;
	w->transformed = true;
	w->host_len = envelope.host_len;
	fill_from(cart, buf);
	return record_end(cart, ENTRY_TRANSFORMED);
}

int cart_write_damaged(struct cart *cart, const void *buf, uint32_t len)
{
	struct writer *w = &cart->part->w;
	if (len > 0) {
		int err = len > SEGMENT_DATA ? -EINVAL : cart_write_begin(cart, len);
		if (err)
			return err;
		fill_from(cart, buf);
		return record_end(cart, ENTRY_DAMAGED);
	}
	int err = gate(cart, 0, false);
	if (!err)
		err = writer_room(cart, 1, false);
	if (!err)
		err = writer_commit(cart);
	if (!err && !w->fill && !fill_begin(cart))
		err = cart->failed ? cart->failed : -ENOMEM;
	return err ? err : entry_add(cart, (struct entry){ 0, ENTRY_DAMAGED, 0 });
}

int cart_write_filemarks(struct cart *cart, uint32_t n, uint32_t *ret_done)
{
	struct writer *w = &cart->part->w;
	*ret_done = 0;
	for (uint32_t i = 0; i < n; i++) {
		int err = gate(cart, FILEMARK_CHARGE, true);
		if (!err)
			err = writer_room(cart, 1, true);
		if (err)
			return err;
		reader_drop(cart);
		err = writer_commit(cart);
		if (!err && !w->fill && !fill_begin(cart))
			err = cart->failed ? cart->failed : -ENOMEM;
		if (!err)
			err = entry_add(cart, (struct entry){ 0, ENTRY_FILEMARK, 0 });
		if (err)
			return err;
		*ret_done = i + 1;
	}
	return cart_held(cart, MEDIA_OK);
}

int cart_erase(struct cart *cart)
{
	struct part *part = cart->part;
	int err = gate(cart, 0, true);
	if (err == MEDIA_OK && cart->label.worm && part->pos.object < part->end.object)
		err = -EPERM;
	if (!err && part->pos.object < part->end.object) {
		err = writer_room(cart, 1, true);
		reader_drop(cart);
		if (!err)
			err = writer_commit(cart);
	}
	return err ? err : cart_sync(cart);
}
