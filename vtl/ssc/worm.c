/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write once, read many, with the append points of a real drive: end of data; the filemarks at the
 * end of the data behind another filemark (backup software leaves several and goes back over them);
 * and a blank label of one or two records at the beginning.
 */
#include "vtl/ssc/worm.h"

#include "vtl/ssc/media_sense.h"

enum { LABEL_RECORDS = 2 };

static bool is_at(struct cart *cart, uint64_t object, int what)
{
	uint32_t len;
	return cart_locate(cart, 0, object) == MEDIA_OK && cart_peek(cart, &len) == what;
}

/* Objects 0.. are the n records there are; only filemarks are behind them. */
static bool label_only(struct cart *cart, uint64_t n)
{
	if (n > LABEL_RECORDS)
		return false;
	for (uint64_t object = 0; object < n; object++)
		if (!is_at(cart, object, MEDIA_OK))
			return false;
	return true;
}

static bool appends(struct cart *cart)
{
	struct cart_position at;
	struct cart_usage usage;
	cart_position(cart, &at);
	cart_usage(cart, &usage);
	if (at.object >= usage.objects)
		return true;
	if (at.object == 0)
		return label_only(cart, usage.objects - usage.filemarks);
	bool marks_follow = usage.objects - at.object == usage.filemarks - at.filemarks;
	return marks_follow && is_at(cart, at.object - 1, MEDIA_FILEMARK);
}

bool worm_allows_write(struct work *w)
{
	if (!tape_is_worm(w->tape))
		return true;
	struct cart_position at;
	cart_position(w->cart, &at);
	if (at.eod)
		return true; /* the usual case, and no need to sync */
	if (!work_sync(w))
		return false;
	bool allowed = appends(w->cart);
	int moved = cart_locate(w->cart, at.partition, at.object);
	if (moved < 0) {
		media_fail(w, moved, MEDIA_MOVING, 0);
		return false;
	}
	if (!allowed)
		work_fail(w, &(struct sense_data){ .id = SENSE_WORM_OVERWRITE });
	return allowed;
}
