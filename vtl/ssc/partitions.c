/* SPDX-License-Identifier: Apache-2.0 */
/* Units of partitions (IBM LTO SCSI Reference GA32-0928-06, tables 9 and 10). Between two partitions the drive leaves
 * tape unused. */
#include "vtl/ssc/partitions.h"

/* Of a cartridge of the native capacity; others are divided into as many units, which are smaller or larger. */
static const struct {
	enum medium_format format;
	uint8_t most;
	uint8_t units; /* of the whole cartridge */
	uint8_t guard; /* units unused for each partition but the first */
} rows[] = {
	{ FORMAT_LTO5, 2, 40, 1 },  /* 37.500 GB each */
	{ FORMAT_LTO6, 4, 68, 1 },  /* 36.764 GB */
	{ FORMAT_LTO7, 4, 56, 1 },  /* 107.142 GB */
	{ FORMAT_M8, 4, 84, 1 },    /* 107.142 GB */
	{ FORMAT_LTO8, 4, 104, 1 }, /* 115.384 GB */
	{ FORMAT_LTO9, 4, 140, 2 }, /* 128.571 GB */
};

static int row_of(const struct generation *generation)
{
	for (size_t i = 0; generation && i < sizeof rows / sizeof *rows; i++)
		if (rows[i].format == generation->format)
			return (int)i;
	return -1;
}

unsigned partitions_most(const struct generation *generation)
{
	int row = row_of(generation);
	return row < 0 ? 1 : rows[row].most;
}

struct cart_layout partitions_one(uint64_t available)
{
	return (struct cart_layout){ .partitions = 1, .available = available, .capacity = { available } };
}

uint64_t partitions_unit(const struct tape *tape)
{
	int row = row_of(tape->generation);
	uint64_t unit = row < 0 ? tape->label.capacity : tape->label.capacity / rows[row].units;
	return unit ? unit : 1;
}

unsigned partitions_units(const struct tape *tape, unsigned n)
{
	struct cart_layout now;
	int row = row_of(tape->generation);
	cart_layout(tape->cart, &now);
	uint64_t units = now.available / partitions_unit(tape);
	unsigned unused = row < 0 ? 0 : rows[row].guard * (n - 1);
	if (row >= 0 && units > rows[row].units)
		units = rows[row].units; /* a cartridge smaller than its units */
	return units > unused ? (unsigned)units - unused : 0;
}

struct cart_layout partitions_of(const struct tape *tape, unsigned n, const unsigned *units)
{
	struct cart_layout now, layout;
	cart_layout(tape->cart, &now);
	layout = partitions_one(now.available);
	if (n == 1)
		return layout;
	layout.partitions = n;
	for (unsigned i = 0; i < n; i++)
		layout.capacity[i] = units[i] * partitions_unit(tape);
	return layout;
}
