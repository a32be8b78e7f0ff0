/* SPDX-License-Identifier: Apache-2.0 */
#include "vtl/smc/domains.h"

#include <string.h>

#include "vtl/smc/elements.h"

enum { ID_HEADER = 4, DOMAINS = 4, SERIAL = 32 };
_Static_assert(ID_HEADER + DOMAINS + SERIAL == DOMAINS_MAX, "of a drive");
enum { LTO = 'L', CLEANING = 'C', UNIVERSAL = 'U', UNKNOWN = 0xff };

/* Types of drives that the manuals name. */
static const struct {
	const char *vendor;
	unsigned generation;
	uint8_t type;
} transports[] = { { "HP", 5, 0x3b }, { "HP", 6, 0x3d }, { "IBM", 6, 0x3e }, { "IBM", 7, 0x2d } };

uint32_t domains_len(uint8_t type)
{
	return ID_HEADER + DOMAINS + (type == TYPE_DT ? SERIAL : 0);
}

/* The last character of the barcode's suffix: "L8" is 8, WORM "LY" is Y. */
static uint8_t media_type(const struct cart_label *label)
{
	const struct generation *g = generation_find(label->generation);
	const char *suffix = g ? (label->worm ? g->worm_suffix : g->suffix) : NULL;
	return suffix && suffix[0] == 'L' ? (uint8_t)suffix[1] : UNKNOWN;
}

static void put_media(struct wire *w, const struct cartridge *cartridge)
{
	bool cleans = cartridge && strcmp(cartridge->label.generation, "cln") == 0;
	wire_u8(w, !cartridge ? 0 : cleans ? CLEANING : LTO);
	wire_u8(w, !cartridge ? 0 : cleans ? UNIVERSAL : media_type(&cartridge->label));
}

static void put_transport(struct wire *w, const struct drive *drive)
{
	uint8_t type = UNKNOWN;
	for (size_t i = 0; drive && i < sizeof transports / sizeof *transports; i++)
		if (drive->personality->generation == transports[i].generation &&
			strcmp(drive->personality->vendor, transports[i].vendor) == 0)
			type = transports[i].type;
	wire_u8(w, drive ? LTO : UNKNOWN);
	wire_u8(w, type);
}

static void put_serial(struct wire *w, const struct drive *drive)
{
	if (drive)
		wire_ascii(w, drive->identity.serial, SERIAL);
	else
		wire_zero(w, SERIAL);
}

void domains_put(struct wire *w, const struct element *element, uint8_t type)
{
	const struct drive *drive = element->drive;
	wire_zero(w, ID_HEADER);
	put_media(w, element->cartridge);
	if (type != TYPE_DT) {
		wire_zero(w, 2);
		return;
	}
	put_transport(w, drive);
	put_serial(w, drive);
}
