/* SPDX-License-Identifier: Apache-2.0 */
/* Purges the wastebasket while the daemon runs: at the start, then every second. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/fiber.h"

struct installation;

struct tidy {
	struct installation *inst;
	struct waitq changed; /* woken to stop, and after the stop */
	bool running, stopping;
};

/* Starts the fiber. Call from a fiber on worker 0. Without memory it logs an error and does nothing. */
void tidy_start(struct tidy *tidy, struct installation *inst);
/* Stops it. False: it was still running at that time (now_ms()). */
bool tidy_stop(struct tidy *tidy, int64_t until_ms);
