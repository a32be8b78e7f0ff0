/* SPDX-License-Identifier: Apache-2.0 */
/* stdin and stdout of the command as the file of a request. */
#pragma once

#include "admin/cli/verb.h"

enum pump_direction { PUMP_IN, PUMP_OUT };

/* The daemon takes plain files and sockets; what is anything else is pumped through a socket, which
 * the daemon can hang up on.  With PUMP_OUT the answer goes nowhere: stdout holds the data. */
int pump_ask(struct cli *cli, const struct verb *verb, json_t *params, int fd, enum pump_direction direction);
