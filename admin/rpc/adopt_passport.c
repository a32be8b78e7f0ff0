/* SPDX-License-Identifier: Apache-2.0 */
/* Reads from a passport which names the devices of a library take over. Nothing in the file is trusted. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/adopt.h"

/* A logical unit of the passport. */
struct seen {
	const json_t *unit;
	const char *target;
};

struct passport {
	struct call *call;
	const struct library *library;
	struct seen changer, drives[DRIVES_MAX];
	size_t n_changers, n_drives;
};

/* A member of the passport, which is no answer of ours (admin/initiator/passport_read.c writes it). */
static json_t *member(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static const char *said(const json_t *o, const char *key)
{
	const char *text = json_string_value(member(o, key));
	return text ? text : "";
}

static void unit_add(struct passport *p, const json_t *unit, const char *target)
{
	const char *type = said(unit, "type");
	if (!strcmp(type, "changer") && !p->n_changers++)
		p->changer = (struct seen){ unit, target };
	if (strcmp(type, "tape") != 0)
		return;
	if (p->n_drives < DRIVES_MAX)
		p->drives[p->n_drives] = (struct seen){ unit, target };
	p->n_drives++;
}

static void units_find(struct passport *p, const json_t *document)
{
	size_t i, k;
	json_t *target, *unit;
	json_array_foreach(member(document, "targets"), i, target)
		json_array_foreach(member(target, "units"), k, unit)
			unit_add(p, unit, said(target, "name"));
}

/* --- order: by the changer's drive elements, if it names all drives ------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);
	return k && k <= n && !strcmp(text + n - k, end);
}

/* The address of the drive's element; -1: the changer does not say. */
static json_int_t address_of(const struct passport *p, const struct seen *drive)
{
	size_t i;
	json_t *e;
	json_array_foreach(member(p->changer.unit, "elements"), i, e)
		if (!strcmp(said(e, "type"), "drive") &&
			ends_with(said(e, "id_text"), said(drive->unit, "serial")))
			return json_integer_value(member(e, "address"));
	return -1;
}

static void drives_sort(struct passport *p)
{
	json_int_t at[DRIVES_MAX];
	for (size_t i = 0; i < p->n_drives; i++) {
		at[i] = address_of(p, &p->drives[i]);
		if (at[i] < 0)
			return;
	}
	for (size_t i = 1; i < p->n_drives; i++)
		for (size_t k = i; k && at[k] < at[k - 1]; k--) {
			struct seen drive = p->drives[k];
			json_int_t address = at[k];
			p->drives[k] = p->drives[k - 1];
			at[k] = at[k - 1];
			p->drives[k - 1] = drive;
			at[k - 1] = address;
		}
}

/* --- checks ----------------------------------------------------------------------------------------------- */

static bool refused(const struct passport *p, const char *why)
{
	return call_refuse(p->call, CODE_REFUSED, "%s", why) != NULL;
}

static bool shape_ok(const struct passport *p)
{
	const struct drive *drive;
	size_t drives = 0, apart = 0;
	TAILQ_FOREACH(drive, &p->library->drives, link)
		drives++;
	if (p->n_changers != 1)
		return refused(p,
			"the passport must have one changer; save it of the targets of one library");
	if (p->n_drives != drives)
		return call_refuse(p->call, CODE_REFUSED, "the passport has %zu drives, library %s has %zu",
			       p->n_drives, p->library->name, drives) != NULL;
	for (size_t i = 0; i < drives; i++)
		apart += strcmp(p->drives[i].target, p->changer.target) != 0;
	if (apart == (p->library->layout == LAYOUT_TARGET_PER_DEVICE ? drives : 0))
		return true;
	return refused(p,
		apart == drives ? "the passport has a target per device; see: evertape library layout"
			: apart ? "the passport has several targets, but not one per device"
				: "the passport has one target; see: evertape library layout");
}

/* --- names ------------------------------------------------------------------------------------------------ */

/* 0 for what are no digits: a sign, for one, would make a length that never ends. */
static uint8_t byte_at(const char *hex, size_t at)
{
	enum { HEX = 16 };
	const char digits[3] = { hex[2 * at], hex[2 * at + 1] };
	bool good = isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1]);
	return good ? (uint8_t)strtoul(digits, NULL, HEX) : 0;
}

/* The NAA designator of 8 bytes of the logical unit, from page 83h in hexadecimal. */
static bool naa_find(const json_t *unit, char ret[static 17])
{
	enum { HEADER = 4, DESIGNATOR = 4, NAA_OF_UNIT = 0x03, TYPE = 0x3f, LEN = 8 };
	const char *page = said(member(unit, "pages"), "83");
	size_t len = strlen(page) / 2;
	for (size_t at = HEADER; at + DESIGNATOR <= len; at += DESIGNATOR + byte_at(page, at + 3)) {
		if ((byte_at(page, at + 1) & TYPE) != NAA_OF_UNIT || byte_at(page, at + 3) != LEN ||
			at + DESIGNATOR + LEN > len)
			continue;
		snprintf(ret, 17, "%.16s", page + 2 * (at + DESIGNATOR));
		return true;
	}
	return false;
}

static bool names_add(struct passport *p, const struct seen *seen, unsigned number, const struct identity *id,
	bool with_target, struct passport_names *ret)
{
	const char *vendor = said(seen->unit, "vendor"), *product = said(seen->unit, "product");
	char name[16] = "changer";
	if (number)
		snprintf(name, sizeof name, "drive:%u", number);
	if (strcmp(vendor, id->vendor) != 0 || strcmp(product, id->product) != 0)
		return call_refuse(p->call, CODE_REFUSED,
			       "%s is %s %s, in the passport it is %.20s %.40s; change its personality first",
			       name, id->vendor, id->product, vendor, product) != NULL;
	if (!naa_find(seen->unit, ret->naas[ret->n]))
		return call_refuse(p->call, CODE_REFUSED,
			       "the passport has no NAA of 8 bytes for %s; see: evertape %s adopt", name,
			       number ? "drive" : "library") != NULL;
	ret->rows[ret->n] = (struct adopted){ .number = number,
		.serial = said(seen->unit, "serial"),
		.naa = ret->naas[ret->n],
		.revision = said(seen->unit, "revision"),
		.target = with_target ? seen->target : NULL };
	ret->n++;
	return true;
}

bool passport_names_read(struct call *call, const json_t *document, const struct library *library,
	struct passport_names *ret)
{
	enum { PASSPORT = 1 };
	struct passport p = { .call = call, .library = library };
	if (json_integer_value(member(document, "passport")) != PASSPORT)
		return refused(&p, "not a passport; evertape passport save writes one");
	units_find(&p, document);
	if (!shape_ok(&p))
		return false;
	drives_sort(&p);
	bool good = names_add(&p, &p.changer, 0, &library->changer, true, ret);
	bool apart = library->layout == LAYOUT_TARGET_PER_DEVICE;
	const struct drive *drive;
	size_t i = 0;
	TAILQ_FOREACH(drive, &library->drives, link) {
		good = good && names_add(&p, &p.drives[i], drive->number, &drive->identity, apart, ret);
		i++;
	}
	return good;
}
