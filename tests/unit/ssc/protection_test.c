/* SPDX-License-Identifier: Apache-2.0 */
/* Logical block protection as hosts use it: blocks with a value behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/envelope.h"
#include "protection_bench.h"

enum { BLOCK = 1000, LONGEST = MEDIA_RECORD_MAX };

static void rewind_it(struct bench *b)
{
	BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", NULL) == 0);
}

static const uint32_t lens[] = { 1, 4, 5, 4096, 300001, 1 << 20, (1 << 20) + 1, LONGEST };
enum { LENS = sizeof lens / sizeof lens[0] };

/* With exact lengths, longer ones with and without SILI, and shorter ones: what is told includes the value. */
static void get_each(struct bench *b, enum lbp_method method, uint8_t flags, int more)
{
	struct bench_answer a;
	use(b, 0, method, LBP_R);
	rewind_it(b);
	for (uint32_t i = 0; i < LENS; i++) {
		int64_t all = lens[i] + (method ? VALUE : 0);
		int64_t ask = all + more > 0 ? all + more : all;
		get(b, 0, method, lens[i], i, (uint32_t)ask, flags, &a);
		BENCH_CHECK(b, ask == all || flags ? a.status == 0 : is_sense(&a, 0x20, 0x0000, ask - all));
		BENCH_CHECK(b, bench_object(b) == i + 1);
	}
}

static void round_trip(struct bench *b)
{
	const enum lbp_method written = *(const unsigned *)b->arg;
	bench_load(b, "E00001L8", "lto8");
	use(b, 0, written, LBP_W);
	for (uint32_t i = 0; i < LENS; i++)
		put(b, 0, written, lens[i], i);
	for (unsigned m = 0; m < N_LBP_METHODS; m++)
		for (int more = -6; more <= 6; more += 3) {
			get_each(b, m, 0, more);
			get_each(b, m, 2, more);
		}
	BENCH_CHECK(b, bench_unthread(b) == 0 && bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	use(b, 0, LBP_CRC32C, BOTH);
	rewind_it(b);
	struct bench_answer a;
	for (uint32_t i = 0; i < LENS; i++)
		get(b, 0, LBP_CRC32C, lens[i], i, lens[i] + VALUE, 0, &a);
	BENCH_CHECK(b, a.status == 0);
	rewind_it(b);
	for (uint32_t i = 0; i < LENS; i++) { /* another nexus has no protection */
		get(b, 1, LBP_NONE, lens[i], i, lens[i], 0, &a);
		BENCH_CHECK(b, a.status == 0);
	}
}

static void test_round_trip(void **state)
{
	static const unsigned methods[] = { LBP_NONE, LBP_REED_SOLOMON, LBP_CRC32C };
	for (unsigned m = 0; m < N_LBP_METHODS; m++)
		assert_int_equal(bench_run("IBM ULT3580-TD8", round_trip, &methods[m]), 0);
}

/* Lengths that no block can have. */
static void wrong_lengths(struct bench *b)
{
	static uint8_t zeros[LONGEST + VALUE + 1];
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	transfer(b, 0, 0x0a, 0, LONGEST + 1, zeros, LONGEST + 1, NULL, 0, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[17] == 2);
	use(b, 0, LBP_REED_SOLOMON, BOTH);
	for (uint32_t n = 1; n <= VALUE; n++) {
		transfer(b, 0, 0x0a, 0, n, zeros, n, NULL, 0, &a);
		BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[15] == 0xcf && a.sense[17] == 2);
	}
	transfer(b, 0, 0x0a, 0, 0, NULL, 0, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0);
	transfer(b, 0, 0x0a, 0, LONGEST + VALUE + 1, zeros, LONGEST + VALUE + 1, NULL, 0, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[17] == 2);
	BENCH_CHECK(b, bench_object(b) == 0);
	/* The value of zeros is zero with this method. */
	transfer(b, 0, 0x0a, 0, LONGEST + VALUE, zeros, LONGEST + VALUE, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0 && bench_object(b) == 1);
}

static void test_wrong_lengths(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", wrong_lengths, NULL), 0);
}

/* A wrong value ends the command at its block: nothing of that is on the tape, and what is said is right. */
static void wrong_values(struct bench *b)
{
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	for (unsigned m = LBP_NONE + 1; m < N_LBP_METHODS; m++) {
		rewind_it(b);
		use(b, 0, m, BOTH);
		for (uint32_t i = 0; i < LENS; i++) {
			put_wrong(b, 0, m, lens[i], i, (uint8_t)(1u << i % 8), &a);
			BENCH_CHECK(b, is_sense(&a, 4, 0x1001, lens[i] + VALUE));
			BENCH_CHECK(b, bench_object(b) == i);
			put(b, 0, m, lens[i], i);
		}
		/* Of the other method, or with its bytes turned round. */
		uint8_t out[BLOCK + VALUE], turned[VALUE];
		block_put(out, m == LBP_CRC32C ? LBP_REED_SOLOMON : LBP_CRC32C, BLOCK, 1);
		transfer(b, 0, 0x0a, 0, sizeof out, out, sizeof out, NULL, 0, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, sizeof out));
		block_put(out, m, BLOCK, 1);
		for (unsigned i = 0; i < VALUE; i++)
			turned[i] = out[BLOCK + VALUE - 1 - i];
		memcpy(out + BLOCK, turned, VALUE);
		transfer(b, 0, 0x0a, 0, sizeof out, out, sizeof out, NULL, 0, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, sizeof out));
		BENCH_CHECK(b, bench_object(b) == LENS);
	}
}

static void test_wrong_values(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", wrong_values, NULL), 0);
}

static void set_block_length(struct bench *b, uint32_t len, struct bench_answer *ret)
{
	uint8_t cdb[6],
		list[12] = { 0, 0, 0x10, 8, [9] = (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len };
	bench_hex("15 10 00 00 0C 00", cdb, sizeof cdb);
	bench_command(b, 0, cdb, sizeof cdb, list, sizeof list, NULL, 0, ret);
}

/* Blocks of a fixed length include the value; the wrong one is in every place of the transfer. */
static void fixed_blocks(struct bench *b)
{
	enum { BLOCKS = 5, ALL = BLOCK + VALUE };
	uint8_t out[BLOCKS * ALL], in[BLOCKS * ALL];
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	for (unsigned m = LBP_NONE + 1; m < N_LBP_METHODS; m++) {
		use(b, 0, m, BOTH);
		rewind_it(b);
		BENCH_CHECK(b, bench_cdb(b, 0, "19 00 00 00 00 00", NULL) == 0); /* ERASE */
		set_block_length(b, ALL, &a);
		BENCH_CHECK(b, a.status == 0);
		for (uint32_t bad = 0; bad <= BLOCKS; bad++) {
			rewind_it(b);
			for (uint32_t i = 0; i < BLOCKS; i++)
				block_put(out + i * ALL, m, BLOCK, i + bad);
			if (bad < BLOCKS)
				out[bad * ALL + BLOCK / 2] ^= 0x08; /* the data do not fit the value */
			transfer(b, 0, 0x0a, 1, BLOCKS, out, sizeof out, NULL, 0, &a);
			BENCH_CHECK(b, bad < BLOCKS ? is_sense(&a, 4, 0x1001, BLOCKS - bad) : a.status == 0);
			BENCH_CHECK(b, bench_object(b) == bad);
			rewind_it(b);
			transfer(b, 0, 0x08, 1, BLOCKS, NULL, 0, in, sizeof in, &a);
			BENCH_CHECK(b, bad < BLOCKS ? is_sense(&a, 8, 0x0005, BLOCKS - bad) : a.status == 0);
			BENCH_CHECK(b, a.in_done == bad * ALL && memcmp(in, out, bad * ALL) == 0);
		}
		/* Without protection the block length is that of the data; with it again they are too long. */
		rewind_it(b);
		use(b, 0, LBP_NONE, 0);
		transfer(b, 0, 0x08, 1, BLOCKS, NULL, 0, in, sizeof in, &a);
		BENCH_CHECK(b, is_sense(&a, 0x20, 0x0000, BLOCKS) && a.in_done == BLOCK);
		set_block_length(b, BLOCK, &a);
		transfer(b, 0, 0x08, 1, BLOCKS - 1, NULL, 0, in, sizeof in, &a);
		BENCH_CHECK(b, a.status == 0 && a.in_done == (BLOCKS - 1) * BLOCK);
		rewind_it(b);
		use(b, 0, m, LBP_R);
		transfer(b, 0, 0x08, 1, BLOCKS, NULL, 0, in, sizeof in, &a);
		BENCH_CHECK(b, is_sense(&a, 0x20, 0x0000, BLOCKS) && a.in_done == BLOCK);
		use(b, 0, m, BOTH);
		set_block_length(b, VALUE, &a);
		transfer(b, 0, 0x0a, 1, 1, out, VALUE, NULL, 0, &a);
		BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[15] == 0xc8 && a.sense[17] == 1);
	}
}

static void test_fixed_blocks(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", fixed_blocks, NULL), 0);
}

/* The longest block with its value can be set as a block length only with protection. */
static void block_lengths(struct bench *b)
{
	static uint8_t zeros[LONGEST + VALUE];
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	set_block_length(b, LONGEST + VALUE, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2600, INT64_MIN) && a.sense[17] == 9);
	use(b, 0, LBP_REED_SOLOMON, LBP_W);
	set_block_length(b, LONGEST + VALUE + 1, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2600, INT64_MIN) && a.sense[17] == 9);
	set_block_length(b, LONGEST + VALUE, &a);
	BENCH_CHECK(b, a.status == 0);
	transfer(b, 0, 0x0a, 1, 1, zeros, sizeof zeros, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0 && bench_object(b) == 1);
	use(b, 0, LBP_NONE, 0); /* the block length stays, and no block is that long */
	transfer(b, 0, 0x0a, 1, 1, zeros, sizeof zeros, NULL, 0, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[17] == 1);
}

static void test_block_lengths(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", block_lengths, NULL), 0);
}

/* --- around blocks ------------------------------------------------------------------------------------- */

static void verify(struct bench *b, unsigned who, uint8_t flags, uint32_t length, struct bench_answer *ret)
{
	transfer(b, who, 0x13, flags, length, NULL, 0, NULL, 0, ret);
}

/* Filemarks have no value; VERIFY counts it as READ does, and looks at the method when it is asked to. */
static void marks_and_verify(struct bench *b)
{
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	use(b, 0, LBP_REED_SOLOMON, BOTH);
	put(b, 0, LBP_REED_SOLOMON, BLOCK, 1);
	BENCH_CHECK(b, bench_cdb(b, 0, "10 00 00 00 01 00", NULL) == 0);
	use(b, 0, LBP_CRC32C, BOTH);
	put(b, 0, LBP_CRC32C, BLOCK, 2);
	put(b, 1, LBP_NONE, BLOCK, 3); /* the other nexus */
	rewind_it(b);
	get(b, 0, LBP_CRC32C, BLOCK, 1, BLOCK + VALUE, 0, &a);
	transfer(b, 0, 0x08, 0, BLOCK + VALUE, NULL, 0, NULL, 0, &a);
	BENCH_CHECK(b, is_sense(&a, 0x80, 0x0001, BLOCK + VALUE) && a.in_done == 0);
	rewind_it(b);
	verify(b, 0, 0, BLOCK + VALUE, &a);
	BENCH_CHECK(b, a.status == 0);
	rewind_it(b);
	verify(b, 0, 0, BLOCK, &a);
	BENCH_CHECK(b, is_sense(&a, 0x20, 0x0000, -VALUE));
	rewind_it(b);
	verify(b, 0, 0x20, 0, &a); /* to end of data */
	BENCH_CHECK(b, a.status == 0 && bench_object(b) == 4);
	rewind_it(b);
	verify(b, 0, 0x10, BLOCK + VALUE, &a); /* VLBPM: the first has the other method */
	BENCH_CHECK(b, is_sense(&a, 3, 0x1005, BLOCK + VALUE) && bench_object(b) == 1);
	verify(b, 0, 0x10, BLOCK + VALUE, &a);
	BENCH_CHECK(b, is_sense(&a, 0x80, 0x0001, BLOCK + VALUE));
	verify(b, 0, 0x10, BLOCK + VALUE, &a);
	BENCH_CHECK(b, a.status == 0);
	verify(b, 0, 0x30, 0, &a); /* the last has none */
	BENCH_CHECK(b, is_sense(&a, 3, 0x1005, 0) && bench_object(b) == 4);
	verify(b, 1, 0x10, BLOCK, &a);
	BENCH_CHECK(b, is_sense(&a, 5, 0x2400, INT64_MIN) && a.sense[15] == 0xcc && a.sense[17] == 1);
}

static void test_marks_and_verify(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", marks_and_verify, NULL), 0);
}

/* Protection ends with a reset and with the nexus; nobody else is told. */
static void ends(struct bench *b)
{
	uint8_t page[PAGE];
	bench_load(b, "E00001L8", "lto8");
	use(b, 0, LBP_CRC32C, BOTH);
	use(b, 1, LBP_REED_SOLOMON, BOTH);
	put(b, 0, LBP_CRC32C, BLOCK, 1);
	put(b, 1, LBP_REED_SOLOMON, BLOCK, 2);
	target_tmf(&b->nexus[1], TMF_LU_RESET, 1, 0);
	bench_settle(b);
	for (unsigned who = 0; who < BENCH_NEXUSES; who++) {
		page_of(b, who, page);
		BENCH_CHECK(b, page[4] == 0 && page[5] == 0 && page[6] == 0);
		put(b, who, LBP_NONE, BLOCK, 3 + who);
	}
	use(b, 0, LBP_CRC32C, BOTH);
	/* A change of the cartridge leaves it. */
	BENCH_CHECK(b, bench_unthread(b) == 0 && bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	page_of(b, 0, page);
	BENCH_CHECK(b, page[4] == LBP_CRC32C);
	target_detach(&b->nexus[0]);
	BENCH_CHECK(b, target_attach(&b->nexus[0]) == 0);
	bench_settle(b);
	page_of(b, 0, page);
	BENCH_CHECK(b, page[4] == 0 && page[6] == 0);
}

static void test_ends(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", ends, NULL), 0);
}

/* With encryption the value is that of the host's data, in both directions. */
static void encrypted(struct bench *b)
{
	static const char key[] =
		"00 10 00 30 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 "
		"A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF";
	uint8_t cdb[12], list[52];
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	bench_hex("B5 20 00 10 00 00 00 00 00 34 00 00", cdb, sizeof cdb);
	bench_hex(key, list, sizeof list);
	bench_command(b, 0, cdb, sizeof cdb, list, sizeof list, NULL, 0, &a);
	BENCH_CHECK(b, a.status == 0);
	bench_settle(b);
	for (unsigned m = LBP_NONE; m < N_LBP_METHODS; m++) {
		use(b, 0, m, BOTH);
		for (uint32_t i = 0; i < LENS; i++)
			put(b, 0, m, lens[i], i);
	}
	put_wrong(b, 0, LBP_CRC32C, BLOCK, 1, 1, &a);
	BENCH_CHECK(b, is_sense(&a, 4, 0x1001, BLOCK + VALUE));
	for (unsigned m = LBP_NONE; m < N_LBP_METHODS; m++) {
		use(b, 0, m, BOTH);
		rewind_it(b);
		for (uint32_t i = 0; i < N_LBP_METHODS * LENS; i++) {
			uint32_t len = lens[i % LENS];
			get(b, 0, m, len, i % LENS, len + (m ? VALUE : 0), 0, &a);
			BENCH_CHECK(b, a.status == 0);
		}
	}
}

static void test_encrypted(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", encrypted, NULL), 0);
}

/* Blocks on the cartridge whose checksum is right and whose value is not. */
static void store_wrong(struct bench *b)
{
	uint8_t record[ENVELOPE_MAX + BLOCK];
	struct cart *cart = NULL;
	BENCH_CHECK(b, cart_open(shelf_at(b->engine, b->root), "E00001L8", false, &cart) == 0);
	BENCH_CHECK(b, cart_allow_transformed(cart, FEATURE_TRANSFORMED) == 0);
	for (unsigned i = 0; i < 8; i++) {
		enum lbp_method method = i % 2 ? LBP_CRC32C : LBP_REED_SOLOMON;
		struct envelope v = { .lbp = method, .host_len = BLOCK, .stored_len = BLOCK };
		bench_pattern(record + ENVELOPE_MIN, BLOCK, i);
		v.lbp_value = lbp_value(method, 0, record + ENVELOPE_MIN, BLOCK) ^ 1;
		uint8_t head[ENVELOPE_MAX];
		uint32_t size = envelope_put(&v, head);
		memcpy(record, head, size);
		BENCH_CHECK(b, cart_write_transformed(cart, record, size + BLOCK) == 0);
	}
	BENCH_CHECK(b, cart_close(cart) == 0);
}

static void stored_wrong(struct bench *b)
{
	struct bench_answer a;
	uint8_t in[BLOCK + VALUE];
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	store_wrong(b);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	for (unsigned i = 0; i < 2; i++) {
		transfer(b, 0, 0x08, 0, BLOCK, NULL, 0, in, BLOCK, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, BLOCK) && bench_object(b) == i + 1);
	}
	for (unsigned i = 2; i < 4; i++) { /* a part of it */
		transfer(b, 0, 0x08, 2, 10, NULL, 0, in, 10, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, 10) && bench_object(b) == i + 1);
	}
	for (unsigned i = 4; i < 6; i++) {
		verify(b, 0, 0, BLOCK, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, BLOCK) && bench_object(b) == i + 1);
	}
	use(b, 0, LBP_CRC32C, BOTH);
	for (unsigned i = 6; i < 8; i++) {
		transfer(b, 0, 0x08, 0, BLOCK + VALUE, NULL, 0, in, BLOCK + VALUE, &a);
		BENCH_CHECK(b, is_sense(&a, 4, 0x1001, BLOCK + VALUE) && bench_object(b) == i + 1);
	}
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, b->told.faults[HEALTH_READ].count == 8);
}

static void test_stored_wrong(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", stored_wrong, NULL), 0);
}

/* A part of a block, then the connection ends or offers less: nothing has happened. */
static void cut_off(struct bench *b)
{
	uint8_t out[BLOCK + VALUE];
	struct bench_answer a;
	bench_load(b, "E00001L8", "lto8");
	use(b, 0, LBP_CRC32C, BOTH);
	block_put(out, LBP_CRC32C, BLOCK, 1);
	for (uint32_t n = 0; n < sizeof out; n += n < 3 || n >= BLOCK - 2 ? 1 : 83) {
		transfer(b, 0, 0x0a, 0, sizeof out, out, n, NULL, 0, &a);
		BENCH_CHECK(b, is_sense(&a, 5, 0x4b00, INT64_MIN) && bench_object(b) == 0);
	}
	put(b, 0, LBP_CRC32C, BLOCK, 1);
	b->pace = PACE_LATER;
	put(b, 0, LBP_CRC32C, BLOCK, 2);
	b->pace = PACE_NOW;
	BENCH_CHECK(b, bench_object(b) == 2);
}

static void test_cut_off(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", cut_off, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_fixed_blocks),
		cmocka_unit_test(test_block_lengths),
		cmocka_unit_test(test_marks_and_verify),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_stored_wrong),
		cmocka_unit_test(test_cut_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
