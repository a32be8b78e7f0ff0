/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether a cartridge may be written to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/stream.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/scsi/opcode.h"

enum { MARKS_MAX = 8, MOTION_TIMEOUT_S = 900, MAGIC_LEN = 8 };

/* Reads the whole record at the position.  again() moves to the record; it is called before each try,
 * because some targets return no data of a record that does not fit. */
static enum tape_end record_read(struct lane *l, uint32_t size, int (*again)(struct lane *l, char *why),
	bool *ret_ours, char why[static WHY_LEN])
{
	uint32_t len = 0;
	autofree uint8_t *buf = NULL;
	enum tape_end end = TAPE_LONGER;
	snprintf(why, WHY_LEN, "out of memory");
	for (int i = 0; i < 2 && end == TAPE_LONGER; i++) {
		free(buf);
		buf = calloc(1, size);
		if (!buf || again(l, why))
			return TAPE_FAILED;
		end = tape_read(l->session, l->portal.lun, buf, size, &len, why);
		size = len > size ? len : size;
	}
	/* A record shorter than the stamp's magic shows nothing about its owner. */
	*ret_ours = end == TAPE_RECORD && (pattern_ours(buf, len) || len < MAGIC_LEN);
	return end;
}

static int to_beginning(struct lane *l, char *why)
{
	return tape_rewind(l->session, l->portal.lun, why);
}

/* Sends SPACE(6); *ret_sense says where it stopped. */
static int space(struct lane *l, uint8_t code, int32_t count, struct sense_seen *ret_sense, char *why)
{
	char text[WHY_LEN];
	struct command c = { .cdb = { OPCODE_SPACE_6, code }, .cdb_len = 6, .timeout_s = MOTION_TIMEOUT_S };
	put_be24(c.cdb + 2, (uint32_t)count & 0xffffff);
	int err = command_run(l->session, l->portal.lun, &c);
	*ret_sense = c.sense;
	if (err)
		snprintf(why, WHY_LEN, "SPACE: %.240s", command_text(&c, text));
	return err;
}

/* Moves to the start of the last record: back from the end of data over the filemarks. */
static int to_last_record(struct lane *l, char *why)
{
	struct sense_seen sense;
	int err = space(l, SPACE_END_OF_DATA, 0, &sense, why);
	for (int i = 0; !err && i < MARKS_MAX; i++) {
		err = space(l, SPACE_RECORDS, -1, &sense, why);
		if (!err)
			return 0;
		if (err == -EREMOTEIO && sense.filemark)
			err = 0;
	}
	if (!err)
		snprintf(why, WHY_LEN, "the tape ends with several filemarks");
	return err ? err : -ERANGE;
}

static enum verdict not_ours(char why[static WHY_LEN])
{
	snprintf(why, WHY_LEN, "it holds data of another program; use --overwrite to overwrite it");
	return LEAVE_ALONE;
}

/* Checks that the cartridge is blank, or that its first and last record come from a load generator. */
static enum verdict owner(struct lane *l, uint32_t size, char why[static WHY_LEN])
{
	bool ours = false;
	enum tape_end end = record_read(l, size, to_beginning, &ours, why);
	if (end == TAPE_END_OF_DATA)
		return MAY_USE;
	if (end == TAPE_FAILED)
		return CANNOT_TELL;
	if (!ours || end != TAPE_RECORD)
		return not_ours(why);
	end = record_read(l, size, to_last_record, &ours, why);
	if (end == TAPE_FAILED && session_lost(l->session))
		return CANNOT_TELL;
	if (end == TAPE_FAILED) {
		char said[WHY_LEN];
		memcpy(said, why, WHY_LEN);
		snprintf(why, WHY_LEN,
			"its last record cannot be read (%.180s); use --overwrite to "
			"overwrite it",
			said);
		return LEAVE_ALONE;
	}
	return end == TAPE_RECORD && ours ? MAY_USE : not_ours(why);
}

enum verdict lane_judge(struct lane *l, const struct stream_plan *plan, char why[static WHY_LEN])
{
	struct medium_seen m;
	if (!stream_writes(plan))
		return MAY_USE;
	if (tape_medium(l->session, l->portal.lun, &m, why))
		return CANNOT_TELL;
	if (m.worm || barcode_is_worm(l->barcode)) {
		snprintf(why, WHY_LEN, "it is WORM, which cannot be overwritten");
		return LEAVE_ALONE;
	}
	if (m.protected) {
		snprintf(why, WHY_LEN, "it is write-protected, or read-only in this drive");
		return NOT_IN_THIS_DRIVE;
	}
	return plan->overwrite ? MAY_USE : owner(l, plan->blocks[0], why);
}
