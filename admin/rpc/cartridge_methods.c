/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge: list, show, move, protect, unprotect. */
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/create.h"
#include "admin/rpc/guard.h"
#include "admin/rpc/move.h"
#include "admin/rpc/view.h"
#include "admin/rpc/wastebasket.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"

static void cartridges_into(json_t *list, const struct library *library)
{
	const struct cartridge *c;
	TAILQ_FOREACH(c, &library->cartridges, link)
		json_array_append_new(list, cartridge_view(c));
}

static json_t *list(struct call *call)
{
	if (call_flag(call, "deleted"))
		return deleted_list(call);
	struct library *one = call_text(call, "library") ? call_library(call) : NULL;
	if (call->code)
		return NULL;
	json_t *cartridges = json_array();
	for (struct library *l = one ? one : library_first(call->inst); l; l = one ? NULL : library_next(l))
		cartridges_into(cartridges, l);
	usages_into(call->inst, cartridges, call_disk(call));
	return json_pack("{s:o}", cartridges_keys.cartridges, cartridges);
}

/* For a cartridge in no drive. */
static enum drive_protection protection_of(const struct call *call, const json_t *view)
{
	const json_t *usage = json_object_get(view, content_keys.usage);
	const json_t *objects = json_object_get(usage, usage_keys.objects);
	if (json_is_true(json_object_get(usage, usage_keys.tampered)))
		return DRIVE_TAMPERED;
	return shelf_protection(installation_disk(call->inst),
		json_is_true(json_object_get(view, cartridge_keys.write_protected)),
		json_is_integer(objects) && json_integer_value(objects) == 0);
}

static json_t *show(struct call *call)
{
	struct library *library;
	struct drive_status status = { 0 };
	struct cartridge *c = call_cartridge(call, &library);
	if (!c)
		return NULL;
	autofree char *name = strdup(library->name);
	const struct drive *drive = c->at && c->at->kind == ELEMENT_DRIVE ? c->at->drive : NULL;
	unsigned number = drive ? drive->number : 0;
	const struct cart_label label = c->label;
	json_t *one = json_pack("[o]", cartridge_view(c));
	usages_into(call->inst, one, installation_disk(call->inst));
	json_t *o = json_incref(json_array_get(one, 0));
	json_decref(one);
	bool loaded = number && panel_read(call->inst, name, number, &status) && status.loaded;
	if (loaded)
		json_object_set_new(o, cartridge_shown_keys.activity,
			json_string(drive_activity_name(status.activity)));
	protection_into(o, loaded ? status.protection : protection_of(call, o));
	json_object_set_new(o, cartridge_shown_keys.memory, memory_view(call->inst, &label));
	return o;
}

static json_t *move(struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library;
	struct cartridge *cartridge = call_cartridge(call, &library);
	if (!cartridge)
		return NULL;
	struct element *to = element_wanted(library, call_text(call, "element"), why);
	if (!to)
		return call_refuse(call, CODE_NOT_FOUND, "%s", why);
	return move_cartridge(call, library, cartridge, to);
}

static json_t *protect_set(struct call *call, bool on)
{
	char why[WHY_LEN] = "";
	struct library *library;
	struct cartridge *cartridge = call_cartridge(call, &library);
	if (!cartridge)
		return NULL;
	int err = cartridge_protect(call->inst, cartridge, on, why);
	return err ? call_refuse_err(call, err, why)
		   : json_pack("{s:s,s:b}", tab_keys.barcode, call_text(call, "barcode"),
			     tab_keys.write_protected, on);
}

static json_t *protect(struct call *call)
{
	return protect_set(call, true);
}

static json_t *unprotect(struct call *call)
{
	return protect_set(call, false);
}

const struct handler cartridge_handlers[] = {
	{ "cartridge.create", cartridges_create },
	{ "cartridge.list", list },
	{ "cartridge.show", show },
	{ "cartridge.move", move },
	{ "cartridge.protect", protect },
	{ "cartridge.unprotect", unprotect },
	{ 0 },
};
