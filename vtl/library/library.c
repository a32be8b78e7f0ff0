/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries: find, delete, layout, compression, personality. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/library/change.h"

static void lib_belongs(struct library_private *lib, struct installation *inst)
{
	lib->inst = inst;
	lib->pub.disk = &inst->disk;
}

struct library_private *lib_new(struct installation *inst)
{
	struct library_private *lib = calloc(1, sizeof *lib);
	if (!lib)
		return NULL;
	lib->guard = -1;
	lib->pub.compression = CART_COMPRESS_AUTO; /* identity.json does not tell */
	lib_belongs(lib, inst);
	turn_init(&lib->turn);
	lib->pub.turn = &lib->turn;
	TAILQ_INIT(&lib->pub.drives);
	TAILQ_INIT(&lib->pub.cartridges);
	TAILQ_INIT(&lib->removed);
	return lib;
}

static void drives_free(struct drives *drives)
{
	struct drive *drive;
	while ((drive = TAILQ_FIRST(drives))) {
		TAILQ_REMOVE(drives, drive, link);
		free(drive);
	}
}

void lib_free(struct library_private *lib)
{
	if (!lib)
		return;
	guard_give(lib);
	drives_free(&lib->pub.drives);
	drives_free(&lib->removed);
	elements_free(lib);
	free(lib);
}

void lib_add(struct installation *inst, struct library_private *lib)
{
	struct library *after = NULL, *other;
	lib_belongs(lib, inst); /* before, the library may have been part of a parsed file */
	TAILQ_FOREACH(other, &inst->libraries, link)
		if (lib_of(other)->ordinal <= lib->ordinal)
			after = other;
	if (after)
		TAILQ_INSERT_AFTER(&inst->libraries, after, &lib->pub, link);
	else
		TAILQ_INSERT_HEAD(&inst->libraries, &lib->pub, link);
}

struct library *library_first(struct installation *inst)
{
	return TAILQ_FIRST(&inst->libraries);
}

struct library *library_next(struct library *library)
{
	return TAILQ_NEXT(library, link);
}

struct library *library_named(struct installation *inst, const char *name)
{
	struct library *library;
	TAILQ_FOREACH(library, &inst->libraries, link)
		if (!strcmp(library->name, name))
			return library;
	return NULL;
}

static void say_which(const struct installation *inst, char why[static WHY_LEN])
{
	const struct library *library;
	int len = snprintf(why, WHY_LEN, "there are several libraries; name one of:");
	TAILQ_FOREACH(library, &inst->libraries, link) {
		bool last = !TAILQ_NEXT(library, link);
		if (len + NAME_MAX_LEN + 8 > WHY_LEN) { /* room for one more name and the end */
			snprintf(why + len, WHY_LEN - (size_t)len, " ...");
			return;
		}
		len += snprintf(why + len, WHY_LEN - (size_t)len, " %s%s", library->name, last ? "" : ",");
	}
}

struct library *library_find(struct installation *inst, const char *name, char why[static WHY_LEN])
{
	struct library *first = TAILQ_FIRST(&inst->libraries);
	struct library *found = name ? library_named(inst, name) : first;
	if (!first)
		refuse(why, -ENOENT, "there is no library yet; create one with: evertape library create");
	else if (!found)
		refuse(why, -ENOENT, "there is no library '%.40s'", name);
	else if (!name && TAILQ_NEXT(first, link)) {
		say_which(inst, why);
		return NULL;
	}
	return found;
}

/* --- delete, layout, compression, personality -------------------------------------------------------------- */

static const char *const layout_names[] = {
	[LAYOUT_ONE_TARGET] = "one-target",
	[LAYOUT_TARGET_PER_DEVICE] = "target-per-device",
};

const char *layout_name(enum layout layout)
{
	return layout_names[layout];
}

bool layout_find(const char *name, enum layout *ret_layout)
{
	for (size_t i = 0; i < sizeof layout_names / sizeof *layout_names; i++) {
		if (strcmp(layout_names[i], name) == 0) {
			*ret_layout = (enum layout)i;
			return true;
		}
	}
	return false;
}

static const char *const compression_names[] = {
	[CART_COMPRESS_OFF] = "off",
	[CART_COMPRESS_AUTO] = "auto",
	[CART_COMPRESS_LZ4] = "lz4",
	[CART_COMPRESS_ZSTD] = "zstd",
};

const char *compression_name(enum cart_compression compression)
{
	return compression_names[compression];
}

bool compression_find(const char *name, enum cart_compression *ret_compression)
{
	for (size_t i = 0; i < sizeof compression_names / sizeof *compression_names; i++) {
		if (strcmp(compression_names[i], name) == 0) {
			*ret_compression = (enum cart_compression)i;
			return true;
		}
	}
	return false;
}

static void drop_drives(struct installation *inst, struct drives *drives, struct catalog_txn *txn)
{
	struct drive *drive;
	TAILQ_FOREACH(drive, drives, link) {
		memory_drop(inst, drive->identity.id, txn);
		health_drop(drive->identity.id, txn);
		catalog_drop(txn, TABLE_DRIVES, drive->identity.id);
	}
}

static int delete_locked(struct change *c)
{
	struct library *library = &c->lib->pub;
	if (!TAILQ_EMPTY(&library->cartridges))
		return refuse(c->why, -ENOTEMPTY,
			"library %s still has cartridges, such as %s; delete all cartridges first",
			library->name, TAILQ_FIRST(&library->cartridges)->label.barcode);
	memory_drop(c->inst, library->changer.id, &c->txn);
	drop_drives(c->inst, &library->drives, &c->txn);
	drop_drives(c->inst, &c->lib->removed, &c->txn);
	catalog_drop(&c->txn, TABLE_LIBRARIES, library->id);
	int err = change_commit(c, &(struct draft){ .dropped = c->lib });
	if (err)
		return refuse(c->why, err, "library %s cannot be deleted: %s", library->name,
			error_text(err));
	TAILQ_REMOVE(&c->inst->libraries, library, link);
	c->lib->deleted = true;
	return 0;
}

static void lib_memories_forget(struct library_private *lib)
{
	struct drive *drive;
	memory_forget(lib->inst, lib->pub.changer.id);
	TAILQ_FOREACH(drive, &lib->pub.drives, link) {
		memory_forget(lib->inst, drive->identity.id);
		health_forget(lib->inst, drive->identity.id);
	}
	TAILQ_FOREACH(drive, &lib->removed, link) {
		memory_forget(lib->inst, drive->identity.id);
		health_forget(lib->inst, drive->identity.id);
	}
}

int library_delete(struct installation *inst, struct library *library, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = delete_locked(&c);
	change_settle(&c);
	if (!err) {
		log_info("library %s: deleted", library->name);
		listeners_tell(inst, library_removed, library);
		lib_memories_forget(c.lib);
		guard_give(c.lib);
		TAILQ_INSERT_TAIL(&inst->retired_libraries, library, link);
	}
	return change_end(&c, err);
}

/* Records a copy of a library with another setting or personality, then puts it in place. */
static int library_commit(struct change *c, struct library_private *next)
{
	struct library *library = &c->lib->pub;
	record_library(next, &c->txn);
	int err = change_commit(c, &(struct draft){ .library = next });
	if (err)
		return refuse(c->why, err, "library %s cannot be recorded: %s", library->name,
			error_text(err));
	library->layout = next->pub.layout;
	library->compression = next->pub.compression;
	library->personality = next->pub.personality;
	library->changer = next->pub.changer;
	return 0;
}

static int layout_locked(struct change *c, enum layout layout)
{
	struct library_private next = *c->lib;
	if (layout != LAYOUT_ONE_TARGET && layout != LAYOUT_TARGET_PER_DEVICE)
		return refuse(c->why, -EINVAL, "the layout must be one-target or target-per-device");
	next.pub.layout = layout;
	return library_commit(c, &next);
}

int library_set_layout(struct installation *inst, struct library *library, enum layout layout,
	char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin(&c, inst, library, why);
	if (!err && library->layout != layout) {
		err = layout_locked(&c, layout);
		if (!err)
			listeners_tell(inst, layout_changed, library);
	}
	return change_end(&c, err);
}

int library_set_compression(struct installation *inst, struct library *library,
	enum cart_compression compression, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin(&c, inst, library, why);
	if (!err && library->compression != compression) {
		struct library_private next = *c.lib;
		next.pub.compression = compression;
		err = library_commit(&c, &next);
	}
	return change_end(&c, err);
}

static int personality_locked(struct change *c, const struct personality *chosen)
{
	struct library_private next = *c->lib;
	next.pub.personality = chosen;
	personality_apply(&next.pub.changer, chosen);
	int err = library_commit(c, &next);
	if (!err) {
		log_info("library %s: changer personality is now %s", c->lib->pub.name, chosen->name);
		listeners_tell(c->inst, changer_changed, &c->lib->pub);
	}
	return err;
}

int library_set_personality(struct installation *inst, struct library *library, const char *personality,
	char why[static WHY_LEN])
{
	const struct personality *chosen;
	int err = personality_wanted(personality, KIND_CHANGER, &chosen, why);
	if (err)
		return err;
	struct change c;
	err = change_begin(&c, inst, library, why);
	if (!err && library->personality != chosen)
		err = personality_locked(&c, chosen);
	return change_end(&c, err);
}
