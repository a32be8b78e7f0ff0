/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what every verb of the evertape command uses. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };
enum { TIMEOUT_USUAL = -1, TIMEOUT_QUESTION_S = 10, TIMEOUT_MAX_S = 86400 };

struct cli {
	const char *state; /* the state directory, resolved */
	bool json;         /* --json: one document on stdout */
	bool progress;     /* stderr is a terminal: show a progress bar */
	int64_t began_ms;  /* when the command began, in milliseconds of now_ms() */
	int timeout_s;     /* --timeout in seconds; 0: no limit; TIMEOUT_USUAL: not given */
	/* For a verb that works on several names (batch.h): the current name, used in messages, and the
	 * list that collects results and errors.  NULL: the verb works on one thing. */
	const char *about;
	json_t *results;
};

/* Error codes of the command in {"error": ...}; the daemon has further ones (admin/rpc/method.h). */
#define FAIL_USAGE       "bad-usage"   /* the command line is wrong */
#define FAIL_UNREACHABLE "unreachable" /* nothing answers on the control socket */
#define FAIL_TIMEOUT     "timeout"     /* no answer within --timeout or the default */
#define FAIL_INTERRUPTED "interrupted" /* a signal ended the command */
#define FAIL_NEEDS_FORCE "needs-force" /* the act would cost data or a session; --force allows it */
#define FAIL_FAILED      "failed"

/* Prints one line on stderr with control characters replaced; with --json also {"error": ...} on stdout.
 * Returns exit_of(code). */
int verb_fail(const struct cli *cli, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns the exit code for an error code: EXIT_USAGE, EXIT_INTERRUPTED or EXIT_REFUSED. */
int exit_of(const char *code);

/* Writes the size in characters of the terminal behind fd.  If fd is not a terminal: $COLUMNS and $LINES,
 * else 80 by 24. */
void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_rows);
/* Returns how many of the first len bytes of a UTF-8 text fit into `columns` columns. */
size_t text_fit(const char *text, size_t len, unsigned columns);
/* Draws a progress bar on stderr, at most one terminal line: share done, rate, and time left.  seconds:
 * time since the start.  label: text before the bar, or NULL.  total 0 erases the bar. */
void bar_draw(const char *label, uint64_t done, uint64_t total, double seconds);

/* Prints what hosts notice of a change: a list of {where, what, was, is, effect}, and a list of {where,
 * what} for additions. */
void changes_print(const json_t *differences, const json_t *additions);

/* Runs a verb; argv[0] is its name.  Returns the exit code; prints one line on stderr unless that is
 * EXIT_DONE. */
typedef int (*verb_run)(const struct cli *cli, int argc, char **argv);

/* Verbs of admin/initiator: they log in to an iSCSI portal of any vendor. */
int verb_stream(const struct cli *cli, int argc, char **argv);
int verb_passport(const struct cli *cli, int argc, char **argv);
