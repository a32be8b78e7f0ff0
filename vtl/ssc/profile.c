/* SPDX-License-Identifier: Apache-2.0 */
/* INQUIRY bytes, medium types and page sets of the personalities, by vendor and generation. */
#include "vtl/ssc/profile.h"

#include <string.h>

#include "vtl/ssc/tape.h"
#include "vtl/scsi/opcode.h"

/* clang-format off */

/* SAM-5, iSCSI, SPC-4, SSC-4, ADC-3, in the order of the real drives. */
#define VERSIONS 0x00, 0xa2, 0x09, 0x60, 0x04, 0x60, 0x05, 0x20, 0x05, 0x02

/* clang-format off */
/* The core overwrites bytes 8..35 (vendor, product, revision). */
static const uint8_t inquiry_ibm[70] = {
	0x01, 0x80, 0x06, 0x02, 0x41, 0x00, 0x10, 0x02, [58] = VERSIONS };
static const uint8_t inquiry_hp7[70] = {
	0x01, 0x80, 0x06, 0x12, 0x41, 0x00, 0x10, 0x02,
	[36] = 0x00, 0x00, 0x6a, 0x00, 0x01, 0x6c, 0x0e, 0x00, [58] = VERSIONS };
static const uint8_t inquiry_hpe9[70] = {
	0x01, 0x80, 0x06, 0x12, 0x41, 0x00, 0x10, 0x02,
	[36] = 0x00, 0x00, 0x6b, 0x00, 0x01, 0x8c, 0x0e, 0x00, [58] = VERSIONS };
/* HP drives up to LTO-6: 96 bytes; byte 40 bit 0: WORM capable. */
static const uint8_t inquiry_hp[96] = {
	0x01, 0x80, 0x06, 0x02, 0x5b, 0x00, 0x10, 0x02, [40] = 0x01, [58] = VERSIONS };

/*
 * Manuals that the rows follow:
 * HP-2  HP Ultrium technical reference manual, generation 2 (C7379-90900), pages 56, 57, 137
 * HP-3  the same, generation 3 (Q1530-90901), pages 51, 159
 * IBM-1 IBM Ultrium Internal Tape Drive and 3580: SCSI Reference (WB1109-02), page 14
 * IBM-L IBM TS3100/TS3200 setup guide, table 66; TS3310, table C-2: sense data of the LTO drives in it
 * IBM-9 IBM LTO SCSI Reference (GA32-0928-06), annex B, the list of sense codes
 * LTFS  LTFS programs of IBM and HPE: which drives they expect ROUNDED PARAMETER from. That of HPE takes it for a failure
 *       from drives up to LTO-6.
 *
 * LOAD: in HP-2 and HP-3 every initiator except the sender gets the not ready to ready change. IBM's
 * manuals do not say who gets it. When the sender gets it, Windows drivers believe that the cartridge was
 * changed and fail the call (ERROR_MEDIA_CHANGED), so no personality reports it to the sender.
 */

/* HP-3 lists 16h, 18h, 19h and 1Ah. */
static const struct tape_progress progress_hp[] = {
	{ OPCODE_REWIND, SENSE_REWIND_IN_PROGRESS }, { OPCODE_SPACE_6, SENSE_OPERATION_IN_PROGRESS },
	{ OPCODE_VERIFY_6, SENSE_OPERATION_IN_PROGRESS }, { OPCODE_ERASE_6, SENSE_ERASE_IN_PROGRESS },
	{ OPCODE_LOCATE_10, SENSE_LOCATE_IN_PROGRESS }, { OPCODE_SPACE_16, SENSE_OPERATION_IN_PROGRESS },
	{ OPCODE_LOCATE_16, SENSE_LOCATE_IN_PROGRESS }, { OPCODE_VERIFY_16, SENSE_OPERATION_IN_PROGRESS },
	{ OPCODE_ERASE_16, SENSE_ERASE_IN_PROGRESS }, { OPCODE_SET_CAPACITY, SENSE_OPERATION_IN_PROGRESS },
	{ 0, SENSE_NONE } };
/* IBM-9 lists 16h, 18h, 19h and 1Ch. */
static const struct tape_progress progress_ibm[] = {
	{ OPCODE_REWIND, SENSE_REWIND_IN_PROGRESS }, { OPCODE_SPACE_6, SENSE_OPERATION_IN_PROGRESS },
	{ OPCODE_VERIFY_6, SENSE_VERIFY_IN_PROGRESS }, { OPCODE_ERASE_6, SENSE_ERASE_IN_PROGRESS },
	{ OPCODE_LOCATE_10, SENSE_LOCATE_IN_PROGRESS }, { OPCODE_SPACE_16, SENSE_OPERATION_IN_PROGRESS },
	{ OPCODE_LOCATE_16, SENSE_LOCATE_IN_PROGRESS }, { OPCODE_VERIFY_16, SENSE_VERIFY_IN_PROGRESS },
	{ OPCODE_ERASE_16, SENSE_ERASE_IN_PROGRESS }, { OPCODE_SET_CAPACITY, SENSE_OPERATION_IN_PROGRESS },
	{ 0, SENSE_NONE } };

static const struct tape_manners manners_hp = {
	.unloading = SENSE_CAUSE_NOT_REPORTABLE,        /* HP-2, HP-3 */
	.unload_empty = SENSE_NONE, .unload_again = SENSE_NONE, /* HP-2 */
	.progress = progress_hp };
/* Also HP and HPE drives from LTO-7 on, which are IBM drives under different names. */
static const struct tape_manners manners_ibm = {
	.unloading = SENSE_CAUSE_NOT_REPORTABLE,        /* IBM-L */
	.unload_empty = SENSE_NO_MEDIUM, .unload_again = SENSE_INIT_REQUIRED, /* IBM-1 */
	.rounding_told = true, /* LTFS */
	.progress = progress_ibm };

#define OPS_ALL primary_ops, ssc_ops, ssc_long_ops, ssc_service_ops
static const struct scsi_op *const ops_lto5[] = { OPS_ALL, NULL };
static const struct scsi_op *const ops_lto7[] = { OPS_ALL, ssc_wrap_ops, NULL };
static const struct scsi_op *const ops_ibm9[] = { OPS_ALL, ssc_wrap_ops, ssc_access_order_ops, NULL };

#define IBM(n, commands, modes, pages, ...) { .vendor = "IBM", .generation = n, .inquiry = inquiry_ibm, \
	.inquiry_len = sizeof inquiry_ibm, .type_by_generation = true, .manners = &manners_ibm, .ops = commands, \
	.mode_pages = modes, .vpd_pages = pages, .log_pages = log_pages_ibm, \
	.security_pages = n < 7 ? security_pages_lto5 : security_pages_lto7, __VA_ARGS__ }
#define HP(name, n, modes) { .vendor = name, .generation = n, .inquiry = inquiry_hp, \
	.inquiry_len = sizeof inquiry_hp, .manners = &manners_hp, .ops = ops_lto5, .mode_pages = modes, \
	.vpd_pages = vpd_pages_hp, .log_pages = log_pages_hp, .security_pages = security_pages_hp }
#define HPE(name, n, bytes) { .vendor = name, .generation = n, .inquiry = bytes, \
	.inquiry_len = sizeof bytes, .type_by_generation = true, .manners = &manners_ibm, .ops = ops_lto7, \
	.mode_pages = mode_pages_hpe, .vpd_pages = vpd_pages_hpe, .log_pages = log_pages_ibm, \
	.security_pages = security_pages_lto7 }

static const struct tape_profile profiles[] = {
	IBM(5, ops_lto5, mode_pages_ibm5, vpd_pages_ibm5), IBM(6, ops_lto5, mode_pages_ibm, vpd_pages_ibm6),
	IBM(7, ops_lto7, mode_pages_ibm, vpd_pages_ibm7), IBM(8, ops_lto7, mode_pages_ibm, vpd_pages_ibm7),
	/* Half-height drives have no access order. */
	IBM(9, ops_lto7, mode_pages_ibm, vpd_pages_ibm7, .product = "ULT3580-HH9"), IBM(9, ops_lto7, mode_pages_ibm, vpd_pages_ibm7, .product = "ULTRIUM-HH9"),
	IBM(9, ops_ibm9, mode_pages_ibm, vpd_pages_ibm7),
	HP("HP", 5, mode_pages_hp5), HP("HP", 6, mode_pages_hp), HP("QUANTUM", 5, mode_pages_hp5), HP("QUANTUM", 6, mode_pages_hp),
	HPE("HP", 7, inquiry_hp7), HPE("HPE", 7, inquiry_hp7),
	HPE("HPE", 8, inquiry_hpe9), HPE("HPE", 9, inquiry_hpe9),
};
/* clang-format on */

const struct tape_profile *tape_profile_find(const struct personality *personality)
{
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		if (profiles[i].generation == personality->generation &&
			!strcmp(profiles[i].vendor, personality->vendor) &&
			(!profiles[i].product || !strcmp(profiles[i].product, personality->product)))
			return &profiles[i];
	return NULL;
}
