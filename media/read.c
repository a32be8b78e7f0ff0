// SPDX-License-Identifier: Apache-2.0
/* Reading the object at the position; no byte leaves before its checksum was right. */
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "media/envelope.h"
#include "vtl/base/crc32c.h"

/* Walks in the buffer to the entry with which the object begins. */
static int walk_to(struct cart *cart, const struct buf *b, uint64_t object, struct entry *ret_entry)
{
	struct reader *r = &cart->part->r;
	if (r->walk != b || r->object > object) {
		r->walk = b;
		r->entry = r->offset = 0;
		r->object = b->head.at.object;
	}
	for (; r->entry < b->head.entries; r->entry++) {
		struct entry e = entry_at(b->mem, r->entry);
		if (entry_begins(e.kind) && r->object == object) {
			*ret_entry = e;
			return 0;
		}
		r->object += entry_begins(e.kind);
		r->offset += e.len;
	}
	r->walk = NULL;
	return -EBADMSG;
}

/* The buffer and entry where the object at the position begins. */
static int here(struct cart *cart, struct buf **ret_buf, struct entry *ret_entry)
{
	struct part *part = cart->part;
	struct reader *r = &part->r;
	struct buf *b = r->count > 0 ? r->window[0] : NULL;
	uint64_t object = part->pos.object;
	r->split = false;
	int err = 0;
	if (!b || r->walk != b || object < b->segment.object ||
		object >= b->segment.object + b->segment.objects) {
		struct segment s;
		if (!index_find_object(&part->index, object, &s))
			return -EBADMSG;
		b = segment_get(cart, &s, &err);
		if (!b)
			return err;
	}
	*ret_buf = b;
	return walk_to(cart, b, object, ret_entry);
}

/* Makes sure of the data of one entry in the buffer. */
static int verify(struct cart *cart, struct buf *b, uint32_t entry, uint32_t at, struct entry e)
{
	struct reader *r = &cart->part->r;
	if (r->good == b && r->good_entry == entry)
		return 0;
	r->good = NULL;
	if (b->piecemeal) {
		int err = segment_piece(cart, b, at, e.len);
		if (err)
			return err;
	}
	if (crc32c(0, b->mem + b->head.size + at, e.len) != e.crc)
		return -EBADMSG;
	r->good = b;
	r->good_entry = entry;
	return 0;
}

/* Bytes of the object that begins with this entry, as stored. */
static uint32_t stored_len(const struct buf *b, const struct entry *e)
{
	return entry_part(e->kind) == PART_BEGIN ? b->head.split_len : e->len;
}

/* How the record that begins with the entry at r->entry is stored: *ret_skip bytes of envelope, and *ret_err why the
 * host cannot have what follows.  0; -EBADMSG and others: not even this can be read. */
static int transformed_how(struct cart *cart, struct buf *b, struct entry e, uint32_t *ret_skip, int *ret_err)
{
	struct reader *r = &cart->part->r;
	struct envelope envelope;
	*ret_skip = 0;
	*ret_err = 0;
	if (!entry_transformed(e.kind))
		return 0;
	int err = verify(cart, b, r->entry, r->offset, e);
	if (!err)
		err = envelope_decode(b->mem + b->head.size + r->offset, e.len, stored_len(b, &e), &envelope);
	if (err)
		return err;
	*ret_skip = envelope.size;
	*ret_err = envelope_plain(&envelope);
	return 0;
}

static bool in_split(const struct cart *cart)
{
	const struct part *part = cart->part;
	return part->r.split && part->r.split_object == part->pos.object;
}

/* stored: as it is stored; else as the host has it. */
static int peek(struct cart *cart, bool stored, uint32_t *ret_len, bool *ret_transformed)
{
	struct part *part = cart->part;
	struct reader *r = &part->r;
	int err = cart_sync(cart), unreadable = 0;
	if (err)
		return err;
	if (part->pos.object >= part->end.object)
		return MEDIA_EOD;
	struct buf *b;
	struct entry e;
	uint32_t len = r->split_len, skip = r->split_skip;
	if (in_split(cart)) {
		unreadable = r->split_err;
	} else {
		err = here(cart, &b, &e);
		if (err)
			return err;
		if (e.kind == ENTRY_FILEMARK)
			return MEDIA_FILEMARK;
		if (e.kind == ENTRY_DAMAGED)
			return -EBADMSG;
		len = stored_len(b, &e);
		err = transformed_how(cart, b, e, &skip, &unreadable);
		if (err)
			return err;
	}
	if (!stored && unreadable)
		return unreadable;
	*ret_len = stored ? len : len - skip;
	*ret_transformed = skip > 0;
	return MEDIA_OK;
}

int cart_peek(struct cart *cart, uint32_t *ret_len)
{
	bool transformed;
	return peek(cart, false, ret_len, &transformed);
}

int cart_peek_stored(struct cart *cart, uint32_t *ret_len, bool *ret_transformed)
{
	return peek(cart, true, ret_len, ret_transformed);
}

/* Moves from fragment to fragment until the one that holds the offset is in the window. */
static int fragment_to(struct cart *cart, uint32_t offset, struct buf **ret_buf)
{
	struct reader *r = &cart->part->r;
	struct buf *b = r->window[0];
	for (;;) {
		struct entry e = entry_at(b->mem, 0);
		uint32_t end = b->head.split_offset + e.len;
		if (offset < end) {
			*ret_buf = b;
			return 0;
		}
		struct segment next;
		int err = 0;
		if (!index_next(&cart->part->index, &b->segment, &next))
			return -EBADMSG;
		r->good = NULL;
		b = segment_get(cart, &next, &err);
		if (!b)
			return err;
		if (!b->head.continues || b->head.split_offset != end || b->head.split_len != r->split_len ||
			entry_transformed(entry_at(b->mem, 0).kind) != (r->split_skip > 0))
			return -EBADMSG;
	}
}

/* The chunk of a record that spans segments. */
static int split_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct buf *b = NULL;
	int err = fragment_to(cart, offset, &b);
	if (!err)
		err = verify(cart, b, 0, 0, entry_at(b->mem, 0));
	if (err) {
		cart->part->r.split = false;
		return err;
	}
	uint32_t skip = offset - b->head.split_offset;
	*ret_data = b->mem + b->head.size + skip;
	*ret_len = entry_at(b->mem, 0).len - skip;
	return 0;
}

static int chunk(struct cart *cart, bool stored, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct part *part = cart->part;
	struct reader *r = &part->r;
	if (part->intake.active || part->pos.object >= part->end.object)
		return -EINVAL;
	int err = cart_sync(cart), unreadable;
	if (err)
		return err;
	uint32_t skip;
	uint64_t at = (uint64_t)offset + (stored ? 0 : r->split_skip);
	if (in_split(cart) && !(r->split_err && !stored) && r->count > 0 &&
		r->window[0]->head.split_offset <= at && at < r->split_len)
		return split_chunk(cart, (uint32_t)at, ret_data, ret_len);
	struct buf *b;
	struct entry e;
	err = here(cart, &b, &e);
	if (err)
		return err;
	if (e.kind == ENTRY_DAMAGED)
		return -EBADMSG;
	uint32_t len = stored_len(b, &e);
	err = transformed_how(cart, b, e, &skip, &unreadable);
	if (!err && !stored)
		err = unreadable;
	if (err)
		return err;
	at = (uint64_t)offset + (stored ? 0 : skip);
	if (e.kind == ENTRY_FILEMARK || at >= len)
		return -EINVAL;
	cart->host_read += offset == 0 ? len - skip : 0;
	if (entry_part(e.kind) == PART_BEGIN) {
		r->split = true;
		r->split_object = part->pos.object;
		r->split_len = len;
		r->split_skip = skip;
		r->split_err = unreadable;
		return split_chunk(cart, (uint32_t)at, ret_data, ret_len);
	}
	err = verify(cart, b, r->entry, r->offset, e);
	if (err)
		return err;
	*ret_data = b->mem + b->head.size + r->offset + at;
	*ret_len = len - at;
	return cart_held(cart, 0);
}

int cart_read_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	return chunk(cart, false, offset, ret_data, ret_len);
}

int cart_read_stored(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	return chunk(cart, true, offset, ret_data, ret_len);
}

int cart_read_damaged(struct cart *cart, void *buf, uint32_t *ret_len)
{
	struct part *part = cart->part;
	struct buf *b;
	struct entry e;
	int err = part->pos.object < part->end.object ? here(cart, &b, &e) : -EINVAL;
	if (err)
		return err;
	if (e.kind != ENTRY_DAMAGED)
		return -EBADMSG;
	err = verify(cart, b, part->r.entry, part->r.offset, e);
	*ret_len = err ? 0 : e.len; /* what was left is gone too */
	if (!err && buf)
		memcpy(buf, b->mem + b->head.size + part->r.offset, e.len);
	return 0;
}

/* Behind an object nothing is known of but that it was there. */
static void skip_unread(struct cart *cart)
{
	struct part *part = cart->part;
	struct segment s;
	part->pos.object++;
	part->exact = part->stretch = false;
	if (part->pos.object >= part->end.object) {
		part->pos = part->end;
		part->exact = true;
	} else if (index_find_object(&part->index, part->pos.object, &s) && s.object == part->pos.object) {
		part->pos.filemarks = s.filemarks;
	}
}

int cart_skip(struct cart *cart)
{
	struct part *part = cart->part;
	struct reader *r = &part->r;
	int err = cart_sync(cart);
	if (err)
		return err;
	if (part->pos.object >= part->end.object)
		return MEDIA_EOD;
	uint32_t charge = r->split_len;
	bool filemark = false;
	if (!r->split || r->split_object != part->pos.object) {
		struct buf *b;
		struct entry e;
		if (here(cart, &b, &e)) {
			skip_unread(cart);
			return MEDIA_OK;
		}
		filemark = e.kind == ENTRY_FILEMARK;
		charge = filemark ? FILEMARK_CHARGE : stored_len(b, &e);
	}
	r->split = part->stretch = false;
	part->pos.object++;
	part->pos.filemarks += filemark;
	part->pos.charge += charge;
	if (part->pos.object == part->end.object) {
		part->pos = part->end;
		part->exact = true;
	}
	return cart_held(cart, MEDIA_OK);
}
