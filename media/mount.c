// SPDX-License-Identifier: Apache-2.0
/* Opens and closes a cartridge. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "media/shelf/label.h"
#include "vtl/base/pool.h"

static void cart_free(struct cart *cart)
{
	struct engine *e = cart->engine;
	parts_free(cart);
	stages_free(&cart->stages);
	crypt_free(cart->crypt);
	mam_free(&cart->mam);
	bufs_fini(cart);
	if (cart->lock >= 0)
		e->ops->close(e, cart->lock);
	if (cart->dirfd >= 0)
		e->ops->close(e, cart->dirfd);
	free(cart);
}

/* Locks the cartridge for its drive.  If the folder cannot be written, because its file system is read-only or has no
 * space for a lock, the cartridge can be read only. */
static int cart_lock(struct cart *cart)
{
	struct engine *e = cart->engine;
	if (!cart->read_only) {
		int64_t until = 0;
		do
			cart->lock = folder_lock(e, cart->dirfd, LOCK_MOUNT);
		while (engine_room_again(e, cart->lock, &until));
		if (cart->lock != -EROFS && cart->lock != -ENOSPC && cart->lock != -EDQUOT)
			return cart->lock < 0 ? cart->lock : 0;
		cart->read_only = true;
	}
	cart->lock = folder_lock(e, cart->dirfd, LOCK_SHARE);
	return cart->lock < 0 && cart->lock != -ENOENT ? cart->lock : 0;
}

static int cart_mount(struct cart *cart, struct shelf shelf, const char *folder)
{
	cart->dirfd = folder_open(shelf, folder);
	if (cart->dirfd < 0)
		return cart->dirfd;
	int err = cart_lock(cart);
	if (err)
		return err;
	err = label_read_in(shelf.engine, cart->dirfd, folder, &cart->label);
	if (err)
		return err;
	if (!uuid_bytes(cart->label.uuid, cart->uuid))
		return -EUCLEAN;
	features_add(cart,
		(struct features){ (uint32_t)cart->label.features_read,
			(uint32_t)cart->label.features_write });
	err = memory_read(cart);
	if (!err)
		err = layout_read(cart);
	if (!err)
		err = parts_scan(cart);
	if (!err)
		memory_expect(cart);
	if (err)
		return err;
	tally_load(cart);
	worm_check(cart);
	return layout_begin(cart);
}

int cart_open_folder(struct shelf shelf, const char *folder, bool read_only, struct cart **ret_cart)
{
	struct engine *e = shelf.engine;
	struct cart *cart = calloc(1, sizeof *cart);
	if (!cart)
		return -ENOMEM;
	cart->engine = e;
	cart->read_only = read_only;
	cart->dirfd = cart->lock = -1;
	cart->extent_blocks_max = EXTENT_BLOCKS_MAX;
	cart->warning_zone = WARNING_DEFAULT;
	parts_init(cart);
	stages_init(&cart->stages);
	compress_begin(cart);
	bufs_init(cart);
	cart->pool = e->pool ? e->pool : pool_new(SEGMENT_MAX, BUFS);
	int err = cart->pool ? cart_mount(cart, shelf, folder) : -ENOMEM;
	if (err) {
		cart_free(cart);
		return err;
	}
	*ret_cart = cart;
	return 0;
}

int cart_open(struct shelf shelf, const char *barcode, bool read_only, struct cart **ret_cart)
{
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	struct cart *cart;
	int err = cart_open_folder(shelf, barcode, read_only, &cart);
	if (err)
		return err;
	if (strcmp(cart->label.barcode, barcode) != 0) {
		cart_free(cart);
		return -EUCLEAN;
	}
	*ret_cart = cart;
	return 0;
}

/* Ends the writing in the partition in use. */
static void part_close(struct cart *cart)
{
	outfile_drop(cart);
	if (cart->read_only || cart->failed || cart->tampered)
		return; /* what was tampered with stays as it was found */
	bool changed = cart->part->own.open;
	outfile_trim(cart); /* before the index, which may need that space on a full disk */
	extents_bury(cart, SIZE_MAX);
	if (changed)
		checkpoint_write(cart);
}

int cart_close(struct cart *cart)
{
	cart_write_cancel(cart);
	int err = cart_sync(cart);
	reader_drop(cart);
	stages_rest(cart);
	while (cart->dropping)
		cart->engine->ops->wait(cart->engine);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		cart->part = &cart->parts[i];
		part_close(cart);
	}
	if (!cart->read_only)
		memory_write(cart);
	cart_free(cart);
	return err;
}

static int begin_if_blank(struct cart *cart)
{
	if (cart->part->end.object)
		return 0;
	int err = generation_room(cart, 1, true);
	err = err ? err : generation_commit(cart);
	return err == MEDIA_FULL ? -ENOSPC : err;
}

int cart_close_copy(struct cart *cart, const struct mam *memory)
{
	int err = mam_number(memory, MAM_WRITTEN) > 0 ? begin_if_blank(cart) : 0;
	cart->is_copy = true;
	mam_free(&cart->mam);
	if (memory->len > 0 && !err)
		err = mam_take_rows(memory->rows, memory->len, &cart->mam);
	if (!err)
		err = changes_adopt(cart);
	int closed = cart_close(cart);
	return err ? err : closed;
}

int cart_failed(const struct cart *cart)
{
	return cart->failed;
}

bool cart_is_read_only(const struct cart *cart)
{
	return cart->read_only || cart->label.write_protected;
}

const struct cart_label *cart_label(const struct cart *cart)
{
	return &cart->label;
}

struct cart_counters cart_counters(const struct cart *cart)
{
	return mam_counters(&cart->mam);
}

struct features cart_features(const struct cart *cart)
{
	return cart->features;
}

bool cart_needs_newer(const struct cart *cart)
{
	return feature_unknown(cart->features.write, FEATURES_WRITE) >= 0;
}
