// SPDX-License-Identifier: Apache-2.0
/* The memory of a threaded cartridge: read at the mount, written at the unmount. */
#include <errno.h>

#include "media/cart.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"

/* A memory that is damaged or cannot be read does not prevent the mount: the data can be read without it. */
int memory_read(struct cart *cart)
{
	int err = mam_read_in(cart->engine, cart->dirfd, cart->uuid, &cart->mam);
	if (media_other_version(err) || err == -ENOMEM)
		return err;
	cart->mam_damaged = err == -EUCLEAN;
	cart->mam_unread = err && !cart->mam_damaged;
	if (cart->mam_damaged)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": its file mam is damaged: loads and bytes are counted from 0 again, and attributes "
			"that hosts wrote to it are lost");
	else if (err)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": its file mam cannot be read: %s: this load is not counted", error_text(err));
	features_add(cart, cart->mam.features);
	return 0;
}

/* Without an extent nothing was written: a count would make the blank cartridge one that has lost files. */
static bool has_extents(const struct cart *cart)
{
	bool has = cart->layout.there;
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		has |= cart->parts[i].extent_count > 0;
	return has;
}

void memory_expect(struct cart *cart)
{
	cart->mam_missing = !cart->mam.rows && !cart_memory_error(cart) && has_extents(cart);
	if (cart->mam_missing)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": its file mam is missing: loads and bytes are counted from 0 again, and attributes "
			"that hosts wrote to it are lost");
}

int memory_replace(struct cart *cart, const struct mam *mam)
{
	struct engine *e = cart->engine;
	int lock = folder_lock(e, cart->dirfd, LOCK_LABEL);
	if (lock < 0)
		return lock;
	int err = mam_write_in(e, cart->dirfd, cart->uuid, mam);
	e->ops->close(e, lock);
	return err;
}

/* What this mount has counted. */
static int count_in(struct cart *cart)
{
	const struct cart_counters mount = { 1, has_extents(cart) ? cart->host_written : 0, cart->host_read };
	int err = mam_count(&cart->mam, &mount);
	if (!err)
		err = mam_put_number(&cart->mam, MAM_LAST_WRITTEN, mount.written >> 20);
	if (!err)
		err = mam_put_number(&cart->mam, MAM_LAST_READ, mount.read >> 20);
	return err ? err : changes_mark(cart, &cart->mam);
}

/* Without the lock, or space for the file, this mount is not counted; nothing else is lost. */
void memory_write(struct cart *cart)
{
	if (cart->mam_unread || (cart->is_copy && cart->mam.len == 0 && !has_extents(cart)))
		return;
	int err = cart->is_copy ? changes_mark(cart, &cart->mam) : count_in(cart);
	if (err || tally_mark(cart, &cart->mam) || worm_mark(cart, &cart->mam))
		return;
	memory_replace(cart, &cart->mam);
}
