// SPDX-License-Identifier: Apache-2.0
/* How full a cartridge is that is in no drive: what the checkpoint says, if nothing was written after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "media/shelf/label.h"
#include "vtl/base/cleanup.h"

/* Whether something may have been written behind the checkpoint. */
static bool goes_on(const struct checkpoint *c, const struct extent_file *files, size_t count)
{
	const struct extent_file *last = count ? &files[count - 1] : NULL;
	if (!last || last->generation < c->generation)
		return false; /* the file where it ends is missing */
	if (last->generation == c->generation && last->number <= c->number)
		return last->number == c->number && last->size > (uint64_t)c->block * BLOCK;
	return true;
}

static int extents_take(struct cart *cart, const struct checkpoint *c)
{
	uint32_t at;
	int err = 0;
	for (uint32_t i = 0; i < c->extent_count && !err; i++)
		err = extent_add(cart, c->extents[i].generation, c->extents[i].number, -1, &at);
	return err;
}

/* A later generation may have removed files that the checkpoint names; the checkpoint's own generation does not. */
static int half_known(const struct cart *cart, const struct checkpoint *c, const struct extent_file *last)
{
	const struct part *part = cart->part;
	bool missing = part->end_missing;
	for (uint32_t i = 0; i < part->extent_count; i++)
		missing |= part->extents[i].missing;
	return missing && last->generation == c->generation ? -ENOLINK : -ENODATA;
}

static int glance_at(struct cart *cart, const struct extent_file *files, size_t count)
{
	struct part *part = cart->part;
	struct checkpoint c;
	int err = checkpoint_read(cart, GLANCE_MAX, &c);
	if (err == -ENOENT || err == -EUCLEAN) {
		if (count)
			return -ENODATA;
		int memory = cart->mam.rows ? 0 : memory_read(cart);
		return memory ? memory : nothing_is_blank(cart, err);
	}
	if (err)
		return err;
	features_add(cart, c.features);
	part->index = c.index;
	part->end = c.end;
	err = extents_take(cart, &c);
	extents_compare(cart, files, count);
	part->end_missing = checkpoint_end_is_missing(&c, files, count);
	if (!err && goes_on(&c, files, count))
		err = half_known(cart, &c, &files[count - 1]);
	free(c.extents);
	return err;
}

static int glance_part(struct cart *cart)
{
	autofree struct extent_file *files = NULL;
	size_t count;
	int err = folder_extents_unsized(cart->engine, cart->dirfd, cart->part->number, &files, &count);
	if (err)
		return err;
	size_t gone = files_void(cart, files, count);
	return glance_at(cart, gone ? files + gone : files, count - gone);
}

static int glance_in(struct cart *cart)
{
	int err = layout_read(cart);
	for (unsigned i = 0; !err && i < cart->layout.of.partitions; i++) {
		cart->part = &cart->parts[i];
		cart->part->capacity = cart->layout.of.capacity[i];
		err = glance_part(cart);
	}
	if (!err && !cart->mam.rows)
		mam_read_in(cart->engine, cart->dirfd, cart->uuid,
			&cart->mam); /* without it the ratio is unknown */
	if (!err)
		tally_load(cart);
	if (!err)
		worm_check(cart);
	if (!err && !cart->layout.there && (cart->features.read & FEATURE_LAYOUT))
		err = -ENOLINK;
	return err;
}

int cart_glance(struct shelf shelf, const char *barcode, struct cart_usage *ret_usage)
{
	struct engine *e = shelf.engine;
	autofree struct cart *cart = calloc(1, sizeof *cart);
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	if (!cart)
		return -ENOMEM;
	cart->engine = e;
	parts_init(cart);
	cart->dirfd = folder_open(shelf, barcode);
	if (cart->dirfd < 0)
		return cart->dirfd;
	int err = label_read_in(e, cart->dirfd, barcode, &cart->label);
	if (!err && !uuid_bytes(cart->label.uuid, cart->uuid))
		err = -EUCLEAN;
	if (!err)
		err = glance_in(cart);
	if (!err)
		cart_usage(cart, ret_usage);
	parts_free(cart);
	mam_free(&cart->mam);
	e->ops->close(e, cart->dirfd);
	return err;
}
