/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/power/cuts.h"

enum {
	TRIES = 3000,
	SUPERBLOCKS =
		16, /* sectors with the file systems' superblocks, which they take to be written whole */
};

const char *const cut_names[CUT_CLASSES] = { "at a mark", "before a flush", "any prefix", "a subset",
	"torn" };

static size_t group_begin(const struct writes *w, size_t flush)
{
	size_t i = flush;
	while (i > 0 && !(w->list[i - 1].kind & WRITE_FLUSH))
		i--;
	return i;
}

static size_t group_cached(const struct writes *w, size_t begin, size_t end)
{
	size_t n = 0;
	for (size_t i = begin; i < end; i++)
		n += write_is_cached(&w->list[i]);
	return n;
}

/* Whether a cut of this class can be at entry i, and which. */
static bool cut_at(const struct writes *w, size_t i, struct cut *c)
{
	const struct write *e = &w->list[i];
	c->base = c->end = i;
	switch (c->class) {
	case CUT_MARK: c->base = c->end = i + 1; return e->kind & WRITE_MARK;
	case CUT_FLUSH: return e->kind & WRITE_FLUSH;
	case CUT_SUBSET:
		c->base = group_begin(w, i);
		return e->kind & WRITE_FLUSH && group_cached(w, c->base, i) > 1;
	case CUT_TORN:
		c->torn = e->sectors > 1 ? 1 + c->seed % (e->sectors - 1) : 0;
		return c->torn && e->sector >= SUPERBLOCKS && !(e->kind & WRITE_DISCARD);
	default: return true;
	}
}

/* wanted: what is being written; UNITS: anything. */
static bool cut_choose(const struct writes *w, const struct story *s, struct dice *dice, unsigned wanted,
	struct cut *c)
{
	for (int i = 0; i < TRIES; i++) {
		size_t at = 1 + dice_below(dice, w->count - 1);
		c->seed = dice_roll(dice);
		if (!cut_at(w, at, c))
			continue;
		int mark = w->list[c->class == CUT_MARK ? at : at - 1].mark;
		if (mark == NO_MARK || (size_t)mark >= s->mark_count)
			continue;
		c->mark = (size_t)mark;
		c->unit = s->marks[mark].unit;
		if (wanted == UNITS || c->unit == wanted)
			return true;
	}
	return false;
}

static int by_base(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;
	return (x->base > y->base) - (x->base < y->base);
}

size_t cuts_choose(const struct writes *w, const struct story *s, struct dice *dice, size_t count,
	struct cut *ret_cuts)
{
	size_t n = 0;
	for (size_t i = 0; i < count && w->count > 1; i++) {
		struct cut c = { .class = i % CUT_CLASSES };
		if (cut_choose(w, s, dice, i / CUT_CLASSES % UNITS, &c) || cut_choose(w, s, dice, UNITS, &c))
			ret_cuts[n++] = c;
	}
	qsort(ret_cuts, n, sizeof *ret_cuts, by_base);
	return n;
}

bool cut_put(const struct cut *c, struct writes *w, int disk, char why[static WHY_LEN])
{
	struct dice dice = { c->seed };
	for (size_t i = c->base; i < c->end; i++)
		if ((!write_is_cached(&w->list[i]) || dice_below(&dice, 2)) &&
			!writes_put(w, i, w->list[i].sectors, disk, why))
			return false;
	return !c->torn || writes_put(w, c->end, c->torn, disk, why);
}
