/* SPDX-License-Identifier: Apache-2.0 */
/* cartridge.create: one cartridge, named ones, or numbered ones, all or none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/method/param_check.h"
#include "admin/rpc/create.h"
#include "admin/rpc/view.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/library/deleted.h"

typedef char barcode_text[BARCODE_LEN + 1];

static bool taken(struct installation *inst, const char *barcode)
{
	for (struct library *l = library_first(inst); l; l = library_next(l))
		if (cartridge_find(l, barcode))
			return true;
	return false;
}

/* The named generation, else the generation of the library's first drive. */
static const struct generation *generation_for(struct call *call, const struct library *library)
{
	const char *name = call_text(call, "generation");
	const struct drive *drive = TAILQ_FIRST(&library->drives);
	char drives[16];
	if (name)
		return generation_find(name);
	snprintf(drives, sizeof drives, "lto%u", drive ? drive->personality->generation : 8u);
	return generation_find(drives);
}

/* Writes barcodes from prefix and the next free numbers: E00001L8, E00002L8.  Numbers of deleted
 * cartridges are not reused. */
static size_t number_barcodes(struct call *call, const struct library *library, size_t n, barcode_text *out)
{
	const char *prefix = call_text(call, "prefix");
	const struct generation *g = generation_for(call, library);
	int digits = VOLUME_LEN - (int)strlen(prefix);
	unsigned limit = 1, made = 0;
	for (int i = 0; i < digits; i++)
		limit *= 10;
	const char *suffix = call_flag(call, "worm") ? g->worm_suffix : g->suffix;
	for (unsigned number = number_used(call->inst, prefix) + 1; made < n && number < limit; number++) {
		char digit[16];
		snprintf(digit, sizeof digit, "%06u", number);
		snprintf(out[made], sizeof *out, "%s%s%s", prefix, digit + VOLUME_LEN - digits, suffix);
		if (!taken(call->inst, out[made]))
			made++;
	}
	return made;
}

/* Writes the barcodes that the call asks for to out and returns their number; 0: refused. */
static size_t barcodes_of(struct call *call, const struct library *library, barcode_text *out)
{
	const json_t *list = call_list(call, "barcodes");
	size_t n = (size_t)call_number(call, "count");
	if ((json_array_size(list) != 0) == (n != 0)) {
		call_refuse(call, CODE_BAD_PARAMS, "name the barcodes, or give a count and a prefix");
		return 0;
	}
	if ((n != 0) != (call_text(call, "prefix") != NULL)) {
		call_refuse(call, CODE_BAD_PARAMS, "give both a count and a prefix, or neither");
		return 0;
	}
	if (n && !generation_for(call, library)) {
		call_refuse(call, CODE_BAD_PARAMS,
			"name the generation; this library has no drive to tell it");
		return 0;
	}
	if (n && call_flag(call, "worm") && !generation_for(call, library)->worm_suffix) {
		call_refuse(call, CODE_BAD_PARAMS, "there are no WORM cartridges of %s",
			generation_for(call, library)->name);
		return 0;
	}
	if (n && number_barcodes(call, library, n, out) < n) {
		call_refuse(call, CODE_REFUSED,
			"prefix %s: fewer than %zu numbers are free (numbers of deleted "
			"cartridges are not reused)",
			call_text(call, "prefix"), n);
		return 0;
	}
	if (n)
		return n;
	for (n = 0; n < json_array_size(list); n++)
		snprintf(out[n], sizeof *out, "%s", json_string_value(json_array_get(list, n)));
	return n;
}

static bool repeats(barcode_text *barcodes, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(barcodes[k], barcodes[i]) == 0)
			return true;
	return false;
}

/* Checks everything that can be checked before anything is created. */
static bool plan_ok(struct call *call, const struct library *library, barcode_text *barcodes, size_t n)
{
	size_t free_slots = 0;
	for (unsigned i = 0; i < library->n_slots; i++)
		free_slots += library->slots[i].cartridge == NULL;
	if (free_slots < n) {
		call_refuse(call, CODE_REFUSED, "library %s: %zu free slots, %zu needed", library->name,
			free_slots, n);
		return false;
	}
	bool named = call_text(call, "prefix") == NULL; /* generated barcodes do not repeat */
	for (size_t i = 0; i < n; i++) {
		bool twice = named && repeats(barcodes, i);
		if (twice || taken(call->inst, barcodes[i])) {
			call_refuse(call, CODE_EXISTS,
				twice ? "barcode %s is given twice" : "cartridge %s already exists",
				barcodes[i]);
			return false;
		}
	}
	return true;
}

static void created_undo(struct installation *inst, struct library *library, barcode_text *barcodes, size_t n)
{
	char why[WHY_LEN];
	for (size_t i = 0; i < n; i++) {
		struct cartridge *cartridge = cartridge_find(library, barcodes[i]);
		if (cartridge)
			cartridge_destroy(inst, cartridge, why);
	}
}

/* Creates them in batches, so that moves can run between two batches. */
static int make_batches(struct call *call, struct library *library, barcode_text *barcodes, size_t n,
	char why[static WHY_LEN])
{
	struct cartridge_plan plans[CARTRIDGE_BATCH_MAX];
	for (size_t done = 0, k; done < n; done += k) {
		for (k = 0; k < CARTRIDGE_BATCH_MAX && done + k < n; k++)
			plans[k] = (struct cartridge_plan){ .barcode = barcodes[done + k],
				.generation = call_text(call, "generation"),
				.capacity = (uint64_t)call_number(call, "capacity"),
				.worm = call_flag(call, "worm") };
		int err = cartridge_create_all(call->inst, library, plans, k, why);
		if (err) {
			created_undo(call->inst, library, barcodes, done);
			return err;
		}
	}
	return 0;
}

static json_t *make_all(struct call *call, struct library *library, barcode_text *barcodes, size_t n)
{
	char why[WHY_LEN] = "";
	int err = make_batches(call, library, barcodes, n, why);
	if (err)
		return call_refuse_err(call, err, why);
	json_t *made = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct cartridge *cartridge = cartridge_find(library, barcodes[i]);
		if (cartridge) /* a host may have moved it; nothing else can delete it */
			json_array_append_new(made, cartridge_view(cartridge));
	}
	return json_pack("{s:s,s:i,s:o}", created_keys.library, library->name, created_keys.count, (int)n,
		created_keys.cartridges, made);
}

json_t *cartridges_create(struct call *call)
{
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	autofree barcode_text *barcodes = calloc(CREATE_MAX, sizeof *barcodes);
	if (!barcodes)
		return call_refuse_err(call, -ENOMEM, NULL);
	size_t n = barcodes_of(call, library, barcodes);
	if (!n || !plan_ok(call, library, barcodes, n))
		return NULL;
	return make_all(call, library, barcodes, n);
}
