/* SPDX-License-Identifier: Apache-2.0 */
/* LTO generations: suffixes of barcodes, and which drive reads and writes which cartridge. */
#include <string.h>

#include "vtl/library/library.h"

#define GB 1000000000ULL

static const struct generation generations[] = {
	{ "lto5", 5, "L5", "LV", 1500 * GB },
	{ "lto6", 6, "L6", "LW", 2500 * GB },
	{ "lto7", 7, "L7", "LX", 6000 * GB },
	{ "lto8", 8, "L8", "LY", 12000 * GB },
	{ "lto9", 9, "L9", "LZ", 18000 * GB },
	/* A cleaning cartridge has no data; every drive accepts it. */
	{ "cln", 0, "CU", "L1", 0 },
};
enum { N_GENERATIONS = sizeof generations / sizeof *generations, CLEANING = N_GENERATIONS - 1 };

/* First and last cartridge generation that a drive generation reads and writes. */
static const struct {
	uint8_t drive, reads_from, writes_from;
} takes[] = {
	{ 5, 3, 4 },
	{ 6, 4, 5 },
	{ 7, 5, 6 },
	{ 8, 7, 7 }, /* LTO-8 does not read two generations back */
	{ 9, 8, 8 },
};

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
		*ret_worm = !strcmp(suffix, generations[i].worm_suffix);
		if (*ret_worm || !strcmp(suffix, generations[i].suffix))
			return &generations[i];
	}
	return NULL;
}

bool generation_reads(uint8_t drive, uint8_t cartridge)
{
	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		if (takes[i].drive == drive)
			return !cartridge || (cartridge >= takes[i].reads_from && cartridge <= drive);
	return false;
}

bool generation_writes(uint8_t drive, uint8_t cartridge)
{
	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		if (takes[i].drive == drive)
			return cartridge >= takes[i].writes_from && cartridge <= drive;
	return false;
}
