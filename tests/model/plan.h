/* SPDX-License-Identifier: Apache-2.0 */
/* What a walk does: steps by their numbers.  A step's choices follow from the seed, its number and the state that it
 * finds, so that any steps can be left out, and the others are still a walk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan {
	uint64_t seed;
	uint32_t *steps;
	size_t count;
	bool quiet; /* does not print how the drive and the reference differ */
};

/* The steps 0 to count - 1, or with STEPS=3,8-12 in the environment these. */
void plan_init(struct plan *p, uint64_t seed, size_t count);
void plan_fini(struct plan *p);

/* Does a plan with a new drive.  False: something is wrong; then plan->count is the number of steps begun. */
typedef bool walker(void *arg, struct plan *plan);

/* plan fails: leaves out steps as long as it still does so, at most so many seconds.  Without one of the steps that
 * are left, it would not fail, unless the time was over.  False: it does not fail again. */
bool shrink(struct plan *plan, walker *walks, void *arg, unsigned seconds);

/* Does the plan; when it fails, prints and repeats the shortest one that still does.  SHRINK=N: seconds that this may
 * take, 0: the plan is not repeated. */
bool explore(struct plan *plan, walker *walks, void *arg);
