/* SPDX-License-Identifier: Apache-2.0 */
/* Passes a pipe or terminal of the command to the daemon. */
#pragma once

#include "admin/cli/verb.h"

enum pump_direction { PUMP_IN, PUMP_OUT };

/* Sends a request whose file is a pipe, FIFO or other stream.  The daemon takes only plain files and
 * sockets, so a thread copies between fd and a socket pair.  With PUMP_OUT no result is printed, because
 * stdout holds the data.  Returns the exit code. */
int pump_ask(struct cli *cli, const struct verb *verb, json_t *params, int fd, enum pump_direction direction);
