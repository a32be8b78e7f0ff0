// SPDX-License-Identifier: Apache-2.0
/*
 * Undoes records ahead of the one being read: the crew decrypts and decompresses what the read window holds already, so
 * that a READ finds its record done.  Whatever goes wrong ahead is forgotten: the record is undone once more in its
 * turn, and its error is reported there.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/crc32c.h"

enum {
	AHEAD_LOW = STAGED_RECORDS / 2, /* with more than these the crew has enough to do */
	AHEAD_STEPS = 256,              /* entries looked at in one go */
};

/* --- who does it ------------------------------------------------------------------------------------- */

/* True for the first who asks. */
static bool claim(struct staged *slot)
{
	enum claim was = CLAIM_FREE;
	return atomic_compare_exchange_strong(&slot->claim, &was, CLAIM_TAKEN);
}

/* Sums up the record's bytes, which nobody has done yet, and puts them together if they are in several segments. */
static int pieces_join(struct staged *slot)
{
	uint8_t *to = staged_bytes(slot) - slot->how.skip;
	for (unsigned i = 0; i < slot->piece_count; i++) {
		const struct piece *piece = &slot->pieces[i];
		if (crc32c(0, piece->data, piece->len) != piece->crc)
			return -EBADMSG;
		if (!slot->source)
			memcpy(to, piece->data, piece->len);
		to += piece->len;
	}
	return 0;
}

static void ahead_work(struct staged *slot)
{
	slot->err = pieces_join(slot);
	if (!slot->err)
		undo_run(slot);
	atomic_store_explicit(&slot->claim, CLAIM_DONE, memory_order_release);
}

static void ahead_run(void *arg)
{
	struct staged *slot = arg;
	if (claim(slot))
		ahead_work(slot);
}

static bool is_done(const struct staged *slot)
{
	return atomic_load_explicit(&slot->claim, memory_order_acquire) == CLAIM_DONE;
}

static void done_wait(struct cart *cart, const struct staged *slot)
{
	while (!is_done(slot))
		cart->engine->ops->wait(cart->engine);
}

/* --- the queue --------------------------------------------------------------------------------------- */

/* Room for the record in both forms. */
static uint32_t room_for(const struct stored *how)
{
	uint32_t stored = how->len - how->skip;
	return stored > how->host_len ? stored : how->host_len;
}

static void ahead_remove(struct stages *stages, struct staged *slot)
{
	TAILQ_REMOVE(&stages->ahead, slot, link);
	stages->ahead_count--;
	stages->ahead_bytes -= room_for(&slot->how);
}

static void ahead_leave(struct cart *cart, struct staged *slot)
{
	ahead_remove(&cart->stages, slot);
	if (!claim(slot))
		done_wait(cart, slot);
	slot_put(&cart->stages, slot);
}

static bool uses_buf(const struct staged *slot, const struct buf *b)
{
	for (unsigned i = 0; i < slot->piece_count; i++)
		if (slot->pieces[i].buf == b)
			return true;
	return false;
}

void ahead_drop(struct cart *cart, const struct buf *b)
{
	struct staged *slot, *next;
	for (slot = TAILQ_FIRST(&cart->stages.ahead); slot; slot = next) {
		next = TAILQ_NEXT(slot, link);
		if (!b || uses_buf(slot, b))
			ahead_leave(cart, slot);
	}
}

void ahead_restart(struct cart *cart)
{
	struct ahead *at = &cart->part->r.ahead;
	ahead_drop(cart, NULL);
	if (at->object > cart->part->pos.object + 1)
		at->buf = NULL;
}

/* --- the next record --------------------------------------------------------------------------------- */

/* The buffer behind this one in the window, if it has its segment. */
static const struct buf *buf_behind(const struct cart *cart, const struct buf *b)
{
	const struct reader *r = &cart->part->r;
	unsigned i = 0;
	while (i < r->count && r->window[i] != b)
		i++;
	if (i + 1 >= r->count || !segment_there(cart, r->window[i + 1]))
		return NULL;
	return r->window[i + 1];
}

/* Whether `at` is at an entry of its buffer that counts; goes on to the next buffer for this.  False: there is none in
 * the window yet. */
static bool at_entry(const struct cart *cart, struct ahead *at)
{
	const struct reader *r = &cart->part->r;
	const struct buf *b = at->buf;
	if (!b && r->count > 0 && segment_there(cart, r->window[0]))
		b = r->window[0];
	else if (b && (at->entry == b->head.entries || at->object >= b->segment.object + b->segment.objects))
		b = buf_behind(cart, b);
	if (b && b != at->buf)
		*at = (struct ahead){ .buf = b, .object = b->head.at.object };
	return b && at->object < cart->part->end.object;
}

/* Behind the entry. */
static void step(struct ahead *at, struct entry e)
{
	at->entry++;
	at->offset += e.len;
	at->object += entry_begins(e.kind);
}

static bool piece_add(struct staged *slot, const struct buf *b, uint32_t at, struct entry e)
{
	if (slot->piece_count == STAGED_PIECES)
		return false;
	slot->pieces[slot->piece_count++] = (struct piece){ .buf = b,
		.data = b->mem + b->head.size + at,
		.len = e.len,
		.crc = e.crc };
	return true;
}

/* Notes where the record's bytes are.  False: not all of them are in the window. */
static bool pieces_find(const struct cart *cart, const struct ahead *at, struct staged *slot)
{
	const struct buf *b = at->buf;
	struct entry e = entry_at(b->mem, at->entry);
	uint32_t done = e.len;
	piece_add(slot, b, at->offset, e);
	if (done == slot->how.len)
		slot->source = slot->pieces[0].data + slot->how.skip;
	while (done < slot->how.len) {
		b = buf_behind(cart, b);
		if (!b || !b->head.continues || b->head.split_offset != done ||
			b->head.split_len != slot->how.len)
			return false;
		e = entry_at(b->mem, 0);
		if (!entry_transformed(e.kind) || e.len > slot->how.len - done || !piece_add(slot, b, 0, e))
			return false;
		done += e.len;
	}
	return true;
}

/* Gives the record to the crew.  False: not now. */
static bool begin(struct cart *cart, const struct ahead *at, const struct stored *how,
	const struct envelope *envelope)
{
	struct stages *stages = &cart->stages;
	struct staged *slot;
	if (stages->ahead_bytes + room_for(how) > STAGED_BYTES || stages_slot_now(cart, room_for(how), &slot))
		return false;
	slot->object = at->object;
	slot->how = *how;
	slot->envelope = *envelope;
	slot->len = how->len - how->skip;
	atomic_store_explicit(&slot->claim, CLAIM_FREE, memory_order_relaxed);
	slot->work = (struct engine_work){ .fn = ahead_run, .arg = slot };
	if (!pieces_find(cart, at, slot) || undo_prepare(slot) ||
		!cart->engine->ops->compute(cart->engine, &slot->work)) {
		slot->work.fn = NULL;
		slot_put(stages, slot);
		return false;
	}
	TAILQ_INSERT_TAIL(&stages->ahead, slot, link);
	stages->ahead_count++;
	stages->ahead_bytes += room_for(how);
	return true;
}

/* Begins with the record of the entry, if it is one to be undone.  False: nothing behind it can be begun now. */
static bool entry_begin(struct cart *cart, const struct ahead *at, struct entry e)
{
	struct stored how;
	struct envelope envelope;
	if (at->object <= cart->part->pos.object || !entry_begins(e.kind) || !entry_transformed(e.kind))
		return true;
	if (stored_from(cart, at->buf, at->offset, e, &how, &envelope) || how.err)
		return false;
	return !how.undo || begin(cart, at, &how, &envelope);
}

void ahead_fill(struct cart *cart)
{
	const struct stages *stages = &cart->stages;
	struct ahead *at = &cart->part->r.ahead;
	if (stages->ahead_count > AHEAD_LOW)
		return;
	for (unsigned i = 0; i < AHEAD_STEPS && stages->ahead_count < STAGED_RECORDS; i++) {
		if (!at_entry(cart, at))
			return;
		struct entry e = entry_at(at->buf->mem, at->entry);
		if (!entry_begin(cart, at, e))
			return;
		step(at, e);
	}
}

/* The record at the position, undone ahead; then begins more.  NULL: it was not, or with an error, so it is undone once
 * more in its turn. */
static struct staged *ahead_take(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	uint64_t object = cart->part->pos.object;
	struct staged *slot;
	while ((slot = TAILQ_FIRST(&stages->ahead)) && slot->object < object)
		ahead_leave(cart, slot);
	if (!slot || slot->object != object)
		return NULL;
	ahead_remove(stages, slot);
	ahead_fill(cart);
	if (claim(slot))
		ahead_work(slot); /* the crew is behind */
	else
		done_wait(cart, slot);
	if (!slot->err)
		return slot;
	slot_put(stages, slot);
	return NULL;
}

/* --- the record being read --------------------------------------------------------------------------- */

void undone_put(struct cart *cart, struct staged *slot)
{
	struct reader *r = &cart->part->r;
	r->undone = slot;
	r->undone_object = cart->part->pos.object;
	r->undone_next = r->undone_object + 1;
}

void undone_drop(struct cart *cart)
{
	struct reader *r = &cart->part->r;
	if (r->undone)
		slot_put(&cart->stages, r->undone);
	r->undone = NULL;
}

bool undone_there(struct cart *cart)
{
	const struct reader *r = &cart->part->r;
	if (r->undone && r->undone_object == cart->part->pos.object)
		return true;
	if (TAILQ_EMPTY(&cart->stages.ahead))
		return false;
	undone_drop(cart);
	struct staged *slot = ahead_take(cart);
	if (slot)
		undone_put(cart, slot);
	return slot;
}
