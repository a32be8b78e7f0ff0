/* SPDX-License-Identifier: Apache-2.0 */
/* The units: how they are made, and how a host gets at them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/power/host.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"
#include "vtl/scsi/opcode.h"

static const struct session_options options = { .isid = 0x7004, .timeout_s = 60 };

const char *const unit_names[UNITS] = { "new", "used", "partitioned", "WORM", "encrypted" };
static const char *const barcodes[UNITS] = { "P00001L8", "P00002L8", "P00003L8", "P00004LY", "P00005L8" };
static const unsigned units[REELS] = { UNIT_NEW, UNIT_USED, UNIT_PARTITIONED, UNIT_PARTITIONED, UNIT_WORM,
	UNIT_ENCRYPTED };

unsigned reel_unit(unsigned reel)
{
	return units[reel];
}

unsigned unit_reel(unsigned unit)
{
	unsigned reel = 0;
	while (units[reel] != unit)
		reel++;
	return reel;
}

const struct pattern *reel_pattern(const struct host *h, unsigned reel)
{
	return units[reel] == UNIT_ENCRYPTED ? &h->half : &h->random;
}

int reel_lun(const struct host *h, unsigned reel)
{
	return h->luns[units[reel]];
}

void tapes_name(struct tape tapes[static REELS])
{
	for (unsigned i = 0; i < REELS; i++)
		snprintf(tapes[i].barcode, sizeof tapes[i].barcode, "%s (%s, partition %u)",
			barcodes[units[i]], unit_names[units[i]], i - unit_reel(units[i]));
}

bool host_library(struct host *h, char why[static WHY_LEN])
{
	static const char *const create[] = { "library", "create", "power", "--drives", "5", "--slots", "8",
		"--compression", "lz4", NULL };
	static const char *const allow[] = { "initiator", "default", "allow", NULL };
	const char *fill[] = { "cartridge", "create", barcodes[0], barcodes[1], barcodes[2], barcodes[4],
		NULL };
	const char *worm[] = { "cartridge", "create", barcodes[UNIT_WORM], "--worm", NULL };
	bool ok = daemon_tell(h->daemon, create, why) && daemon_tell(h->daemon, fill, why) &&
		daemon_tell(h->daemon, worm, why) && daemon_tell(h->daemon, allow, why);
	for (unsigned i = 0; i < UNITS && ok; i++) {
		char number[8];
		const char *load[] = { "drive", "load", number, barcodes[i], NULL };
		snprintf(number, sizeof number, "%u", i + 1);
		ok = daemon_tell(h->daemon, load, why);
	}
	return ok;
}

static bool luns_find(struct host *h, char why[static WHY_LEN])
{
	int luns[LUNS_MAX];
	unsigned drives = 0;
	int count = device_luns(h->session, luns, why);
	for (int i = 0; i < count; i++) {
		uint8_t inquiry[96];
		if (device_inquiry(h->session, luns[i], inquiry, sizeof inquiry, why) < 36)
			return false;
		if ((inquiry[0] & 0x1f) == TYPE_TAPE && drives < UNITS)
			h->luns[drives++] = luns[i];
	}
	if (count >= 0 && drives < UNITS)
		snprintf(why, WHY_LEN, "the target shows %u drives", drives);
	return drives == UNITS;
}

/* The target's name stays, so it is asked for once. */
static bool target_find(struct host *h, char why[static WHY_LEN])
{
	struct target_list list;
	if (!portal_parse(h->daemon->listen, &h->portal, why) ||
		portal_discover(&h->portal, &options, &list, why))
		return false;
	if (list.count == 1)
		snprintf(h->portal.target, sizeof h->portal.target, "%s", list.targets[0].name);
	else
		snprintf(why, WHY_LEN, "the portal shows %zu targets", list.count);
	target_list_fini(&list);
	return *h->portal.target;
}

bool host_login(struct host *h, char why[static WHY_LEN])
{
	bool ok = (*h->portal.target || target_find(h, why)) &&
		!session_open(&h->portal, &options, &h->session, why) && luns_find(h, why);
	for (unsigned i = 0; i < UNITS && ok; i++)
		ok = unit_ready(h, i, why);
	return ok;
}

static bool run(struct host *h, int lun, struct command *c, const char *what, char why[static WHY_LEN])
{
	char text[WHY_LEN];
	if (!command_settled(h->session, lun, c))
		return true;
	snprintf(why, WHY_LEN, "%s: %.250s", what, command_text(c, text));
	return false;
}

/* Set Data Encryption page (SSC-5 8.5.3.2): AES-256-GCM, to encrypt, and to read nothing that is not encrypted. */
static bool key_set(struct host *h, int lun, char why[static WHY_LEN])
{
	enum { KEY_AT = 20, KEY_LEN = 32, THIS_SESSION = 1 << 5, ENCRYPT = 2, DECRYPT = 2, AES_256_GCM = 1 };
	uint8_t list[KEY_AT + KEY_LEN] = { 0, 0x10, 0, sizeof list - 4, THIS_SESSION, [6] = ENCRYPT, DECRYPT,
		AES_256_GCM, [KEY_AT - 1] = KEY_LEN };
	memset(list + KEY_AT, 0x5a, KEY_LEN);
	struct command c = { .cdb = { OPCODE_SECURITY_PROTOCOL_OUT, 0x20, 0, 0x10, [9] = sizeof list },
		.cdb_len = 12,
		.direction = MOVE_OUT,
		.part = { { list, sizeof list } } };
	return run(h, lun, &c, "SECURITY PROTOCOL OUT", why);
}

bool unit_ready(struct host *h, unsigned unit, char why[static WHY_LEN])
{
	int lun = h->luns[unit];
	if (device_ready(h->session, lun, why) &&
		(tape_load(h->session, lun, true, why) || device_ready(h->session, lun, why)))
		return false;
	return !tape_variable(h->session, lun, why) && (unit != UNIT_ENCRYPTED || key_set(h, lun, why));
}

bool host_format(struct host *h, char why[static WHY_LEN])
{
	int lun = h->luns[UNIT_PARTITIONED];
	/* Medium Partition page (SSC-5 8.4): one additional partition, SDP: the drive chooses the sizes. */
	uint8_t list[20] = { 0, 0, 0x10, 0, 0x11, 14, 3, 1, 0x5c, 3, 9 };
	struct command select = { .cdb = { OPCODE_MODE_SELECT_6, 0x10, 0, 0, sizeof list },
		.cdb_len = 6,
		.direction = MOVE_OUT,
		.part = { { list, sizeof list } } };
	struct command format = { .cdb = { OPCODE_FORMAT_MEDIUM, 0, 1 }, .cdb_len = 6 };
	return run(h, lun, &select, "MODE SELECT", why) && run(h, lun, &format, "FORMAT MEDIUM", why);
}

bool reel_locate(struct host *h, unsigned reel, uint64_t item, char why[static WHY_LEN])
{
	enum { CHANGE_PARTITION = 2 };
	struct command c = { .cdb = { OPCODE_LOCATE_16, CHANGE_PARTITION, 0,
				     (uint8_t)(reel - unit_reel(units[reel])) },
		.cdb_len = 16 };
	put_be64(c.cdb + 4, item);
	return run(h, reel_lun(h, reel), &c, "LOCATE", why);
}

/* One record: its stamp says which it is, its body proves it whole. */
static bool item_read(struct host *h, unsigned reel, const uint8_t *buf, uint32_t len, struct item *item,
	char why[static WHY_LEN])
{
	char text[200];
	struct pattern_name n = { .drive = reel, .len = len };
	if (len >= PATTERN_STAMP && pattern_ours(buf, len))
		n.record = get_be64(buf + 16);
	*item = (struct item){ .len = len, .serial = n.record };
	if (pattern_verify(reel_pattern(h, reel), &n, buf, text, sizeof text))
		return true;
	snprintf(why, WHY_LEN, "%s: a record of %u bytes %s", h->tapes[reel].barcode, len, text);
	return false;
}

static bool reel_walk(struct host *h, unsigned reel, uint8_t *buf, struct tape *seen,
	char why[static WHY_LEN])
{
	for (;;) {
		uint32_t len;
		char text[WHY_LEN] = "";
		struct item item = { .mark = true };
		enum tape_end end = tape_read(h->session, reel_lun(h, reel), buf, RECORD_MAX, &len, text);
		if (end == TAPE_END_OF_DATA)
			return true;
		if (end == TAPE_LONGER || end == TAPE_FAILED) {
			snprintf(why, WHY_LEN, "%s: item %zu: %.200s", h->tapes[reel].barcode, seen->count,
				end == TAPE_LONGER ? "longer than any written" : text);
			return false;
		}
		if (end == TAPE_RECORD && !item_read(h, reel, buf, len, &item, why))
			return false;
		if (!tape_append(seen, &item))
			return false;
	}
}

bool reel_check(struct host *h, unsigned reel, char why[static WHY_LEN])
{
	autofree uint8_t *buf = malloc(RECORD_MAX);
	struct tape seen = { 0 };
	bool ok = buf && reel_locate(h, reel, 0, why) && reel_walk(h, reel, buf, &seen, why) &&
		tape_judge(&h->tapes[reel], seen.items, seen.count, why);
	tape_fini(&seen);
	return ok;
}
