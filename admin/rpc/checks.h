/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator should look after: a table of checks, for status and whoever else watches. */
#pragma once

#include <jansson.h>

#include "vtl/library/health.h"

/* What the checks look at besides the library. */
struct facts {
	const struct disk *disk; /* the cartridges' file system, as it was seen last */
	int folder;              /* of installation_cartridges_there(): the folder cannot be used */
	bool no_answer;          /* its files do not answer */
	const json_t *drives;    /* views of all drives */
};

struct checking;

struct check {
	const char *id; /* stable: "disk-full" */
	enum severity severity;
	const char *what;   /* what is wrong, in words */
	const char *remedy; /* what to do; %s: the cartridge's barcode */
	/* Calls problem() for each thing that has it. */
	void (*look)(const struct check *check, struct checking *c);
	int detail; /* the look's own */
};
/* The i-th row, the most severe first; false behind the last. */
bool check_at(size_t i, struct check *ret_check);

/* {"state":"good|warning|critical","text":"good" or how many,"problems":[...]}, the worst first.  Each problem:
 * "check", "severity", "subject", "what", "since" (or null), "remedy", "library", "drive", "cartridge" (or null),
 * and "line", all of it in one line.  Does not wait. */
json_t *health_now(struct installation *inst, const struct facts *facts);
