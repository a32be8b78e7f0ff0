/* SPDX-License-Identifier: Apache-2.0 */
/* The table of health checks, for status and for monitoring. */
#pragma once

#include <jansson.h>

#include "vtl/library/health.h"

/* Facts that the checks use besides the library. */
struct facts {
	const struct disk *disk; /* the cartridges' file system, as last measured */
	int folder;              /* installation_cartridges_there(): 0, or why the folder cannot be used */
	bool no_answer;          /* files in the folder do not respond */
	const json_t *drives;    /* drive_view() of every drive */
};

struct checking;

struct check {
	const char *id; /* stable identifier: "disk-full" */
	enum severity severity;
	const char *what;   /* the condition, as text */
	const char *remedy; /* what to do; %s: the cartridge's barcode */
	/* Calls problem() once for each thing that has the condition. */
	void (*look)(const struct check *check, struct checking *c);
	int detail; /* argument of look() */
};
/* Writes the i-th check to *ret_check, the most severe first.  False: i is behind the last. */
bool check_at(size_t i, struct check *ret_check);

/* Runs all checks.  Returns {"state":"good|warning|critical","text":"good" or the number of problems,
 * "problems":[...]}, the most severe problem first.  A problem has "check", "severity", "subject", "what",
 * "since" (or null), "remedy", "library", "drive" and "cartridge" (or null), and "line", all of it in one
 * line.  Does not wait. */
json_t *health_now(struct installation *inst, const struct facts *facts);
