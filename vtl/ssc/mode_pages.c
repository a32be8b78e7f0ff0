/* SPDX-License-Identifier: Apache-2.0 */
/* Mode pages as rows. A host may change what the drive uses, and what must be accepted because known hosts
 * send it although it has no effect. All else is fixed. */
#include <stdio.h>

#include "vtl/ssc/tape.h"

/* clang-format off */

/* 01h: PER may be set; there are no recovered errors. */
static const uint8_t error_recovery[12] = { [1] = 0x0a };
static const uint8_t error_recovery_mask[12] = { [2] = 0x04 };

static const uint8_t disconnect[16] = { [1] = 0x0e };

static const uint8_t control[12] = { [1] = 0x0a, [3] = 0x01, [8] = 0xff, [9] = 0xff };

/* clang-format off */
/* 0Fh: DCE and DDE may change, and the algorithms too: Windows selects 10h, which a drive with one algorithm
 * accepts as its own. */
static const uint8_t compression[16] = {
	[1] = 0x0e, [2] = 0xc0, [3] = 0x80, [7] = 0xff, [11] = 0xff };
static const uint8_t compression_hp[16] = {
	[1] = 0x0e, [2] = 0xc0, [3] = 0x80, [7] = 0x01, [11] = 0x01 };
static const uint8_t compression_mask[16] = { [2] = 0x80, [3] = 0x80,
	[4] = 0xff, [5] = 0xff, [6] = 0xff, [7] = 0xff,
	[8] = 0xff, [9] = 0xff, [10] = 0xff, [11] = 0xff };

/* 10h: write delay 30 s; LOIS, EEG, SDCA; write and rewind behaviour of real drives. */
static const uint8_t configuration[16] = {
	[1] = 0x0e, [6] = 0x01, [7] = 0x2c, [8] = 0x40, [10] = 0x10, [14] = 0x01, [15] = 0x90 };
/* HP drives up to LTO-6: PS 0, WTRE and rewind on reset 00b (HP Ultrium technical reference manual,
 * generation 3, Q1530-90901, pages 81 and 82). */
static const uint8_t configuration_hp[16] = {
	[1] = 0x0e, [6] = 0x01, [7] = 0x2c, [8] = 0x40, [10] = 0x10, [14] = 0x01 };
static const uint8_t configuration_mask[16] = { [6] = 0xff, [7] = 0xff, [14] = 0xff };

/* 10h/01h: overwriting is allowed, no programmable early warning; nothing can be changed. */
static const uint8_t configuration_extension[32] = { [0] = 0x50, [1] = 0x01, [3] = 0x1c };

/* 11h: one partition. Medium format recognition 3, sizes in 10^9 bytes (PSUM 11b, units 9), nothing can be
 * changed (SSC-5 8.5.8; HP Ultrium technical reference manual, generation 2, C7379-90900, page 86). A drive
 * without partitioning offers no additional partitions and no POFM. */
static const uint8_t partitions[10] = { [1] = 0x08, [4] = 0x18, [5] = 0x03, [6] = 0x09 };

static const uint8_t power_condition[40] = { [1] = 0x26 };

/* 1Ch: exceptions are reported only by log pages. */
static const uint8_t exceptions[12] = { [1] = 0x0a, [2] = 0x08, [3] = 0x04 };
static const uint8_t exceptions_hp[12] = { [1] = 0x0a, [2] = 0x08, [3] = 0x03 };

/* 25h: LTO drives do not have this page, but a Windows driver asks IBM drives for it and fails without. */
static const uint8_t read_write_control[32] = { [1] = 0x1e };

#define AT(page, byte, msb, width) { page, byte, msb, width }
static const struct field error_recovery_fields[] = {
	AT("per", 2, 2, 1), AT("read_retries", 3, 7, 8), AT("write_retries", 8, 7, 8), { 0 } };
static const struct field compression_fields[] = {
	AT("dce", 2, 7, 1), AT("dcc", 2, 6, 1), AT("dde", 3, 7, 1),
	AT("compression_algorithm", 4, 7, 32), AT("decompression_algorithm", 8, 7, 32), { 0 } };
static const struct field configuration_fields[] = {
	AT("active_partition", 3, 7, 8), AT("write_delay_time", 6, 7, 16), AT("lois", 8, 6, 1),
	AT("eeg", 10, 4, 1), AT("select_data_compression_algorithm", 14, 7, 8), { 0 } };
static const struct field partitions_fields[] = {
	AT("maximum_additional_partitions", 2, 7, 8), AT("additional_partitions_defined", 3, 7, 8),
	AT("psum", 4, 4, 2), AT("medium_format_recognition", 5, 7, 8), AT("partition_units", 6, 3, 4),
	AT("partition_size", 8, 7, 16), { 0 } };
static const struct field exceptions_fields[] = {
	AT("dexcpt", 2, 3, 1), AT("mrie", 3, 3, 4), { 0 } };

/* clang-format on */

/* Reports our algorithm, whichever was selected. */
static void compression_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	uint32_t algorithm = tape_of(lu)->profile->type_by_generation ? 0xff : 0x01;
	put_be32(page + 4, algorithm);
	put_be32(page + 8, algorithm);
}
/* clang-format on */

/* Of the cartridge in the drive; without one, of the drive's own generation. */
static void partitions_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	enum { UNIT = 1000000000, SIZE_MAX_16 = 0xffff };
	const struct tape *tape = tape_of(lu);
	char name[8];
	snprintf(name, sizeof name, "lto%u", tape->profile->generation);
	uint64_t bytes = tape->cart ? tape->label.capacity : generation_find(name)->capacity;
	uint64_t size = (bytes + UNIT - 1) / UNIT;
	put_be16(page + 8, size > SIZE_MAX_16 ? SIZE_MAX_16 : (uint32_t)size);
}

/* clang-format off */
#define PAGE(code, bytes, ...) { .page = code, .len = sizeof bytes, .defaults = bytes, __VA_ARGS__ }
/* clang-format on */

#define PAGE_01                                                                  \
	PAGE(0x01, error_recovery, .mask = error_recovery_mask, .savable = true, \
		.fields = error_recovery_fields)
#define PAGE_02 PAGE(0x02, disconnect, .per_nexus = true)
#define PAGE_0A PAGE(0x0a, control)
#define PAGE_0F(bytes)                                                                         \
	PAGE(0x0f, bytes, .mask = compression_mask, .savable = true, .fill = compression_fill, \
		.fields = compression_fields)
#define PAGE_10 \
	PAGE(0x10, configuration, .mask = configuration_mask, .savable = true, .fields = configuration_fields)
#define PAGE_10_HP     PAGE(0x10, configuration_hp, .mask = configuration_mask, .fields = configuration_fields)
#define PAGE_11        PAGE(0x11, partitions, .fill = partitions_fill, .fields = partitions_fields)
#define PAGE_10_01     PAGE(0x10, configuration_extension, .subpage = 0x01)
#define PAGE_1A        PAGE(0x1a, power_condition)
#define PAGE_1C(bytes) PAGE(0x1c, bytes, .per_nexus = true, .fields = exceptions_fields)
#define PAGE_25        PAGE(0x25, read_write_control, .hidden = true)

/* clang-format off */
const struct mode_page mode_pages_ibm[] = {
	PAGE_01, PAGE_02, PAGE_0A, PAGE_0F(compression), PAGE_10, PAGE_10_01, PAGE_11, PAGE_1A,
	PAGE_1C(exceptions), PAGE_25, { 0 },
};

/* HP and HPE drives from LTO-7 on are the same drives under different names. */
const struct mode_page mode_pages_hpe[] = {
	PAGE_01, PAGE_02, PAGE_0A, PAGE_0F(compression), PAGE_10, PAGE_10_01, PAGE_11, PAGE_1A,
	PAGE_1C(exceptions), { 0 },
};

const struct mode_page mode_pages_hp[] = {
	PAGE_01, PAGE_02, PAGE_0A, PAGE_0F(compression_hp), PAGE_10_HP, PAGE_10_01, PAGE_11, PAGE_1A,
	PAGE_1C(exceptions_hp), { 0 },
};
/* clang-format on */
