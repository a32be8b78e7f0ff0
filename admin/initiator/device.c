/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of every device: INQUIRY, VPD pages, REPORT LUNS, TEST UNIT READY. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "vtl/base/bytes.h"
#include "vtl/scsi/opcode.h"

enum { LUN_LIST_HEADER = 8 };

/* SCSI-2 has one byte of allocation length; such a device refuses more, or reads it as 0. */
enum { PAGE_SIZE_SCSI2 = 252 };

static int command_failed(const struct command *c, int err, const char *what, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	if (err)
		snprintf(why, WHY_LEN, "%s: %.240s", what, command_text(c, text));
	return err;
}

/* Sends INQUIRY.  Some old targets report a unit attention for it; then it is sent again. */
static int inquiry(struct session *s, int lun, bool evpd, uint8_t page, void *buf, uint16_t size,
	const char *what, char why[static WHY_LEN])
{
	struct command c;
	int err = 0;
	for (int i = 0; i < 2; i++) {
		c = (struct command){ .cdb = { OPCODE_INQUIRY, evpd, page },
			.cdb_len = 6,
			.direction = MOVE_IN,
			.part = { { buf, size } } };
		put_be16(c.cdb + 3, size);
		memset(buf, 0, size);
		err = command_run(s, lun, &c);
		if (err != -EREMOTEIO || c.sense.key != 6)
			break;
	}
	return err ? command_failed(&c, err, what, why) : (int)c.moved;
}

int device_inquiry(struct session *s, int lun, uint8_t *buf, uint8_t size, char why[static WHY_LEN])
{
	int n = inquiry(s, lun, false, 0, buf, size, "INQUIRY", why);
	if (n < 0)
		return n;
	/* ADDITIONAL LENGTH says how many bytes are valid; never more than were received. */
	if (n >= 5 && buf[4] + 5 < n)
		n = buf[4] + 5;
	if (n >= 36 || (n >= 1 && (buf[0] & 0x1f) == TYPE_NONE))
		return n;
	snprintf(why, WHY_LEN, "INQUIRY: the answer has %d bytes; at least 36 are needed", n);
	return -EPROTO;
}

int device_page(struct session *s, int lun, uint8_t page, uint8_t *buf, size_t size, char why[static WHY_LEN])
{
	char what[32];
	snprintf(what, sizeof what, "INQUIRY page %02Xh", page);
	int n = inquiry(s, lun, true, page, buf, size > 0xffff ? 0xffff : (uint16_t)size, what, why);
	if ((n == -EREMOTEIO || (n >= 0 && n < 4)) && size > PAGE_SIZE_SCSI2)
		n = inquiry(s, lun, true, page, buf, PAGE_SIZE_SCSI2, what, why);
	if (n < 0)
		return n;
	if (n < 4 || buf[1] != page) {
		snprintf(why, WHY_LEN, "%s: the answer is another page", what);
		return -EPROTO;
	}
	int meant = get_be16(buf + 2) + 4;
	return meant < n ? meant : n;
}

/* SAM-5 4.7: peripheral and flat addressing of the first level; other LUNs are skipped. */
static int lun_number(const uint8_t *b)
{
	switch (b[0] >> 6) {
	case 0: return b[0] ? -1 : b[1];
	case 1: return (b[0] & 0x3f) << 8 | b[1];
	default: return -1;
	}
}

int device_luns(struct session *s, int luns[static LUNS_MAX], char why[static WHY_LEN])
{
	enum { SIZE = LUN_LIST_HEADER + LUNS_MAX * 8 };
	uint8_t buf[SIZE] = { 0 };
	struct command c = { .cdb = { OPCODE_REPORT_LUNS },
		.cdb_len = 12,
		.direction = MOVE_IN,
		.part = { { buf, SIZE } } };
	put_be32(c.cdb + 6, SIZE);
	int err = command_settled(s, 0, &c);
	if (err)
		return command_failed(&c, err, "REPORT LUNS", why);
	size_t meant = c.moved >= LUN_LIST_HEADER ? (size_t)get_be32(buf) + LUN_LIST_HEADER : 0;
	size_t len = meant < c.moved ? meant : c.moved;
	int count = 0;
	for (size_t at = LUN_LIST_HEADER; at + 8 <= len; at += 8) {
		int lun = lun_number(buf + at);
		if (lun >= 0)
			luns[count++] = lun;
	}
	return count;
}

int device_ready(struct session *s, int lun, char why[static WHY_LEN])
{
	struct sense_seen sense;
	return device_ready_sense(s, lun, &sense, why);
}

int device_ready_sense(struct session *s, int lun, struct sense_seen *ret_sense, char why[static WHY_LEN])
{
	struct command c = { .cdb_len = 6 };
	int err = command_settled(s, lun, &c);
	*ret_sense = c.sense;
	return command_failed(&c, err, "TEST UNIT READY", why);
}
