/* SPDX-License-Identifier: Apache-2.0 */
/* Mode page 24h, by which hosts find out whether a drive can encrypt, and does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define KEY "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF"
/* A key of this host alone: encryption mode, decryption mode. */
#define OWN_KEY(encryption, decryption)                               \
	"B5 20 00 10 00 00 00 00 00 34 00 00",                        \
		.out = "00 10 00 30 20 00 " encryption " " decryption \
		       " 01 00 00 00 00 00 00 00 00 00 00 20 " KEY
#define PAGE_24   "1A 08 24 00 FF 00"
#define IS(flags) .in = "0B 88 10 00 24 06 00 00 00 00 00 " flags

static const struct script_row rows[] = {
	{ "it can", PAGE_24, IS("01"), .moved = 12 },
	{ "a key of its own", OWN_KEY("02", "03") },
	{ "and it does", PAGE_24, IS("09") },
	{ "not for the other host", PAGE_24, .who = 1, IS("01") },
	{ "which is not for MODE SELECT to change", "15 10 00 00 0C 00",
		.out = "00 00 10 00 24 06 00 00 00 00 00 01", .sense = SENSE18_LIST("8B", "0B") },
	{ "but may be sent as it is", "15 10 00 00 0C 00", .out = "00 00 10 00 24 06 00 00 00 00 00 09" },
	{ "who only decrypts", OWN_KEY("00", "03") },
	{ "does not", PAGE_24, IS("01") },
	{ 0 },
};

static void page(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, rows);
}

static void test_page(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", page, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
	};
	return cmocka_run_group_tests_name("mode page 24h tells of encryption", tests, NULL, NULL);
}
