/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes sense data in both formats, and describes them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "vtl/base/bytes.h"

struct sense_text {
	uint8_t asc, ascq;
	const char *text;
};

/* Texts for ASC and ASCQ; the sense key is printed separately. */
static const struct sense_text texts[] = {
#define SENSE(id, key, asc, ascq, text) { asc, ascq, text },
#include "vtl/scsi/sense.def"
#undef SENSE
	{ 0x04, 0x00, "logical unit not ready, cause not reportable" },
	{ 0x04, 0x03, "logical unit not ready, manual intervention required" },
	{ 0x08, 0x00, "logical unit communication failure" },
	{ 0x11, 0x00, "unrecovered read error" },
	{ 0x27, 0x00, "write protected" },
	{ 0x28, 0x00, "medium may have changed" },
	{ 0x29, 0x00, "power on, reset, or bus device reset occurred" },
	{ 0x3b, 0x0d, "medium destination element full" },
	{ 0x3b, 0x0e, "medium source element empty" },
	{ 0x53, 0x02, "medium removal prevented" },
	{ 0x53, 0x00, "media load or eject failed" },
};

/* clang-format off */
static const char *const keys[16] = {
	"NO SENSE", "RECOVERED ERROR", "NOT READY", "MEDIUM ERROR", "HARDWARE ERROR",
	"ILLEGAL REQUEST", "UNIT ATTENTION", "DATA PROTECT", "BLANK CHECK", "VENDOR SPECIFIC",
	"COPY ABORTED", "ABORTED COMMAND", "RESERVED", "VOLUME OVERFLOW", "MISCOMPARE", "COMPLETED",
};
/* clang-format on */

const char *sense_key_name(uint8_t key)
{
	return keys[key & 0x0f];
}

static void fixed_decode(const uint8_t *b, size_t len, struct sense_seen *s)
{
	if (len < 3)
		return;
	s->present = true;
	s->key = b[2] & 0x0f;
	s->filemark = b[2] & 0x80;
	s->eom = b[2] & 0x40;
	s->ili = b[2] & 0x20;
	if (len >= 7 && b[0] & 0x80) {
		s->valid = true;
		s->information = (int32_t)get_be32(b + 3);
	}
	if (len >= 14) {
		s->asc = b[12];
		s->ascq = b[13];
	}
}

/* SPC-5 4.4.2: descriptors 00h (information) and 04h (stream commands). */
static void descriptors_decode(const uint8_t *b, size_t len, struct sense_seen *s)
{
	if (len < 8)
		return;
	s->present = true;
	s->key = b[1] & 0x0f;
	s->asc = b[2];
	s->ascq = b[3];
	size_t end = 8 + (size_t)b[7] < len ? 8 + (size_t)b[7] : len;
	for (size_t at = 8; at + 4 <= end; at += 2 + (size_t)b[at + 1]) {
		if (b[at] == 0x00 && at + 12 <= end && b[at + 2] & 0x80) {
			s->valid = true;
			s->information = (int64_t)get_be64(b + at + 4);
		} else if (b[at] == 0x04) {
			s->filemark = b[at + 3] & 0x80;
			s->eom = b[at + 3] & 0x40;
			s->ili = b[at + 3] & 0x20;
		}
	}
}

void sense_decode(const uint8_t *bytes, size_t len, struct sense_seen *ret)
{
	*ret = (struct sense_seen){ 0 };
	if (!len)
		return;
	uint8_t code = bytes[0] & 0x7f;
	ret->deferred = code == 0x71 || code == 0x73;
	if (code == 0x70 || code == 0x71)
		fixed_decode(bytes, len, ret);
	else if (code == 0x72 || code == 0x73)
		descriptors_decode(bytes, len, ret);
}

static const char *sense_text(const struct sense_seen *s)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].asc == s->asc && texts[i].ascq == s->ascq)
			return texts[i].text;
	return "unknown additional sense code";
}

/* Statuses (SAM-5 5.3.1) that Evertape itself does not use. */
static const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
		{ 0x04, "condition met" },
		{ 0x10, "intermediate" },
		{ 0x28, "the device's queue is full" },
		{ 0x30, "auto contingent allegiance (ACA) active" },
		{ 0x40, "another host aborted the command" },
		{ 0x02, "check condition without sense data" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "unknown status";
}

const char *command_text(const struct command *c, char text[static WHY_LEN])
{
	const struct sense_seen *s = &c->sense;

	if (c->error == -ECONNRESET)
		snprintf(text, WHY_LEN, "the connection was lost");
	else if (c->error == -ETIMEDOUT)
		snprintf(text, WHY_LEN, "no answer in time");
	else if (c->error)
		snprintf(text, WHY_LEN, "%s", strerror(-c->error));
	else if (c->status == STATUS_GOOD)
		snprintf(text, WHY_LEN, "good");
	else if (c->status == STATUS_BUSY)
		snprintf(text, WHY_LEN, "the device is busy");
	else if (c->status == STATUS_CONFLICT)
		snprintf(text, WHY_LEN, "another host has reserved the device");
	else if (c->status != STATUS_CHECK || !s->present)
		snprintf(text, WHY_LEN, "%s (status %02Xh)", status_text(c->status), c->status);
	else
		snprintf(text, WHY_LEN, "%s%s: %s (%02Xh/%02Xh)%s%s%s", s->deferred ? "deferred " : "",
			sense_key_name(s->key), sense_text(s), s->asc, s->ascq,
			s->filemark ? ", filemark" : "", s->eom ? ", end of medium" : "",
			s->ili ? ", wrong length" : "");
	return text;
}
