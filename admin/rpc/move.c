/* SPDX-License-Identifier: Apache-2.0 */
/* A move asked for by a person, and the words for how it went. */
#include <stdio.h>
#include <string.h>

#include "admin/rpc/guard.h"
#include "admin/rpc/move.h"

static const char *code_of(enum move_result result)
{
	switch (result) {
	case MOVE_DONE:
	case MOVE_SOURCE_EMPTY:
	case MOVE_DESTINATION_FULL:
	case MOVE_INCOMPATIBLE:     return CODE_REFUSED;
	case MOVE_NO_ELEMENT:       return CODE_NOT_FOUND;
	case MOVE_PREVENTED:
	case MOVE_IN_USE:
	case MOVE_LOCKED:           return CODE_BUSY;
	case MOVE_LOAD_FAILED:
	case MOVE_NO_ANSWER:
	case MOVE_FAILED:           return CODE_FAILED;
	}
	return CODE_FAILED;
}

json_t *move_refuse(struct call *call, const char *barcode, enum move_result result)
{
	return call_refuse(call, code_of(result), "cartridge %s stays where it is: %s", barcode,
	                   move_result_text(result));
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
	struct element *from = cartridge->at;
	snprintf(barcode, sizeof barcode, "%s", cartridge->label.barcode);
	element_text(to, destination);
	if (!from)
		return call_refuse(call, CODE_REFUSED,
		                   "cartridge %s is in the vault; bring it in with: evertape mailslot "
		                   "close %s", barcode, barcode);
	element_text(from, source);
	if (from == to)
		return call_refuse(call, CODE_REFUSED, "cartridge %s is in %s already", barcode, source);
	if (to->cartridge)
		return call_refuse(call, CODE_REFUSED, "%s holds cartridge %s already", destination,
		                   to->cartridge->label.barcode);
	if (from->kind == ELEMENT_DRIVE && from->drive && !guard_unload(call, from->drive))
		return NULL;
	if (cartridge->at != from) /* a host was faster */
		return move_refuse(call, barcode, MOVE_SOURCE_EMPTY);
	enum move_result result = library_move(library, from, to, &call->by);
	if (result != MOVE_DONE)
		return move_refuse(call, barcode, result);
	return json_pack("{s:s,s:s,s:s}", "barcode", barcode, "from", source, "to", destination);
}
