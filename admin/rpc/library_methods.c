/* SPDX-License-Identifier: Apache-2.0 */
/* library: create, show, list, delete, layout, compression, personality, personalities. */
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/offline.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"

static json_t *create(struct call *call)
{
	struct library_plan plan = {
		.name = call_text(call, "name"),
		.drive_personality = call_text(call, "drive"),
		.changer_personality = call_text(call, "changer"),
		.drives = (unsigned)call_number(call, "drives"),
		.slots = (unsigned)call_number(call, "slots"),
		.mailslots = (unsigned)call_number(call, "mailslots"),
	};
	struct library *library;
	char why[WHY_LEN] = "";
	layout_find(call_text(call, "layout"), &plan.layout);
	compression_find(call_text(call, "compression"), &plan.compression);
	int err = library_create(call->inst, &plan, &library, why);
	return err ? call_refuse_err(call, err, why) : library_view(library);
}

static json_t *show(struct call *call)
{
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	autofree char *name = strdup(library->name);
	size_t n = 0;
	autofree struct panel *panels = panels_read(call->inst, name, &n);
	library = library_find(call->inst, name, call->why); /* the pointer may be invalid after waiting */
	if (!library || !panels)
		return call_refuse(call, CODE_NOT_FOUND, "the library was deleted meanwhile");

	json_t *drives = json_array();
	const struct drive *drive;
	TAILQ_FOREACH(drive, &library->drives, link)
		json_array_append_new(drives, drive_view(drive, panel_of(panels, n, drive->number)));
	return library_detail_view(library, call->context, drives);
}

static json_t *list(struct call *call)
{
	json_t *libraries = json_array();
	const struct disk *disk = call_disk(call);
	for (struct library *l = library_first(call->inst); l; l = library_next(l)) {
		json_t *o = library_view(l);
		if (disk)
			json_object_set_new(o, library_listed_keys.disk_available_bytes,
				bytes_view(disk_left(disk)));
		json_array_append_new(libraries, o);
	}
	libraries_used_into(call->inst, libraries, call_flag(call, "quick") ? 0 : CARTRIDGES_LOOK_MS);
	return json_pack("{s:o}", libraries_keys.libraries, libraries);
}

static json_t *delete (struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	struct noticing noticing = { 0 };
	bool refused = !TAILQ_EMPTY(&library->cartridges); /* refused later, with or without force */
	if (!refused && !guard_change(call, library, &(struct future){ .deleted = true }, &noticing))
		return NULL;
	noticing_free(&noticing); /* the sessions end with their targets */
	autofree char *name = strdup(library->name);
	int err = library_delete(call->inst, library, why);
	return err ? call_refuse_err(call, err, why) : json_pack("{s:s}", named_keys.name, name);
}

static json_t *set_layout(struct call *call)
{
	char why[WHY_LEN] = "";
	enum layout layout = LAYOUT_ONE_TARGET;
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	layout_find(call_text(call, "layout"), &layout);
	struct noticing noticing;
	if (!guard_change(call, library, &(struct future){ .laid_out = true, .layout = layout }, &noticing))
		return NULL;
	noticing_free(&noticing); /* the sessions end with their targets */
	int err = library_set_layout(call->inst, library, layout, why);
	return err ? call_refuse_err(call, err, why) : library_view(library);
}

static json_t *set_compression(struct call *call)
{
	char why[WHY_LEN] = "";
	enum cart_compression compression = CART_COMPRESS_AUTO;
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	compression_find(call_text(call, "compression"), &compression);
	int err = library_set_compression(call->inst, library, compression, why);
	return err ? call_refuse_err(call, err, why) : library_view(library);
}

static json_t *set_personality(struct call *call)
{
	char why[WHY_LEN] = "";
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	const char *name = call_text(call, "personality");
	struct future future = { .personality = personality_find(name) };
	struct noticing noticing;
	if (!guard_change(call, library, &future, &noticing))
		return NULL;
	struct front_hold hold; /* refuse logins until the change is made */
	sessions_hold(call->context, library->target, &hold);
	noticing_end(call, &noticing);
	noticing_free(&noticing);
	int err = library_set_personality(call->inst, library, name, why);
	sessions_release(call->context, &hold);
	return err ? call_refuse_err(call, err, why) : library_view(library);
}

static json_t *personalities(struct call *call)
{
	(void)call;
	return personalities_view();
}

const struct handler library_handlers[] = {
	{ "library.create", create },
	{ "library.show", show },
	{ "library.list", list },
	{ "library.delete", delete },
	{ "library.layout", set_layout },
	{ "library.compression", set_compression },
	{ "library.personality", set_personality },
	{ "library.personalities", personalities },
	{ 0 },
};
