/* SPDX-License-Identifier: Apache-2.0 */
/* identity.json: writes all identities as readable text and parses them. Parsed values are checked. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/library/installation.h"
#include "vtl/library/names.h"

#define FORMAT_NAME "evertape identity"

enum { FORMAT_VERSION = 1, LIBRARIES_MAX = 256 };

/* --- write ------------------------------------------------------------------------------------ */

static void identity_out(json_t *object, const struct identity *id)
{
	char naa[17];
	snprintf(naa, sizeof naa, "%016llx", (unsigned long long)id->naa);
	json_object_set_new(object, "id", json_string(id->id));
	json_object_set_new(object, "serial", json_string(id->serial));
	json_object_set_new(object, "naa", json_string(naa));
	json_object_set_new(object, "vendor", json_string(id->vendor));
	json_object_set_new(object, "product", json_string(id->product));
	json_object_set_new(object, "revision", json_string(id->revision));
}

static json_t *drive_out(const struct drive *drive, bool installed)
{
	json_t *object = json_object();
	json_object_set_new(object, "number", json_integer(drive->number));
	json_object_set_new(object, "installed", json_boolean(installed));
	json_object_set_new(object, "lun", json_integer(drive->lun));
	json_object_set_new(object, "element", json_integer(drive->element->address));
	json_object_set_new(object, "target", json_string(drive->target));
	json_object_set_new(object, "personality", json_string(drive->personality->name));
	identity_out(object, &drive->identity);
	return object;
}

/* The drive that will have this number; NULL: none. */
static const struct drive *drive_with(struct library_private *lib, const struct draft *draft, unsigned number,
	bool *ret_installed)
{
	const struct drive *drive = draft->drive;
	*ret_installed = draft->installed;
	if (drive && drive->library == &lib->pub && drive->number == number)
		return drive;
	*ret_installed = true;
	for (size_t i = 0; i < draft->n_drives; i++)
		if (draft->drives[i].library == &lib->pub && draft->drives[i].number == number)
			return &draft->drives[i];
	drive = drive_find(&lib->pub, number);
	*ret_installed = drive;
	return drive ? drive : drive_removed(lib, number);
}

/* Drives in order of number, including removed ones. */
static json_t *drives_out(struct library_private *lib, const struct draft *draft)
{
	json_t *array = json_array();
	bool installed;
	for (unsigned number = 1; number <= lib->room; number++) {
		const struct drive *drive = drive_with(lib, draft, number, &installed);
		if (drive)
			json_array_append_new(array, drive_out(drive, installed));
	}
	return array;
}

/* lib: the library in memory, from which the drives are; next: the library as it will be. */
static json_t *library_out(struct library_private *lib, const struct library_private *next,
	const struct draft *draft)
{
	const struct library *library = &next->pub;
	json_t *object = json_object(), *changer = json_object(), *first = json_object();
	json_object_set_new(object, "name", json_string(library->name));
	json_object_set_new(object, "id", json_string(library->id));
	json_object_set_new(object, "layout", json_string(layout_name(library->layout)));
	json_object_set_new(object, "target", json_string(library->target));
	json_object_set_new(object, "tpgt", json_integer(library->tpgt));
	json_object_set_new(object, "relative_port", json_integer(library->relative_port));
	json_object_set_new(object, "transports", json_integer(library->n_transports));
	json_object_set_new(object, "slots", json_integer(library->n_slots));
	json_object_set_new(object, "mailslots", json_integer(library->n_mailslots));
	for (int kind = 0; kind < 4; kind++)
		json_object_set_new(first, element_kind_name((enum element_kind)kind),
			json_integer(library->first[kind]));
	json_object_set_new(object, "first_element", first);
	json_object_set_new(changer, "lun", json_integer(0));
	json_object_set_new(changer, "personality", json_string(library->personality->name));
	identity_out(changer, &library->changer);
	json_object_set_new(object, "changer", changer);
	json_object_set_new(object, "drives", drives_out(lib, draft));
	return object;
}

static json_t *libraries_out(struct installation *inst, const struct draft *draft)
{
	json_t *array = json_array();
	struct library_private *next = draft->library;
	bool added = next;
	struct library *library;
	TAILQ_FOREACH(library, &inst->libraries, link) {
		struct library_private *lib = lib_of(library);
		bool replaced = next && !strcmp(next->pub.id, library->id);
		added &= !replaced;
		if (lib != draft->dropped)
			json_array_append_new(array, library_out(lib, replaced ? next : lib, draft));
	}
	if (added) /* its ordinal is the highest */
		json_array_append_new(array, library_out(next, next, draft));
	return array;
}

static char *text_of(struct installation *inst, const char *id, uint64_t revision, const struct draft *draft)
{
	json_t *root = json_object();
	json_object_set_new(root, "format", json_string(FORMAT_NAME));
	json_object_set_new(root, "version", json_integer(FORMAT_VERSION));
	json_object_set_new(root, "installation", json_string(id));
	json_object_set_new(root, "revision", json_integer((json_int_t)revision));
	json_object_set_new(root, "libraries", libraries_out(inst, draft));
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (!text)
		return NULL;
	size_t len = strlen(text);
	char *lined = realloc(text, len + 2);
	if (!lined) {
		free(text);
		return NULL;
	}
	memcpy(lined + len, "\n", 2);
	return lined;
}

char *identity_export(struct installation *inst)
{
	static const struct draft unchanged;
	return text_of(inst, inst->id, inst->revision, &unchanged);
}

const char *draft_id(const struct installation *inst, const struct draft *draft)
{
	return draft->imported ? draft->imported->id : inst->id;
}

uint64_t draft_revision(const struct installation *inst, const struct draft *draft)
{
	return draft->imported ? draft->imported->revision : inst->revision + 1;
}

char *identity_text_with(struct installation *inst, const struct draft *draft)
{
	return text_of(draft->imported ? draft->imported : inst, draft_id(inst, draft),
		draft_revision(inst, draft), draft);
}

/* --- read ------------------------------------------------------------------------------------- */

struct parsing {
	struct installation *inst;
	char *why;
	const char *where; /* name of the library, when known */
	bool bad;
	bool newer; /* written by a newer version */
};

static void complain(struct parsing *p, const char *key)
{
	if (!p->bad)
		refuse(p->why, -EINVAL, "identity file: %s%s'%s' is missing or malformed",
			p->where ? p->where : "", p->where ? ": " : "", key);
	p->bad = true;
}

/* Text of fewer than size bytes. */
static void text_in(struct parsing *p, const json_t *object, const char *key, char *out, size_t size)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	if (text && json_string_length(value) < size && strlen(text) == json_string_length(value))
		strcpy(out, text);
	else
		complain(p, key);
}

static uint64_t number_in(struct parsing *p, const json_t *object, const char *key, uint64_t max)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);
	if (!json_is_integer(value) || n < 0 || (uint64_t)n > max) {
		complain(p, key);
		return 0;
	}
	return (uint64_t)n;
}

static const struct personality *personality_in(struct parsing *p, const json_t *object,
	enum device_kind kind)
{
	char name[64] = "";
	text_in(p, object, "personality", name, sizeof name);
	const struct personality *personality = p->bad ? NULL : personality_find(name);
	if (!personality || personality->kind != kind)
		complain(p, "personality");
	return personality;
}

static void identity_in(struct parsing *p, const json_t *object, struct identity *id)
{
	char naa[17] = "";
	text_in(p, object, "id", id->id, sizeof id->id);
	text_in(p, object, "serial", id->serial, sizeof id->serial);
	text_in(p, object, "naa", naa, sizeof naa);
	text_in(p, object, "vendor", id->vendor, sizeof id->vendor);
	text_in(p, object, "product", id->product, sizeof id->product);
	text_in(p, object, "revision", id->revision, sizeof id->revision);
	if (strlen(naa) != 16 || strspn(naa, "0123456789abcdef") != 16)
		complain(p, "naa");
	id->naa = strtoull(naa, NULL, 16);
}

static void drive_in(struct parsing *p, struct library_private *lib, const json_t *object)
{
	struct drive *drive = drive_new(lib);
	if (!drive) {
		complain(p, "drives");
		return;
	}
	const json_t *installed = json_object_get(object, "installed");
	drive->number = (uint16_t)number_in(p, object, "number", DRIVES_MAX);
	drive->lun = (uint16_t)number_in(p, object, "lun", DRIVES_MAX);
	uint64_t address = number_in(p, object, "element", NO_ADDRESS - 1);
	drive->personality = personality_in(p, object, KIND_DRIVE);
	text_in(p, object, "target", drive->target, sizeof drive->target);
	identity_in(p, object, &drive->identity);
	if (!json_is_boolean(installed))
		complain(p, "installed");
	if (!drive->number || drive->number > lib->room || drive_find(&lib->pub, drive->number) ||
		drive_removed(lib, drive->number))
		complain(p, "number");
	if (address != lib->pub.first[ELEMENT_DRIVE] + drive->number - 1u)
		complain(p, "element");
	if (p->bad)
		free(drive);
	else
		drive_place(drive, json_is_true(installed));
}

static void shape_in(struct parsing *p, struct library_private *lib, const json_t *object)
{
	struct library *library = &lib->pub;
	char layout[32] = "";
	const json_t *first = json_object_get(object, "first_element");
	text_in(p, object, "layout", layout, sizeof layout);
	if (!layout_find(layout, &library->layout))
		complain(p, "layout");
	library->n_transports = (uint16_t)number_in(p, object, "transports", NO_ADDRESS - 1);
	library->n_slots = (uint16_t)number_in(p, object, "slots", NO_ADDRESS - 1);
	library->n_mailslots = (uint16_t)number_in(p, object, "mailslots", NO_ADDRESS - 1);
	for (int kind = 0; kind < 4; kind++)
		library->first[kind] = (uint16_t)number_in(p, first,
			element_kind_name((enum element_kind)kind), NO_ADDRESS - 1);
	if (!p->bad && elements_new(lib))
		complain(p, "first_element");
}

static void library_in(struct parsing *p, struct library_private *lib, const json_t *object)
{
	struct library *library = &lib->pub;
	const json_t *changer = json_object_get(object, "changer");
	const json_t *drives = json_object_get(object, "drives"), *drive;
	size_t i;
	char why[WHY_LEN];
	text_in(p, object, "name", library->name, sizeof library->name);
	if (!library_name_ok(library->name, why))
		complain(p, "name");
	if (!p->bad)
		p->where = library->name;
	text_in(p, object, "id", library->id, sizeof library->id);
	text_in(p, object, "target", library->target, sizeof library->target);
	library->tpgt = (uint16_t)number_in(p, object, "tpgt", UINT16_MAX);
	library->relative_port = (uint16_t)number_in(p, object, "relative_port", UINT16_MAX);
	shape_in(p, lib, object);
	library->personality = personality_in(p, changer, KIND_CHANGER);
	identity_in(p, changer, &library->changer);
	if (!json_is_array(drives))
		complain(p, "drives");
	json_array_foreach(drives, i, drive) {
		if (p->bad)
			return;
		drive_in(p, lib, drive);
	}
}

static void root_in(struct parsing *p, const json_t *root)
{
	char format[32] = "";
	const json_t *libraries = json_object_get(root, "libraries"), *object;
	size_t i;
	text_in(p, root, "format", format, sizeof format);
	if (strcmp(format, FORMAT_NAME))
		complain(p, "format");
	uint64_t version = number_in(p, root, "version", UINT16_MAX);
	p->newer = !p->bad && version > FORMAT_VERSION;
	if (version != FORMAT_VERSION)
		complain(p, "version");
	text_in(p, root, "installation", p->inst->id, sizeof p->inst->id);
	p->inst->revision = number_in(p, root, "revision", INT64_MAX);
	if (!json_is_array(libraries) || json_array_size(libraries) > LIBRARIES_MAX)
		complain(p, "libraries");
	json_array_foreach(libraries, i, object) {
		struct library_private *lib = p->bad ? NULL : lib_new(p->inst);
		if (!lib) {
			complain(p, "libraries");
			return;
		}
		lib->ordinal = (uint32_t)i + 1;
		p->where = NULL;
		library_in(p, lib, object);
		if (p->bad)
			lib_free(lib);
		else
			lib_add(p->inst, lib);
	}
}

int identity_parse(struct installation *inst, const char *json, size_t len, char why[static WHY_LEN])
{
	json_error_t error;
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return refuse(why, -EINVAL, "identity file: line %d: %.120s", error.line, error.text);
	struct parsing p = { .inst = inst, .why = why };
	root_in(&p, root);
	json_decref(root);
	int err = p.bad ? -EINVAL : identity_verify(inst, why);
	if (p.newer)
		err = refuse(why, -EPROTONOSUPPORT,
			"identity file: written by a newer version of Evertape; use that version");
	struct library *library;
	while (err && (library = TAILQ_FIRST(&inst->libraries))) {
		TAILQ_REMOVE(&inst->libraries, library, link);
		lib_free(lib_of(library));
	}
	return err;
}
