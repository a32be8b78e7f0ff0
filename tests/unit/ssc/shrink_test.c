/* SPDX-License-Identifier: Apache-2.0 */
/* The shrinker of tests/model, on a drive that is the reference itself with a fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/seed.h"
#include "tests/model/walk.h"
#include "vtl/base/container.h"

enum { STEPS = 3000, REWIND = 0x01, SPACE = 0x11, WRITE_FILEMARKS = 0x10 };

struct twin {
	struct door door;
	struct model drive;
	unsigned fault; /* how much of what it takes has been seen */
	bool faulty;
};

/* After filemarks of host 0, a SPACE of host 1 and a REWIND of host 0, whatever else is between them, one is BUSY. */
static bool shows(struct twin *t, unsigned who, uint8_t code, uint8_t status)
{
	static const struct {
		uint8_t who, code;
	} chain[] = { { 0, WRITE_FILEMARKS }, { 1, SPACE }, { 0, REWIND } };
	if (!t->faulty || status || who != chain[t->fault].who || code != chain[t->fault].code)
		return false;
	return ++t->fault == sizeof chain / sizeof *chain;
}

static bool twin_does(struct door *door, unsigned who, const struct exchange *x, struct reply *ret)
{
	struct twin *t = container_of(door, struct twin, door);
	struct model_answer a = { .in = x->in };
	const struct model_call call = { who, x->cdb, x->out, x->out_len, x->seed };
	model_command(&t->drive, &call, &a);
	ret->status = shows(t, who, x->cdb[0], a.status) ? 0x08 : a.status;
	ret->want = a.want;
	memcpy(ret->sense, a.sense, sizeof ret->sense);
	return true;
}

static bool twin_insert(struct door *door, uint64_t bytes, bool worm, bool compresses)
{
	struct twin *t = container_of(door, struct twin, door);
	model_insert(&t->drive, bytes, worm);
	t->drive.can_compress = compresses;
	return true;
}

static bool twin_protect(struct door *door, bool protected)
{
	model_protect(&container_of(door, struct twin, door)->drive, protected);
	return true;
}

static bool twin_manage(struct door *door, unsigned who, enum management function)
{
	if (function == MANAGE_RESET)
		model_reset(&container_of(door, struct twin, door)->drive);
	return true;
}

/* arg: whether the drive has the fault. */
static bool twin_walks(void *arg, struct plan *plan)
{
	struct twin t = { .door = { .command = twin_does,
				  .insert = twin_insert,
				  .protect = twin_protect,
				  .manage = twin_manage,
				  .port = { "a", "b" },
				  .early_load = true },
		.faulty = *(const bool *)arg };
	model_init(&t.drive);
	for (unsigned i = 0; i < MODEL_HOSTS; i++)
		snprintf(t.drive.host[i].port, MODEL_PORT, "%s", t.door.port[i]);
	bool ok = walk(&t.door, plan);
	model_fini(&t.drive);
	return ok;
}

/* Does it without one of its steps. */
static bool walks_without(const struct plan *plan, size_t step, bool faulty)
{
	uint32_t steps[STEPS];
	struct plan less = { plan->seed, steps, plan->count - 1, true };
	memcpy(steps, plan->steps, step * sizeof *steps);
	memcpy(steps + step, plan->steps + step + 1, (less.count - step) * sizeof *steps);
	return twin_walks(&faulty, &less);
}

static void finds_the_shortest_walk_that_shows_a_fault(void **state)
{
	enum { ENOUGH = 12 }; /* three, and those that take unit attentions */
	bool faulty = true;
	struct plan plan;
	plan_init(&plan, seed_new(), STEPS);
	plan.quiet = true;
	assert_false(twin_walks(&faulty, &plan));
	assert_true(shrink(&plan, twin_walks, &faulty, 60));
	assert_in_range(plan.count, 3, ENOUGH);
	for (size_t i = 0; i < plan.count; i++)
		assert_true(walks_without(&plan, i, faulty));
	assert_false(twin_walks(&faulty, &plan));
	plan_fini(&plan);
}

static void says_so_when_a_walk_does_not_fail(void **state)
{
	bool faulty = false;
	struct plan plan;
	plan_init(&plan, seed_new(), STEPS);
	assert_true(explore(&plan, twin_walks, &faulty));
	assert_int_equal(plan.count, STEPS);
	assert_false(shrink(&plan, twin_walks, &faulty, 60));
	assert_int_equal(plan.count, STEPS);
	plan_fini(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_shortest_walk_that_shows_a_fault),
		cmocka_unit_test(says_so_when_a_walk_does_not_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
