/* SPDX-License-Identifier: Apache-2.0 */
/* What an initiator's rule lets it access: parsed from a request, and shown. */
#include "admin/rpc/initiator_sees.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/method/param_check.h"

enum { DEVICES = DRIVES_MAX + 1, DEVICE_TEXT = 16 };

static void device_text(unsigned number, char out[static DEVICE_TEXT])
{
	if (number)
		snprintf(out, DEVICE_TEXT, "drive:%u", number);
	else
		snprintf(out, DEVICE_TEXT, "changer");
}

static bool names_devices(const struct view *view)
{
	uint64_t any = 0;
	for (size_t i = 0; i < sizeof view->devices / sizeof *view->devices; i++)
		any |= view->devices[i];
	return any;
}

static bool add_library(struct call *call, struct view *view, const char *name)
{
	char why[WHY_LEN] = "";
	if (strcmp(name, ALL) == 0) {
		call_refuse(call, CODE_BAD_PARAMS, "libraries: \"all\" and a name exclude each other");
		return false;
	}
	const struct library *library = library_find(call->inst, name, why);
	if (!library) {
		call_refuse_err(call, -ENOENT, why);
		return false;
	}
	for (unsigned i = 0; i < view->n_libraries; i++)
		if (strcmp(view->libraries[i], library->name) == 0)
			return true;
	if (view->n_libraries == VIEW_LIBRARIES_MAX) {
		call_refuse(call, CODE_BAD_PARAMS, "a rule can name at most %d libraries",
			VIEW_LIBRARIES_MAX);
		return false;
	}
	memcpy(view->libraries[view->n_libraries++], library->name, sizeof library->name);
	return true;
}

bool list_is_only(const json_t *list, const char *text)
{
	const char *first = json_string_value(json_array_get(list, 0));
	return json_array_size(list) == 1 && strcmp(first, text) == 0;
}

static bool libraries_change(struct call *call, struct view *view, const json_t *list)
{
	size_t i;
	json_t *item;
	view->n_libraries = 0;
	memset(view->libraries, 0, sizeof view->libraries);
	if (list_is_only(list, ALL))
		return true;
	json_array_foreach((json_t *)list, i, item)
		if (!add_library(call, view, json_string_value(item)))
			return false;
	return true;
}

static bool devices_change(struct call *call, struct view *view, const json_t *list)
{
	size_t i;
	json_t *item;
	memset(view->devices, 0, sizeof view->devices);
	if (list_is_only(list, ALL))
		return true;
	json_array_foreach((json_t *)list, i, item) {
		int number = device_number(json_string_value(item));
		if (number < 0) {
			call_refuse(call, CODE_BAD_PARAMS,
				"devices: \"all\" and a device exclude each other");
			return false;
		}
		view->devices[number / 64] |= (uint64_t)1 << number % 64;
	}
	return true;
}

bool sees_change(struct call *call, struct view *view)
{
	const json_t *libraries = call_list(call, "libraries"), *devices = call_list(call, "devices");
	return (!libraries || libraries_change(call, view, libraries)) &&
		(!devices || devices_change(call, view, devices));
}

static json_t *libraries_list(const struct view *view)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < view->n_libraries; i++)
		json_array_append_new(list, json_string(view->libraries[i]));
	return list;
}

static json_t *devices_list(const struct view *view)
{
	char text[DEVICE_TEXT];
	json_t *list = json_array();
	for (unsigned n = 0; n < DEVICES; n++) {
		if (!view_has_device(view, n))
			continue;
		device_text(n, text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

/* Writes "main: changer, drive:1", cut to size. */
static void words(const struct view *view, const json_t *libraries, const json_t *devices, char *out,
	size_t size)
{
	const json_t *const lists[] = { libraries, devices };
	const char *const all[] = { "all libraries", "" };
	size_t len = 0, i;
	json_t *item;
	if (view_is_whole(view)) {
		snprintf(out, size, "everything");
		return;
	}
	out[0] = '\0';
	for (unsigned k = 0; k < 2; k++) {
		const char *before = k ? ": " : "";
		if (!lists[k] && *all[k])
			len += (size_t)snprintf(out + len, size - len, "%s", all[k]);
		json_array_foreach((json_t *)lists[k], i, item) {
			if (size - len < NAME_MAX_LEN + 8) {
				snprintf(out + len, size - len, ", ...");
				return;
			}
			len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : before,
				json_string_value(item));
		}
	}
}

struct sees_seen {
	const char *words;
	json_t *libraries, *devices; /* NULL: all */
};

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/sees.def"
#include "admin/view/end.h"
/* clang-format on */

void sees_show(json_t *o, const struct view *view)
{
	char text[256];
	json_t *libraries = view->n_libraries ? libraries_list(view) : NULL;
	json_t *devices = names_devices(view) ? devices_list(view) : NULL;
	words(view, libraries, devices, text, sizeof text);
	sees_put(o, &(struct sees_seen){ text, libraries, devices });
}

static bool is_there(struct installation *inst, const struct view *view, unsigned number)
{
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		bool named = view->n_libraries == 0;
		for (unsigned i = 0; i < view->n_libraries; i++)
			named |= strcmp(view->libraries[i], l->name) == 0;
		if (named && (number == 0 || drive_find(l, number)))
			return true;
	}
	return false;
}

bool sees_absent_devices(struct installation *inst, const struct view *view, char out[static WHY_LEN])
{
	char text[DEVICE_TEXT];
	size_t len = 0;
	for (unsigned n = 0; n < DEVICES && names_devices(view); n++) {
		if (!view_has_device(view, n) || is_there(inst, view, n))
			continue;
		device_text(n, text);
		if (len < WHY_LEN - 2 * DEVICE_TEXT)
			len += (size_t)snprintf(out + len, WHY_LEN - len, "%s%s", len ? ", " : "", text);
	}
	return len > 0;
}
