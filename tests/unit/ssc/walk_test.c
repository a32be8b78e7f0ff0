/* SPDX-License-Identifier: Apache-2.0 */
/* The walk of tests/model through the door of this room.  SEED and ROUNDS (steps): see tests/lib/seed.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "tests/lib/remove_tree.h"
#include "tests/lib/seed.h"
#include "tests/model/walk.h"
#include "vtl/base/container.h"
#include "vtl/base/worker.h"

enum { STEPS = 20000, STEPS_APART = 3000 };

struct bench_door {
	struct door door;
	struct bench *b;
	unsigned cartridges;
	char barcode[16];
};

static bool bench_does(struct door *door, unsigned who, const struct exchange *x, struct reply *ret)
{
	struct bench_door *d = container_of(door, struct bench_door, door);
	struct bench_answer a;
	_Static_assert((int)BENCH_SENSE == (int)MODEL_SENSE, "the same sense");
	bench_command(d->b, who, x->cdb, x->cdb_len, x->out, x->out_len, x->in, x->in_len, &a);
	ret->status = a.status;
	ret->want = a.want;
	memcpy(ret->sense, a.sense, MODEL_SENSE);
	return true;
}

static bool bench_insert(struct door *door, uint64_t bytes, bool worm, bool compresses)
{
	static const enum cart_compression ways[] = { CART_COMPRESS_AUTO, CART_COMPRESS_LZ4,
		CART_COMPRESS_ZSTD };
	struct bench_door *d = container_of(door, struct bench_door, door);
	char folder[128];
	snprintf(folder, sizeof folder, "%s/%s", d->b->root, d->barcode);
	if (*d->barcode && (bench_unthread(d->b) || remove_tree(folder)))
		return false;
	snprintf(d->barcode, sizeof d->barcode, "E%05uL8", ++d->cartridges);
	d->b->library.compression = compresses ? ways[d->cartridges % 3] : CART_COMPRESS_OFF;
	bench_create(d->b, d->barcode, "lto8", bytes, worm, false);
	return bench_thread(d->b, d->barcode) == 0;
}

static bool bench_manage(struct door *door, unsigned who, enum management function)
{
	static const enum tmf functions[] = { TMF_LU_RESET, TMF_ABORT_TASK, TMF_ABORT_TASK_SET,
		TMF_CLEAR_TASK_SET };
	struct bench_door *d = container_of(door, struct bench_door, door);
	return target_tmf(&d->b->nexus[who], functions[function], 1, 0) ==
		(function == MANAGE_ABORT_TASK ? TMF_NO_TASK : TMF_COMPLETE);
}

struct body {
	struct plan *plan;
	bool ok;
};

static void walk_body(struct bench *b)
{
	struct body *body = (struct body *)b->arg;
	struct bench_door d = { .b = b };
	d.door = (struct door){ .command = bench_does,
		.insert = bench_insert,
		.manage = bench_manage,
		.port = { b->nexus[0].initiator_port, b->nexus[1].initiator_port },
		.can_compress = true,
		.early_load = b->worker == worker_self() };
	b->pace = body->plan->seed & 1 ? PACE_LATER : PACE_NOW;
	body->ok = walk(&d.door, body->plan);
}

typedef unsigned runner(const char *personality, void (*body)(struct bench *b), const void *arg);

/* arg: how a bench is run.  A new one each time. */
static bool walks_on_a_bench(void *arg, struct plan *plan)
{
	struct body body = { plan, true };
	runner *const *run = arg;
	return (*run)("IBM ULT3580-TD8", walk_body, &body) == 0 && body.ok;
}

static void explore_a_bench(runner *run, unsigned steps)
{
	struct plan plan;
	plan_init(&plan, seed_new(), rounds_wanted(steps));
	assert_true(explore(&plan, walks_on_a_bench, &run));
	plan_fini(&plan);
}

static void walks_like_the_reference(void **state)
{
	explore_a_bench(bench_run, STEPS);
}

static void walks_on_a_worker_of_its_own(void **state)
{
	explore_a_bench(bench_run_apart, STEPS_APART);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_like_the_reference),
		cmocka_unit_test(walks_on_a_worker_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
