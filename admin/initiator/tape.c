/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a tape drive (SSC): variable-length records, filemarks, position. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "vtl/base/bytes.h"
#include "vtl/scsi/opcode.h"

/* Positioning on a real drive takes minutes. */
enum { MOTION_TIMEOUT_S = 900, KEY_NOT_READY = 2, KEY_BLANK_CHECK = 8 };

static int run(struct session *s, int lun, struct command *c, const char *what, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	int err = command_run(s, lun, c);
	if (err)
		snprintf(why, WHY_LEN, "%s: %.240s", what, command_text(c, text));
	return err;
}

void tape_cdb_write(struct command *c, uint32_t len)
{
	c->cdb[0] = OPCODE_WRITE_6;
	put_be24(c->cdb + 2, len);
	c->cdb_len = 6;
	c->direction = MOVE_OUT;
}

void tape_cdb_read(struct command *c, uint32_t len)
{
	c->cdb[0] = OPCODE_READ_6;
	put_be24(c->cdb + 2, len);
	c->cdb_len = 6;
	c->direction = MOVE_IN;
}

enum tape_end tape_read_end(const struct command *c)
{
	if (c->error)
		return TAPE_FAILED;
	if (c->status == STATUS_GOOD)
		return TAPE_RECORD;
	if (c->status != STATUS_CHECK || c->sense.deferred)
		return TAPE_FAILED;
	if (c->sense.key == KEY_BLANK_CHECK)
		return TAPE_END_OF_DATA;
	if (c->sense.key > 1)
		return TAPE_FAILED;
	if (c->sense.filemark)
		return TAPE_FILEMARK;
	/* INFORMATION is the requested length minus the record length (SSC-5 7.3); negative means that the
	 * record is longer. */
	if (c->sense.ili)
		return c->sense.valid && c->sense.information < 0 ? TAPE_LONGER : TAPE_RECORD;
	return c->sense.eom ? TAPE_RECORD : TAPE_FAILED;
}

int tape_variable(struct session *s, int lun, char why[static WHY_LEN])
{
	uint8_t now[12] = { 0 };
	struct command sense = { .cdb = { OPCODE_MODE_SENSE_6, 0, 0, 0, sizeof now },
		.cdb_len = 6,
		.direction = MOVE_IN,
		.part = { { now, sizeof now } } };
	int err = run(s, lun, &sense, "MODE SENSE", why);
	if (!err && sense.moved >= 12 && now[3] >= 8 && !get_be24(now + 9))
		return 0;
	if (err && err != -EREMOTEIO)
		return err;
	uint8_t header[12] = { 0, 0, 0x10, 8 };
	if (!err && sense.moved >= 12)
		header[4] = now[4]; /* keep the density */
	struct command select = { .cdb = { OPCODE_MODE_SELECT_6, 0x10, 0, 0, sizeof header },
		.cdb_len = 6,
		.direction = MOVE_OUT,
		.part = { { header, sizeof header } } };
	return run(s, lun, &select, "MODE SELECT", why);
}

int tape_write(struct session *s, int lun, const void *buf, uint32_t len, char why[static WHY_LEN])
{
	struct command c = { .part = { { (void *)buf, len } } };
	tape_cdb_write(&c, len);
	return run(s, lun, &c, "WRITE", why);
}

/* With ILI, INFORMATION gives the whole length of the record, also when it did not fit.  It is used before
 * the residual count, which some targets compute differently. */
uint32_t tape_read_len(const struct command *c)
{
	int64_t asked = c->part[0].len;
	int64_t len = asked - c->sense.information;
	if (c->sense.ili && c->sense.valid && len >= 0 && len <= 0xffffff)
		return (uint32_t)len;
	return c->moved;
}

enum tape_end tape_read(struct session *s, int lun, void *buf, uint32_t len, uint32_t *ret_len,
	char why[static WHY_LEN])
{
	struct command c = { .part = { { buf, len } } };
	tape_cdb_read(&c, len);
	run(s, lun, &c, "READ", why);
	enum tape_end end = tape_read_end(&c);
	*ret_len = end == TAPE_RECORD || end == TAPE_LONGER ? tape_read_len(&c) : 0;
	return end;
}

int tape_filemarks(struct session *s, int lun, uint32_t count, bool immed, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_WRITE_FILEMARKS_6, immed },
		.cdb_len = 6,
		.timeout_s = MOTION_TIMEOUT_S };
	put_be24(c.cdb + 2, count);
	return run(s, lun, &c, "WRITE FILEMARKS", why);
}

int tape_rewind(struct session *s, int lun, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_REWIND }, .cdb_len = 6, .timeout_s = MOTION_TIMEOUT_S };
	return run(s, lun, &c, "REWIND", why);
}

int tape_locate(struct session *s, int lun, uint64_t record, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_LOCATE_16 }, .cdb_len = 16, .timeout_s = MOTION_TIMEOUT_S };
	put_be64(c.cdb + 4, record);
	return run(s, lun, &c, "LOCATE", why);
}

int tape_space(struct session *s, int lun, uint8_t code, int32_t count, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_SPACE_6, code }, .cdb_len = 6, .timeout_s = MOTION_TIMEOUT_S };
	put_be24(c.cdb + 2, (uint32_t)count & 0xffffff);
	return run(s, lun, &c, "SPACE", why);
}

int tape_load(struct session *s, int lun, bool in, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_LOAD_UNLOAD, 0, 0, 0, in },
		.cdb_len = 6,
		.timeout_s = MOTION_TIMEOUT_S };
	int err = run(s, lun, &c, in ? "LOAD" : "UNLOAD", why);
	/* Some drives answer UNLOAD with NOT READY when the cartridge is already unloaded or absent. */
	bool nothing = err == -EREMOTEIO && c.sense.key == KEY_NOT_READY &&
		((c.sense.asc == 0x04 && c.sense.ascq == 0x02) || c.sense.asc == 0x3a);
	return !in && nothing ? 0 : err;
}
