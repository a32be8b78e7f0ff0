// SPDX-License-Identifier: Apache-2.0
/* What may be appended at the position, and objects without data. */
#include <errno.h>

#include "media/cart.h"
#include "media/check.h"

/* Whether no record is behind the position, and no filemark that ends data would be overwritten. */
static bool appends(struct cart *cart)
{
	const struct spot *pos = &cart->part->pos, *end = &cart->part->end;
	uint64_t at;
	if (pos->object == end->object)
		return true;
	if (end->object - pos->object != end->filemarks - pos->filemarks)
		return false;
	return pos->object == 0 ||
		(pos->filemarks > 0 && filemark_object(cart, pos->filemarks - 1, &at) == 0 &&
			at == pos->object - 1);
}

bool cart_appends(struct cart *cart)
{
	return position_exact(cart) == 0 && appends(cart);
}

/* The WORM rule, with the append points of a real drive.  An object may be written at end of data; over filemarks at
 * the end of the data that follow another filemark (backup software writes several and goes back over them); and at
 * the beginning over a label of one or two records that only filemarks follow. */
static bool worm_allows(struct cart *cart)
{
	const struct spot *pos = &cart->part->pos, *end = &cart->part->end;
	uint64_t records = end->object - end->filemarks, at;
	if (pos->object == 0)
		return records <= WORM_LABEL &&
			(end->filemarks == 0 || (filemark_object(cart, 0, &at) == 0 && at == records));
	return appends(cart);
}

int cart_may_change(const struct cart *cart)
{
	if (cart->fault)
		return cart->fault;
	if (cart->tampered)
		return -EREMCHG;
	return cart_is_read_only(cart) ? -EROFS : cart->failed;
}

int cart_may_append(struct cart *cart)
{
	if (cart->part->stretch)
		return 0;
	int err = cart_may_change(cart);
	if (!err)
		err = position_exact(cart);
	if (!err && cart->label.worm && !worm_allows(cart))
		err = -EPERM;
	cart->part->stretch = !err;
	return err;
}

/* Whether anything may be written at the position, however little room there is. */
static int append_open(struct cart *cart)
{
	if (cart->part->intake.active)
		return -EINVAL;
	int err = window_reap(cart, false);
	if (!err)
		err = cart_may_append(cart);
	return err ? err : changes_apart(cart);
}

int append_gate(struct cart *cart, uint64_t charge, bool filemark)
{
	int err = append_open(cart);
	if (err)
		return err;
	if (cart->part->pos.object + cart->stages.objects >= MEDIA_OBJECTS_MAX)
		return MEDIA_FULL;
	uint64_t limit = cart->part->capacity + (filemark ? FILEMARK_RESERVE * FILEMARK_CHARGE : 0);
	uint64_t used = cart->part->pos.charge + cart->stages.charge;
	return used + charge > limit ? MEDIA_FULL : MEDIA_OK;
}

int append_empty(struct cart *cart, struct entry e)
{
	bool filemark = e.kind == ENTRY_FILEMARK;
	int err = stages_settle(cart, &cart->stages);
	if (!err)
		err = append_gate(cart, filemark ? FILEMARK_CHARGE : 0, filemark);
	if (!err)
		err = generation_room(cart, 1, filemark);
	if (err)
		return err;
	reader_drop(cart);
	err = generation_commit(cart);
	if (!err)
		err = window_begin(cart);
	return err ? err : window_add(cart, e);
}

int cart_write_filemarks(struct cart *cart, uint32_t n, uint32_t *ret_done)
{
	*ret_done = 0;
	for (uint32_t i = 0; i < n; i++) {
		int err = append_empty(cart, (struct entry){ 0, ENTRY_FILEMARK, 0 });
		if (err)
			return err;
		*ret_done = i + 1;
	}
	return cart_held(cart, MEDIA_OK);
}

int cart_erase(struct cart *cart)
{
	struct part *part = cart->part;
	int err = append_open(cart);
	if (!err && cart->label.worm && part->pos.object < part->end.object)
		err = -EPERM;
	if (!err && part->pos.object < part->end.object) {
		err = generation_room(cart, 1, true);
		reader_drop(cart);
		if (!err)
			err = generation_commit(cart);
		if (!err)
			err = outfile_trim(cart); /* the generation's file may hold old data */
		extents_bury(cart, SIZE_MAX);
	}
	return err ? err : cart_sync(cart);
}
