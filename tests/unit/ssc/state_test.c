/* SPDX-License-Identifier: Apache-2.0 */
/* Empty, loaded, unloaded, prevented; the robot's side; the front panel; what Windows asks first. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/fiber.h"
#include "vtl/base/timer.h"

/* clang-format off */

static const struct script_row empty[] = {
	{ "TEST UNIT READY", "00 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "REQUEST SENSE tells the same, with GOOD", "03 00 00 00 12 00", .in = "70 00 02 00 00 00 00 0A 00 00 00 00 3A 00" },
	{ "REWIND", "01 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "READ", "08 00 00 10 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = SENSE18_NO_MEDIUM },
	{ "WRITE FILEMARKS", "10 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "SPACE", "11 00 00 00 01 00", .sense = SENSE18_NO_MEDIUM },
	{ "ERASE", "19 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "LOCATE", "2B 00 00 00 00 00 01 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "READ POSITION", "34 00 00 00 00 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "LOAD", "1B 00 00 00 01 00", .sense = SENSE18_NO_MEDIUM },
	{ "UNLOAD", "1B 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "density of the medium", "44 01 00 00 00 00 00 01 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "density of the drive", "44 00 00 00 00 00 00 01 00 00", .in = "00 9E 00 00 5C 5C 80 00 00", .moved = 160 },
	{ "READ BLOCK LIMITS", "05 00 00 00 00 00", .in = "00 80 00 00 00 01" },
	{ "PREVENT", "1E 00 00 00 01 00" },
	{ "ALLOW", "1E 00 00 00 00 00" },
	{ "MODE SENSE: no medium type, no density", "1A 00 00 00 0C 00", .in = "0B 00 10 08 00 00 00 00 00 00 00 00" },
	{ 0 } };

static const struct script_row loaded[] = {
	{ "unit attention once", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "for each nexus", "00 00 00 00 00 00", .who = 1, .sense = SENSE18_CHANGED },
	{ "then ready", "00 00 00 00 00 00" },
	{ "for each", "00 00 00 00 00 00", .who = 1 },
	{ "a record", "0A 00 00 10 00 00", .write = 4096, .seed = 1, AT(1) },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "seated but unloaded", "00 00 00 00 00 00", .sense = SENSE18_UNLOADED },
	{ "for the other too", "00 00 00 00 00 00", .who = 1, .sense = SENSE18_UNLOADED },
	{ "nothing to read", "08 00 00 10 00 00", .sense = SENSE18_UNLOADED },
	{ "UNLOAD again", "1B 00 00 00 00 00", .sense = SENSE18_UNLOADED },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "is no news to who sent it", "00 00 00 00 00 00" },
	{ "but to the other", "08 00 00 10 00 00", .who = 1, .sense = SENSE18_CHANGED },
	{ "the record is there", "08 00 00 10 00 00", .read = 4096, .read_seed = 1, AT(1) },
	{ "LOAD when loaded rewinds", "1B 00 00 00 01 00", AT(0) },
	{ "without a unit attention", "00 00 00 00 00 00" },
	{ "EOT has no meaning", "1B 00 00 00 04 00", .sense = SENSE18_CDB("CA", "04") },
	{ "HOLD with LOAD seats without threading", "1B 00 00 00 09 00" },
	{ "unloaded", "00 00 00 00 00 00", .sense = SENSE18_UNLOADED },
	{ "back", "1B 00 00 00 01 00" },
	{ 0 } };

static const struct script_row prevented[] = {
	{ "the other forbids removal", "1E 00 00 00 01 00", .who = 1 },
	{ "UNLOAD by anybody", "1B 00 00 00 00 00", .sense = SENSE18("05", "53 02") },
	{ "with IMMED too", "1B 01 00 00 00 00", .who = 1, .sense = SENSE18("05", "53 02") },
	{ "LOAD is fine", "1B 00 00 00 01 00" },
	{ "one's own allow does not help", "1E 00 00 00 00 00" },
	{ "still not", "1B 00 00 00 00 00", .sense = SENSE18("05", "53 02") },
	{ "PREVENT of 2 and 3 are obsolete", "1E 00 00 00 03 00", .sense = SENSE18_CDB("C9", "04") },
	{ 0 } };

static const struct script_row allowed[] = {
	{ "the other allows", "1E 00 00 00 00 00", .who = 1 },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ 0 } };

/* What the drive is able to do is nobody's secret, whoever has reserved it. */
static const struct script_row reserved[] = {
	{ "the other reserves", "16 00 00 00 00 00", .who = 1 },
	{ "READ BLOCK LIMITS", "05 00 00 00 00 00", .in = "00 80 00 00 00 01" },
	{ "density of the drive", "44 00 00 00 00 00 00 01 00 00", .in = "00 9E 00 00 5C 5C 80 00 00", .moved = 160 },
	{ "ALLOW", "1E 00 00 00 00 00" },
	{ "and releases", "17 00 00 00 00 00", .who = 1 },
	{ 0 } };

static const struct script_row diagnostic[] = {
	{ "the default self-test", "1D 04 00 00 00 00" },
	{ "which may take the unit away meanwhile", "1D 07 00 00 00 00" },
	{ "no test at all", "1D 10 00 00 00 00" },
	{ "another test", "1D 20 00 00 00 00", .sense = SENSE18_CDB("CF", "01") },
	{ "a diagnostic page that no drive has", "1D 10 00 00 04 00", .out = "40 00 00 00", .sense = SENSE18_LIST("8F", "00") },
	{ "a reserved bit", "1D 0C 00 00 00 00", .sense = SENSE18_CDB("CB", "01") },
	{ 0 } };

/* W21: what tape.sys sends at its start. */
static const struct script_row windows[] = {
	{ "INQUIRY of 252", "12 00 00 00 FC 00", .in = "01 80 06 02 41 01 10 02 49 42 4D 20 20 20 20 20 55 4C 54 33 35 38 30 2D 54 44 38 20 20 20 20 20", .moved = 70 },
	{ "page 10h without a block descriptor", "1A 08 10 00 14 00", .in = "13 88 10 00 90 0E", .moved = 20 },
	{ "page 0Fh says DCC", "1A 08 0F 00 14 00", .in = "13 88 10 00 8F 0E C0 80 00 00 00 FF 00 00 00 FF" },
	{ "READ BLOCK LIMITS", "05 00 00 00 00 00", .in = "00 80 00 00 00 01" },
	{ "TEST UNIT READY", "00 00 00 00 00 00" },
	{ "page 00h: header and block descriptor", "1A 00 00 00 0C 00", .in = "0B 88 10 08 5E 00 00 00 00 00 00 00", .moved = 12 },
	{ "REQUEST SENSE of 29", "03 00 00 00 1D 00", .in = "70 00 00 00 00 00 00 58", .moved = 29 },
	{ "density at byte 4", "1A 00 10 00 1C 00", .in = "1B 88 10 08 5E", .moved = 28 },
	{ "a block length, PF=0", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 01 00 00" },
	{ "page 0Fh with algorithm 10h", "15 10 00 00 14 00", .out = "00 00 10 00 0F 0E C0 80 00 00 00 10 00 00 00 10 00 00 00 00" },
	{ "which is our own after all", "1A 08 0F 00 14 00", .in = "13 88 10 00 8F 0E C0 80 00 00 00 FF 00 00 00 FF" },
	{ "page 10h as it was sensed", "15 10 00 00 14 00", .out = "00 00 10 00 10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90" },
	{ "page 25h is answered", "1A 08 25 00 FF 00", .in = "23 88 10 00 25 1E" },
	{ "a fixed bit of page 10h", "15 10 00 00 14 00", .out = "00 00 10 00 10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 91", .sense = SENSE18_LIST("88", "13") },
	{ "TapeAlert", "4D 00 6E 00 00 00 00 01 44 00", .in = "2E 00 01 40 00 01 C0 01 00", .moved = 324 },
	{ "no threshold says that cleaning is required", "4D 00 0C 00 00 01 00 00 FF 00", .in = "0C 00 00 24 01 00 40 08 00 00 00 00 00 00 00 00" },
	{ "another density", "15 10 00 00 0C 00", .out = "00 00 10 08 5C 00 00 00 00 00 00 00", .sense = SENSE18_LIST("80", "04") },
	{ "in the longer header too", "55 10 00 00 00 00 00 00 10 00", .out = "00 00 00 10 00 00 00 08 5C 00 00 00 00 00 00 00", .sense = SENSE18_LIST("80", "08") },
	{ 0 } };

/* clang-format on */

static void check_counters(struct bench *b, uint64_t loads, uint64_t written, uint64_t read)
{
	struct cart_label label;
	struct cart_counters is = { 0 };
	BENCH_CHECK(b, cart_label_read(shelf_at(b->engine, b->root), "E00001L8", &label) == 0);
	BENCH_CHECK(b, cart_counters_read(shelf_at(b->engine, b->root), &label, &is) == 0);
	if (is.loads != loads || is.written != written || is.read != read)
		bench_fail(b, "memory: %llu loads, %llu written, %llu read", (unsigned long long)is.loads,
			(unsigned long long)is.written, (unsigned long long)is.read);
}

static void states(struct bench *b)
{
	bench_settle(b);
	script_run(b, empty);
	script_run(b, reserved);
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == -EBUSY);
	script_run(b, loaded);
	bench_settle(b);
	script_run(b, prevented);
	BENCH_CHECK(b, bench_unthread(b) == -EBUSY);
	script_run(b, allowed);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	script_run(b, empty);
	check_counters(b, 3, 4096, 4096);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	check_counters(b, 4, 4096, 4096);
}

static void windows_start(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, windows);
	script_run(b, diagnostic);
}

/* W22: rewind without waiting, and an idle drive right after, also under TEST UNIT READY. */
static void front_panel(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	BENCH_CHECK(b, !bench_status(b).loaded && !bench_status(b).barcode[0]);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	for (uint32_t i = 0; i < 100; i++)
		bench_write(b, 65536, i);
	BENCH_CHECK(b, bench_cdb(b, 0, "10 00 00 00 01 00", NULL) == 0);
	BENCH_CHECK(b, bench_cdb(b, 0, "01 01 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_cdb(b, 0, "03 00 00 00 1D 00", NULL) == 0);
	while (bench_status(b).activity != DRIVE_IDLE)
		fiber_sleep(5);
	fiber_sleep(60); /* so that there is a time without activity to be told of */
	struct drive_status status = bench_status(b);
	BENCH_CHECK(b, status.loaded && !status.prevented);
	BENCH_CHECK(b, !strcmp(status.barcode, "E00001L8") && status.written == 6553600);
	BENCH_CHECK(b, status.position.object == 0 && status.position.bop);
	BENCH_CHECK(b, status.last_activity_ms >= 50);
	for (int i = 0; i < 5; i++)
		BENCH_CHECK(b, bench_cdb(b, 0, "00 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_status(b).last_activity_ms >= 50);
	int64_t read = now_ms();
	BENCH_CHECK(b, bench_cdb(b, 0, "08 00 01 00 00 00", NULL) != 0x08);
	int64_t ago = (int64_t)bench_status(b).last_activity_ms;
	BENCH_CHECK(b, ago <= now_ms() - read);
}

/* True when the panel says so before the time is over. */
static bool shows(struct bench *b, enum drive_activity activity, int64_t ms)
{
	for (int64_t end = now_ms() + ms; now_ms() < end; fiber_sleep(10))
		if (bench_status(b).activity == activity)
			return true;
	return false;
}

/* The panel tells what the drive did during the last second, whatever it does at the instant. */
static void last_second(struct bench *b)
{
	enum { LATELY_MS = 1000, PATIENCE_MS = 20000 };
	bench_load(b, "E00001L8", "lto8");
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_IDLE);
	int64_t wrote = now_ms();
	bench_write(b, 65536, 1);
	struct drive_status status = bench_status(b);
	BENCH_CHECK(b, status.activity == DRIVE_WRITING || now_ms() - wrote >= LATELY_MS);
	BENCH_CHECK(b, shows(b, DRIVE_IDLE, PATIENCE_MS) && now_ms() - wrote >= LATELY_MS);
	BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_IDLE);
	int64_t read = now_ms();
	BENCH_CHECK(b, bench_cdb(b, 0, "08 00 01 00 00 00", NULL) != 0x08);
	status = bench_status(b);
	BENCH_CHECK(b, status.activity == DRIVE_READING || now_ms() - read >= LATELY_MS);
	fiber_sleep(5);
	wrote = now_ms();
	bench_write(b, 65536, 1); /* the later one counts */
	status = bench_status(b);
	BENCH_CHECK(b, status.activity == DRIVE_WRITING || now_ms() - wrote >= LATELY_MS);
	/* What it wrote was another cartridge's. */
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_IDLE);
}

/* What waits in the buffer is written by itself when the write delay time has passed. */
static void write_delay(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	static const struct script_row tenth[] = {
		{ "a write delay of 0.1 s", "15 10 00 00 14 00",
			.out = "00 00 10 00 10 0E 00 00 00 00 00 01 40 00 10 00 00 00 01 90" },
		{ 0 }
	};
	script_run(b, tenth);
	enum { DELAY_MS = 100, PATIENCE_MS = 20000 };
	int64_t wrote = now_ms();
	bench_write(b, 1000, 1);
	struct drive_status status = bench_status(b);
	BENCH_CHECK(b, status.position.buffered_objects == 1 || now_ms() - wrote >= DELAY_MS);
	while (bench_status(b).position.buffered_objects && now_ms() - wrote < PATIENCE_MS)
		fiber_sleep(10);
	BENCH_CHECK(b, bench_status(b).position.buffered_objects == 0);
	BENCH_CHECK(b, now_ms() - wrote >= DELAY_MS);
	bench_write(b, 1000, 2);
}

static void strangers(struct bench *b)
{
	bench_create(b, "E00001L6", "lto6", 0, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L6") == 0); /* generations_test.c tells what the drive says */
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00002L8") < 0);
	bench_settle(b);
	script_run(b, empty);
}

static void run_apart(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run_apart("IBM ULT3580-TD8", body, NULL), 0);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "empty, loaded, unloaded, prevented", run_body, NULL, NULL, (void *)states },
		{ "the same on a worker of its own", run_apart, NULL, NULL, (void *)states },
		{ "the front panel there", run_apart, NULL, NULL, (void *)front_panel },
		{ "what Windows asks first", run_body, NULL, NULL, (void *)windows_start },
		{ "the front panel", run_body, NULL, NULL, (void *)front_panel },
		{ "the panel shows what the drive did during the last second", run_body, NULL, NULL,
			(void *)last_second },
		{ "the write delay time", run_body, NULL, NULL, (void *)write_delay },
		{ "cartridges it does not take", run_body, NULL, NULL, (void *)strangers },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
