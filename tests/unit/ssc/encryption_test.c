/* SPDX-License-Identifier: Apache-2.0 */
/* Encryption as hosts set it: every page, every wrong field, who shares a key, when one ends, what is read with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define KEY_A \
	"A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF"
#define KEY_B \
	"C0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF"
#define NONE "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
/* SET DATA ENCRYPTION: byte 4, byte 5, encryption mode, decryption mode, key. */
#define SET(scope, control, encryption, decryption, key)                      \
	.out = "00 10 00 30 " scope " " control " " encryption " " decryption \
	       " 01 00 00 00 00 00 00 00 00 00 00 "                           \
	       "20 " key
#define SPOUT      "B5 20 00 10 00 00 00 00 00 34 00 00"
#define SPIN(page) "A2 20 " page " 00 00 00 00 10 00 00 00"
#define READ_4K    "08 00 00 10 00 00"
#define VERIFY_4K  "13 00 00 10 00 00"
#define REWIND     "01 00 00 00 00 00"
#define PUT(text, nexus, number)                                                       \
	{                                                                              \
		text, "0A 00 00 10 00 00", .who = nexus, .write = 4096, .seed = number \
	}
#define GOT(text, nexus, number)                                               \
	{                                                                      \
		text, READ_4K, .who = nexus, .read = 4096, .read_seed = number \
	}
#define REFUSED(text, nexus, code)                                                            \
	{                                                                                     \
		text, READ_4K, .who = nexus, .sense = SENSE18_INFO("07", "00 00 10 00", code) \
	}
#define UA(text, nexus, code)                                                         \
	{                                                                             \
		text, "00 00 00 00 00 00", .who = nexus, .sense = SENSE18("06", code) \
	}
#define READY(text, nexus)                              \
	{                                               \
		text, "00 00 00 00 00 00", .who = nexus \
	}
/* Page 0020h: byte 4 on. */
#define STATUS(text, nexus, bytes)                                            \
	{                                                                     \
		text, SPIN("00 20"), .who = nexus, .in = "00 20 00 14 " bytes \
	}

static void scripted(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, b->arg);
}

static void script(const struct script_row *rows)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", scripted, rows), 0);
}

static void test_pages(void **state)
{
	static const struct script_row rows[] = {
		{ "protocols", "A2 00 00 00 00 00 00 00 10 00 00 00", .in = "00 00 00 00 00 00 00 02 00 20",
			.moved = 10 },
		{ "no certificate", "A2 00 00 01 00 00 00 00 10 00 00 00", .in = "00 00 00 00", .moved = 4 },
		{ "nothing is certified", "A2 00 00 02 00 00 00 00 10 00 00 00", .in = "00 00 00 00",
			.moved = 4 },
		{ "pages to read", SPIN("00 00"),
			.in = "00 00 00 12 00 00 00 01 00 10 00 11 00 12 00 20 00 21 00 30 00 31",
			.moved = 22 },
		{ "pages to write", SPIN("00 01"), .in = "00 01 00 02 00 10", .moved = 6 },
		{ "capabilities", SPIN("00 10"),
			.in = "00 10 00 28 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
			      "01 00 00 14 BA 10 00 20 00 0C 00 20 09 00 00 00 00 00 00 00 00 01 00 14",
			.moved = 44 },
		{ "key formats", SPIN("00 11"), .in = "00 11 00 02 00 02", .moved = 6 },
		{ "key management", SPIN("00 12"), .in = "00 12 00 0C 01 07 00 07 00 00 00 00 00 00 00 00",
			.moved = 16 },
		{ "status", SPIN("00 20"),
			.in = "00 20 00 14 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 00 00 00 00",
			.moved = 24 },
		{ "next block: none", SPIN("00 21"), .in = "00 21 00 0C 00 00 00 00 00 00 00 00 22 00 00 00",
			.moved = 16 },
		{ "random", SPIN("00 30"), .in = "00 30 00 20", .moved = 36 },
		{ "cut", "A2 20 00 10 00 00 00 00 00 02 00 00", .in = "00 10", .moved = 2 },
		{ "nothing", "A2 20 00 10 00 00 00 00 00 00 00 00", .moved = 0 },
		{ "another protocol", "A2 21 00 00 00 00 00 00 10 00 00 00",
			.sense = SENSE18_CDB("CF", "01") },
		{ "another page", SPIN("00 02"), .sense = SENSE18_CDB("CF", "02") },
		{ "page 0022h, which LTO drives do not have", SPIN("00 22"),
			.sense = SENSE18_CDB("CF", "02") },
		{ "a page of another protocol", "A2 00 00 10 00 00 00 00 10 00 00 00",
			.sense = SENSE18_CDB("CF", "02") },
		{ "INC_512", "A2 20 00 10 80 00 00 00 10 00 00 00", .sense = SENSE18_CDB("CF", "04") },
		{ "to a page that can only be read", "B5 20 00 20 00 00 00 00 00 34 00 00",
			SET("40", "00", "02", "03", KEY_A), .sense = SENSE18_CDB("CF", "02") },
		{ "to a protocol that cannot be written", "B5 00 00 00 00 00 00 00 00 34 00 00",
			SET("40", "00", "02", "03", KEY_A), .sense = SENSE18_CDB("CF", "01") },
		{ "no list is no error", "B5 20 00 10 00 00 00 00 00 00 00 00" },
		{ 0 },
	};
	script(rows);
}

static void test_round_trip(void **state)
{
	static const struct script_row rows[] = {
		PUT("plain", 0, 1),
		{ "key A for all, decrypt", SPOUT, SET("40", "00", "02", "02", KEY_A) },
		UA("the other host hears of it", 1, "2A 11"),
		STATUS("status", 0, "42 02 02 01 00 00 00 01 11 00 00 00"),
		STATUS("of the other", 1, "02 02 02 01 00 00 00 01 11 00 00 00"),
		PUT("with A", 0, 2),
		{ "key B, mixed", SPOUT, SET("40", "00", "02", "03", KEY_B) },
		UA("again", 1, "2A 11"),
		PUT("with B", 1, 3),
		{ "back", REWIND },
		{ "next block is plain", SPIN("00 21"),
			.in = "00 21 00 0C 00 00 00 00 00 00 00 00 33 00 00 00" },
		GOT("mixed reads it", 0, 1),
		{ "next block: another key", SPIN("00 21"),
			.in = "00 21 00 0C 00 00 00 00 00 00 00 01 36 01 01 00" },
		REFUSED("with A: refused", 0, "74 03"),
		{ "it stays in front of it", VERIFY_4K, .sense = SENSE18_INFO("07", "00 00 10 00", "74 03"),
			AT(1) },
		{ "SPACE passes it", "11 00 00 00 01 00", AT(2) },
		{ "next block: the right key", SPIN("00 21"),
			.in = "00 21 00 0C 00 00 00 00 00 00 00 02 35 01 01 00" },
		GOT("with B: read", 1, 3),
		{ "key A, decrypt", SPOUT, SET("40", "00", "02", "02", KEY_A) },
		UA("and again", 1, "2A 11"),
		{ "back", REWIND },
		{ "decrypt only: plain is refused", READ_4K,
			.sense = SENSE18_INFO("07", "00 00 10 00", "74 02"), AT(0) },
		{ "no error", "4D 00 43 00 00 00 06 00 0C 00", .in = "03 00 00 14 00 06 40 04 00 00 00 00" },
		{ "past it", "11 00 00 00 01 00" },
		GOT("with A: read", 0, 2),
		{ "back to it", "2B 00 00 00 00 00 01 00 00 00" },
		{ "VERIFY", VERIFY_4K, AT(2) },
		{ "off, as stenc does it", SPOUT,
			.out = "00 10 00 30 40 40 00 00 01 00 00 00 00 00 00 00 00 00 00 20 " NONE },
		UA("the last time", 1, "2A 11"),
		STATUS("status", 0, "42 00 00 00 00 00 00 04 10 00 00 00"),
		REFUSED("B is locked", 0, "74 01"),
		{ "back", REWIND },
		GOT("plain is not", 0, 1),
		REFUSED("A is locked", 0, "74 01"),
		{ "off again, without a key", "B5 20 00 10 00 00 00 00 00 14 00 00",
			.out = "00 10 00 10 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
		READY("nothing has changed", 1),
		{ 0 },
	};
	script(rows);
}

/* Encryption is the drive's, not a partition's: it holds behind a change of partition and a format, with or without
 * commands between. */
static void test_partitions(void **state)
{
#define TO(n) "2B 02 00 00 00 00 00 00 0" n " 00"
	static const struct script_row rows[] = {
		{ "a plan of two partitions", "55 10 00 00 00 00 00 00 18 00",
			.out = "00 00 00 10 00 00 00 00  11 0E 03 01 3C 03 09 00 00 74 FF FF 00 00 00 00" },
		{ "are made", "04 00 01 00 00 00" },
		UA("the other host hears of the plan", 1, "2A 01"),
		{ "key A, mixed", SPOUT, SET("40", "00", "02", "03", KEY_A) },
		UA("and of the key", 1, "2A 11"),
		PUT("in partition 0", 0, 1),
		{ "to partition 1", TO("1") },
		PUT("in partition 1", 0, 2),
		{ "back to partition 0", TO("0") },
		GOT("the right key", 0, 1),
		{ "off", SPOUT, SET("40", "00", "00", "00", NONE) },
		UA("again", 1, "2A 11"),
		{ "partition 1", TO("1") },
		{ "is encrypted", SPIN("00 21"), .in = "00 21 00 0C 00 00 00 00 00 00 00 00 36 01 01 00" },
		REFUSED("it is locked", 0, "74 01"),
		{ "past it", "11 00 00 00 01 00" },
		PUT("plain, in partition 1", 0, 3),
		{ "partition 0", TO("0") },
		REFUSED("it is locked, too", 0, "74 01"),
		{ "key B, in partition 1", TO("1") },
		{ "decrypt only", SPOUT, SET("40", "00", "02", "02", KEY_B) },
		UA("once more", 1, "2A 11"),
		{ "a format", TO("0") },
		{ "leaves the key", "04 00 01 00 00 00" },
		PUT("in the new partition 0", 0, 4),
		{ "rewind", REWIND },
		{ "is encrypted", SPIN("00 21"), .in = "00 21 00 0C 00 00 00 00 00 00 00 00 35 01 01 00" },
		GOT("with B", 0, 4),
		{ 0 },
	};
	script(rows);
}

static void test_raw(void **state)
{
	static const struct script_row rows[] = {
		{ "never raw", SPOUT, SET("20", "30", "02", "00", KEY_A) },
		PUT("", 0, 1),
		{ "by default never", SPOUT, SET("20", "00", "02", "00", KEY_A) },
		PUT("", 0, 2),
		{ "raw allowed", SPOUT, SET("20", "20", "02", "01", KEY_A) },
		PUT("", 0, 3),
		{ "back", REWIND },
		REFUSED("not raw", 0, "74 0A"),
		{ "past it", "11 00 00 00 01 00" },
		REFUSED("nor this", 0, "74 0A"),
		{ "past it", "11 00 00 00 01 00" },
		{ "raw is longer than the record", READ_4K,
			.sense = "F0 00 20 FF FF FF A8 0A 00 00 00 00 00 00 00 00 00 00", AT(3) },
		{ "back to it", "2B 00 00 00 00 00 02 00 00 00" },
		{ "the envelope comes first", "08 00 00 20 00 00",
			.in = "58 00 00 01 00 00 00 00 00 10 00 00",
			.sense = "F0 00 20 00 00 0F A8 0A 00 00 00 00 00 00 00 00 00 00" },
		{ "external only", SPOUT, SET("20", "80", "00", "03", KEY_A) },
		{ "back", REWIND },
		REFUSED("no record is", 0, "74 09"),
		{ 0 },
	};
	script(rows);
}

/* Scopes: what one host sets for itself touches nobody else. */
static void test_scopes(void **state)
{
	static const struct script_row rows[] = {
		{ "local", SPOUT, SET("20", "00", "02", "03", KEY_A) },
		READY("the other does not hear of it", 1),
		STATUS("status", 0, "21 02 03 01 00 00 00 01 11"),
		STATUS("of the other", 1, "00 00 00 00 00 00 00 00 10"),
		PUT("encrypted", 0, 1),
		PUT("plain", 1, 2),
		PUT("encrypted", 0, 3),
		{ "back", REWIND },
		REFUSED("the other cannot read it", 1, "74 01"),
		GOT("who has the key can", 0, 1),
		GOT("plain", 1, 2),
		{ "the other sets one for all", SPOUT, .who = 1, SET("40", "00", "02", "03", KEY_B) },
		READY("who has its own does not hear of it", 0),
		REFUSED("another key", 1, "74 03"),
		GOT("the first still has its own", 0, 3),
		{ "the first shares", SPOUT, SET("00", "00", "00", "00", NONE) },
		STATUS("and has what all have", 0, "02 02 03 01 00 00 00 02 11"),
		{ "back", REWIND },
		REFUSED("so its own is gone", 0, "74 03"),
		{ "local off", SPOUT, SET("20", "00", "00", "00", NONE) },
		STATUS("it has none, others do", 0, "21 00 00 00 00 00 00 03 10"),
		REFUSED("locked", 0, "74 01"),
		{ 0 },
	};
	script(rows);
}

/* A host that is locked to its key does not write with another one. */
static void test_lock(void **state)
{
	static const struct script_row rows[] = {
		{ "for all, locked", SPOUT, SET("41", "00", "02", "03", KEY_A) },
		UA("", 1, "2A 11"),
		PUT("its key", 0, 1),
		{ "another host sets another", SPOUT, .who = 1, SET("40", "00", "02", "03", KEY_B) },
		UA("", 0, "2A 11"),
		{ "no more writes", "0A 00 00 10 00 00", .write = 4096, .seed = 2,
			.sense = SENSE18("07", "2A 13"), AT(1) },
		PUT("the other may", 1, 3),
		{ "reads go on", REWIND },
		REFUSED("with the present key", 0, "74 03"),
		{ "agrees", SPOUT, SET("01", "00", "00", "00", NONE) },
		{ "to the end", "11 03 00 00 00 00" },
		PUT("writes again", 0, 4),
		{ 0 },
	};
	script(rows);
}

static void test_kads(void **state)
{
#define LIST "00 10 00 40 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 " KEY_A
	static const struct script_row rows[] = {
		{ "both kinds", "B5 20 00 10 00 00 00 00 00 44 00 00",
			.out = LIST " 00 FF 00 05 61 62 63 64 65 01 00 00 03 78 79 7A" },
		{ "status shows them", SPIN("00 20"),
			.in = "00 20 00 24 42 02 03 01 00 00 00 01 11 00 00 00 00 00 00 00 00 00 00 00 "
			      "00 00 00 05 61 62 63 64 65 01 00 00 03 78 79 7A",
			.moved = 40 },
		PUT("a record", 0, 1),
		{ "back", REWIND },
		{ "so does the record", SPIN("00 21"),
			.in = "00 21 00 1C 00 00 00 00 00 00 00 00 35 01 01 00 "
			      "00 00 00 05 61 62 63 64 65 01 01 00 03 78 79 7A",
			.moved = 32 },
		{ "off", SPOUT, SET("40", "00", "00", "00", NONE) },
		{ "for everybody", SPIN("00 21"),
			.in = "00 21 00 1C 00 00 00 00 00 00 00 00 36 01 01 00 "
			      "00 00 00 05 61 62 63 64 65 01 01 00 03 78 79 7A" },
		{ 0 },
	};
	script(rows);
#undef LIST
}

/* When a key ends. */
static void test_lifetimes(void **state)
{
	static const struct script_row rows[] = {
		{ "until the unload", SPOUT, SET("40", "04", "02", "03", KEY_A) },
		UA("", 1, "2A 11"),
		PUT("", 0, 1),
		{ "unload", "1B 00 00 00 00 00" },
		{ "load", "1B 00 00 00 01 00", .sense = SENSE18("06", "2A 12") },
		{ "load", "1B 00 00 00 01 00" },
		UA("", 1, "28 00"),
		UA("", 1, "2A 12"),
		STATUS("it is gone", 0, "40 00 00 00 00 00 00 02 10"),
		REFUSED("the record is locked", 0, "74 01"),
		{ "one that stays", SPOUT, SET("40", "00", "02", "03", KEY_A) },
		UA("", 1, "2A 11"),
		{ "unload", "1B 00 00 00 00 00" },
		{ "an unload that nothing can follow", SPOUT, SET("40", "04", "02", "03", KEY_B),
			.sense = SENSE18_LIST("8A", "05") },
		{ "load", "1B 00 00 00 01 00" },
		UA("", 1, "28 00"),
		GOT("read", 0, 1),
		{ "a reservation that is not there", SPOUT, SET("40", "01", "02", "03", KEY_B),
			.sense = SENSE18_LIST("88", "05") },
		{ "nor can it be preempted", SPOUT, SET("40", "02", "02", "03", KEY_B),
			.sense = SENSE18_LIST("89", "05") },
		{ "RESERVE", "16 00 00 00 00 00" },
		{ "until that is lost", SPOUT, SET("40", "01", "02", "03", KEY_A) },
		{ "the other may not", SPIN("00 20"), .who = 1, .sense = SENSE18("06", "2A 11") },
		{ "RELEASE", "17 00 00 00 00 00" },
		UA("", 0, "2A 12"),
		UA("", 1, "2A 12"),
		STATUS("it is gone", 1, "00 00 00 00 00 00 00 05 10"),
		{ 0 },
	};
	script(rows);
}

#define WHOLE                                                                                \
	"00 10 00 40 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 " KEY_A " 00 00 00 05 " \
	"61 62 63 64 65 01 00 00 03 78 79 7A"
enum { WHOLE_LEN = 68 };

static void set(struct bench *b, const uint8_t *list, uint32_t len, struct bench_answer *ret)
{
	uint8_t cdb[12] = { 0xb5, 0x20, 0x00, 0x10, [8] = (uint8_t)(len >> 8), [9] = (uint8_t)len };
	bench_command(b, 0, cdb, sizeof cdb, list, len, NULL, 0, ret);
}

/* --- events ---------------------------------------------------------------------------------------------- */

static unsigned keys_in(struct bench *b)
{
	return bench_status(b).encryption.keys;
}

static void set_key(struct bench *b, const char *scope)
{
	uint8_t list[WHOLE_LEN];
	struct bench_answer a;
	bench_hex(WHOLE, list, sizeof list);
	bench_hex(scope, list + 4, 1);
	set(b, list, sizeof list, &a);
	BENCH_CHECK(b, a.status == 0);
}

/* What ends keys without a command: a reset, the loss of the nexus; operators see who has set one. */
static void events(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	set_key(b, "40");
	struct drive_encryption seen = bench_status(b).encryption;
	BENCH_CHECK(b, seen.keys == 1 && seen.encrypts && seen.decrypts && seen.shared);
	BENCH_CHECK(b, strcmp(seen.host.initiator, b->nexus[0].initiator) == 0);
	BENCH_CHECK(b, seen.host.session == b->nexus[0].session);
	bench_write(b, 4096, 1);
	target_detach(&b->nexus[0]);
	BENCH_CHECK(b, target_attach(&b->nexus[0]) == 0);
	bench_settle(b);
	BENCH_CHECK(b, keys_in(b) == 1); /* for all: it outlives its host */
	set_key(b, "20");
	BENCH_CHECK(b, keys_in(b) == 2);
	bench_write(b, 4096, 2);
	target_detach(&b->nexus[0]);
	BENCH_CHECK(b, target_attach(&b->nexus[0]) == 0);
	bench_settle(b);
	BENCH_CHECK(b, keys_in(b) == 1); /* its own does not */
	set_key(b, "20");
	bench_write(b, 4096, 3);
	target_tmf(&b->nexus[1], TMF_LU_RESET, 1, 0);
	BENCH_CHECK(b, keys_in(b) == 0);
	bench_settle(b);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	struct cart *cart = NULL;
	struct cart_block block;
	BENCH_CHECK(b, cart_open(shelf_at(b->engine, b->root), "E00001L8", true, &cart) == 0);
	for (unsigned i = 0; i < 3; i++) {
		BENCH_CHECK(b, cart_look(cart, &block) == 0 && block.encrypted);
		BENCH_CHECK(b, cart_skip(cart) == 0);
	}
	cart_close(cart);
}

static void test_events(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", events, NULL), 0);
}

/* Reservations keep others from the key: who holds none may not set it, but may ask whether there is one. */
static void reserved(struct bench *b)
{
#define PR(sa, type, list) "5F " sa " 0" type " 00 00 00 00 00 18 00", .out = list
#define REGISTER           "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00"
#define KEY_7              "00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define PREEMPT            "00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00"
	static const struct script_row rows[] = {
		{ "register", PR("00", "0", REGISTER) },
		{ "write exclusive", PR("01", "1", KEY_7) },
		{ "until it is lost", SPOUT, SET("40", "01", "02", "03", KEY_A) },
		UA("", 1, "2A 11"),
		STATUS("others may ask", 1, "02 02 03 01"),
		{ 0 },
	};
	static const struct script_row then[] = {
		{ "release", PR("02", "1", KEY_7) },
		UA("the key is gone", 0, "2A 12"),
		STATUS("for all", 0, "40 00 00 00"),
		UA("", 1, "2A 12"),
		{ "exclusive access", PR("01", "3", KEY_7) },
		{ "until it is preempted", SPOUT, SET("40", "02", "02", "03", KEY_A) },
		UA("", 1, "2A 11"),
		{ "another takes it", PR("06", "0", REGISTER), .who = 1 },
		{ "with the same key", PR("04", "3", PREEMPT), .who = 1 },
		UA("the key is gone", 1, "2A 12"),
		STATUS("for all", 1, "00 00 00 00"),
		{ 0 },
	};
	static const uint8_t cdb[12] = { 0xb5, 0x20, 0x00, 0x10, [9] = WHOLE_LEN },
			     ask[12] = { 0xa2, 0x20, 0x00, 0x20, [9] = 64 };
	uint8_t list[WHOLE_LEN];
	struct bench_answer a;
	bench_settle(b);
	bench_hex(WHOLE, list, sizeof list);
	script_run(b, rows);
	bench_command(b, 1, cdb, sizeof cdb, list, sizeof list, NULL, 0, &a);
	BENCH_CHECK(b, a.status == STATUS_RESERVATION_CONFLICT && a.out_done == 0);
	script_run(b, then);
	bench_command(b, 0, ask, sizeof ask, NULL, 0, list, sizeof list, &a);
	BENCH_CHECK(b, a.status == STATUS_CHECK_CONDITION); /* its registration was preempted */
	while (a.status == STATUS_CHECK_CONDITION)
		bench_command(b, 0, ask, sizeof ask, NULL, 0, list, sizeof list, &a);
	BENCH_CHECK(b, a.status == STATUS_RESERVATION_CONFLICT);
}

static void test_reserved(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", reserved, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_kads),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_reserved),
	};
	return cmocka_run_group_tests_name("a drive encrypts with the keys that hosts set, and no others",
		tests, NULL, NULL);
}
