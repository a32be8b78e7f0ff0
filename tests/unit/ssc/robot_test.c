/* SPDX-License-Identifier: Apache-2.0 */
/* The robot at a drive whose files do not answer: it leaves, and what ends behind its back is undone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "vtl/base/fiber.h"
#include "vtl/base/timer.h"

enum { PATIENCE_MS = 20000 };

struct visit {
	struct bench *bench;
	const char *barcode; /* NULL: it takes out what is there */
	int err;
	bool done;
};

static void visit_run(void *arg)
{
	struct visit *v = arg;
	v->err = v->barcode ? bench_thread(v->bench, v->barcode) : bench_unthread(v->bench);
	v->done = true;
}

static void visit_begin(struct visit *v, struct bench *b, const char *barcode)
{
	*v = (struct visit){ .bench = b, .barcode = barcode };
	BENCH_CHECK(b, fiber_start("visit", visit_run, v) == 0);
	fiber_sleep(20);
	BENCH_CHECK(b, !v->done); /* its files do not answer, and it waits */
}

static void visit_end(struct visit *v)
{
	int64_t until = now_ms() + PATIENCE_MS;
	while (!v->done && now_ms() < until)
		fiber_sleep(1);
	BENCH_CHECK(v->bench, v->done);
}

/* Waits until the drive does nothing any more and holds that cartridge, or none. */
static void becomes(struct bench *b, const char *barcode)
{
	int64_t until = now_ms() + PATIENCE_MS;
	struct drive_status s;
	while ((s = bench_status(b)).loaded || strcmp(s.barcode, barcode) || s.activity == DRIVE_STALLED ||
		s.activity == DRIVE_LOADING || s.activity == DRIVE_UNLOADING) {
		if (now_ms() >= until) {
			bench_fail(b, "it holds '%s', loaded %d, activity %d", s.barcode, s.loaded,
				s.activity);
			return;
		}
		fiber_sleep(1);
	}
}

static void loads_late(struct bench *b)
{
	struct visit v;
	bench_create(b, "T00001L8", "lto8", 0, false, false);
	bench_create(b, "T00002L8", "lto8", 0, false, false);
	b->faults.hold_opens = true;
	visit_begin(&v, b, "T00001L8");
	bench_stall(b, true);
	visit_end(&v);
	BENCH_CHECK(b, v.err == -ETIMEDOUT);
	BENCH_CHECK(b, bench_thread(b, "T00002L8") == -ETIMEDOUT); /* the next one is not kept waiting */
	b->faults.hold_opens = false;
	bench_stall(b, false);
	becomes(b, "");
	BENCH_CHECK(b, bench_thread(b, "T00002L8") == 0); /* nothing of the other is left in it */
	bench_settle(b);
	BENCH_CHECK(b, bench_cdb(b, 0, "00 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, "T00001L8") == 0); /* and the other is held by nobody */
	BENCH_CHECK(b, bench_unthread(b) == 0);
}

static void fails_late(struct bench *b)
{
	struct visit v;
	bench_create(b, "T00001L8", "lto8", 0, false, false);
	b->faults.hold_opens = true;
	visit_begin(&v, b, "T00001L8");
	bench_stall(b, true);
	visit_end(&v);
	BENCH_CHECK(b, v.err == -ETIMEDOUT);
	BENCH_CHECK(b,
		cart_delete(shelf_at(b->engine, b->root), "T00001L8") ==
			0); /* what it waits for fails, then */
	b->faults.hold_opens = false;
	bench_stall(b, false);
	becomes(b, "");
}

static void unloads_late(struct bench *b)
{
	struct visit v;
	bench_load(b, "T00001L8", "lto8");
	bench_write(b, 4096, 1);
	b->faults.hold = true;
	visit_begin(&v, b, NULL);
	bench_stall(b, true);
	visit_end(&v);
	BENCH_CHECK(b, v.err == -ETIMEDOUT);
	b->faults.hold = false;
	bench_stall(b, false);
	becomes(b, "T00001L8"); /* the library has it in the drive: it is there, unloaded */
	BENCH_CHECK(b, bench_unthread(b) == 0);
	becomes(b, "");
	BENCH_CHECK(b, bench_thread(b, "T00001L8") == 0);
	bench_settle(b);
	BENCH_CHECK(b, bench_cdb(b, 0, "08 00 00 10 00 00", NULL) == 0); /* with what was written */
	BENCH_CHECK(b, bench_unthread(b) == 0);
}

static void a_load_that_ends_too_late_is_undone(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", loads_late, NULL), 0);
}

static void a_load_that_fails_too_late_leaves_the_drive_empty(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", fails_late, NULL), 0);
}

static void an_unload_that_ends_too_late_leaves_the_cartridge_in_the_drive(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", unloads_late, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_that_ends_too_late_is_undone),
		cmocka_unit_test(a_load_that_fails_too_late_leaves_the_drive_empty),
		cmocka_unit_test(an_unload_that_ends_too_late_leaves_the_cartridge_in_the_drive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
