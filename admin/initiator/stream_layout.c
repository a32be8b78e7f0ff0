/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of records and filemarks on a tape of the load generator. */
#include "admin/initiator/stream.h"

/* Returns the number of records between two filemarks; 0: one filemark at the end. */
static uint64_t group(const struct stream_round *r)
{
	return (r->plan->filemark + r->block - 1) / r->block;
}

uint64_t layout_records(const struct stream_round *r)
{
	return (r->plan->size + r->block - 1) / r->block;
}

uint64_t layout_items(const struct stream_round *r)
{
	uint64_t n = layout_records(r), g = group(r);
	return n + (g ? (n + g - 1) / g : 1);
}

bool layout_mark(const struct stream_round *r, uint64_t item)
{
	uint64_t g = group(r);
	return item + 1 == layout_items(r) || (g && item % (g + 1) == g);
}

uint32_t layout_len(const struct stream_round *r, uint64_t item)
{
	uint64_t rest = r->plan->size % r->block;
	/* The last item is a filemark, so the last record is the item before it. */
	return rest && item + 2 == layout_items(r) ? (uint32_t)rest : r->block;
}
