/* SPDX-License-Identifier: Apache-2.0 */
/* drive: list, show, add, remove, personality, load, unload. */
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/move.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"

static void drives_into(json_t *list, struct installation *inst, const char *library)
{
	char why[WHY_LEN];
	size_t n = 0;
	autofree struct panel *panels = panels_read(inst, library, &n);
	const struct library *l = library_find(inst, library, why);
	const struct drive *drive;
	if (!l || !panels)
		return;
	TAILQ_FOREACH(drive, &l->drives, link)
		json_array_append_new(list, drive_view(drive, panel_of(panels, n, drive->number)));
}

/* Returns the i-th library's name; the caller frees it.  A library pointer may become invalid while a
 * fiber waits; an index does not. */
static char *name_at(struct installation *inst, size_t i)
{
	struct library *l = library_first(inst);
	while (l && i--)
		l = library_next(l);
	return l ? strdup(l->name) : NULL;
}

json_t *drives_view(struct installation *inst)
{
	json_t *drives = json_array();
	for (size_t i = 0;; i++) {
		autofree char *name = name_at(inst, i);
		if (!name)
			return drives;
		drives_into(drives, inst, name);
	}
}

static json_t *list(struct call *call)
{
	if (!call_text(call, "library"))
		return json_pack("{s:o}", drives_keys.drives, drives_view(call->inst));
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	json_t *drives = json_array();
	drives_into(drives, call->inst, call_text(call, "library"));
	return json_pack("{s:o}", drives_keys.drives, drives);
}

static json_t *show(struct call *call)
{
	struct library *library;
	struct drive_status status;
	struct drive *drive = call_drive(call, &library);
	if (!drive)
		return NULL;
	autofree char *name = strdup(library->name);
	unsigned number = drive->number;
	bool there = name && panel_read(call->inst, name, number, &status);
	library = there ? library_find(call->inst, name, call->why) : NULL;
	drive = library ? drive_find(library, number) : NULL;
	if (!drive)
		return call_refuse(call, CODE_NOT_FOUND, "the drive was removed meanwhile");
	return drive_detail_view(drive, &status);
}

static json_t *add(struct call *call)
{
	char why[WHY_LEN] = "";
	struct drive *drive;
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	unsigned number = (unsigned)call_number(call, "number");
	if (number && call_text(call, "personality"))
		return call_refuse(call, CODE_BAD_PARAMS,
			"give a number or a personality, not both: a drive that is put back keeps its personality");
	int err = number ? drive_restore(call->inst, library, number, &drive, why)
			 : drive_add(call->inst, library, call_text(call, "personality"), &drive, why);
	return err ? call_refuse_err(call, err, why) : drive_view(drive, NULL);
}

static json_t *drop(struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library;
	struct drive *drive = call_drive(call, &library);
	struct noticing noticing = { 0 };
	if (!drive)
		return NULL;
	bool refused = drive->element->cartridge; /* refused later, with or without force */
	if (!refused && !guard_change(call, library, &(struct future){ .removed = drive }, &noticing))
		return NULL;
	noticing_free(&noticing);
	json_t *o = json_pack("{s:s,s:i,s:s}", removed_drive_keys.library, library->name,
		removed_drive_keys.number, drive->number, removed_drive_keys.serial, drive->identity.serial);
	int err = drive_remove(call->inst, drive, why);
	if (!err)
		return o;
	json_decref(o);
	return call_refuse_err(call, err, why);
}

static json_t *set_personality(struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library;
	struct drive *drive = call_drive(call, &library);
	if (!drive)
		return NULL;
	const char *name = call_text(call, "personality");
	struct future future = { .changed = drive, .personality = personality_find(name) };
	struct noticing noticing;
	if (!guard_change(call, library, &future, &noticing))
		return NULL;
	struct front_hold here, there; /* refuse logins in either layout until the change is made */
	sessions_hold(call->context, library->target, &here);
	sessions_hold(call->context, drive->target, &there);
	if (!drive->element->cartridge) /* otherwise the change is refused anyway */
		noticing_end(call, &noticing);
	noticing_free(&noticing);
	int err = drive_set_personality(call->inst, drive, name, why);
	sessions_release(call->context, &there);
	sessions_release(call->context, &here);
	return err ? call_refuse_err(call, err, why) : drive_view(drive, NULL);
}

/* The library is the one that has the cartridge. */
static json_t *load(struct call *call)
{
	struct library *library;
	struct cartridge *cartridge = call_cartridge(call, &library);
	if (!cartridge)
		return NULL;
	unsigned number = (unsigned)call_number(call, "drive");
	struct drive *drive = drive_find(library, number);
	if (!drive)
		return call_refuse(call, CODE_NOT_FOUND, "library %s has no drive:%u", library->name, number);
	return move_cartridge(call, library, cartridge, drive->element);
}

static json_t *unload(struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library;
	struct drive *drive = call_drive(call, &library);
	if (!drive)
		return NULL;
	struct cartridge *cartridge = drive->element->cartridge;
	if (!cartridge)
		return call_refuse(call, CODE_REFUSED, "drive:%u is empty", drive->number);
	const char *text = call_text(call, "element");
	struct element *to = text ? element_wanted(library, text, why) : move_home(library, drive->element);
	if (!to)
		return text ? call_refuse(call, CODE_NOT_FOUND, "%s", why)
			    : call_refuse(call, CODE_REFUSED, "cartridge %s: no free slot; name an element",
				      cartridge->label.barcode);
	return move_cartridge(call, library, cartridge, to);
}

const struct handler drive_handlers[] = {
	{ "drive.list", list },
	{ "drive.show", show },
	{ "drive.add", add },
	{ "drive.remove", drop },
	{ "drive.personality", set_personality },
	{ "drive.load", load },
	{ "drive.unload", unload },
	{ 0 },
};
