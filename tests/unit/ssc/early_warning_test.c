/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a partition as hosts hear of it: the programmable zone (PEWS), early warning, early warning on reads
 * (REW), volume overflow; in each partition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "tests/lib/far.h"

enum { CAPACITY = 64 << 20, WARNING = CAPACITY - CAPACITY / 16, RECORD = 256 << 10, ZONE = 8000000 };

/* clang-format off */

#define PEWS(bytes) { "the zone", "15 10 00 00 24 00", \
	.out = "00 00 10 00 50 01 00 1C 00 00 " bytes " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" }
#define REW(byte) { "page 10h", "15 10 00 00 14 00", .out = "00 00 10 00 10 0E 00 00 00 00 01 2C " byte " 00 10 00 00 00 01 90" }
#define SHORT_POSITION "34 00 00 00 00 00 00 00 00 00"
#define LONG_POSITION  "34 06 00 00 00 00 00 00 00 00"
#define REWIND   { "rewind", "01 00 00 00 00 00", AT(0) }
#define TO_END   { "to the end", "11 03 00 00 00 00" }
#define FILEMARK "10 00 00 00 01 00"
#define ZONE18    SENSE18_INFO("40", "00 00 00 00", "00 07")
#define WARNING18 SENSE18_INFO("40", "00 00 00 00", "00 02")

/* clang-format on */

static void run(struct bench *b, struct script_row row)
{
	script_run(b, (const struct script_row[]){ row, { 0 } });
}

static void start(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", CAPACITY, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
}

/* Writes records until the drive has something to say, which must be that. Returns the position then. */
static uint64_t write_until(struct bench *b, uint32_t record, const char *sense)
{
	uint8_t *buf = malloc(record),
		cdb[6] = { 0x0a, 0, (uint8_t)(record >> 16), (uint8_t)(record >> 8), 0 };
	uint8_t expected[BENCH_SENSE];
	struct bench_answer a = { 0 };
	bench_hex(sense, expected, sizeof expected);
	for (unsigned n = 0; !a.status && n < 2 * CAPACITY / RECORD; n++) {
		bench_pattern(buf, record, (uint32_t)bench_object(b));
		bench_command(b, 0, cdb, 6, buf, record, NULL, 0, &a);
	}
	free(buf);
	if (a.status != 2 || memcmp(a.sense, expected, sizeof expected))
		bench_fail(b, "at %llu: sense %x/%02x/%02x, not %s", (unsigned long long)bench_object(b),
			a.sense[2], a.sense[12], a.sense[13], sense);
	return bench_object(b);
}

/* Whether the write that reached the offset was the first that did. */
static bool is_at(uint64_t objects, uint64_t record, uint64_t offset)
{
	return objects * record >= offset && (objects - 1) * record < offset;
}

static void zone(struct bench *b)
{
	start(b);
	run(b, (struct script_row)PEWS("00 08"));
	run(b, (struct script_row){ "not there", SHORT_POSITION, .in = "80" });
	uint64_t zone = write_until(b, RECORD, ZONE18);
	BENCH_CHECK(b, is_at(zone, RECORD, WARNING - ZONE));
	run(b, (struct script_row){ "the position says so", SHORT_POSITION, .in = "01" });
	uint64_t warning = write_until(b, RECORD, WARNING18);
	BENCH_CHECK(b, is_at(warning, RECORD, WARNING));
	static const struct script_row rows[] = {
		{ "both", SHORT_POSITION, .in = "41" },
		{ "in the long form, too", LONG_POSITION, .in = "41" },
		{ "early warning again", FILEMARK, .sense = WARNING18 },
		{ "the other object of the zone", "2B 00 00 00 00 00 E8 00 00 00", AT(0xe8) },
		{ "the position is in the zone", SHORT_POSITION, .in = "01" },
		{ "not left, so not reported again", FILEMARK, AT(0xe9) },
		REWIND,
		{ "out of it", SHORT_POSITION, .in = "80" },
		TO_END,
		{ "the next write in it reports it", FILEMARK, .sense = ZONE18 },
		{ "once", FILEMARK },
		PEWS("00 00"),
		{ "without a zone", SHORT_POSITION, .in = "00" },
		REWIND,
		TO_END,
		{ "nothing", FILEMARK },
		{ 0 },
	};
	BENCH_CHECK(b, zone < 0xe8 && warning > 0xe9);
	script_run(b, rows);
	/* Entered with a jump behind early warning: first the zone, then early warning, then the end. */
	write_until(b, RECORD, WARNING18);
	script_run(b, (const struct script_row[]){ REWIND, PEWS("00 08"), TO_END, { 0 } });
	uint64_t before = bench_object(b);
	BENCH_CHECK(b, write_until(b, RECORD, ZONE18) == before + 1);
	BENCH_CHECK(b, write_until(b, RECORD, WARNING18) == before + 2);
}

static void reads(struct bench *b)
{
	uint8_t *in = malloc(RECORD), *expected = malloc(RECORD), cdb[6] = { 0x08, 0, RECORD >> 16, 0, 0 };
	struct bench_answer a;
	start(b);
	run(b,
		(struct script_row){ "changeable", "1A 08 50 00 14 00",
			.in = "13 88 10 00 90 0E 00 00 00 00 FF FF 01" });
	uint64_t n = write_until(b, RECORD, WARNING18);
	script_run(b, (const struct script_row[]){ REW("41"), REWIND, { 0 } });
	for (uint64_t i = 0; i < n; i++) {
		bench_pattern(expected, RECORD, (uint32_t)i);
		bench_command(b, 0, cdb, 6, NULL, 0, in, RECORD, &a);
		BENCH_CHECK(b, a.in_done == RECORD && !memcmp(in, expected, RECORD));
		BENCH_CHECK(b, a.status == (i + 1 == n ? 2 : 0));
	}
	BENCH_CHECK(b, a.sense[0] == 0xf0 && a.sense[2] == 0x4d && a.sense[13] == 0x02 && a.sense[4] == 4);
	run(b, (struct script_row){ "VERIFY, from the last record", "11 00 FF FF FF 00" });
	run(b,
		(struct script_row){ "says it, too", "13 00 04 00 00 00",
			.sense = SENSE18_INFO("4D", "00 04 00 00", "00 02") });
	script_run(b, (const struct script_row[]){ REW("40"), { "back", "11 00 FF FF FF 00" }, { 0 } });
	bench_command(b, 0, cdb, 6, NULL, 0, in, RECORD, &a);
	BENCH_CHECK(b, a.status == 0);
	free(in);
	free(expected);
}

/* Partition 1 is one of 104 units: 645277 bytes, of which a 16th is behind early warning. */
static void partitions(struct bench *b)
{
	enum { SMALL = 32 << 10 };
	static const struct script_row rows[] = {
		{ "two partitions, the second of one unit", "15 10 00 00 14 00",
			.out = "00 00 10 00 11 0E 03 01 9C 03 09 00 00 00 00 00 00 00 00 00" },
		{ "FORMAT MEDIUM", "04 00 01 00 00 00", AT(0) },
		PEWS("00 01"),
		{ "to partition 1", "92 02 00 01 00 00 00 00 00 00 00 00 00 00 00 00", AT(0) },
		{ "it is shorter than the zone", FILEMARK, .sense = ZONE18, AT(1) },
		{ "to partition 0", "92 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00", AT(0) },
		{ "where there is room", FILEMARK, AT(1) },
		{ "to partition 1", "92 02 00 01 00 00 00 00 00 00 00 00 00 00 00 00", AT(0) },
		{ "is another entry of the zone", FILEMARK, .sense = ZONE18, AT(1) },
		{ "rewind", "01 00 00 00 00 00", AT(0) },
		{ 0 },
	};
	start(b);
	script_run(b, rows);
	BENCH_CHECK(b, write_until(b, SMALL, WARNING18) == 19);
	write_until(b, SMALL, SENSE18_INFO("4D", "00 00 80 00", "00 02"));
	BENCH_CHECK(b, bench_object(b) == 19);
	run(b, (struct script_row){ "to partition 0", "92 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00" });
	run(b, (struct script_row){ "where there is room", FILEMARK, AT(1) });
}

/* MODE SELECT sets the zone around the position, or changes it. */
static void set_where_the_tape_is(struct bench *b)
{
	static const struct script_row rows[] = {
		{ "filemarks", "10 00 00 00 05 00", AT(5) },
		{ "a move that reads nothing", "2B 00 00 00 00 00 02 00 00 00" },
		PEWS("00 3F"),
		{ "the position is in the zone", SHORT_POSITION, .in = "01 00 00 00 00 00 00 02" },
		{ "a write reports it", FILEMARK, .sense = ZONE18, AT(3) },
		{ "once", FILEMARK, AT(4) },
		PEWS("00 3F"),
		{ "the same zone", FILEMARK, AT(5) },
		PEWS("00 40"),
		{ "another zone", FILEMARK, .sense = ZONE18, AT(6) },
		PEWS("00 00"),
		{ "none", SHORT_POSITION, .in = "00" },
		PEWS("00 40"),
		{ "is another zone again", FILEMARK, .sense = ZONE18, AT(7) },
		{ 0 },
	};
	start(b);
	script_run(b, rows);
}

/* A cartridge of its native size, written up to three filemarks before early warning. */
static const struct native {
	const char *personality, *barcode, *generation;
	uint64_t capacity, warned;
	const char *page; /* 0Ch: beginning to early warning, early warning to the end, in megabytes */
} natives[] = {
	{ "IBM ULT3580-TD7", "E00001L7", "lto7", 6000000000000, 30000000,
		"0C 00 00 44 00 05 40 04 00 5B 8D 62 00 06 40 04 00 00 00 1E" },
	{ "IBM ULT3580-TD8", "E00001L8", "lto8", 12000000000000, 64 << 20,
		"0C 00 00 44 00 05 40 04 00 B7 1A BC 00 06 40 04 00 00 00 43" },
	{ "IBM ULT3580-TD9", "E00001L9", "lto9", 18000000000000, 49000000,
		"0C 00 00 44 00 05 40 04 01 12 A8 4F 00 06 40 04 00 00 00 31" },
};

static void native_body(struct bench *b)
{
	enum { MARK = 4096 };
	const struct native *n = b->arg;
	struct cart *cart;
	uint32_t done;
	bench_create(b, n->barcode, n->generation, n->capacity, false, false);
	BENCH_CHECK(b, cart_open(shelf_at(b->engine, b->root), n->barcode, false, &cart) == 0);
	BENCH_CHECK(b, cart_write_filemarks(cart, 1, &done) == 0 && cart_sync(cart) == 0);
	BENCH_CHECK(b, cart_begin_at(cart, 1000, n->capacity - n->warned - 3 * MARK) == 0);
	BENCH_CHECK(b, cart_close(cart) == 0 && bench_thread(b, n->barcode) == 0);
	bench_settle(b);
	const struct script_row rows[] = {
		{ "the page", "4D 00 4C 00 00 00 05 02 00 00", .in = n->page },
		TO_END,
		{ "two before it", "10 00 00 00 02 00", AT(1002) },
		{ "not yet", SHORT_POSITION, .in = "00" },
		{ "the one that reaches it", FILEMARK, .sense = WARNING18, AT(1003) },
		{ "the position says so", SHORT_POSITION, .in = "40" },
		{ 0 },
	};
	script_run(b, rows);
}

static void test_native(void **state)
{
	for (size_t i = 0; i < sizeof natives / sizeof *natives; i++)
		assert_int_equal(bench_run(natives[i].personality, native_body, &natives[i]), 0);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the zone is reported once, before early warning", run_body, NULL, NULL, (void *)zone },
		{ "reads report early warning when a host wants it", run_body, NULL, NULL, (void *)reads },
		{ "the zone may be set where the tape is", run_body, NULL, NULL,
			(void *)set_where_the_tape_is },
		{ "where it is on each generation", test_native, NULL, NULL, NULL },
		{ "each partition has an end of its own", run_body, NULL, NULL, (void *)partitions },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
