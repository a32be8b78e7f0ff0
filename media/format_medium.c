// SPDX-License-Identifier: Apache-2.0
/* Gives a cartridge new partitions.  One rename makes all earlier generations void; what they leave on disk is removed
 * later. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "vtl/base/log.h"

/* Removes the indexes of partitions that are not there; they are void. */
static void indexes_remove(struct cart *cart)
{
	for (unsigned i = cart->layout.of.partitions; i < MEDIA_PARTITIONS; i++) {
		char name[16];
		snprintf(name, sizeof name, "index-p%u", i);
		cart->engine->ops->unlink(cart->engine, cart->dirfd, name);
	}
}

int layout_begin(struct cart *cart)
{
	struct layout *layout = &cart->layout;
	int err = 0;
	if (!layout->there || layout->begun || cart->failed || cart_is_read_only(cart))
		return 0;
	for (unsigned i = 0; i < layout->of.partitions && !err; i++) {
		struct part *part = cart->part = &cart->parts[i];
		if (part->begun)
			continue;
		err = generation_room(cart, 1, true);
		if (!err)
			err = generation_commit(cart);
	}
	cart->part = cart->parts;
	if (err)
		return err < 0 ? err : 0; /* without room it stays to be done */
	indexes_remove(cart);
	struct layout begun = *layout;
	begun.begun = true;
	layout->begun = layout_write(cart, &begun) == 0;
	return 0;
}

/* The number of the first generation of the new layout: larger than any on the cartridge; 0: they are used up. */
static int floor_find(struct cart *cart, uint32_t *ret_floor)
{
	uint32_t last = cart->layout.floor;
	int err = 0;
	for (unsigned i = 0; i < MEDIA_PARTITIONS && !err; i++) {
		const struct part *part = &cart->parts[i];
		struct extent_file *files = NULL;
		size_t count = 0;
		err = folder_extents_unsized(cart->engine, cart->dirfd, i, &files, &count);
		if (!err && count && files[count - 1].generation > last)
			last = files[count - 1].generation;
		if (part->generation_max > last)
			last = part->generation_max;
		free(files);
	}
	if (!err && last == UINT32_MAX)
		err = -EROFS;
	*ret_floor = last + 1;
	return err;
}

/* Replaces the layout.  When it is not known whether it was replaced durably, the cartridge can only be read. */
static int layout_replace(struct cart *cart, const struct layout *next)
{
	struct layout before = cart->layout;
	int err = layout_write(cart, next);
	if (!err) {
		cart->layout = *next;
		return 0;
	}
	int looked = layout_read(cart);
	if (looked || cart->layout.floor != before.floor)
		cart->failed = err;
	cart->layout = before;
	return err;
}

/* Begins anew with what the folder holds now, as a mount does. */
static int parts_anew(struct cart *cart)
{
	uint32_t transformed = cart->part->own.features.read & FEATURES_RECORDS;
	parts_free(cart);
	parts_init(cart);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		cart->parts[i].own.features.read |= transformed;
	int err = parts_scan(cart);
	if (!err)
		err = layout_begin(cart);
	if (!err)
		stages_announce(cart);
	return err;
}

int cart_format(struct cart *cart, const struct cart_layout *of)
{
	struct layout next = { .there = true, .of = *of };
	int err = cart_may_change(cart);
	if (!err && cart->label.worm)
		err = -EPERM;
	if (!err)
		err = cart_sync(cart);
	if (!err)
		err = floor_find(cart, &next.floor);
	if (err)
		return err;
	reader_drop(cart);
	window_drop(cart);
	while (cart->dropping)
		cart->engine->ops->wait(cart->engine);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		cart->part = &cart->parts[i];
		outfile_drop(cart);
	}
	cart->part = cart->parts;
	err = layout_replace(cart, &next);
	if (!err) {
		err = parts_anew(cart);
		if (err && !cart->failed)
			cart->failed = err;
	}
	return cart_held(cart, err);
}
