/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciles the catalog with the wastebasket at a start. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/wastebasket.h"

struct agreeing {
	struct installation *inst;
	struct catalog_txn *txn;
	char *why;
	bool by_label;
};

/* An entry and its contents. */
struct found {
	const char *entry;
	struct cart_deletion what;
	struct cart_label label; /* empty when it cannot be read */
	struct cart_counters counters;
	bool there;
};

/* Whether the cartridges' folder has this barcode, and which uuid; *ret_uuid is "" when its label cannot be
 * read. */
static bool on_shelf(struct installation *inst, const char *barcode, char ret_uuid[static 37])
{
	struct cart_label label;
	struct cart_counters counters = { 0 };
	int64_t stamp;
	int err = label_read(inst, barcode, &label, &counters, &stamp);
	*ret_uuid = 0;
	if (!err)
		memcpy(ret_uuid, label.uuid, sizeof label.uuid);
	return err != -ENOENT;
}

static void place_remove(struct agreeing *a, const char *entry)
{
	int err = bin_empty(a->inst, entry);
	if (err && err != -ENOENT)
		log_warn("wastebasket entry %s is empty and cannot be removed: %s", entry,
			media_error_text(err));
}

static void row_drop(struct agreeing *a, struct deleted_cartridge *deleted)
{
	catalog_drop(a->txn, TABLE_DELETED, deleted->entry);
	deleted_forget(a->inst, deleted);
}

/* The catalog has the deletion, but the entry has no folder: a crash came before the move. */
static void finish_deletion(struct agreeing *a, struct deleted_cartridge *deleted)
{
	char uuid[37];
	const struct cart_deletion *what = &deleted->what;
	bool same = on_shelf(a->inst, what->barcode, uuid) && *uuid && !strcmp(uuid, what->uuid);
	int err = same ? bin_put(a->inst, deleted->entry, what->barcode) : -ENOENT;
	if (!err) {
		log_cartridge(LOG_WARN, what->barcode, ": deletion interrupted by a crash is now complete");
		return;
	}
	if (same)
		log_cartridge(LOG_ERROR, what->barcode,
			": deletion interrupted by a crash failed: %s; the cartridge is back in "
			"the library",
			media_error_text(err));
	place_remove(a, deleted->entry);
	row_drop(a, deleted);
}

/* The catalog has the cartridge in an element, but its folder is here: a crash came before the move back. */
static bool finish_return(struct agreeing *a, const struct found *f)
{
	char uuid[37];
	struct cartridge_private *priv = cartridge_lookup(a->inst, f->what.barcode);
	if (a->by_label || !priv || priv->deleted || strcmp(priv->pub.label.uuid, f->label.uuid) ||
		on_shelf(a->inst, f->what.barcode, uuid))
		return false;
	int err = bin_restore(a->inst, f->entry, f->what.barcode);
	if (err) {
		log_cartridge(LOG_ERROR, f->what.barcode, ": restore interrupted by a crash failed: %s",
			media_error_text(err));
		return false;
	}
	log_cartridge(LOG_WARN, f->what.barcode, ": restore interrupted by a crash is now complete");
	place_remove(a, f->entry);
	return true;
}

/* The folder is in the wastebasket without a row: the catalog was lost, or is older. The cartridge counts as
 * deleted. */
static int adopt(struct agreeing *a, const struct found *f)
{
	char uuid[37];
	struct cartridge_private *priv = cartridge_lookup(a->inst, f->what.barcode);
	if (priv && !strcmp(priv->pub.label.uuid, f->label.uuid) &&
		!on_shelf(a->inst, f->what.barcode, uuid)) {
		catalog_drop(a->txn, TABLE_CARTRIDGES, f->what.barcode);
		cartridge_retire(a->inst, priv);
	}
	struct deleted_cartridge *deleted = deleted_new(&f->what, &f->label, f->entry);
	if (!deleted)
		return -ENOMEM;
	deleted_add(a->inst, deleted);
	deleted->seen = true;
	record_deleted(deleted, a->txn);
	numbers_record(a->inst, f->what.barcode, a->txn);
	numbers_use(a->inst, f->what.barcode);
	if (!a->by_label)
		log_cartridge(LOG_WARN, f->what.barcode,
			" found in the wastebasket and added to the catalog");
	return 0;
}

static int place_visit(struct agreeing *a, const char *entry)
{
	struct found f = { .entry = entry };
	struct deleted_cartridge *deleted = deleted_find(a->inst, entry);
	int err = bin_look(a->inst, entry, &f.what, &f.label, &f.counters, &f.there);
	if (media_other_version(err))
		return refuse(a->why, err, "%.100s/.deleted/%s: %s; or move it away", a->inst->root, entry,
			media_error_text(err));
	if (deleted)
		deleted->seen = true;
	if (err) { /* an entry that cannot be read is left alone */
		log_warn("wastebasket entry %s ignored: cannot read its files: %s", entry,
			media_error_text(err));
		return 0;
	}
	if (deleted && !f.there)
		finish_deletion(a, deleted);
	else if (!deleted && !f.there)
		place_remove(a, entry);
	else if (!deleted && !finish_return(a, &f))
		return adopt(a, &f);
	return 0;
}

static void rows_without_place(struct agreeing *a)
{
	struct deleted_cartridge *deleted, *next;
	for (deleted = TAILQ_FIRST(&a->inst->deleted); deleted; deleted = next) {
		next = TAILQ_NEXT(deleted, link);
		if (deleted->seen)
			continue;
		log_cartridge(LOG_WARN, deleted->what.barcode,
			": deleted cartridge is no longer in the wastebasket; the catalog forgets "
			"the cartridge");
		row_drop(a, deleted);
	}
}

int bin_agree(struct installation *inst, bool by_label, struct catalog_txn *txn, char why[static WHY_LEN])
{
	struct agreeing a = { .inst = inst, .txn = txn, .why = why, .by_label = by_label };
	char(*entries)[MEDIA_ENTRY_MAX + 1] = NULL;
	size_t n = 0;
	int err = bin_list(inst, &entries, &n);
	if (err) {
		log_error("cannot read the wastebasket %s/.deleted: %s", inst->root, media_error_text(err));
		return 0;
	}
	for (size_t i = 0; i < n && !err; i++)
		err = place_visit(&a, entries[i]);
	free(entries);
	if (!err)
		rows_without_place(&a);
	return err;
}
