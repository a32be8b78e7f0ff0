// SPDX-License-Identifier: Apache-2.0
/* What happens when buffered data cannot be written. */
#include <errno.h>

#include "media/cart.h"

void fault_raise(struct cart *cart, int err, struct spot good)
{
	struct part *part = cart->part;
	struct window *window = &part->window;
	if (cart->failed)
		return;
	if (err == -EROFS) { /* data are lost all the same; what comes next is refused as read-only */
		cart->read_only = true;
		err = -EIO;
	}
	cart->failed = err;
	part->intake.record.err = err; /* if one is under way, its writer hears of it at the end */
	part->stretch = false;
	record_drop(cart, &part->intake.record);
	record_drop(cart, &cart->stages.record);
	stages_drop(cart);
	window_drop(cart);
	int64_t res = sync_wait(cart);
	if (part->own.open && window->dirty && good.object > window->durable.object) {
		/* sync what was written before the failed segment, once; a failed sync is never tried again */
		if (res == 0)
			res = engine_do(cart->engine, ENGINE_DATASYNC, part->own.now.fd, NULL, 0, 0);
		if (res < 0)
			good = window->durable;
	}
	cart->fault = err;
	cart->fault_first = good.object;
	if (good.object < part->index.objects)
		index_cut(&part->index, good.object, good.filemarks); /* without memory: EOD guards */
	part->pos = part->end = window->durable = good;
	part->exact = true;
	reader_drop(cart);
}

void fault_note(struct cart *cart, int err)
{
	stages_drop(cart);
	if (cart_sync(cart))
		return; /* that is worse, and reported in its place */
	cart->fault = err;
	cart->fault_first = cart->part->pos.object;
	cart->part->stretch = false;
}

bool cart_fault_take(struct cart *cart, int *ret_err, uint64_t *ret_first)
{
	window_reap(cart, false);
	stages_reap(cart, false);
	if (!cart->fault)
		return false;
	*ret_err = cart->fault;
	*ret_first = cart->fault_first;
	cart->fault = 0;
	return true;
}
