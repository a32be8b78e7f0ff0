/* SPDX-License-Identifier: Apache-2.0 */
/* MODE SENSE(6) and (10) (SPC-5 6.14, 6.15): header, block descriptor, and pages from the rows. */
#include <string.h>

#include "vtl/scsi/core.h"

enum { PC_CURRENT, PC_CHANGEABLE, PC_DEFAULT, PC_SAVED };
enum { ALL_PAGES = 0x3f, ALL_SUBPAGES = 0xff, HEADER_6 = 4, HEADER_10 = 8, BLOCK = 8 };

/* One page for the given page control. The header of two or four bytes is the same for all. */
static void image(const struct task *task, const struct mode_page *pg, size_t off, unsigned pc,
	uint8_t out[static MODE_PAGE_MAX])
{
	struct lu *lu = task->lu;
	unsigned header = pg->subpage ? 4 : 2;
	const uint8_t *current = mode_current(lu, task->lu_nexus, pg, off);

	memcpy(out, current, header);
	switch (pc) {
	case PC_CURRENT:
		memcpy(out, current, pg->len);
		if (pg->fill)
			pg->fill(lu, task->lu_nexus, out);
		break;
	case PC_CHANGEABLE:
		memset(out + header, 0, pg->len - header);
		if (pg->mask)
			memcpy(out + header, pg->mask + header, pg->len - header);
		break;
	case PC_DEFAULT: memcpy(out + header, pg->defaults + header, pg->len - header); break;
	case PC_SAVED:
		/* For pages that are not savable the saved values are the defaults; asking is not an error. */
		memcpy(out + header, lu->mode_saved + off + header, pg->len - header);
		break;
	}
	/* Live values are their own defaults. */
	if (pg->fill && (pc == PC_DEFAULT || pc == PC_SAVED))
		pg->fill(lu, task->lu_nexus, out);
}

struct wanted {
	unsigned page, subpage;
};

static bool is_wanted(const struct wanted *want, const struct mode_page *pg)
{
	if (want->page == ALL_PAGES)
		return !pg->hidden && (want->subpage == ALL_SUBPAGES || !pg->subpage);
	return pg->page == want->page && (want->subpage == ALL_SUBPAGES || pg->subpage == want->subpage);
}

/* True when there is something to send; else the sense points at the unknown page. */
static bool check_wanted(struct task *task, const struct wanted *want)
{
	bool page_known = want->page == ALL_PAGES;

	/* Page 00h: only header and block descriptor; Windows asks for it. */
	if (!want->page && (!want->subpage || want->subpage == ALL_SUBPAGES))
		return true;
	if (want->page == ALL_PAGES && want->subpage && want->subpage != ALL_SUBPAGES) {
		task_fail_cdb(task, 3, 7);
		return false;
	}
	if (want->page == ALL_PAGES)
		return true;
	for (const struct mode_page *pg = task->lu->mode_pages; pg->len; pg++) {
		if (is_wanted(want, pg))
			return true;
		page_known |= pg->page == want->page;
	}
	task_fail_cdb(task, page_known ? 3 : 2, page_known ? 7 : 5);
	return false;
}

/* Writes whole pages below limit: MODE SENSE(6) cannot return more than 255 bytes. */
static void put_pages(const struct task *task, const struct wanted *want, unsigned pc, struct wire *w,
	size_t limit)
{
	uint8_t page[MODE_PAGE_MAX];
	size_t off = 0;

	for (const struct mode_page *pg = task->lu->mode_pages; pg->len; off += pg->len, pg++) {
		if (!is_wanted(want, pg) || wire_len(w) + pg->len > limit)
			continue;
		image(task, pg, off, pc, page);
		wire_mem(w, page, pg->len);
	}
}

static void mode_sense(struct task *task, bool ten)
{
	struct lu *lu = task->lu;
	unsigned pc = (unsigned)cdb_field(task, "pc");
	struct wanted want = { (unsigned)cdb_field(task, "page_code"),
		(unsigned)cdb_field(task, "subpage_code") };
	bool block = lu->type->mode_block && !cdb_field(task, "dbd");
	uint8_t data[4096] = { 0 };
	uint8_t medium_type = 0, specific = 0;

	if (!check_wanted(task, &want))
		return;
	struct wire w = wire_over(data, sizeof data);
	wire_zero(&w, ten ? HEADER_10 : HEADER_6);
	if (block)
		lu->type->mode_block(lu, task->lu_nexus, wire_room(&w, BLOCK));
	put_pages(task, &want, pc, &w, ten ? sizeof data : 256);

	if (lu->type->mode_header)
		lu->type->mode_header(lu, task->lu_nexus, &medium_type, &specific);
	if (ten) {
		put_be16(data, (uint32_t)wire_len(&w) - 2);
		data[2] = medium_type;
		data[3] = specific;
		put_be16(data + 6, block ? BLOCK : 0);
	} else {
		data[0] = (uint8_t)(wire_len(&w) - 1);
		data[1] = medium_type;
		data[2] = specific;
		data[3] = block ? BLOCK : 0;
	}
	task_reply(task, data, wire_len(&w), cdb_field(task, "allocation_length"));
}

void scsi_mode_sense6(struct task *task)
{
	mode_sense(task, false);
}

void scsi_mode_sense10(struct task *task)
{
	mode_sense(task, true);
}
