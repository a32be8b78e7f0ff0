/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon under test, and the command line. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "admin/initiator/initiator.h"

struct daemon {
	const char *evertaped, *evertape, *state;
	char listen[32];
	pid_t pid;
	int starts;
};

/* Chooses a port of the loopback address that nobody uses now. */
bool daemon_port(struct daemon *d);
/* Starts it and waits until it says ready; false with a line in why. */
bool daemon_start(struct daemon *d, char why[static WHY_LEN]);
/* Starts it and does not wait. */
bool daemon_launch(struct daemon *d, char why[static WHY_LEN]);
void daemon_kill(struct daemon *d);
/* Stops it as an operator does; false unless it exits 0 within 10 seconds. */
bool daemon_stop(struct daemon *d, char why[static WHY_LEN]);
/* Runs an evertape verb; false when it fails. */
bool daemon_tell(struct daemon *d, const char *const *words, char why[static WHY_LEN]);
