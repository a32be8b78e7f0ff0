/* SPDX-License-Identifier: Apache-2.0 */
/* What a random test takes from the environment: SEED=N repeats its choices, ROUNDS=N makes it longer or shorter,
 * THOROUGH=1 leaves nothing out. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vtl/base/sanitize.h"

/* SEED, else another number each time.  It is printed, so that a failure can be repeated. */
static inline uint64_t seed_new(void)
{
	const char *given = getenv("SEED");
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t seed = given ? strtoull(given, NULL, 0)
			      : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	printf("SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

/* ROUNDS, else what the test usually does. */
static inline unsigned rounds_wanted(unsigned usually)
{
	const char *given = getenv("ROUNDS");
	return given ? (unsigned)strtoul(given, NULL, 0) : usually;
}

#ifdef UNDER_ASAN
enum { SLOWER = 4 };
#else
enum { SLOWER = 1 };
#endif

/* What of a loop over everything is run: every step-th turn, beginning with turn from. */
struct stride {
	unsigned step, from;
};

/* Every nth turn, a sanitized program less.  Another part each time; it is printed.  With THOROUGH=1 all. */
static inline struct stride stride_wanted(unsigned nth)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct stride stride = { getenv("THOROUGH") ? 1 : nth * SLOWER, 0 };
	stride.from = (unsigned)(now.tv_nsec / 1000) % stride.step;
	printf("1 of %u turns, the first is %u (THOROUGH=1: all)\n", stride.step, stride.from);
	fflush(stdout);
	return stride;
}
