/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages: every move and door counted, every trouble told once to each initiator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bench.h"
#include "vtl/base/bytes.h"
#include "vtl/library/robot.h"

static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };
enum { HEADER = 4, MOVES = 0, PICKS = 1, PLACES = 3, DOORS = 8 };

/* A parameter of page 14h; UINT64_MAX when it is not there. */
static uint64_t counted(struct bench *b, unsigned code)
{
	bench_command(b, 0, "4d 00 54 00 00 00 00 04 00 00", 1024, NULL, 0);
	CHECK(b, strcmp(b->said, "good") == 0 && get_be16(b->in + 2) + 4u == b->in_size);
	for (size_t at = HEADER; at + 4 <= b->in_size; at += 4u + b->in[at + 3])
		if (get_be16(b->in + at) == code && b->in[at + 3] == 8)
			return get_be64(b->in + at + 4);
	return UINT64_MAX;
}

static void count_body(struct bench *b)
{
	static const struct row {
		const char *what, *cdb, *said;
		uint64_t moves;
	} rows[] = {
		{ "nothing yet", "00 00 00 00 00 00", "good", 0 },
		{ "a move", "a5 00 00 01 03 e8 00 0a 00 00 00 00", "good", 1 },
		{ "an exchange is two", "a6 00 00 01 00 0a 03 e9 03 eb 00 00", "good", 3 },
		{ "a refused move is none", "a5 00 00 01 03 e8 03 ec 00 00 00 00", "5/3B/0E", 3 },
		{ "to a mail slot", "a5 00 00 01 03 e9 00 0a 00 00 00 00", "good", 4 },
	};
	bench_settle(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bench_expect(b, rows[i].what, rows[i].cdb, rows[i].said);
		if (counted(b, MOVES) != rows[i].moves)
			bench_fail(b, "%s: %llu moves", rows[i].what, (unsigned long long)counted(b, MOVES));
	}
	CHECK(b, counted(b, PICKS) == 4 && counted(b, PLACES) == 4 && counted(b, DOORS) == 0);
	struct cartridge *cartridge = b->library->mailslots[0].cartridge;
	CHECK(b, library_vault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	CHECK(b, counted(b, DOORS) == 1);
	CHECK(b, library_unvault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	CHECK(b, counted(b, DOORS) == 2 && counted(b, MOVES) == 4);
}

static void what_moves_is_counted(void **state)
{
	assert_int_equal(bench_run(&plan, 3, count_body), 0);
}

/* The active flags initiator who reads, flag 1 in bit 0. */
static uint64_t flags_by(struct bench *b, unsigned who, const char *cdb)
{
	uint64_t set = 0;
	bench_command(b, who, cdb, 1024, NULL, 0);
	CHECK(b, b->in_size == HEADER + 64 * 5);
	for (size_t at = HEADER; at + 5 <= b->in_size; at += 5)
		set |= (uint64_t)(b->in[at + 4] & 1) << (get_be16(b->in + at) - 1);
	return set;
}

static uint64_t flags(struct bench *b, unsigned who)
{
	return flags_by(b, who, "4d 00 6e 00 00 00 00 04 00 00");
}

static uint64_t flag(unsigned n)
{
	return UINT64_C(1) << (n - 1);
}

static void alert_body(struct bench *b)
{
	bench_settle(b);
	CHECK(b, flags(b, 0) == 0);
	bench_expect(b, "a full slot", "a5 00 00 01 03 e8 03 e9 00 00 00 00", "5/3B/0D");
	CHECK(b, flags(b, 0) == 0);
	b->thread_err = -EIO;
	bench_expect(b, "a drive that cannot load", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "4/53/00");
	b->thread_err = 0;
	bench_expect(b, "one that can", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "good");
	b->unthread_err = -EIO;
	bench_expect(b, "one that does not let go", "a5 00 00 01 01 f4 03 e8 00 00 00 00", "4/44/00");
	b->unthread_err = 0;
	for (unsigned who = 0; who < BENCH_NEXUSES; who++) {
		CHECK(b, flags(b, who) == (flag(15) | flag(2)));
		CHECK(b, flags(b, who) == 0);
	}
	/* Who asks for the header alone, to learn how long the page is, or for the first flags, loses
	 * nothing of the rest; and a flag has no threshold: it is told for every page control. */
	static const char *const looks[] = { "4d 00 6e 00 00 00 00 00 04 00",
		"4d 00 6e 00 00 00 00 00 4e 00" };
	b->thread_err = -EIO;
	bench_expect(b, "again", "a5 00 00 01 03 e9 01 f5 00 00 00 00", "4/53/00");
	b->thread_err = 0;
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		bench_command(b, 0, looks[i], 1024, NULL, 0);
	CHECK(b, flags_by(b, 0, "4d 00 2e 00 00 00 00 04 00 00") == flag(15));
	CHECK(b, flags(b, 0) == 0 && flags(b, 1) == flag(15));
	/* A drive out of order is told for as long as it is. */
	struct drive *drive = TAILQ_LAST(&b->library->drives, drives);
	const struct drive_server *ops = drive->ops;
	drive->ops = NULL;
	CHECK(b, flags(b, 0) == flag(22) && flags(b, 0) == flag(22) && flags(b, 1) == flag(22));
	drive->ops = ops;
	CHECK(b, flags(b, 0) == 0);
	/* What a person had the robot do is told like what a host had it do. */
	b->thread_err = -EIO;
	CHECK(b,
		library_move(b->library, &b->library->slots[1], &b->library->drive_elements[1], BY_PERSON) ==
			MOVE_LOAD_FAILED);
	CHECK(b, flags(b, 1) == flag(15));
}

static void every_trouble_is_told_once(void **state)
{
	assert_int_equal(bench_run(&plan, 3, alert_body), 0);
}

/* Page 07h of a personality after failed moves: its parameters and the text of the last. */
static const struct library_plan sl150 = { .changer_personality = "STK SL150", .drives = 1, .slots = 3 };
static const struct library_plan msl = { .changer_personality = "HPE MSL3040", .drives = 1, .slots = 3 };
enum { EVENT = 48, SL150_EVENTS = 20 };

static void fail_load(struct bench *b, const char *move)
{
	b->thread_err = -EIO;
	bench_expect(b, "a drive that cannot load", move, "4/53/00");
	b->thread_err = 0;
}

static void check_events(struct bench *b, unsigned params, unsigned events)
{
	bench_command(b, 0, "4d 00 47 00 00 00 00 08 00 00", 2048, NULL, 0);
	CHECK(b, b->in_size == HEADER + params * EVENT && get_be16(b->in + 2) + 4u == b->in_size);
	for (unsigned i = 0; i < params; i++) {
		const uint8_t *p = b->in + HEADER + i * EVENT;
		bool text = memcmp(p + 4 + 20, "load failed             ", 24) == 0;
		CHECK(b, get_be16(p) == i && p[3] == EVENT - 4 && text == (i < events));
	}
}

static void sl150_body(struct bench *b)
{
	bench_settle(b);
	check_events(b, SL150_EVENTS, 0);
	for (unsigned i = 1; i <= SL150_EVENTS + 1; i++) {
		fail_load(b, "a5 00 00 00 03 e8 01 f4 00 00 00 00");
		check_events(b, SL150_EVENTS, i < SL150_EVENTS ? i : SL150_EVENTS);
	}
	bench_expect(b, "no statistics", "4d 00 54 00 00 00 00 04 00 00", "5/24/00 cdb 2.5");
}

static uint32_t value(struct bench *b, const char *cdb, unsigned code)
{
	bench_command(b, 0, cdb, 2048, NULL, 0);
	for (size_t at = HEADER; at + 4 <= b->in_size; at += 4u + b->in[at + 3])
		if (get_be16(b->in + at) == code && b->in[at + 3] == 4)
			return get_be32(b->in + at + 4);
	return UINT32_MAX;
}

static void msl_body(struct bench *b)
{
	static const char *const empty[] = { "4d 00 74 00 00 00 00 04 00 00", "4d 00 76 00 00 00 00 04 00 00",
		"4d 00 78 00 00 00 00 04 00 00", "4d 00 7a 00 00 00 00 04 00 00",
		"4d 00 7b 00 00 00 00 04 00 00" };
	bench_settle(b);
	check_events(b, 0, 0);
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
		bench_command(b, 0, empty[i], 1024, NULL, 0);
		CHECK(b, strcmp(b->said, "good") == 0 && b->in_size == HEADER);
	}
	CHECK(b, value(b, "4d 00 70 00 00 00 00 04 00 00", 4) == 0);
	fail_load(b, "a5 00 00 00 03 e9 00 01 00 00 00 00");
	fail_load(b, "a5 00 00 00 03 e9 00 01 00 00 00 00");
	check_events(b, 2, 2);
	bench_expect(b, "a move", "a5 00 00 00 03 e9 00 01 00 00 00 00", "good");
	CHECK(b, value(b, "4d 00 70 00 00 00 00 04 00 00", 4) == 1);
	CHECK(b, value(b, "4d 00 7e 00 00 00 00 04 00 00", 0x100b) == 1);
	CHECK(b, value(b, "4d 00 7e 00 00 00 00 04 00 00", 0x1006) == 3);
	CHECK(b, value(b, "4d 00 7e 00 00 00 00 04 00 00", 0x1009) == 1);
	CHECK(b, flags(b, 0) == flag(15) && b->in[HEADER + 2] == 0x40);
}

static void the_last_errors_are_listed(void **state)
{
	assert_int_equal(bench_run(&sl150, 2, sl150_body), 0);
	assert_int_equal(bench_run(&msl, 2, msl_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves_is_counted),
		cmocka_unit_test(every_trouble_is_told_once),
		cmocka_unit_test(the_last_errors_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
