/* SPDX-License-Identifier: Apache-2.0 */
/* READ END OF WRAP POSITION and RECOMMENDED ACCESS ORDER, and which drives have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/bytes.h"

/* clang-format off */
#define LIST(process, len) "A4 1D " process " 00 00 00 00 00 00 " len " 00 00"
#define SEGMENT(name, first, last) \
	"00 1E 00 00 00 " name " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 " first " 00 00 00 00 00 00 00 " last " "
#define PART_SEGMENT(name, partition, first, last) \
	"00 1E 00 00 00 " name " 00 00 00 00 00 00 00 00 00 " partition " 00 00 00 00 00 00 00 " first " 00 00 00 00 00 00 00 " last " "
#define HEAD(len) "00 00 00 00 00 00 00 " len " "

static const struct script_row order[] = {
	{ "limits", "A3 9D 00 00 00 00 00 00 00 04 00 00", .in = "0A AA 00 20", .moved = 4 },
	{ "cut", "A3 9D 00 00 00 00 00 00 00 03 00 00", .in = "0A AA 00", .moved = 3 },
	{ "nothing was generated", "A3 1D 00 00 00 00 00 00 10 00 00 00", .sense = SENSE18("05", "2C 00") },
	{ "three segments", LIST("02", "68"), .out = HEAD("60") SEGMENT("61", "09", "0A") SEGMENT("62", "02", "04") SEGMENT("63", "05", "05") },
	{ "in order of their beginnings", "A3 1D 00 00 00 00 00 00 10 00 00 00",
	  .in = "02 00 00 00 00 00 00 60 " SEGMENT("62", "02", "04") SEGMENT("63", "05", "05") SEGMENT("61", "09", "0A"), .moved = 104 },
	{ "from an offset on", "A3 1D 00 00 00 48 00 00 10 00 00 00", .in = SEGMENT("61", "09", "0A"), .moved = 32 },
	{ "at the end nothing", "A3 1D 00 00 00 68 00 00 10 00 00 00" },
	{ "behind it", "A3 1D 00 00 00 69 00 00 10 00 00 00", .sense = SENSE18_CDB("CF", "02") },
	{ "cut", "A3 1D 00 00 00 00 00 00 00 08 00 00", .in = "02 00 00 00 00 00 00 60", .moved = 8 },
	{ "for the other too", "A3 1D 00 00 00 00 00 00 00 08 00 00", .who = 1, .in = "02 00 00 00 00 00 00 60" },
	{ "kept as they are", LIST("01", "48"), .out = HEAD("40") SEGMENT("61", "09", "0A") SEGMENT("62", "02", "04") },
	{ "so they come back", "A3 1D 00 00 00 00 00 00 10 00 00 00",
	  .in = "01 00 00 00 00 00 00 40 " SEGMENT("61", "09", "0A") SEGMENT("62", "02", "04"), .moved = 72 },
	{ "no list changes nothing", LIST("02", "00") },
	{ "process 0", LIST("00", "28"), .out = HEAD("20") SEGMENT("61", "01", "02"), .sense = SENSE18_CDB("CA", "02") },
	{ "process 3", LIST("03", "28"), .out = HEAD("20") SEGMENT("61", "01", "02"), .sense = SENSE18_CDB("CA", "02") },
	{ "another type", "A4 1D 02 01 00 00 00 00 00 28 00 00", .out = HEAD("20") SEGMENT("61", "01", "02"), .sense = SENSE18_CDB("CA", "03") },
	{ "for the answer too", "A3 1D 00 00 00 00 00 00 10 00 01 00", .sense = SENSE18_CDB("CA", "0A") },
	{ "reserved bits", "A4 1D 0A 00 00 00 00 00 00 28 00 00", .out = HEAD("20") SEGMENT("61", "01", "02"), .sense = SENSE18_CDB("CB", "02") },
	{ "part of a segment", LIST("02", "27"), .out = HEAD("1F") SEGMENT("61", "01", "02"), .sense = SENSE18("05", "1A 00") },
	{ "a wrong length", LIST("02", "28"), .out = HEAD("21") SEGMENT("61", "01", "02"), .sense = SENSE18_LIST("8F", "04") },
	{ "a reserved byte", LIST("02", "28"), .out = "00 01 00 00 00 00 00 20 " SEGMENT("61", "01", "02"), .sense = SENSE18_LIST("8F", "01") },
	{ "a segment that ends before it begins", LIST("02", "48"), .out = HEAD("40") SEGMENT("61", "01", "02") SEGMENT("62", "04", "03"), .sense = SENSE18_LIST("8F", "40") },
	{ "a segment of another length", LIST("02", "28"), .out = HEAD("20") "00 1F 00 00 00 61", .sense = SENSE18("05", "1A 00") },
	{ "the last order is still there", "A3 1D 00 00 00 00 00 00 10 00 00 00", .in = "01 00 00 00 00 00 00 40" },
	{ 0 } };

static const struct script_row wraps_empty[] = {
	{ "the first wrap of a blank tape", "A3 1F 45 00 00 00 00 00 00 FF 00 00", .in = "00 08 00 00 00 00 00 00 00 00", .moved = 10 },
	{ "all with data", "A3 1F 45 02 00 00 00 00 10 00 00 00", .in = "00 0E 00 00 00 00 00 00 00 00 00 00 00 00 00 00", .moved = 16 },
	{ "another qualifier", "A3 1F 44 00 00 00 00 00 00 FF 00 00", .sense = SENSE18_CDB("CF", "02") },
	{ "all and one", "A3 1F 45 03 00 00 00 00 00 FF 00 00", .sense = SENSE18_CDB("C8", "03") },
	{ "a number without WNV", "A3 1F 45 00 00 01 00 00 00 FF 00 00", .sense = SENSE18_CDB("CF", "04") },
	{ "a wrap without data", "A3 1F 45 01 00 01 00 00 00 FF 00 00", .sense = SENSE18_CDB("CF", "04") },
	{ "a reserved bit", "A3 1F 45 04 00 00 00 00 00 FF 00 00", .sense = SENSE18_CDB("CA", "03") },
	{ 0 } };

/* On a tape of 100 GB, wraps of 1/280: 357 MB each. */
static const struct script_row wraps_written[] = {
	{ "wrap 0 ends at end of data", "A3 1F 45 01 00 00 00 00 00 FF 00 00", .in = "00 08 00 00 00 00 00 00 00 03", .moved = 10 },
	{ "it is the only one", "A3 1F 45 02 00 00 00 00 10 00 00 00", .in = "00 0E 00 00 00 00 00 00 00 00 00 00 00 00 00 03", .moved = 16 },
	{ 0 } };

/* REQUEST SENSE: the first seven characters of the label, its type, generation 9, the position. */
static const struct script_row full_sense[] = {
	{ "the label and the dump", "03 00 00 00 FC 00",
	  .in = "70 00 00 00 00 00 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 01 45 30 30 30 30 31 4C 00 00 00 00 00 00 00 00"
		" 00 00 00 80 00 80 4C 39 00 00 00 03", .moved = 96 },
	{ "with room for 18 bytes there are no more", "03 00 00 00 12 00", .in = "70 00 00 00 00 00 00 0A", .moved = 18 },
	{ "rewind", "01 00 00 00 00 00" },
	{ "the position follows", "03 00 00 00 31 00",
	  .in = "70 00 00 00 00 00 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 01 45 30 30 30 30 31 4C 00 00 00 00 00 00 00 00"
		" 00 00 00 80 00 80 4C 39 00 00 00 00", .moved = 49 },
	{ "in descriptor format nothing is added", "03 01 00 00 FC 00", .in = "72 00 00 00 00 00 00 00", .moved = 8 },
	{ 0 } };

static const struct script_row records[] = {
	{ "a record", "0A 00 00 28 00 00", .write = 10240 },
	{ "another", "0A 00 00 28 00 00", .write = 10240 },
	{ "a filemark", "10 00 00 00 01 00", AT(3) },
	{ 0 } };

/* Two partitions of 69 of 140 units; a unit is two wraps. Two units between them are unused. */
static const struct script_row partitions[] = {
	{ "a segment in a partition that is not there", LIST("02", "28"), .out = HEAD("20") PART_SEGMENT("61", "01", "01", "02"), .sense = SENSE18_LIST("8F", "17") },
	{ "rewind", "01 00 00 00 00 00" },
	{ "two equal partitions", "15 10 00 00 14 00", .out = "00 00 10 00 11 0E 03 01 5C 03 09 00 00 00 00 00 00 00 00 00" },
	{ "FORMAT MEDIUM", "04 00 01 00 00 00", AT(0) },
	{ "to partition 1", "92 02 00 01 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "a record", "0A 00 00 28 00 00", .write = 10240, AT(1) },
	{ "wraps of both", "A3 1F 45 02 00 00 00 00 10 00 00 00",
	  .in = "00 1A 00 00  00 00 00 00 00 00 00 00 00 00 00 00  00 8E 00 01 00 00 00 00 00 00 00 01", .moved = 28 },
	{ "the first of partition 1", "A3 1F 45 01 00 8E 00 00 00 FF 00 00", .in = "00 08 00 01 00 00 00 00 00 01", .moved = 10 },
	{ "the one before has no data", "A3 1F 45 01 00 8D 00 00 00 FF 00 00", .sense = SENSE18_CDB("CF", "04") },
	{ "sense data tell of the partition", "03 00 00 00 31 00",
	  .in = "70 00 00 00 00 00 00 58 00 00 00 00 00 00 00 00 00 00 00 00 00 01 45 30 30 30 30 31 4C 8E" },
	{ "segments of both", LIST("02", "68"),
	  .out = HEAD("60") PART_SEGMENT("61", "01", "01", "02") PART_SEGMENT("62", "00", "09", "09") PART_SEGMENT("63", "01", "00", "00") },
	{ "partition by partition", "A3 1D 00 00 00 00 00 00 10 00 00 00",
	  .in = "02 00 00 00 00 00 00 60 " PART_SEGMENT("62", "00", "09", "09") PART_SEGMENT("63", "01", "00", "00") PART_SEGMENT("61", "01", "01", "02") },
	{ "a third partition is not there", LIST("02", "28"), .out = HEAD("20") PART_SEGMENT("61", "02", "01", "02"), .sense = SENSE18_LIST("8F", "17") },
	{ 0 } };

static const struct script_row other_drives[] = {
	{ "no access order", "A3 1D 00 00 00 00 00 00 10 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ "nor of another kind", "A4 1D 02 00 00 00 00 00 00 00 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ 0 } };
static const struct script_row old_drives[] = {
	{ "no wraps", "A3 1F 45 00 00 00 00 00 00 FF 00 00", .sense = SENSE18_CDB("CC", "01") },
	{ 0 } };
/* clang-format on */

static void ibm9_body(struct bench *b)
{
	static const struct script_row forgotten[] = { { "the order was for another load",
							       "A3 1D 00 00 00 00 00 00 10 00 00 00",
							       .sense = SENSE18("05", "2C 00") },
		{ 0 } };
	bench_load(b, "E00001L9", "lto9");
	script_run(b, order);
	script_run(b, wraps_empty);
	script_run(b, records);
	script_run(b, wraps_written);
	script_run(b, full_sense);
	script_run(b, partitions);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L9") == 0);
	bench_settle(b);
	script_run(b, forgotten);
}

static void ibm8_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, other_drives);
	script_run(b, wraps_empty);
}

static void ibm6_body(struct bench *b)
{
	bench_settle(b);
	script_run(b, other_drives);
	script_run(b, old_drives);
}

static void only_full_height_lto9_orders(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", ibm9_body, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", ibm8_body, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-HH9", ibm8_body, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD6", ibm6_body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_full_height_lto9_orders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
