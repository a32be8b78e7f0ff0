/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT DENSITY SUPPORT (SSC-5 7.11): densities and medium types of the drive, or of the cartridge in it. */
#include <stdio.h>

#include "vtl/ssc/tape.h"

struct density {
	enum medium_format format;
	uint8_t generation, code;
	uint32_t bits_per_mm;
	uint16_t tracks;
	uint32_t megabytes; /* 10^6 bytes */
	uint16_t metres;    /* of tape */
	const char *name, *description;
};

/* clang-format off */
/* In ascending order of codes (SSC-5 7.11.3). Bytes of LTO-3 to LTO-5: an HP LTO-5 drive (sg3_utils, rep_density.hex).
 * An LTO-7 cartridge with density 5Dh is "type M". */
static const struct density densities[] = {
	{ FORMAT_LTO3, 3, 0x44,  9638,  704,   400000,  680, "U-316",  "Ultrium 3/16T" },
	{ FORMAT_LTO4, 4, 0x46, 12725,  896,   800000,  820, "U-416",  "Ultrium 4/16T" },
	{ FORMAT_LTO5, 5, 0x58, 15142, 1280,  1500000,  846, "U-516",  "Ultrium 5/16T" },
	{ FORMAT_LTO6, 6, 0x5a, 15142, 2176,  2500000,  846, "U-616",  "Ultrium 6/16T" },
	{ FORMAT_LTO7, 7, 0x5c, 19107, 3584,  6000000,  960, "U-732",  "Ultrium 7/32T" },
	{ FORMAT_M8,   7, 0x5d, 19107, 5376,  9000000,  960, "U-832M", "Ultrium 8/32T M" },
	{ FORMAT_LTO8, 8, 0x5e, 20669, 6656, 12000000,  960, "U-832",  "Ultrium 8/32T" },
	{ FORMAT_LTO9, 9, 0x60, 21456, 8960, 18000000, 1035, "U-932",  "Ultrium 9/32T" },
};
/* clang-format on */

enum { N_DENSITIES = sizeof densities / sizeof *densities };
/* Bytes of the header, of a density descriptor, of a medium type descriptor and of that behind its length. */
enum { HEADER = 4, DENSITY = 52, MEDIUM = 56, MEDIUM_REST = 52 };
enum { CODES = 9 /* densities in a medium type descriptor */ };
enum { WRITABLE = 0x80, DEFAULT = 0x20 };

static const struct density *density_of(enum medium_format format)
{
	for (size_t i = 0; i < N_DENSITIES; i++)
		if (densities[i].format == format)
			return &densities[i];
	return NULL;
}

uint8_t density_code(const struct generation *generation)
{
	const struct density *d = generation ? density_of(generation->format) : NULL;
	return d ? d->code : 0;
}

unsigned tape_metres(const struct generation *generation)
{
	const struct density *d = density_of(generation->format);
	return d ? d->metres : 0;
}

uint8_t medium_type_code(const struct tape_profile *profile, unsigned generation, bool worm)
{
	enum { OF_DATA = 8, WORM_BY_GENERATION = 4, WORM_ALONE = 1 };
	if (!profile->type_by_generation)
		return worm ? WORM_ALONE : 0;
	/* LTO-8 is 88h, LTO-8 WORM 8Ch; type M is 78h like any LTO-7 cartridge. */
	return (uint8_t)(generation << 4 | OF_DATA | (worm ? WORM_BY_GENERATION : 0));
}

/* --- densities ---------------------------------------------------------------------------------------- */

static void put_density(struct wire *w, const struct density *d, uint8_t flags, uint32_t megabytes)
{
	wire_u8(w, d->code); /* primary and secondary code */
	wire_u8(w, d->code);
	wire_u8(w, flags);
	wire_be16(w, 0); /* descriptors have the standard length */
	wire_be24(w, d->bits_per_mm);
	wire_be16(w, TAPE_WIDTH);
	wire_be16(w, d->tracks);
	wire_be32(w, megabytes);
	wire_ascii(w, "LTO-CVE", 8);
	wire_ascii(w, d->name, 8);
	wire_ascii(w, d->description, 20);
}

static enum format_use use_of(const struct tape *tape, const struct density *d)
{
	return format_use(tape->profile->generation, d->format);
}

/* The default density is that of the cartridge, else the drive's own. */
static uint8_t flags_of(const struct tape *tape, const struct density *d)
{
	bool mounted = tape->cart ? tape->generation->format == d->format
				  : tape->profile->generation == d->generation;
	return (uint8_t)((use_of(tape, d) == FORMAT_WRITTEN ? WRITABLE : 0) | (mounted ? DEFAULT : 0));
}

/* What SET CAPACITY has left of it; partitions take nothing away. */
static uint32_t megabytes_of(const struct tape *tape)
{
	enum { MB = 1000000 };
	struct cart_usage usage;
	cart_usage(tape->cart, &usage);
	return (uint32_t)((cart_partitions(tape->cart) == 1 ? usage.capacity : tape->label.capacity) / MB);
}

static void put_densities(struct wire *w, const struct tape *tape, bool medium)
{
	const struct density *here = medium ? density_of(tape->generation->format) : NULL;
	for (size_t i = 0; i < N_DENSITIES; i++) {
		const struct density *d = &densities[i];
		if (!medium && use_of(tape, d) != FORMAT_REFUSED)
			put_density(w, d, flags_of(tape, d), d->megabytes);
		if (d == here)
			put_density(w, d, flags_of(tape, d), megabytes_of(tape));
	}
}

/* --- medium types ------------------------------------------------------------------------------------- */

/* The codes with which a drive records cartridges of a generation; there are no WORM cartridges of type M. */
static void put_codes(struct wire *w, const struct tape *tape, unsigned generation, bool worm)
{
	uint8_t codes[CODES] = { 0 }, n = 0;
	for (size_t i = 0; i < N_DENSITIES; i++)
		if (densities[i].generation == generation && use_of(tape, &densities[i]) != FORMAT_REFUSED &&
			!(worm && densities[i].format == FORMAT_M8))
			codes[n++] = densities[i].code;
	wire_u8(w, n);
	wire_mem(w, codes, sizeof codes);
}

/* As in the bytes of the HP LTO-5 drive; the organization is the drive's vendor. */
static void put_medium_type(struct wire *w, const struct tape *tape, const struct density *d, bool worm)
{
	char name[16], description[32];
	snprintf(name, sizeof name, worm ? "LTO%uWORM" : "LTO%uData", d->generation);
	snprintf(description, sizeof description, worm ? "Ultrium %u WORM Tape" : "Ultrium %u Data Tape",
		d->generation);
	wire_u8(w, medium_type_code(tape->profile, d->generation, worm));
	wire_u8(w, 0);
	wire_be16(w, MEDIUM_REST);
	put_codes(w, tape, d->generation, worm);
	wire_be16(w, TAPE_WIDTH);
	wire_be16(w, d->metres);
	wire_be16(w, 0);
	wire_ascii(w, tape->lu.id.vendor, 8);
	wire_ascii(w, name, 8);
	wire_ascii(w, description, 20);
}

/* Data cartridges first, then WORM; type M is not a type of its own. */
static void put_medium_types(struct wire *w, const struct tape *tape, bool medium)
{
	for (int worm = 0; worm < 2; worm++)
		for (size_t i = 0; i < N_DENSITIES; i++) {
			const struct density *d = &densities[i];
			bool wanted = medium
				? d->generation == tape->generation->number && tape->label.worm == worm
				: use_of(tape, d) != FORMAT_REFUSED;
			if (wanted && d->format != FORMAT_M8)
				put_medium_type(w, tape, d, worm);
		}
}

void ssc_report_density_support(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	bool medium = cdb_field(task, "media");
	if (medium && !tape_ready(task))
		return;
	uint8_t reply[HEADER + 2 * N_DENSITIES * MEDIUM];
	_Static_assert((int)MEDIUM > (int)DENSITY, "room for either kind of descriptor");
	struct wire w = wire_over(reply, sizeof reply);
	wire_zero(&w, HEADER);
	if (cdb_field(task, "medium_type"))
		put_medium_types(&w, tape, medium);
	else
		put_densities(&w, tape, medium);
	put_be16(reply, (uint32_t)(wire_len(&w) - 2));
	task_reply(task, reply, wire_len(&w), cdb_field(task, "allocation_length"));
}
