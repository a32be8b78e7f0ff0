/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines and events: makes each line and writes it with one call. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vtl/base/log_internal.h"
#include "vtl/base/log_journal.h"

enum { LINE_LEN = LOG_TEXT_LEN, WHO_LEN = 1024, VALUE_LEN = 1024, DATAGRAM_LEN = 8192 };

static const struct {
	const char *word;
	char priority; /* syslog's */
} levels[] = { { "error: ", '3' }, { "warning: ", '4' }, { "", '6' }, { "debug: ", '7' },
	{ "trace: ", '7' } };

static enum { TO_STDERR, TO_STDERR_TIMED, TO_JOURNAL } place;
static struct journal journal;

const struct log_event_row log_events[EVENTS_COUNT] = {
#define EVENT(id, event_name, event_level, event_meaning) \
	[EVENT_##id] = { .name = event_name, .meaning = event_meaning, .level = LOG_##event_level },
#include "vtl/base/events.def"
#undef EVENT
};

const struct log_field_row log_field_rows[] = {
	{ "CARTRIDGE", "the cartridge's barcode", offsetof(struct log_fields, cartridge), false },
	{ "LIBRARY", "the library's name", offsetof(struct log_fields, library), false },
	{ "DRIVE", "the drive's number", offsetof(struct log_fields, drive), true },
	{ "INITIATOR", "the initiator's name, as it says it", offsetof(struct log_fields, by.initiator),
		false },
	{ "ADDRESS", "the initiator's address and port", offsetof(struct log_fields, by.address), false },
	{ "SESSION", "the number of its session, as evertape session list has it",
		offsetof(struct log_fields, by.session), true },
	{ "USER", "the person at the command line", offsetof(struct log_fields, by.user), false },
};
const size_t log_fields_count = sizeof log_field_rows / sizeof *log_field_rows;

/* --- where lines go --------------------------------------------------------------------------------- */

int log_to_journal(const char *path)
{
	int err = journal_open(&journal, path);
	if (!err)
		place = TO_JOURNAL;
	return err;
}

void log_begin(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;
	tzset();
	if (stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
		st.st_dev == dev && st.st_ino == ino && log_to_journal("/run/systemd/journal/socket") == 0)
		return;
	place = TO_STDERR_TIMED;
}

/* "2026-01-31T15:04:05.123+01:00 " */
static size_t put_time(char *out, size_t size)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	long minutes = labs(tm.tm_gmtoff) / 60;
	size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n +
		(size_t)snprintf(out + n, size - n, ".%03ld%c%02ld:%02ld ", now.tv_nsec / 1000000,
			tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void write_stderr(enum log_level level, const char *text)
{
	char line[LINE_LEN + 64];
	size_t n = place == TO_STDERR_TIMED ? put_time(line, sizeof line) : 0;
	n += (size_t)snprintf(line + n, sizeof line - n, "%s%s\n", levels[level].word, text);
	ssize_t written = write(STDERR_FILENO, line, n);
	(void)written; /* there is no other place to report it */
}

/* The journal's socket does not answer; its stream, which is stderr, may. */
static void write_stream(enum log_level level, const char *text)
{
	char line[LINE_LEN + 64];
	int n = snprintf(line, sizeof line, "<%c>%s%s\n", levels[level].priority, levels[level].word, text);
	send(STDERR_FILENO, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

struct datagram {
	char text[DATAGRAM_LEN];
	size_t n;
};

/* Adds one field; its value must have no control characters. */
static void put_field(struct datagram *d, const char *name, const char *value)
{
	size_t len = strlen(name) + 1 + strlen(value) + 1;
	if (len < sizeof d->text - d->n)
		d->n += (size_t)sprintf(d->text + d->n, "%s=%s\n", name, value);
}

static void put_fields(struct datagram *d, const struct log_fields *fields)
{
	for (size_t i = 0; i < log_fields_count; i++) {
		const struct log_field_row *row = &log_field_rows[i];
		const void *at = (const char *)fields + row->at;
		char name[32], value[VALUE_LEN] = "";
		unsigned number = row->number ? *(const unsigned *)at : 0;
		const char *text = row->number ? NULL : *(const char *const *)at;
		snprintf(name, sizeof name, "EVERTAPE_%s", row->name);
		if (number)
			snprintf(value, sizeof value, "%u", number);
		else if (text)
			log_escape(value, sizeof value, "%s", text);
		if (*value)
			put_field(d, name, value);
	}
}

static int send_journal(enum log_level level, const char *event, const struct log_fields *fields,
	const char *text, unsigned *ret_lost)
{
	struct datagram d = { .n = 0 };
	char message[LINE_LEN + 16], priority[2] = { levels[level].priority, 0 };
	snprintf(message, sizeof message, "%s%s", levels[level].word, text);
	put_field(&d, "MESSAGE", message);
	put_field(&d, "PRIORITY", priority);
	put_field(&d, "SYSLOG_IDENTIFIER", program_invocation_short_name);
	if (event)
		put_field(&d, "EVERTAPE_EVENT", event);
	if (fields)
		put_fields(&d, fields);
	return journal_send(&journal, d.text, d.n, ret_lost);
}

static void write_journal(enum log_level level, const char *event, const struct log_fields *fields,
	const char *text)
{
	unsigned lost = 0, none;
	int err = send_journal(level, event, fields, text, &lost);
	if (err && err != -EAGAIN)
		write_stream(level, text);
	if (!err && lost) {
		char told[80];
		snprintf(told, sizeof told,
			"%u lines before the last one are missing: the journal did not take them", lost);
		send_journal(LOG_WARN, NULL, NULL, told, &none);
	}
}

void log_put(enum log_level level, int event, const struct log_fields *fields, const char *text)
{
	if (place == TO_JOURNAL)
		write_journal(level, event == LOG_NO_EVENT ? NULL : log_events[event].name, fields, text);
	else
		write_stderr(level, text);
}

/* --- lines and events --------------------------------------------------------------------------------- */

void log_text(char text[static LOG_TEXT_LEN], const struct actor *by, const char *format, va_list args)
{
	size_t n = actor_text(by, text, WHO_LEN);
	if (n)
		n += (size_t)snprintf(text + n, LOG_TEXT_LEN - n, ": ");
	log_format(text + n, LOG_TEXT_LEN - n, format, args);
}

/* fields may be NULL. */
static void say(const char *file, enum log_level level, int event, const struct log_fields *fields,
	const char *format, va_list args)
{
	static const struct actor nobody;
	char text[LOG_TEXT_LEN];
	if (!log_wanted(file, level))
		return;
	log_text(text, fields ? &fields->by : &nobody, format, args);
	log_put(level, event, fields, text);
}

void log_line_in(const char *file, enum log_level level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(file, level, LOG_NO_EVENT, NULL, format, args);
	va_end(args);
}

void log_about_in(const char *file, enum log_level level, const struct log_fields *fields, const char *format,
	...)
{
	va_list args;
	va_start(args, format);
	say(file, level, LOG_NO_EVENT, fields, format, args);
	va_end(args);
}

void log_event_in(const char *file, enum log_event_id id, const struct log_fields *fields, const char *format,
	...)
{
	va_list args;
	va_start(args, format);
	say(file, log_events[id].level, id, fields, format, args);
	va_end(args);
}

void log_fatal(const char *format, ...)
{
	char text[LOG_TEXT_LEN];
	va_list args;
	va_start(args, format);
	log_format(text, sizeof text, format, args);
	va_end(args);
	if (place == TO_JOURNAL)
		log_put(LOG_ERROR, LOG_NO_EVENT, NULL, text);
	else
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}
