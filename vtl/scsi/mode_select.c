/* SPDX-License-Identifier: Apache-2.0 */
/* MODE SELECT(6) and (10) (SPC-5 6.12, 6.13). A list is applied whole or not at all. */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/scsi/core.h"

enum { HEADER_6 = 4, HEADER_10 = 8, BLOCK = 8, LONGLBA = 0x01, SPF = 0x40, PAGE = 0x3f };
enum { PAGES_MAX = 64 };

/* A page of the list, with its place in the list and in the LU. */
struct given {
	const struct mode_page *pg;
	size_t off; /* in lu->mode */
	size_t at;  /* in the list */
};

struct select {
	struct task *task;
	bool ten, save;
	bool rounded; /* a page took other values than it was given */
	uint8_t *list;
	size_t len;
	uint8_t specific;
	const uint8_t *block;
	unsigned n;
	struct given pages[PAGES_MAX];
};

static bool fail_list(struct select *s, size_t byte, int bit)
{
	task_fail_list(s->task, (unsigned)byte, bit);
	return false;
}

static bool fail_short(struct select *s)
{
	task_fail(s->task, SENSE_PARAMETER_LIST_LENGTH);
	return false;
}

/* Checks the header; *ret_at: offset of the pages. */
static bool check_header(struct select *s, size_t *ret_at)
{
	const struct lu *lu = s->task->lu;
	size_t header = s->ten ? HEADER_10 : HEADER_6;

	if (s->len < header)
		return fail_short(s);
	size_t block = s->ten ? get_be16(s->list + 6) : s->list[3];
	size_t specific_at = s->ten ? 3 : 2;
	if (s->ten && (s->list[4] & LONGLBA))
		return fail_list(s, 4, 0);
	if (block && (block != BLOCK || !lu->type->mode_block))
		return fail_list(s, s->ten ? 6 : 3, -1);
	if (s->len < header + block)
		return fail_short(s);
	s->specific = s->list[specific_at];
	s->block = block ? s->list + header : NULL;
	*ret_at = header + block;
	if (!lu->type->mode_select)
		return true;
	int bad = lu->type->mode_select(s->task->lu, s->task->lu_nexus, s->specific, s->block, false);
	if (bad < 0)
		return true;
	/* The position is counted as in MODE SELECT(6); convert it for the longer header. */
	return fail_list(s, bad < HEADER_6 ? specific_at : header + (size_t)bad - HEADER_6, -1);
}

/* Refuses a change of bits that are not changeable; points at the first. */
static bool check_mask(struct select *s, const struct given *g)
{
	const struct mode_page *pg = g->pg;
	const uint8_t *in = s->list + g->at;
	uint8_t now[MODE_PAGE_MAX];

	memcpy(now, mode_current(s->task->lu, s->task->lu_nexus, pg, g->off), pg->len);
	if (pg->fill)
		pg->fill(s->task->lu, s->task->lu_nexus, now);
	for (unsigned i = pg->subpage ? 4 : 2; i < pg->len; i++) {
		uint8_t bad = (now[i] ^ in[i]) & (uint8_t) ~(pg->mask ? pg->mask[i] : 0);
		if (bad)
			return fail_list(s, g->at + i, 31 - __builtin_clz(bad));
	}
	return true;
}

/* Checks the page at `at`; *ret_next: offset of the next one. */
static bool check_page(struct select *s, size_t at, size_t *ret_next)
{
	const uint8_t *p = s->list + at;
	size_t left = s->len - at;
	bool sub = p[0] & SPF;
	struct given *g = &s->pages[s->n];

	if (left < (sub ? 4 : 2))
		return fail_short(s);
	size_t len = sub ? 4u + get_be16(p + 2) : 2u + p[1];
	g->at = at;
	g->pg = mode_find(s->task->lu, p[0] & PAGE, sub ? p[1] : 0, &g->off);
	if (!g->pg || sub != !!g->pg->subpage)
		return fail_list(s, at, 5);
	if (len != g->pg->len)
		return fail_list(s, at + (sub ? 2 : 1), -1);
	if (left < len)
		return fail_short(s);
	if (s->n + 1 == PAGES_MAX)
		return fail_list(s, at, -1);
	*ret_next = at + len;
	return check_mask(s, g);
}

static bool check_list(struct select *s)
{
	size_t at;

	if (!check_header(s, &at))
		return false;
	/* Without PF the pages would have an unknown format (SPC-5 6.12). */
	if (at < s->len && !cdb_field(s->task, "pf")) {
		task_fail_cdb(s->task, 1, 4);
		return false;
	}
	for (; at < s->len; s->n++)
		if (!check_page(s, at, &at))
			return false;
	return true;
}

/* --- apply ------------------------------------------------------------------------------------ */

/* The page as MODE SENSE would return it. */
static void value_of(const struct select *s, const struct given *g, uint8_t *ret_page)
{
	struct lu *lu = s->task->lu;
	memcpy(ret_page, mode_current(lu, s->task->lu_nexus, g->pg, g->off), g->pg->len);
	if (g->pg->live)
		g->pg->fill(lu, s->task->lu_nexus, ret_page);
}

static void put_page(struct select *s, const struct given *g, const uint8_t *value)
{
	if (g->pg->live)
		return;
	/* Live values that the initiator sent back are not stored, since they would count as a change. */
	mode_merge(g->pg, mode_current(s->task->lu, s->task->lu_nexus, g->pg, g->off), value);
}

/* Undoes the first n pages, the newest first. */
static void undo(struct select *s, unsigned n, uint8_t before[][MODE_PAGE_MAX])
{
	while (n-- > 0) {
		const struct given *g = &s->pages[n];
		put_page(s, g, before[n]);
		if (g->pg->commit)
			g->pg->commit(s->task->lu, s->task->lu_nexus, before[n]);
	}
}

static bool commit_pages(struct select *s, uint8_t before[][MODE_PAGE_MAX])
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct given *g = &s->pages[i];
		const uint8_t *in = s->list + g->at;
		value_of(s, g, before[i]);
		int bad = g->pg->commit ? g->pg->commit(s->task->lu, s->task->lu_nexus, in) : 0;
		if (bad > 0) {
			undo(s, i, before);
			return fail_list(s, g->at + (unsigned)bad, -1);
		}
		s->rounded |= bad == MODE_ROUNDED;
		put_page(s, g, in);
	}
	return true;
}

/* SP=1 saves those pages of the list that are savable. */
static bool save_pages(struct select *s)
{
	struct lu *lu = s->task->lu;
	autofree uint8_t *before = malloc(lu->mode_size + 1);

	if (!before) {
		task_fail(s->task, SENSE_TARGET_FAILURE);
		return false;
	}
	memcpy(before, lu->mode_saved, lu->mode_size);
	for (unsigned i = 0; i < s->n; i++) {
		const struct given *g = &s->pages[i];
		if (g->pg->savable)
			memcpy(lu->mode_saved + g->off, mode_current(lu, s->task->lu_nexus, g->pg, g->off),
				g->pg->len);
	}
	if (!mode_save(lu))
		return true;
	memcpy(lu->mode_saved, before, lu->mode_size);
	task_fail(s->task, SENSE_TARGET_FAILURE);
	return false;
}

static uint8_t device_specific(const struct task *task)
{
	uint8_t medium_type = 0, specific = 0;

	if (task->lu->type->mode_header)
		task->lu->type->mode_header(task->lu, task->lu_nexus, &medium_type, &specific);
	return specific;
}

/* Other nexuses get a unit attention when a shared value changed (6/2A/01). */
static void tell_others(struct select *s, uint8_t specific_before, uint8_t before[][MODE_PAGE_MAX])
{
	struct lu *lu = s->task->lu;
	bool changed = device_specific(s->task) != specific_before;

	for (unsigned i = 0; i < s->n; i++) {
		const struct given *g = &s->pages[i];
		uint8_t now[MODE_PAGE_MAX];
		value_of(s, g, now);
		changed |= !g->pg->per_nexus && memcmp(before[i], now, g->pg->len);
	}
	if (changed)
		lu_raise(lu, SENSE_UA_MODE_CHANGED, s->task->nexus);
}

static void apply(struct select *s)
{
	struct lu *lu = s->task->lu;
	uint8_t before[PAGES_MAX][MODE_PAGE_MAX];
	uint8_t specific = device_specific(s->task);

	if (!commit_pages(s, before))
		return;
	if (s->save && !save_pages(s)) {
		undo(s, s->n, before);
		return;
	}
	if (lu->type->mode_select)
		lu->type->mode_select(lu, s->task->lu_nexus, s->specific, s->block, true);
	tell_others(s, specific, before);
	if (s->rounded)
		task_fail(s->task, SENSE_ROUNDED_PARAMETER);
}

static bool can_save(const struct lu *lu)
{
	for (const struct mode_page *pg = lu->mode_pages; pg->len; pg++)
		if (pg->savable && lu->store.save)
			return true;
	return false;
}

static void mode_select(struct task *task, bool ten)
{
	struct select s = { .task = task, .ten = ten };

	s.len = cdb_field(task, "parameter_list_length");
	s.save = cdb_field(task, "sp");
	if (s.save && !can_save(task->lu)) {
		task_fail_cdb(task, 1, 0);
		return;
	}
	if (!s.len)
		return;
	autofree uint8_t *list = malloc(s.len);
	if (!list) {
		task->status = STATUS_BUSY;
		return;
	}
	s.list = list;
	if (task_parameter_list(task, list, s.len) && check_list(&s))
		apply(&s);
}

void scsi_mode_select6(struct task *task)
{
	mode_select(task, false);
}

void scsi_mode_select10(struct task *task)
{
	mode_select(task, true);
}
