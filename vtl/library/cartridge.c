/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and protecting cartridges. Folder and catalog match after each change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/wastebasket.h"

struct carton *carton_find(struct installation *inst, const char *barcode)
{
	struct carton *carton;
	HASH_FIND_STR(inst->cartons, barcode, carton);
	return carton;
}

struct cartridge *cartridge_find(struct library *library, const char *barcode)
{
	struct carton *carton = carton_find(home_of(library)->inst, barcode);
	return carton && carton->pub.library == library ? &carton->pub : NULL;
}

struct carton *carton_new(struct installation *inst, struct library *library, const struct cart_label *label)
{
	struct carton *carton = calloc(1, sizeof *carton);
	if (!carton)
		return NULL;
	carton->pub.library = library;
	carton->pub.label = *label;
	TAILQ_INSERT_TAIL(&library->cartridges, &carton->pub, link);
	HASH_ADD_STR(inst->cartons, pub.label.barcode, carton);
	return carton;
}

void carton_bury(struct installation *inst, struct carton *carton)
{
	if (carton->pub.at)
		element_put(&carton->pub, NULL, NULL);
	HASH_DEL(inst->cartons, carton);
	TAILQ_REMOVE(&carton->pub.library->cartridges, &carton->pub, link);
	carton->gone = true;
	TAILQ_INSERT_TAIL(&inst->dead_cartridges, &carton->pub, link);
}

void carton_enter(struct installation *inst, struct carton *carton, struct element *slot)
{
	TAILQ_INSERT_TAIL(&carton->pub.library->cartridges, &carton->pub, link);
	HASH_ADD_STR(inst->cartons, pub.label.barcode, carton);
	element_put(&carton->pub, slot, NULL);
}

int elements_change(struct installation *inst, struct library *library, element_work *work, void *arg,
	char why[static WHY_LEN])
{
	struct home *home = home_of(library);
	change_begin(inst);
	turn_take(&inst->turn);
	turn_take(&home->turn);
	int err = work(inst, home, arg, why);
	turn_give(&home->turn);
	if (!err)
		listeners_tell(inst, elements_changed, library, true);
	turn_give(&inst->turn);
	change_end(inst);
	return err;
}

/* --- into the catalog, then into memory --------------------------------------------------------------- */

void label_locate(struct cart_label *label, const struct home *home, const struct element *slot)
{
	char text[16];
	element_text(slot, text);
	snprintf(label->library, sizeof label->library, "%s", home->pub.name);
	snprintf(label->element, sizeof label->element, "%s", text);
}

static void cartons_free(struct carton **cartons, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(cartons[i]);
	free(cartons);
}

static int cartons_commit(struct installation *inst, struct home *home, size_t n,
	const struct cart_label *labels, const struct cart_counters *counters, struct element *const *slots,
	struct carton **cartons)
{
	struct catalog_txn txn;
	for (size_t i = 0; i < n; i++) {
		cartons[i] = calloc(1, sizeof *cartons[i]);
		if (!cartons[i])
			return -ENOMEM;
		cartons[i]->pub.library = &home->pub;
		cartons[i]->pub.label = labels[i];
		if (counters)
			cartons[i]->pub.counters = counters[i];
		cartons[i]->stamp = label_stamp(inst, labels[i].barcode);
	}
	catalog_begin(inst->catalog, &txn);
	for (size_t i = 0; i < n; i++)
		record_cartridge(cartons[i], slots[i], NULL, false, &txn);
	return catalog_commit(&txn);
}

int cartons_enter(struct installation *inst, struct home *home, size_t n, const struct cart_label *labels,
	const struct cart_counters *counters, struct element *const *slots)
{
	struct carton **cartons = calloc(n, sizeof(struct carton *));
	int err = cartons ? cartons_commit(inst, home, n, labels, counters, slots, cartons) : -ENOMEM;
	if (err) {
		cartons_free(cartons, cartons ? n : 0);
		return err;
	}
	for (size_t i = 0; i < n; i++)
		carton_enter(inst, cartons[i], slots[i]);
	free(cartons);
	return 0;
}

/* --- adopt --------------------------------------------------------------------------------------- */

int slot_take(struct installation *inst, struct home *home, const char *barcode, struct element **ret_slot,
	char why[static WHY_LEN])
{
	if (home->gone)
		return refuse(why, -ENOENT, "the library was deleted");
	struct carton *other = carton_find(inst, barcode);
	if (other)
		return refuse(why, -EEXIST, "there is already a cartridge %s, in library %s", barcode,
			other->pub.library->name);
	if (root_writable(inst, why))
		return -EROFS;
	*ret_slot = slot_free(home);
	return *ret_slot ? 0 : refuse(why, -ENOSPC, "library %s has no free slot", home->pub.name);
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

static int adopt_locked(struct installation *inst, struct home *home, const char *barcode,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct element *slot;
	struct cart_label label;
	struct cart_counters counters = { 0 };
	int64_t stamp;
	int err = slot_take(inst, home, barcode, &slot, why);
	if (err)
		return err;
	err = label_read(inst, barcode, &label, &counters, &stamp);
	if (!err && !generation_find(label.generation))
		err = -EUCLEAN;
	if (!err && barcode_fits(&label, why))
		return -EINVAL;
	if (!err) {
		label_locate(&label, home, slot);
		do
			err = label_write(inst, &label);
		while (no_room(err) && wastebasket_give_up_one(inst));
	}
	if (!err)
		err = cartons_enter(inst, home, 1, &label, &counters, &slot);
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

static int adopt_work(struct installation *inst, struct home *home, void *arg, char why[static WHY_LEN])
{
	const struct adopting *a = arg;
	return adopt_locked(inst, home, a->barcode, a->ret_cartridge, why);
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

int carton_in_hand(const struct carton *carton, char why[static WHY_LEN])
{
	const struct element *at = carton->pub.at;
	if (carton->gone)
		return refuse(why, -ENOENT, "the cartridge was deleted");
	if (at && at->kind == ELEMENT_DRIVE)
		return refuse(why, -EBUSY, "cartridge %s is in drive:%u; unload the drive first",
			carton->pub.label.barcode, at->number);
	return root_writable(home_of(carton->pub.library)->inst, why);
}

static int protect_locked(struct installation *inst, struct carton *carton, bool on, char why[static WHY_LEN])
{
	label_settle(inst, carton);
	int err = carton_in_hand(carton, why);
	if (err || carton->pub.label.write_protected == on)
		return err;
	do
		err = label_protect(inst, carton, on);
	while (no_room(err) && wastebasket_give_up_one(inst));
	if (err)
		return refuse(why, err, "the label of cartridge %s cannot be written: %s",
			carton->pub.label.barcode, media_error_text(err));
	/* The label has the protection; the catalog's copy is corrected at the next start. */
	carton->touched = true;
	struct catalog_txn txn;
	catalog_begin(inst->catalog, &txn);
	record_cartridge_here(carton, &txn);
	if (!catalog_commit(&txn))
		carton->touched = false;
	return 0;
}

int cartridge_protect(struct installation *inst, struct cartridge *cartridge, bool on,
	char why[static WHY_LEN])
{
	struct library *library = cartridge->library;
	change_begin(inst);
	turn_take(&inst->turn);
	turn_take(library->turn);
	int err = protect_locked(inst, carton_of(cartridge), on, why);
	turn_give(library->turn);
	turn_give(&inst->turn);
	change_end(inst);
	return err;
}
