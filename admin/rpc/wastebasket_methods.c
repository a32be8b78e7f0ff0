/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge: delete, restore, purge, and list --deleted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/view.h"
#include "admin/rpc/wastebasket.h"
#include "admin/view/keys.h"
#include "vtl/library/deleted.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"
#include "vtl/base/log.h"

/* --- the list -------------------------------------------------------------------------------------- */

struct deleted_seen {
	struct installation *inst;
	const struct deleted_cartridge *deleted;
};

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/deleted.def"
#include "admin/view/end.h"
/* clang-format on */

json_t *deleted_list(struct call *call)
{
	const char *library = call_text(call, "library");
	json_t *list = json_array();
	for (const struct deleted_cartridge *d = deleted_first(call->inst); d; d = deleted_next(d))
		if (!library || strcmp(d->what.library, library) == 0)
			json_array_append_new(list,
				deleted_put(json_object(), &(struct deleted_seen){ call->inst, d }));
	usages_into(call->inst, list, NULL);
	return json_pack("{s:o,s:i}", deleted_cartridges_keys.cartridges, list,
		deleted_cartridges_keys.kept_days, (int)library_wastebasket_kept(call->inst));
}

/* --- delete ------------------------------------------------------------------------------------------ */

static struct cartridge *find(struct call *call, const char *barcode)
{
	struct library *one = call_text(call, "library") ? call_library(call) : NULL;
	if (call->code)
		return NULL;
	for (struct library *l = one ? one : library_first(call->inst); l; l = one ? NULL : library_next(l)) {
		struct cartridge *cartridge = cartridge_find(l, barcode);
		if (cartridge)
			return cartridge;
	}
	call_refuse(call, CODE_NOT_FOUND, "no cartridge %s%s%s", barcode, one ? " in library " : "",
		one ? one->name : "");
	return NULL;
}

/* Checks all of them before the first one is deleted. */
static bool all_there(struct call *call, const json_t *names)
{
	size_t i;
	json_t *name;
	json_array_foreach((json_t *)names, i, name) {
		char why[WHY_LEN] = "";
		struct cartridge *c = find(call, json_string_value(name));
		if (!c)
			return false;
		for (size_t k = 0; k < i; k++)
			if (json_equal(json_array_get(names, k), name))
				return call_refuse(call, CODE_BAD_PARAMS, "barcode %s is given twice",
					       c->label.barcode) != NULL;
		int err = cartridge_free(call->inst, c, why);
		if (err)
			return call_refuse_err(call, err, why) != NULL;
	}
	return true;
}

static json_t *views_of(struct call *call, const json_t *names)
{
	size_t i;
	json_t *name, *views = json_array();
	json_array_foreach((json_t *)names, i, name) {
		const struct cartridge *c = find(call, json_string_value(name));
		if (c)
			json_array_append_new(views, cartridge_view(c));
	}
	usages_into(call->inst, views, NULL);
	return views;
}

/* Deletes one.  If the disk has no space for the record of the deletion, --force destroys the cartridge. */
static void delete_one(struct call *call, const char *barcode)
{
	char why[WHY_LEN] = "";
	struct cartridge *c = find(call, barcode);
	int err = c ? cartridge_delete(call->inst, c, &call->by, call_text(call, "reason"), why) : 0;
	if (no_room(err) && call_flag(call, "force") && (c = find(call, barcode))) {
		err = cartridge_destroy(call->inst, c, why);
		if (!err)
			log_cartridge(LOG_WARN, barcode,
				" was destroyed, not kept in the wastebasket: the disk has no "
				"space for the record of its deletion");
	}
	if (err && !call->code)
		call_refuse_err(call, err, why);
}

static bool delete_all(struct call *call, const json_t *names)
{
	size_t i;
	json_t *name;
	json_array_foreach((json_t *)names, i, name) {
		delete_one(call, json_string_value(name));
		if (call->code)
			return false;
	}
	return true;
}

static bool is_kept(struct installation *inst, const char *uuid)
{
	for (const struct deleted_cartridge *d = deleted_first(inst); d; d = deleted_next(d))
		if (strcmp(d->what.uuid, uuid) == 0)
			return true;
	return false;
}

/* Returns the deleted cartridges that the wastebasket does not hold, because it keeps none or the disk is
 * short of space. */
static json_t *destroyed_of(struct installation *inst, const json_t *views)
{
	size_t i;
	json_t *view, *list = json_array();
	json_array_foreach((json_t *)views, i, view)
		if (!is_kept(inst, json_string_value(json_object_get(view, cartridge_keys.uuid))))
			json_array_append(list, json_object_get(view, cartridge_keys.barcode));
	return list;
}

static json_t *delete (struct call *call)
{
	json_t *names = (json_t *)call_list(call, "barcodes");
	if (!all_there(call, names))
		return NULL;
	json_t *views = views_of(call, names);
	bool good = guard_delete(call, views) && all_there(call, names) && delete_all(call, names);
	json_t *o = !good
		? NULL
		: json_pack("{s:O,s:i,s:O,s:o,s:i}", deletion_keys.barcode, json_array_get(names, 0),
			  deletion_keys.count, (int)json_array_size(names), deletion_keys.barcodes, names,
			  deletion_keys.destroyed, destroyed_of(call->inst, views), deletion_keys.kept_days,
			  (int)library_wastebasket_kept(call->inst));
	json_decref(views);
	return o;
}

/* --- one deleted cartridge --------------------------------------------------------------------------- */

static bool deleted_matches(struct call *call, const struct deleted_cartridge *d, const char *barcode)
{
	const char *id = call_text(call, "id");
	return strcmp(d->what.barcode, barcode) == 0 && (!id || strncmp(d->entry, id, strlen(id)) == 0);
}

/* Returns the deleted cartridge with that barcode and, if several have it, that id.  NULL: refused. */
static const struct deleted_cartridge *deleted_find(struct call *call, const char *barcode)
{
	const struct deleted_cartridge *found = NULL;
	const char *id = call_text(call, "id");
	size_t n = 0;
	for (const struct deleted_cartridge *d = deleted_first(call->inst); d; d = deleted_next(d)) {
		if (!deleted_matches(call, d, barcode))
			continue;
		found = d;
		n++;
	}
	if (n == 1)
		return found;
	if (n)
		call_refuse(call, CODE_BAD_PARAMS,
			"%zu deleted cartridges had the barcode %s; give --id (see: evertape "
			"cartridge list --deleted)",
			n, barcode);
	else
		call_refuse(call, CODE_NOT_FOUND, "no deleted cartridge %s%s%.50s", barcode,
			id ? " with an id that begins with " : "", id ? id : "");
	return NULL;
}

/* The library that the cartridge was in; if that was deleted, the only one. */
static struct library *library_for(struct call *call, const struct deleted_cartridge *d)
{
	char why[WHY_LEN];
	struct library *library = call_text(call, "library") ? NULL
							     : library_find(call->inst, d->what.library, why);
	if (!library)
		library = call_library(call);
	return library;
}

static json_t *restore(struct call *call)
{
	char why[WHY_LEN] = "", entry[MEDIA_ENTRY_MAX + 1];
	struct cartridge *cartridge;
	const struct deleted_cartridge *d = deleted_find(call, call_text(call, "barcode"));
	struct library *library = d ? library_for(call, d) : NULL;
	if (!library)
		return NULL;
	memcpy(entry, d->entry, sizeof entry);
	int err = cartridge_restore(call->inst, library, entry, &cartridge, why);
	return err ? call_refuse_err(call, err, why) : cartridge_view(cartridge);
}

/* --- purge --------------------------------------------------------------------------------------------- */

struct entries {
	size_t n;
	char (*names)[MEDIA_ENTRY_MAX + 1];
	json_t *barcodes;
};

static void entry_add(struct entries *e, const struct deleted_cartridge *d)
{
	memcpy(e->names[e->n++], d->entry, sizeof d->entry);
	json_array_append_new(e->barcodes, json_string(d->what.barcode));
}

static size_t deleted_count(struct installation *inst)
{
	size_t n = 0;
	for (const struct deleted_cartridge *d = deleted_first(inst); d; d = deleted_next(d))
		n++;
	return n;
}

/* Collects the entries first, because the list changes while cartridges are destroyed. */
static bool entries_collect(struct call *call, const json_t *names, struct entries *e)
{
	size_t i;
	json_t *name;
	e->names = calloc(deleted_count(call->inst) + json_array_size(names) + 1, sizeof *e->names);
	e->barcodes = json_array();
	if (!e->names || !e->barcodes)
		return call_refuse_err(call, -ENOMEM, NULL) != NULL;
	if (!names)
		for (const struct deleted_cartridge *d = deleted_first(call->inst); d; d = deleted_next(d))
			entry_add(e, d);
	json_array_foreach((json_t *)names, i, name) {
		const struct deleted_cartridge *d = deleted_find(call, json_string_value(name));
		if (!d)
			return false;
		entry_add(e, d);
	}
	return true;
}

static bool entries_purge(struct call *call, const struct entries *e)
{
	char why[WHY_LEN] = "";
	for (size_t i = 0; i < e->n; i++) {
		int err = cartridge_purge(call->inst, e->names[i], why);
		if (err && err != -ENOENT) /* its time may just have expired */
			return call_refuse_err(call, err, why) != NULL;
	}
	return true;
}

static json_t *purge(struct call *call)
{
	struct entries e = { 0 };
	bool all = call_flag(call, "all");
	const json_t *names = call_list(call, "barcodes");
	if (all ? names != NULL : !json_array_size(names))
		return call_refuse(call, CODE_BAD_PARAMS,
			all ? "give barcodes or all, not both" : "name the cartridges, or give all");
	bool good = entries_collect(call, names, &e) && entries_purge(call, &e);
	json_t *o = good ? json_pack("{s:i,s:O}", purge_keys.count, (int)e.n, purge_keys.barcodes, e.barcodes)
			 : NULL;
	json_decref(e.barcodes);
	free(e.names);
	return o;
}

const struct handler wastebasket_handlers[] = {
	{ "cartridge.delete", delete },
	{ "cartridge.restore", restore },
	{ "cartridge.purge", purge },
	{ 0 },
};
