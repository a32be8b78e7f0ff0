/* SPDX-License-Identifier: Apache-2.0 */
/* The host's view: where cartridges are, what the units are called, what a tape holds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/passport.h"
#include "tests/crash/crash.h"
#include "vtl/base/cleanup.h"

enum { ISID_CRASH = 0x7003 };

static const struct session_options options = { .isid = ISID_CRASH, .timeout_s = 30 };

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);
	return k && k <= n && !strcmp(text + n - k, end);
}

/* The element of the drive at a LUN, by serial. */
static bool element_find(struct host *h, struct drive_seen *drive, const struct inventory *inv,
	char why[static WHY_LEN])
{
	uint8_t page[256];
	char serial[64] = "", id[64];
	int len = device_page(h->session, drive->lun, 0x80, page, sizeof page, why);
	if (len > 4)
		text_trim(serial, sizeof serial, page + 4, (size_t)len - 4);
	for (size_t i = 0; len > 4 && i < inv->count; i++) {
		const struct element_seen *e = &inv->elements[i];
		if (e->type == ELEMENT_TRANSPORT)
			h->transport = e->address;
		if (e->type != ELEMENT_DRIVE || e->id_len <= 4)
			continue;
		text_trim(id, sizeof id, e->id + 4, e->id_len - 4);
		if (ends_with(id, serial)) {
			drive->element = e->address;
			return true;
		}
	}
	if (len > 4)
		snprintf(why, WHY_LEN, "no drive element has the serial %s", serial);
	return false;
}

/* The changer is asked last: only then is its unit attention out of the way. */
static bool units_find(struct host *h, char why[static WHY_LEN])
{
	int luns[LUNS_MAX], drives = 0;
	int count = device_luns(h->session, luns, why);
	h->changer = -1;
	for (int i = 0; i < count; i++) {
		uint8_t inquiry[96];
		if (device_inquiry(h->session, luns[i], inquiry, sizeof inquiry, why) < 36)
			return false;
		if ((inquiry[0] & 0x1f) == TYPE_CHANGER)
			h->changer = luns[i];
		else if ((inquiry[0] & 0x1f) == TYPE_TAPE && drives < DRIVES)
			h->drives[drives++].lun = luns[i];
	}
	if (count < 0)
		return false;
	if (h->changer >= 0 && drives == DRIVES)
		return device_ready(h->session, h->changer, why) == 0;
	snprintf(why, WHY_LEN, "the target shows %d drives and %s changer", drives,
		h->changer < 0 ? "no" : "a");
	return false;
}

bool host_login(struct host *h, char why[static WHY_LEN])
{
	struct portal p;
	struct target_list list;
	struct inventory inv;
	if (!portal_parse(h->daemon->listen, &p, why) || portal_discover(&p, &options, &list, why))
		return false;
	if (list.count == 1)
		snprintf(p.target, sizeof p.target, "%s", list.targets[0].name);
	else
		snprintf(why, WHY_LEN, "the portal shows %zu targets", list.count);
	bool ok = list.count == 1 && !session_open(&p, &options, &h->session, why);
	target_list_fini(&list);
	if (!ok || !units_find(h, why) || changer_inventory(h->session, h->changer, &inv, why))
		return false;
	for (int i = 0; i < DRIVES && ok; i++)
		ok = element_find(h, &h->drives[i], &inv, why);
	inventory_fini(&inv);
	return ok;
}

static const struct element_seen *barcode_at(const struct inventory *inv, const char *barcode)
{
	for (size_t i = 0; i < inv->count; i++)
		if (inv->elements[i].full && !strcmp(inv->elements[i].barcode, barcode))
			return &inv->elements[i];
	return NULL;
}

static const struct element_seen *slot_empty(const struct inventory *inv, struct dice *dice)
{
	size_t skip = dice_below(dice, 8);
	const struct element_seen *last = NULL;
	for (size_t i = 0; i < inv->count; i++)
		if (inv->elements[i].type == ELEMENT_SLOT && !inv->elements[i].full) {
			last = &inv->elements[i];
			if (!skip--)
				break;
		}
	return last;
}

/* Takes what is in a drive to an empty slot. */
static int drive_clear(struct host *h, const struct inventory *inv, const struct drive_seen *d,
	char why[static WHY_LEN])
{
	const struct element_seen *e = inventory_at(inv, d->element);
	const struct element_seen *slot = slot_empty(inv, &h->dice);
	if (!e->full)
		return 0;
	if (!slot) {
		snprintf(why, WHY_LEN, "no slot is empty");
		return -ENOENT;
	}
	int err = device_ready(h->session, d->lun, why) ? 0 : tape_load(h->session, d->lun, false, why);
	h->moves++;
	return err ? err : changer_move(h->session, h->changer, h->transport, d->element, slot->address, why);
}

static int mount(struct host *h, const struct tape *t, const struct inventory *inv, int *ret_lun,
	char why[static WHY_LEN])
{
	const struct element_seen *at = barcode_at(inv, t->barcode);
	const struct drive_seen *d = &h->drives[dice_below(&h->dice, DRIVES)];
	if (!at) {
		snprintf(why, WHY_LEN, "%s is in no element", t->barcode);
		return -ENOENT;
	}
	for (int i = 0; i < DRIVES; i++)
		if (h->drives[i].element == at->address)
			d = &h->drives[i];
	int err = 0;
	if (at->address != d->element) {
		err = drive_clear(h, inv, d, why);
		if (!err)
			err = changer_move(h->session, h->changer, h->transport, at->address, d->element,
				why);
		h->moves++;
	}
	if (!err && device_ready(h->session, d->lun, why) && tape_load(h->session, d->lun, true, why))
		err = -EIO;
	if (!err)
		err = device_ready(h->session, d->lun, why);
	if (!err)
		err = tape_variable(h->session, d->lun, why);
	*ret_lun = d->lun;
	return err;
}

int host_mount(struct host *h, const struct tape *t, char why[static WHY_LEN])
{
	struct inventory inv;
	int lun = -1;
	if (changer_inventory(h->session, h->changer, &inv, why))
		return -1;
	int err = mount(h, t, &inv, &lun, why);
	inventory_fini(&inv);
	return err ? -1 : lun;
}

bool host_check_places(struct host *h, char why[static WHY_LEN])
{
	struct inventory inv;
	size_t full = 0;
	if (changer_inventory(h->session, h->changer, &inv, why))
		return false;
	for (size_t i = 0; i < inv.count; i++)
		full += inv.elements[i].full;
	bool ok = full == TAPES;
	if (!ok)
		snprintf(why, WHY_LEN, "%d cartridges stand in %zu elements", TAPES, full);
	for (int i = 0; i < TAPES && ok; i++) {
		ok = barcode_at(&inv, h->tapes[i].barcode) != NULL;
		if (!ok)
			snprintf(why, WHY_LEN, "%s is in no element", h->tapes[i].barcode);
	}
	inventory_fini(&inv);
	return ok;
}

bool host_check_names(struct host *h, char why[static WHY_LEN])
{
	struct portal p;
	struct passport_difference d;
	struct session_options other = options;
	other.isid++; /* beside our session, not instead of it */
	json_t *now = portal_parse(h->daemon->listen, &p, why) ? passport_read(&p, &other, why) : NULL;
	if (!now)
		return false;
	if (!h->passport) {
		h->passport = now;
		return true;
	}
	passport_compare(h->passport, now, false, &d);
	size_t count = json_array_size(d.differences) + json_array_size(d.additions);
	const json_t *first = json_array_get(d.differences, 0);
	if (count)
		snprintf(why, WHY_LEN, "%zu names differ, first %s of %s", count,
			first ? json_string_value(json_object_get(first, "what")) : "an addition",
			first ? json_string_value(json_object_get(first, "where")) : "the portal");
	json_decref(d.differences);
	json_decref(d.additions);
	json_decref(now);
	return !count;
}

/* One record: its stamp says which it is, its body proves it whole. */
static bool item_read(struct host *h, int tape, const uint8_t *buf, uint32_t len, struct item *item,
	char why[static WHY_LEN])
{
	char text[200];
	struct pattern_name n = { .drive = (uint32_t)tape, .len = len };
	if (len >= PATTERN_STAMP && pattern_ours(buf, len))
		for (int i = 16; i < 24; i++)
			n.record = n.record << 8 | buf[i];
	*item = (struct item){ .len = len, .serial = n.record };
	if (pattern_verify(&h->pattern, &n, buf, text, sizeof text))
		return true;
	snprintf(why, WHY_LEN, "%s: a record of %u bytes %s", h->tapes[tape].barcode, len, text);
	return false;
}

static bool tape_walk(struct host *h, int tape, int lun, uint8_t *buf, struct tape *seen,
	char why[static WHY_LEN])
{
	for (;;) {
		uint32_t len;
		struct item item = { .mark = true };
		enum tape_end end = tape_read(h->session, lun, buf, RECORD_MAX, &len, why);
		if (end == TAPE_END_OF_DATA)
			return true;
		if (end == TAPE_LONGER)
			snprintf(why, WHY_LEN, "%s: a record of %u bytes, longer than any written",
				h->tapes[tape].barcode, len);
		if (end == TAPE_LONGER || end == TAPE_FAILED)
			return false;
		if (end == TAPE_RECORD && !item_read(h, tape, buf, len, &item, why))
			return false;
		if (!tape_append(seen, &item))
			return false;
	}
}

bool host_check_tape(struct host *h, struct tape *t, char why[static WHY_LEN])
{
	autofree uint8_t *buf = malloc(RECORD_MAX);
	struct tape seen = { 0 };
	int lun = host_mount(h, t, why);
	if (lun < 0 || !buf || tape_rewind(h->session, lun, why))
		return false;
	bool ok = tape_walk(h, (int)(t - h->tapes), lun, buf, &seen, why) &&
		tape_judge(t, seen.items, seen.count, why);
	tape_fini(&seen);
	return ok;
}
