/* SPDX-License-Identifier: Apache-2.0 */
/* The mode page with which hosts set logical block protection, and the pages that say which methods there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protection_bench.h"

#define SELECT_6     "15 10 00 00 24 00"
#define SENSE_6      "1A 08 0A F0 40 00"
#define REST         " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define LIST(page)   .out = "00 00 00 10 00 00 00 00 4A F0 00 1C " page REST
#define ANSWER(page) .in = "00 26 88 10 00 00 00 00 4A F0 00 1C " page REST, .moved = 40

static void scripted(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, b->arg);
}

static void test_page(void **state)
{
	static const struct script_row rows[] = {
		{ "INQUIRY says PROTECT", "12 00 00 00 06 00", .in = "01 80 06 02 41 01" },
		{ "VPD 86h says SPT 001b", "12 01 86 00 05 00", .in = "01 86 00 3C 08" },
		{ "the methods", "12 01 B5 00 FF 00",
			.in = "01 B5 00 14 00 00 00 00 07 01 04 C0 00 00 00 00 07 02 04 C0 00 00 00 00",
			.moved = 24 },
		{ "the page is of each nexus", "12 01 87 00 FF 00",
			.in = "01 87 00 10 02 00 03 00 0A F0 03 00 1C 00 03 00 3F FF 00 00" },
		{ "off", SENSE_10, ANSWER("00 00 00") },
		{ "what may change", "5A 08 4A F0 00 00 00 00 40 00", ANSWER("FF 3F C0") },
		{ "CRC32C in both directions", SELECT_10, LIST("02 04 C0") },
		{ "is set", SENSE_10, ANSWER("02 04 C0") },
		{ "not for another nexus", SENSE_10, .who = 1, ANSWER("00 00 00") },
		{ "which hears nothing", "00 00 00 00 00 00", .who = 1 },
		{ "the default is off", "5A 08 8A F0 00 00 00 00 40 00", ANSWER("00 00 00") },
		{ "as is what would be saved", "5A 08 CA F0 00 00 00 00 40 00", ANSWER("00 00 00") },
		{ "Reed-Solomon for writing, in a list of the short command", SELECT_6,
			.out = "00 00 10 00 4A F0 00 1C 01 04 80" REST },
		{ "is set", SENSE_6, .in = "23 88 10 00 4A F0 00 1C 01 04 80" REST, .moved = 36 },
		{ "off, with the length kept", SELECT_10, LIST("00 04 00") },
		{ "is set", SENSE_10, ANSWER("00 04 00") },
		{ "off, without", SELECT_10, LIST("00 00 00") },
		{ "RBDP", SELECT_10, LIST("02 04 E0"), .sense = SENSE18_LIST("8D", "0E") },
		{ "a reserved bit of the length", SELECT_10, LIST("02 44 C0"),
			.sense = SENSE18_LIST("8E", "0D") },
		{ "another length", SELECT_10, LIST("02 08 C0"), .sense = SENSE18_LIST("80", "0D") },
		{ "a method that does not exist", SELECT_10, LIST("03 04 C0"),
			.sense = SENSE18_LIST("80", "0C") },
		{ "LBP_W without a method", SELECT_10, LIST("00 04 80"), .sense = SENSE18_LIST("80", "0E") },
		{ "nothing has changed", SENSE_10, ANSWER("00 00 00") },
		{ "the list as a host reads and sends it back", SELECT_10,
			.out = "00 26 88 10 00 00 00 00 4A F0 00 1C 02 04 C0" REST },
		{ "VLBPM with a method, nothing to verify", "13 30 00 00 00 00" },
		{ 0 },
	};
	assert_int_equal(bench_run("IBM ULT3580-TD8", scripted, rows), 0);
}

/* Every method with lengths and flags; what a drive of the generation does not have is refused at the right byte. */
static void combinations(struct bench *b)
{
	static const uint8_t lengths[] = { 0, 1, 3, 4, 5, 8, 63 };
	unsigned methods = *(const unsigned *)b->arg;
	bench_settle(b);
	for (unsigned i = 0; i < 256 * sizeof lengths * 4; i++) {
		unsigned method = i / 4 / sizeof lengths, length = lengths[i / 4 % sizeof lengths];
		unsigned flags = i % 4 << 6;
		int wrong = method > methods                                     ? 12
			: length != VALUE && (method != LBP_NONE || length != 0) ? 13
			: method == LBP_NONE && flags                            ? 14
										 : -1;
		uint8_t before[PAGE], after[PAGE];
		struct bench_answer a;
		page_of(b, 0, before);
		set(b, 0, method, length, flags, &a);
		page_of(b, 0, after);
		if (wrong < 0) {
			BENCH_CHECK(b, a.status == 0);
			BENCH_CHECK(b, after[4] == method && after[5] == length && after[6] == flags);
			continue;
		}
		BENCH_CHECK(b,
			a.status == 2 && a.sense[2] == 5 && a.sense[12] == 0x26 && a.sense[17] == wrong);
		BENCH_CHECK(b, memcmp(before, after, PAGE) == 0);
	}
}

static void test_combinations(void **state)
{
	static const unsigned one = LBP_REED_SOLOMON, two = LBP_CRC32C;
	assert_int_equal(bench_run("IBM ULT3580-TD5", combinations, &one), 0);
	assert_int_equal(bench_run("HP Ultrium 6-SCSI", combinations, &one), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD7", combinations, &two), 0);
	assert_int_equal(bench_run("HPE Ultrium 9-SCSI", combinations, &two), 0);
}

/* Cut everywhere, and each bit turned: it is taken whole, or refused and nothing has changed. */
static void list_try(struct bench *b, bool ten, const uint8_t *list, uint32_t len, bool whole)
{
	uint8_t cdb[10] = { 0 }, before[PAGE], after[PAGE];
	unsigned cdb_len = bench_hex(ten ? SELECT_10 : SELECT_6, cdb, sizeof cdb);
	struct bench_answer a;
	cdb[ten ? 8 : 4] = (uint8_t)len;
	page_of(b, 0, before);
	bench_command(b, 0, cdb, cdb_len, list, len, NULL, 0, &a);
	page_of(b, 0, after);
	if (a.status == 0 && whole)
		BENCH_CHECK(b, memcmp(after + 4, list + (ten ? 12 : 8), PAGE - 4) == 0);
	else
		BENCH_CHECK(b, memcmp(before, after, PAGE) == 0);
	if (a.status)
		BENCH_CHECK(b,
			a.status == 2 && a.sense[2] == 5 && (a.sense[12] == 0x26 || a.sense[12] == 0x1a));
}

static void lists(struct bench *b)
{
	bench_settle(b);
	for (int ten = 0; ten < 2; ten++) {
		uint8_t list[LIST_10] = { [2] = ten ? 0 : 0x10, [3] = ten ? 0x10 : 0 };
		uint32_t header = ten ? 8 : 4, len = header + PAGE;
		static const uint8_t page[] = { 0x4a, 0xf0, 0x00, 0x1c, 0x02, 0x04, 0xc0 };
		memcpy(list + header, page, sizeof page);
		use(b, 0, LBP_REED_SOLOMON, LBP_W);
		for (uint32_t n = 0; n < len; n++)
			list_try(b, ten, list, n, false);
		for (uint32_t bit = 0; bit < len * 8; bit++) {
			list[bit / 8] ^= (uint8_t)(1u << bit % 8);
			list_try(b, ten, list, len, true);
			list[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void test_lists(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", lists, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
