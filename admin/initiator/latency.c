/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram of durations with a fixed size and an error of at most 1.6 %. */
#include "admin/initiator/latency.h"

/* Linear up to LATENCY_SUB, then LATENCY_SUB / 2 buckets per power of two. */
static unsigned bucket_of(uint64_t ns)
{
	if (ns < LATENCY_SUB)
		return (unsigned)ns;
	unsigned top = 63 - (unsigned)__builtin_clzll(ns);
	unsigned shift = top - 5;
	unsigned n = shift * (LATENCY_SUB / 2) + (unsigned)(ns >> shift);
	return n < LATENCY_BUCKETS ? n : LATENCY_BUCKETS - 1;
}

/* Returns the largest duration of a bucket. */
static uint64_t bucket_end(unsigned n)
{
	if (n < LATENCY_SUB)
		return n;
	unsigned shift = n / (LATENCY_SUB / 2) - 1;
	uint64_t mantissa = n - shift * (LATENCY_SUB / 2);
	return ((mantissa + 1) << shift) - 1;
}

void latency_put(struct latency *l, uint64_t ns)
{
	l->count++;
	l->bucket[bucket_of(ns)]++;
	if (ns > l->longest)
		l->longest = ns;
}

void latency_merge(struct latency *into, const struct latency *from)
{
	into->count += from->count;
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	if (from->longest > into->longest)
		into->longest = from->longest;
}

uint64_t latency_at(const struct latency *l, double share)
{
	uint64_t want = (uint64_t)(share * (double)l->count + 0.999999), seen = 0;
	if (want > l->count)
		want = l->count;
	for (unsigned i = 0; i < LATENCY_BUCKETS && want; i++) {
		seen += l->bucket[i];
		if (seen >= want)
			return bucket_end(i) < l->longest ? bucket_end(i) : l->longest;
	}
	return 0;
}
