// SPDX-License-Identifier: Apache-2.0
/* Takes records in, one at a time: the door's calls that write them. */
#include <errno.h>

#include "media/cart.h"
#include "media/check.h"
#include "media/envelope.h"

static int intake_begin(struct cart *cart, uint32_t len)
{
	struct intake *intake = &cart->part->intake;
	uint32_t segments = (len + SEGMENT_DATA - 1) / SEGMENT_DATA;
	int err = append_gate(cart, len, false);
	if (!err)
		err = generation_room(cart, segments * (SEGMENT_MAX / BLOCK), false);
	if (!err)
		err = record_begin(cart, &intake->record, len);
	intake->active |= !err;
	return err;
}

static int intake_end(struct cart *cart, enum entry_kind kind)
{
	struct intake *intake = &cart->part->intake;
	int err = record_end(cart, &intake->record, kind);
	intake->active = false;
	return err;
}

int cart_write_begin(struct cart *cart, uint32_t len)
{
	return len == 0 || len > MEDIA_RECORD_MAX ? -EINVAL : cart_held(cart, intake_begin(cart, len));
}

void *cart_write_room(struct cart *cart, size_t *ret_len)
{
	struct intake *intake = &cart->part->intake;
	return intake->active ? record_room(cart, &intake->record, ret_len) : NULL;
}

void cart_write_filled(struct cart *cart, size_t n)
{
	record_filled(cart, &cart->part->intake.record, n);
}

int cart_write_end(struct cart *cart)
{
	return cart->part->intake.active ? cart_held(cart, intake_end(cart, ENTRY_RECORD)) : -EINVAL;
}

void cart_write_cancel(struct cart *cart)
{
	struct intake *intake = &cart->part->intake;
	if (intake->active)
		record_drop(cart, &intake->record);
	intake->active = false;
}

/* A record in memory. */
static int write_kind(struct cart *cart, const void *buf, uint32_t len, enum entry_kind kind)
{
	struct record *record = &cart->part->intake.record;
	int err = intake_begin(cart, len);
	if (err)
		return err;
	record_fill(cart, record, buf);
	return intake_end(cart, kind);
}

int cart_write(struct cart *cart, const void *buf, uint32_t len)
{
	if (len == 0 || len > MEDIA_RECORD_MAX)
		return -EINVAL;
	return cart_held(cart, write_kind(cart, buf, len, ENTRY_RECORD));
}

int cart_allow_transformed(struct cart *cart)
{
	struct generation *own = &cart->part->own;
	if (own->open || own->next.fd >= 0)
		return -EINVAL; /* the header of that generation says otherwise */
	own->features.read |= FEATURE_TRANSFORMED;
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
	record_fill(cart, record, buf);
	return cart_held(cart, intake_end(cart, ENTRY_TRANSFORMED));
}

int cart_write_damaged(struct cart *cart, const void *buf, uint32_t len)
{
	if (len > SEGMENT_DATA)
		return -EINVAL;
	return len > 0 ? write_kind(cart, buf, len, ENTRY_DAMAGED)
		       : append_empty(cart, (struct entry){ 0, ENTRY_DAMAGED, 0 });
}
