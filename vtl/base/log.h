/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines.  error: the operator must act; warn: we coped; info: state changed; debug: off unless asked
 * for.  Never secrets, never data.
 *
 * Formats are those of printf.  What a %s brings is escaped: control characters and what is not UTF-8
 * always, quotes and backslashes where the format has it between quotes ('%s').  So a peer's name can
 * neither begin a line nor end its own quotes.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "vtl/base/actor.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE, LOG_LEVELS };

/* --- levels: of each room, so that one can be listened to ------------------------------------------- */

enum log_room {
#define ROOM(id, name, folder) ROOM_##id,
#include "vtl/base/rooms.def"
#undef ROOM
	ROOMS_COUNT
};

/* Lines above this level are dropped, in all rooms.  Default LOG_INFO. */
void log_set_level(enum log_level level);
/* The same as people write it: LEVEL (all rooms) or ROOM=LEVEL, several with commas; from any thread, at any
 * time.  -EINVAL with why: nothing has changed.  apply false: it is only checked. */
int log_levels_set(const char *text, bool apply, char *why, size_t size);
/* Whether lines of a room are wanted: for what costs something to put together.  One load. */
bool log_on(enum log_room room, enum log_level level);
const char *log_room_name(enum log_room room);
const char *log_room_level(enum log_room room); /* the name of its level now */

/* --- lines; file: the source file that says it, which tells the room ---------------------------------- */

#define log_line(...) log_line_in(__FILE__, __VA_ARGS__)
void log_line_in(const char *file, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The reason why the program ends or cannot start: "PROGRAM: ..." on stderr, or an error in the journal. */
void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* --- events: what happened to which thing, and who did it ----------------------------------------- */

enum log_event_id {
#define EVENT(id, name, level, meaning) EVENT_##id,
#include "vtl/base/events.def"
#undef EVENT
	EVENTS_COUNT
};

/* Rows of events.def; the manual and lists are checked against them. */
struct log_event_row {
	const char *name, *meaning;
	enum log_level level;
};
extern const struct log_event_row log_events[EVENTS_COUNT];

/* The things an event is about.  A member that is 0 or NULL is left out. */
struct log_fields {
	const char *cartridge; /* its barcode */
	const char *library;   /* its name */
	unsigned drive;        /* its number, from 1 */
	struct actor by;
};

/* Rows of the journal's fields, EVERTAPE_<name>. */
struct log_field_row {
	const char *name, *meaning;
	size_t at;   /* in struct log_fields */
	bool number; /* an unsigned, 0: not set; else a text, NULL or "": not set */
};
extern const struct log_field_row log_field_rows[];
extern const size_t log_fields_count;

/* Logs one event at the level of its row.  The line begins with "WHO: ", or with nothing when the daemon
 * itself acts, so the format says only what happened. */
#define log_event(...) log_event_in(__FILE__, __VA_ARGS__)
void log_event_in(const char *file, enum log_event_id id, const struct log_fields *fields, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* Logs a line that is not an event, with the things it is about. */
#define log_about(...) log_about_in(__FILE__, __VA_ARGS__)
void log_about_in(const char *file, enum log_level level, const struct log_fields *fields, const char *format,
	...) __attribute__((format(printf, 4, 5)));
/* The line begins with "cartridge BARCODE"; the format continues with ": ..." or " is ...". */
#define log_cartridge(level, barcode, format, ...)                                                    \
	log_about(level, &(const struct log_fields){ .cartridge = (barcode) }, "cartridge %s" format, \
		barcode, ##__VA_ARGS__)

/* --- where lines go --------------------------------------------------------------------------------- */

/* Lines go to stderr as they are until one of these is called.  Call it before the first thread is made. */

/* If JOURNAL_STREAM says that stderr is systemd's journal, lines go to the journal with priority and fields;
 * else to stderr, each behind date and time. */
void log_begin(void);
/* Lines go to the journal that listens at this path.  A line waits at most 50 ms for it.  If the journal
 * takes no line for longer, lines are dropped, and a later line says how many.  -errno. */
int log_to_journal(const char *path);

/* --- bounds ------------------------------------------------------------------------------------------ */

/*
 * For lines that a peer can cause as often as it likes.  Of lines with one format about one host (its
 * address without the port) a worker logs five in ten seconds and counts the others.  After the ten
 * seconds it logs the last of them with their number: "...; 12 more in 10 s".  The number of lines is
 * bounded, however many hosts there are.  The format must be a literal: it must outlive the worker.
 */
#define log_few(...)       log_few_in(__FILE__, __VA_ARGS__)
#define log_event_few(...) log_event_few_in(__FILE__, __VA_ARGS__)
void log_few_in(const char *file, enum log_level level, const struct actor *by, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void log_event_few_in(const char *file, enum log_event_id id, const struct log_fields *fields,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* For tests: another time than ten seconds. */
void log_few_window(unsigned ms);

/* --- pieces, for log.c and its tests ------------------------------------------------------------------ */

/* vsnprintf with the escapes described above; the length, always below size.  Conversions of integers,
 * doubles, pointers, characters, strings and %m. */
size_t log_format(char *out, size_t size, const char *format, va_list args);
/* The same with its arguments: for text that must be UTF-8 and harmless, a path in a document say. */
size_t log_escape(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "iqn.2026-01.test:a (192.0.2.1:4000, session 3)", "192.0.2.1:4000", "anna (uid 1000)"; "" for the daemon. */
size_t actor_text(const struct actor *actor, char *out, size_t size);
