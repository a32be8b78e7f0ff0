/* SPDX-License-Identifier: Apache-2.0 */
/* Personalities: the INQUIRY strings of real drives and changers, as data. */
#include "vtl/library/personality.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define DRIVE(VENDOR, PRODUCT, REVISION, GENERATION, ...) \
	{ .name = VENDOR " " PRODUCT, .kind = KIND_DRIVE, .vendor = VENDOR, .product = PRODUCT, \
	  .revision = REVISION, .generation = GENERATION, __VA_ARGS__ }

/* The revision is part of the first hardware ID that Windows computes, so the one of a row never changes. LTFS requires at
 * least "B170" of IBM LTO-5 drives and "HB81" of LTO-8 drives. Real drives were seen with most revisions; those
 * with a question mark belong to a drive of the same generation. */
static const struct personality personalities[] = {
	DRIVE("IBM", "ULT3580-TD8", "N9M1", 8),
	DRIVE("IBM", "ULT3580-TD5", "G9N1", 5),
	DRIVE("IBM", "ULT3580-TD6", "H990", 6),
	DRIVE("IBM", "ULT3580-TD7", "HB82", 7),
	DRIVE("IBM", "ULT3580-TD9", "Q3F4", 9),
	/* half height */
	DRIVE("IBM", "ULT3580-HH5", "C7R3", 5),
	DRIVE("IBM", "ULT3580-HH6", "G9A2", 6), /* ? ULTRIUM-HH6 */
	DRIVE("IBM", "ULT3580-HH7", "KAH1", 7), /* ? ULTRIUM-HH7 */
	DRIVE("IBM", "ULT3580-HH8", "MA71", 8),
	DRIVE("IBM", "ULT3580-HH9", "R3G9", 9),
	/* the same drives inside other makers' libraries */
	DRIVE("IBM", "ULTRIUM-TD5", "G9N1", 5), /* ? */
	DRIVE("IBM", "ULTRIUM-TD6", "H990", 6), /* ? */
	DRIVE("IBM", "ULTRIUM-TD7", "HB82", 7), /* ? */
	DRIVE("IBM", "ULTRIUM-TD8", "N9M1", 8), /* ? */
	DRIVE("IBM", "ULTRIUM-TD9", "Q3F4", 9), /* ? */
	DRIVE("IBM", "ULTRIUM-HH5", "C7R3", 5), /* ? */
	DRIVE("IBM", "ULTRIUM-HH6", "D8E5", 6),
	DRIVE("IBM", "ULTRIUM-HH7", "KAH1", 7),
	DRIVE("IBM", "ULTRIUM-HH8", "K4K1", 8),
	DRIVE("IBM", "ULTRIUM-HH9", "R3G9", 9), /* ? */
	DRIVE("HP",  "Ultrium 5-SCSI", "Z51U", 5),
	DRIVE("HP",  "Ultrium 6-SCSI", "353D", 6),
	DRIVE("HP",  "Ultrium 7-SCSI", "Q387", 7),
	/* A mixture: this revision was read from a drive with vendor HP. Libraries that have it keep it. */
	DRIVE("HPE", "Ultrium 7-SCSI", "S2T1", 7, .instead = "HP Ultrium 7-SCSI"),
	DRIVE("HPE", "Ultrium 8-SCSI", "HB92", 8),
	DRIVE("HPE", "Ultrium 9-SCSI", "S2S1", 9),
	/* made by HP: serials begin with HU */
	DRIVE("QUANTUM", "ULTRIUM 5", "3210", 5),
	DRIVE("QUANTUM", "ULTRIUM 6", "3210", 6), /* ? */
	{ .name = "STK L700", .kind = KIND_CHANGER, .vendor = "STK", .product = "L700",
	  .revision = "0310", .first_transport = 0x0001, .first_mailslot = 0x000a,
	  .first_drive = 0x01f4, .first_slot = 0x03e8 },
	{ .name = "IBM 03584L32", .kind = KIND_CHANGER, .vendor = "IBM", .product = "03584L32",
	  .revision = "A190", .first_transport = 0x0001, .first_mailslot = 0x0301,
	  .first_drive = 0x0101, .first_slot = 0x0401 },
	/* TS4500; hosts see the product name of its predecessor */
	{ .name = "IBM TS4500", .kind = KIND_CHANGER, .vendor = "IBM", .product = "03584L32",
	  .revision = "1B00", .first_transport = 0x0001, .first_mailslot = 0x0301,
	  .first_drive = 0x0101, .first_slot = 0x0401 },
	/* TS3100 and TS3200, then TS4300, which has the same product name */
	{ .name = "IBM 3573-TL", .kind = KIND_CHANGER, .vendor = "IBM", .product = "3573-TL",
	  .revision = "6.50", .first_transport = 0x0001, .first_mailslot = 0x0010,
	  .first_drive = 0x0100, .first_slot = 0x1000 },
	{ .name = "IBM TS4300", .kind = KIND_CHANGER, .vendor = "IBM", .product = "3573-TL",
	  .revision = "1621", .first_transport = 0x0001, .first_mailslot = 0x0010,
	  .first_drive = 0x0100, .first_slot = 0x1000 },
	/* revisions: firmware levels of the manuals */
	{ .name = "STK SL500", .kind = KIND_CHANGER, .vendor = "STK", .product = "SL500",
	  .revision = "1501", .first_transport = 0x0000, .first_mailslot = 0x000a,
	  .first_drive = 0x01f4, .first_slot = 0x03e8 },
	{ .name = "STK SL150", .kind = KIND_CHANGER, .vendor = "STK", .product = "SL150",
	  .revision = "0350", .first_transport = 0x0000, .first_mailslot = 0x000a,
	  .first_drive = 0x01f4, .first_slot = 0x03e8 },
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

/* Names that somebody may ask for: real devices that cannot be emulated. */
static const struct {
	const char *name, *why;
} absent[] = {
#define LTO_10 "LTO-10 drives are not offered: what they report is not published"
	{ "ULT3580-TDA", LTO_10 },
	{ "ULT3580-HHA", LTO_10 },
	{ "ULTRIUM-TDA", LTO_10 },
	{ "ULTRIUM-HHA", LTO_10 },
	{ "Ultrium 10-SCSI", LTO_10 },
};

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

/* Without the vendor, if it is before the product. */
static const char *product_of(const char *name)
{
	static const char *const vendors[] = { "IBM ", "HP ", "HPE ", "QUANTUM " };
	for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++)
		if (!strncasecmp(name, vendors[i], strlen(vendors[i])))
			return name + strlen(vendors[i]);
	return name;
}

int personality_wanted(const char *name, enum device_kind kind, const struct personality **ret_personality,
	char why[static WHY_LEN])
{
	const struct personality *p = personality_find(name);
	for (size_t i = 0; i < sizeof absent / sizeof *absent && !p; i++)
		if (same_words(product_of(name), absent[i].name))
			return refuse(why, -EINVAL, "%s; see: evertape library personalities", absent[i].why);
	if (!p || p->kind != kind)
		return refuse(why, -EINVAL,
			"unknown %s personality '%.40s'; see: evertape library personalities",
			kind == KIND_DRIVE ? "drive" : "changer", name);
	if (p->instead)
		return refuse(why, -EINVAL, "no real device reports '%s'; use %s", p->name, p->instead);
	*ret_personality = p;
	return 0;
}
