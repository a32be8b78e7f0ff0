/* SPDX-License-Identifier: Apache-2.0 */
/* The host's work: bursts of writes, sync points, seeks, overwrites and moves, until it is cut off. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/crash.h"
#include "vtl/base/cleanup.h"

enum { TAPE_LONG = 400 /* items; longer tapes are written over from somewhere */ };

struct flight {
	struct command command;
	struct burst *burst;
	uint8_t stamp[PATTERN_STAMP];
	size_t sync_to; /* a sync point for so many items when it is answered; 0: none */
	bool busy;
};

/* Commands in flight to one drive. */
struct burst {
	struct host *host;
	struct tape *tape;
	int number, lun;
	struct flight flights[DEPTH];
	unsigned in_flight;
	bool refused;
	char why[WHY_LEN];
};

static void flight_ended(struct command *c)
{
	struct flight *f = c->arg;
	struct burst *b = f->burst;
	char text[WHY_LEN];
	f->busy = false;
	b->in_flight--;
	if (c->error)
		return; /* cut off; the model allows for it */
	if (c->status != STATUS_GOOD) {
		if (!b->refused)
			snprintf(b->why, WHY_LEN, "%s: %.200s", f->sync_to ? "WRITE FILEMARKS" : "WRITE",
				command_text(c, text));
		b->refused = true;
	} else if (f->sync_to) {
		tape_synced(b->tape, f->sync_to);
		b->host->syncs++;
	}
}

static struct flight *flight_free(struct burst *b)
{
	for (int i = 0; i < DEPTH; i++)
		if (!b->flights[i].busy)
			return &b->flights[i];
	return NULL;
}

/* A record, or a filemark that is a sync point unless it is immediate. */
static void item_send(struct burst *b, struct flight *f, bool mark, bool immed)
{
	struct host *h = b->host;
	struct item item = { .mark = mark };
	f->command = (struct command){ .done = flight_ended, .arg = f };
	f->burst = b;
	f->sync_to = 0;
	if (mark) {
		f->command.cdb[0] = 0x10;
		f->command.cdb[1] = immed;
		f->command.cdb[4] = 1;
		f->command.cdb_len = 6;
	} else {
		uint64_t kind = dice_below(&h->dice, 4);
		uint64_t most = kind == 0 ? 512 : kind == 1 ? 16 << 10 : kind == 2 ? 64 << 10 : RECORD_MAX;
		item.len = PATTERN_STAMP + (uint32_t)dice_below(&h->dice, most - PATTERN_STAMP + 1);
		item.serial = ++h->serials;
		struct pattern_name n = { .drive = (uint32_t)b->number,
			.record = item.serial,
			.len = item.len };
		pattern_stamp(&h->pattern, &n, f->stamp);
		tape_cdb_write(&f->command, item.len);
		f->command.part[0].base = f->stamp;
		f->command.part[0].len = PATTERN_STAMP;
		f->command.part[1].base = (void *)pattern_body(&h->pattern, &n);
		f->command.part[1].len = item.len - PATTERN_STAMP;
		h->written += item.len;
	}
	if (!tape_append(b->tape, &item))
		return;
	if (mark && !immed)
		f->sync_to = b->tape->count;
	f->busy = true;
	b->in_flight++;
	if (command_submit(h->session, b->lun, &f->command)) {
		f->busy = false;
		b->in_flight--;
	}
}

/* Sends items with several in flight; false when the connection is lost or a write refused. */
static bool burst_run(struct burst *b, unsigned items)
{
	struct host *h = b->host;
	while ((items || b->in_flight) && !b->refused) {
		struct flight *f;
		while (items && (f = flight_free(b))) {
			uint64_t roll = dice_below(&h->dice, 32);
			item_send(b, f, roll < 2, roll == 0);
			items--;
		}
		if (session_serve(h->session, 1000)) {
			session_vanish(h->session);
			h->session = NULL;
			return false;
		}
	}
	return !b->refused;
}

/* Goes to where the next burst starts: the end, or, on a long tape, somewhere before it.  Every
 * way there is a sync point. */
static int seek(struct host *h, struct tape *t, int lun, char why[static WHY_LEN])
{
	size_t at = t->count;
	if (t->count > TAPE_LONG || (t->count && !dice_below(&h->dice, 6)))
		at = dice_below(&h->dice, t->count);
	int err = at ? tape_locate(h->session, lun, at, why) : tape_rewind(h->session, lun, why);
	if (err)
		return err;
	tape_synced(t, t->count);
	h->syncs++;
	return tape_cut(t, at) ? 0 : -ENOMEM;
}

/* One cartridge for a while; -ECONNRESET when cut off. */
static int tape_work(struct host *h, struct burst *b, char why[static WHY_LEN])
{
	*b = (struct burst){ .host = h, .number = (int)dice_below(&h->dice, TAPES) };
	b->tape = &h->tapes[b->number];
	b->lun = host_mount(h, b->tape, why);
	if (b->lun < 0)
		return -EIO;
	for (uint64_t bursts = 1 + dice_below(&h->dice, 4); bursts; bursts--) {
		int err = seek(h, b->tape, b->lun, why);
		if (err)
			return err;
		if (!burst_run(b, 1 + (unsigned)dice_below(&h->dice, 80))) {
			snprintf(why, WHY_LEN, "%s", b->why);
			return b->refused ? -EREMOTEIO : -ECONNRESET;
		}
	}
	/* Leaving the end of data behind is a sync point as well. */
	if (tape_rewind(h->session, b->lun, why))
		return -EIO;
	tape_synced(b->tape, b->tape->count);
	h->syncs++;
	return 0;
}

bool host_work(struct host *h, char why[static WHY_LEN])
{
	autofree struct burst *b = calloc(1, sizeof *b);
	int err = b ? 0 : -ENOMEM;
	while (!err)
		err = tape_work(h, b, why);
	bool refused = b && b->refused;
	/* A vanished daemon is what we wait for; an answer that refuses is a fault.  Probing tells. */
	struct command probe = { .cdb_len = 6 };
	bool alive = h->session && command_run(h->session, h->changer, &probe) != -ECONNRESET &&
		probe.error == 0;
	session_vanish(h->session);
	h->session = NULL;
	return !refused && !alive;
}
