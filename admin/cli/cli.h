/* SPDX-License-Identifier: Apache-2.0 */
/* What every verb of the evertape command gets. */
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
	int64_t began_ms;  /* when the command began, by the clock of now_ms() */
	int timeout_s;     /* --timeout: for an answer; 0: no limit; TIMEOUT_USUAL: not given */
	/* Of a verb for several things (batch.h): the one it is about now, for messages, and the list that answers and
	 * errors are put into.  NULL: it is about one. */
	const char *about;
	json_t *results;
};

/* Error codes of our own in {"error": ...}; the daemon has more. */
#define FAIL_USAGE       "bad-usage"   /* the command line makes no sense */
#define FAIL_UNREACHABLE "unreachable" /* nobody there who could answer */
#define FAIL_TIMEOUT     "timeout"     /* no answer in the time that --timeout, or the usual, gives */
#define FAIL_INTERRUPTED "interrupted" /* by a signal, before it was done */
#define FAIL_NEEDS_FORCE "needs-force" /* it would cost something; --force says that this is meant */
#define FAIL_FAILED      "failed"

/* One line on stderr, control characters made harmless; with --json also {"error": ...} on stdout.
 * Returns the exit code, exit_of(code). */
int verb_fail(const struct cli *cli, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The exit code that goes with an error code: EXIT_USAGE, EXIT_INTERRUPTED or EXIT_REFUSED. */
int exit_of(const char *code);

/* The size of the terminal a descriptor is, in characters; what $COLUMNS and $LINES say, else 80 by 24, when it
 * is none. */
void terminal_size(int fd, unsigned *ret_columns, unsigned *ret_rows);
/* How many of the first len bytes of a text fit into so many columns. */
size_t text_fit(const char *text, size_t len, unsigned columns);
/* Draws a bar on stderr that fills the terminal's width and never more than one line: how far something is, how fast
 * it goes since it began (seconds), and how long it still takes.  label: what is done, or NULL; total 0: wipes it. */
void bar_draw(const char *label, uint64_t done, uint64_t total, double seconds);

/* What hosts notice: lists of {where, what, was, is, effect}, and of {where, what} for what is new. */
void changes_print(const json_t *differences, const json_t *additions);

/* argv[0] is the verb; returns the program's exit code, having printed one clear line on stderr when
 * it is not EXIT_DONE. */
typedef int (*verb_run)(const struct cli *cli, int argc, char **argv);

/* admin/initiator: work at an iSCSI portal, ours or anybody's. */
int verb_stream(const struct cli *cli, int argc, char **argv);
int verb_passport(const struct cli *cli, int argc, char **argv);
