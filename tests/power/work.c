/* SPDX-License-Identifier: Apache-2.0 */
/* The host's work: bursts of writes, sync points, seeks and overwrites, on one unit after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/power/dm.h"
#include "tests/power/host.h"
#include "vtl/base/cleanup.h"
#include "vtl/scsi/opcode.h"

enum {
	REEL_LONG = 40,  /* items; longer ones are written over from somewhere */
	WORM_LONG = 120, /* written no further */
	BURST_LONG = 16,
};

struct flight {
	struct command command;
	struct burst *burst;
	uint8_t stamp[PATTERN_STAMP];
	size_t sync_to; /* a sync point for so many items when it is answered */
	bool syncs, busy;
};

/* Commands in flight to one drive. */
struct burst {
	struct host *host;
	unsigned reel;
	struct flight flights[DEPTH];
	unsigned in_flight;
	char *why; /* empty: nothing was refused */
};

static bool mark_put(struct host *h, const struct event *promise, unsigned unit)
{
	char text[32];
	if (!h->story)
		return true;
	snprintf(text, sizeof text, "mark %zu", h->story->mark_count);
	return story_mark(h->story, promise, unit) && dm_tell(h->log, text);
}

bool host_promised(struct host *h, unsigned reel, size_t count)
{
	struct event e = { .kind = EVENT_SYNCED, .reel = reel, .count = count };
	tape_synced(&h->tapes[reel], count);
	h->syncs++;
	return mark_put(h, &e, reel_unit(reel));
}

bool host_turn(struct host *h, unsigned unit)
{
	return mark_put(h, NULL, unit);
}

static bool item_add(struct host *h, unsigned reel, const struct item *item)
{
	struct event e = { .kind = EVENT_APPEND, .reel = reel, .item = *item };
	return tape_append(&h->tapes[reel], item) && (!h->story || story_add(h->story, &e));
}

static void flight_ended(struct command *c)
{
	struct flight *f = c->arg;
	struct burst *b = f->burst;
	char text[WHY_LEN];
	f->busy = false;
	b->in_flight--;
	if (*b->why)
		return;
	if (c->error || c->status != STATUS_GOOD)
		snprintf(b->why, WHY_LEN, "%s: %s: %.200s", b->host->tapes[b->reel].barcode,
			f->syncs ? "WRITE FILEMARKS" : "WRITE", command_text(c, text));
	else if (f->syncs && !host_promised(b->host, b->reel, f->sync_to))
		snprintf(b->why, WHY_LEN, "no mark in the log: %m");
}

/* count 0: it writes nothing, and is a sync point. */
static bool filemarks_fill(struct burst *b, struct flight *f, uint8_t count, bool immed)
{
	f->command.cdb[0] = OPCODE_WRITE_FILEMARKS_6;
	f->command.cdb[1] = immed;
	f->command.cdb[4] = count;
	f->command.cdb_len = 6;
	if (count && !item_add(b->host, b->reel, &(struct item){ .mark = true }))
		return false;
	f->syncs = !immed;
	f->sync_to = b->host->tapes[b->reel].count;
	return true;
}

static bool record_fill(struct burst *b, struct flight *f)
{
	struct host *h = b->host;
	static const uint32_t most[] = { 512, 16 << 10, 64 << 10, RECORD_MAX };
	uint32_t longest = most[dice_below(&h->dice, 4)];
	const struct pattern *pattern = reel_pattern(h, b->reel);
	struct item item = { .len = PATTERN_STAMP +
			(uint32_t)dice_below(&h->dice, longest - PATTERN_STAMP + 1),
		.serial = ++h->serials };
	struct pattern_name n = { .drive = b->reel, .record = item.serial, .len = item.len };
	pattern_stamp(pattern, &n, f->stamp);
	tape_cdb_write(&f->command, item.len);
	f->command.part[0].base = f->stamp;
	f->command.part[0].len = PATTERN_STAMP;
	f->command.part[1].base = (void *)pattern_body(pattern, &n);
	f->command.part[1].len = item.len - PATTERN_STAMP;
	h->written += item.len;
	return item_add(h, b->reel, &item);
}

static void item_send(struct burst *b, struct flight *f, bool last)
{
	uint64_t roll = last ? 2 : dice_below(&b->host->dice, 16);
	f->command = (struct command){ .done = flight_ended, .arg = f };
	f->burst = b;
	f->syncs = false;
	bool ok = roll > 3 ? record_fill(b, f) : filemarks_fill(b, f, roll != 0, roll == 1);
	f->busy = ok;
	b->in_flight += ok;
	if (ok && command_submit(b->host->session, reel_lun(b->host, b->reel), &f->command)) {
		f->busy = ok = false;
		b->in_flight--;
	}
	if (!ok && !*b->why)
		snprintf(b->why, WHY_LEN, "a command cannot be sent");
}

static struct flight *flight_free(struct burst *b)
{
	for (int i = 0; i < DEPTH; i++)
		if (!b->flights[i].busy)
			return &b->flights[i];
	return NULL;
}

/* Sends items with several in flight; with `sealed` the last is a filemark that is a sync point. */
static bool burst_run(struct host *h, unsigned reel, unsigned items, bool sealed, char why[static WHY_LEN])
{
	autofree struct burst *b = calloc(1, sizeof *b);
	if (!b)
		return false;
	*b = (struct burst){ .host = h, .reel = reel, .why = why };
	*why = '\0';
	while ((items && !*why) || b->in_flight) {
		struct flight *f;
		while (items && !*why && (f = flight_free(b))) {
			items--;
			item_send(b, f, sealed && !items);
		}
		if (session_serve(h->session, 1000)) {
			session_vanish(h->session);
			h->session = NULL;
			snprintf(why, WHY_LEN, "the connection is lost");
		}
	}
	return !*why;
}

bool reel_append(struct host *h, unsigned reel, unsigned items, char why[static WHY_LEN])
{
	return burst_run(h, reel, items, true, why);
}

/* Where the next burst of a reel begins. */
static size_t place(struct host *h, unsigned reel)
{
	size_t count = h->tapes[reel].count;
	switch (reel_unit(reel)) {
	case UNIT_WORM: return count;
	case UNIT_USED: return count > REEL_LONG || !dice_below(&h->dice, 2) ? 0 : count;
	default:
		return count > REEL_LONG || (count && !dice_below(&h->dice, 4)) ? dice_below(&h->dice, count)
										: count;
	}
}

/* Every way to the next burst is a sync point. */
static bool reel_seek(struct host *h, unsigned reel, char why[static WHY_LEN])
{
	struct tape *t = &h->tapes[reel];
	size_t at = place(h, reel);
	struct event cut = { .kind = EVENT_CUT, .reel = reel, .count = at };
	if (!reel_locate(h, reel, at, why) || !host_promised(h, reel, t->count))
		return false;
	if (at == t->count)
		return true;
	return tape_cut(t, at) && (!h->story || story_add(h->story, &cut));
}

/* An unload and a load, now and then; the unload is a sync point. */
static bool reel_reload(struct host *h, unsigned reel, char why[static WHY_LEN])
{
	if (dice_below(&h->dice, 6))
		return true;
	return !tape_load(h->session, reel_lun(h, reel), false, why) &&
		host_promised(h, reel, h->tapes[reel].count) && unit_ready(h, reel_unit(reel), why);
}

static bool turn(struct host *h, unsigned unit, char why[static WHY_LEN])
{
	if (!host_turn(h, unit))
		return false;
	for (uint64_t bursts = 1 + dice_below(&h->dice, 3); bursts; bursts--) {
		unsigned reel = unit_reel(unit);
		if (unit == UNIT_PARTITIONED)
			reel += (unsigned)dice_below(&h->dice, 2);
		if (unit == UNIT_WORM && h->tapes[reel].count > WORM_LONG)
			return true;
		if (!reel_seek(h, reel, why) ||
			!burst_run(h, reel, 1 + (unsigned)dice_below(&h->dice, BURST_LONG), false, why))
			return false;
		/* Leaving the end of data behind is a sync point as well. */
		if (!reel_locate(h, reel, 0, why) || !host_promised(h, reel, h->tapes[reel].count) ||
			!reel_reload(h, reel, why))
			return false;
	}
	return true;
}

bool host_work(struct host *h, unsigned turns, char why[static WHY_LEN])
{
	bool ok = true;
	for (unsigned i = 0; i < turns && ok; i++) {
		ok = turn(h, i % UNITS, why);
		if (!ok && !*why)
			snprintf(why, WHY_LEN, "no memory, or no mark in the log");
	}
	return ok;
}

bool worm_refuses(struct host *h, char why[static WHY_LEN])
{
	enum { DATA_PROTECT = 7, LABELS = 2 };
	unsigned reel = unit_reel(UNIT_WORM);
	char record[512] = "overwritten", text[WHY_LEN];
	struct command c = { .part = { { record, sizeof record } } };
	unsigned records = 0;
	for (size_t i = 0; i < h->tapes[reel].count; i++)
		records += !h->tapes[reel].items[i].mark;
	if (records <= LABELS)
		return true;
	tape_cdb_write(&c, sizeof record);
	if (!reel_locate(h, reel, 0, why))
		return false;
	command_settled(h->session, reel_lun(h, reel), &c);
	if (c.status == STATUS_CHECK && c.sense.key == DATA_PROTECT)
		return reel_locate(h, reel, h->tapes[reel].count, why);
	snprintf(why, WHY_LEN, "WRITE over a WORM cartridge: %.250s", command_text(&c, text));
	return false;
}
