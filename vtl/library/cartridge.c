/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and protecting cartridges. Folder and catalog match after each change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/wastebasket.h"

struct cartridge_private *cartridge_lookup(struct installation *inst, const char *barcode)
{
	struct cartridge_private *priv;
	HASH_FIND_STR(inst->all_cartridges, barcode, priv);
	return priv;
}

struct cartridge *cartridge_find(struct library *library, const char *barcode)
{
	struct cartridge_private *priv = cartridge_lookup(lib_of(library)->inst, barcode);
	return priv && priv->pub.library == library ? &priv->pub : NULL;
}

struct cartridge_private *cartridge_new(struct installation *inst, struct library *library,
	const struct cart_label *label)
{
	struct cartridge_private *priv = calloc(1, sizeof *priv);
	if (!priv)
		return NULL;
	priv->pub.library = library;
	priv->pub.label = *label;
	TAILQ_INSERT_TAIL(&library->cartridges, &priv->pub, link);
	HASH_ADD_STR(inst->all_cartridges, pub.label.barcode, priv);
	return priv;
}

void cartridge_retire(struct installation *inst, struct cartridge_private *priv)
{
	if (priv->pub.at)
		element_put(&priv->pub, NULL, NULL);
	HASH_DEL(inst->all_cartridges, priv);
	TAILQ_REMOVE(&priv->pub.library->cartridges, &priv->pub, link);
	priv->deleted = true;
	TAILQ_INSERT_TAIL(&inst->retired_cartridges, &priv->pub, link);
}

void cartridge_enter(struct installation *inst, struct cartridge_private *priv, struct element *slot)
{
	TAILQ_INSERT_TAIL(&priv->pub.library->cartridges, &priv->pub, link);
	HASH_ADD_STR(inst->all_cartridges, pub.label.barcode, priv);
	element_put(&priv->pub, slot, NULL);
}

int elements_change(struct installation *inst, struct library *library, element_work *work, void *arg,
	char why[static WHY_LEN])
{
	struct library_private *lib = lib_of(library);
	change_begin(inst);
	turn_take(&inst->turn);
	turn_take(&lib->turn);
	int err = work(inst, lib, arg, why);
	turn_give(&lib->turn);
	if (!err)
		listeners_tell(inst, elements_changed, library, true);
	turn_give(&inst->turn);
	change_end(inst);
	return err;
}

/* --- into the catalog, then into memory --------------------------------------------------------------- */

void label_locate(struct cart_label *label, const struct library_private *lib, const struct element *slot)
{
	char text[16];
	element_text(slot, text);
	snprintf(label->library, sizeof label->library, "%s", lib->pub.name);
	snprintf(label->element, sizeof label->element, "%s", text);
}

static void cartridges_free(struct cartridge_private **cartridges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(cartridges[i]);
	free(cartridges);
}

static int cartridges_commit(struct installation *inst, struct library_private *lib, size_t n,
	const struct cart_label *labels, const struct cart_counters *counters, struct element *const *slots,
	struct cartridge_private **cartridges)
{
	struct catalog_txn txn;
	for (size_t i = 0; i < n; i++) {
		cartridges[i] = calloc(1, sizeof *cartridges[i]);
		if (!cartridges[i])
			return -ENOMEM;
		cartridges[i]->pub.library = &lib->pub;
		cartridges[i]->pub.label = labels[i];
		if (counters)
			cartridges[i]->pub.counters = counters[i];
		cartridges[i]->stamp = label_stamp(inst, labels[i].barcode);
	}
	catalog_begin(inst->catalog, &txn);
	for (size_t i = 0; i < n; i++)
		record_cartridge(cartridges[i], slots[i], NULL, false, &txn);
	return catalog_commit(&txn);
}

int cartridges_enter(struct installation *inst, struct library_private *lib, size_t n,
	const struct cart_label *labels, const struct cart_counters *counters, struct element *const *slots)
{
	struct cartridge_private **cartridges = calloc(n, sizeof(struct cartridge_private *));
	int err = cartridges ? cartridges_commit(inst, lib, n, labels, counters, slots, cartridges) : -ENOMEM;
	if (err) {
		cartridges_free(cartridges, cartridges ? n : 0);
		return err;
	}
	for (size_t i = 0; i < n; i++)
		cartridge_enter(inst, cartridges[i], slots[i]);
	free(cartridges);
	return 0;
}

/* --- adopt --------------------------------------------------------------------------------------- */

int slot_for(struct installation *inst, struct library_private *lib, const char *barcode,
	struct element **ret_slot, char why[static WHY_LEN])
{
	if (lib->deleted)
		return refuse(why, -ENOENT, "the library was deleted");
	struct cartridge_private *other = cartridge_lookup(inst, barcode);
	if (other)
		return refuse(why, -EEXIST, "there is already a cartridge %s, in library %s", barcode,
			other->pub.library->name);
	if (root_writable(inst, why))
		return -EROFS;
	*ret_slot = slot_free(lib);
	return *ret_slot ? 0 : refuse(why, -ENOSPC, "library %s has no free slot", lib->pub.name);
}

/* Hosts take the generation from the end of the barcode, so it must be right. */
static int barcode_fits(const struct cart_label *label, char why[static WHY_LEN])
{
	bool worm, cleaning;
	const struct generation *g = generation_of_barcode(label->barcode, &worm, &cleaning);
	if (!g || (!strcmp(g->name, label->generation) && worm == label->worm))
		return 0;
	return refuse(why, -EINVAL, "barcode %s stands for %s%s, but the cartridge is %s%s", label->barcode,
		g->name, worm ? " worm" : "", label->generation, label->worm ? " worm" : "");
}

static int adopt_locked(struct installation *inst, struct library_private *lib, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct element *slot;
	struct cart_label label;
	struct cart_counters counters = { 0 };
	int64_t stamp;
	int err = slot_for(inst, lib, barcode, &slot, why);
	if (err)
		return err;
	err = label_read(inst, barcode, &label, &counters, &stamp);
	if (!err && !generation_find(label.generation))
		err = -EUCLEAN;
	if (!err && barcode_fits(&label, why))
		return -EINVAL;
	if (!err) {
		label_locate(&label, lib, slot);
		do
			err = label_write(inst, &label);
		while (no_room(err) && wastebasket_give_up_one(inst));
	}
	if (!err)
		err = cartridges_enter(inst, lib, 1, &label, &counters, &slot);
	if (!err)
		*ret_cartridge = slot->cartridge;
	return err ? refuse(why, err, "cartridge %s cannot be added to the library: %s", barcode,
			     media_error_text(err))
		   : 0;
}

struct adopting {
	const char *barcode;
	struct cartridge **ret_cartridge;
};

static int adopt_work(struct installation *inst, struct library_private *lib, void *arg,
	char why[static WHY_LEN])
{
	const struct adopting *a = arg;
	return adopt_locked(inst, lib, a->barcode, a->ret_cartridge, why);
}

int cartridge_adopt(struct installation *inst, struct library *library, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct cartridge *cartridge = NULL;
	struct adopting a = { barcode, &cartridge };
	if (!barcode_ok(barcode, why))
		return -EINVAL;
	int err = elements_change(inst, library, adopt_work, &a, why);
	if (!err && ret_cartridge)
		*ret_cartridge = cartridge;
	return err;
}

/* --- protect ------------------------------------------------------------------------------- */

int cartridge_changeable(const struct cartridge_private *priv, char why[static WHY_LEN])
{
	const struct element *at = priv->pub.at;
	if (priv->deleted)
		return refuse(why, -ENOENT, "the cartridge was deleted");
	if (at && at->kind == ELEMENT_DRIVE)
		return refuse(why, -EBUSY, "cartridge %s is in drive:%u; unload the drive first",
			priv->pub.label.barcode, at->number);
	return root_writable(lib_of(priv->pub.library)->inst, why);
}

static int protect_locked(struct installation *inst, struct cartridge_private *priv, bool on,
	char why[static WHY_LEN])
{
	label_drain(inst, priv);
	int err = cartridge_changeable(priv, why);
	if (err || priv->pub.label.write_protected == on)
		return err;
	do
		err = label_protect(inst, priv, on);
	while (no_room(err) && wastebasket_give_up_one(inst));
	if (err)
		return refuse(why, err, "the label of cartridge %s cannot be written: %s",
			priv->pub.label.barcode, media_error_text(err));
	/* The label has the protection; the catalog's copy is corrected at the next start. */
	priv->touched = true;
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	record_cartridge_here(priv, &txn);
	if (!catalog_commit(&txn))
		priv->touched = false;
	return 0;
}

int cartridge_protect(struct installation *inst, struct cartridge *cartridge, bool on,
	char why[static WHY_LEN])
{
	struct library *library = cartridge->library;
	change_begin(inst);
	turn_take(&inst->turn);
	turn_take(library->turn);
	int err = protect_locked(inst, priv_of(cartridge), on, why);
	turn_give(library->turn);
	turn_give(&inst->turn);
	change_end(inst);
	return err;
}
