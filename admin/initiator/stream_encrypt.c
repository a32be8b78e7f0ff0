/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption in the drive, for the load generator. */
#include <stdio.h>

#include "admin/initiator/stream.h"
#include "vtl/base/bytes.h"
#include "vtl/scsi/opcode.h"

enum {
	PROTOCOL_TAPE_ENCRYPTION = 0x20,
	PAGE_SET_ENCRYPTION = 0x10,
	SCOPE_LOCAL = 1 << 5, /* the key is of this session, and ends with it */
	ENCRYPT = 2,
	MIXED = 3,     /* decrypt, and read what an earlier run has written without a key */
	ALGORITHM = 1, /* what LTO drives have: AES-256-GCM */
	PAGE_HEADER = 4,
	KEY_AT = 20,
	KEY_LEN = 32,
};

/* A key that the same seed makes again.  It keeps no secret: whoever knows the seed has it. */
static void key_make(uint64_t seed, uint8_t key[static KEY_LEN])
{
	for (unsigned i = 0; i < KEY_LEN; i += 8) {
		seed = (seed + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
		put_be64(key + i, seed ^ seed >> 31);
	}
}

/* Set Data Encryption page (SSC-5 8.5.3.2). */
int lane_encrypt(struct lane *l, uint64_t seed, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	uint8_t list[KEY_AT + KEY_LEN] = { 0, PAGE_SET_ENCRYPTION, 0, KEY_AT + KEY_LEN - PAGE_HEADER,
		SCOPE_LOCAL, [6] = ENCRYPT, MIXED, ALGORITHM, [KEY_AT - 1] = KEY_LEN };
	key_make(seed, list + KEY_AT);
	struct command c = { .cdb = { OPCODE_SECURITY_PROTOCOL_OUT, PROTOCOL_TAPE_ENCRYPTION, 0,
				     PAGE_SET_ENCRYPTION, [9] = sizeof list },
		.cdb_len = 12,
		.direction = MOVE_OUT,
		.part = { { list, sizeof list } } };
	int err = command_settled(l->session, l->portal.lun, &c);
	if (err)
		snprintf(why, WHY_LEN, "LUN %d: the drive does not take a key: %.240s", l->portal.lun,
			command_text(&c, text));
	return err;
}
