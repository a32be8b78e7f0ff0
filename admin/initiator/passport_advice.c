/* SPDX-License-Identifier: Apache-2.0 */
/* What in a passport would let a host lose a device or take one for another. */
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

__attribute__((format(printf, 2, 3)))
static void say(json_t *advice, const char *format, ...)
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

const json_t *advice_drive_unit(const json_t *passport, const json_t *element,
	const json_t **ret_target)
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

/* Page 80h is "80", its length and the serial; blanks in it count for Windows. */
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
	if (!*str(unit, "serial"))
		say(advice, "LUN %d has no serial number: its \\\\.\\Tape number may change at each boot, "
			"and backup software cannot match it with the changer", lun);
	if (serial_shared(passport, unit))
		say(advice, "LUN %d shares its serial %s with another unit: only one of them gets a "
			"\\\\.\\Tape name", lun, str(unit, "serial"));
	if (*str(unit, "serial") && serial_padded(unit))
		say(advice, "LUN %d pads its serial with blanks; they are part of the name and must "
			"never change", lun);
	if (!*str(unit, "duid"))
		say(advice, "LUN %d gives no device identifier in VPD page 83h", lun);
}

/* A bay without a drive names none; that is no fault where other drive elements name theirs. */
static bool names_drives(const json_t *unit)
{
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(unit, "elements"), i, e)
		if (json_object_get(e, "id"))
			return true;
	return false;
}

static void changer_advice(json_t *advice, const json_t *passport, const json_t *unit)
{
	size_t i;
	json_t *e;
	const json_t *target;
	bool bays = names_drives(unit);
	json_array_foreach(json_object_get(unit, "elements"), i, e)
		if (!strcmp(str(e, "type"), "drive") && (json_object_get(e, "id") || !bays) &&
			!advice_drive_unit(passport, e, &target))
			say(advice, "drive element %d of %s cannot be matched with a LUN by serial: drives "
				"must be mapped by hand",
				(int)json_integer_value(json_object_get(e, "address")),
				str(unit, "product"));
	if (json_object_get(unit, "elements_refused"))
		say(advice, "the changer does not tell its elements (%s)", str(unit, "elements_refused"));
}

json_t *passport_advice(const json_t *passport)
{
	size_t i, k;
	json_t *target, *unit, *advice = json_array();
	json_array_foreach(json_object_get(passport, "targets"), i, target) {
		bool zero = json_object_get(target, "refused") != NULL;
		json_array_foreach(json_object_get(target, "units"), k, unit) {
			zero = zero || !json_integer_value(json_object_get(unit, "lun"));
			unit_advice(advice, passport, unit);
			if (!strcmp(str(unit, "type"), "changer"))
				changer_advice(advice, passport, unit);
		}
		if (!zero)
			say(advice, "%s has nothing at LUN 0, where Windows asks for the list of units",
				str(target, "name"));
	}
	return advice;
}
