/* SPDX-License-Identifier: Apache-2.0 */
/* The phases of the load generator: write, read and verify, TEST UNIT READY, LOCATE, SPACE. */
#include <stdio.h>
#include <string.h>

#include "admin/initiator/stream.h"
#include "vtl/scsi/opcode.h"

static bool good(struct slot *s, const char *what)
{
	char text[WHY_LEN];
	const struct command *c = &s->command;
	if (!c->error && c->status == STATUS_GOOD)
		return true;
	lane_fail(s->lane, "%s of record %llu: %.200s", what, (unsigned long long)s->item,
		command_text(c, text));
	return false;
}

static void counted(struct lane *l, uint32_t len)
{
	l->records++;
	l->moved += len;
	atomic_fetch_add_explicit(&l->done_bytes, len, memory_order_relaxed);
}

/* ---- write -------------------------------------------------------------------------------- */

static void write_start(struct slot *s)
{
	struct lane *l = s->lane;
	struct command *c = &s->command;
	if (layout_mark(l->round, s->item)) {
		c->cdb[0] = OPCODE_WRITE_FILEMARKS_6; /* WRITE FILEMARKS with count 1 and IMMED=0: a sync */
		c->cdb[4] = 1;
		c->cdb_len = 6;
		/* Only a filemark waits for the disk, so data_end is taken before the last one. */
		if (s->item + 1 == layout_items(l->round))
			l->data_end = meter_now_ns();
		return;
	}
	struct pattern_name n = lane_name(l, s->item);
	uint32_t stamped = n.len < PATTERN_STAMP ? n.len : PATTERN_STAMP;
	pattern_stamp(l->round->pattern, &n, s->stamp);
	tape_cdb_write(c, n.len + protect_len(l->round->plan));
	c->part[0].base = s->stamp;
	c->part[0].len = stamped;
	c->part[1].base = (void *)pattern_body(l->round->pattern, &n);
	c->part[1].len = n.len - stamped;
	if (l->round->plan->protect)
		protect_add(s);
}

static void write_ended(struct slot *s)
{
	struct lane *l = s->lane;
	const struct command *c = &s->command;
	bool mark = layout_mark(l->round, s->item);
	/* Behind early warning every WRITE returns CHECK CONDITION with EOM, and its data are written. */
	bool warned = !c->error && c->status == STATUS_CHECK && c->sense.key <= 1 && c->sense.eom &&
		!c->sense.deferred;
	l->early_warning = l->early_warning || warned;
	if (!c->error && c->status == STATUS_CHECK && c->sense.key == 0x0d)
		lane_fail(l, "the cartridge is full after %llu bytes", (unsigned long long)l->moved);
	else if (!warned && !good(s, mark ? "WRITE FILEMARKS" : "WRITE"))
		return;
	if (!mark && !l->failed)
		counted(l, layout_len(l->round, s->item));
}

static void write_run(struct lane *l)
{
	char why[WHY_LEN];
	if (tape_rewind(l->session, l->portal.lun, why)) {
		lane_fail(l, "%s", why);
		return;
	}
	l->began = meter_now_ns();
	lane_pump(l, layout_items(l->round), write_start, write_ended);
	l->sync_end = meter_now_ns();
	l->written = l->moved;
}

/* ---- read --------------------------------------------------------------------------------- */

static void read_start(struct slot *s)
{
	const struct stream_round *r = s->lane->round;
	uint32_t len = r->block + protect_len(r->plan);
	tape_cdb_read(&s->command, len);
	s->command.part[0].base = s->buf;
	s->command.part[0].len = len;
}

static const char *const end_names[] = {
	[TAPE_RECORD] = "a record",
	[TAPE_FILEMARK] = "a filemark",
	[TAPE_END_OF_DATA] = "end of data",
	[TAPE_LONGER] = "a longer record",
	[TAPE_FAILED] = "an error",
};

/* What must be at an item; the item after the last is end of data. */
static enum tape_end expected(const struct stream_round *r, uint64_t item)
{
	if (item == layout_items(r))
		return TAPE_END_OF_DATA;
	return layout_mark(r, item) ? TAPE_FILEMARK : TAPE_RECORD;
}

/* Whether what was read, len bytes with its protection value, is this record. */
static bool record_verified(struct lane *l, uint64_t item, const uint8_t *buf, uint32_t len)
{
	char why[WHY_LEN];
	struct pattern_name n = lane_name(l, item);
	uint32_t whole = n.len + protect_len(l->round->plan);
	if (len != whole)
		lane_fail(l, "record %llu: read %u bytes, %u were written", (unsigned long long)item, len,
			whole);
	else if (!pattern_verify(l->round->pattern, &n, buf, why, sizeof why))
		lane_fail(l, "record %llu %.200s", (unsigned long long)item, why);
	else if (l->round->plan->protect && !protect_check(buf, n.len))
		lane_fail(l, "record %llu: its protection value is not that of the data",
			(unsigned long long)item);
	return !l->failed;
}

static void read_ended(struct slot *s)
{
	struct lane *l = s->lane;
	enum tape_end want = expected(l->round, s->item), end = tape_read_end(&s->command);

	if (end == TAPE_FAILED) {
		good(s, "READ");
		return;
	}
	if (end != want) {
		lane_fail(l, "record %llu: expected %s, found %s", (unsigned long long)s->item,
			end_names[want], end_names[end]);
		return;
	}
	if (end != TAPE_RECORD)
		return;
	if (record_verified(l, s->item, s->buf, tape_read_len(&s->command)))
		counted(l, layout_len(l->round, s->item));
}

static void read_run(struct lane *l)
{
	char why[WHY_LEN];
	if (tape_rewind(l->session, l->portal.lun, why)) {
		lane_fail(l, "%s", why);
		return;
	}
	l->began = meter_now_ns();
	lane_pump(l, layout_items(l->round) + 1, read_start, read_ended);
	l->data_end = l->sync_end = meter_now_ns();
}

/* ---- test unit ready ------------------------------------------------------------------------- */

static void ask_start(struct slot *s)
{
	s->command.cdb_len = 6;
}

static void ask_ended(struct slot *s)
{
	if (good(s, "TEST UNIT READY"))
		s->lane->records++;
}

static void ask_run(struct lane *l)
{
	l->began = meter_now_ns();
	lane_pump(l, l->round->plan->seeks, ask_start, ask_ended);
	l->data_end = l->sync_end = meter_now_ns();
}

/* ---- seeks ------------------------------------------------------------------------------------ */

/* The item of the n-th seek: a record; the sequence is spread over the tape and the same in every run. */
static uint64_t seek_item(const struct lane *l, unsigned n)
{
	uint64_t x = (l->round->pattern->seed + n + 1) * 0x9e3779b97f4a7c15u;
	uint64_t item = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u % layout_items(l->round);
	while (layout_mark(l->round, item))
		item = item ? item - 1 : item + 1;
	return item;
}

static bool seek_verified(struct lane *l, uint64_t item)
{
	char why[WHY_LEN];
	uint32_t len, most = l->round->block + protect_len(l->round->plan);
	enum tape_end end = tape_read(l->session, l->portal.lun, l->memory, most, &len, why);
	if (end == TAPE_FAILED)
		lane_fail(l, "%s", why);
	else if (end != TAPE_RECORD)
		lane_fail(l, "record %llu: found %s of %u bytes", (unsigned long long)item, end_names[end],
			len);
	return !l->failed && record_verified(l, item, l->memory, len);
}

static void seeks(struct lane *l, int (*go)(struct lane *l, uint64_t item, char why[static WHY_LEN]),
	bool verified)
{
	char why[WHY_LEN];
	l->began = meter_now_ns();
	for (unsigned i = 0; i < l->round->plan->seeks && !lane_stopped(l); i++) {
		uint64_t item = seek_item(l, i), start = meter_now_ns();
		if (go(l, item, why))
			lane_fail(l, "%s", why);
		latency_put(&l->latency, meter_now_ns() - start);
		if (!l->failed && (!verified || seek_verified(l, item)))
			l->records++;
	}
	l->data_end = l->sync_end = meter_now_ns();
}

static int go_locate(struct lane *l, uint64_t item, char why[static WHY_LEN])
{
	return tape_locate(l->session, l->portal.lun, item, why);
}

static void locate_run(struct lane *l)
{
	seeks(l, go_locate, true);
}

static int go_space(struct lane *l, uint64_t item, char why[static WHY_LEN])
{
	int64_t by = (int64_t)item - (int64_t)l->at;
	l->at = item + 1; /* the verifying READ moves past it */
	if (by < -0x7fffff || by > 0x7fffff) {
		snprintf(why, WHY_LEN, "SPACE(6): the count exceeds 8388607; use larger blocks");
		return -1;
	}
	return tape_space(l->session, l->portal.lun, SPACE_RECORDS, (int32_t)by, why);
}

static void space_run(struct lane *l)
{
	char why[WHY_LEN];
	if (l->round->plan->filemark) {
		lane_fail(l, "phase space: SPACE stops at filemarks; leave out --filemark");
		return;
	}
	if (tape_rewind(l->session, l->portal.lun, why)) {
		lane_fail(l, "%s", why);
		return;
	}
	l->at = 0;
	seeks(l, go_space, true);
}

/* Each seek to the end starts at the beginning; only SPACE is timed. */
static void end_run(struct lane *l)
{
	char why[WHY_LEN];
	l->began = meter_now_ns();
	for (unsigned i = 0; i < l->round->plan->seeks && !lane_stopped(l); i++) {
		if (tape_rewind(l->session, l->portal.lun, why)) {
			lane_fail(l, "%s", why);
			break;
		}
		uint64_t start = meter_now_ns();
		if (tape_space(l->session, l->portal.lun, SPACE_END_OF_DATA, 0, why))
			lane_fail(l, "%s", why);
		latency_put(&l->latency, meter_now_ns() - start);
		l->records++;
	}
	l->data_end = l->sync_end = meter_now_ns();
}

static const struct stream_phase phases[] = {
	{ "write", true, write_run },
	{ "read", true, read_run },
	{ "tur", false, ask_run },
	{ "locate", false, locate_run },
	{ "space", false, space_run },
	{ "eod", false, end_run },
};

const struct stream_phase *stream_phase_find(const char *name)
{
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
		if (!strcmp(phases[i].name, name))
			return &phases[i];
	return NULL;
}
