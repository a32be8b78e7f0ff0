/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that a peer can cause as often as it likes: logs a few of a kind and counts the others. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/base/log_internal.h"
#include "vtl/base/worker_internal.h"

enum { BURST = 5, PLACES = 32, HOST_LEN = 64, LAST_LEN = 512 };

/* Lines of one format about one host. */
struct place {
	const char *format; /* NULL: free */
	char host[HOST_LEN];
	int64_t began_ms;
	unsigned said, more;
	enum log_level level; /* of the last line that was held back: */
	int event;
	struct kept_actor by;
	char last[LAST_LEN];
};

struct few {
	struct timer timer;
	struct place places[PLACES]; /* the last one is for lines that find no other */
};

static _Atomic unsigned window_ms = 10000;

void log_few_window(unsigned ms)
{
	atomic_store(&window_ms, ms);
}

/* Logs the last line that was held back, with the number of all of them. */
static void flush(struct place *place)
{
	char text[LAST_LEN + 64];
	const struct log_fields fields = { .by = place->by.actor };
	if (place->format && place->more) {
		snprintf(text, sizeof text, "%s; %u more in %u s", place->last, place->more,
			(atomic_load(&window_ms) + 999) / 1000);
		log_put(place->level, place->event, &fields, text);
	}
	place->format = NULL;
	place->said = place->more = 0;
}

static int64_t ends_ms(const struct place *place)
{
	return place->began_ms + atomic_load(&window_ms);
}

static void fire(struct timer *timer)
{
	struct few *few = container_of(timer, struct few, timer);
	int64_t now = now_ms(), next = INT64_MAX;
	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &few->places[i];
		if (place->format && ends_ms(place) <= now)
			flush(place);
		else if (place->format && place->more && ends_ms(place) < next)
			next = ends_ms(place);
	}
	if (next != INT64_MAX)
		timer_arm(timer, (unsigned)(next - now), fire);
}

/* The address without the port, "192.0.2.1" or "[2001:db8::1]": each connection has another port. */
static void host_of(const char *peer, char host[static HOST_LEN])
{
	const char *colon = peer ? strrchr(peer, ':') : NULL;
	snprintf(host, HOST_LEN, "%.*s", colon ? (int)(colon - peer) : HOST_LEN - 1, peer ? peer : "");
}

static struct place *place_of(struct few *few, const char *format, const char *host)
{
	struct place *unused = NULL;
	int64_t now = now_ms();
	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &few->places[i];
		if (place->format && ends_ms(place) <= now)
			flush(place);
		if (place->format == format && strcmp(place->host, host) == 0)
			return place;
		if (!place->format && !unused)
			unused = place;
	}
	struct place *last = &few->places[PLACES - 1];
	struct place *place = unused ? unused : last;
	if (!place->format) {
		place->format = format;
		place->began_ms = now;
		snprintf(place->host, sizeof place->host, "%s", host);
	}
	return place;
}

static void keep(struct few *few, struct place *place, enum log_level level, int event,
	const struct actor *by, const char *text)
{
	place->more++;
	place->level = level;
	place->event = event;
	actor_keep(by, &place->by);
	size_t n = strlen(text);
	if (n >= sizeof place->last) /* cut at the end of a character */
		for (n = sizeof place->last - 1; n && (text[n] & 0xc0) == 0x80; n--)
			;
	memcpy(place->last, text, n);
	place->last[n] = '\0';
	if (!few->timer.armed) {
		int64_t left = ends_ms(place) - now_ms();
		timer_arm(&few->timer, left > 0 ? (unsigned)left : 0, fire);
	}
}

/* Outside workers, and without memory, every line is logged. */
static struct few *few_here(void)
{
	struct worker *w = worker_current;
	if (w && !w->few)
		w->few = calloc(1, sizeof *w->few);
	return w ? w->few : NULL;
}

static void say(const char *file, enum log_level level, int event, const struct log_fields *fields,
	const char *format, va_list args)
{
	char text[LOG_TEXT_LEN], host[HOST_LEN];
	if (!log_wanted(file, level))
		return;
	struct few *few = few_here();
	log_text(text, &fields->by, format, args);
	host_of(fields->by.address, host);
	struct place *place = few ? place_of(few, format, host) : NULL;
	if (place && place->said >= BURST) {
		keep(few, place, level, event, &fields->by, text);
		return;
	}
	if (place)
		place->said++;
	log_put(level, event, fields, text);
}

void log_few_in(const char *file, enum log_level level, const struct actor *by, const char *format, ...)
{
	const struct log_fields fields = { .by = *by };
	va_list args;
	va_start(args, format);
	say(file, level, LOG_NO_EVENT, &fields, format, args);
	va_end(args);
}

void log_event_few_in(const char *file, enum log_event_id id, const struct log_fields *fields,
	const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(file, log_events[id].level, id, fields, format, args);
	va_end(args);
}

void few_free(struct few *few)
{
	for (size_t i = 0; few && i < PLACES; i++)
		flush(&few->places[i]);
	free(few);
}
