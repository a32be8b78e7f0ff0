/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning cartridges: at work, ejected, used up; the drive before and after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "media/shelf/mam.h"
#include "script.h"
#include "vtl/base/fiber.h"
#include "vtl/base/timer.h"

enum { PATIENCE_MS = 20000 };

/* clang-format off */
static const struct script_row at_work[] = {
	{ "TEST UNIT READY", "00 00 00 00 00 00", .sense = SENSE18("02", "30 03") },
	{ "for the other too", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("02", "30 03") },
	{ "REQUEST SENSE", "03 00 00 00 12 00", .in = "70 00 02 00 00 00 00 0A 00 00 00 00 30 03" },
	{ "READ", "08 00 00 10 00 00", .sense = SENSE18("02", "30 03") },
	{ "LOAD", "1B 00 00 00 01 00", .sense = SENSE18("02", "30 03") },
	{ "the drive is cleaning", "4D 00 51 00 00 00 00 00 0C 00", .in = "11 00 00 1A 00 00 43 04 31 94 01 00" },
	{ "TapeAlert 11: cleaning media", "4D 00 6E 00 00 00 0B 00 09 00", .in = "2E 00 01 0E 00 0B C0 01 01" },
	{ "once", "4D 00 6E 00 00 00 0B 00 09 00", .in = "2E 00 01 0E 00 0B C0 01 00" },
	{ "to each", "4D 00 6E 00 00 00 0B 00 09 00", .who = 1, .in = "2E 00 01 0E 00 0B C0 01 01" },
	{ 0 } };

static const struct script_row cleaned[] = {
	{ "the cartridge is ejected", "00 00 00 00 00 00", .sense = SENSE18_NO_MEDIUM },
	{ "and not drawn in again", "1B 00 00 00 01 00", .sense = SENSE18_NO_MEDIUM },
	{ "one cleaning, nothing moved since", "4D 00 4C 00 00 80 00 00 1C 00",
	  .in = "0C 00 00 18 80 00 40 04 00 00 00 00 80 01 40 04 00 00 00 00 80 02 40 04 00 00 00 01" },
	{ "no cleaning is asked for", "4D 00 6E 00 00 00 14 00 09 00", .in = "2E 00 00 E1 00 14 C0 01 00" },
	{ 0 } };

static const struct script_row expired[] = {
	{ "TEST UNIT READY", "00 00 00 00 00 00", .sense = SENSE18("02", "30 07") },
	{ "LOAD", "1B 00 00 00 01 00", .sense = SENSE18("02", "30 07") },
	{ "TapeAlert 22: expired", "4D 00 6E 00 00 00 16 00 09 00", .in = "2E 00 00 D7 00 16 C0 01 01" },
	{ "it did not count as a cleaning", "4D 00 4C 00 00 80 02 00 0C 00", .in = "0C 00 00 08 80 02 40 04 00 00 00 01" },
	{ 0 } };

static const struct script_row medium[] = {
	{ "a data cartridge is announced as ever", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "is ready", "00 00 00 00 00 00" },
	{ "and written", "0A 00 0F 42 40 00", .write = 1000000, .seed = 1, AT(1) },
	{ "megabytes since the cleaning", "4D 00 4C 00 00 80 00 00 0C 00", .in = "0C 00 00 18 80 00 40 04 00 00 00 01" },
	{ 0 } };

static const struct script_row protected[] = {
	{ "a write-protected one too", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "is not written", "0A 00 10 00 00 00", .write = 4096, .sense = SENSE18("07", "27 00") },
	{ 0 } };
/* clang-format on */

/* Its memory says that it was loaded so often. */
static void set_loads(struct bench *b, const char *barcode, uint64_t loads)
{
	struct cart_label label;
	struct mam mam = { 0 };
	uint8_t uuid[16];
	BENCH_CHECK(b, cart_label_read(shelf_at(b->engine, b->root), barcode, &label) == 0);
	BENCH_CHECK(b, uuid_bytes(label.uuid, uuid) && mam_put_number(&mam, MAM_LOADS, loads) == 0);
	int dirfd = folder_open(shelf_at(b->engine, b->root), barcode);
	BENCH_CHECK(b, mam_write_in(b->engine, dirfd, uuid, &mam) == 0);
	b->engine->ops->close(b->engine, dirfd);
	mam_free(&mam);
}

static uint64_t loads(struct bench *b, const char *barcode)
{
	struct cart_label label = { 0 };
	struct cart_counters counters = { 0 };
	BENCH_CHECK(b, cart_label_read(shelf_at(b->engine, b->root), barcode, &label) == 0);
	BENCH_CHECK(b, cart_counters_read(shelf_at(b->engine, b->root), &label, &counters) == 0);
	return counters.loads;
}

static void clean(struct bench *b)
{
	bench_create(b, "CLN001CU", "cln", 0, false, false);
	bench_settle(b);
	BENCH_CHECK(b, bench_thread(b, "CLN001CU") == 0);
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_CLEANING && !bench_status(b).loaded);
	script_run(b, at_work);
	for (int64_t end = now_ms() + PATIENCE_MS;
		bench_status(b).activity == DRIVE_CLEANING && now_ms() < end;)
		fiber_sleep(10);
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_IDLE);
	script_run(b, cleaned);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, loads(b, "CLN001CU") == 1);

	set_loads(b, "CLN001CU", 50);
	BENCH_CHECK(b, bench_thread(b, "CLN001CU") == 0);
	BENCH_CHECK(b, bench_status(b).activity == DRIVE_IDLE);
	script_run(b, expired);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, loads(b, "CLN001CU") == 50);

	bench_create(b, "E00001L8", "lto8", 0, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	script_run(b, medium);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	bench_create(b, "E00002L8", "lto8", 0, false, true);
	BENCH_CHECK(b, bench_thread(b, "E00002L8") == 0);
	script_run(b, protected);
}

/* The robot comes while it cleans: it waits, and gets the cartridge. */
static void impatient(struct bench *b)
{
	bench_create(b, "CLN001CU", "cln", 0, false, false);
	set_loads(b, "CLN001CU", 49);
	BENCH_CHECK(b, bench_thread(b, "CLN001CU") == 0);
	int64_t began = now_ms();
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, now_ms() - began >= 2000);
	BENCH_CHECK(b, loads(b, "CLN001CU") == 50);
	/* One that is not a cartridge at all stays outside. */
	BENCH_CHECK(b, bench_thread(b, "CLN002CU") < 0);
	/* The drive's end comes while it cleans. */
	set_loads(b, "CLN001CU", 0);
	BENCH_CHECK(b, bench_thread(b, "CLN001CU") == 0);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

static void run_apart(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run_apart("HPE Ultrium 9-SCSI", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "cleaned, used up, and then data", run_body, NULL, NULL, (void *)clean },
		{ "a robot in a hurry", run_body, NULL, NULL, (void *)impatient },
		{ "on a worker of its own", run_apart, NULL, NULL, (void *)impatient },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
