// SPDX-License-Identifier: Apache-2.0
/* The partitions of a threaded cartridge: one is in use, the others wait with everything on stable storage. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/log.h"

void parts_init(struct cart *cart)
{
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		struct part *part = &cart->parts[i];
		*part = (struct part){ .number = i, .exact = true, .allocate_step = ALLOCATE_FIRST };
		part->own.now.fd = part->own.next.fd = -1;
		TAILQ_INIT(&part->intake.record.held);
		TAILQ_INIT(&part->window.flying);
	}
	cart->part = cart->parts;
}

void parts_free(struct cart *cart)
{
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		cart->part = &cart->parts[i];
		extents_close(cart);
		index_free(&cart->part->index);
	}
}

size_t files_void(const struct cart *cart, const struct extent_file *files, size_t count)
{
	size_t n = 0;
	while (n < count && files[n].generation < cart->layout.floor)
		n++;
	return n;
}

/* A partition that is not there any more: what it held is void. */
static int part_void(struct cart *cart)
{
	struct part *part = cart->part;
	autofree struct extent_file *files = NULL;
	size_t count = 0;
	int err = folder_extents(cart->engine, cart->dirfd, part->number, &files, &count);
	part->generation_max = cart->layout.floor - 1; /* also when the files are gone */
	count = files_void(cart, files, count);
	for (size_t i = 0; i < count && !err; i++)
		err = extent_dead(cart, files[i].generation, files[i].number, files[i].size);
	return err;
}

int parts_scan(struct cart *cart)
{
	const struct layout *layout = &cart->layout;
	int err = 0;
	for (unsigned i = 0; i < MEDIA_PARTITIONS && !err; i++) {
		struct part *part = cart->part = &cart->parts[i];
		part->capacity = layout->of.capacity[i];
		if (layout->there)
			part->own.features.read |= FEATURE_LAYOUT;
		if (i < layout->of.partitions)
			err = scan_partition(cart);
		else if (layout->there)
			err = part_void(cart);
	}
	cart->part = cart->parts;
	if (!err && !layout->there && (cart->features.read & FEATURE_LAYOUT)) {
		log_cartridge(LOG_ERROR, cart->label.barcode,
			": its file layout is missing: its partitions are not known");
		err = -ENOLINK;
	}
	return err;
}

int part_change(struct cart *cart, uint32_t number)
{
	int err = cart_sync(cart);
	if (err)
		return err;
	reader_drop(cart);
	window_drop(cart);
	cart->part->stretch = false;
	cart->part = &cart->parts[number];
	stages_announce(cart);
	return 0;
}
