/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a medium changer (SMC): element status and moves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/changer_report.h"
#include "admin/initiator/session.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/scsi/opcode.h"

enum {
	REPORT_MODEST = 4096,
	REPORT_LARGE = 64 << 10,
	REPORT_MAX = 0xffffff,
	MOVE_TIMEOUT_S = 900,
	KEY_ILLEGAL_REQUEST = 5,
};

/* The forms of READ ELEMENT STATUS, the most informative first; a refusal selects the next form.  Hosts
 * use a small allocation length.  After a lost connection only the last form is tried, because some
 * changers fail on bits they do not know, or send more data than allowed. */
static const struct ask {
	bool tags, ids; /* VOLTAG, DVCID */
	uint32_t size;
} asks[] = {
	{ true, true, REPORT_MODEST },
	{ false, true, REPORT_MODEST },
	{ true, false, REPORT_MODEST },
	{ false, false, REPORT_MODEST },
	{ true, false, REPORT_LARGE },
};
enum { ASK_PLAIN = 2, ASK_AFTER_LOSS = 4, ASK_END };

struct range {
	uint16_t start, number;
};

static int run(struct session *s, int lun, struct command *c, const char *what, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	int err = command_settled(s, lun, c);
	if (err)
		snprintf(why, WHY_LEN, "%s: %.200s", what, command_text(c, text));
	return err;
}

/* Sends READ ELEMENT STATUS (SMC-3 6.10) for one type.  CURDATA is 0, as hosts send it.  -EOPNOTSUPP: the
 * changer refuses this form. */
static int report_read(struct session *s, int lun, uint8_t type, struct range r, const struct ask *a,
	uint8_t *buf, uint32_t size, uint32_t *ret_len, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_READ_ELEMENT_STATUS, (uint8_t)(a->tags << 4 | type), 0, 0, 0, 0,
				     a->ids },
		.cdb_len = 12,
		.direction = MOVE_IN,
		.part = { { buf, size } } };
	char what[80];
	put_be16(c.cdb + 2, r.start);
	put_be16(c.cdb + 4, r.number);
	put_be24(c.cdb + 7, size);
	memset(buf, 0, size);
	snprintf(what, sizeof what, "READ ELEMENT STATUS of %ss%s", element_type_name(type),
		a->ids ? " with device identifiers (DVCID)" : "");
	int err = run(s, lun, &c, what, why);
	if (!err)
		*ret_len = c.moved;
	return err == -EREMOTEIO && c.sense.key == KEY_ILLEGAL_REQUEST ? -EOPNOTSUPP : err;
}

/* Reads the report, and again with a larger allocation length if the first was too short.  Keeps the first
 * data if the second command fails. */
static int report_fetch(struct session *s, int lun, uint8_t type, struct range r, const struct ask *a,
	struct inventory *inv, char why[static WHY_LEN])
{
	uint32_t len, longer_len;
	autofree uint8_t *buf = malloc(a->size);
	if (!buf)
		return -ENOMEM;
	int err = report_read(s, lun, type, r, a, buf, a->size, &len, why);
	if (err)
		return err;
	uint32_t whole = report_whole(buf, len, REPORT_MAX);
	autofree uint8_t *longer = whole > a->size ? malloc(whole) : NULL;
	if (longer && !report_read(s, lun, type, r, a, longer, whole, &longer_len, why))
		err = report_decode(longer, longer_len, type, inv);
	else
		err = report_decode(buf, len, type, inv);
	if (err == -EPROTO && *why) /* the second command was refused */
		memcpy(inv->unread[type], why, WHY_LEN);
	else if (err == -EPROTO)
		snprintf(inv->unread[type], WHY_LEN,
			"READ ELEMENT STATUS of %ss: the length fields of the answer "
			"do not agree",
			element_type_name(type));
	return err == -EPROTO ? 0 : err;
}

/* Opens a lost connection again if the session's options ask for it. */
static int recover(struct session *s, char why[static WHY_LEN])
{
	if (!session_lost(s))
		return 0;
	return s->options.reopen && !session_reopen(s, why) ? 0 : -ECONNRESET;
}

/* Tries simpler forms until the changer answers.  Other errors than a refusal or a lost connection do not
 * depend on the form. */
static int type_ask(struct session *s, int lun, uint8_t type, struct range r, struct inventory *inv,
	char why[static WHY_LEN])
{
	int err = -EOPNOTSUPP;
	for (int i = type == ELEMENT_DRIVE ? 0 : ASK_PLAIN; i < ASK_END;) {
		*why = '\0';
		err = report_fetch(s, lun, type, r, &asks[i], inv, why);
		if (asks[i].ids && err && !*inv->unnamed)
			memcpy(inv->unnamed, why, WHY_LEN);
		else if (asks[i].ids && !err)
			*inv->unnamed = '\0';
		bool lost = session_lost(s);
		if (lost && recover(s, why))
			return -ECONNRESET;
		if (!err || (!lost && err != -EOPNOTSUPP && err != -EIO))
			return err;
		i = lost && i < ASK_AFTER_LOSS ? ASK_AFTER_LOSS : i + 1;
		if (!lost && i == ASK_AFTER_LOSS)
			break;
	}
	return err;
}

/* Reads first address and number of a type from the Element Address Assignment page (SMC-3 7.3.4). */
static bool range_read(struct session *s, int lun, uint8_t type, struct range *ret, char why[static WHY_LEN])
{
	enum { PAGE_LEN = 20, HEADER_LEN = 4 };
	static const uint8_t fields[ELEMENT_TYPES] = { [ELEMENT_TRANSPORT] = 2,
		[ELEMENT_SLOT] = 6,
		[ELEMENT_MAILSLOT] = 10,
		[ELEMENT_DRIVE] = 14 };
	uint8_t buf[36] = { 0 };
	char said[WHY_LEN] = "";
	struct command c = { .cdb = { OPCODE_MODE_SENSE_6, 0x08, 0x1d, 0, sizeof buf },
		.cdb_len = 6,
		.direction = MOVE_IN,
		.part = { { buf, sizeof buf } } };
	int err = run(s, lun, &c, "MODE SENSE", said);
	if (recover(s, said))
		memcpy(why, said, WHY_LEN);
	if (err || session_lost(s))
		return false;
	size_t page = HEADER_LEN + (size_t)buf[3];
	if (page + PAGE_LEN > c.moved || (buf[page] & 0x3f) != 0x1d)
		return false;
	ret->start = get_be16(buf + page + fields[type]);
	ret->number = get_be16(buf + page + fields[type] + 2);
	return true;
}

/* Some changers accept only the exact range of their mode page; some refuse a type of which they have no
 * element. */
static int type_read(struct session *s, int lun, uint8_t type, struct inventory *inv,
	char why[static WHY_LEN])
{
	static const struct range all = { 0, 0xffff };
	struct range own;
	int err = type_ask(s, lun, type, all, inv, why);
	bool none = false;
	if (session_lost(s))
		return -ECONNRESET;
	if (err == -EOPNOTSUPP && range_read(s, lun, type, &own, why)) {
		none = !own.number;
		err = none ? 0 : type_ask(s, lun, type, own, inv, why);
	}
	if (session_lost(s))
		return -ECONNRESET;
	if (err)
		memcpy(inv->unread[type], why, WHY_LEN);
	if (err || none)
		*inv->unnamed = '\0';
	return err;
}

int changer_inventory(struct session *s, int lun, struct inventory *ret, char why[static WHY_LEN])
{
	struct inventory inv = { 0 };
	int first = 0, err = 0, told = 0;
	for (uint8_t type = ELEMENT_TRANSPORT; type <= ELEMENT_DRIVE; type++) {
		/* A changer that did not answer in time is not asked again, because each try takes
		 * minutes. */
		if (err == -ETIMEDOUT)
			memcpy(inv.unread[type], inv.unread[type - 1], WHY_LEN);
		else
			err = type_read(s, lun, type, &inv, why);
		if (session_lost(s)) {
			inventory_fini(&inv);
			return -ECONNRESET;
		}
		first = first ? first : err;
		told += !err;
	}
	if (!told) {
		memcpy(why, inv.unread[ELEMENT_TRANSPORT], WHY_LEN);
		inventory_fini(&inv);
		return first == -EOPNOTSUPP ? -EREMOTEIO : first;
	}
	*ret = inv;
	return 0;
}

void inventory_fini(struct inventory *inv)
{
	free(inv->elements);
	*inv = (struct inventory){ 0 };
}

const struct element_seen *inventory_at(const struct inventory *inv, uint16_t address)
{
	for (size_t i = 0; i < inv->count; i++)
		if (inv->elements[i].address == address)
			return &inv->elements[i];
	return NULL;
}

const char *element_type_name(uint8_t type)
{
	static const char *const names[] = { "element", "transport", "slot", "mailslot", "drive" };
	return names[type < sizeof names / sizeof *names ? type : 0];
}

int changer_move_sense(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	struct sense_seen *ret_sense, char why[static WHY_LEN])
{
	struct command c = { .cdb = { OPCODE_MOVE_MEDIUM }, .cdb_len = 12, .timeout_s = MOVE_TIMEOUT_S };
	put_be16(c.cdb + 2, transport);
	put_be16(c.cdb + 4, from);
	put_be16(c.cdb + 6, to);
	int err = run(s, lun, &c, "MOVE MEDIUM", why);
	*ret_sense = c.sense;
	return err;
}

int changer_move(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	char why[static WHY_LEN])
{
	struct sense_seen sense;
	return changer_move_sense(s, lun, transport, from, to, &sense, why);
}
