/* SPDX-License-Identifier: Apache-2.0 */
/* A verb about one cartridge, for several of them. */
#pragma once

#include "admin/cli/verb.h"

/* What a verb does for one of the names.  Prints the answer or the failure as a verb about one thing does; the
 * exit code. */
typedef int (*each_run)(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *name);

/* Runs it for each name of parsed->local's list `key`, one after the other.  One name: as if there were no list.
 * Several: a line for each, the other lines go on after one that failed, but not after an interruption or when the
 * daemon does not answer.  The exit code: EXIT_DONE when all were done, else that of the first failure. */
int each(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *key, each_run run);
/* How many names there are. */
size_t each_count(const struct parsed *parsed, const char *key);
/* The parameters of the request with "barcode" set to the name; the caller frees them.  NULL: it is not UTF-8. */
json_t *barcode_params(const struct parsed *parsed, const char *name);
