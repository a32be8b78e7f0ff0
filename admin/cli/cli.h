/* SPDX-License-Identifier: Apache-2.0 */
/* What every verb of the evertape command gets. */
#pragma once

#include <stdbool.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct cli {
	const char *state;   /* the state directory, resolved */
	bool json;           /* --json: one document on stdout */
	bool progress;       /* stderr is a terminal: show a progress bar */
};

/* Error codes of our own in {"error": ...}; the daemon has more. */
#define FAIL_USAGE   "bad-usage"   /* the command line makes no sense */
#define FAIL_UNREACHABLE "unreachable" /* nobody there who could answer */
#define FAIL_NEEDS_FORCE "needs-force" /* it would cost something; --force says that this is meant */
#define FAIL_FAILED  "failed"

/* One line on stderr, control characters made harmless; with --json also {"error": ...} on stdout.
 * Returns the exit code: EXIT_USAGE for FAIL_USAGE, else EXIT_REFUSED. */
int verb_fail(const struct cli *cli, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* argv[0] is the verb; returns the program's exit code, having printed one clear line on stderr when
 * it is not EXIT_DONE. */
typedef int (*verb_run)(const struct cli *cli, int argc, char **argv);

/* admin/initiator: work at an iSCSI portal, ours or anybody's. */
int verb_stream(const struct cli *cli, int argc, char **argv);
int verb_passport(const struct cli *cli, int argc, char **argv);
