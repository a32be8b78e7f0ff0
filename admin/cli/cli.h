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

/* argv[0] is the verb; returns the program's exit code, having printed one clear line on stderr when
 * it is not EXIT_DONE. */
typedef int (*verb_run)(const struct cli *cli, int argc, char **argv);

/* admin/initiator: work at an iSCSI portal, ours or anybody's. */
int verb_stream(const struct cli *cli, int argc, char **argv);
int verb_passport(const struct cli *cli, int argc, char **argv);
