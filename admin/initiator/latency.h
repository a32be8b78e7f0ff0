/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram of durations: fixed size, within 1.6 % of the truth. */
#pragma once

#include <stdint.h>

enum { LATENCY_SUB = 64, LATENCY_BUCKETS = LATENCY_SUB * 40 };

struct latency {
	uint64_t count, longest;
	uint32_t bucket[LATENCY_BUCKETS];
};

void latency_put(struct latency *l, uint64_t ns);
void latency_merge(struct latency *into, const struct latency *from);
/* The duration that a share (0..1) of all stay within, in nanoseconds; 0 of nothing. */
uint64_t latency_at(const struct latency *l, double share);
