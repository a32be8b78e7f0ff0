/* SPDX-License-Identifier: Apache-2.0 */
/* Protected, write-once and older cartridges; early warning and the end of the medium. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

static const struct script_row three_records[] = {
	{ "record 0", "0A 00 00 10 00 00", .write = 4096, .seed = 1 },
	{ "record 1", "0A 00 00 10 00 00", .write = 4096, .seed = 2 },
	{ "record 2", "0A 00 00 10 00 00", .write = 4096, .seed = 3 },
	{ "filemark 3", "10 00 00 00 01 00", AT(4) },
	{ 0 } };

#define WRITE_PROTECTED18 SENSE18("07", "27 00")
static const struct script_row protected[] = {
	{ "the header says so", "1A 08 10 00 14 00", .in = "13 88 90 00" },
	{ "in the middle", "2B 00 00 00 00 00 01 00 00 00", AT(1) },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = WRITE_PROTECTED18, AT(1) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = WRITE_PROTECTED18, AT(1) },
	{ "with IMMED", "10 01 00 00 01 00", .sense = WRITE_PROTECTED18, AT(1) },
	{ "ERASE", "19 00 00 00 00 00", .sense = WRITE_PROTECTED18, AT(1) },
	{ "count 0 is no writing", "10 00 00 00 00 00", AT(1) },
	{ "reading goes on", "08 00 00 10 00 00", .read = 4096, .read_seed = 2, AT(2) },
	{ "TapeAlert 9 is set", "4D 00 6E 00 00 00 09 00 09 00", .in = "2E 00 01 18 00 09 C0 01 01" },
	{ "for the other too", "4D 00 6E 00 00 00 09 00 09 00", .who = 1, .in = "2E 00 01 18 00 09 C0 01 01" },
	{ "once", "4D 00 6E 00 00 00 09 00 09 00", .in = "2E 00 01 18 00 09 C0 01 00" },
	{ 0 } };

static const struct script_row refused_blank[] = {
	{ "the header says so", "1A 08 00 00 04 00", .in = "03 88 90 00" },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = WRITE_PROTECTED18, AT(0) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = WRITE_PROTECTED18, AT(0) },
	{ "ERASE", "19 00 00 00 00 00", .sense = WRITE_PROTECTED18, AT(0) },
	{ "flush", "10 00 00 00 00 00", AT(0) },
	{ "TapeAlert 9 is set", "4D 00 6E 00 00 00 09 00 09 00", .in = "2E 00 01 18 00 09 C0 01 01" },
	{ 0 } };

static const struct script_row begun[] = {
	{ "there is no unit attention, and the header says so", "1A 08 00 00 04 00", .in = "03 88 10 00" },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .seed = 1, AT(1) },
	{ 0 } };

static const struct script_row goes_on[] = {
	{ "what is written on goes on", "0A 00 00 10 00 00", .write = 4096, .seed = 2, AT(2) },
	{ "also from the beginning", "01 00 00 00 00 00", AT(0) },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .seed = 3, AT(1) },
	{ 0 } };

#define CANNOT_WRITE18 SENSE18("07", "30 05")
static const struct script_row older[] = {
	{ "LTO-5 in an LTO-7 drive: type, protected, density", "1A 00 00 00 0C 00", .in = "0B 58 90 08 58" },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = CANNOT_WRITE18, AT(0) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = CANNOT_WRITE18, AT(0) },
	{ "ERASE", "19 00 00 00 00 00", .sense = CANNOT_WRITE18, AT(0) },
	{ "flush", "10 00 00 00 00 00", AT(0) },
	{ "blank", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05") },
	{ "its density", "44 01 00 00 00 00 00 01 00 00",
	  .in = "00 36 00 00 58 58 20 00 00 00 3B 26 00 7F 05 00 00 16 E3 60 4C 54 4F 2D 43 56 45 20 55 2D 35 31 36", .moved = 56 },
	{ 0 } };

static const struct script_row old_but_written[] = {
	{ "LTO-6 in an LTO-7 drive", "1A 00 00 00 0C 00", .in = "0B 68 10 08 5A" },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, AT(1) },
	{ 0 } };

#define WORM18 SENSE18("07", "30 0C")
static const struct script_row worm[] = {
	{ "its type", "1A 00 00 00 0C 00", .in = "0B 8C 10 08 5E" },
	{ "a label", "0A 00 00 00 50 00", .write = 80, .seed = 1, AT(1) },
	{ "a filemark", "10 00 00 00 01 00", AT(2) },
	{ "a label and filemarks may be replaced", "01 00 00 00 00 00" },
	{ "by another", "0A 00 00 00 50 00", .write = 80, .seed = 2, AT(1) },
	{ "a second label record", "0A 00 00 00 50 00", .write = 80, .seed = 3, AT(2) },
	{ "and a third: now there is data", "0A 00 00 00 50 00", .write = 80, .seed = 4, AT(3) },
	{ "two filemarks", "10 00 00 00 02 00", AT(5) },
	{ "the first record cannot be replaced", "01 00 00 00 00 00" },
	{ "WRITE", "0A 00 00 00 50 00", .write = 80, .sense = WORM18, AT(0) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = WORM18, AT(0) },
	{ "ERASE", "19 00 00 00 00 00", .sense = WORM18, AT(0) },
	{ "flush", "10 00 00 00 00 00", AT(0) },
	{ "nor one in the middle", "2B 00 00 00 00 00 01 00 00 00" },
	{ "WRITE", "0A 00 00 00 50 00", .write = 80, .sense = WORM18, AT(1) },
	{ "nor the first filemark behind data", "2B 00 00 00 00 00 03 00 00 00" },
	{ "WRITE", "0A 00 00 00 50 00", .write = 80, .sense = WORM18, AT(3) },
	{ "the second filemark may", "2B 00 00 00 00 00 04 00 00 00" },
	{ "WRITE", "0A 00 00 00 50 00", .write = 80, .seed = 5, AT(5) },
	{ "two filemarks", "10 00 00 00 02 00", AT(7) },
	{ "not behind a filemark that data follow", "2B 00 00 00 00 00 04 00 00 00" },
	{ "WRITE", "0A 00 00 00 50 00", .write = 80, .sense = WORM18, AT(4) },
	{ "all is there", "01 00 00 00 00 00" },
	{ "record 0", "08 00 00 00 50 00", .read = 80, .read_seed = 2 },
	{ "record 1", "08 00 00 00 50 00", .read = 80, .read_seed = 3 },
	{ "to the end", "11 03 00 00 00 00", AT(7) },
	{ "append", "0A 00 00 00 50 00", .write = 80, .seed = 6, AT(8) },
	{ 0 } };

/* clang-format on */

/* One cartridge, one script, one drive; reloaded write-protected when two says what to run then. */
struct story {
	const char *drive, *barcode, *generation;
	bool worm;
	const struct script_row *script, *two;
};

static void body(struct bench *b)
{
	const struct story *story = b->arg;
	bench_create(b, story->barcode, story->generation, 0, story->worm, false);
	BENCH_CHECK(b, bench_thread(b, story->barcode) == 0);
	bench_settle(b);
	script_run(b, story->script);
	if (!story->two)
		return;
	struct cart_label label;
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, cart_label_read(shelf_at(b->engine, b->root), story->barcode, &label) == 0);
	label.write_protected = true;
	BENCH_CHECK(b, cart_label_write(shelf_at(b->engine, b->root), &label) == 0);
	BENCH_CHECK(b, bench_thread(b, story->barcode) == 0);
	bench_settle(b);
	script_run(b, story->two);
}

static void run_story(void **state)
{
	const struct story *story = *state;
	assert_int_equal(bench_run(story->drive, body, story), 0);
}

/* --- the end of the medium --------------------------------------------------------------------------- */

enum { CAPACITY = 64 << 20, RECORD = 256 << 10 };

static bool sense_is(const struct bench_answer *a, const char *hex)
{
	uint8_t expected[BENCH_SENSE];
	bench_hex(hex, expected, sizeof expected);
	return a->status == 2 && !memcmp(a->sense, expected, sizeof expected);
}

static void write_one(struct bench *b, uint8_t *buf, uint32_t seed, struct bench_answer *a)
{
	uint8_t cdb[6] = { 0x0a, 0, RECORD >> 16, RECORD >> 8 & 0xff, RECORD & 0xff };
	bench_pattern(buf, RECORD, seed);
	bench_command(b, 0, cdb, 6, buf, RECORD, NULL, 0, a);
}

static void check_full(struct bench *b, uint32_t records)
{
	/* clang-format off */
	static const struct script_row full[] = {
		{ "a filemark still fits, in the reserve", "10 00 00 00 01 00",
		  .sense = SENSE18_INFO("40", "00 00 00 00", "00 02") },
		{ "the position says so", "34 00 00 00 00 00 00 00 00 00", .in = "40" },
		{ "end of data behind early warning says EOM", "08 00 00 10 00 00",
		  .sense = SENSE18_INFO("48", "00 00 10 00", "00 05") },
		{ "rewind", "01 00 00 00 00 00", AT(0) },
		{ "away from there it does not", "34 00 00 00 00 00 00 00 00 00", .in = "80" },
		{ 0 } };
	/* clang-format on */
	script_run(b, full);
	uint8_t *in = malloc(RECORD), *expected = malloc(RECORD);
	uint8_t cdb[6] = { 0x08, 0, RECORD >> 16, RECORD >> 8 & 0xff, RECORD & 0xff };
	for (uint32_t i = 0; i < records; i++) {
		struct bench_answer a;
		bench_pattern(expected, RECORD, i);
		bench_command(b, 0, cdb, 6, NULL, 0, in, RECORD, &a);
		if (a.status || memcmp(in, expected, RECORD))
			bench_fail(b, "record %u is not as written", i);
	}
	free(in);
	free(expected);
}

static void fill_up(struct bench *b)
{
	uint8_t *buf = malloc(RECORD);
	struct bench_answer a;
	uint32_t n = 0, warned = 0;
	bench_create(b, "E00001L8", "lto8", CAPACITY, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	for (; n < 2 * CAPACITY / RECORD; n++) {
		write_one(b, buf, n, &a);
		if (sense_is(&a, SENSE18_INFO("4D", "00 04 00 00", "00 02")))
			break;
		if (a.status && !sense_is(&a, SENSE18_INFO("40", "00 00 00 00", "00 02")))
			bench_fail(b, "record %u: sense %x/%02x/%02x", n, a.sense[2], a.sense[12],
				a.sense[13]);
		if (!a.status && warned)
			bench_fail(b, "record %u: no early warning any more", n);
		warned += a.status != 0;
		BENCH_CHECK(b, bench_object(b) == n + 1);
	}
	BENCH_CHECK(b, warned > 0 && n <= CAPACITY / RECORD && n > CAPACITY / RECORD * 9 / 10);
	BENCH_CHECK(b, bench_object(b) == n);
	check_full(b, n);
	free(buf);
}

/* Fixed blocks over the end: those that fit are there, INFORMATION counts the others. */
static void fill_up_fixed(struct bench *b)
{
	enum { BLOCK = 65536, AT_ONCE = 64 };
	static const struct script_row set[] = {
		{ "64 KiB blocks", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 01 00 00" }, { 0 }
	};
	uint8_t *buf = calloc(AT_ONCE, BLOCK);
	uint8_t cdb[6] = { 0x0a, 1, 0, 0, AT_ONCE };
	struct bench_answer a;
	uint64_t before = 0;
	bench_create(b, "E00001L8", "lto8", CAPACITY, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, set);
	for (unsigned i = 0; i < 100; i++) {
		before = bench_object(b);
		bench_command(b, 0, cdb, 6, buf, AT_ONCE * BLOCK, NULL, 0, &a);
		if (a.status && (a.sense[2] & 15) == 0x0d)
			break;
		BENCH_CHECK(b, bench_object(b) == before + AT_ONCE);
	}
	uint64_t written = bench_object(b) - before;
	BENCH_CHECK(b, a.sense[0] == 0xf0 && a.sense[2] == 0x4d && a.sense[13] == 0x02);
	BENCH_CHECK(b, a.sense[6] == AT_ONCE - written);
	free(buf);
}

static void end_of_medium(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", fill_up, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", fill_up_fixed, NULL), 0);
}

static void full_disk(struct bench *b)
{
	enum { FLOOR = 100 };
	struct disk disk = { .total = 1000, .available = FLOOR - 1, .nearly = FLOOR, .floor = FLOOR };
	b->library.disk = &disk;
	bench_load(b, "E00001L8", "lto8");
	script_run(b, refused_blank);
	atomic_store(&disk.available, FLOOR);
	script_run(b, begun);
	atomic_store(&disk.available, 0);
	script_run(b, goes_on);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	b->library.disk = NULL;
}

static void blanks_on_a_full_disk(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", full_disk, NULL), 0);
}

static const struct story stories[] = {
	{ "IBM ULT3580-TD8", "E00001L8", "lto8", false, three_records, protected },
	{ "IBM ULT3580-TD7", "E00001L5", "lto5", false, older, NULL },
	{ "IBM ULT3580-TD7", "E00001L6", "lto6", false, old_but_written, NULL },
	{ "IBM ULT3580-TD8", "E00001LY", "lto8", true, worm, NULL },
};

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "write-protected", run_story, NULL, NULL, (void *)&stories[0] },
		{ "an older generation is read only", run_story, NULL, NULL, (void *)&stories[1] },
		{ "the generation before is written", run_story, NULL, NULL, (void *)&stories[2] },
		{ "write once, read many", run_story, NULL, NULL, (void *)&stories[3] },
		{ "blanks on a full disk", blanks_on_a_full_disk, NULL, NULL, NULL },
		{ "early warning and the end", end_of_medium, NULL, NULL, NULL },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
