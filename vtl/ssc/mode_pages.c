/* SPDX-License-Identifier: Apache-2.0 */
/* Mode pages as rows. A host may change what the drive uses, and what must be accepted because known hosts
 * send it although it has no effect. All else is fixed. */
#include "vtl/ssc/append_only.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/partitions.h"
#include "vtl/ssc/protection.h"

/* clang-format off */

/* 01h: PER may be set; there are no recovered errors. */
static const uint8_t error_recovery[12] = { [1] = 0x0a };
static const uint8_t error_recovery_mask[12] = { [2] = 0x04 };

static const uint8_t disconnect[16] = { [1] = 0x0e };

static const uint8_t control[12] = { [1] = 0x0a, [3] = 0x01, [8] = 0xff, [9] = 0xff };

/* 0Ah/01h: TCMOS and SCSIP, since the daemon's clock is the time until an initiator sets another. */
static const uint8_t control_extension[32] = { [4] = 0x06 };

/* 0Ah/F0h: no protection; method, length, LBP_W and LBP_R may change. */
static const uint8_t data_protection[32] = { [0] = 0x4a };
static const uint8_t data_protection_mask[32] = { [4] = 0xff, [5] = 0x3f, [6] = 0xc0 };

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
/* WTRE and OIR can be changed (SSC-5 8.5.3). */
static const uint8_t configuration_mask[16] = { [6] = 0xff, [7] = 0xff, [8] = 0x01, [14] = 0xff, [15] = 0xe0 };

/* 10h/01h: overwriting is allowed, no programmable early warning; WRITE MODE and PEWS can be changed. */
static const uint8_t configuration_extension[32] = { [0] = 0x50, [1] = 0x01, [3] = 0x1c };
static const uint8_t configuration_extension_mask[32] = { [5] = 0xf0, [6] = 0xff, [7] = 0xff };

/* 11h: as many sizes as the drive can make partitions (SSC-5 8.5.8). Sizes in 10^9 bytes (PSUM 11b, units 9),
 * partitions are made by FORMAT MEDIUM (POFM). */
enum { PARTITION_HEAD = 8 };
static const uint8_t partitions_5[PARTITION_HEAD + 2 * PARTITION_SLOTS_5] = {
	[1] = 0x0a, [4] = 0x1c, [5] = 0x03, [6] = 0x09 };
static const uint8_t partitions[PARTITION_HEAD + 2 * PARTITION_SLOTS] = {
	[1] = 0x0e, [4] = 0x1c, [5] = 0x03, [6] = 0x09 };
static const uint8_t partitions_mask[PARTITION_HEAD + 2 * PARTITION_SLOTS] = {
	[3] = 0xff, [4] = 0xf8, [6] = 0x0f, [8] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static const uint8_t power_condition[40] = { [1] = 0x26 };

/* 1Ch: exceptions are reported only by log pages. */
static const uint8_t exceptions[12] = { [1] = 0x0a, [2] = 0x08, [3] = 0x04 };
static const uint8_t exceptions_hp[12] = { [1] = 0x0a, [2] = 0x08, [3] = 0x03 };

/* 1Dh: WORM media let labels be overwritten but for some, and all filemarks before end of data but the first
 * of them (SSC-5 8.5.7). */
static const uint8_t medium_configuration[32] = { [1] = 0x1e, [4] = 0x01, [5] = 0x02 };

/* 24h: the drive can encrypt (ENCR_C). */
static const uint8_t vendor_encryption[8] = { [1] = 0x06, [7] = 0x01 };

/* 25h: LTO drives do not have this page, but a Windows driver asks IBM drives for it and fails without. */
static const uint8_t read_write_control[32] = { [1] = 0x1e };

#define AT(page, byte, msb, width) { page, byte, msb, width }
static const struct field error_recovery_fields[] = {
	AT("per", 2, 2, 1), AT("read_retries", 3, 7, 8), AT("write_retries", 8, 7, 8), { 0 } };
static const struct field control_extension_fields[] = {
	AT("tcmos", 4, 2, 1), AT("scsip", 4, 1, 1), AT("ialuae", 4, 0, 1), { 0 } };
static const struct field data_protection_fields[] = {
	AT("logical_block_protection_method", 4, 7, 8), AT("logical_block_protection_information_length", 5, 5, 6),
	AT("lbp_w", 6, 7, 1), AT("lbp_r", 6, 6, 1), AT("rbdp", 6, 5, 1), { 0 } };
static const struct field compression_fields[] = {
	AT("dce", 2, 7, 1), AT("dcc", 2, 6, 1), AT("dde", 3, 7, 1),
	AT("compression_algorithm", 4, 7, 32), AT("decompression_algorithm", 8, 7, 32), { 0 } };
static const struct field configuration_fields[] = {
	AT("active_partition", 3, 7, 8), AT("write_delay_time", 6, 7, 16), AT("lois", 8, 6, 1), AT("rew", 8, 0, 1),
	AT("eeg", 10, 4, 1), AT("select_data_compression_algorithm", 14, 7, 8), AT("wtre", 15, 7, 2), AT("oir", 15, 5, 1),
	AT("rewind_on_reset", 15, 4, 2), { 0 } };
static const struct field configuration_extension_fields[] = {
	AT("write_mode", 5, 7, 4), AT("pews", 6, 7, 16), { 0 } };
static const struct field partitions_fields[] = {
	AT("maximum_additional_partitions", 2, 7, 8), AT("additional_partitions_defined", 3, 7, 8),
	AT("fdp", 4, 7, 1), AT("sdp", 4, 6, 1), AT("idp", 4, 5, 1), AT("psum", 4, 4, 2), AT("pofm", 4, 2, 1),
	AT("medium_format_recognition", 5, 7, 8), AT("partition_units", 6, 3, 4),
	AT("partition_size_0", 8, 7, 16), AT("partition_size_1", 10, 7, 16), { 0 } };
static const struct field medium_configuration_fields[] = {
	AT("wormm", 2, 0, 1), AT("worm_mode_label_restrictions", 4, 7, 8),
	AT("worm_mode_filemark_restrictions", 5, 7, 8), { 0 } };
static const struct field vendor_encryption_fields[] = {
	AT("encryption_enabled", 7, 3, 1), AT("encryption_capable", 7, 0, 1), { 0 } };
static const struct field exceptions_fields[] = {
	AT("dexcpt", 2, 3, 1), AT("mrie", 3, 3, 4), { 0 } };

/* clang-format on */

/* Reports our algorithm, whichever was selected; with none selected, compression is disabled (DCE 0). */
static void compression_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	enum { DCE_BYTE = 2, DCE = 0x80 };
	if (!get_be32(page + 4))
		page[DCE_BYTE] &= (uint8_t)~DCE;
	uint32_t algorithm = tape_of(lu)->profile->type_by_generation ? 0xff : 0x01;
	put_be32(page + 4, algorithm);
	put_be32(page + 8, algorithm);
}
/* clang-format on */

enum { AT_WTRE = 15, OIR = 0x20, WTRE_SHIFT = 6, WTRE_READ = 1, WTRE_RESERVED = 3 };

static void configuration_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	enum { ACTIVE_PARTITION = 3 };
	const struct tape *tape = tape_of(lu);
	struct cart_position at = { 0 };
	if (tape->cart)
		cart_position(tape->cart, &at);
	page[ACTIVE_PARTITION] = (uint8_t)at.partition;
}

/* 11b is reserved. */
static int configuration_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page)
{
	return page[AT_WTRE] >> WTRE_SHIFT == WTRE_RESERVED ? AT_WTRE : 0;
}

static uint8_t wtre_byte(const struct lu *lu)
{
	const uint8_t *page = lu_mode(lu, 0x10, 0x00);
	return page ? page[AT_WTRE] : 0;
}

bool tape_reads_tampered(const struct tape *tape)
{
	return wtre_byte(&tape->lu) >> WTRE_SHIFT == WTRE_READ;
}

bool tape_only_reserved(const struct lu *lu)
{
	return wtre_byte(lu) & OIR;
}

static void medium_configuration_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	enum { AT_WORMM = 2 };
	page[AT_WORMM] = tape_of(lu)->cart && tape_is_worm(tape_of(lu));
}

/* ENCR_E: what this nexus writes is encrypted. */
static void vendor_encryption_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page)
{
	enum { AT_ENABLED = 7, ENABLED = 0x08 };
	if (keys_of(tape_of(lu), nexus)->params.encryption == ENCRYPTION_ON)
		page[AT_ENABLED] |= ENABLED;
}

/* clang-format off */
#define PAGE(code, bytes, ...) { .page = code, .len = sizeof bytes, .defaults = bytes, __VA_ARGS__ }
/* clang-format on */

#define PAGE_01                                                                  \
	PAGE(0x01, error_recovery, .mask = error_recovery_mask, .savable = true, \
		.fields = error_recovery_fields)
#define PAGE_02    PAGE(0x02, disconnect, .per_nexus = true)
#define PAGE_0A    PAGE(0x0a, control)
#define PAGE_0A_01 PAGE(0x0a, control_extension, .subpage = 0x01, .fields = control_extension_fields)
#define PAGE_0A_F0                                                                                    \
	PAGE(0x0a, data_protection, .subpage = 0xf0, .mask = data_protection_mask, .per_nexus = true, \
		.commit = protection_page_commit, .fields = data_protection_fields)
#define PAGE_0F(bytes)                                                                         \
	PAGE(0x0f, bytes, .mask = compression_mask, .savable = true, .fill = compression_fill, \
		.fields = compression_fields)
#define PAGE_10                                                                                            \
	PAGE(0x10, configuration, .mask = configuration_mask, .savable = true, .fill = configuration_fill, \
		.commit = configuration_commit, .fields = configuration_fields)
#define PAGE_10_HP                                                                           \
	PAGE(0x10, configuration_hp, .mask = configuration_mask, .fill = configuration_fill, \
		.commit = configuration_commit, .fields = configuration_fields)
#define PAGE_11(bytes)                                                                        \
	PAGE(0x11, bytes, .mask = partitions_mask, .live = true, .fill = partition_page_fill, \
		.commit = partition_page_commit, .fields = partitions_fields)
#define PAGE_1D                                                             \
	PAGE(0x1d, medium_configuration, .fill = medium_configuration_fill, \
		.fields = medium_configuration_fields)
#define PAGE_10_01                                                                                 \
	PAGE(0x10, configuration_extension, .subpage = 0x01, .mask = configuration_extension_mask, \
		.commit = append_only_commit, .fields = configuration_extension_fields)
#define PAGE_1A        PAGE(0x1a, power_condition)
#define PAGE_1C(bytes) PAGE(0x1c, bytes, .per_nexus = true, .fields = exceptions_fields)
#define PAGE_24                                                                       \
	PAGE(0x24, vendor_encryption, .hidden = true, .fill = vendor_encryption_fill, \
		.fields = vendor_encryption_fields)
#define PAGE_25 PAGE(0x25, read_write_control, .hidden = true)

/* clang-format off */
#define PAGES(page_0f, page_10, page_11, page_1c) \
	PAGE_01, PAGE_02, PAGE_0A, PAGE_0A_01, PAGE_0A_F0, page_0f, page_10, PAGE_10_01, page_11, PAGE_1A, page_1c, PAGE_1D

const struct mode_page mode_pages_ibm5[] = {
	PAGES(PAGE_0F(compression), PAGE_10, PAGE_11(partitions_5), PAGE_1C(exceptions)), PAGE_24, PAGE_25, { 0 },
};

const struct mode_page mode_pages_ibm[] = {
	PAGES(PAGE_0F(compression), PAGE_10, PAGE_11(partitions), PAGE_1C(exceptions)), PAGE_24, PAGE_25, { 0 },
};

/* HP and HPE drives from LTO-7 on are the same drives under different names. */
const struct mode_page mode_pages_hpe[] = {
	PAGES(PAGE_0F(compression), PAGE_10, PAGE_11(partitions), PAGE_1C(exceptions)), PAGE_24, { 0 },
};

const struct mode_page mode_pages_hp5[] = {
	PAGES(PAGE_0F(compression_hp), PAGE_10_HP, PAGE_11(partitions_5), PAGE_1C(exceptions_hp)), { 0 },
};

const struct mode_page mode_pages_hp[] = {
	PAGES(PAGE_0F(compression_hp), PAGE_10_HP, PAGE_11(partitions), PAGE_1C(exceptions_hp)), { 0 },
};
/* clang-format on */
