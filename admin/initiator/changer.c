/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a medium changer (SMC): what stands where, and moving it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/initiator.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

enum {
	STATUS_HEADER = 8, PAGE_HEADER = 8, TAG_LEN = 36, ELEMENT_LEAST = 12,
	REPORT_FIRST = 64 << 10, REPORT_MAX = 0xffffff, ELEMENTS_MAX = 65536, MOVE_TIMEOUT_S = 900,
};

static int run(struct session *s, int lun, struct command *c, const char *what,
	char why[static WHY_LEN])
{
	char text[WHY_LEN];
	int err = command_run(s, lun, c);
	if (err == -EREMOTEIO && c->sense.key == 6)
		err = command_run(s, lun, c);
	if (err)
		snprintf(why, WHY_LEN, "%s: %.240s", what, command_text(c, text));
	return err;
}

/* READ ELEMENT STATUS, all types, with volume tags and, where asked, device identifiers. */
static int report_read(struct session *s, int lun, bool ids, uint8_t *buf, uint32_t size,
	uint32_t *ret_len, char why[static WHY_LEN])
{
	struct command c = { .cdb = { 0xb8, 0x10, 0, 0, 0xff, 0xff, ids }, .cdb_len = 12,
		.direction = MOVE_IN, .part = { { buf, size } } };
	put_be24(c.cdb + 7, size);
	memset(buf, 0, size);
	int err = run(s, lun, &c, "READ ELEMENT STATUS", why);
	if (err)
		return err;
	*ret_len = c.moved;
	return 0;
}

/* The descriptor after the volume tags: code set, type, reserved, length, identifier. */
static void id_decode(const uint8_t *d, size_t len, struct element_seen *e)
{
	if (len < 4 || !d[3] || (size_t)d[3] + 4 > len || (size_t)d[3] + 4 > sizeof e->id)
		return;
	e->id_len = (size_t)d[3] + 4;
	memcpy(e->id, d, e->id_len);
}

static void element_decode(const uint8_t *d, size_t len, uint8_t type, bool primary, bool alternate,
	struct element_seen *e)
{
	*e = (struct element_seen){ .address = get_be16(d), .type = type, .full = d[2] & 0x01,
		.except = d[2] & 0x04, .asc = d[4], .ascq = d[5] };
	e->source_valid = d[9] & 0x80;
	e->source = get_be16(d + 10);
	size_t at = ELEMENT_LEAST;
	if (primary && at + TAG_LEN <= len) {
		if (e->full)
			text_trim(e->barcode, sizeof e->barcode, d + at, 32);
		at += TAG_LEN;
	}
	if (alternate && at + TAG_LEN <= len)
		at += TAG_LEN;
	id_decode(d + at, len - at, e);
}

static int element_order(const void *a, const void *b)
{
	return ((const struct element_seen *)a)->address - ((const struct element_seen *)b)->address;
}

/* Walks the pages of a report; lengths that do not fit end the walk, they are never believed. */
static int report_decode(const uint8_t *buf, size_t len, struct inventory *inv)
{
	size_t room = len / ELEMENT_LEAST + 1;
	if (room > ELEMENTS_MAX)
		room = ELEMENTS_MAX;
	inv->elements = calloc(room, sizeof *inv->elements);
	if (!inv->elements)
		return -ENOMEM;
	for (size_t at = STATUS_HEADER; at + PAGE_HEADER <= len;) {
		const uint8_t *page = buf + at;
		size_t step = get_be16(page + 2);
		size_t bytes = get_be24(page + 5);
		at += PAGE_HEADER;
		if (step < ELEMENT_LEAST || bytes > len - at)
			return -EPROTO;
		for (size_t k = 0; k + step <= bytes && inv->count < room; k += step)
			element_decode(buf + at + k, step, page[0], page[1] & 0x80, page[1] & 0x40,
				&inv->elements[inv->count++]);
		at += bytes;
	}
	qsort(inv->elements, inv->count, sizeof *inv->elements, element_order);
	return 0;
}

/* A buffer that held the whole report; asks once more when the first one was too small.  Weak
 * targets write past a small allocation length, so the first is generous. */
static int report_fetch(struct session *s, int lun, bool ids, uint8_t **ret_buf, uint32_t *ret_len,
	char why[static WHY_LEN])
{
	uint32_t size = REPORT_FIRST;
	for (int round = 0; round < 2; round++) {
		autofree uint8_t *buf = malloc(size);
		uint32_t len;
		if (!buf)
			return -ENOMEM;
		int err = report_read(s, lun, ids, buf, size, &len, why);
		if (err)
			return err;
		uint32_t whole = len >= STATUS_HEADER ? get_be24(buf + 5) + STATUS_HEADER : 0;
		if (whole <= size || round) {
			*ret_len = whole < len ? whole : len;
			*ret_buf = take_ptr(buf);
			return 0;
		}
		size = whole > REPORT_MAX ? REPORT_MAX : whole;
	}
	return -EPROTO;
}

int changer_inventory(struct session *s, int lun, struct inventory *ret, char why[static WHY_LEN])
{
	struct inventory inv = { 0 };
	autofree uint8_t *buf = NULL;
	uint32_t len = 0;
	int err = report_fetch(s, lun, true, &buf, &len, why);
	if (err == -EREMOTEIO) {
		inv.ids_refused = true;
		err = report_fetch(s, lun, false, &buf, &len, why);
	}
	if (err)
		return err;
	err = report_decode(buf, len, &inv);
	if (err) {
		inventory_fini(&inv);
		snprintf(why, WHY_LEN, "READ ELEMENT STATUS: its lengths do not fit together");
		return err;
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

int changer_move(struct session *s, int lun, uint16_t transport, uint16_t from, uint16_t to,
	char why[static WHY_LEN])
{
	struct command c = { .cdb = { 0xa5 }, .cdb_len = 12, .timeout_s = MOVE_TIMEOUT_S };
	put_be16(c.cdb + 2, transport);
	put_be16(c.cdb + 4, from);
	put_be16(c.cdb + 6, to);
	return run(s, lun, &c, "MOVE MEDIUM", why);
}
