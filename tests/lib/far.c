/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions of so many objects that no test can write them. */
#include "tests/lib/far.h"

#include "media/cart.h"

int cart_begin_at(struct cart *cart, uint64_t object)
{
	struct part *part = cart->part;
	part->pos = part->end = (struct spot){ object, part->end.filemarks, part->end.charge };
	part->exact = true;
	return index_add_loss(&part->index, object, part->end.filemarks);
}
