/* SPDX-License-Identifier: Apache-2.0 */
/* Formats that are folders: the command reads and writes their files with the user's own rights, the daemon gets or
 * gives one stream. */
#pragma once

#include "admin/cli/verb.h"

/* Imports from the folder at path.  The exit code. */
int pack_import(struct cli *cli, const struct verb *verb, struct parsed *parsed, const char *path);
/* Exports into a new folder at path; nothing is left of it after a failure.  The exit code. */
int pack_export(struct cli *cli, const struct verb *verb, json_t *params, const char *path);
/* Whether the request names a format that is a folder. */
bool pack_is_meant(json_t *params);
