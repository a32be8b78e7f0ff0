// SPDX-License-Identifier: Apache-2.0
/* The engine of the daemon: the same tape through a worker's ring, from a fiber. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "support.h"

struct life {
	char *root;
	struct model m;
	uint64_t seed;
};

static void live(void *arg)
{
	struct life *l = arg;
	struct rng rng = { l->seed };
	struct engine *e = engine_uring_new();
	struct cart *cart = cart_fresh(e, l->root, 1 << 30, 3000);
	for (unsigned round = 0; round < 12; round++) {
		for (unsigned i = 0; i < 40; i++) {
			uint32_t len = 1 + (uint32_t)rng_below(&rng, i % 9 ? 200000 : 2500000), done;
			bool mark = rng_below(&rng, 6) == 0;
			assert_int_equal(mark ? cart_write_filemarks(cart, 1, &done)
					      : write_record(cart, l->m.pos + l->seed, len),
				MEDIA_OK);
			model_put(&l->m, mark ? 0 : len, l->m.pos + l->seed);
		}
		if (round % 3 == 2) {
			check_all(cart, &l->m);
			l->m.pos = l->m.count - rng_below(&rng, 30);
			assert_int_equal(cart_locate(cart, 0, l->m.pos), MEDIA_OK);
		}
	}
	check_all(cart, &l->m);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(e, l->root, 0);
	check_all(cart, &l->m);
	assert_int_equal(cart_close(cart), 0);
	engine_free(e);
}

static void run_on(bool disk)
{
	struct life l = { .root = scratch_new(disk), .seed = seed_for(disk ? "ring, disk" : "ring, memory") };
	bool ran = ring_run(live, &l);
	model_free(&l.m);
	scratch_end(l.root);
	if (!ran)
		skip();
}

static void test_disk(void **state)
{
	run_on(true);
}

static void test_memory(void **state)
{
	run_on(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("a cartridge through the ring", tests, NULL, NULL);
}
