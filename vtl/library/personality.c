/* SPDX-License-Identifier: Apache-2.0 */
/* Personalities: the INQUIRY strings of real drives and changers, as data. */
#include "vtl/library/personality.h"

#include <ctype.h>
#include <stdbool.h>

/* clang-format off */
#define DRIVE(VENDOR, PRODUCT, REVISION, GENERATION) \
	{ .name = VENDOR " " PRODUCT, .kind = KIND_DRIVE, .vendor = VENDOR, .product = PRODUCT, \
	  .revision = REVISION, .generation = GENERATION }

/* clang-format off */
/* The revision is part of the first hardware ID that Windows computes, so it never changes. LTFS requires at
 * least "B170" of IBM LTO-5 drives and "HB81" of LTO-8 drives. */
static const struct personality personalities[] = {
	DRIVE("IBM", "ULT3580-TD8", "N9M1", 8),
	DRIVE("IBM", "ULT3580-TD5", "G9N1", 5),
	DRIVE("IBM", "ULT3580-TD6", "H990", 6),
	DRIVE("IBM", "ULT3580-TD7", "HB82", 7),
	DRIVE("IBM", "ULT3580-TD9", "Q3F4", 9),
	DRIVE("HP",  "Ultrium 5-SCSI", "Z51U", 5),
	DRIVE("HP",  "Ultrium 6-SCSI", "353D", 6),
	DRIVE("HP",  "Ultrium 7-SCSI", "Q387", 7),
	DRIVE("HPE", "Ultrium 7-SCSI", "S2T1", 7),
	DRIVE("HPE", "Ultrium 8-SCSI", "HB92", 8),
	DRIVE("HPE", "Ultrium 9-SCSI", "S2S1", 9),
	{ .name = "STK L700", .kind = KIND_CHANGER, .vendor = "STK", .product = "L700",
	  .revision = "0310", .first_transport = 0x0001, .first_mailslot = 0x000a,
	  .first_drive = 0x01f4, .first_slot = 0x03e8 },
	{ .name = "IBM 03584L32", .kind = KIND_CHANGER, .vendor = "IBM", .product = "03584L32",
	  .revision = "A190", .first_transport = 0x0001, .first_mailslot = 0x0301,
	  .first_drive = 0x0101, .first_slot = 0x0401 },
	{ .name = "HP MSL G3 Series", .kind = KIND_CHANGER, .vendor = "HP", .product = "MSL G3 Series",
	  .revision = "E.00", .first_transport = 0x0000, .first_mailslot = 0x0065,
	  .first_drive = 0x0001, .first_slot = 0x03e9 },
	{ .name = "HPE MSL3040", .kind = KIND_CHANGER, .vendor = "HPE", .product = "MSL3040",
	  .revision = "3350", .first_transport = 0x0000, .first_mailslot = 0x0065,
	  .first_drive = 0x0001, .first_slot = 0x03e9 },
	{ .name = "ADIC Scalar i2000", .kind = KIND_CHANGER, .vendor = "ADIC", .product = "Scalar i2000",
	  .revision = "595A", .first_transport = 0x0001, .first_mailslot = 0x0010,
	  .first_drive = 0x0100, .first_slot = 0x1000 },
	{ .name = "QUANTUM Scalar i500", .kind = KIND_CHANGER, .vendor = "QUANTUM",
	  .product = "Scalar i500", .revision = "600G", .first_transport = 0x0001,
	  .first_mailslot = 0x0010, .first_drive = 0x0100, .first_slot = 0x1000 },
	{ .name = "SPECTRA PYTHON", .kind = KIND_CHANGER, .vendor = "SPECTRA", .product = "PYTHON",
	  .revision = "2000", .first_transport = 0x0001, .first_mailslot = 0x0010,
	  .first_drive = 0x0100, .first_slot = 0x1000 },
};
/* clang-format on */

enum { N_PERSONALITIES = sizeof personalities / sizeof *personalities };

/* Equal except for case and spaces. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		while (*a == ' ')
			a++;
		while (*b == ' ')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

const struct personality *personality_find(const char *name)
{
	for (size_t i = 0; i < N_PERSONALITIES; i++)
		if (same_words(name, personalities[i].name))
			return &personalities[i];
	for (size_t i = 0; i < N_PERSONALITIES; i++)
		if (same_words(name, personalities[i].product))
			return &personalities[i];
	return NULL;
}

const struct personality *personality_at(size_t i)
{
	return i < N_PERSONALITIES ? &personalities[i] : NULL;
}
