/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a passport at a portal: discovery, every target, every unit, every page. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/passport.h"
#include "admin/initiator/windows.h"
#include "vtl/base/bytes.h"

enum { INQUIRY_SIZE = 252, PAGE_SIZE_MAX = 4096, PAGES_MAX = 128, KEY_MAX = 8 + 16 + 252 };

static json_t *hex(const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(len * 2 + 1);
	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[len * 2] = '\0';
	json_t *j = json_string(text);
	free(text);
	return j;
}

/* A padded SCSI string as text that JSON can hold. */
static json_t *text_of(const uint8_t *bytes, size_t len)
{
	char text[256];
	text_trim(text, sizeof text, bytes, len);
	return json_string(text);
}

static const char *type_name(uint8_t type)
{
	switch (type & 0x1f) {
	case TYPE_DISK:
		return "disk";
	case TYPE_TAPE:
		return "tape";
	case TYPE_CHANGER:
		return "changer";
	default:
		return "other";
	}
}

static void pages_read(struct session *s, int lun, json_t *unit, uint8_t *serial, size_t *serial_len)
{
	uint8_t list[PAGES_MAX + 4], page[PAGE_SIZE_MAX];
	char why[WHY_LEN], name[8];
	json_t *pages = json_object();

	json_object_set_new(unit, "pages", pages);
	int count = device_page(s, lun, 0, list, sizeof list, why) - 4;
	for (int i = 0; i < count; i++) {
		int len = device_page(s, lun, list[4 + i], page, sizeof page, why);
		snprintf(name, sizeof name, "%02x", list[4 + i]);
		if (len < 0) {
			json_object_set_new(pages, name, json_null());
			continue;
		}
		json_object_set_new(pages, name, hex(page, (size_t)len));
		if (list[4 + i] == 0x80 && len > 4 && len <= 4 + 252) {
			*serial_len = (size_t)len - 4;
			memcpy(serial, page + 4, *serial_len);
		}
		struct designator d;
		if (list[4 + i] == 0x83 && windows_duid(page, (size_t)len, &d)) {
			json_object_set_new(unit, "duid", hex(d.bytes, d.len));
			json_object_set_new(unit, "duid_kind", json_string(designator_name(d.type)));
		}
	}
}

static void windows_names(json_t *unit, const uint8_t *inquiry, const uint8_t *serial, size_t len)
{
	char ids[HARDWARE_ID_COUNT][HARDWARE_ID_LEN];
	uint8_t key[KEY_MAX];
	json_t *list = json_array();

	size_t count = windows_hardware_ids(inquiry, ids);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(ids[i]));
	json_object_set_new(unit, "hardware_ids", list);
	if (!len)
		return;
	memcpy(key, inquiry + 8, 24);
	memcpy(key + 24, serial, len);
	json_object_set_new(unit, "name_key", hex(key, 24 + len));
}

static void elements_read(struct session *s, int lun, json_t *unit)
{
	struct inventory inv;
	char why[WHY_LEN];
	if (changer_inventory(s, lun, &inv, why)) {
		json_object_set_new(unit, "elements_refused", json_string(why));
		return;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < inv.count; i++) {
		const struct element_seen *e = &inv.elements[i];
		json_t *j = json_object();
		json_object_set_new(j, "address", json_integer(e->address));
		json_object_set_new(j, "type", json_string(element_type_name(e->type)));
		if (e->id_len) {
			json_object_set_new(j, "id", hex(e->id, e->id_len));
			json_object_set_new(j, "id_text", text_of(e->id + 4, e->id_len - 4));
		}
		json_array_append_new(list, j);
	}
	json_object_set_new(unit, "elements", list);
	inventory_fini(&inv);
}

/* One unit; NULL for a LUN with nothing behind it. */
static json_t *unit_read(struct session *s, int lun)
{
	uint8_t inquiry[INQUIRY_SIZE], serial[252];
	size_t serial_len = 0;
	char why[WHY_LEN];

	int len = device_inquiry(s, lun, inquiry, sizeof inquiry, why);
	json_t *unit = json_object();
	json_object_set_new(unit, "lun", json_integer(lun));
	if (len < 0) {
		json_object_set_new(unit, "refused", json_string(why));
		return unit;
	}
	if ((inquiry[0] & 0x1f) == TYPE_NONE || len < 36) {
		json_decref(unit);
		return NULL;
	}
	json_object_set_new(unit, "type", json_string(type_name(inquiry[0])));
	json_object_set_new(unit, "vendor", text_of(inquiry + 8, 8));
	json_object_set_new(unit, "product", text_of(inquiry + 16, 16));
	json_object_set_new(unit, "revision", text_of(inquiry + 32, 4));
	json_object_set_new(unit, "inquiry", hex(inquiry, (size_t)len));
	pages_read(s, lun, unit, serial, &serial_len);
	json_object_set_new(unit, "serial", text_of(serial, serial_len));
	windows_names(unit, inquiry, serial, serial_len);
	if ((inquiry[0] & 0x1f) == TYPE_CHANGER)
		elements_read(s, lun, unit);
	return unit;
}

static json_t *units_read(struct session *s, char why[static WHY_LEN])
{
	int luns[LUNS_MAX];
	int count = device_luns(s, luns, why);
	if (count < 0)
		return NULL;
	json_t *units = json_array();
	json_t *list = json_array();
	for (int i = 0; i < count; i++) {
		json_array_append_new(list, json_integer(luns[i]));
		json_t *unit = unit_read(s, luns[i]);
		if (unit)
			json_array_append_new(units, unit);
	}
	json_t *both = json_pack("{s:o, s:o}", "luns", list, "units", units);
	return both;
}

/* The target as seen: a refusal is part of what a host sees and no failure of ours. */
static json_t *target_read(const struct portal *p, const struct session_options *o, const char *name,
	char why[static WHY_LEN])
{
	autosession struct session *s = NULL;
	struct portal here = *p;
	snprintf(here.target, sizeof here.target, "%s", name);
	json_t *t = json_object();
	json_object_set_new(t, "name", json_string(name));
	if (session_open(&here, o, &s, why)) {
		json_object_set_new(t, "refused", json_string(why));
		return t;
	}
	json_t *seen = units_read(s, why);
	if (seen)
		json_object_update(t, seen);
	else
		json_object_set_new(t, "refused", json_string(why));
	json_decref(seen);
	return t;
}

static json_t *addresses_of(const struct target_found *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < f->address_count; i++) {
		int tag = address_tag(f->addresses[i]);
		size_t len = strcspn(f->addresses[i], ",");
		json_t *a = json_pack("{s:s#}", "address", f->addresses[i], (int)len);
		if (a && tag >= 0)
			json_object_set_new(a, "group", json_integer(tag));
		json_array_append_new(list, a);
	}
	return list;
}

json_t *passport_read(const struct portal *p, const struct session_options *o,
	char why[static WHY_LEN])
{
	struct target_list list;
	if (portal_discover(p, o, &list, why))
		return NULL;
	json_t *targets = json_array();
	for (size_t i = 0; i < list.count; i++) {
		if (*p->target && strcmp(p->target, list.targets[i].name))
			continue;
		json_t *t = target_read(p, o, list.targets[i].name, why);
		json_object_set_new(t, "addresses", addresses_of(&list.targets[i]));
		json_array_append_new(targets, t);
	}
	target_list_fini(&list);
	if (!json_array_size(targets)) {
		json_decref(targets);
		snprintf(why, WHY_LEN, *p->target ? "%.60s shows us no target %.220s" :
			"%.60s shows us no target%.0s; is this initiator (%s) allowed there?",
			p->address, p->target, o->initiator ? o->initiator : INITIATOR_NAME);
		return NULL;
	}
	return json_pack("{s:i, s:s, s:o}", "passport", PASSPORT_VERSION, "portal", p->address,
		"targets", targets);
}
