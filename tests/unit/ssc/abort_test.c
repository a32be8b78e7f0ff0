/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that are taken away in the middle: the tape stands behind the last whole record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/fiber.h"

enum { BIG = 4 << 20 };

static void begin(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	for (uint32_t i = 0; i < 3; i++)
		bench_write(b, 100000, i);
}

/* Until it has asked for bytes that are not answered. */
static void wait_until_stuck(const struct bench_task *t)
{
	while (!t->asked && !t->done)
		fiber_sleep(1);
}

/* Starts a command that gets stuck after some bytes, and aborts it. */
static void abort_one(struct bench *b, const char *hex, size_t stuck_after, enum tmf function)
{
	struct bench_task *t = malloc(sizeof *t);
	struct bench_answer a;
	uint8_t cdb[16], *data = calloc(1, 2 * BIG);
	unsigned n = bench_hex(hex, cdb, sizeof cdb);
	b->pace = PACE_STUCK;
	b->stuck_after = stuck_after;
	bench_start(b, t, 0, cdb, n, data, 2 * BIG, data, 2 * BIG);
	wait_until_stuck(t);
	BENCH_CHECK(b, !t->done);
	enum tmf_response r = target_tmf(&b->nexus[0], function, 1, t->task.tag);
	BENCH_CHECK(b, r == TMF_COMPLETE);
	bench_wait(t, &a);
	BENCH_CHECK(b, a.aborted);
	b->pace = PACE_NOW;
	free(t);
	free(data);
}

static void body(struct bench *b)
{
	begin(b);
	/* In the middle of the first record: as if it had never begun. */
	abort_one(b, "0A 00 40 00 00 00", 0, TMF_ABORT_TASK);
	BENCH_CHECK(b, bench_object(b) == 3);
	bench_write(b, 100000, 3);
	BENCH_CHECK(b, bench_object(b) == 4);

	/* In the third of several fixed blocks: two are there. */
	static const struct script_row fixed[] = {
		{ "1 MiB blocks", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 10 00 00" }, { 0 }
	};
	script_run(b, fixed);
	abort_one(b, "0A 01 00 00 06 00", 2 << 20, TMF_ABORT_TASK_SET);
	BENCH_CHECK(b, bench_object(b) == 6);

	/* A READ: before the record whose bytes did not all go. */
	BENCH_CHECK(b, bench_cdb(b, 0, "2B 00 00 00 00 00 04 00 00 00", NULL) == 0);
	abort_one(b, "08 01 00 00 02 00", 1 << 20, TMF_ABORT_TASK);
	BENCH_CHECK(b, bench_object(b) == 5);

	/* A reset takes the task, keeps the medium, and forgets block lengths. */
	abort_one(b, "08 01 00 00 01 00", 0, TMF_LU_RESET);
	static const struct script_row after[] = {
		{ "the reset is told", "00 00 00 00 00 00", .sense = SENSE18("06", "29 03") },
		{ "to the other", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "29 03") },
		{ "variable again", "08 01 00 00 01 00", .sense = SENSE18_CDB("C8", "01"), AT(5) },
		{ "all records are there", "01 00 00 00 00 00" },
		{ "record 0", "08 00 01 86 A0 00", .read = 100000, .read_seed = 0 },
		{ "record 1", "08 00 01 86 A0 00", .read = 100000, .read_seed = 1 },
		{ "record 2", "08 00 01 86 A0 00", .read = 100000, .read_seed = 2 },
		{ "record 3", "08 00 01 86 A0 00", .read = 100000, .read_seed = 3 },
		{ "to the end", "11 03 00 00 00 00", AT(6) },
		{ 0 },
	};
	script_run(b, after);
}

/* A nexus that goes in mid-WRITE takes its PREVENT and its task along, and nothing else. */
static void nexus_loss(struct bench *b)
{
	begin(b);
	struct bench_task *t = malloc(sizeof *t);
	uint8_t cdb[6] = { 0x0a, 0, 0x10, 0, 0 }, *data = calloc(1, 1 << 20);
	BENCH_CHECK(b, bench_cdb(b, 0, "1E 00 00 00 01 00", NULL) == 0);
	b->pace = PACE_STUCK;
	b->stuck_after = 0;
	bench_start(b, t, 0, cdb, 6, data, 1 << 20, NULL, 0);
	wait_until_stuck(t);
	BENCH_CHECK(b, !t->done);
	target_detach(&b->nexus[0]);
	BENCH_CHECK(b, t->done && t->task.aborted);
	b->pace = PACE_NOW;
	BENCH_CHECK(b, target_attach(&b->nexus[0]) == 0);
	static const struct script_row after[] = {
		{ "the loss is told", "00 00 00 00 00 00", .sense = SENSE18("06", "29 07") },
		{ "the position is kept", "00 00 00 00 00 00", AT(3) },
		{ "its PREVENT is gone", "1B 00 00 00 00 00", .who = 1 },
		{ 0 },
	};
	script_run(b, after);
	free(t);
	free(data);
}

/* IMMED: the status is there before the work has ended, and the next command finds it done. */
static void early_status(struct bench *b)
{
	begin(b);
	static const char *const immediate[] = {
		"01 01 00 00 00 00",
		"2B 01 00 00 00 00 02 00 00 00",
		"10 01 00 00 01 00",
		"19 02 00 00 00 00",
		"1B 01 00 00 00 00",
		"1B 01 00 00 01 00",
	};
	static const uint64_t then[] = { 0, 2, 3, 3, UINT64_MAX, 0 };
	for (unsigned i = 0; i < sizeof immediate / sizeof *immediate; i++) {
		b->what = immediate[i];
		BENCH_CHECK(b, bench_cdb(b, 0, immediate[i], NULL) == 0);
		/* Unloading and loading take their time on a worker of their own. */
		while (bench_status(b).activity != DRIVE_IDLE)
			fiber_sleep(1);
		bench_settle(b);
		BENCH_CHECK(b, bench_object(b) == then[i]);
	}
	b->what = NULL;
}

static void aborts(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", body, NULL), 0);
}

static void losses(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", nexus_loss, NULL), 0);
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", nexus_loss, NULL), 0);
}

static void immediates(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", early_status, NULL), 0);
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", early_status, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aborts),
		cmocka_unit_test(losses),
		cmocka_unit_test(immediates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
