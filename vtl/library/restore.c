/* SPDX-License-Identifier: Apache-2.0 */
/* Restores cartridges from the wastebasket. */
#include <errno.h>
#include <stdlib.h>

#include "vtl/base/log.h"
#include "vtl/library/change.h"
#include "vtl/library/wastebasket.h"

static int restore_check(struct change *c, const struct deleted_cartridge *deleted,
	struct cartridge *ret_found, struct element **ret_slot)
{
	struct cart_deletion what;
	bool there;
	const char *barcode = deleted->what.barcode;
	int err = slot_for(c, barcode, ret_slot);
	if (err)
		return err;
	err = bin_look(c->inst, deleted->entry, &what, &ret_found->label, &ret_found->counters, &there);
	if (!err && !there)
		err = -ENOENT;
	if (!err && !generation_find(ret_found->label.generation))
		err = -EUCLEAN;
	return err
		? refuse(c->why, err, "cartridge %s cannot be restored: %s", barcode, media_error_text(err))
		: 0;
}

/* Moves the folder back; the catalog already has the cartridge in the slot. */
static int restore_folder(struct change *c, struct deleted_cartridge *deleted)
{
	int err = bin_restore(c->inst, deleted->entry, deleted->what.barcode);
	if (!err)
		return 0;
	catalog_drop(&c->txn, TABLE_CARTRIDGES, deleted->what.barcode);
	record_deleted(deleted, &c->txn);
	if (change_commit(c, NULL))
		log_cartridge(LOG_ERROR, deleted->what.barcode,
			" is in the wastebasket, but the catalog records a slot; the next start "
			"restores the cartridge");
	return err;
}

static int restore_commit(struct change *c, struct cartridge_private *priv, struct element *slot,
	struct deleted_cartridge *deleted)
{
	record_cartridge(priv, slot, NULL, false, &c->txn);
	catalog_drop(&c->txn, TABLE_DELETED, deleted->entry);
	int err = change_commit(c, NULL);
	return err ? err : restore_folder(c, deleted);
}

static int restore_locked(struct change *c, struct deleted_cartridge *deleted,
	struct cartridge **ret_cartridge)
{
	struct cartridge found = { .library = &c->lib->pub };
	struct element *slot;
	int err = restore_check(c, deleted, &found, &slot);
	if (err)
		return err;
	struct cartridge_private *priv = calloc(1, sizeof *priv);
	if (!priv)
		return refuse(c->why, -ENOMEM, "out of memory");
	priv->pub = found;
	err = restore_commit(c, priv, slot, deleted);
	if (err) {
		free(priv);
		return refuse(c->why, err,
			err == -EEXIST ? "there is already a folder of cartridge %s: %s"
				       : "cartridge %s cannot be restored: %s",
			found.label.barcode, media_error_text(err));
	}
	bin_empty(c->inst, deleted->entry); /* the next start removes what is left */
	deleted_forget(c->inst, deleted);
	cartridge_enter(c->inst, priv, slot);
	label_follow(c->inst, priv);
	if (ret_cartridge)
		*ret_cartridge = &priv->pub;
	return 0;
}

int cartridge_restore(struct installation *inst, struct library *library, const char *entry,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	struct deleted_cartridge *deleted = err ? NULL : deleted_find(inst, entry);
	if (deleted)
		err = restore_locked(&c, deleted, ret_cartridge);
	else if (!err)
		err = refuse(why, -ENOENT, "the cartridge is no longer in the wastebasket");
	return change_end_elements(&c, err);
}
