/* SPDX-License-Identifier: Apache-2.0 */
/* Protected blocks whose memory changes after their WRITE had status GOOD: who is told, with which sense, and what is
 * on the tape then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protection_bench.h"
#include "spoil.h"
#include "vtl/ssc/tape.h"

enum { LEN = 1000, SAFE = 2 }; /* a block and a filemark are on stable storage */

/* How blocks come into the stages, where they wait. */
static const struct way {
	const char *name;
	enum lbp_method method;
	bool encrypt;
	enum cart_compression compression;
} ways[] = {
	{ "Reed-Solomon, encrypted", LBP_REED_SOLOMON, true },
	{ "CRC32C, encrypted", LBP_CRC32C, true },
	{ "Reed-Solomon, compressed", LBP_REED_SOLOMON, false, CART_COMPRESS_LZ4 },
	{ "CRC32C, compressed", LBP_CRC32C, false, CART_COMPRESS_ZSTD },
	{ "CRC32C, compressed and encrypted", LBP_CRC32C, true, CART_COMPRESS_ZSTD },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

#define GUARD18_DEFERRED SENSE18_DEFERRED("04", "10 01")

/* What happens then. The first command that waits for the block finds it. */
static const struct script_row rewind_finds[] = {
	{ "REWIND is not performed", "01 00 00 00 00 00", .sense = GUARD18_DEFERRED, AT(SAFE) },
	{ "told once", "00 00 00 00 00 00", AT(SAFE) },
	{ "the other hears nothing", "00 00 00 00 00 00", .who = 1 },
	{ 0 },
};
static const struct script_row read_finds[] = {
	{ "READ", "08 00 00 10 00 00", .sense = GUARD18_DEFERRED, AT(SAFE) },
	{ "again", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(SAFE) },
	{ 0 },
};
static const struct script_row mark_finds[] = {
	{ "WRITE FILEMARKS writes none", "10 00 00 00 01 00", .sense = GUARD18_DEFERRED, AT(SAFE) },
	{ "told once", "00 00 00 00 00 00", AT(SAFE) },
	{ 0 },
};
static const struct script_row flush_finds[] = {
	{ "WRITE FILEMARKS without any says that its sync failed", "10 00 00 00 00 00",
		.sense = SENSE18_INFO("04", "00 00 00 00", "10 01"), AT(SAFE) },
	{ "told once", "00 00 00 00 00 00", AT(SAFE) },
	{ 0 },
};
static const struct script_row other_finds[] = {
	{ "REWIND of the other", "01 00 00 00 00 00", .who = 1,
		.sense = SENSE18_INFO("04", "00 00 00 00", "10 01") },
	{ "the writer", "00 00 00 00 00 00", .sense = GUARD18_DEFERRED },
	{ "once", "00 00 00 00 00 00", AT(SAFE) },
	{ 0 },
};
static const struct script_row *const thens[] = { rewind_finds, read_finds, mark_finds, flush_finds,
	other_finds };
enum { THENS = sizeof thens / sizeof thens[0] };

static const struct script_row encryption[] = {
	{ "a key for all, encrypt, decrypt mixed", "B5 20 00 10 00 00 00 00 00 34 00 00",
		.out = "00 10 00 30 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 "
		       "A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF" },
	{ 0 },
};
static const struct script_row filemark[] = { { "a filemark", "10 00 00 00 01 00" }, { 0 } };
static const struct script_row rewound[] = { { "REWIND", "01 00 00 00 00 00", AT(0) }, { 0 } };
static const struct script_row passed[] = {
	{ "the filemark", "08 02 00 10 00 00", .sense = SENSE18_INFO("80", "00 00 10 00", "00 01") },
	{ 0 },
};
static const struct script_row end[] = {
	{ "end of data", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05") },
	{ 0 },
};

static void begin(struct bench *b, const struct way *way)
{
	bench_load(b, "E00001L8", "lto8");
	b->library.compression = way->compression;
	if (way->encrypt)
		script_run(b, encryption);
	bench_settle(b);
	use(b, 0, way->method, BOTH);
	put(b, 0, way->method, LEN, 0);
	script_run(b, filemark);
}

/* What is on the tape: the block and the filemark, then n more blocks. */
static void check_tape(struct bench *b, const struct way *way, uint32_t n)
{
	struct bench_answer a;
	script_run(b, rewound);
	get(b, 0, way->method, LEN, 0, LEN + VALUE, 0, &a);
	script_run(b, passed);
	for (uint32_t i = 1; i <= n; i++)
		get(b, 0, way->method, LEN, i, LEN + VALUE, 0, &a);
	script_run(b, end);
}

struct late {
	const struct way *way;
	const struct script_row *then;
};

static void changed_in_the_stages(struct bench *b)
{
	const struct late *late = b->arg;
	begin(b, late->way);
	b->faults.busy = true;
	for (uint32_t i = 1; i <= 3; i++)
		put(b, 0, late->way->method, LEN, i); /* with status GOOD */
	BENCH_CHECK(b, spoil_staged(b->tape->cart, SAFE, LEN / 2));
	script_run(b, late->then);
	b->faults.busy = false;
	BENCH_CHECK(b, b->told.faults[HEALTH_SYNC].count == 1);
	BENCH_CHECK(b, b->told.faults[HEALTH_SYNC].object == SAFE);
	check_tape(b, late->way, 0);
	for (uint32_t i = 1; i <= 3; i++) /* the host sends them again */
		put(b, 0, late->way->method, LEN, i);
	check_tape(b, late->way, 3);
}

/* The value of a block is checked before status GOOD, and once more before the block is compressed or encrypted. */
static void test_changed_in_the_stages(void **state)
{
	for (unsigned i = 0; i < WAYS; i++)
		for (unsigned t = 0; t < THENS; t++) {
			struct late late = { &ways[i], thens[t] };
			if (bench_run("IBM ULT3580-TD8", changed_in_the_stages, &late))
				fail_msg("%s, %s", ways[i].name, thens[t]->what);
		}
}

/* Without stages nothing checks the block again: no error is deferred.  It does not fit its checksum, so that it is
 * never read. */
static void changed_in_the_window(struct bench *b)
{
	const struct way way = { .method = *(const enum lbp_method *)b->arg };
	struct bench_answer a;
	begin(b, &way);
	for (uint32_t i = 1; i <= 3; i++)
		put(b, 0, way.method, LEN, i);
	BENCH_CHECK(b, spoil_window(b->tape->cart, 2 * LEN + LEN / 2)); /* of the first one */
	script_run(b, rewound);
	get(b, 0, way.method, LEN, 0, LEN + VALUE, 0, &a);
	script_run(b, passed);
	uint8_t in[LEN + VALUE];
	transfer(b, 0, 0x08, 0, sizeof in, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, is_sense(&a, 3, 0x1100, sizeof in) && a.in_done == 0);
	BENCH_CHECK(b, b->told.faults[HEALTH_SYNC].count == 0);
}

static void test_changed_in_the_window(void **state)
{
	for (enum lbp_method m = LBP_REED_SOLOMON; m < N_LBP_METHODS; m++)
		assert_int_equal(bench_run("IBM ULT3580-TD8", changed_in_the_window, &m), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changed_in_the_stages),
		cmocka_unit_test(test_changed_in_the_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
