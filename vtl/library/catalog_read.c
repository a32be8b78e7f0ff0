/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rows of the catalog into memory. Every field is checked before use. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/library/installation.h"
#include "vtl/library/catalog_rows.h"
#include "vtl/catalog/row.h"
#include "vtl/library/wastebasket.h"

struct loading {
	struct installation *inst;
	char *why;
	bool found;
	enum catalog_table table;     /* table being read */
	struct library_private *last; /* library of the previous row; most rows have the same */
};

static struct library_private *lib_by_id(struct loading *l, const char *id)
{
	if (l->last && !strcmp(l->last->pub.id, id))
		return l->last;
	struct library *library;
	TAILQ_FOREACH(library, &l->inst->libraries, link)
		if (!strcmp(library->id, id))
			return l->last = lib_of(library);
	return NULL;
}

static void get_identity(struct wire_reader *r, struct identity *id)
{
	row_get_text(r, id->serial, sizeof id->serial);
	id->naa = wire_get_le64(r);
	row_get_text(r, id->vendor, sizeof id->vendor);
	row_get_text(r, id->product, sizeof id->product);
	row_get_text(r, id->revision, sizeof id->revision);
}

static const struct personality *get_personality(struct wire_reader *r, enum device_kind kind)
{
	char name[64];
	row_get_text(r, name, sizeof name);
	const struct personality *personality = personality_find(name);
	return personality && personality->kind == kind ? personality : NULL;
}

static int load_installation(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	if (key_len == strlen(META_MARKED) && !memcmp(key, META_MARKED, key_len))
		l->inst->marked = true;
	if (key_len != strlen(META_INSTALLATION) || memcmp(key, META_INSTALLATION, key_len))
		return 0;
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	row_get_text(&r, l->inst->id, sizeof l->inst->id);
	l->inst->revision = wire_get_le64(&r);
	if (!wire_whole(&r))
		return row_damaged(l->why, TABLE_META, META_INSTALLATION);
	l->found = true;
	return 0;
}

static bool get_library(struct wire_reader *r, struct library_private *lib)
{
	struct library *library = &lib->pub;
	lib->ordinal = wire_get_le32(r);
	row_get_text(r, library->name, sizeof library->name);
	library->personality = get_personality(r, KIND_CHANGER);
	row_get_text(r, library->changer.id, sizeof library->changer.id);
	get_identity(r, &library->changer);
	uint8_t layout = wire_get_u8(r);
	row_get_text(r, library->target, sizeof library->target);
	library->tpgt = wire_get_le16(r);
	library->relative_port = wire_get_le16(r);
	for (int kind = 0; kind < 4; kind++)
		library->first[kind] = wire_get_le16(r);
	library->n_transports = wire_get_le16(r);
	library->n_slots = wire_get_le16(r);
	library->n_mailslots = wire_get_le16(r);
	uint8_t compression = wire_left(r) ? wire_get_u8(r)
					   : CART_COMPRESS_AUTO; /* test versions did not write it */
	library->layout = (enum layout)layout;
	library->compression = (enum cart_compression)compression;
	return wire_whole(r) && library->personality && layout <= LAYOUT_TARGET_PER_DEVICE &&
		compression <= CART_COMPRESS_ZSTD;
}

static int load_library(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	char id[37], why[WHY_LEN];
	if (!row_key(key, key_len, id, sizeof id))
		return row_damaged(l->why, TABLE_LIBRARIES, "?");
	struct library_private *lib = lib_new(l->inst);
	if (!lib)
		return -ENOMEM;
	memcpy(lib->pub.id, id, sizeof id);
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	int err = 0;
	if (!get_library(&r, lib) || !name_ok(lib->pub.name, why) || elements_new(lib))
		err = row_damaged(l->why, TABLE_LIBRARIES, id);
	if (err)
		lib_free(lib);
	else
		lib_add(l->inst, lib);
	return err;
}

static int load_drive(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	char id[37], library_id[37];
	if (!row_key(key, key_len, id, sizeof id))
		return row_damaged(l->why, TABLE_DRIVES, "?");
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	row_get_text(&r, library_id, sizeof library_id);
	struct library_private *lib = lib_by_id(l, library_id);
	struct drive *drive = lib && !r.bad ? drive_new(lib) : NULL;
	if (!drive)
		return row_damaged(l->why, TABLE_DRIVES, id);

	memcpy(drive->identity.id, id, sizeof id);
	bool installed = wire_get_u8(&r);
	drive->number = wire_get_le16(&r);
	drive->lun = wire_get_le16(&r);
	uint16_t address = wire_get_le16(&r);
	drive->personality = get_personality(&r, KIND_DRIVE);
	get_identity(&r, &drive->identity);
	row_get_text(&r, drive->target, sizeof drive->target);
	bool good = wire_whole(&r) && drive->personality && drive->number >= 1 &&
		drive->number <= lib->room && !drive_find(&lib->pub, drive->number) &&
		!drive_removed(lib, drive->number) &&
		address == lib->pub.first[ELEMENT_DRIVE] + drive->number - 1;
	if (!good) {
		free(drive);
		return row_damaged(l->why, TABLE_DRIVES, id);
	}
	drive_place(drive, installed);
	return 0;
}

/* A saved state: version, bytes, checksum. */
static int load_saved(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	size_t n = (size_t)(r.bad ? 0 : r.end - r.p);
	if (r.bad || n > MEMORY_MAX || !key_len || memchr(key, 0, key_len))
		return row_damaged(l->why, TABLE_MEMORY, "?");
	struct saved_blob *saved = calloc(1, sizeof *saved);
	char *text = strndup(key, key_len);
	uint8_t *blob = malloc(n ? n : 1);
	if (!saved || !text || !blob) {
		free(saved);
		free(text);
		free(blob);
		return -ENOMEM;
	}
	if (n)
		memcpy(blob, r.p, n);
	*saved = (struct saved_blob){ .key = text, .blob = blob, .len = n };
	HASH_ADD_KEYPTR(hh, l->inst->saved_blobs, saved->key, strlen(saved->key), saved);
	return 0;
}

static int load_deleted(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct cart_deletion what = { 0 };
	struct cart_label label = { 0 };
	char entry[MEDIA_ENTRY_MAX + 1], why[WHY_LEN];
	if (!row_key(key, key_len, entry, sizeof entry))
		return row_damaged(l->why, TABLE_DELETED, "?");
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	row_get_text(&r, what.barcode, sizeof what.barcode);
	row_get_text(&r, what.uuid, sizeof what.uuid);
	row_get_text(&r, what.library, sizeof what.library);
	row_get_text(&r, what.by, sizeof what.by);
	row_get_text(&r, what.reason, sizeof what.reason);
	what.deleted = wire_get_le64(&r);
	row_get_text(&r, label.generation, sizeof label.generation);
	label.capacity = wire_get_le64(&r);
	uint8_t bits = wire_get_u8(&r);
	label.worm = bits & 1;
	label.write_protected = bits & 2;
	if (!wire_whole(&r) || bits & ~3 || !barcode_ok(what.barcode, why))
		return row_damaged(l->why, TABLE_DELETED, entry);
	struct deleted_cartridge *deleted = deleted_new(&what, &label, entry);
	if (!deleted)
		return -ENOMEM;
	deleted_add(l->inst, deleted);
	return 0;
}

static int load_number(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	char prefix[VOLUME_LEN];
	if (!row_key(key, key_len, prefix, sizeof prefix))
		return row_damaged(l->why, TABLE_NUMBERS, "?");
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	uint32_t highest = wire_get_le32(&r);
	if (!wire_whole(&r))
		return row_damaged(l->why, TABLE_NUMBERS, prefix);
	return number_add(l->inst, prefix, highest) ? 0 : -ENOMEM;
}

/* Finds an undamaged row of a newer version. */
static int row_is_known(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	static const uint8_t newest[N_TABLES] = RECORDS_NEWEST;
	struct loading *l = arg;
	uint8_t most = newest[l->table] ? newest[l->table] : RECORD_VERSION;
	uint8_t version = len ? *(const uint8_t *)value : 0;
	if (version <= most || row_open(key, key_len, value, len, version).bad)
		return 0;
	return refuse(l->why, -EPROTONOSUPPORT,
		"catalog: table %s was written by a newer version of Evertape (row version "
		"%u, newest known is %u); use that version",
		catalog_table_names[l->table], version, most);
}

int load_versions(struct installation *inst, char why[static WHY_LEN])
{
	struct loading l = { .inst = inst, .why = why };
	int err = 0;
	for (; !err && l.table < N_TABLES; l.table++)
		err = catalog_each(inst->catalog, l.table, row_is_known, &l);
	return err;
}

int load_identities(struct installation *inst, char why[static WHY_LEN])
{
	struct loading l = { .inst = inst, .why = why };
	int err = catalog_each(inst->catalog, TABLE_META, load_installation, &l);
	if (!err && !l.found)
		return -ENOENT;
	if (!err)
		err = catalog_each(inst->catalog, TABLE_LIBRARIES, load_library, &l);
	if (!err)
		err = catalog_each(inst->catalog, TABLE_DRIVES, load_drive, &l);
	return err;
}

int load_rest(struct installation *inst, char why[static WHY_LEN])
{
	struct loading l = { .inst = inst, .why = why };
	int err = access_load(inst->access, why);
	if (!err)
		err = catalog_each(inst->catalog, TABLE_MEMORY, load_saved, &l);
	if (!err)
		err = catalog_each(inst->catalog, TABLE_DELETED, load_deleted, &l);
	if (!err)
		err = catalog_each(inst->catalog, TABLE_NUMBERS, load_number, &l);
	return err ? err : health_load(inst);
}

/* --- cartridges ------------------------------------------------------------------------------------- */

struct place {
	uint8_t flags;
	uint16_t at, source;
};

static bool get_cartridge(struct wire_reader *r, struct cart_label *label, struct cart_counters *counters,
	struct place *place, int64_t *ret_stamp)
{
	place->flags = wire_get_u8(r);
	place->at = wire_get_le16(r);
	place->source = wire_get_le16(r);
	*ret_stamp = (int64_t)wire_get_le64(r);
	row_get_text(r, label->uuid, sizeof label->uuid);
	row_get_text(r, label->generation, sizeof label->generation);
	label->capacity = wire_get_le64(r);
	uint8_t bits = wire_get_u8(r);
	label->worm = bits & 1;
	label->write_protected = bits & 2;
	label->created = wire_get_le64(r);
	counters->loads = wire_get_le64(r);
	counters->written = wire_get_le64(r);
	counters->read = wire_get_le64(r);
	return wire_whole(r) && !(place->flags & ~RECORD_FLAGS) && !(bits & ~3);
}

/* Puts the cartridge where its row says. When two have the same place, the later one goes to the vault. */
static void cartridge_place(struct cartridge_private *priv, const struct place *place)
{
	struct library *library = priv->pub.library;
	snprintf(priv->pub.label.library, sizeof priv->pub.label.library, "%s", library->name);
	if (place->at == NO_ADDRESS)
		return;
	struct element *at = element_at(library, place->at);
	if (!at || at->cartridge || (at->kind == ELEMENT_DRIVE && !at->drive)) {
		log_error("library %s: cartridge %s cannot be at element %u; moved to the vault",
			library->name, priv->pub.label.barcode, place->at);
		priv->touched = true;
		return;
	}
	element_put(&priv->pub, at, element_at(library, place->source));
	at->by_operator = place->flags & RECORD_BY_OPERATOR;
	char text[16];
	element_text(at, text);
	snprintf(priv->pub.label.element, sizeof priv->pub.label.element, "%s", text);
}

static int load_cartridge(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct cart_label label = { 0 };
	struct cart_counters counters;
	struct place place;
	int64_t stamp;
	char library_id[37], why[WHY_LEN];
	if (!row_key(key, key_len, label.barcode, sizeof label.barcode) || !barcode_ok(label.barcode, why))
		return row_damaged(l->why, TABLE_CARTRIDGES, "?");
	struct wire_reader r = row_open(key, key_len, value, len, RECORD_VERSION);
	row_get_text(&r, library_id, sizeof library_id);
	if (!get_cartridge(&r, &label, &counters, &place, &stamp))
		return row_damaged(l->why, TABLE_CARTRIDGES, label.barcode);
	struct library_private *lib = lib_by_id(l, library_id);
	if (!lib)
		return refuse(l->why, -EUCLEAN, "catalog: cartridge %s is in an unknown library",
			label.barcode);
	struct cartridge_private *priv = cartridge_new(l->inst, &lib->pub, &label);
	if (!priv)
		return -ENOMEM;
	priv->pub.counters = counters;
	priv->stamp = stamp;
	priv->deleted = place.flags & RECORD_DELETING; /* reconcile() completes the interrupted deletion */
	cartridge_place(priv, &place);
	return 0;
}

int load_cartridges(struct installation *inst, char why[static WHY_LEN])
{
	struct loading l = { .inst = inst, .why = why };
	return catalog_each(inst->catalog, TABLE_CARTRIDGES, load_cartridge, &l);
}
