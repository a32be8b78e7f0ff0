// SPDX-License-Identifier: Apache-2.0
/* What is known to be lost without reading data: missing files, lost objects. */
#include <errno.h>

#include "media/cart.h"

void extents_compare(struct cart *cart, const struct extent_file *files, size_t count)
{
	for (uint32_t i = 0; i < cart->part->extent_count; i++) {
		struct extent *x = &cart->part->extents[i];
		x->missing = !extent_is_there(files, count, x->generation, x->number);
	}
}

bool checkpoint_end_is_missing(const struct checkpoint *c, const struct extent_file *files, size_t count)
{
	if (count > 0 && files[count - 1].generation > c->generation)
		return false; /* a later generation removes what holds no data */
	for (uint32_t i = 0; i < c->extent_count; i++)
		if (c->extents[i].generation == c->generation && c->extents[i].number == c->number)
			return false; /* extents_compare() looks for it */
	return !extent_is_there(files, count, c->generation, c->number);
}

int nothing_is_blank(const struct cart *cart, int checkpoint)
{
	const struct layout *layout = &cart->layout;
	bool written = layout->there ? layout->begun
				     : cart->mam_damaged || mam_number(&cart->mam, MAM_WRITTEN) > 0;
	return written || checkpoint != -ENOENT ? -ENOLINK : 0;
}

static void lose_objects(struct cart_usage *usage, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	if (!usage->lost_objects)
		usage->first_lost = from;
	usage->lost_objects += to - from;
}

void losses_into(const struct part *part, struct cart_usage *usage)
{
	const struct index *ix = &part->index;
	uint32_t counted = UINT32_MAX; /* the runs of an extent are neighbours: count it once */
	usage->lost_files = part->end_missing;
	for (size_t i = 0; i < ix->count; i++) {
		const struct run *run = &ix->runs[i];
		bool loss = run->blocks == 0;
		if (!loss && !part->extents[run->extent].missing)
			continue;
		lose_objects(usage, run->object, i + 1 < ix->count ? ix->runs[i + 1].object : ix->objects);
		if (!loss && run->extent != counted) {
			usage->lost_files++;
			usage->file_bytes -= EXTENT_HEAD_BLOCKS * BLOCK;
			counted = run->extent;
		}
		usage->file_bytes -= (uint64_t)run->count * run->blocks * BLOCK;
	}
}
