/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a passport for an administrator of backup servers. */
#include <stdio.h>
#include <string.h>

#include "admin/initiator/passport.h"
#include "admin/initiator/passport_advice.h"

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

/* Prints the persistent-name key; bytes that cannot be printed become '.'. */
static void key_print(FILE *out, const char *hex)
{
	unsigned byte;
	fputc('"', out);
	for (; sscanf(hex, "%2x", &byte) == 1 && strlen(hex) >= 2; hex += 2)
		fputc(byte >= ' ' && byte < 0x7f ? (int)byte : '.', out);
	fputs("\"\n", out);
}

/* Prints what the unit did not report, and why. */
static void refusals_show(const json_t *unit, FILE *out)
{
	const char *name;
	json_t *why;
	const json_t *elements = json_object_get(unit, "elements_refused");
	const json_t *names = json_object_get(unit, "drives_unnamed");
	json_object_foreach(json_object_get(unit, "pages_refused"), name, why)
		fprintf(out, "         %-22s %s\n", "not reported", json_string_value(why));
	json_object_foreach(json_object_get(unit, "elements_unread"), name, why)
		fprintf(out, "         %-22s %s\n", "not reported", json_string_value(why));
	if (elements)
		fprintf(out, "         %-22s %s\n", "elements", json_string_value(elements));
	if (names)
		fprintf(out, "         %-22s %s\n", "not reported", json_string_value(names));
}

static void unit_show(const json_t *unit, FILE *out)
{
	size_t i;
	json_t *id;
	const json_t *ids = json_object_get(unit, "hardware_ids");
	const json_t *refused = json_object_get(unit, "refused");

	fprintf(out, "  LUN %d", (int)json_integer_value(json_object_get(unit, "lun")));
	if (refused) {
		fprintf(out, "  no answer: %s\n", json_string_value(refused));
		return;
	}
	fprintf(out, "  %s  %s %s, revision %s, serial %s\n", str(unit, "type"), str(unit, "vendor"),
		str(unit, "product"), str(unit, "revision"),
		*str(unit, "serial") ? str(unit, "serial") : "none");
	json_array_foreach(ids, i, id)
		fprintf(out, "         %-22s %s\n", i ? "" : "Windows hardware IDs", json_string_value(id));
	if (*str(unit, "name_key")) {
		fprintf(out, "         %-22s ", "persistent-name key");
		key_print(out, str(unit, "name_key"));
	}
	if (*str(unit, "duid"))
		fprintf(out, "         %-22s %s %s\n", "device identifier", str(unit, "duid_kind"),
			str(unit, "duid"));
	refusals_show(unit, out);
}

/* Prints which unit is the drive in this element. */
static void drive_element_show(const json_t *passport, const json_t *target, const json_t *element, FILE *out)
{
	const json_t *where, *unit = advice_drive_unit(passport, element, &where);
	char label[40];
	snprintf(label, sizeof label, "drive element %lld",
		json_integer_value(json_object_get(element, "address")));
	fprintf(out, "         %-22s ", label);
	if (unit)
		fprintf(out, "is LUN %lld (serial %s)%s%s\n",
			json_integer_value(json_object_get(unit, "lun")), str(unit, "serial"),
			where == target ? "" : " of ", where == target ? "" : str(where, "name"));
	else if (json_object_get(element, "id"))
		fprintf(out, "has identifier \"%s\", which no unit at this portal has\n",
			str(element, "id_text"));
	else if (json_object_get(element, "cut"))
		fprintf(out, "is reported incompletely\n");
	else
		fprintf(out, "has no drive identifier\n");
}

static void elements_show(const json_t *passport, const json_t *target, const json_t *unit, FILE *out)
{
	size_t i, slots = 0, mail = 0;
	json_t *e;
	const json_t *list = json_object_get(unit, "elements");
	json_array_foreach(list, i, e) {
		slots += !strcmp(str(e, "type"), "slot");
		mail += !strcmp(str(e, "type"), "mailslot");
		if (!strcmp(str(e, "type"), "drive"))
			drive_element_show(passport, target, e, out);
	}
	if (list)
		fprintf(out, "         storage                %zu slots, %zu mail slots\n", slots, mail);
}

static void target_show(const json_t *passport, const json_t *target, FILE *out)
{
	size_t i;
	json_t *a, *unit;

	fprintf(out, "Target %s\n", str(target, "name"));
	json_array_foreach(json_object_get(target, "addresses"), i, a)
		fprintf(out, "  at %s, portal group %lld\n", str(a, "address"),
			json_integer_value(json_object_get(a, "group")));
	if (json_object_get(target, "refused")) {
		fprintf(out, "  %s\n", str(target, "refused"));
		return;
	}
	json_array_foreach(json_object_get(target, "units"), i, unit) {
		unit_show(unit, out);
		elements_show(passport, target, unit, out);
	}
}

void passport_show(const json_t *passport, FILE *out)
{
	size_t i;
	json_t *target, *line;
	json_array_foreach(json_object_get(passport, "targets"), i, target)
		target_show(passport, target, out);
	json_t *advice = passport_advice(passport);
	if (!json_array_size(advice))
		fprintf(out, "No problem found: Windows can identify every device.\n");
	json_array_foreach(advice, i, line)
		fprintf(out, "Warning: %s\n", json_string_value(line));
	json_decref(advice);
}
