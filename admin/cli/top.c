/* SPDX-License-Identifier: Apache-2.0 */
/* top: the front panel again and again, with what moves in a second. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admin/cli/verb.h"

enum { SECONDS = 1, SECONDS_MAX = 3600 };

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* The same drive as it was before; NULL: it is new. */
static const json_t *before_of(const json_t *before, const json_t *drive)
{
	size_t i;
	json_t *old;
	json_array_foreach(json_object_get(before, "drives"), i, old)
		if (number(old, "number") == number(drive, "number") &&
		        strcmp(text(old, "library"), text(drive, "library")) == 0)
			return old;
	return NULL;
}

/* Bytes a second of one counter; one that went back has begun anew. */
static json_int_t rate(const json_t *old, const json_t *drive, const char *counter, double seconds)
{
	json_int_t moved = number(drive, counter) - number(old, counter);
	return old && moved > 0 ? (json_int_t)((double)moved / seconds) : 0;
}

static void add_rates(json_t *now, const json_t *before, double seconds)
{
	size_t i;
	json_t *drive;
	json_int_t writing = 0, reading = 0;
	json_array_foreach(json_object_get(now, "drives"), i, drive) {
		const json_t *old = before_of(before, drive);
		json_int_t w = rate(old, drive, "bytes_written", seconds);
		json_int_t r = rate(old, drive, "bytes_read", seconds);
		json_object_set_new(drive, "write_rate", json_integer(w));
		json_object_set_new(drive, "read_rate", json_integer(r));
		writing += w;
		reading += r;
	}
	json_object_set_new(now, "write_rate", json_integer(writing));
	json_object_set_new(now, "read_rate", json_integer(reading));
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A terminal shows one panel that changes; a pipe gets one below the other. */
static int show(const struct cli *cli, const struct verb *verb, const json_t *now, bool first)
{
	if (!cli->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	else if (!first)
		putchar('\n');
	return print_answer(cli, verb, now);
}

/* How often to show it: one document, or so often, or (0) until stopped. */
static bool times(const struct cli *cli, const struct parsed *parsed, json_int_t *ret_count)
{
	*ret_count = number(parsed->local, "count");
	if (!cli->json)
		return true;
	if (*ret_count > 1)
		return false;
	*ret_count = 1;
	return true;
}

int run_top(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	json_t *given = json_object_get(parsed->local, "interval");
	json_int_t seconds = given ? json_integer_value(given) : SECONDS, count;
	if (seconds < 1 || seconds > SECONDS_MAX)
		return verb_fail(cli, FAIL_USAGE, "top: --interval takes 1 to %d seconds", SECONDS_MAX);
	if (!times(cli, parsed, &count))
		return verb_fail(cli, FAIL_USAGE, "top: with --json there is one document: no --count");

	json_t *before = ask(cli, verb->method, NULL, -1);
	double at = now_s();
	int code = before ? EXIT_DONE : EXIT_REFUSED;
	for (json_int_t n = 0; code == EXIT_DONE && (!count || n < count); n++) {
		sleep((unsigned)seconds);
		json_t *now = ask(cli, verb->method, NULL, -1);
		double then = at;
		at = now_s();
		if (now)
			add_rates(now, before, at - then);
		code = now ? show(cli, verb, now, n == 0) : EXIT_REFUSED;
		json_decref(before);
		before = now;
	}
	json_decref(before);
	return code;
}
