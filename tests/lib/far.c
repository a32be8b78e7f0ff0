/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions with more objects or bytes than a test can write. */
#include "tests/lib/far.h"

#include "media/cart.h"

int cart_begin_at(struct cart *cart, uint64_t object, uint64_t charge)
{
	struct part *part = cart->part;
	part->pos = part->end = (struct spot){ object, part->end.filemarks, charge };
	part->exact = true;
	return index_add_loss(&part->index, object, part->end.filemarks);
}
