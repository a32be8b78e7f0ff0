/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram of durations with a fixed size and an error of at most 1.6 %. */
#pragma once

#include <stdint.h>

enum { LATENCY_SUB = 64, LATENCY_BUCKETS = LATENCY_SUB * 40 };

struct latency {
	uint64_t count, longest;
	uint32_t bucket[LATENCY_BUCKETS];
};

void latency_put(struct latency *l, uint64_t ns);
void latency_merge(struct latency *into, const struct latency *from);
/* Returns the duration, in nanoseconds, that a share (0 to 1) of all durations does not exceed; 0 when
 * empty. */
uint64_t latency_at(const struct latency *l, double share);
