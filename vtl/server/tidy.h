/* SPDX-License-Identifier: Apache-2.0 */
/* Looks after the wastebasket while the daemon runs: at the start, and then again and again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/fiber.h"

struct installation;

struct tidy {
	struct installation *inst;
	struct waitq changed; /* woken to stop, and when it has stopped */
	bool running, stopping;
};

/* From a fiber on worker 0.  Without memory for a fiber of its own it is not done, and said so. */
void tidy_start(struct tidy *tidy, struct installation *inst);
/* Stops it; false when it is still at work at that time (now_ms()). */
bool tidy_stop(struct tidy *tidy, int64_t until_ms);
