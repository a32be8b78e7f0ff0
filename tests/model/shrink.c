/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest plan that still fails, by delta debugging: parts of the plan are left out, at first large ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/model/plan.h"

enum { SHRINK_SECONDS = 60 };

/* --- plans --------------------------------------------------------------------------------------------- */

static void add(struct plan *p, size_t *room, uint32_t step)
{
	if (p->count == *room) {
		*room = *room ? *room * 2 : 64;
		p->steps = realloc(p->steps, *room * sizeof *p->steps);
		if (!p->steps)
			abort();
	}
	p->steps[p->count++] = step;
}

static void parse(struct plan *p, const char *text)
{
	size_t room = 0;
	for (char *end; *text; text = *end ? end + 1 : end) {
		uint32_t first = (uint32_t)strtoul(text, &end, 10), last = first;
		if (*end == '-')
			last = (uint32_t)strtoul(end + 1, &end, 10);
		for (uint32_t i = first; i <= last; i++)
			add(p, &room, i);
	}
}

void plan_init(struct plan *p, uint64_t seed, size_t count)
{
	const char *given = getenv("STEPS");
	size_t room = 0;
	*p = (struct plan){ .seed = seed };
	if (given)
		parse(p, given);
	for (uint32_t i = 0; !given && i < count; i++)
		add(p, &room, i);
}

void plan_fini(struct plan *p)
{
	free(p->steps);
	p->steps = NULL;
}

static void print(const struct plan *p)
{
	printf("# the shortest walk that still fails has %zu steps: SEED=%llu STEPS=", p->count,
		(unsigned long long)p->seed);
	for (size_t i = 0, next; i < p->count; i = next) {
		for (next = i + 1; next < p->count && p->steps[next] == p->steps[next - 1] + 1; next++)
			;
		printf("%s%u", i ? "," : "", p->steps[i]);
		if (next - i > 1)
			printf("-%u", p->steps[next - 1]);
	}
	printf("\n");
}

/* --- shrinking ----------------------------------------------------------------------------------------- */

/* Without n steps from `at` on.  True: it fails still, and is the plan now. */
static bool try_without(struct plan *plan, size_t at, size_t n, walker *walks, void *arg)
{
	size_t behind = plan->count - at - n;
	struct plan less = { plan->seed, malloc((plan->count + 1) * sizeof *less.steps), at + behind, true };
	memcpy(less.steps, plan->steps, at * sizeof *less.steps);
	memcpy(less.steps + at, plan->steps + at + n, behind * sizeof *less.steps);
	bool fails = !walks(arg, &less);
	if (fails) {
		memcpy(plan->steps, less.steps, less.count * sizeof *less.steps);
		plan->count = less.count;
	}
	free(less.steps);
	return fails;
}

bool shrink(struct plan *plan, walker *walks, void *arg, unsigned seconds)
{
	time_t end = time(NULL) + seconds;
	if (!try_without(plan, 0, 0, walks, arg))
		return false;
	for (size_t part = plan->count; part; part /= 2) {
		bool any = false;
		for (size_t at = 0; at < plan->count && time(NULL) <= end;) {
			size_t n = plan->count - at < part ? plan->count - at : part;
			if (try_without(plan, at, n, walks, arg))
				any = true;
			else
				at += n;
		}
		if (any && time(NULL) <= end)
			part *= 2; /* what could not be left out may be so now */
	}
	return true;
}

bool explore(struct plan *plan, walker *walks, void *arg)
{
	const char *given = getenv("SHRINK");
	unsigned seconds = given ? (unsigned)strtoul(given, NULL, 10) : SHRINK_SECONDS;
	if (walks(arg, plan))
		return true;
	if (!seconds)
		return false;
	if (!shrink(plan, walks, arg, seconds)) {
		printf("# the same steps did not fail again: what failed depends on time\n");
		return false;
	}
	print(plan);
	fflush(stdout);
	walks(arg, plan);
	return false;
}
