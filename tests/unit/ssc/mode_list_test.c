/* SPDX-License-Identifier: Apache-2.0 */
/* Mode parameter lists whose parts depend on each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

enum { LIST = 44, LENGTH = (8 << 20) + 4, METHOD_AT = 16, FLAGS_AT = 18 };

static uint8_t select_list(struct bench *b, const uint8_t list[static LIST])
{
	const uint8_t cdb[6] = { 0x15, 0x10, 0, 0, LIST };
	struct bench_answer a;
	bench_command(b, 0, cdb, sizeof cdb, list, LIST, NULL, 0, &a);
	return a.status;
}

/* A list that ends protection and sets a block length that was allowed with it is applied whole. */
static void length_without_protection(struct bench *b)
{
	uint8_t list[LIST] = { [2] = 0x10, [3] = 8, [12] = 0x4a, 0xf0, 0x00, 0x1c, 0x02, 0x04, 0xc0 };
	const uint8_t sense[6] = { 0x1a, 0, 0, 0, 12 };
	uint8_t in[12] = { 0 };
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	BENCH_CHECK(b, select_list(b, list) == 0);
	list[METHOD_AT] = list[FLAGS_AT] = 0;
	list[9] = LENGTH >> 16;
	list[11] = LENGTH & 0xff;
	BENCH_CHECK(b, select_list(b, list) == 0);
	bench_command(b, 0, sense, sizeof sense, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, a.status == 0 && memcmp(in + 9, list + 9, 3) == 0);
}

static void test_length_without_protection(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", length_without_protection, NULL), 0);
}

/* D_SENSE of page 0Ah cannot be set; sense data stay in fixed format. */
static void sense_format(struct bench *b)
{
	/* clang-format off */
	static const struct script_row rows[] = {
		{ "page 0Ah as it is", "15 10 00 00 10 00", .out = "00 00 10 00 0A 0A 00 01 00 00 00 00 FF FF 00 00" },
		{ "with D_SENSE", "15 10 00 00 10 00", .out = "00 00 10 00 0A 0A 04 01 00 00 00 00 FF FF 00 00", .sense = SENSE18_LIST("8A", "06") },
		{ "it is not changeable", "1A 08 4A 00 10 00", .in = "0F 88 10 00 0A 0A 00 00 00 00 00 00 00 00 00 00", .moved = 16 },
		{ "nor was it set", "1A 08 0A 00 10 00", .in = "0F 88 10 00 0A 0A 00 01 00 00 00 00 FF FF 00 00", .moved = 16 },
		{ "REQUEST SENSE in descriptor format all the same", "03 01 00 00 FF 00", .in = "72 00 00 00 00 00 00 00", .moved = 8 },
		{ 0 } };
	/* clang-format on */
	bench_load(b, "E00001L8", "lto8");
	script_run(b, rows);
}

static void test_sense_format(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", sense_format, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length_without_protection),
		cmocka_unit_test(test_sense_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
