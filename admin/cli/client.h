/* SPDX-License-Identifier: Apache-2.0 */
/* The command's end of the control socket. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/cli/verb.h"

/* Asks one method (params borrowed, may be NULL; fd goes along unless -1) and waits for the answer:
 * {"result":...} or {"error":...}, a new reference.  When there is none to be had the error is one of our own:
 * FAIL_UNREACHABLE, FAIL_TIMEOUT or FAIL_INTERRUPTED.  NULL: no memory. */
json_t *client_ask(const struct cli *cli, const char *method, json_t *params, int fd);
/* Whether a method only looks: it is answered soon, or something is wrong. */
bool method_asks(const char *method);

/* progress.c: a bar on stderr, drawn over itself. total 0 takes it away. */
void progress_draw(const struct cli *cli, uint64_t done, uint64_t total);
