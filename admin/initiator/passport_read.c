/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a passport at a portal: discovery, all targets, all units, all VPD pages. */
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

/* A padded SCSI string as JSON. */
static json_t *text_of(const uint8_t *bytes, size_t len)
{
	char text[256];
	text_trim(text, sizeof text, bytes, len);
	return json_string(text);
}

static const char *type_name(uint8_t type)
{
	switch (type & 0x1f) {
	case TYPE_DISK: return "disk";
	case TYPE_TAPE: return "tape";
	case TYPE_CHANGER: return "changer";
	default: return "other";
	}
}

/* Called after each command: logs in again if the connection was lost.  False: not possible; why says it. */
static bool alive(struct session *s, char why[static WHY_LEN])
{
	return !session_lost(s) || !session_reopen(s, why);
}

struct serial {
	uint8_t bytes[252];
	size_t len;
};

/* Reads one page; a refusal is recorded as text. */
static bool page_read(struct session *s, int lun, uint8_t code, json_t *unit, struct serial *serial,
	char why[static WHY_LEN])
{
	uint8_t page[PAGE_SIZE_MAX];
	char name[8];
	json_t *pages = json_object_get(unit, "pages");
	*why = '\0';
	int len = device_page(s, lun, code, page, sizeof page, why);

	snprintf(name, sizeof name, "%02x", code);
	if (len < 0) {
		json_object_set_new(pages, name, json_null());
		json_object_set_new(json_object_get(unit, "pages_refused"), name, json_string(why));
		return alive(s, why);
	}
	json_object_set_new(pages, name, hex(page, (size_t)len));
	if (code == 0x80 && len > 4 && (size_t)len <= 4 + sizeof serial->bytes) {
		serial->len = (size_t)len - 4;
		memcpy(serial->bytes, page + 4, serial->len);
	}
	struct designator d;
	if (code == 0x83 && windows_duid(page, (size_t)len, &d)) {
		json_object_set_new(unit, "duid", hex(d.bytes, d.len));
		json_object_set_new(unit, "duid_kind", json_string(designator_name(d.type)));
	}
	return alive(s, why);
}

/* Reads the pages that the unit lists.  A unit without a list is asked for pages 80h and 83h. */
static bool pages_read(struct session *s, int lun, json_t *unit, struct serial *serial,
	char why[static WHY_LEN])
{
	static const uint8_t names[] = { 0, 0, 0, 0, 0x80, 0x83 };
	uint8_t list[PAGES_MAX + 4];

	json_object_set_new(unit, "pages", json_object());
	json_object_set_new(unit, "pages_refused", json_object());
	*why = '\0';
	int len = device_page(s, lun, 0, list, sizeof list, why);
	if (len < 0) {
		json_object_set_new(json_object_get(unit, "pages_refused"), "00", json_string(why));
		memcpy(list, names, sizeof names);
		len = sizeof names;
	}
	bool on = alive(s, why);
	for (int i = 4; i < len && on; i++)
		on = page_read(s, lun, list[i], unit, serial, why);
	if (!json_object_size(json_object_get(unit, "pages_refused")))
		json_object_del(unit, "pages_refused");
	return on;
}

static void windows_names(json_t *unit, const uint8_t *inquiry, const struct serial *serial)
{
	char ids[HARDWARE_ID_COUNT][HARDWARE_ID_LEN];
	uint8_t key[KEY_MAX];
	json_t *list = json_array();

	size_t count = windows_hardware_ids(inquiry, ids);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(ids[i]));
	json_object_set_new(unit, "hardware_ids", list);
	if (!serial->len)
		return;
	memcpy(key, inquiry + 8, 24);
	memcpy(key + 24, serial->bytes, serial->len);
	json_object_set_new(unit, "name_key", hex(key, 24 + serial->len));
}

static json_t *element_of(const struct element_seen *e)
{
	json_t *j = json_object();
	json_object_set_new(j, "address", json_integer(e->address));
	json_object_set_new(j, "type", json_string(element_type_name(e->type)));
	if (e->id_len) {
		json_object_set_new(j, "id", hex(e->id, e->id_len));
		json_object_set_new(j, "id_text", text_of(e->id + 4, e->id_len - 4));
	} else if (e->cut && e->type == ELEMENT_DRIVE) {
		json_object_set_new(j, "cut", json_true());
	}
	return j;
}

static bool elements_read(struct session *s, int lun, json_t *unit, char why[static WHY_LEN])
{
	struct inventory inv;
	if (changer_inventory(s, lun, &inv, why)) {
		json_object_set_new(unit, "elements_refused", json_string(why));
		return !session_lost(s);
	}
	json_t *list = json_array(), *unread = json_object();
	for (size_t i = 0; i < inv.count; i++)
		json_array_append_new(list, element_of(&inv.elements[i]));
	json_object_set_new(unit, "elements", list);
	for (uint8_t type = 0; type < ELEMENT_TYPES; type++)
		if (*inv.unread[type])
			json_object_set_new(unread, element_type_name(type), json_string(inv.unread[type]));
	if (json_object_size(unread))
		json_object_set(unit, "elements_unread", unread);
	json_decref(unread);
	if (*inv.unnamed)
		json_object_set_new(unit, "drives_unnamed", json_string(inv.unnamed));
	inventory_fini(&inv);
	return true;
}

/* Reads one unit; *ret_unit is NULL for a LUN without one.  False: the target is lost. */
static bool unit_read(struct session *s, int lun, json_t **ret_unit, char why[static WHY_LEN])
{
	uint8_t inquiry[INQUIRY_SIZE];
	struct serial serial = { .len = 0 };

	*ret_unit = NULL;
	*why = '\0';
	int len = device_inquiry(s, lun, inquiry, sizeof inquiry, why);
	if (len >= 0 && ((inquiry[0] & 0x1f) == TYPE_NONE || len < 36))
		return alive(s, why);
	json_t *unit = *ret_unit = json_object();
	json_object_set_new(unit, "lun", json_integer(lun));
	if (len < 0)
		json_object_set_new(unit, "refused", json_string(why));
	bool on = alive(s, why);
	if (len < 0 || !on)
		return on;
	json_object_set_new(unit, "type", json_string(type_name(inquiry[0])));
	json_object_set_new(unit, "vendor", text_of(inquiry + 8, 8));
	json_object_set_new(unit, "product", text_of(inquiry + 16, 16));
	json_object_set_new(unit, "revision", text_of(inquiry + 32, 4));
	json_object_set_new(unit, "inquiry", hex(inquiry, (size_t)len));
	on = pages_read(s, lun, unit, &serial, why);
	json_object_set_new(unit, "serial", text_of(serial.bytes, serial.len));
	windows_names(unit, inquiry, &serial);
	if (on && (inquiry[0] & 0x1f) == TYPE_CHANGER)
		on = elements_read(s, lun, unit, why);
	return on;
}

/* The LUNs to try on a target that refuses REPORT LUNS; Windows tries the same. */
static int luns_guess(int luns[static LUNS_MAX])
{
	enum { GUESSED = 8 };
	for (int i = 0; i < GUESSED; i++)
		luns[i] = i;
	return GUESSED;
}

/* Fills the target's LUNs and units.  False: the target is lost; why says it. */
static bool units_read(struct session *s, json_t *target, char why[static WHY_LEN])
{
	int luns[LUNS_MAX];
	*why = '\0';
	int count = device_luns(s, luns, why);
	bool guessed = count < 0;
	if (guessed) {
		json_object_set_new(target, "luns_refused", json_string(why));
		count = luns_guess(luns);
	}
	bool on = alive(s, why);
	json_t *units = json_array(), *list = json_array();
	for (int i = 0; i < count && on; i++) {
		json_t *unit;
		char text[WHY_LEN];
		on = unit_read(s, luns[i], &unit, text);
		if (!on)
			snprintf(why, WHY_LEN, "LUN %d: %.300s", luns[i], text);
		if (unit && !(guessed && json_object_get(unit, "refused")))
			json_array_append(units, unit);
		if (unit || !guessed)
			json_array_append_new(list, json_integer(luns[i]));
		json_decref(unit);
	}
	json_object_set_new(target, "luns", list);
	json_object_set_new(target, "units", units);
	return on;
}

/* Reads a target.  A refused login is recorded, because it is what a host sees.  NULL: the target was
 * lost; why says it. */
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
	if (units_read(s, t, why))
		return t;
	char text[WHY_LEN];
	memcpy(text, why, sizeof text);
	snprintf(why, WHY_LEN, "%.80s, %.230s", name, text);
	json_decref(t);
	return NULL;
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

json_t *passport_read(const struct portal *p, const struct session_options *o, char why[static WHY_LEN])
{
	struct target_list list;
	if (portal_discover(p, o, &list, why))
		return NULL;
	struct session_options patient = *o;
	patient.reopen = true;
	json_t *targets = json_array();
	for (size_t i = 0; i < list.count; i++) {
		if (*p->target && strcmp(p->target, list.targets[i].name))
			continue;
		json_t *t = target_read(p, &patient, list.targets[i].name, why);
		if (!t) {
			json_decref(targets);
			target_list_fini(&list);
			return NULL;
		}
		json_object_set_new(t, "addresses", addresses_of(&list.targets[i]));
		json_array_append_new(targets, t);
	}
	target_list_fini(&list);
	if (!json_array_size(targets)) {
		json_decref(targets);
		snprintf(why, WHY_LEN,
			*p->target ? "%.60s: target %.220s is not visible to this initiator"
				   : "%.60s: no target is visible%.0s; allow this initiator (%s) there",
			p->address, p->target, o->initiator ? o->initiator : INITIATOR_NAME);
		return NULL;
	}
	return json_pack("{s:i, s:s, s:o}", "passport", PASSPORT_VERSION, "portal", p->address, "targets",
		targets);
}
