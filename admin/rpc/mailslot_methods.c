/* SPDX-License-Identifier: Apache-2.0 */
/* mailslot: list, open (mail slots to vault), close (vault to mail slots). */
#include "admin/rpc/move.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/library/robot.h"

static json_t *list(struct call *call)
{
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	json_t *mailslots = json_array(), *vault = json_array();
	const struct cartridge *c;
	for (unsigned i = 0; i < library->n_mailslots; i++)
		json_array_append_new(mailslots, element_view(&library->mailslots[i]));
	TAILQ_FOREACH(c, &library->cartridges, link)
		if (!c->at)
			json_array_append_new(vault, cartridge_view(c));
	json_t *o = json_pack("{s:s,s:o,s:o}", mailslots_keys.library, library->name,
		mailslots_keys.mailslots, mailslots, mailslots_keys.vault, vault);
	usages_into(call->inst, vault, call_disk(call));
	return o;
}

static json_t *done(const struct library *library, const char *how, json_t *barcodes)
{
	return json_pack("{s:s,s:i,s:o}", opened_keys.library, library->name, opened_keys.count,
		(int)json_array_size(barcodes), how, barcodes);
}

/* Returns whether the cartridge is where the move starts: in a mail slot, or for `in` in the vault.
 * False: refused. */
static bool may_pass(struct call *call, const struct cartridge *cartridge, bool in)
{
	bool there = cartridge->at && cartridge->at->kind == ELEMENT_MAILSLOT;
	char where[16];
	if (in ? !cartridge->at : there)
		return true;
	where_text(cartridge, where);
	call_refuse(call, CODE_REFUSED,
		in                      ? "cartridge %s is in %s, not in the vault"
			: cartridge->at ? "cartridge %s is in %s, not in a mail slot"
					: "cartridge %s is already in the %s",
		cartridge->label.barcode, where);
	return false;
}

/* Checks all named cartridges before the first one moves. */
static bool named_ok(struct call *call, struct library *library, const json_t *names, bool in)
{
	size_t i;
	json_t *name;
	json_array_foreach((json_t *)names, i, name) {
		const struct cartridge *c = cartridge_find(library, json_string_value(name));
		if (!c) {
			call_refuse(call, CODE_NOT_FOUND, "no cartridge %s in library %s",
				json_string_value(name), library->name);
			return false;
		}
		if (!may_pass(call, c, in))
			return false;
	}
	return true;
}

/* Returns the barcodes of all cartridges in the mail slots. */
static json_t *in_mailslots(const struct library *library)
{
	json_t *names = json_array();
	for (unsigned i = 0; i < library->n_mailslots; i++)
		if (library->mailslots[i].cartridge)
			json_array_append_new(names,
				json_string(library->mailslots[i].cartridge->label.barcode));
	return names;
}

static size_t free_mailslots(const struct library *library)
{
	size_t n = 0;
	for (unsigned i = 0; i < library->n_mailslots; i++)
		n += library->mailslots[i].cartridge == NULL;
	return n;
}

/* Moves them one after the other.  Each is looked up again, because a host may have moved it meanwhile. */
static json_t *pass_all(struct call *call, struct library *library, json_t *names, bool in)
{
	size_t i;
	json_t *name;
	json_array_foreach(names, i, name) {
		const char *barcode = json_string_value(name);
		struct cartridge *c = cartridge_find(library, barcode);
		enum move_result result = MOVE_SOURCE_EMPTY;
		if (c)
			result = in ? library_unvault(library, c, &call->by)
				    : library_vault(library, c, &call->by);
		if (result != MOVE_DONE)
			return move_refuse(call, barcode, result);
	}
	return done(library, in ? closed_keys.in : opened_keys.out, json_incref(names));
}

/* Refuses while a host prevents access, also when there is nothing to move. */
static bool locked(struct call *call, const struct library *library)
{
	if (!library_locked(library))
		return false;
	call_refuse(call, CODE_BUSY,
		"library %s: a host prevents access to the mail slots (PREVENT ALLOW MEDIUM REMOVAL)",
		library->name);
	return true;
}

static json_t *open_slots(struct call *call)
{
	struct library *library = call_library(call);
	json_t *named = (json_t *)call_list(call, "barcodes");
	if (!library || locked(call, library) || !named_ok(call, library, named, false))
		return NULL;
	json_t *names = json_array_size(named) ? json_incref(named) : in_mailslots(library);
	json_t *result = pass_all(call, library, names, false);
	json_decref(names);
	return result;
}

static json_t *close_slots(struct call *call)
{
	struct library *library = call_library(call);
	json_t *named = (json_t *)call_list(call, "barcodes");
	if (!library || locked(call, library) || !named_ok(call, library, named, true))
		return NULL;
	if (json_array_size(named) > free_mailslots(library))
		return call_refuse(call, CODE_REFUSED, "library %s: %zu free mail slots, %zu needed",
			library->name, free_mailslots(library), json_array_size(named));
	json_t *names = json_array_size(named) ? json_incref(named) : json_array();
	json_t *result = pass_all(call, library, names, true);
	json_decref(names);
	return result;
}

const struct handler mailslot_handlers[] = {
	{ "mailslot.list", list },
	{ "mailslot.open", open_slots },
	{ "mailslot.close", close_slots },
	{ 0 },
};
