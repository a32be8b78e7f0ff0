// SPDX-License-Identifier: Apache-2.0
/* Takes records in, one at a time: the door's calls that write them. */
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "media/envelope.h"

/* Receives the record in place, in the segment being filled. */
static int intake_begin(struct cart *cart, uint32_t len)
{
	struct intake *intake = &cart->part->intake;
	uint32_t segments = (len + SEGMENT_DATA - 1) / SEGMENT_DATA;
	int err = stages_settle(cart, &cart->stages);
	if (!err)
		err = append_gate(cart, len, false);
	if (!err)
		err = generation_room(cart, segments * (SEGMENT_MAX / BLOCK), false);
	if (!err)
		err = record_begin(cart, &intake->record, len);
	intake->active |= !err;
	return err;
}

/* Of a record in place, what is in the segment being filled may be looked at. */
static void intake_look(struct cart *cart)
{
	const struct record *record = &cart->part->intake.record;
	const struct buf *b = cart->part->window.fill;
	if (b && record->part && !record->err)
		pace_look(&cart->stages.pace, record->len, b->mem + SEGMENT_HEAD_MAX + b->data_len,
			record->part);
}

/* The same for one that is kept with a protection value: it is transformed by an envelope, and still not copied. */
static __attribute__((noinline)) int protected_begin(struct cart *cart, uint32_t len)
{
	struct intake *intake = &cart->part->intake;
	int err = generation_transforms(cart);
	if (!err)
		err = intake_begin(cart, len + ENVELOPE_MIN);
	if (err)
		return err;
	err = record_protect(cart, &intake->record, len);
	if (err)
		cart_write_cancel(cart);
	return err;
}

static int intake_end(struct cart *cart, enum entry_kind kind)
{
	struct intake *intake = &cart->part->intake;
	if (cart->stages.pace.on)
		intake_look(cart);
	int err = record_end(cart, &intake->record, kind);
	intake->active = false;
	return err;
}

/* Whether a record of len bytes, however the stages change it, has its place behind those in the stages. */
static int staged_gate(struct cart *cart, uint32_t len)
{
	int err = append_gate(cart, staged_max(len), false);
	return err ? err : generation_room(cart, staged_blocks(len), false);
}

/* Receives the record in memory, for the stages.  hurried: without the optional ones. */
static int staged_begin(struct cart *cart, uint32_t len, bool hurried)
{
	struct intake *intake = &cart->part->intake;
	int err = staged_gate(cart, len);
	if (err == MEDIA_FULL && cart->stages.objects) {
		err = stages_reap(cart, true); /* they may have become smaller */
		if (!err)
			err = staged_gate(cart, len);
	}
	if (err)
		return err;
	reader_drop(cart);
	err = stages_slot(cart, len, &intake->staged);
	intake->active = !err;
	if (!err)
		intake->staged->hurried = hurried;
	return err;
}

/* With stages: in place if only stages would be applied that can be done without.  Not inlined: plain records need not
 * step over it. */
static __attribute__((noinline)) int chosen_begin(struct cart *cart, uint32_t len, enum lbp_method method)
{
	bool hurried = cart->stages.pace.on && !pace_allows(cart, len);
	if (!hurried || cart->stages.bound)
		return staged_begin(cart, len, hurried);
	return method ? protected_begin(cart, len) : intake_begin(cart, len);
}

static __attribute__((noinline)) int staged_end(struct cart *cart)
{
	struct intake *intake = &cart->part->intake;
	struct staged *slot = intake->staged;
	intake->active = false;
	intake->staged = NULL;
	int err = slot->done == slot->len ? cart->fault : -EINVAL;
	if (!err)
		err = generation_commit(cart);
	if (err) {
		slot_put(&cart->stages, slot);
		return err;
	}
	stages_send(cart, slot);
	/* Early warning depends on what the records have become. */
	bool near_end = early_warning_at(cart, cart->part->pos.charge + cart->stages.charge);
	return stages_reap(cart, near_end && !early_warning_at(cart, cart->part->pos.charge));
}

int cart_write_begin_protected(struct cart *cart, uint32_t len, enum lbp_method method)
{
	struct intake *intake = &cart->part->intake;
	if (len == 0 || len > MEDIA_RECORD_MAX || intake->active)
		return -EINVAL;
	int err = cart->stages.on ? chosen_begin(cart, len, method)
		: method          ? protected_begin(cart, len)
				  : intake_begin(cart, len);
	intake->lbp = method;
	intake->value = 0;
	intake->valued = false;
	return cart_held(cart, err);
}

int cart_write_begin(struct cart *cart, uint32_t len)
{
	return cart_write_begin_protected(cart, len, LBP_NONE);
}

void *cart_write_room(struct cart *cart, size_t *ret_len)
{
	struct intake *intake = &cart->part->intake;
	const struct staged *slot = intake->staged;
	if (!slot)
		return intake->active ? record_room(cart, &intake->record, ret_len) : NULL;
	*ret_len = slot->len - slot->done;
	return *ret_len ? staged_bytes(slot) + slot->done : NULL;
}

void cart_write_filled(struct cart *cart, size_t n)
{
	struct intake *intake = &cart->part->intake;
	if (intake->lbp)
		intake_sum(cart, n);
	if (intake->staged)
		intake->staged->done += (uint32_t)n;
	else
		record_filled(cart, &intake->record, n);
}

int cart_write_end(struct cart *cart)
{
	struct intake *intake = &cart->part->intake;
	if (intake->lbp && !intake->valued)
		cart_write_cancel(cart);
	if (!intake->active)
		return -EINVAL;
	return cart_held(cart,
		intake->staged ? staged_end(cart)
			       : intake_end(cart, intake->lbp ? ENTRY_TRANSFORMED : ENTRY_RECORD));
}

void cart_write_cancel(struct cart *cart)
{
	struct intake *intake = &cart->part->intake;
	if (intake->staged)
		slot_put(&cart->stages, intake->staged);
	else if (intake->active)
		record_drop(cart, &intake->record);
	intake->active = false;
	intake->staged = NULL;
}

int cart_write(struct cart *cart, const void *buf, uint32_t len)
{
	const uint8_t *from = buf;
	size_t room = 0;
	void *to;
	int err = cart_write_begin(cart, len);
	if (err)
		return err;
	while ((to = cart_write_room(cart, &room))) {
		memcpy(to, from, room);
		cart_write_filled(cart, room);
		from += room;
	}
	return cart_write_end(cart);
}

int cart_allow_transformed(struct cart *cart, uint32_t read)
{
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		struct generation *own = &cart->parts[i].own;
		if (own->open || own->next.fd >= 0)
			return -EINVAL; /* the header of that generation says otherwise */
		own->features.read |= read & FEATURES_RECORDS;
	}
	return 0;
}

int cart_write_transformed(struct cart *cart, const void *buf, uint32_t len)
{
	struct record *record = &cart->part->intake.record;
	struct envelope envelope;
	if (!(cart->part->own.features.read & FEATURE_TRANSFORMED))
		return -EINVAL;
	int err = envelope_decode(buf, len, len, &envelope);
	if (!err)
		err = intake_begin(cart, len);
	if (err)
		return err;
	record->transformed = true;
	record->host_len = envelope.host_len;
	record->saved = envelope.host_len + envelope_tail(&envelope) - envelope.stored_len;
	record_fill(cart, record, buf);
	return cart_held(cart, intake_end(cart, ENTRY_TRANSFORMED));
}

/* What is left of a damaged record is stored as it is. */
static int damaged_put(struct cart *cart, const void *buf, uint32_t len)
{
	struct record *record = &cart->part->intake.record;
	int err = intake_begin(cart, len);
	if (err)
		return err;
	record_fill(cart, record, buf);
	return intake_end(cart, ENTRY_DAMAGED);
}

int cart_write_damaged(struct cart *cart, const void *buf, uint32_t len)
{
	if (len > SEGMENT_DATA)
		return -EINVAL;
	return len > 0 ? damaged_put(cart, buf, len)
		       : append_empty(cart, (struct entry){ 0, ENTRY_DAMAGED, 0 });
}
