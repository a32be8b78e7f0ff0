/* SPDX-License-Identifier: Apache-2.0 */
/* top: repeats the status with the write and read rates. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "admin/cli/verb.h"
#include "admin/view/keys.h"

enum { SECONDS_MAX = 3600 };

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Returns the drive in the previous answer; NULL: it is new. */
static const json_t *before_of(const json_t *before, const json_t *drive)
{
	size_t i;
	json_t *old;
	json_array_foreach(json_object_get(before, status_keys.drives), i, old)
		if (number(old, drive_keys.number) == number(drive, drive_keys.number) &&
			strcmp(text(old, drive_keys.library), text(drive, drive_keys.library)) == 0)
			return old;
	return NULL;
}

/* Bytes per second of a counter; 0 when the counter was reset. */
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
	json_array_foreach(json_object_get(now, status_keys.drives), i, drive) {
		const json_t *old = before_of(before, drive);
		json_int_t w = rate(old, drive, drive_keys.bytes_written, seconds);
		json_int_t r = rate(old, drive, drive_keys.bytes_read, seconds);
		json_object_set_new(drive, rates_keys.write_rate, json_integer(w));
		json_object_set_new(drive, rates_keys.read_rate, json_integer(r));
		writing += w;
		reading += r;
	}
	json_object_set_new(now, rates_keys.write_rate, json_integer(writing));
	json_object_set_new(now, rates_keys.read_rate, json_integer(reading));
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the screen: one panel, never larger than the terminal ------------------------------------------- */

struct screen {
	bool on;   /* stdout is a terminal */
	bool keys; /* stdin is a terminal too: q ends */
	struct termios before;
	int signals; /* signalfd, or -1 */
};

/* Switches the terminal to single keys until screen_end().  SIGINT and SIGTERM end the wait, not the
 * program, so that the terminal can be restored. */
static void screen_begin(struct screen *screen, const struct cli *cli)
{
	sigset_t stops;
	*screen = (struct screen){ .on = !cli->json && isatty(STDOUT_FILENO), .signals = -1 };
	screen->keys = screen->on && isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0;
	if (!screen->keys)
		return;
	struct termios keys = screen->before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	screen->signals = signalfd(-1, &stops, SFD_CLOEXEC);
}

static void screen_end(const struct screen *screen)
{
	if (screen->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

/* Waits.  False: the user asked to end; *ret_code is then the exit code. */
static bool screen_wait(const struct screen *screen, json_int_t seconds, int *ret_code)
{
	struct pollfd news[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = screen->signals, .events = POLLIN },
	};
	double until = now_s() + (double)seconds;
	if (!screen->keys) {
		sleep((unsigned)seconds);
		return true;
	}
	for (double left; (left = until - now_s()) > 0;) {
		char c;
		if (poll(news, 2, (int)(left * 1000) + 1) <= 0)
			continue;
		if (news[1].revents)
			*ret_code = EXIT_INTERRUPTED;
		if (news[1].revents || read(STDIN_FILENO, &c, 1) != 1 || c == 'q' || c == 'Q')
			return false;
	}
	return true;
}

/* Prints as many lines as the terminal has rows, each cut to its width, so that the header stays visible. */
static void screen_put(const char *text, size_t len)
{
	unsigned columns, rows, at = 1;
	terminal_size(STDOUT_FILENO, &columns, &rows);
	fputs("\033[H\033[J", stdout);
	for (const char *p = text, *end = text + len; p < end; at++) {
		const char *line = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((line ? line : end) - p);
		const char *next = line ? line + 1 : end;
		if (at + 1 >= rows && next < end) { /* the cursor needs the last row */
			const char *more = "... more rows: press q, then run: evertape status";
			printf("%.*s\n", (int)text_fit(more, strlen(more), columns), more);
			break;
		}
		printf("%.*s\n", (int)text_fit(p, n, columns), p);
		p = next;
	}
	fflush(stdout);
}

static int show_on_screen(const struct cli *cli, const struct verb *verb, const json_t *now)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = stdout, *memory = open_memstream(&text, &len);
	if (!memory)
		return print_answer(cli, verb, now);
	stdout = memory;
	int code = print_answer(cli, verb, now);
	stdout = out;
	fclose(memory);
	screen_put(text, len);
	free(text);
	return code;
}

/* A terminal shows one panel that is redrawn; a pipe gets one panel after another. */
static int show(const struct screen *screen, const struct cli *cli, const struct verb *verb,
	const json_t *now, bool first)
{
	if (screen->on)
		return show_on_screen(cli, verb, now);
	if (!first)
		putchar('\n');
	return print_answer(cli, verb, now);
}

/* How often to print: once with --json, --count times, or 0: until interrupted. */
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

static int run_panels(const struct cli *cli, const struct verb *verb, const struct screen *screen,
	json_int_t seconds, json_int_t count)
{
	int code = EXIT_DONE;
	json_t *quick = json_pack("{s:b}", "quick", 1);
	json_t *before = ask(cli, verb->method, quick, -1, &code);
	double at = now_s();
	for (json_int_t n = 0; code == EXIT_DONE && !ferror(stdout) && (!count || n < count) &&
		screen_wait(screen, seconds, &code);
		n++) {
		json_t *now = ask(cli, verb->method, quick, -1, &code);
		double then = at;
		at = now_s();
		if (now) {
			add_rates(now, before, at - then);
			code = show(screen, cli, verb, now, n == 0);
		}
		json_decref(before);
		before = now;
	}
	json_decref(before);
	json_decref(quick);
	return code;
}

int run_top(struct cli *cli, const struct verb *verb, struct parsed *parsed)
{
	json_int_t seconds = number(parsed->local, "interval"), count;
	if (seconds < 1 || seconds > SECONDS_MAX)
		return verb_fail(cli, FAIL_USAGE, "top: --interval must be 1 to %d seconds", SECONDS_MAX);
	if (!times(cli, parsed, &count))
		return verb_fail(cli, FAIL_USAGE, "top: --json prints one document; leave out --count");

	struct screen screen;
	screen_begin(&screen, cli);
	int code = run_panels(cli, verb, &screen, seconds, count);
	screen_end(&screen);
	return code;
}
