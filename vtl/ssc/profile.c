/* SPDX-License-Identifier: Apache-2.0 */
/* The personalities' INQUIRY bytes, medium types and page sets, by vendor and generation. */
#include "vtl/ssc/profile.h"

#include <string.h>

#include "vtl/ssc/tape.h"

/* clang-format off */

/* SAM-5, iSCSI, SPC-4, SSC-4, ADC-3, in the order of the real drives. */
#define VERSIONS 0x00, 0xa2, 0x09, 0x60, 0x04, 0x60, 0x05, 0x20, 0x05, 0x02

/* Bytes 8..35 (vendor, product, revision) belong to the identity. */
static const uint8_t inquiry_ibm[70] = {
	0x01, 0x80, 0x06, 0x02, 0x41, 0x00, 0x10, 0x02, [58] = VERSIONS };
static const uint8_t inquiry_hp7[70] = {
	0x01, 0x80, 0x06, 0x12, 0x41, 0x00, 0x10, 0x02,
	[36] = 0x00, 0x00, 0x6a, 0x00, 0x01, 0x6c, 0x0e, 0x00, [58] = VERSIONS };
static const uint8_t inquiry_hpe9[70] = {
	0x01, 0x80, 0x06, 0x12, 0x41, 0x00, 0x10, 0x02,
	[36] = 0x00, 0x00, 0x6b, 0x00, 0x01, 0x8c, 0x0e, 0x00, [58] = VERSIONS };
/* HP's own drives, to LTO-6: 96 bytes, byte 40 bit 0 says WORM capable. */
static const uint8_t inquiry_hp[96] = {
	0x01, 0x80, 0x06, 0x02, 0x5b, 0x00, 0x10, 0x02, [40] = 0x01, [58] = VERSIONS };

#define IBM(n, pages) { .vendor = "IBM", .generation = n, .inquiry = inquiry_ibm, \
	.inquiry_len = sizeof inquiry_ibm, .type_by_generation = true, .mode_pages = mode_pages_ibm, .vpd_pages = pages }
#define HP(n) { .vendor = "HP", .generation = n, .inquiry = inquiry_hp, \
	.inquiry_len = sizeof inquiry_hp, .mode_pages = mode_pages_hp, \
	.vpd_pages = vpd_pages_hp }
#define HPE(name, n, bytes) { .vendor = name, .generation = n, .inquiry = bytes, \
	.inquiry_len = sizeof bytes, .type_by_generation = true, .mode_pages = mode_pages_hpe, \
	.vpd_pages = vpd_pages_lto7 }

static const struct tape_profile profiles[] = {
	IBM(5, vpd_pages_ibm5), IBM(6, vpd_pages_ibm6),
	IBM(7, vpd_pages_lto7), IBM(8, vpd_pages_lto7), IBM(9, vpd_pages_lto7),
	HP(5), HP(6),
	HPE("HP", 7, inquiry_hp7), HPE("HPE", 7, inquiry_hp7),
	HPE("HPE", 8, inquiry_hpe9), HPE("HPE", 9, inquiry_hpe9),
};

/* clang-format on */

const struct tape_profile *tape_profile_find(const struct personality *personality)
{
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		if (profiles[i].generation == personality->generation &&
		        !strcmp(profiles[i].vendor, personality->vendor))
			return &profiles[i];
	return NULL;
}
