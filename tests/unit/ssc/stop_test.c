/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command stops: from each kind of place, for each command that moves, what the host is told, what is left
 * (INFORMATION), and where the tape is then (SSC-5 7). Bad records are in fault_test.c, keys in encryption_test.c, the end
 * of a partition in early_warning_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

#define GOOD NULL
#define ILI18(left)  SENSE18_INFO("20", "00 00 " left, "00 00")
#define MARK18(left) SENSE18_INFO("80", "00 00 " left, "00 01")
#define EOD18(left)  SENSE18_INFO("08", "00 00 " left, "00 05")
#define BOP18(left)  SENSE18_INFO("40", "00 00 " left, "00 04")
#define FROM(place, what, cdb_bytes, told, after) \
	{ "LOCATE", "2B 00 00 00 00 00 0" #place " 00 00 00", AT(place) }, \
	{ what " from " #place, cdb_bytes, .sense = told, AT(after) }

/* Objects: 0 1 records, 2 filemark, 3 record, end of data at 4. */
static const struct script_row tape[] = {
	{ "record 0", "0A 00 00 10 00 00", .write = 4096, .seed = 10 },
	{ "record 1", "0A 00 00 10 00 00", .write = 4096, .seed = 11 },
	{ "filemark 2", "10 00 00 00 01 00" },
	{ "record 3", "0A 00 00 10 00 00", .write = 4096, .seed = 13, AT(4) },
	{ "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 10 00" },
	{ 0 } };

#define READ_4K "08 00 00 10 00 00"
#define READ_8K "08 00 00 20 00 00"
#define READ_1K "08 00 00 04 00 00"
static const struct script_row reads[] = {
	FROM(0, "READ", READ_4K, GOOD, 1),
	FROM(2, "READ", READ_4K, MARK18("10 00"), 3),
	FROM(4, "READ", READ_4K, EOD18("10 00"), 4),
	FROM(0, "a longer READ", READ_8K, ILI18("10 00"), 1),
	FROM(2, "a longer READ", READ_8K, MARK18("20 00"), 3),
	FROM(4, "a longer READ", READ_8K, EOD18("20 00"), 4),
	FROM(0, "a shorter READ", READ_1K, SENSE18_INFO("20", "FF FF F4 00", "00 00"), 1),
	FROM(2, "a shorter READ", READ_1K, MARK18("04 00"), 3),
	FROM(4, "a shorter READ", READ_1K, EOD18("04 00"), 4),
	FROM(0, "a longer READ with SILI", "08 02 00 20 00 00", GOOD, 1),
	FROM(2, "a longer READ with SILI", "08 02 00 20 00 00", MARK18("20 00"), 3),
	FROM(4, "a longer READ with SILI", "08 02 00 20 00 00", EOD18("20 00"), 4),
	FROM(0, "a shorter READ with SILI", "08 02 00 04 00 00", SENSE18_INFO("20", "FF FF F4 00", "00 00"), 1),
	FROM(0, "READ of blocks", "08 01 00 00 03 00", MARK18("00 01"), 3),
	FROM(2, "READ of blocks", "08 01 00 00 03 00", MARK18("00 03"), 3),
	FROM(3, "READ of blocks", "08 01 00 00 03 00", EOD18("00 02"), 4),
	FROM(4, "READ of blocks", "08 01 00 00 03 00", EOD18("00 03"), 4),
	FROM(1, "READ of nothing", "08 00 00 00 00 00", GOOD, 1),
	FROM(1, "READ of blocks with SILI", "08 03 00 00 01 00", SENSE18_CDB("C9", "01"), 1),
	FROM(1, "READ REVERSE", "0F 00 00 10 00 00", SENSE18("05", "20 00"), 1),
	{ 0 } };

static const struct script_row verifies[] = {
	FROM(0, "VERIFY", "13 00 00 10 00 00", GOOD, 1),
	FROM(0, "a longer VERIFY", "13 00 00 20 00 00", ILI18("10 00"), 1),
	FROM(2, "a longer VERIFY", "13 00 00 20 00 00", MARK18("20 00"), 3),
	FROM(4, "a longer VERIFY", "13 00 00 20 00 00", EOD18("20 00"), 4),
	FROM(0, "a shorter VERIFY", "13 00 00 04 00 00", SENSE18_INFO("20", "FF FF F4 00", "00 00"), 1),
	FROM(0, "VERIFY of blocks", "13 01 00 00 03 00", MARK18("00 01"), 3),
	FROM(2, "VERIFY of blocks", "13 01 00 00 03 00", MARK18("00 03"), 3),
	FROM(3, "VERIFY of blocks", "13 01 00 00 03 00", EOD18("00 02"), 4),
	FROM(4, "VERIFY of blocks", "13 01 00 00 03 00", EOD18("00 03"), 4),
	FROM(0, "VERIFY by filemarks", "13 08 00 00 02 00", EOD18("00 01"), 4),
	FROM(0, "VERIFY by one filemark", "13 08 00 00 01 00", GOOD, 3),
	FROM(4, "VERIFY by filemarks", "13 08 00 00 02 00", EOD18("00 02"), 4),
	FROM(0, "VERIFY to end of data", "13 20 00 00 00 00", GOOD, 4),
	FROM(4, "VERIFY to end of data", "13 20 00 00 00 00", GOOD, 4),
	{ 0 } };

#define FORWARD_3 "11 00 00 00 03 00"
#define BACK_3    "11 00 FF FF FD 00"
#define MARKS_2   "11 01 00 00 02 00"
#define BACK_2    "11 01 FF FF FE 00"
static const struct script_row moves[] = {
	FROM(0, "SPACE of blocks", FORWARD_3, MARK18("00 01"), 3),
	FROM(2, "SPACE of blocks", FORWARD_3, MARK18("00 03"), 3),
	FROM(3, "SPACE of blocks", FORWARD_3, EOD18("00 02"), 4),
	FROM(4, "SPACE of blocks", FORWARD_3, EOD18("00 03"), 4),
	FROM(4, "SPACE of blocks back", BACK_3, MARK18("00 02"), 2),
	FROM(3, "SPACE of blocks back", BACK_3, MARK18("00 03"), 2),
	FROM(2, "SPACE of blocks back", BACK_3, BOP18("00 01"), 0),
	FROM(0, "SPACE of blocks back", BACK_3, BOP18("00 03"), 0),
	FROM(0, "SPACE of filemarks", MARKS_2, EOD18("00 01"), 4),
	FROM(4, "SPACE of filemarks", MARKS_2, EOD18("00 02"), 4),
	FROM(4, "SPACE of filemarks back", BACK_2, BOP18("00 01"), 0),
	FROM(0, "SPACE of filemarks back", BACK_2, BOP18("00 02"), 0),
	FROM(2, "SPACE to end of data", "11 03 00 00 00 00", GOOD, 4),
	FROM(1, "SPACE of setmarks", "11 04 00 00 01 00", SENSE18_CDB("CB", "01"), 1),
	FROM(1, "LOCATE behind the end", "2B 00 00 00 00 00 09 00 00 00", SENSE18("08", "00 05"), 4),
	FROM(1, "LOCATE of a file that is not there", "92 08 00 00 00 00 00 00 00 00 00 02 00 00 00 00", SENSE18("08", "00 05"), 4),
	FROM(1, "LOCATE of a partition that is not there", "92 02 00 02 00 00 00 00 00 00 00 00 00 00 00 00", SENSE18_CDB("CF", "03"), 1),
	FROM(1, "WRITE FILEMARKS of none", "10 00 00 00 00 00", GOOD, 1),
	FROM(1, "WRITE of nothing", "0A 00 00 00 00 00", GOOD, 1),
	FROM(1, "REWIND with a reserved bit", "01 10 00 00 00 00", SENSE18_CDB("CC", "01"), 1),
	{ 0 } };

/* A write-protected cartridge, which is blank: nothing is written, and the tape stays. */
#define PROTECTED18 SENSE18("07", "27 00")
#define REFUSED(place) \
	FROM(place, "WRITE", "0A 00 00 00 10 00", PROTECTED18, place), \
	FROM(place, "WRITE FILEMARKS", "10 00 00 00 01 00", PROTECTED18, place), \
	FROM(place, "WRITE FILEMARKS of none", "10 00 00 00 00 00", GOOD, place), \
	FROM(place, "ERASE", "19 00 00 00 00 00", PROTECTED18, place)
static const struct script_row protected[] = { REFUSED(0), { 0 } };

#define NOT_READY(sense_bytes) \
	{ "READ", READ_4K, .sense = sense_bytes }, { "VERIFY", "13 00 00 10 00 00", .sense = sense_bytes }, \
	{ "WRITE", "0A 00 00 00 10 00", .write = 16, .sense = sense_bytes }, { "SPACE", FORWARD_3, .sense = sense_bytes }, \
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = sense_bytes }, { "ERASE", "19 00 00 00 00 00", .sense = sense_bytes }, \
	{ "LOCATE", "2B 00 00 00 00 00 01 00 00 00", .sense = sense_bytes }, { "REWIND", "01 00 00 00 00 00", .sense = sense_bytes }, \
	{ "READ POSITION", "34 00 00 00 00 00 00 00 00 00", .sense = sense_bytes }
static const struct script_row unloaded[] = {
	{ "UNLOAD", "1B 00 00 00 00 00" }, NOT_READY(SENSE18_UNLOADED), { 0 } };
static const struct script_row empty[] = { NOT_READY(SENSE18_NO_MEDIUM), { 0 } };

/* clang-format on */

static void body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, tape);
	script_run(b, reads);
	script_run(b, verifies);
	script_run(b, moves);
	script_run(b, unloaded);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	bench_settle(b);
	script_run(b, empty);
}

static void test_stops(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

static void protected_body(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", 0, false, true);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, protected);
}

static void test_protected(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", protected_body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_protected),
	};
	return cmocka_run_group_tests_name("where a command stops", tests, NULL, NULL);
}
