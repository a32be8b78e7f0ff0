/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two passports: what changed, and what a host does because of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/passport.h"
#include "admin/rpc/changes.h"
#include "admin/view/keys.h"

struct field_row {
	const char *key, *what, *effect;
	bool words;                      /* compare which members exist, not their texts */
	const struct change_row *shared; /* texts shared with the daemon */
};

/* Differences are reported in this order. */
static const struct field_row unit_fields[] = {
	{ "type", "the kind of device", "hosts see a new device" },
	{ "vendor", .shared = &change_rows[CHANGE_VENDOR] },
	{ "product", .shared = &change_rows[CHANGE_PRODUCT] },
	{ "revision", .shared = &change_rows[CHANGE_REVISION] },
	{ "serial", "the serial number", "backup software cannot find this drive in the library" },
	{ "name_key", "the persistent-name key", "\\\\.\\TapeN gets a new number if Persistence is on" },
	{ "duid", "the device identifier (DUID)", "hosts see another device" },
	{ "inquiry", "bytes of the standard INQUIRY data", "drivers may behave differently" },
	{ "elements_refused", "the answer to READ ELEMENT STATUS",
		"the library's elements cannot be compared", true },
	{ "elements_unread", "the element types the changer reports", "some elements cannot be compared",
		true },
	{ "drives_unnamed", "the drive identifiers the changer reports",
		"backup software cannot match drives with the changer by serial", true },
};

struct comparison {
	struct passport_difference *out;
	bool allow_removed;
};

__attribute__((format(printf, 6, 7))) static void difference_add(json_t *list, const char *what,
	const json_t *was, const json_t *is, const char *effect, const char *where, ...)
{
	char place[WHY_LEN];
	va_list ap;
	va_start(ap, where);
	vsnprintf(place, sizeof place, where, ap);
	va_end(ap);
	json_t *row = json_pack("{s:s, s:s, s:s}", difference_keys.where, place, difference_keys.what, what,
		difference_keys.effect, effect);
	json_object_set(row, difference_keys.was, was ? (json_t *)was : json_null());
	json_object_set(row, difference_keys.is, is ? (json_t *)is : json_null());
	json_array_append_new(list, row);
}

static bool same(const json_t *a, const json_t *b)
{
	if (!a || !b)
		return !a && !b;
	return json_equal(a, b);
}

static bool same_keys(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;
	bool all = !a == !b && json_object_size(a) == json_object_size(b);
	json_object_foreach((json_t *)a, key, value)
		all = all && json_object_get(b, key);
	return all;
}

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "?";
}

static json_t *by_text(const json_t *list, const char *key, const char *value)
{
	size_t i;
	json_t *o;
	json_array_foreach(list, i, o)
		if (!strcmp(str(o, key), value))
			return o;
	return NULL;
}

static json_t *by_number(const json_t *list, const char *key, json_int_t value)
{
	size_t i;
	json_t *o;
	json_array_foreach(list, i, o)
		if (json_is_integer(json_object_get(o, key)) &&
			json_integer_value(json_object_get(o, key)) == value)
			return o;
	return NULL;
}

static void pages_compare(struct comparison *c, const char *where, const json_t *was, const json_t *is)
{
	const char *name;
	json_t *page;
	char what[64];
	json_object_foreach((json_t *)was, name, page) {
		const json_t *now = json_object_get(is, name);
		if (same(page, now))
			continue;
		snprintf(what, sizeof what, now ? "VPD page %.8sh" : "VPD page %.8sh was removed", name);
		difference_add(c->out->differences, what, page, now,
			!strcmp(name, "83") ? "hosts identify units and ports by this page"
					    : "drivers may behave differently",
			"%s", where);
	}
	json_object_foreach((json_t *)is, name, page) {
		if (json_object_get(was, name))
			continue;
		snprintf(what, sizeof what, "VPD page %.8sh", name);
		difference_add(c->out->additions, what, NULL, page, "new", "%s", where);
	}
}

/* An identifier that one side could not read is not a difference. */
static bool names_comparable(const json_t *was, const json_t *is, const json_t *a, const json_t *b)
{
	return !strcmp(str(a, "type"), "drive") && !json_object_get(was, "drives_unnamed") &&
		!json_object_get(is, "drives_unnamed") && !json_object_get(a, "cut") &&
		!json_object_get(b, "cut");
}

static void elements_compare(struct comparison *c, const char *where, const json_t *was_unit,
	const json_t *is_unit)
{
	size_t i;
	json_t *e;
	const json_t *was = json_object_get(was_unit, "elements");
	const json_t *is = json_object_get(is_unit, "elements");
	const json_t *unread = json_object_get(is_unit, "elements_unread");
	if (json_object_get(is_unit, "elements_refused"))
		return; /* reported by unit_compare() */
	json_array_foreach(was, i, e) {
		json_int_t address = json_integer_value(json_object_get(e, "address"));
		const json_t *now = by_number(is, "address", address);
		bool drive = !strcmp(str(e, "type"), "drive");
		if (!now) {
			if (!json_object_get(unread, str(e, "type")) && (!drive || !c->allow_removed))
				difference_add(c->out->differences, "the element was removed", e, NULL,
					"backup software must be configured again", "%s, %s element %lld",
					where, str(e, "type"), (long long)address);
		} else if (!same(json_object_get(e, "type"), json_object_get(now, "type"))) {
			difference_add(c->out->differences, "the kind of element", json_object_get(e, "type"),
				json_object_get(now, "type"), "backup software must be configured again",
				"%s, element %lld", where, (long long)address);
		} else if (names_comparable(was_unit, is_unit, e, now) &&
			!same(json_object_get(e, "id"), json_object_get(now, "id"))) {
			difference_add(c->out->differences, "the drive in this element",
				json_object_get(e, "id_text"), json_object_get(now, "id_text"),
				"backup software moves cartridges to the wrong drive", "%s, %s element %lld",
				where, str(e, "type"), (long long)address);
		}
	}
	json_array_foreach(is, i, e)
		if (!by_number(was, "address", json_integer_value(json_object_get(e, "address"))))
			difference_add(c->out->additions, "an element", NULL, e, "new", "%s, %s element %lld",
				where, str(e, "type"), json_integer_value(json_object_get(e, "address")));
}

static void unit_compare(struct comparison *c, const char *target, const json_t *was, const json_t *is)
{
	char where[WHY_LEN];
	snprintf(where, sizeof where, "%.223s LUN %d", target,
		(int)json_integer_value(json_object_get(was, "lun")));
	for (size_t i = 0; i < sizeof unit_fields / sizeof *unit_fields; i++) {
		const struct field_row *f = &unit_fields[i];
		const json_t *a = json_object_get(was, f->key), *b = json_object_get(is, f->key);
		if (f->words ? !same_keys(a, b) : !same(a, b))
			difference_add(c->out->differences, f->shared ? f->shared->what : f->what, a, b,
				f->shared ? f->shared->effect : f->effect, "%s", where);
	}
	pages_compare(c, where, json_object_get(was, "pages"), json_object_get(is, "pages"));
	elements_compare(c, where, was, is);
}

/* A unit that moved to another LUN is reported as moved, not as one removed and one new. */
static void unit_missing(struct comparison *c, const char *target, const json_t *was, const json_t *units)
{
	json_int_t lun = json_integer_value(json_object_get(was, "lun"));
	const char *serial = json_string_value(json_object_get(was, "serial"));
	const json_t *now = serial && *serial ? by_text(units, "serial", serial) : NULL;
	if (now)
		difference_add(c->out->differences, change_rows[CHANGE_LUN].what, json_object_get(was, "lun"),
			json_object_get(now, "lun"), change_rows[CHANGE_LUN].effect, "%s, %s %s", target,
			str(was, "product"), serial);
	else if (!c->allow_removed)
		difference_add(c->out->differences, change_rows[CHANGE_UNIT_GONE].what,
			json_object_get(was, "serial"), NULL, change_rows[CHANGE_UNIT_GONE].effect,
			"%s LUN %lld", target, (long long)lun);
}

static void units_compare(struct comparison *c, const char *target, const json_t *was, const json_t *is)
{
	size_t i;
	json_t *unit;
	json_array_foreach(was, i, unit) {
		const json_t *now = by_number(is, "lun", json_integer_value(json_object_get(unit, "lun")));
		if (now)
			unit_compare(c, target, unit, now);
		else
			unit_missing(c, target, unit, is);
	}
	json_array_foreach(is, i, unit)
		if (!by_number(was, "lun", json_integer_value(json_object_get(unit, "lun"))))
			difference_add(c->out->additions, change_rows[CHANGE_UNIT_NEW].what, NULL,
				json_object_get(unit, "serial"), change_rows[CHANGE_UNIT_NEW].effect,
				"%s LUN %lld", target, json_integer_value(json_object_get(unit, "lun")));
}

/* Addresses may change; the portal group tag is part of the port name and must not change. */
static json_t *groups_of(const json_t *target)
{
	size_t i;
	json_t *a, *groups = json_array();
	json_array_foreach(json_object_get(target, "addresses"), i, a) {
		json_t *g = json_object_get(a, "group");
		size_t k;
		json_t *known;
		bool there = false;
		json_array_foreach(groups, k, known)
			there = there || json_equal(known, g);
		if (g && !there)
			json_array_append(groups, g);
	}
	return groups;
}

static void target_compare(struct comparison *c, const json_t *was, const json_t *is)
{
	const char *name = str(was, "name");
	json_t *a = groups_of(was), *b = groups_of(is);
	if (!json_equal(a, b))
		difference_add(c->out->differences, "the portal group tag", a, b,
			"initiators open a new session; target port names change", "%s", name);
	json_decref(a);
	json_decref(b);
	const json_t *r = json_object_get(was, "refused"), *now = json_object_get(is, "refused");
	if (!r != !now)
		difference_add(c->out->differences, "permission to log in", r, now,
			"hosts lose or gain the whole target", "%s", name);
	else if (!r)
		units_compare(c, name, json_object_get(was, "units"), json_object_get(is, "units"));
}

void passport_compare(const json_t *was, const json_t *is, bool allow_removed,
	struct passport_difference *ret)
{
	struct comparison c = { .out = ret, .allow_removed = allow_removed };
	const json_t *old = json_object_get(was, "targets"), *new = json_object_get(is, "targets");
	size_t i;
	json_t *target;

	ret->differences = json_array();
	ret->additions = json_array();
	json_array_foreach(old, i, target) {
		const json_t *now = by_text(new, "name", str(target, "name"));
		if (now)
			target_compare(&c, target, now);
		else
			difference_add(ret->differences, change_rows[CHANGE_TARGET_GONE].what,
				json_object_get(target, "name"), NULL, change_rows[CHANGE_TARGET_GONE].effect,
				"%s", str(is, "portal"));
	}
	json_array_foreach(new, i, target)
		if (!by_text(old, "name", str(target, "name")))
			difference_add(ret->additions, change_rows[CHANGE_TARGET_NEW].what, NULL,
				json_object_get(target, "name"), change_rows[CHANGE_TARGET_NEW].effect, "%s",
				str(is, "portal"));
}
