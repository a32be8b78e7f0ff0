/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes cartridges: into the wastebasket, or at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vtl/base/log.h"
#include "vtl/library/change.h"
#include "vtl/library/wastebasket.h"

static int destroy_locked(struct change *c, struct cartridge_private *priv)
{
	const char *barcode = priv->pub.label.barcode;
	record_deleting(priv, &c->txn);
	numbers_record(c->inst, barcode, &c->txn);
	int err = change_commit(c, NULL);
	if (err)
		return refuse(c->why, err, "cartridge %s cannot be deleted: %s", barcode,
			media_error_text(err));
	/* The deletion counts from here on; the next start removes what a crash leaves of the folder. */
	numbers_use(c->inst, barcode);
	cartridge_retire(c->inst, priv);
	err = label_delete(c->inst, barcode);
	if (err && err != -ENOENT)
		return refuse(c->why, err,
			"cartridge %s was removed from the library, but its folder cannot be deleted: %s",
			barcode, media_error_text(err));
	health_forget(c->inst, priv->pub.label.uuid);
	catalog_drop(&c->txn, TABLE_CARTRIDGES, barcode);
	health_drop(priv->pub.label.uuid, &c->txn);
	change_commit(c, NULL);
	return 0;
}

static struct deleted_cartridge *discard_plan(struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	struct cart_deletion what = { .deleted = (uint64_t)time(NULL) };
	const struct cart_label *label = &priv->pub.label;
	memcpy(what.barcode, label->barcode, sizeof what.barcode);
	memcpy(what.uuid, label->uuid, sizeof what.uuid);
	snprintf(what.library, sizeof what.library, "%s", priv->pub.library->name);
	actor_text(by, what.by, sizeof what.by);
	snprintf(what.reason, sizeof what.reason, "%s", reason ? reason : "");
	return deleted_new(&what, label, "");
}

/* The folder could not be moved: restores the rows of the catalog. */
static int discard_undo(struct change *c, struct cartridge_private *priv, struct deleted_cartridge *deleted)
{
	record_cartridge_here(priv, &c->txn);
	catalog_drop(&c->txn, TABLE_DELETED, deleted->entry);
	int err = change_commit(c, NULL);
	if (!err)
		bin_empty(c->inst, deleted->entry);
	return err;
}

static int discard_commit(struct change *c, struct cartridge_private *priv, struct deleted_cartridge *deleted)
{
	const char *barcode = priv->pub.label.barcode;
	catalog_drop(&c->txn, TABLE_CARTRIDGES, barcode);
	record_deleted(deleted, &c->txn);
	numbers_record(c->inst, barcode, &c->txn);
	int err = change_commit(c, NULL);
	if (err) {
		bin_empty(c->inst, deleted->entry);
		return err;
	}
	numbers_use(c->inst, barcode);
	err = bin_put(c->inst, deleted->entry, barcode);
	if (!err || discard_undo(c, priv, deleted) == 0)
		return err;
	log_cartridge(LOG_ERROR, barcode,
		": its folder cannot be moved to the wastebasket: %s; the next start tries again",
		media_error_text(err));
	return 0;
}

/* Moves a cartridge to the wastebasket. -ENOSPC, -EDQUOT: no disk space for that. */
static int discard_locked(struct change *c, struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	const char *barcode = priv->pub.label.barcode;
	struct deleted_cartridge *deleted = discard_plan(priv, by, reason);
	int err = deleted ? bin_prepare(c->inst, &deleted->what, deleted->entry) : -ENOMEM;
	if (!err)
		err = discard_commit(c, priv, deleted);
	if (err) {
		free(deleted);
		return refuse(c->why, err, "cartridge %s cannot be moved to the wastebasket: %s", barcode,
			media_error_text(err));
	}
	deleted_add(c->inst, deleted);
	cartridge_retire(c->inst, priv);
	return 0;
}

static int check_deletable(struct installation *inst, struct cartridge_private *priv,
	char why[static WHY_LEN])
{
	int err = cartridge_changeable(priv, why);
	if (!err && label_in_use(inst, priv->pub.label.barcode))
		err = refuse(why, -EBUSY, "cartridge %s is being verified or exported",
			priv->pub.label.barcode);
	return err;
}

int cartridge_free(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN])
{
	objects_hold(inst);
	int err = check_deletable(inst, priv_of(cartridge), why);
	objects_release(inst);
	return err;
}

static int delete_locked(struct change *c, struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	label_drain(c->inst, priv);
	int err = check_deletable(c->inst, priv, c->why);
	if (err)
		return err;
	if (!by || !c->inst->keep_days)
		return destroy_locked(c, priv);
	do
		err = discard_locked(c, priv, by, reason);
	while (no_room(err) && wastebasket_give_up_one(c->inst));
	return no_room(err)
		? refuse(c->why, err,
			  "the disk has no room to keep cartridge %s in the wastebasket; nothing was "
			  "deleted; --force destroys the cartridge",
			  priv->pub.label.barcode)
		: err;
}

int cartridge_delete(struct installation *inst, struct cartridge *cartridge, const struct actor *by,
	const char *reason, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, cartridge->library, why);
	if (!err)
		err = delete_locked(&c, priv_of(cartridge), by, reason);
	err = change_end_elements(&c, err);
	if (!err)
		library_wastebasket_tidy(inst); /* purges when disk space is short */
	return err;
}

int cartridge_destroy(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, cartridge->library, why);
	if (!err)
		err = delete_locked(&c, priv_of(cartridge), NULL, NULL);
	return change_end_elements(&c, err);
}
