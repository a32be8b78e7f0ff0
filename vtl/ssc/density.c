/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT DENSITY SUPPORT (SSC-5 7.11): the densities of the drive, or of the cartridge in it. */
#include <stddef.h>

#include "vtl/ssc/tape.h"

struct density {
	uint8_t generation, code;
	uint32_t bits_per_mm;
	uint16_t tracks;
	uint32_t megabytes; /* 10^6 bytes */
	const char *name, *description;
};

/* clang-format off */
static const struct density densities[] = {
	{ 3, 0x44,  9638,  704,   400000, "U-316", "Ultrium 3/16T" },
	{ 4, 0x46, 12725,  896,   800000, "U-416", "Ultrium 4/16T" },
	{ 5, 0x58, 15142, 1280,  1500000, "U-516", "Ultrium 5/16T" },
	{ 6, 0x5a, 15142, 2176,  2500000, "U-616", "Ultrium 6/16T" },
	{ 7, 0x5c, 19107, 3584,  6000000, "U-732", "Ultrium 7/32T" },
	{ 8, 0x5e, 20669, 6656, 12000000, "U-832", "Ultrium 8/32T" },
	{ 9, 0x60, 21456, 8960, 18000000, "U-932", "Ultrium 9/32T" },
};
/* clang-format on */

enum { N_DENSITIES = sizeof densities / sizeof *densities };
enum { HEADER = 4, DESCRIPTOR = 52, WIDTH = 127 /* tenths of a millimetre */ };
enum { WRITABLE = 0x80, DEFAULT = 0x20 };

static const struct density *density_of(unsigned generation)
{
	for (size_t i = 0; i < N_DENSITIES; i++)
		if (densities[i].generation == generation)
			return &densities[i];
	return NULL;
}

uint8_t density_code(const struct generation *generation)
{
	const struct density *d = generation ? density_of(generation->number) : NULL;
	return d ? d->code : 0;
}

static void put_density(struct wire *w, const struct density *d, uint8_t flags, uint32_t megabytes)
{
	wire_u8(w, d->code); /* primary and secondary code */
	wire_u8(w, d->code);
	wire_u8(w, flags);
	wire_be16(w, 0); /* descriptors have the standard length */
	wire_be24(w, d->bits_per_mm);
	wire_be16(w, WIDTH);
	wire_be16(w, d->tracks);
	wire_be32(w, megabytes);
	wire_ascii(w, "LTO-CVE", 8);
	wire_ascii(w, d->name, 8);
	wire_ascii(w, d->description, 20);
}

static uint8_t flags_of(const struct tape *tape, const struct density *d)
{
	unsigned mounted = tape->cart ? tape->generation->number : tape->profile->generation;
	bool writes = generation_writes(tape->profile->generation, d->generation);
	return (uint8_t)((writes ? WRITABLE : 0) | (d->generation == mounted ? DEFAULT : 0));
}

static void put_all(struct wire *w, const struct tape *tape)
{
	for (size_t i = 0; i < N_DENSITIES; i++)
		if (generation_reads(tape->profile->generation, densities[i].generation))
			put_density(w, &densities[i], flags_of(tape, &densities[i]), densities[i].megabytes);
}

static void put_medium(struct wire *w, const struct tape *tape)
{
	const struct density *d = density_of(tape->generation->number);
	if (d)
		put_density(w, d, flags_of(tape, d), (uint32_t)(tape->label.capacity / 1000000));
}

void ssc_report_density_support(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	bool medium = cdb_field(task, "media");
	if (medium && !tape_ready(task))
		return;
	uint8_t reply[HEADER + N_DENSITIES * DESCRIPTOR];
	struct wire w = wire_over(reply, sizeof reply);
	wire_zero(&w, HEADER);
	if (medium)
		put_medium(&w, tape);
	else
		put_all(&w, tape);
	put_be16(reply, (uint32_t)(wire_len(&w) - 2));
	task_reply(task, reply, wire_len(&w), cdb_field(task, "allocation_length"));
}
