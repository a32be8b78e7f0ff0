/* SPDX-License-Identifier: Apache-2.0 */
/* LTO generations: suffixes of barcodes, and which drive reads and writes which cartridge. */
#include <stdio.h>
#include <string.h>

#include "vtl/library/library.h"

#define MB 1000000ULL
#define GB (1000 * MB)

/* clang-format off */
/* Behind early warning: what HPE drives answered with a cartridge of their generation, parameter 0006h of log page 0Ch. */
static const struct generation generations[] = {
	{ "lto5", 5, FORMAT_LTO5, "L5", "LV",  1500 * GB },
	{ "lto6", 6, FORMAT_LTO6, "L6", "LW",  2500 * GB },
	{ "lto7", 7, FORMAT_LTO7, "L7", "LX",  6000 * GB, 30 * MB },
	/* An LTO-7 cartridge that an LTO-8 drive writes with the higher density: "type M". None is WORM. */
	{ "m8",   7, FORMAT_M8,   "M8", NULL,  9000 * GB },
	{ "lto8", 8, FORMAT_LTO8, "L8", "LY", 12000 * GB },
	{ "lto9", 9, FORMAT_LTO9, "L9", "LZ", 18000 * GB, 49 * MB },
	/* A cleaning cartridge has no data; every drive accepts it. */
	{ "cln",  0, FORMAT_CLEANING, "CU", "L1", 0 },
};
enum { N_GENERATIONS = sizeof generations / sizeof *generations, CLEANING = N_GENERATIONS - 1 };

/* What a drive generation does with each format (IBM LTO SCSI Reference, GA32-0928, 3.4). LTO-8 and LTO-9
 * drives do not read two generations back, and LTO-9 drives do not read type M. */
enum { NO = FORMAT_REFUSED, RD = FORMAT_READ, RW = FORMAT_WRITTEN };
static const struct {
	uint8_t drive, use[N_FORMATS];
} uses[] = {
	/*  clean LTO-3 -4  -5  -6  -7  M8  -8  -9 */
	{ 5, { RD,   RD, RW, RW, NO, NO, NO, NO, NO } },
	{ 6, { RD,   NO, RD, RW, RW, NO, NO, NO, NO } },
	{ 7, { RD,   NO, NO, RD, RW, RW, NO, NO, NO } },
	{ 8, { RD,   NO, NO, NO, NO, RW, RW, RW, NO } },
	{ 9, { RD,   NO, NO, NO, NO, NO, NO, RW, RW } },
};
/* clang-format on */

const struct generation *generation_find(const char *name)
{
	for (size_t i = 0; i < N_GENERATIONS; i++)
		if (!strcmp(name, generations[i].name))
			return &generations[i];
	return NULL;
}

const struct generation *generation_of_barcode(const char *barcode, bool *ret_worm, bool *ret_cleaning)
{
	size_t len = strlen(barcode);
	*ret_worm = false;
	*ret_cleaning = !strncmp(barcode, "CLN", 3) || !strncmp(barcode, "CLR", 3);
	if (*ret_cleaning)
		return &generations[CLEANING];
	if (len < 3)
		return NULL;
	const char *suffix = barcode + len - 2;
	for (size_t i = 0; i < CLEANING; i++) {
		*ret_worm = generations[i].worm_suffix && !strcmp(suffix, generations[i].worm_suffix);
		if (*ret_worm || !strcmp(suffix, generations[i].suffix))
			return &generations[i];
	}
	return NULL;
}

enum format_use format_use(uint8_t drive, enum medium_format format)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (uses[i].drive == drive)
			return (enum format_use)uses[i].use[format];
	return FORMAT_REFUSED;
}

bool generation_named(const char *name, const struct generation **ret_generation, char why[static WHY_LEN])
{
	*ret_generation = generation_find(name);
	if (*ret_generation)
		return true;
	if (!strcmp(name, "lto10") || !strcmp(name, "p10"))
		snprintf(why, WHY_LEN,
			"LTO-10 is not offered: what its drives report is not published; use " GENERATION_NAMES);
	else
		snprintf(why, WHY_LEN, "unknown generation '%.20s'; use " GENERATION_NAMES, name);
	return false;
}
