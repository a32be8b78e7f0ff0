/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/power/story.h"
#include "vtl/base/grow.h"

enum { EVENTS_MAX = 1 << 20 };

bool story_add(struct story *s, const struct event *e)
{
	if (grow(s->events, s->room, s->count + 1, EVENTS_MAX))
		return false;
	s->events[s->count++] = *e;
	return true;
}

bool story_mark(struct story *s, const struct event *promise, unsigned unit)
{
	if (grow(s->marks, s->mark_room, s->mark_count + 1, EVENTS_MAX))
		return false;
	s->marks[s->mark_count++] = (struct mark){ .before = s->count, .unit = unit };
	return !promise || story_add(s, promise);
}

static bool event_apply(const struct event *e, struct tape *t)
{
	switch (e->kind) {
	case EVENT_APPEND: return tape_append(t, &e->item);
	case EVENT_CUT: return tape_cut(t, e->count);
	case EVENT_SYNCED: tape_synced(t, e->count);
	}
	return true;
}

bool story_tapes(const struct story *s, size_t mark, struct tape tapes[static REELS])
{
	size_t end = mark + 1 < s->mark_count ? s->marks[mark + 1].before : s->count;
	for (size_t i = 0; i < end; i++)
		if (!event_apply(&s->events[i], &tapes[s->events[i].reel]))
			return false;
	return true;
}

void story_fini(struct story *s)
{
	free(s->events);
	free(s->marks);
	*s = (struct story){ 0 };
}
