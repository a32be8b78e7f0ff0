/* SPDX-License-Identifier: Apache-2.0 */
/* Finds in a passport what could make a host lose or confuse devices. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin/initiator/passport.h"
#include "admin/initiator/passport_advice.h"

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

__attribute__((format(printf, 2, 3))) static void advice_add(json_t *advice, const char *format, ...)
{
	char text[WHY_LEN];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	json_array_append_new(advice, json_string(text));
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);
	return k && k <= n && !strcmp(text + n - k, end);
}

const json_t *advice_drive_unit(const json_t *passport, const json_t *element, const json_t **ret_target)
{
	size_t i, k;
	json_t *target, *unit;
	json_array_foreach(json_object_get(passport, "targets"), i, target)
		json_array_foreach(json_object_get(target, "units"), k, unit)
			if (!strcmp(str(unit, "type"), "tape") &&
				ends_with(str(element, "id_text"), str(unit, "serial"))) {
				*ret_target = target;
				return unit;
			}
	return NULL;
}

static bool serial_shared(const json_t *passport, const json_t *mine)
{
	size_t i, k;
	json_t *target, *unit;
	json_array_foreach(json_object_get(passport, "targets"), i, target)
		json_array_foreach(json_object_get(target, "units"), k, unit)
			if (unit != mine && *str(mine, "serial") &&
				!strcmp(str(unit, "serial"), str(mine, "serial")))
				return true;
	return false;
}

/* Page 80h is "80", its length and the serial; Windows includes blanks in the serial. */
static bool serial_padded(const json_t *unit)
{
	const char *page = str(json_object_get(unit, "pages"), "80");
	return strlen(page) > 8 && strlen(page) != 8 + 2 * strlen(str(unit, "serial"));
}

static void unit_advice(json_t *advice, const json_t *passport, const json_t *unit)
{
	int lun = (int)json_integer_value(json_object_get(unit, "lun"));
	bool ours = !strcmp(str(unit, "type"), "tape") || !strcmp(str(unit, "type"), "changer");

	if (!ours)
		return;
	const char *why = str(json_object_get(unit, "pages_refused"), "80");
	if (!*str(unit, "serial"))
		advice_add(advice,
			"LUN %d has no serial number: its \\\\.\\Tape number may change at each boot, "
			"and backup software cannot match it with the changer%s%.120s%s",
			lun, *why ? " (" : "", why, *why ? ")" : "");
	if (serial_shared(passport, unit))
		advice_add(advice,
			"LUN %d has the same serial %s as another logical unit: only one of them gets a "
			"\\\\.\\Tape name",
			lun, str(unit, "serial"));
	if (*str(unit, "serial") && serial_padded(unit))
		advice_add(advice,
			"LUN %d pads its serial with blanks; they are part of the name and must "
			"not change",
			lun);
	why = str(json_object_get(unit, "pages_refused"), "83");
	if (!*str(unit, "duid"))
		advice_add(advice, "LUN %d has no device identifier in VPD page 83h%s%.160s%s", lun,
			*why ? " (" : "", why, *why ? ")" : "");
}

/* A drive bay without a drive has no identifier; that is no problem if other drive elements have one. */
static bool names_drives(const json_t *unit)
{
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(unit, "elements"), i, e)
		if (json_object_get(e, "id"))
			return true;
	return false;
}

#define CUT " (the changer's answer ends inside the identifier)"

/* Reports what could not be read from the changer, and the consequence for the drives. */
static bool drives_reported(json_t *advice, const json_t *unit)
{
	const char *product = str(unit, "product"), *type;
	const json_t *why;
	bool reported = true;
	if (json_object_get(unit, "elements_refused")) {
		advice_add(advice,
			"the changer does not report its elements (%.200s): drives must be mapped by "
			"hand",
			str(unit, "elements_refused"));
		return false;
	}
	json_object_foreach((json_t *)json_object_get(unit, "elements_unread"), type, why) {
		bool drive = !strcmp(type, "drive");
		advice_add(advice, "%.20s does not report all its %ss (%.160s): %s", product, type,
			json_string_value(why),
			drive ? "drives must be mapped by hand"
			      : "backup software cannot use the missing ones");
		reported = reported && !drive;
	}
	if (!json_object_get(unit, "drives_unnamed"))
		return reported;
	advice_add(advice,
		"%.20s does not report which drive is in which drive element (%.160s): drives must "
		"be mapped by hand",
		product, str(unit, "drives_unnamed"));
	return false;
}

static void changer_advice(json_t *advice, const json_t *passport, const json_t *unit)
{
	size_t i;
	json_t *e;
	const json_t *target;
	if (!drives_reported(advice, unit))
		return;
	bool bays = names_drives(unit);
	json_array_foreach(json_object_get(unit, "elements"), i, e)
		if (!strcmp(str(e, "type"), "drive") &&
			(json_object_get(e, "id") || json_object_get(e, "cut") || !bays) &&
			!advice_drive_unit(passport, e, &target))
			advice_add(advice,
				"drive element %d of %s cannot be matched with a LUN by serial%s: "
				"drives must be mapped by hand",
				(int)json_integer_value(json_object_get(e, "address")), str(unit, "product"),
				json_object_get(e, "cut") ? CUT : "");
}

json_t *passport_advice(const json_t *passport)
{
	size_t i, k;
	json_t *target, *unit, *advice = json_array();
	json_array_foreach(json_object_get(passport, "targets"), i, target) {
		bool zero = json_object_get(target, "refused") != NULL;
		if (json_object_get(target, "luns_refused"))
			advice_add(advice,
				"%.100s does not list its logical units (%.120s): only LUN 0 to 7 were "
				"read, as Windows does",
				str(target, "name"), str(target, "luns_refused"));
		json_array_foreach(json_object_get(target, "units"), k, unit) {
			zero = zero || !json_integer_value(json_object_get(unit, "lun"));
			unit_advice(advice, passport, unit);
			if (!strcmp(str(unit, "type"), "changer"))
				changer_advice(advice, passport, unit);
		}
		if (!zero)
			advice_add(advice, "%s has no LUN 0, where Windows sends REPORT LUNS",
				str(target, "name"));
	}
	return advice;
}
