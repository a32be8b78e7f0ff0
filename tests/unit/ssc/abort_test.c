/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that are taken away in the middle: the tape stands behind the last whole record. */
#include <errno.h>
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

/* In buffered mode 0 filemarks are on the medium before the status, whatever IMMED says (SSC-5 7.19). */
static void unbuffered_marks(struct bench *b)
{
	static const struct script_row rows[] = {
		{ "buffered mode 0", "15 00 00 00 04 00", .out = "00 00 00 00" },
		{ "WRITE FILEMARKS IMMED", "10 01 00 00 01 00", AT(4) },
		{ 0 },
	};
	static const struct script_row fails[] = {
		{ "WRITE FILEMARKS IMMED", "10 01 00 00 01 00",
			.sense = SENSE18_INFO("03", "00 00 00 01", "0C 00"), AT(4) },
		{ 0 },
	};
	begin(b);
	script_run(b, rows);
	b->faults = (struct bench_faults){ .err = -EIO, .syncs = true };
	script_run(b, fails);
	b->faults.err = 0;
}

/* --- work that nobody waits for ------------------------------------------------------------------ */

enum { SMALL_RECORDS = 20000 };

static void many_records(struct bench *b)
{
	uint8_t cdb[6] = { 0x0a, 0x01, 0, SMALL_RECORDS >> 8, SMALL_RECORDS & 0xff };
	uint8_t *data = calloc(1, SMALL_RECORDS);
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	static const struct script_row rows[] = { { "blocks of a byte", "15 00 00 00 0C 00",
							  .out = "00 00 10 08 00 00 00 00 00 00 00 01" },
		{ 0 } };
	script_run(b, rows);
	bench_command(b, 0, cdb, 6, data, SMALL_RECORDS, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0);
	free(data);
}

static void no_one(struct bench *b)
{
}

static void reset_by_other(struct bench *b)
{
	BENCH_CHECK(b, target_tmf(&b->nexus[1], TMF_LU_RESET, 1, 0) == TMF_COMPLETE);
}

static void reset_of_target(struct bench *b)
{
	BENCH_CHECK(b, target_tmf(&b->nexus[0], TMF_TARGET_RESET, 0, 0) == TMF_COMPLETE);
}

static void sender_leaves(struct bench *b)
{
	target_detach(&b->nexus[0]);
	BENCH_CHECK(b, target_attach(&b->nexus[0]) == 0);
}

static void other_leaves(struct bench *b)
{
	target_detach(&b->nexus[1]);
	BENCH_CHECK(b, target_attach(&b->nexus[1]) == 0);
}

/* VERIFY is the one immediate command that lasts: it reads what is there. It ends early when a reset comes or the
 * nexus that sent it goes; then the drive is idle, and nobody hears of it. */
static void unheard(struct bench *b)
{
	static const struct {
		const char *what;
		void (*happens)(struct bench *b);
		bool stops;
	} rows[] = {
		{ "nothing happens", no_one, false },
		{ "the other nexus goes", other_leaves, false },
		{ "LOGICAL UNIT RESET", reset_by_other, true },
		{ "TARGET RESET", reset_of_target, true },
		{ "its nexus goes", sender_leaves, true },
	};
	many_records(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->what = rows[i].what;
		BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", NULL) == 0);
		BENCH_CHECK(b, bench_cdb(b, 0, "13 24 00 00 00 00", NULL) == 0);
		BENCH_CHECK(b, bench_status(b).activity == DRIVE_READING);
		rows[i].happens(b);
		bench_settle(b);
		/* A command that uses the medium waits for the end. */
		uint64_t at = bench_object(b);
		BENCH_CHECK(b, rows[i].stops ? at < SMALL_RECORDS : at == SMALL_RECORDS);
		BENCH_CHECK(b, bench_cdb(b, 0, "00 00 00 00 00 00", NULL) == 0);
		BENCH_CHECK(b, bench_cdb(b, 1, "00 00 00 00 00 00", NULL) == 0);
		static const struct script_row quiet[] = {
			{ "REQUEST SENSE", "03 00 00 00 12 00", .in = SENSE18("00", "00 00") }, { 0 }
		};
		script_run(b, quiet);
	}
	b->what = NULL;
}

static void background(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", unheard, NULL), 0);
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
	assert_int_equal(bench_run("IBM ULT3580-TD8", unbuffered_marks, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aborts),
		cmocka_unit_test(losses),
		cmocka_unit_test(immediates),
		cmocka_unit_test(background),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
