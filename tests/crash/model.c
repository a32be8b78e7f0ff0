/* SPDX-License-Identifier: Apache-2.0 */
/* What a tape must hold after a crash: all that was synced, then a part of what was sent, in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/model.h"

static bool same(const struct item *a, const struct item *b)
{
	return a->mark == b->mark && (a->mark || (a->len == b->len && a->serial == b->serial));
}

bool tape_append(struct tape *t, const struct item *i)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct item *items = realloc(t->items, room * sizeof *items);
		if (!items)
			return false;
		t->items = items;
		t->room = room;
	}
	t->items[t->count++] = *i;
	return true;
}

bool tape_cut(struct tape *t, size_t at)
{
	if (at >= t->count)
		return true;
	if (!t->overwriting) {
		struct item *copy = malloc(t->count * sizeof *copy);
		if (!copy)
			return false;
		memcpy(copy, t->items, t->count * sizeof *copy);
		free(t->older);
		t->older = copy;
		t->older_count = t->count;
		t->overwriting = true;
	}
	t->count = at;
	if (t->synced > at)
		t->synced = at;
	return true;
}

void tape_synced(struct tape *t, size_t count)
{
	if (count > t->synced)
		t->synced = count;
	t->overwriting = false;
}

/* How many items agree from the beginning. */
static size_t agreed(const struct item *a, size_t a_count, const struct item *b, size_t b_count)
{
	size_t n = 0;
	while (n < a_count && n < b_count && same(&a[n], &b[n]))
		n++;
	return n;
}

bool tape_judge(struct tape *t, const struct item *seen, size_t count, char why[static WHY_LEN])
{
	bool older = t->overwriting && count == t->older_count &&
		agreed(seen, count, t->older, t->older_count) == count;
	size_t n = agreed(seen, count, t->items, t->count);
	if (!older && n < t->synced) {
		if (n == count)
			snprintf(why, WHY_LEN, "%s: ends after %zu items, %zu were synced", t->barcode, n,
				t->synced);
		else
			snprintf(why, WHY_LEN, "%s: item %zu is not what was written (%zu were synced)",
				t->barcode, n, t->synced);
		return false;
	}
	if (!older && n < count) {
		snprintf(why, WHY_LEN, "%s: item %zu of %zu was not written there (%zu synced, %zu sent)",
			t->barcode, n, count, t->synced, t->count);
		return false;
	}
	if (older) {
		memcpy(t->items, t->older, count * sizeof *t->items);
		t->count = count;
	}
	t->count = t->synced = count;
	t->overwriting = false;
	return true;
}

void tape_fini(struct tape *t)
{
	free(t->items);
	free(t->older);
}
