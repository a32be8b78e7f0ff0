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
	r->good_len = e.len;
	r->good_crc = e.crc;
	return 0;
}

/* Bytes of the object that begins with this entry, as stored. */
static uint32_t stored_len(const struct buf *b, const struct entry *e)
{
	return entry_part(e->kind) == PART_BEGIN ? b->head.split_len : e->len;
}

int stored_from(const struct cart *cart, const struct buf *b, uint32_t at, struct entry e, struct stored *ret,
	struct envelope *ret_envelope)
{
	struct envelope envelope;
	uint32_t len = stored_len(b, &e);
	*ret = (struct stored){ .len = len, .host_len = len };
	if (!entry_transformed(e.kind)) {
		if (cart->crypt)
			crypt_judge(cart->crypt, NULL, ret);
		return 0;
	}
	int err = envelope_decode(b->mem + b->head.size + at, e.len, len, &envelope);
	if (err)
		return err;
	ret->skip = ret->from = envelope.size;
	ret->host_len = envelope.host_len;
	ret->tail = envelope_tail(&envelope);
	ret->lbp = envelope.lbp;
	ret->lbp_value = envelope.lbp_value;
	ret->undo = envelope_plain(&envelope) != 0;
	ret->err = ret->undo ? stages_can_undo(&cart->stages, &envelope) : 0;
	if (cart->crypt)
		crypt_judge(cart->crypt, &envelope, ret);
	if (ret_envelope)
		*ret_envelope = envelope;
	return 0;
}

/* The same for the entry at r->entry, verified.  0; -EBADMSG and others: not even this can be read. */
static int stored_how(struct cart *cart, struct buf *b, struct entry e, struct stored *ret,
	struct envelope *ret_envelope)
{
	const struct reader *r = &cart->part->r;
	int err = entry_transformed(e.kind) ? verify(cart, b, r->entry, r->offset, e) : 0;
	return err ? err : stored_from(cart, b, r->offset, e, ret, ret_envelope);
}

static bool in_split(const struct cart *cart)
{
	const struct part *part = cart->part;
	return part->r.split && part->r.split_object == part->pos.object;
}

/* The record at the position. */
struct found {
	struct buf *b; /* NULL: it is undone, or the split one, of which a fragment is in the window */
	struct entry e;
	struct stored how;
};

/* What is at the position, and how it is stored: as cart_peek(). */
static int find(struct cart *cart, struct found *f)
{
	struct part *part = cart->part;
	int err = cart_sync(cart);
	if (err)
		return err;
	if (part->pos.object >= part->end.object)
		return end_of_data(part);
	f->b = NULL;
	if (undone_there(cart)) {
		f->how = part->r.undone->how;
		return MEDIA_OK;
	}
	if (in_split(cart)) {
		f->how = part->r.split_how;
		return MEDIA_OK;
	}
	err = here(cart, &f->b, &f->e);
	if (err)
		return err;
	if (f->e.kind == ENTRY_FILEMARK)
		return MEDIA_FILEMARK;
	return f->e.kind == ENTRY_DAMAGED ? -EBADMSG : stored_how(cart, f->b, f->e, &f->how, NULL);
}

int cart_peek(struct cart *cart, uint32_t *ret_len)
{
	struct found f;
	int res = find(cart, &f);
	if (res == MEDIA_OK)
		res = f.how.err;
	if (res == MEDIA_OK)
		*ret_len = f.how.host_len;
	return res;
}

int cart_peek_protection(struct cart *cart, enum lbp_method *ret_method)
{
	struct found f;
	int res = find(cart, &f);
	if (res == MEDIA_OK)
		*ret_method = f.how.lbp;
	return res;
}

int cart_look(struct cart *cart, struct cart_block *ret_block)
{
	struct cart_block block = { 0 };
	struct envelope envelope;
	struct found f;
	int res = cart_sync(cart);
	if (res)
		return res;
	reader_drop(cart); /* what is known of a record under way does not have its envelope */
	res = find(cart, &f);
	if (res == MEDIA_OK)
		res = stored_how(cart, f.b, f.e, &f.how, &envelope);
	if (res < 0)
		return res;
	block.record = res == MEDIA_OK;
	block.readable = block.record && !f.how.err;
	if (block.record && f.how.skip)
		crypt_tell(&envelope, &block);
	*ret_block = block;
	return cart_held(cart, 0);
}

int cart_peek_stored(struct cart *cart, uint32_t *ret_len, bool *ret_transformed)
{
	struct found f;
	int res = find(cart, &f);
	if (res != MEDIA_OK)
		return res;
	*ret_len = f.how.len;
	*ret_transformed = f.how.skip > 0;
	return MEDIA_OK;
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
		if (!b->head.continues || b->head.split_offset != end ||
			b->head.split_len != r->split_how.len ||
			entry_transformed(entry_at(b->mem, 0).kind) != (r->split_how.skip > 0))
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

/* Bytes of the record as it is stored. */
static int stored_chunk(struct cart *cart, struct found *f, uint64_t at, const void **ret_data,
	size_t *ret_len)
{
	struct part *part = cart->part;
	struct reader *r = &part->r;
	if (at >= f->how.len)
		return -EINVAL;
	if (in_split(cart) && r->count > 0 && r->window[0]->head.split_offset <= at)
		return split_chunk(cart, (uint32_t)at, ret_data, ret_len);
	int err = f->b ? 0 : here(cart, &f->b, &f->e); /* back to its beginning */
	if (err)
		return err;
	if (entry_part(f->e.kind) == PART_BEGIN) {
		r->split = true;
		r->split_object = part->pos.object;
		r->split_how = f->how;
		return split_chunk(cart, (uint32_t)at, ret_data, ret_len);
	}
	err = verify(cart, f->b, r->entry, r->offset, f->e);
	if (err)
		return err;
	*ret_data = f->b->mem + f->b->head.size + r->offset + at;
	*ret_len = f->how.len - at;
	return 0;
}

/* Reads the whole record, into the slot unless all of it is in one place, and verifies it. */
static int stored_whole(struct cart *cart, struct found *f, struct staged *slot)
{
	const struct stored *how = &f->how;
	uint8_t *to = staged_bytes(slot) - how->skip;
	const void *p;
	size_t n = 0;
	for (uint32_t at = 0; at < how->len; at += (uint32_t)n) {
		int err = stored_chunk(cart, f, at, &p, &n);
		if (err)
			return err;
		if (n == how->len)
			slot->source = (const uint8_t *)p + how->skip;
		else
			memcpy(to + at, p, n);
	}
	slot->how = *how;
	slot->len = how->len - how->skip;
	return envelope_decode(slot->source ? p : to, how->len, how->len, &slot->envelope);
}

/* Whether the host reads the records of this place in their order: then it wants the next ones, too. */
static bool is_in_order(const struct part *part)
{
	enum { GAP = 8 }; /* filemarks and records that need not be undone */
	return part->r.sequential || part->pos.object - part->r.undone_next < GAP;
}

/* Has the record undone, and the next ones meanwhile. */
static int undo_in(struct cart *cart, struct found *f, struct staged *slot)
{
	int err = stored_whole(cart, f, slot);
	if (!err)
		err = undo_prepare(slot);
	if (err)
		return err;
	staged_start(cart, slot, undo_run);
	if (is_in_order(cart->part))
		ahead_fill(cart);
	staged_wait(cart, slot);
	return slot->err;
}

/* Sees to it that the host's form of the record is in r->undone. */
static int undone_load(struct cart *cart, struct found *f)
{
	uint32_t stored = f->how.len - f->how.skip;
	struct staged *slot = NULL;
	if (undone_there(cart))
		return 0;
	undone_drop(cart);
	ahead_restart(cart);
	int err = stages_slot(cart, stored > f->how.host_len ? stored : f->how.host_len, &slot);
	if (err)
		return err;
	err = undo_in(cart, f, slot);
	if (err)
		slot_put(&cart->stages, slot);
	else
		undone_put(cart, slot);
	return err;
}

static int undone_chunk(struct cart *cart, struct found *f, uint32_t offset, const void **ret_data,
	size_t *ret_len)
{
	int err = undone_load(cart, f);
	if (err)
		return err;
	const struct staged *slot = cart->part->r.undone;
	if (offset >= slot->len)
		return -EINVAL;
	*ret_data = staged_bytes(slot) + offset;
	*ret_len = slot->len - offset;
	return 0;
}

/* The record at the position, of which data are wanted. */
static int find_record(struct cart *cart, struct found *f)
{
	const struct part *part = cart->part;
	if (part->intake.active || part->pos.object >= part->end.object)
		return -EINVAL;
	int res = find(cart, f);
	return res == MEDIA_FILEMARK || res == MEDIA_EOD ? -EINVAL : res;
}

static void read_count(struct cart *cart, const struct stored *how)
{
	cart->host_read += how->host_len;
	if (how->undo)
		cart->savings.read += how->host_len + how->tail - (how->len - how->skip);
}

int cart_read_chunk(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct found f;
	int err = find_record(cart, &f);
	if (!err)
		err = f.how.err;
	if (err)
		return err;
	if (offset == 0 && (f.b || f.how.undo))
		read_count(cart, &f.how);
	err = f.how.undo ? undone_chunk(cart, &f, offset, ret_data, ret_len)
			 : stored_chunk(cart, &f, (uint64_t)offset + f.how.from, ret_data, ret_len);
	if (!err)
		err = chunk_protected(cart, &f.how, offset, *ret_data, *ret_len);
	return cart_held(cart, err);
}

static int stored_read(struct cart *cart, struct found *f, uint32_t offset, const void **ret_data,
	size_t *ret_len)
{
	int err = find_record(cart, f);
	if (err)
		return err;
	if (offset == 0 && f->b)
		cart->host_read += f->how.len - f->how.skip;
	return cart_held(cart, stored_chunk(cart, f, offset, ret_data, ret_len));
}

int cart_read_stored(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct found f;
	return stored_read(cart, &f, offset, ret_data, ret_len);
}

int cart_verify_stored(struct cart *cart, uint32_t offset, const void **ret_data, size_t *ret_len)
{
	struct found f;
	int err = stored_read(cart, &f, offset, ret_data, ret_len);
	if (err || !f.how.skip)
		return err;
	uint32_t skip = offset ? 0 : f.how.skip;
	return chunk_protected(cart, &f.how, offset ? offset - f.how.skip : 0,
		(const uint8_t *)*ret_data + skip, *ret_len - skip);
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
		return end_of_data(part);
	uint32_t charge = r->split_how.len;
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
