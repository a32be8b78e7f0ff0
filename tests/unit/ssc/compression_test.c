// SPDX-License-Identifier: Apache-2.0
/* Drive compression at the unit's door: who switches it, what log pages and the capacity say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/bytes.h"

enum { LEN = 1 << 20 };

/* A record that becomes much smaller; each has its own number. */
static void write_zeros(struct bench *b, uint32_t number)
{
	const uint8_t cdb[6] = { 0x0a, 0, LEN >> 16, 0, 0, 0 };
	uint8_t *bytes = calloc(1, LEN);
	struct bench_answer a;
	put_le32(bytes, number);
	bench_command(b, 0, cdb, sizeof cdb, bytes, LEN, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0);
	free(bytes);
}

static void read_zeros(struct bench *b, uint32_t number)
{
	const uint8_t cdb[6] = { 0x08, 0, LEN >> 16, 0, 0, 0 };
	uint8_t *bytes = malloc(LEN), *want = calloc(1, LEN);
	struct bench_answer a;
	put_le32(want, number);
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, bytes, LEN, &a);
	BENCH_CHECK(b, a.status == 0 && a.in_done == LEN && memcmp(bytes, want, LEN) == 0);
	free(bytes);
	free(want);
}

/* Everything that was written is on the medium. */
static uint64_t used(struct bench *b)
{
	struct bench_answer a;
	BENCH_CHECK(b, bench_cdb(b, 0, "10 00 00 00 00 00", &a) == 0);
	return bench_status(b).usage.used;
}

/* Whether the next record is compressed. */
static bool compresses(struct bench *b)
{
	uint64_t before = used(b);
	write_zeros(b, 99);
	return used(b) - before < LEN / 10;
}

static void select_page(struct bench *b, const char *page)
{
	struct script_row rows[] = { { "MODE SELECT", "15 10 00 00 14 00", .out = page }, { 0 } };
	script_run(b, rows);
}

/* A parameter of a log page. */
static uint64_t logged(struct bench *b, uint8_t page, uint16_t code)
{
	uint8_t cdb[10] = { 0x4d, 0, 0x40 | page, [7] = 0x10 }, list[4096];
	struct bench_answer a;
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, list, sizeof list, &a);
	for (uint32_t at = 4; at + 4 <= a.in_done; at += 4u + list[at + 3]) {
		uint64_t value = 0;
		if (get_be16(list + at) != code)
			continue;
		for (unsigned i = 0; i < list[at + 3]; i++)
			value = value << 8 | list[at + 4 + i];
		return value;
	}
	bench_fail(b, "page %02x has no parameter %04x", page, code);
	return 0;
}

#define PAGE_0F(dce, algorithm) "00 00 10 00 0F 0E " dce " 80 00 00 00 " algorithm " 00 00 00 FF 00 00 00 00"
#define PAGE_10(sdca)           "00 00 10 00 10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 " sdca " 90"

/* The library's setting and the host's two switches: all must say yes. */
static void switches(struct bench *b)
{
	static const enum cart_compression on[] = { CART_COMPRESS_LZ4, CART_COMPRESS_ZSTD };
	static const struct script_row sensed_off[] = { { "MODE SENSE: DCE 0", "1A 08 0F 00 14 00",
								.in = "13 88 10 00 8F 0E 40 80 00 00 00 FF" },
		{ 0 } };
	bench_load(b, "E00001L8", "lto8");
	BENCH_CHECK(b, !compresses(b));
	for (unsigned i = 0; i < 2; i++) {
		b->library.compression = on[i];
		BENCH_CHECK(b, compresses(b));
		select_page(b, PAGE_0F("40", "FF"));
		BENCH_CHECK(b, logged(b, 0x1b, 0x0100) == 0);
		BENCH_CHECK(b, !compresses(b));
		select_page(b, PAGE_0F("C0", "FF"));
		BENCH_CHECK(b, logged(b, 0x1b, 0x0100) == 1);
		BENCH_CHECK(b, compresses(b));
		select_page(b, PAGE_0F("C0", "00")); /* no algorithm */
		BENCH_CHECK(b, !compresses(b));
		script_run(b, sensed_off);
		select_page(b, PAGE_0F("C0", "10")); /* what Windows selects */
		BENCH_CHECK(b, compresses(b));
		select_page(b, PAGE_10("00"));
		BENCH_CHECK(b, !compresses(b));
		select_page(b, PAGE_10("01"));
		BENCH_CHECK(b, compresses(b));
	}
	b->library.compression = CART_COMPRESS_OFF;
	BENCH_CHECK(b, !compresses(b));
}

/* What was written and read, by the host and on the medium. */
static void figures(struct bench *b)
{
	enum { N = 4 };
	static const uint8_t pages[] = { 0x1b, 0x32 };
	struct bench_answer a;
	b->library.compression = CART_COMPRESS_ZSTD;
	bench_load(b, "E00001L8", "lto8");
	for (unsigned i = 0; i < N; i++)
		write_zeros(b, i);
	BENCH_CHECK(b, used(b) < LEN / 10);
	/* Page 17h has the ratio of writing first (as LTO-9 drives do), the others that of reading. */
	BENCH_CHECK(b, logged(b, 0x17, 0x12) > 1000 && logged(b, 0x17, 0x12) == logged(b, 0x32, 1));
	BENCH_CHECK(b, logged(b, 0x17, 0x13) == 100 && logged(b, 0x32, 0) == 100);
	BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", &a) == 0);
	for (unsigned i = 0; i < N; i++)
		read_zeros(b, i);
	for (unsigned i = 0; i < sizeof pages; i++) {
		BENCH_CHECK(b, logged(b, pages[i], 0) > 1000 && logged(b, pages[i], 1) > 1000);
		BENCH_CHECK(b, logged(b, pages[i], 2) == N && logged(b, pages[i], 6) == N);
		BENCH_CHECK(b, logged(b, pages[i], 4) == 0 && logged(b, pages[i], 8) == 0);
		BENCH_CHECK(b, logged(b, pages[i], 5) > 0 && logged(b, pages[i], 5) < LEN / 10);
		BENCH_CHECK(b, logged(b, pages[i], 9) == logged(b, pages[i], 5));
		BENCH_CHECK(b, logged(b, pages[i], 3) == 0 && logged(b, pages[i], 7) == 0);
	}
	uint64_t stored = logged(b, 0x32, 9);
	BENCH_CHECK(b, logged(b, 0x0c, 0) == N * LEN && logged(b, 0x0c, 3) == N * LEN);
	BENCH_CHECK(b, logged(b, 0x0c, 1) == stored && logged(b, 0x0c, 2) == stored);
	BENCH_CHECK(b, logged(b, 0x17, 0x12) == logged(b, 0x32, 1));
	BENCH_CHECK(b, logged(b, 0x17, 0x13) == logged(b, 0x32, 0));
	BENCH_CHECK(b, logged(b, 0x38, 1) == N * LEN >> 10 && logged(b, 0x38, 9) == stored >> 10);
	/* VERIFY reads what no host reads: it does not count */
	BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", &a) == 0);
	BENCH_CHECK(b, bench_cdb(b, 0, "13 00 10 00 00 00", &a) == 0);
	BENCH_CHECK(b, logged(b, 0x32, 5) == stored);
	/* LOG SELECT clears them, the unload keeps them to the next load */
	BENCH_CHECK(b, bench_cdb(b, 0, "4C 02 72 00 00 00 00 00 00 00", &a) == 0);
	BENCH_CHECK(b, logged(b, 0x32, 0) == 100 && logged(b, 0x32, 1) == 100 && logged(b, 0x32, 9) == 0);
	BENCH_CHECK(b, logged(b, 0x0c, 1) == stored);
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 00 00", &a) == 0);
	BENCH_CHECK(b, logged(b, 0x0c, 1) == stored && logged(b, 0x17, 0x13) > 1000);
}

/* Page 0021h of the security protocol says of the next record whether it is compressed. */
static void next_block(struct bench *b)
{
	static const struct script_row rows[] = { { "rewound", "01 00 00 00 00 00" },
		{ "compressed, not encrypted", "A2 20 00 21 00 00 00 00 00 40 00 00",
			.in = "00 21 00 0C 00 00 00 00 00 00 00 00 43" },
		{ "over it", "11 00 00 00 01 00" },
		{ "not compressed", "A2 20 00 21 00 00 00 00 00 40 00 00",
			.in = "00 21 00 0C 00 00 00 00 00 00 00 01 33" },
		{ 0 } };
	b->library.compression = CART_COMPRESS_LZ4;
	bench_load(b, "E00001L8", "lto8");
	write_zeros(b, 1);
	select_page(b, PAGE_0F("40", "FF"));
	write_zeros(b, 2);
	script_run(b, rows);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the library and the host switch it", run_body, NULL, NULL, (void *)switches },
		{ "figures", run_body, NULL, NULL, (void *)figures },
		{ "the next record", run_body, NULL, NULL, (void *)next_block },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
