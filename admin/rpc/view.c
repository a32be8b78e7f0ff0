/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries, drives, elements and cartridges as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/health_view.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"

static json_t *naa_text(uint64_t naa)
{
	return json_sprintf("%016" PRIx64, naa);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *bytes_view(uint64_t bytes)
{
	return bytes < INT64_MAX ? count(bytes) : json_null();
}

/* The names of element types, as in "slot:3". */
static const char *kind_name(enum element_kind kind)
{
	switch (kind) {
	case ELEMENT_TRANSPORT: return "transport";
	case ELEMENT_SLOT: return "slot";
	case ELEMENT_MAILSLOT: return "mailslot";
	case ELEMENT_DRIVE: return "drive";
	}
	return "?";
}

void where_text(const struct cartridge *cartridge, char out[static 16])
{
	if (cartridge->at)
		element_text(cartridge->at, out);
	else
		snprintf(out, 16, "vault");
}

json_t *element_view(const struct element *e)
{
	char name[16];
	element_text(e, name);
	return json_pack("{s:s,s:s,s:i,s:i,s:o,s:b}", "element", name, "kind", kind_name(e->kind), "number",
		e->number, "address", e->address, "barcode",
		text_or_null(e->cartridge ? e->cartridge->label.barcode : NULL), "by_operator",
		e->kind == ELEMENT_MAILSLOT && e->cartridge && e->by_operator);
}

struct element_row {
	enum element_kind kind;
	const struct element *elements;
	unsigned n;
};

static void element_rows(const struct library *l, struct element_row rows[static 4])
{
	rows[0] = (struct element_row){ ELEMENT_TRANSPORT, l->transports, l->n_transports };
	rows[1] = (struct element_row){ ELEMENT_DRIVE, l->drive_elements, l->n_drive_elements };
	rows[2] = (struct element_row){ ELEMENT_SLOT, l->slots, l->n_slots };
	rows[3] = (struct element_row){ ELEMENT_MAILSLOT, l->mailslots, l->n_mailslots };
}

json_t *elements_view(const struct library *library)
{
	struct element_row rows[4];
	json_t *list = json_array();
	element_rows(library, rows);
	for (size_t r = 0; r < 4; r++)
		for (unsigned i = 0; i < rows[r].n; i++)
			json_array_append_new(list, element_view(&rows[r].elements[i]));
	return list;
}

json_t *element_kinds_view(const struct library *library)
{
	struct element_row rows[4];
	json_t *list = json_array();
	element_rows(library, rows);
	for (size_t r = 0; r < 4; r++) {
		if (!rows[r].n)
			continue;
		unsigned full = 0;
		for (unsigned i = 0; i < rows[r].n; i++)
			full += rows[r].elements[i].cartridge != NULL;
		json_array_append_new(list,
			json_pack("{s:s,s:i,s:i,s:i,s:i}", "kind", kind_name(rows[r].kind), "count",
				(int)rows[r].n, "full", (int)full, "first_address",
				rows[r].elements[0].address, "last_address",
				rows[r].elements[rows[r].n - 1].address));
	}
	return list;
}

/* Adds the names that an initiator sees. */
static void identity_into(json_t *o, const struct identity *id, const struct personality *p)
{
	json_object_set_new(o, "personality", json_string(p->name));
	json_object_set_new(o, "vendor", json_string(id->vendor));
	json_object_set_new(o, "product", json_string(id->product));
	json_object_set_new(o, "revision", json_string(id->revision));
	json_object_set_new(o, "serial", json_string(id->serial));
	json_object_set_new(o, "naa", naa_text(id->naa));
}

json_t *changer_view(const struct library *library)
{
	json_t *o = json_pack("{s:s,s:i}", "target", library->target, "lun", 0);
	if (o)
		identity_into(o, &library->changer, library->personality);
	return o;
}

static json_t *host_view(const struct drive_host *host)
{
	if (!*host->initiator)
		return json_null();
	return json_pack("{s:o,s:o}", "initiator", peer_text(host->initiator), "session",
		host->session ? json_integer(host->session) : json_null());
}

/* Adds who used the drive last, and who holds a reservation on it. */
static void hosts_into(json_t *o, const struct drive_status *s)
{
	json_t *user = host_view(&s->user), *holder = host_view(&s->holder);
	if (*s->user.initiator)
		json_object_set_new(user, "ms", count(s->used_ms));
	if (*s->holder.initiator)
		json_object_set_new(holder, "persistent", json_boolean(s->held_persistently));
	json_object_set_new(o, "last_used_by", user);
	json_object_set_new(o, "reserved_by", holder);
}

void protection_into(json_t *view, enum drive_protection protection)
{
	json_object_set_new(view, "write_protected", json_boolean(protection != DRIVE_WRITABLE));
	json_object_set_new(view, "write_protected_why", text_or_null(protection_text(protection)));
}

static void status_into(json_t *o, const struct drive *drive, const struct drive_status *s)
{
	static const struct drive_status none;
	const struct cartridge *c = drive->element ? drive->element->cartridge : NULL;
	if (!s)
		s = &none;
	json_object_set_new(o, "activity", json_string(drive_activity_name(s->activity)));
	json_object_set_new(o, "barcode", text_or_null(c ? c->label.barcode : NULL));
	json_object_set_new(o, "loaded", json_boolean(s->loaded));
	protection_into(o, s->protection);
	json_object_set_new(o, "prevented", json_boolean(s->prevented));
	json_object_set_new(o, "bytes_written", count(s->written));
	json_object_set_new(o, "bytes_read", count(s->read));
	hosts_into(o, s);
	json_object_set_new(o, "health", drive_health_view(drive));
}

json_t *drive_view(const struct drive *drive, const struct drive_status *status)
{
	const struct library *l = drive->library;
	bool own = l->layout == LAYOUT_TARGET_PER_DEVICE;
	char name[16] = "";
	if (drive->element)
		element_text(drive->element, name);
	json_t *o = json_pack("{s:s,s:i,s:s,s:i,s:s,s:i}", "library", l->name, "number", drive->number,
		"element", name, "address", drive->element ? drive->element->address : 0, "target",
		own ? drive->target : l->target, "lun", own ? 0 : drive->lun);
	if (!o)
		return NULL;
	identity_into(o, &drive->identity, drive->personality);
	status_into(o, drive, status);
	return o;
}

json_t *drive_detail_view(const struct drive *drive, const struct drive_status *s)
{
	json_t *o = drive_view(drive, s);
	const struct cart_position *p = &s->position;
	if (!o)
		return NULL;
	json_object_set_new(o, "last_activity_ms", count(s->last_activity_ms));
	if (!s->loaded) {
		json_object_set_new(o, "position", json_null());
		usage_into(o, NULL, drive->library->disk);
		return o;
	}
	json_object_set_new(o, "position",
		json_pack("{s:i,s:I,s:I,s:b,s:b,s:b,s:I,s:I}", "partition", (int)p->partition, "object",
			(json_int_t)p->object, "filemarks", (json_int_t)p->filemarks, "beginning", p->bop,
			"end_of_data", p->eod, "early_warning", p->early_warning, "buffered_objects",
			(json_int_t)p->buffered_objects, "buffered_bytes", (json_int_t)p->buffered_bytes));
	usage_into(o, &s->usage, drive->library->disk);
	return o;
}

json_t *cartridge_view(const struct cartridge *cartridge)
{
	const struct cart_label *label = &cartridge->label;
	const struct element *at = cartridge->at;
	char where[16];
	where_text(cartridge, where);
	json_t *o = json_pack("{s:s,s:s,s:s,s:o,s:I,s:b,s:b,s:s,s:I,s:I,s:I,s:I}", "barcode", label->barcode,
		"generation", label->generation, "element", where, "address",
		at ? json_integer(at->address) : json_null(), "capacity", (json_int_t)label->capacity, "worm",
		label->worm, "write_protected", label->write_protected, "uuid", label->uuid, "created",
		(json_int_t)label->created, "loads", (json_int_t)cartridge->counters.loads, "bytes_written",
		(json_int_t)cartridge->counters.written, "bytes_read", (json_int_t)cartridge->counters.read);
	if (o) {
		json_object_set_new(o, "library", json_string(cartridge->library->name));
		json_object_set_new(o, "health", cartridge_health_view(cartridge, NULL));
	}
	if (o && at && at->source && at->source != at) {
		element_text(at->source, where);
		json_object_set_new(o, "source", json_string(where));
	}
	return o;
}

uint64_t library_promised(const struct library *library)
{
	uint64_t sum = 0;
	const struct cartridge *c;
	TAILQ_FOREACH(c, &library->cartridges, link)
		sum += c->label.capacity;
	return sum;
}

json_t *library_view(const struct library *library)
{
	const struct cartridge *c;
	const struct drive *d;
	int cartridges = 0, drives = 0;
	TAILQ_FOREACH(c, &library->cartridges, link)
		cartridges++;
	TAILQ_FOREACH(d, &library->drives, link)
		drives++;
	bool own = library->layout == LAYOUT_TARGET_PER_DEVICE;
	return json_pack("{s:s,s:s,s:i,s:i,s:s,s:s,s:i,s:i,s:i,s:i,s:I}", "name", library->name, "target",
		library->target, "tpgt", library->tpgt, "relative_port", library->relative_port, "layout",
		own ? "target-per-device" : "one-target", "personality", library->personality->name, "drives",
		drives, "slots", library->n_slots, "mailslots", library->n_mailslots, "cartridges",
		cartridges, "promised_bytes", (json_int_t)library_promised(library));
}

static void portal_into(const char *portal, void *to)
{
	json_array_append_new(to, json_string(portal));
}

json_t *portals_view(const struct rpc_context *context)
{
	json_t *list = json_array();
	if (list && context->portals)
		context->portals(context->arg, portal_into, list);
	return list;
}
