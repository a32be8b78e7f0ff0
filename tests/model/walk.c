/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: a command at a time, done by the drive and by the reference, and compared. */
#include "tests/model/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/stroll.h"
#include "vtl/base/bytes.h"

/* --- telling ------------------------------------------------------------------------------------------- */

static void put_hex(char *out, size_t size, const uint8_t *bytes, size_t len)
{
	size_t at = 0;
	*out = '\0';
	for (size_t i = 0; i < len && at + 4 < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%02x", i ? " " : "", bytes[i]);
}

static void put_answer(char *out, size_t size, uint8_t status, const uint8_t *sense, uint64_t want)
{
	char hex[MODEL_SENSE * 3 + 4];
	put_hex(hex, sizeof hex, sense, status ? MODEL_SENSE : 0);
	snprintf(out, size, "status %02x, moves %llu%s%s", status, (unsigned long long)want,
		status ? ", sense " : "", hex);
}

static void remember(struct walk *w, const struct model_answer *e)
{
	char cdb[52], what[120];
	put_hex(cdb, sizeof cdb, w->x.cdb, w->x.cdb_len);
	put_answer(what, sizeof what, e->status, e->sense, e->want);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: host %u: %s, offers %u: %s", w->step, w->who,
		cdb, w->x.out_len + w->x.in_len, what);
}

static void tell(const struct walk *w)
{
	const struct model *m = &w->m;
	if (w->quiet)
		return;
	printf("# the last commands and what is expected of them:\n");
	for (unsigned i = w->tellings > TOLD ? w->tellings - TOLD : 0; i < w->tellings; i++)
		printf("#   %s\n", w->told[i % TOLD]);
	printf("# then: %s, %u partitions, in partition %u at object %zu of %zu\n",
		m->worm ? "a WORM cartridge" : "a cartridge", m->layout.partitions, m->partition, m->at,
		model_here(m)->count);
}

/* --- comparing ----------------------------------------------------------------------------------------- */

static bool differ(const struct walk *w, const struct model_answer *e, const struct reply *r)
{
	char want[160], got[160];
	put_answer(want, sizeof want, e->status, e->sense, e->want);
	put_answer(got, sizeof got, r->status, r->sense, r->want);
	tell(w);
	if (!w->quiet)
		printf("# expected: %s\n# got:      %s\n", want, got);
	return false;
}

static bool same_bytes(const struct walk *w, const struct model_answer *e)
{
	size_t n = e->want < w->x.in_len ? (size_t)e->want : w->x.in_len;
	for (size_t i = 0; i < n; i++) {
		if (w->in[i] == e->in[i] || (i < MODEL_SHORT && e->unknown[i]))
			continue;
		tell(w);
		if (!w->quiet)
			printf("# byte %zu of %zu: expected %02x, got %02x\n", i, n, e->in[i], w->in[i]);
		return false;
	}
	return true;
}

/* Does the command that was made. */
static bool take(struct walk *w)
{
	struct model_answer e = { .in = w->expected };
	struct reply r = { 0 };
	w->x.seed = w->seed;
	const struct model_call call = { w->who, w->x.cdb, w->out, w->x.out_len, w->seed };
	model_command(&w->m, &call, &e);
	remember(w, &e);
	tally_add(&w->tally, &e);
	if (!w->door->command(w->door, w->who, &w->x, &r)) {
		tell(w);
		return false;
	}
	if (r.status != e.status || r.want != e.want || (r.status && memcmp(r.sense, e.sense, MODEL_SENSE)))
		return differ(w, &e, &r);
	size_t n = e.want < w->x.in_len ? (size_t)e.want : w->x.in_len;
	return !memcmp(w->in, w->expected, n) || same_bytes(w, &e);
}

static bool take_simple(struct walk *w, unsigned who, uint8_t code, uint8_t len, uint8_t flags,
	uint32_t in_len)
{
	w->who = who;
	w->x = (struct exchange){ .cdb = { code, flags }, .cdb_len = len, .out = w->out, .in = w->in };
	w->x.in_len = in_len;
	return take(w);
}

static bool take_position(struct walk *w, unsigned who)
{
	return take_simple(w, who, 0x34, 10, 0x06, 32);
}

/* --- the walk ------------------------------------------------------------------------------------------ */

/* What TEST UNIT READY and REQUEST SENSE say while a command with IMMED=1 works depends on time. */
static bool works_on(const struct exchange *x)
{
	switch (x->cdb[0]) {
	case 0x13:
	case 0x8f: return x->cdb[1] & 4;
	case 0x19:
	case 0x93: return x->cdb[1] & 2;
	default: return x->cdb[1] & 1;
	}
}

static bool step(struct walk *w)
{
	w->who = roll(w, MODEL_HOSTS);
	w->seed = (uint32_t)(w->random >> 13);
	make_command(w);
	bool early = works_on(&w->x);
	unsigned who = w->who;
	return take(w) && ((!early && roll(w, 4)) || take_position(w, who));
}

/* Nothing holds the cartridge back, and both hosts have heard what there was to hear. */
static bool quiet(struct walk *w)
{
	bool ok = true;
	for (unsigned who = 0; who < MODEL_HOSTS; who++)
		while (ok &&
			(w->m.host[who].attentions || w->m.host[who].deferred || w->m.host[who].prevents))
			ok = take_simple(w, who, 0x1e, 6, 0, 0);
	return ok;
}

/* A new cartridge: a usual one, or one that is soon full. */
static bool chapter(struct walk *w)
{
	static const uint64_t sizes[] = { 12000000000000, 64 << 20, 8 << 20, 4 << 20, 3 << 20 };
	uint64_t bytes = sizes[roll(w, sizeof sizes / sizeof *sizes)];
	bool worm = seldom(w, 4);
	w->plain = bytes < 1 << 30 && roll(w, 4);
	if (!quiet(w))
		return false;
	model_insert(&w->m, bytes, worm);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: a new cartridge of %llu bytes%s", w->step,
		(unsigned long long)bytes, worm ? ", WORM" : "");
	w->m.can_compress = w->door->can_compress && !w->plain && roll(w, 3);
	return w->door->insert(w->door, bytes, worm, w->m.can_compress);
}

static bool restart(struct walk *w)
{
	if (!w->door->restart || roll(w, 3))
		return true;
	model_power_on(&w->m);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: the drive starts anew", w->step);
	return w->door->restart(w->door);
}

/* Now and then the cartridge is write-protected for a while. */
static bool protect(struct walk *w)
{
	bool on = !w->m.protected && seldom(w, 400), off = w->m.protected && seldom(w, 50);
	if (!w->door->protect || (!on && !off))
		return true;
	if (!quiet(w))
		return false;
	model_protect(&w->m, on);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: the cartridge comes back%s", w->step,
		on ? ", write-protected" : "");
	return w->door->protect(w->door, on);
}

static bool manage(struct walk *w)
{
	static const char *const names[] = { "resets the drive", "aborts a task that has ended",
		"aborts its tasks, of which there are none", "clears the task set, which is empty" };
	unsigned who = roll(w, MODEL_HOSTS), function = roll(w, MANAGE_FUNCTIONS);
	if (!seldom(w, 200))
		return true;
	if (function == MANAGE_RESET)
		model_reset(&w->m);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: host %u %s", w->step, who, names[function]);
	return w->door->manage(w->door, who, (enum management)function);
}

/* Nobody uses the cartridge until it is known what is on it. */
static bool crash(struct walk *w)
{
	if (!w->door->crash || !w->m.loaded || !seldom(w, 300))
		return true;
	model_power_on(&w->m);
	snprintf(w->told[w->tellings++ % TOLD], TOLD_LEN, "%u: the drive is killed and starts anew", w->step);
	if (!w->door->crash(w->door) || !quiet(w))
		return false;
	if (see_what_is_left(w))
		return true;
	tell(w);
	return false;
}

/* The step's own random numbers (splitmix64). */
static uint64_t random_of(uint64_t seed, uint32_t step)
{
	uint64_t x = seed + (step + 1) * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* The first step of a walk gets a cartridge. */
static bool walk_step(struct walk *w)
{
	enum { CHAPTER = 1300, CHAPTER_OF_WORM = 350 };
	bool begins = !w->m.whole, turns = seldom(w, w->m.worm ? CHAPTER_OF_WORM : CHAPTER);
	if (!begins && turns && !restart(w))
		return false;
	if ((begins || turns) && !chapter(w))
		return false;
	return crash(w) && protect(w) && manage(w) && step(w);
}

static bool walk_all(struct walk *w, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		w->step = plan->steps[i];
		w->random = random_of(plan->seed, w->step);
		if (!walk_step(w)) {
			plan->count = i + 1;
			return false;
		}
	}
	return true;
}

bool walk(struct door *door, struct plan *plan)
{
	struct walk *w = calloc(1, sizeof *w);
	w->door = door;
	w->quiet = plan->quiet;
	w->out = malloc(BUFFER);
	w->in = malloc(BUFFER);
	w->expected = malloc(BUFFER);
	model_init(&w->m);
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		snprintf(w->m.host[i].port, sizeof w->m.host[i].port, "%s", door->port[i]);
	bool ok = walk_all(w, plan);
	if (!w->quiet)
		tally_print(&w->tally);
	fflush(stdout);
	model_fini(&w->m);
	free(w->out);
	free(w->in);
	free(w->expected);
	free(w);
	return ok;
}
