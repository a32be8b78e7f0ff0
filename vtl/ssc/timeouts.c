/* SPDX-License-Identifier: Apache-2.0 */
/* Recommended timeouts of commands that move the tape or take long, by generation and build of the drive. The numbers are
 * those of the drives, as LTFS lists them for IBM, HP and HPE drives; hosts that know the drives expect no others. */
#include <stddef.h>
#include <string.h>

#include "vtl/scsi/opcode.h"
#include "vtl/ssc/tape.h"

/* IBM drives of full and of half height; HP drives up to LTO-6; HP and HPE drives from LTO-7 on. */
enum column {
	FULL_5,
	HALF_5,
	FULL_6,
	HALF_6,
	FULL_7,
	HALF_7,
	FULL_8,
	HALF_8,
	FULL_9,
	HALF_9,
	HP_6,
	HP_7,
	HPE_9,
	N_COLUMNS
};

struct timeouts {
	uint8_t code, code_16; /* the same command with a longer CDB; 0: none */
	uint32_t seconds[N_COLUMNS];
};

/* clang-format off */
static const struct timeouts rows[] = {
	/*                                            LTO-5         LTO-6         LTO-7         LTO-8          LTO-9          HP, HPE */
	{ OPCODE_REWIND, 0,                         { 600, 780,     600, 780,     600, 600,     600, 600,      600, 600,      600, 780, 660 } },
	{ OPCODE_FORMAT_MEDIUM, 0,                  { 1560, 1980,   3000, 3840,   3000, 3240,   3000, 3240,    3000, 3240,    1560, 3000, 3000 } },
	{ OPCODE_READ_6, OPCODE_READ_16,            { 1500, 1920,   1500, 1920,   2280, 2340,   2280, 2340,    2340, 2340,    1200, 1920, 2340 } },
	{ OPCODE_WRITE_6, OPCODE_WRITE_16,          { 1500, 1920,   1500, 1920,   1500, 1560,   1500, 1560,    1500, 1560,    300, 1920, 1680 } },
	{ OPCODE_SET_CAPACITY, 0,                   { 780, 960,     780, 960,     780, 960,     780, 960,      780, 960,      780, 780, 780 } },
	{ OPCODE_WRITE_FILEMARKS_6, OPCODE_WRITE_FILEMARKS_16,
	                                            { 1620, 1740,   1620, 1740,   1620, 1680,   1620, 1680,    1620, 1680,    300, 1920, 1680 } },
	{ OPCODE_SPACE_6, OPCODE_SPACE_16,          { 2040, 2700,   2040, 2700,   2880, 2940,   2880, 2940,    2940, 2940,    1200, 2700, 2940 } },
	{ OPCODE_VERIFY_6, OPCODE_VERIFY_16,        { 16920, 19980, 25200, 30000, 28860, 28860, 47700, 54360,  63300, 63300,  18000, 28860, 53040 } },
	{ OPCODE_ERASE_6, OPCODE_ERASE_16,          { 16380, 19200, 24600, 29400, 27540, 27540, 54896, 121448, 74341, 166370, 18000, 29400, 53040 } },
	{ OPCODE_LOAD_UNLOAD, 0,                    { 780, 1020,    780, 1020,    960, 960,     960, 960,      960, 960,      600, 1020, 840 } },
	{ OPCODE_SEND_DIAGNOSTIC, 0,                { 2100, 3120,   2100, 3120,   1980, 2040,   1980, 2040,    1980, 2040,    600, 1980, 1980 } },
	{ OPCODE_LOCATE_10, OPCODE_LOCATE_16,       { 2040, 2700,   2940, 2700,   2880, 2940,   2880, 2940,    2940, 2940,    1200, 2700, 2940 } },
	{ OPCODE_WRITE_BUFFER, 0,                   { 540, 720,     540, 720,     540, 540,     540, 540,      540, 540,      60, 540, 540 } },
	{ OPCODE_READ_BUFFER, 0,                    { 480, 660,     480, 660,     480, 480,     480, 480,      480, 480,      60, 480, 480 } },
};
/* clang-format on */

static enum column column_of(const struct tape *tape)
{
	enum { FIRST = 5, COLUMNS_EACH = 2, LAST_HP = 6, FIRST_HPE = 8 };
	unsigned generation = tape->profile->generation;
	if (strcmp(tape->profile->vendor, "IBM") != 0)
		return generation <= LAST_HP ? HP_6 : generation < FIRST_HPE ? HP_7 : HPE_9;
	bool half = strstr(tape->drive->personality->product, "-HH");
	return (enum column)((generation - FIRST) * COLUMNS_EACH + half);
}

uint32_t tape_timeout(const struct lu *lu, uint8_t code)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code || (rows[i].code_16 && rows[i].code_16 == code))
			return rows[i].seconds[column_of(tape_of(lu))];
	return 0;
}
