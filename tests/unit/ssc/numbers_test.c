/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the numbers of objects: behind FFFFFF00h as behind early warning, from FFFFFFF0h on as at the end of the
 * partition (IBM LTO SCSI Reference GA32-0928-06); and the short form of READ POSITION, which has 32 bits for a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"
#include "tests/lib/far.h"

/* clang-format off */

#define SHORT_POSITION "34 00 00 00 00 00 00 00 00 00"
#define LONG_POSITION  "34 06 00 00 00 00 00 00 00 00"
#define END_OF_DATA  { "to end of data", "11 03 00 00 00 00" }
#define MARK     "10 00 00 00 01 00"
#define RECORD   "0A 00 00 10 00 00"
#define GOOD     NULL
#define WARNING18   SENSE18_INFO("40", "00 00 00 00", "00 02")
#define FULL18(left) SENSE18_INFO("4D", "00 00 " left, "00 02")

/* From FFFFFEFFh on. */
static const struct script_row rows[] = {
	END_OF_DATA,
	{ "before the warning", RECORD, .write = 4096, AT(0xffffff00) },
	{ "the position says nothing yet", SHORT_POSITION, .in = "00 00 00 00 FF FF FF 00" },
	{ "the first record behind it", RECORD, .write = 4096, .sense = WARNING18, AT(0xffffff01) },
	{ "the position says so", SHORT_POSITION, .in = "40 00 00 00 FF FF FF 01" },
	{ "and in the long form", LONG_POSITION, .in = "40 00 00 00 00 00 00 00 00 00 00 00 FF FF FF 01" },
	{ "a filemark", MARK, .sense = WARNING18, AT(0xffffff02) },
	{ "no filemark", "10 00 00 00 00 00", .sense = GOOD, AT(0xffffff02) },
	{ "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 10 00" },
	{ "blocks", "0A 01 00 00 02 00", .write = 8192, .sense = WARNING18, AT(0xffffff04) },
	{ "back", "2B 00 00 FF FF FF 00 00 00 00", AT(0xffffff00) },
	{ "the position is before it", SHORT_POSITION, .in = "00 00 00 00 FF FF FF 00" },
	{ "a zone before early warning", "15 10 00 00 24 00",
		.out = "00 00 10 00 50 01 00 1C 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "is reported first", MARK, .sense = SENSE18_INFO("40", "00 00 00 00", "00 07"), AT(0xffffff01) },
	{ "then the warning", MARK, .sense = WARNING18, AT(0xffffff02) },
	{ "filemarks up to the end, and not 3", "10 00 00 00 F1 00", .sense = FULL18("00 03"), AT(0xfffffff0) },
	{ "the position there", SHORT_POSITION, .in = "41 00 00 00 FF FF FF F0" },
	{ "a record", RECORD, .write = 4096, .sense = FULL18("10 00"), AT(0xfffffff0) },
	{ "blocks", "0A 01 00 00 02 00", .write = 8192, .sense = FULL18("00 02"), AT(0xfffffff0) },
	{ "a filemark", MARK, .sense = FULL18("00 01"), AT(0xfffffff0) },
	{ "no filemark", "10 00 00 00 00 00", .sense = GOOD, AT(0xfffffff0) },
	{ "end of data is told with EOM", "08 00 00 10 00 00", .sense = SENSE18_INFO("48", "00 00 10 00", "00 05"), AT(0xfffffff0) },
	{ "to the last filemark but 1", "2B 00 00 FF FF FF EE 00 00 00", AT(0xffffffee) },
	{ "3 blocks, of which 2 fit", "0A 01 00 00 03 00", .write = 12288, .sense = FULL18("00 01"), AT(0xfffffff0) },
	{ "back over one", "11 00 FF FF FF 00", AT(0xffffffef) },
	{ "which is read", "08 00 00 10 00 00", .moved = 4096, AT(0xfffffff0) },
	{ "ERASE at the end", "19 00 00 00 00 00", AT(0xfffffff0) },
	{ 0 } };

/* More objects than can be written: the short form cannot tell the position. */
static const struct script_row beyond[] = {
	{ "the last number of 32 bits", "92 00 00 00 00 00 00 00 FF FF FF FF 00 00 00 00", AT(0xffffffff) },
	{ "is told", SHORT_POSITION, .in = "40 00 00 00 FF FF FF FF FF FF FF FF" },
	{ "the first of 33", "92 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00", AT(0x100000000) },
	{ "is an overflow (PERR)", SHORT_POSITION, .in = "42 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "the long form tells it", LONG_POSITION, .in = "40 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00" },
	END_OF_DATA,
	{ "nothing is written behind it", MARK, .sense = FULL18("00 01"), AT(0x100000002) },
	{ 0 } };

/* clang-format on */

/* A cartridge of that many objects, of which only the first one, a filemark, is not lost. */
static void begin_with(struct bench *b, uint64_t objects)
{
	struct cart *cart;
	uint32_t done;
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	int err = cart_open(shelf_at(b->engine, b->root), "E00001L8", false, &cart);
	BENCH_CHECK(b, err == 0);
	if (err)
		return;
	BENCH_CHECK(b, cart_write_filemarks(cart, 1, &done) == MEDIA_OK && cart_sync(cart) == 0);
	BENCH_CHECK(b, cart_begin_at(cart, objects, 4096) == 0);
	BENCH_CHECK(b, cart_close(cart) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
}

static void end_body(struct bench *b)
{
	begin_with(b, 0xfffffeff);
	script_run(b, rows);
}

static void beyond_body(struct bench *b)
{
	begin_with(b, 0x100000002);
	script_run(b, beyond);
}

static void test_end(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", end_body, NULL), 0);
}

static void test_beyond(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", beyond_body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_beyond),
	};
	return cmocka_run_group_tests_name("the end of the numbers of objects", tests, NULL, NULL);
}
