/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries, drives, elements and cartridges as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "admin/rpc/health_view.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"

json_t *bytes_view(uint64_t bytes)
{
	return bytes < INT64_MAX ? json_integer((json_int_t)bytes) : json_null();
}

/* The names of element types, as in "slot:3". */
void where_text(const struct cartridge *cartridge, char out[static 16])
{
	if (cartridge->at)
		element_text(cartridge->at, out);
	else
		snprintf(out, 16, "vault");
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

uint64_t library_promised(const struct library *library)
{
	uint64_t sum = 0;
	const struct cartridge *c;
	TAILQ_FOREACH(c, &library->cartridges, link)
		sum += c->label.capacity;
	return sum;
}

static unsigned full_elements(const struct element_row *row)
{
	unsigned full = 0;
	for (unsigned i = 0; i < row->n; i++)
		full += row->elements[i].cartridge != NULL;
	return full;
}

static unsigned count_drives(const struct library *library)
{
	unsigned n = 0;
	const struct drive *d;
	TAILQ_FOREACH(d, &library->drives, link)
		n++;
	return n;
}

static unsigned count_cartridges(const struct library *library)
{
	unsigned n = 0;
	const struct cartridge *c;
	TAILQ_FOREACH(c, &library->cartridges, link)
		n++;
	return n;
}

/* --- values of the rows, made as JSON --------------------------------------------------------------- */

static json_t *naa_json(uint64_t naa)
{
	return json_sprintf("%016" PRIx64, naa);
}

json_t *ratio_json(uint64_t host, uint64_t stored)
{
	return stored ? json_sprintf("%.2f", (double)host / (double)stored) : NULL;
}

static json_t *element_json(const struct element *element)
{
	char name[16];
	element_text(element, name);
	return json_string(name);
}

static json_t *drive_element_json(const struct drive *drive)
{
	return drive->element ? element_json(drive->element) : json_string("");
}

static json_t *where_json(const struct cartridge *cartridge)
{
	char where[16];
	where_text(cartridge, where);
	return json_string(where);
}

/* Returns the source element if it is another one, else NULL. */
static json_t *source_json(const struct cartridge *cartridge)
{
	const struct element *at = cartridge->at;
	return at && at->source && at->source != at ? element_json(at->source) : NULL;
}

/* --- the rows ------------------------------------------------------------------------------------------ */

/* What the rows of a drive read; s is never NULL. */
struct drive_seen {
	const struct drive *drive;
	const struct drive_status *s;
	const struct cartridge *cartridge; /* in the drive, or NULL */
	bool own;                          /* it has a target of its own */
};

struct device_seen {
	const struct identity *id;
	const struct personality *personality;
};

struct protection_seen {
	enum drive_protection protection;
};

struct library_seen {
	const struct library *library;
	const struct rpc_context *context;
	json_t *drives;
};

static json_t *elements_view(const struct library *library);
static json_t *element_kinds_view(const struct library *library);

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/cartridge.def"
#include "admin/view/drive.def"
#include "admin/view/library.def"
#include "admin/view/end.h"
/* clang-format on */

json_t *element_view(const struct element *element)
{
	return element_put(json_object(), element);
}

static json_t *elements_view(const struct library *library)
{
	struct element_row rows[4];
	json_t *list = json_array();
	element_rows(library, rows);
	for (size_t r = 0; r < 4; r++)
		for (unsigned i = 0; i < rows[r].n; i++)
			json_array_append_new(list, element_view(&rows[r].elements[i]));
	return list;
}

static json_t *element_kinds_view(const struct library *library)
{
	struct element_row rows[4];
	json_t *list = json_array();
	element_rows(library, rows);
	for (size_t r = 0; r < 4; r++)
		if (rows[r].n)
			json_array_append_new(list, element_kind_put(json_object(), &rows[r]));
	return list;
}

void protection_into(json_t *view, enum drive_protection protection)
{
	protection_put(view, &(struct protection_seen){ protection });
}

static struct drive_seen drive_seen(const struct drive *drive, const struct drive_status *status)
{
	static const struct drive_status none;
	return (struct drive_seen){ .drive = drive,
		.s = status ? status : &none,
		.cartridge = drive->element ? drive->element->cartridge : NULL,
		.own = drive->library->layout == LAYOUT_TARGET_PER_DEVICE };
}

json_t *drive_view(const struct drive *drive, const struct drive_status *status)
{
	const struct drive_seen seen = drive_seen(drive, status);
	return drive_put(json_object(), &seen);
}

json_t *drive_detail_view(const struct drive *drive, const struct drive_status *status)
{
	const struct drive_seen seen = drive_seen(drive, status);
	json_t *o = drive_shown_put(json_object(), &seen);
	usage_into(o, status->loaded ? &status->usage : NULL, drive->library->disk);
	return o;
}

json_t *cartridge_view(const struct cartridge *cartridge)
{
	return cartridge_put(json_object(), cartridge);
}

json_t *library_view(const struct library *library)
{
	return library_put(json_object(), library);
}

json_t *library_detail_view(const struct library *library, const struct rpc_context *context, json_t *drives)
{
	const struct library_seen seen = { library, context, drives };
	return library_shown_put(json_object(), &seen);
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
