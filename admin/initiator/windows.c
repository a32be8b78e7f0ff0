/* SPDX-License-Identifier: Apache-2.0 */
/* The names that Windows derives from INQUIRY data. */
#include <stdio.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/windows.h"
#include "vtl/base/bytes.h"

/* Peripheral device types as Windows spells them (Identifiers for SCSI Devices). */
static const struct {
	uint8_t type;
	const char *name, *generic;
} types[] = {
	{ 0x00, "Disk", "GenDisk" },
	{ 0x01, "Sequential", NULL },
	{ 0x02, "Printer", "GenPrinter" },
	{ 0x03, "Processor", NULL },
	{ 0x04, "Worm", "GenWorm" },
	{ 0x05, "CdRom", "GenCdRom" },
	{ 0x06, "Scanner", "GenScanner" },
	{ 0x07, "Optical", "GenOptical" },
	{ 0x08, "Changer", "ScsiChanger" },
	{ 0x09, "Net", "ScsiNet" },
	{ 0x0c, "Array", "ScsiArray" },
	{ 0x0d, "Enclosure", "ScsiEnclosure" },
};

static void part(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != ',' ? (char)bytes[i] : '_';
	out[len] = '\0';
}

size_t windows_hardware_ids(const uint8_t *inquiry, char ids[static HARDWARE_ID_COUNT][HARDWARE_ID_LEN])
{
	const char *type = "Other", *generic = NULL;
	char vendor[9], product[17], revision[5];

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == (inquiry[0] & 0x1f)) {
			type = types[i].name;
			generic = types[i].generic;
		}
	part(vendor, inquiry + 8, 8);
	part(product, inquiry + 16, 16);
	part(revision, inquiry + 32, 4);
	snprintf(ids[0], HARDWARE_ID_LEN, "SCSI\\%s%s%s%s", type, vendor, product, revision);
	snprintf(ids[1], HARDWARE_ID_LEN, "SCSI\\%s%s%s", type, vendor, product);
	snprintf(ids[2], HARDWARE_ID_LEN, "SCSI\\%s%s", type, vendor);
	snprintf(ids[3], HARDWARE_ID_LEN, "SCSI\\%s%s%.1s", vendor, product, revision);
	snprintf(ids[4], HARDWARE_ID_LEN, "%s%s%.1s", vendor, product, revision);
	if (!generic)
		return 5;
	snprintf(ids[5], HARDWARE_ID_LEN, "%s", generic);
	return 6;
}

int designator_next(const uint8_t *page, size_t len, size_t *at, struct designator *ret)
{
	size_t pos = *at ? *at : 4;
	if (len < pos || len - pos < 4)
		return 0;
	const uint8_t *d = page + pos;
	size_t bytes = d[3];
	if (bytes > len - pos - 4)
		return 0;
	*ret = (struct designator){ .code_set = d[0] & 0x0f,
		.type = d[1] & 0x0f,
		.association = d[1] >> 4 & 3,
		.bytes = d + 4,
		.len = bytes };
	*at = pos + 4 + bytes;
	return 1;
}

int windows_duid(const uint8_t *page, size_t len, struct designator *ret)
{
	/* Rank of each type; types that are not listed identify ports. */
	static const int worth[16] = { [0] = 1, [1] = 2, [2] = 3, [3] = 4, [8] = 5 };
	struct designator d;
	int best = 0;
	for (size_t at = 0; designator_next(page, len, &at, &d);) {
		if (!d.len || !worth[d.type] || (d.association != 0 && d.association != 2))
			continue;
		int score = (d.association == 0) << 16 | worth[d.type] << 12 | (int)d.len;
		if (score > best) {
			best = score;
			*ret = d;
		}
	}
	return best > 0;
}

const char *designator_name(uint8_t type)
{
	static const char *const names[] = { "vendor specific", "T10 vendor", "EUI-64", "NAA",
		"relative target port", "target port group", "logical unit group", "MD5", "SCSI name" };
	return type < sizeof names / sizeof *names ? names[type] : "reserved";
}
