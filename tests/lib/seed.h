/* SPDX-License-Identifier: Apache-2.0 */
/* What a random test takes from the environment: SEED=N repeats its choices, ROUNDS=N makes it longer or shorter. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
