/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a verb that takes one cartridge for several cartridges. */
#pragma once

#include "admin/cli/verb.h"

/* Does the verb's work for one name.  Prints the answer or the failure.  Returns the exit code. */
typedef int (*each_run)(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *name);

/* Calls run() for each name in the list `key` of parsed->local, in order.  With one name it prints what a
 * verb without a list prints.  With several names it prints one line for each.  After a failure it goes on
 * with the next name, but it stops after an interruption or when the daemon does not answer.  Returns
 * EXIT_DONE when every name succeeded, else the exit code of the first failure. */
int each(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *key, each_run run);
/* Returns the number of names in the list. */
size_t each_count(const struct parsed *parsed, const char *key);
/* Returns a copy of the request's parameters with "barcode" set to name; the caller frees it.  NULL: name
 * is not UTF-8. */
json_t *barcode_params(const struct parsed *parsed, const char *name);
