/* SPDX-License-Identifier: Apache-2.0 */
#include "vtl/smc/events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vtl/smc/changer.h"

static const char *what_failed(enum move_result result)
{
	switch (result) {
	case MOVE_LOAD_FAILED: return "load failed";
	case MOVE_NO_ANSWER: return "drive does not answer";
	case MOVE_DISK_FULL: return "move failed: disk full";
	default: return "move failed";
	}
}

void events_add(struct events *events, enum move_result result)
{
	time_t now = time(NULL);
	struct tm utc;
	char when[24] = "";
	if (events->n == EVENTS_MAX) {
		memmove(events->texts[0], events->texts[1], sizeof events->texts - sizeof events->texts[0]);
		events->n--;
	}
	if (gmtime_r(&now, &utc))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &utc);
	char *text = events->texts[events->n++];
	snprintf(text, sizeof events->texts[0], "%s %s", when, what_failed(result));
}

static const struct events *events_of(const struct lu *lu)
{
	const struct changer *changer = lu->device;
	return &changer->events;
}

bool event_there(struct lu *lu, uint16_t code)
{
	return code < events_of(lu)->n;
}

void event_text(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_ascii(w, event_there(lu, code) ? events_of(lu)->texts[code] : "", EVENT_TEXT);
}
