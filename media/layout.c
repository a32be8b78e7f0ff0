// SPDX-License-Identifier: Apache-2.0
/* The file that says which partitions a cartridge has: FORMAT.md section 3.2. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/log.h"

#define LAYOUT_FILE "layout"
static const char layout_magic[] = "EVTLAYO";

enum { COPIES = 2 };
enum { AT_UUID = 32, AT_COUNT = 48, AT_FLOOR = 52, AT_BEGUN = 56, AT_ZERO = 60, AT_AVAILABLE = 64 };
enum { AT_CAPACITY = 72, AT_ZERO_TOO = 104, ZERO_TOO = 24 };

static bool layout_sound(const struct cart_layout *of)
{
	uint64_t left = of->available;
	if (of->partitions == 0 || of->partitions > MEDIA_PARTITIONS || left > INT64_MAX)
		return false;
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		uint64_t size = of->capacity[i];
		if ((i < of->partitions) != (size > 0) || size > left)
			return false;
		left -= size;
	}
	return true;
}

static int layout_decode(const struct cart *cart, const uint8_t *p, struct layout *ret_layout)
{
	struct features features;
	int err = preamble_check(p, layout_magic, BLOCK, &features);
	if (media_other_version(err))
		return err;
	if (err || preamble_units(p) != 1 || memcmp(p + AT_UUID, cart->uuid, sizeof cart->uuid) != 0 ||
		get_le32(p + AT_BEGUN) > 1 || get_le32(p + AT_ZERO) || !is_blank(p + AT_ZERO_TOO, ZERO_TOO))
		return -EUCLEAN;
	struct layout layout = {
		.there = true,
		.begun = get_le32(p + AT_BEGUN),
		.floor = get_le32(p + AT_FLOOR),
		.of = { .partitions = get_le32(p + AT_COUNT), .available = get_le64(p + AT_AVAILABLE) },
	};
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		layout.of.capacity[i] = get_le64(p + AT_CAPACITY + i * 8);
	if (!layout_sound(&layout.of) || layout.floor == 0)
		return -EUCLEAN;
	*ret_layout = layout;
	return 0;
}

static int layout_take(struct cart *cart, const uint8_t *bytes, size_t len)
{
	int err = -EUCLEAN;
	for (size_t at = 0; err == -EUCLEAN && len == COPIES * BLOCK && at < len; at += BLOCK)
		err = layout_decode(cart, bytes + at, &cart->layout);
	if (err == -EUCLEAN)
		log_cartridge(LOG_ERROR, cart->label.barcode,
			": its file " LAYOUT_FILE " is damaged: its partitions are not known");
	return err;
}

int layout_read(struct cart *cart)
{
	autofree uint8_t *bytes = NULL;
	size_t len = 0;
	int err = file_read(cart->engine, cart->dirfd, LAYOUT_FILE, COPIES * BLOCK, (void **)&bytes, &len);
	if (err && err != -ENOENT)
		return err;
	if (!err)
		return layout_take(cart, bytes, len);
	const uint64_t whole = cart->label.capacity;
	cart->layout = (struct layout){ .of = { 1, whole, { whole } } };
	return 0;
}

static void layout_put(const struct cart *cart, const struct layout *layout, uint8_t *p)
{
	memcpy(p + AT_UUID, cart->uuid, sizeof cart->uuid);
	put_le32(p + AT_COUNT, layout->of.partitions);
	put_le32(p + AT_FLOOR, layout->floor);
	put_le32(p + AT_BEGUN, layout->begun);
	put_le64(p + AT_AVAILABLE, layout->of.available);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		put_le64(p + AT_CAPACITY + i * 8, layout->of.capacity[i]);
	preamble_put(p, layout_magic, 1, (struct features){ FEATURE_LAYOUT, 0 }, BLOCK);
}

int layout_write(struct cart *cart, const struct layout *layout)
{
	if (!layout_sound(&layout->of) || layout->of.available > cart->label.capacity)
		return -EINVAL;
	autofree uint8_t *bytes = calloc(COPIES, BLOCK);
	if (!bytes)
		return -ENOMEM;
	for (unsigned i = 0; i < COPIES; i++)
		layout_put(cart, layout, bytes + i * BLOCK);
	return file_replace(cart->engine, cart->dirfd, LAYOUT_FILE, bytes, COPIES * BLOCK);
}

void cart_layout(const struct cart *cart, struct cart_layout *ret_layout)
{
	*ret_layout = cart->layout.of;
}

unsigned cart_partitions(const struct cart *cart)
{
	return cart->layout.of.partitions;
}
