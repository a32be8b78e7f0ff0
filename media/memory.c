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
			": its file mam is damaged: loads and bytes are counted from 0 again");
	else if (err)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": its file mam cannot be read: %s: this load is not counted", error_text(err));
	features_add(cart, cart->mam.features);
	return 0;
}

/* Without the lock, or space for the file, this mount is not counted; nothing else is lost. */
static void replace(struct cart *cart)
{
	struct engine *e = cart->engine;
	int lock = folder_lock(e, cart->dirfd, LOCK_LABEL);
	if (lock < 0)
		return;
	mam_write_in(e, cart->dirfd, cart->uuid, &cart->mam);
	e->ops->close(e, lock);
}

void memory_write(struct cart *cart)
{
	/* Without an extent nothing was written: a count would make the blank cartridge one that has lost files. */
	const struct cart_counters mount = { 1, cart->part->extent_count ? cart->host_written : 0,
		cart->host_read };
	if (cart->mam_unread || (cart->is_copy && cart->mam.len == 0))
		return;
	if (!cart->is_copy && mam_count(&cart->mam, &mount))
		return;
	replace(cart);
}
