// SPDX-License-Identifier: Apache-2.0
/* Reading the object at the position; no byte leaves before its checksum was right. */
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/crc32c.h"

/* Walks in the buffer to the entry with which the object begins. */
static int walk_to(struct cart *cart, const struct buf *b, uint64_t object, struct entry *ret_entry)
{
	struct reader *r = &cart->r;
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
	struct reader *r = &cart->r;
	struct buf *b = r->count > 0 ? r->window[0] : NULL;
	uint64_t object = cart->pos.object;
	r->split = false;
	int err = 0;
	if (!b || r->walk != b || object < b->segment.object ||
		object >= b->segment.object + b->segment.objects) {
		struct segment s;
		if (!index_find_object(&cart->index, object, &s))
			return -EBADMSG;
		b = segment_get(cart, &s, &err);
		if (!b)
			return err;
	}
	*ret_buf = b;
	return walk_to(cart, b, object, ret_entry);
}

int cart_peek(struct cart *cart, uint32_t *ret_len)
{
	int err = cart_sync(cart);
	if (err)
		return err;
	if (cart->pos.object >= cart->end.object)
		return MEDIA_EOD;
	struct buf *b;
	struct entry e;
	if (cart->r.split && cart->r.split_object == cart->pos.object) {
		*ret_len = cart->r.split_len;
		return MEDIA_OK;
	}
	err = here(cart, &b, &e);
	if (err)
		return err;
	if (e.kind == ENTRY_FILEMARK)
		return MEDIA_FILEMARK;
	if (e.kind == ENTRY_DAMAGED)
		return -EBADMSG;
	*ret_len = e.kind == ENTRY_BEGIN ? b->head.split_len : e.len;
	return MEDIA_OK;
}

/* Makes sure of the data of one entry in the buffer. */
static int verify(struct cart *cart, struct buf *b, uint32_t entry, uint32_t at, struct entry e)
{
	struct reader *r = &cart->r;
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

/* Moves from fragment to fragment until the one that holds the offset is in the window. */
static int fragment_to(struct cart *cart, uint32_t offset, struct buf **ret_buf)
{
	struct reader *r = &cart->r;
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
		if (!index_next(&cart->index, &b->segment, &next))
			return -EBADMSG;
		r->good = NULL;
		b = segment_get(cart, &next, &err);
		if (!b)
			return err;
		if (!b->head.continues || b->head.split_offset != end || b->head.split_len != r->split_len)
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
		cart->r.split = false;
		return err;
	}
	uint32_t skip = offset - b->head.split_offset;
	*ret_data = b->mem + b->head.size + skip;
	*ret_len = entry_at(b->mem, 0).len - skip;
	return 0;
}

int cart_read_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct reader *r = &cart->r;
	if (cart->w.active || cart->pos.object >= cart->end.object)
		return -EINVAL;
	int err = cart_sync(cart);
	if (err)
		return err;
	if (r->split && r->split_object == cart->pos.object && r->count > 0 &&
		r->window[0]->head.split_offset <= offset && offset < r->split_len)
		return split_chunk(cart, offset, ret_data, ret_len);
	struct buf *b;
	struct entry e;
	err = here(cart, &b, &e);
	if (err)
		return err;
	if (e.kind == ENTRY_DAMAGED)
		return -EBADMSG;
	uint32_t len = e.kind == ENTRY_BEGIN ? b->head.split_len : e.len;
	if (e.kind == ENTRY_FILEMARK || offset >= len)
		return -EINVAL;
	cart->host_read += offset == 0 ? len : 0;
	if (e.kind == ENTRY_BEGIN) {
		r->split = true;
		r->split_object = cart->pos.object;
		r->split_len = len;
		return split_chunk(cart, offset, ret_data, ret_len);
	}
	err = verify(cart, b, r->entry, r->offset, e);
	if (err)
		return err;
	*ret_data = b->mem + b->head.size + r->offset + offset;
	*ret_len = len - offset;
	return 0;
}

int cart_read_damaged(struct cart *cart, void *buf, uint32_t *ret_len)
{
	struct buf *b;
	struct entry e;
	int err = cart->pos.object < cart->end.object ? here(cart, &b, &e) : -EINVAL;
	if (err)
		return err;
	if (e.kind != ENTRY_DAMAGED)
		return -EBADMSG;
	err = verify(cart, b, cart->r.entry, cart->r.offset, e);
	*ret_len = err ? 0 : e.len; /* what was left is gone too */
	if (!err && buf)
		memcpy(buf, b->mem + b->head.size + cart->r.offset, e.len);
	return 0;
}

/* Behind an object nothing is known of but that it was there. */
static void skip_unread(struct cart *cart)
{
	struct segment s;
	cart->pos.object++;
	cart->exact = cart->w.stretch = false;
	if (cart->pos.object >= cart->end.object) {
		cart->pos = cart->end;
		cart->exact = true;
	} else if (index_find_object(&cart->index, cart->pos.object, &s) && s.object == cart->pos.object) {
		cart->pos.filemarks = s.filemarks;
	}
}

int cart_skip(struct cart *cart)
{
	struct reader *r = &cart->r;
	int err = cart_sync(cart);
	if (err)
		return err;
	if (cart->pos.object >= cart->end.object)
		return MEDIA_EOD;
	uint32_t charge = r->split_len;
	bool filemark = false;
	if (!r->split || r->split_object != cart->pos.object) {
		struct buf *b;
		struct entry e;
		if (here(cart, &b, &e)) {
			skip_unread(cart);
			return MEDIA_OK;
		}
		filemark = e.kind == ENTRY_FILEMARK;
		charge = filemark ? FILEMARK_CHARGE : e.kind == ENTRY_BEGIN ? b->head.split_len : e.len;
	}
	r->split = cart->w.stretch = false;
	cart->pos.object++;
	cart->pos.filemarks += filemark;
	cart->pos.charge += charge;
	if (cart->pos.object == cart->end.object) {
		cart->pos = cart->end;
		cart->exact = true;
	}
	return MEDIA_OK;
}
