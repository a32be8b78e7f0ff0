/* SPDX-License-Identifier: Apache-2.0 */
/* Logical block protection, for the load generator: a CRC32C behind each record. */
#include <stdio.h>

#include "admin/initiator/stream.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"
#include "vtl/scsi/opcode.h"

enum {
	PAGE_FORMAT = 0x10,
	BUFFERED = 0x10, /* device-specific parameter: buffered mode 1 */
	HEADER = 8,
	PAGE = 0x0a,
	SUBPAGE_FORMAT = 0x40,
	SUBPAGE = 0xf0,
	PAGE_LEN = 0x1c,
	METHOD_CRC32C = 2,
	BOTH = 0xc0, /* LBP_W, LBP_R */
};

/* Control Data Protection mode page (SSC-5). */
int lane_protect(struct lane *l, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	uint8_t list[HEADER + 4 + PAGE_LEN] = { [3] = BUFFERED,
		[HEADER] = SUBPAGE_FORMAT | PAGE,
		SUBPAGE,
		0,
		PAGE_LEN,
		METHOD_CRC32C,
		PROTECT_LEN,
		BOTH };
	struct command c = { .cdb = { OPCODE_MODE_SELECT_10, PAGE_FORMAT, [8] = sizeof list },
		.cdb_len = 10,
		.direction = MOVE_OUT,
		.part = { { list, sizeof list } } };
	int err = command_settled(l->session, l->portal.lun, &c);
	if (err)
		snprintf(why, WHY_LEN, "LUN %d: the drive does not protect records with CRC32C: %.240s",
			l->portal.lun, command_text(&c, text));
	return err;
}

void protect_add(struct slot *s)
{
	struct command *c = &s->command;
	uint32_t value = crc32c(0, c->part[0].base, c->part[0].len);
	put_le32(s->value, crc32c(value, c->part[1].base, c->part[1].len));
	c->part[2].base = s->value;
	c->part[2].len = PROTECT_LEN;
}

bool protect_check(const uint8_t *record, uint32_t len)
{
	return crc32c(0, record, len) == get_le32(record + len);
}
