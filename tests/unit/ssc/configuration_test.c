/* SPDX-License-Identifier: Apache-2.0 */
/* Mode page 10h: WTRE and OIR (SSC-5 8.5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

#define READ_80      "08 00 00 00 50 00"
#define WRITE_80     "0A 00 00 00 50 00"
#define SELECT       "15 10 00 00 14 00"
#define SAVE         "15 11 00 00 14 00"
#define PAGE(byte15) "00 00 10 00 10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 " byte15
#define SENSE(pc)    "1A 08 " pc " 00 FF 00"
#define ANSWER       "13 88 10 00 90 0E 00 00 00 00 "
#define NOT_RESERVED SENSE18("05", "2C 0B")
#define REGISTER     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00"
#define WITH_KEY     "00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"

static const struct script_row page[] = {
	{ "as the drive comes", SENSE("10"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 90", .moved = 20 },
	{ "what can be changed", SENSE("50"), .in = ANSWER "FF FF 01 00 00 00 00 00 FF E0", .moved = 20 },
	{ "WTRE 11b is reserved", SELECT, .out = PAGE("D0"), .sense = SENSE18_LIST("80", "13") },
	{ "rewind on reset is as it is", SELECT, .out = PAGE("88"), .sense = SENSE18_LIST("8C", "13") },
	{ "so is PERSWP", SELECT, .out = PAGE("92"), .sense = SENSE18_LIST("89", "13") },
	{ "nothing has changed", SENSE("10"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 90" },
	{ "WTRE 01b", SELECT, .out = PAGE("50") },
	{ "the other hears of it", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "and sees it", SENSE("10"), .who = 1, .in = ANSWER "01 2C 40 00 10 00 00 00 01 50" },
	{ "not the default", SENSE("90"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 90" },
	{ "not saved", SENSE("D0"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 90" },
	{ "WTRE 00b and OIR, saved", SAVE, .out = PAGE("30") },
	{ "current", SENSE("10"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 30" },
	{ "saved", SENSE("D0"), .in = ANSWER "01 2C 40 00 10 00 00 00 01 30" },
	{ "WTRE 10b again", SAVE, .out = PAGE("90") },
	{ 0 } };

static const struct script_row unreserved[] = {
	{ "a record", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "OIR", SELECT, .out = PAGE("B0") },
	{ "the other hears of it", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "WRITE", WRITE_80, .write = 80, .sense = NOT_RESERVED },
	{ "WRITE(16)", "8A 00 00 00 00 00 00 00 00 00 00 00 00 00 50 00", .write = 80, .sense = NOT_RESERVED },
	{ "READ", READ_80, .sense = NOT_RESERVED },
	{ "REWIND", "01 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "LOCATE", "2B 00 00 00 00 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "SPACE", "11 03 00 00 00 00", .sense = NOT_RESERVED },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = NOT_RESERVED },
	{ "READ POSITION", "34 00 00 00 00 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "ERASE", "19 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "UNLOAD", "1B 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "TEST UNIT READY is no use of the medium", "00 00 00 00 00 00" },
	{ "nor is MODE SENSE", "1A 08 10 00 FF 00", .in = ANSWER "01 2C 40 00 10 00 00 00 01 B0" },
	{ "nor LOG SENSE", "4D 00 40 00 00 00 00 00 04 00", .in = "00 00" },
	{ "nor READ ATTRIBUTE", "8C 01 00 00 00 00 00 00 00 00 00 00 00 08 00 00", .in = "00 00" },
	{ "nor READ BLOCK LIMITS", "05 00 00 00 00 00", .in = "00" },
	{ 0 } };

static const struct script_row reserved[] = {
	{ "RESERVE", "16 00 00 00 00 00" },
	{ "who has reserved reads", "2B 00 00 00 00 00 00 00 00 00", AT(0) },
	{ "its record", READ_80, .read = 80, .read_seed = 1, AT(1) },
	{ "RELEASE", "17 00 00 00 00 00" },
	{ "READ", READ_80, .sense = NOT_RESERVED },
	{ "a registration", "5F 00 00 00 00 00 00 00 18 00", .out = REGISTER },
	{ "is no reservation", "01 00 00 00 00 00", .sense = NOT_RESERVED },
	{ "write exclusive", "5F 01 01 00 00 00 00 00 18 00", .out = WITH_KEY },
	{ "the holder writes", WRITE_80, .write = 80, .seed = 2, AT(2) },
	{ "and rewinds", "01 00 00 00 00 00", AT(0) },
	{ "the other may read under it", READ_80, .who = 1, .read = 80, .read_seed = 1, AT(1) },
	{ "PERSISTENT RESERVE OUT, CLEAR", "5F 03 00 00 00 00 00 00 18 00", .out = WITH_KEY },
	{ "nobody has reserved", READ_80, .sense = NOT_RESERVED },
	{ "OIR ends", SELECT, .out = PAGE("90") },
	{ "the other hears of it", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "without a reservation", READ_80, .read = 80, .read_seed = 2, AT(2) },
	{ 0 } };

/* clang-format on */

static void configuration(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, page);
	script_run(b, unreserved);
	script_run(b, reserved);
}

static void test_configuration(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", configuration, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "mode page 10h: WTRE, and OIR, which wants a reservation", test_configuration, NULL, NULL,
			NULL },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
