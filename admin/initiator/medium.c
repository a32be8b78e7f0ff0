/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of a cartridge by its barcode and by MODE SENSE: WORM, cleaning, write protection. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "vtl/scsi/opcode.h"

enum { BARCODE_LEN = 8, PAGE_MEDIUM_CONFIGURATION = 0x1d };

/* clang-format off */
/* The last two characters of an eight-character barcode: LTO-3 to LTO-9 (LTO bar code label
 * specification), and WORM cartridges of 3592 drives. */
static const char *const worm_suffixes[] = {
	"LT", "LU", "LV", "LW", "LX", "LY", "LZ", "JW", "JR", "JX", "JY", "JZ", NULL,
};
/* clang-format on */

static bool ends_with(const char *barcode, const char *const *suffixes)
{
	size_t len = strlen(barcode);
	for (; len == BARCODE_LEN && *suffixes; suffixes++)
		if (!strcmp(barcode + len - 2, *suffixes))
			return true;
	return false;
}

bool barcode_is_worm(const char *barcode)
{
	return ends_with(barcode, worm_suffixes);
}

bool barcode_is_cleaning(const char *barcode)
{
	static const char *const suffixes[] = { "CU", NULL };
	return !strncmp(barcode, "CLN", 3) || !strncmp(barcode, "CLR", 3) || ends_with(barcode, suffixes);
}

/* Medium types of WORM LTO cartridges.  IBM drives, and HP drives from LTO-7 on, have one type for each
 * generation (listed in the LTFS source); HP drives to LTO-6 report 01h (HP LTO Ultrium technical
 * reference, volume 3, MODE SENSE).  On drives of other vendors 01h has other meanings. */
static bool type_is_worm(struct session *s, int lun, uint8_t type)
{
	static const uint8_t types[] = { 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x8c, 0x9c, 0xac };
	char why[WHY_LEN];
	uint8_t inquiry[96];
	if (memchr(types, type, sizeof types))
		return true;
	if (type != 0x01 || device_inquiry(s, lun, inquiry, sizeof inquiry, why) < 0)
		return false;
	for (size_t i = 16; i < 32; i++)
		inquiry[i] = (uint8_t)toupper(inquiry[i]);
	return memmem(inquiry + 16, 16, "ULTRIUM", 7) != NULL;
}

/* Sends MODE SENSE(6).  Returns the bytes received; 0: the drive does not have the page. */
static int sense_mode(struct session *s, int lun, uint8_t page, uint8_t *buf, uint8_t size,
	char why[static WHY_LEN])
{
	char text[WHY_LEN];
	struct command c = { .cdb = { OPCODE_MODE_SENSE_6, 0, page, 0, size },
		.cdb_len = 6,
		.direction = MOVE_IN,
		.part = { { buf, size } } };
	memset(buf, 0, size);
	int err = command_settled(s, lun, &c);
	if (err == -EREMOTEIO && c.sense.key == 5)
		return 0;
	if (err)
		snprintf(why, WHY_LEN, "MODE SENSE: %.240s", command_text(&c, text));
	return err ? err : (int)c.moved;
}

int tape_medium(struct session *s, int lun, struct medium_seen *ret, char why[static WHY_LEN])
{
	uint8_t buf[48];
	struct medium_seen m = { 0 };
	int n = sense_mode(s, lun, 0, buf, 12, why);
	if (n >= 4) {
		m.type = buf[1];
		m.protected = buf[2] & 0x80;
	}
	if (n >= 12 && buf[3] >= 8)
		m.density = buf[4];
	if (n >= 0)
		m.worm = type_is_worm(s, lun, m.type);
	/* SSC-3 8.3.7: WORMM.  Not every drive has this page. */
	if (n >= 0 && !m.worm)
		n = sense_mode(s, lun, PAGE_MEDIUM_CONFIGURATION, buf, sizeof buf, why);
	if (n < 0)
		return n;
	size_t page = 4 + (size_t)buf[3];
	if (!m.worm && page + 3 <= (size_t)n && (buf[page] & 0x3f) == PAGE_MEDIUM_CONFIGURATION)
		m.worm = buf[page + 2] & 1;
	*ret = m;
	return 0;
}
