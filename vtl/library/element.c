/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of a library: slots, mail slots, drives, transports; lookup by name and by address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/library/installation.h"

static const char *const kind_names[] = {
	[ELEMENT_TRANSPORT] = "transport",
	[ELEMENT_SLOT] = "slot",
	[ELEMENT_MAILSLOT] = "mailslot",
	[ELEMENT_DRIVE] = "drive",
};
enum { N_KINDS = sizeof kind_names / sizeof *kind_names };

const char *element_kind_name(enum element_kind kind)
{
	return kind_names[kind];
}

/* Number of addresses before those of the next kind begin. */
static unsigned kind_room(const uint16_t first[4], int kind)
{
	unsigned end = NO_ADDRESS;
	for (int other = 0; other < N_KINDS; other++)
		if (other != kind && first[other] >= first[kind] && first[other] < end)
			end = first[other];
	return end - first[kind];
}

static struct element *kind_new(const struct library *library, enum element_kind kind, unsigned n)
{
	struct element *elements = calloc(n ? n : 1, sizeof *elements);
	for (unsigned i = 0; elements && i < n; i++)
		elements[i] = (struct element){ .kind = kind,
			.number = (uint16_t)(i + 1),
			.address = (uint16_t)(library->first[kind] + i) };
	return elements;
}

int elements_new(struct library_private *lib)
{
	struct library *library = &lib->pub;
	unsigned room = kind_room(library->first, ELEMENT_DRIVE);
	lib->room = (uint16_t)(room < DRIVES_MAX ? room : DRIVES_MAX);
	if (library->n_transports > kind_room(library->first, ELEMENT_TRANSPORT) ||
		library->n_slots > kind_room(library->first, ELEMENT_SLOT) ||
		library->n_mailslots > kind_room(library->first, ELEMENT_MAILSLOT) || !lib->room)
		return -ERANGE;
	library->transports = kind_new(library, ELEMENT_TRANSPORT, library->n_transports);
	library->slots = kind_new(library, ELEMENT_SLOT, library->n_slots);
	library->mailslots = kind_new(library, ELEMENT_MAILSLOT, library->n_mailslots);
	/* Allocates all possible drive elements, so that adding a drive moves no element. */
	library->drive_elements = kind_new(library, ELEMENT_DRIVE, lib->room);
	if (library->transports && library->slots && library->mailslots && library->drive_elements)
		return 0;
	elements_free(lib);
	return -ENOMEM;
}

void elements_free(struct library_private *lib)
{
	struct library *library = &lib->pub;
	free(library->transports);
	free(library->slots);
	free(library->mailslots);
	free(library->drive_elements);
	library->transports = library->slots = library->mailslots = library->drive_elements = NULL;
}

/* Elements of a kind and their number. */
static struct element *kind_elements(const struct library *library, int kind, unsigned *ret_n)
{
	struct element *const elements[N_KINDS] = { library->transports, library->slots, library->mailslots,
		library->drive_elements };
	const unsigned n[N_KINDS] = { library->n_transports, library->n_slots, library->n_mailslots,
		library->n_drive_elements };
	*ret_n = n[kind];
	return elements[kind];
}

struct element *element_at(struct library *library, uint16_t address)
{
	for (int kind = 0; kind < N_KINDS; kind++) {
		unsigned n;
		struct element *elements = kind_elements(library, kind, &n);
		if (address >= library->first[kind] && address < library->first[kind] + n)
			return &elements[address - library->first[kind]];
	}
	return NULL;
}

void element_text(const struct element *element, char out[static 16])
{
	snprintf(out, 16, "%s:%u", kind_names[element->kind], element->number);
}

bool element_parse(const char *text, enum element_kind *ret_kind, unsigned *ret_number)
{
	for (int kind = 0; kind < N_KINDS; kind++) {
		size_t len = strlen(kind_names[kind]);
		if (strncmp(text, kind_names[kind], len) || text[len] != ':')
			continue;
		const char *digits = text + len + 1;
		size_t n = strspn(digits, "0123456789");
		if (!n || n > 5 || digits[n] || *digits == '0')
			return false;
		*ret_kind = (enum element_kind)kind;
		*ret_number = (unsigned)strtoul(digits, NULL, 10);
		return true;
	}
	return false;
}

struct element *element_find(struct library *library, const char *text, char why[static WHY_LEN])
{
	enum element_kind kind;
	unsigned number, n;
	if (!element_parse(text, &kind, &number)) {
		refuse(why, -EINVAL,
			"'%.40s' is not an element; elements are written slot:1, drive:1, "
			"mailslot:1",
			text);
		return NULL;
	}
	struct element *elements = kind_elements(library, kind, &n);
	if (number <= n)
		return &elements[number - 1];
	if (n)
		refuse(why, -ENOENT, "library %s has no %s; its %ss are 1 to %u", library->name, text,
			kind_names[kind], n);
	else
		refuse(why, -ENOENT, "library %s has no %ss", library->name, kind_names[kind]);
	return NULL;
}

struct element *element_wanted(struct library *library, const char *text, char why[static WHY_LEN])
{
	for (int kind = 0; kind < N_KINDS; kind++) {
		unsigned n;
		struct element *elements = kind_elements(library, kind, &n);
		if (kind == ELEMENT_TRANSPORT || strcmp(text, kind_names[kind]) != 0)
			continue;
		for (unsigned i = 0; i < n; i++)
			if (!elements[i].cartridge && (kind != ELEMENT_DRIVE || elements[i].drive))
				return &elements[i];
		refuse(why, -ENOENT, "library %s has no free %s", library->name, kind_names[kind]);
		return NULL;
	}
	return element_find(library, text, why);
}

struct element *slot_free(struct library_private *lib)
{
	struct library *library = &lib->pub;
	for (unsigned i = lib->free_slot; i < library->n_slots; i++) {
		lib->free_slot = (uint16_t)i;
		if (!library->slots[i].cartridge)
			return &library->slots[i];
	}
	lib->free_slot = library->n_slots;
	return NULL;
}

void element_put(struct cartridge *cartridge, struct element *element, struct element *source)
{
	struct element *from = cartridge->at;
	struct library_private *lib = lib_of(cartridge->library);
	if (from) {
		from->cartridge = NULL;
		from->source = NULL;
		if (from->kind == ELEMENT_SLOT && from->number - 1 < lib->free_slot)
			lib->free_slot = (uint16_t)(from->number - 1);
	}
	cartridge->at = element;
	if (element) {
		element->cartridge = cartridge;
		element->source = source;
		element->by_operator = false;
	}
}
