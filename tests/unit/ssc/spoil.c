/* SPDX-License-Identifier: Apache-2.0 */
/* media/cart.h and vtl/library/library.h cannot be in one file, so this is not in the tests themselves. */
#include "spoil.h"

#include "media/cart.h"

enum { BIT = 0x08 };

bool spoil_staged(struct cart *cart, uint64_t object, size_t byte)
{
	struct staged *slot = TAILQ_FIRST(&cart->stages.queue);
	if (!slot || slot->object != object || byte >= slot->len)
		return false;
	staged_bytes(slot)[byte] ^= BIT;
	return true;
}

bool spoil_window(struct cart *cart, size_t before_end)
{
	const struct buf *b = cart->part->window.fill;
	if (!b || before_end > b->data_len)
		return false;
	b->mem[SEGMENT_HEAD_MAX + b->data_len - before_end] ^= BIT;
	return true;
}
