/* SPDX-License-Identifier: Apache-2.0 */
/* Sends requests to the daemon over the control socket. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/cli/verb.h"

/* Calls one method and waits for the answer.  params is borrowed and may be NULL; fd is sent along unless
 * -1.  Returns {"result":...} or {"error":...}, a new reference.  If the daemon gives no answer, the error
 * has the code FAIL_UNREACHABLE, FAIL_TIMEOUT or FAIL_INTERRUPTED.  NULL: out of memory. */
json_t *client_ask(const struct cli *cli, const char *method, json_t *params, int fd);

/* progress.c: draws a progress bar on stderr if it is a terminal.  total 0 erases the bar. */
void progress_draw(const struct cli *cli, uint64_t done, uint64_t total);
