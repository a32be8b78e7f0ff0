/* SPDX-License-Identifier: Apache-2.0 */
/* Moves asked for by a person, and the messages for their results. */
#include <stdio.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/move.h"
#include "admin/view/keys.h"
#include "vtl/library/health.h"
#include "vtl/library/robot.h"

static const char *code_of(enum move_result result)
{
	switch (result) {
	case MOVE_DONE:
	case MOVE_SOURCE_EMPTY:
	case MOVE_DESTINATION_FULL:
	case MOVE_INCOMPATIBLE: return CODE_REFUSED;
	case MOVE_NO_ELEMENT: return CODE_NOT_FOUND;
	case MOVE_PREVENTED:
	case MOVE_IN_USE:
	case MOVE_LOCKED: return CODE_BUSY;
	case MOVE_LOAD_FAILED:
	case MOVE_NO_ANSWER:
	case MOVE_DISK_FULL:
	case MOVE_FAILED: return CODE_FAILED;
	}
	return CODE_FAILED;
}

/* Returns what the last load found wrong with a cartridge, wherever it is now; "" for nothing.  That it could not be
 * opened says nothing new: then the error in words. */
static const char *trouble_of(struct installation *inst, const char *barcode, enum severity least)
{
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		const struct cartridge *c = cartridge_find(l, barcode);
		enum health_kind kind = c ? health_worst(cartridge_health(c)) : HEALTH_NONE;
		if (health_rows[kind].severity < least)
			continue;
		const char *why = kind == HEALTH_OPEN
			? health_error_text(kind, cartridge_health(c)->faults[kind].err)
			: "";
		return *why ? why : health_rows[kind].what;
	}
	return "";
}

json_t *move_refuse(struct call *call, const char *barcode, enum move_result result)
{
	const char *why = result == MOVE_LOAD_FAILED ? trouble_of(call->inst, barcode, SEVERITY_CRITICAL)
						     : "";
	if (result == MOVE_LOAD_FAILED && !*why)
		return call_refuse(call, code_of(result),
			"cartridge %s was not moved: %s; see: evertape cartridge "
			"verify %s",
			barcode, move_result_text(result), barcode);
	return call_refuse(call, code_of(result), "cartridge %s was not moved: %s%s%s", barcode,
		move_result_text(result), *why ? ": " : "", why);
}

/* The load succeeded, but the cartridge has a fault: adds a warning. */
static void warn_of_trouble(struct call *call, json_t *o, const char *barcode)
{
	const char *what = trouble_of(call->inst, barcode, SEVERITY_WARNING);
	if (*what)
		json_object_set_new(o, warnings_keys.warnings,
			json_pack("[o]",
				json_sprintf("cartridge %s: %s; see: evertape cartridge show %s", barcode,
					what, barcode)));
}

static bool is_free_slot(const struct element *e)
{
	return e && e->kind == ELEMENT_SLOT && !e->cartridge;
}

struct element *move_home(struct library *library, const struct element *from)
{
	if (is_free_slot(from->source))
		return from->source;
	for (unsigned i = 0; i < library->n_slots; i++)
		if (is_free_slot(&library->slots[i]))
			return &library->slots[i];
	return NULL;
}

json_t *move_cartridge(struct call *call, struct library *library, struct cartridge *cartridge,
	struct element *to)
{
	char barcode[BARCODE_LEN + 1], source[16], destination[16];
	bool loads = to->kind == ELEMENT_DRIVE;
	struct element *from = cartridge->at;
	snprintf(barcode, sizeof barcode, "%s", cartridge->label.barcode);
	element_text(to, destination);
	if (!from)
		return call_refuse(call, CODE_REFUSED,
			"cartridge %s is in the vault; first run: evertape mailslot "
			"close %s",
			barcode, barcode);
	element_text(from, source);
	if (from == to)
		return call_refuse(call, CODE_REFUSED, "cartridge %s is already in %s", barcode, source);
	if (to->cartridge)
		return call_refuse(call, CODE_REFUSED, "%s already holds cartridge %s", destination,
			to->cartridge->label.barcode);
	if (from->kind == ELEMENT_DRIVE && from->drive && !guard_unload(call, from->drive))
		return NULL;
	if (cartridge->at != from) /* a host moved it first */
		return move_refuse(call, barcode, MOVE_SOURCE_EMPTY);
	enum move_result result = library_move(library, from, to, &call->by);
	if (result != MOVE_DONE)
		return move_refuse(call, barcode, result);
	json_t *o = json_pack("{s:s,s:s,s:s}", moved_keys.barcode, barcode, moved_keys.from, source,
		moved_keys.to, destination);
	if (loads)
		warn_of_trouble(call, o, barcode);
	return o;
}
