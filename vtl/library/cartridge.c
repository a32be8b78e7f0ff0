/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and protecting cartridges. Folder and catalog match after each change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/change.h"
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

static int cartridges_commit(struct change *c, size_t n, const struct cart_label *labels,
	const struct cart_counters *counters, struct element *const *slots,
	struct cartridge_private **cartridges)
{
	for (size_t i = 0; i < n; i++) {
		cartridges[i] = calloc(1, sizeof *cartridges[i]);
		if (!cartridges[i])
			return -ENOMEM;
		cartridges[i]->pub.library = &c->lib->pub;
		cartridges[i]->pub.label = labels[i];
		if (counters)
			cartridges[i]->pub.counters = counters[i];
		cartridges[i]->stamp = label_stamp(c->inst, labels[i].barcode);
	}
	for (size_t i = 0; i < n; i++)
		record_cartridge(cartridges[i], slots[i], NULL, false, &c->txn);
	return change_commit(c, NULL);
}

int cartridges_enter(struct change *c, size_t n, const struct cart_label *labels,
	const struct cart_counters *counters, struct element *const *slots)
{
	struct cartridge_private **cartridges = calloc(n, sizeof(struct cartridge_private *));
	int err = cartridges ? cartridges_commit(c, n, labels, counters, slots, cartridges) : -ENOMEM;
	if (err) {
		cartridges_free(cartridges, cartridges ? n : 0);
		return err;
	}
	for (size_t i = 0; i < n; i++)
		cartridge_enter(c->inst, cartridges[i], slots[i]);
	free(cartridges);
	return 0;
}

/* --- adopt --------------------------------------------------------------------------------------- */

int slot_for(struct change *c, const char *barcode, struct element **ret_slot)
{
	struct cartridge_private *other = cartridge_lookup(c->inst, barcode);
	if (other)
		return refuse(c->why, -EEXIST, "there is already a cartridge %s, in library %s", barcode,
			other->pub.library->name);
	if (root_writable(c->inst, c->why))
		return -EROFS;
	*ret_slot = slot_free(c->lib);
	return *ret_slot ? 0 : refuse(c->why, -ENOSPC, "library %s has no free slot", c->lib->pub.name);
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

static int adopt_locked(struct change *c, const char *barcode, struct cartridge **ret_cartridge)
{
	struct element *slot;
	struct cart_label label;
	struct cart_counters counters = { 0 };
	int64_t stamp;
	int err = slot_for(c, barcode, &slot);
	if (err)
		return err;
	err = label_read(c->inst, barcode, &label, &counters, &stamp);
	if (!err && !generation_find(label.generation))
		err = -EUCLEAN;
	if (!err && barcode_fits(&label, c->why))
		return -EINVAL;
	if (!err) {
		label_locate(&label, c->lib, slot);
		do
			err = label_write(c->inst, &label);
		while (no_room(err) && wastebasket_give_up_one(c->inst));
	}
	if (!err)
		err = cartridges_enter(c, 1, &label, &counters, &slot);
	if (err)
		return refuse(c->why, err, "cartridge %s cannot be added to the library: %s", barcode,
			media_error_text(err));
	if (ret_cartridge)
		*ret_cartridge = slot->cartridge;
	return 0;
}

int cartridge_adopt(struct installation *inst, struct library *library, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct change c;
	if (!barcode_ok(barcode, why))
		return -EINVAL;
	int err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = adopt_locked(&c, barcode, ret_cartridge);
	return change_end_elements(&c, err);
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

static int protect_locked(struct change *c, struct cartridge_private *priv, bool on)
{
	label_drain(c->inst, priv);
	int err = cartridge_changeable(priv, c->why);
	if (err || priv->pub.label.write_protected == on)
		return err;
	do
		err = label_protect(c->inst, priv, on);
	while (no_room(err) && wastebasket_give_up_one(c->inst));
	if (err)
		return refuse(c->why, err, "the label of cartridge %s cannot be written: %s",
			priv->pub.label.barcode, media_error_text(err));
	/* The label has the protection; the catalog's copy is corrected at the next start. */
	priv->touched = true;
	record_cartridge_here(priv, &c->txn);
	if (!change_commit(c, NULL))
		priv->touched = false;
	return 0;
}

int cartridge_protect(struct installation *inst, struct cartridge *cartridge, bool on,
	char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, cartridge->library, why);
	if (!err)
		err = protect_locked(&c, priv_of(cartridge), on);
	return change_end(&c, err);
}
