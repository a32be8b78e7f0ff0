/* SPDX-License-Identifier: Apache-2.0 */
/* What makes differ in: after LOAD, while unloading, UNLOAD of nothing, work in progress, partitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/fiber.h"

#define SENSE18_UNLOADING SENSE18("02", "04 00")

/* clang-format off */
/* clang-format off */
static const struct make {
	const char *personality, *barcode, *generation;
	const char *unload_empty, *unload_again;     /* sense, NULL: GOOD */
	const char *page_10;                         /* from byte 0 on */
	const char *partitions_empty, *partitions;   /* page 11h */
	const char *verifying;                       /* ASCQ of REQUEST SENSE during VERIFY */
	unsigned erase_s, write_s;                   /* recommended timeouts of ERASE(6) and WRITE(16) */
} makes[] = {
	{ "IBM ULT3580-TD8", "E00001L8", "lto8", SENSE18_NO_MEDIUM, SENSE18_UNLOADED,
	  "90 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90", "11 0E 03 00 3C 03 09 00 2E E0 00 00 00 00 00 00",
	  "11 0E 03 00 3C 03 09 00 00 64 00 00 00 00 00 00", "1C", 54896, 1500 },
	{ "IBM ULT3580-TD5", "E00001L5", "lto5", SENSE18_NO_MEDIUM, SENSE18_UNLOADED,
	  "90 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90", "11 0A 01 00 3C 03 09 00 05 DC 00 00",
	  "11 0A 01 00 3C 03 09 00 00 64 00 00", "1C", 16380, 1500 },
	{ "HP Ultrium 6-SCSI", "E00001L6", "lto6", NULL, NULL,
	  "10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 00", "11 0E 03 00 3C 03 09 00 09 C4 00 00 00 00 00 00",
	  "11 0E 03 00 3C 03 09 00 00 64 00 00 00 00 00 00", "16", 18000, 300 },
	{ "HP Ultrium 7-SCSI", "E00001L7", "lto7", SENSE18_NO_MEDIUM, SENSE18_UNLOADED,
	  "90 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90", "11 0E 03 00 3C 03 09 00 17 70 00 00 00 00 00 00",
	  "11 0E 03 00 3C 03 09 00 00 64 00 00 00 00 00 00", "1C", 29400, 1920 },
	{ "HPE Ultrium 9-SCSI", "E00001L9", "lto9", SENSE18_NO_MEDIUM, SENSE18_UNLOADED,
	  "90 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90", "11 0E 03 00 3C 03 09 00 46 50 00 00 00 00 00 00",
	  "11 0E 03 00 3C 03 09 00 00 64 00 00 00 00 00 00", "1C", 53040, 1680 },
	{ "IBM ULT3580-HH9", "E00001L9", "lto9", SENSE18_NO_MEDIUM, SENSE18_UNLOADED,
	  "90 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 90", "11 0E 03 00 3C 03 09 00 46 50 00 00 00 00 00 00",
	  "11 0E 03 00 3C 03 09 00 00 64 00 00 00 00 00 00", "1C", 166370, 1560 },
};
/* clang-format on */
/* clang-format on */

static void one(struct bench *b, struct script_row row)
{
	const struct script_row rows[] = { row, { 0 } };
	script_run(b, rows);
}

/* Puts bytes between what comes before and after: a MODE SENSE(6) answer, a MODE SELECT(6) list. */
static const char *around(const char *before, const char *bytes, char text[static 160])
{
	snprintf(text, 160, "%s %s", before, bytes);
	return text;
}

static void without_a_cartridge(struct bench *b, const struct make *m)
{
	one(b,
		(struct script_row){ "UNLOAD of an empty drive", "1B 00 00 00 00 00",
			.sense = m->unload_empty });
	one(b, (struct script_row){ "with IMMED too", "1B 01 00 00 00 00", .sense = m->unload_empty });
	one(b, (struct script_row){ "LOAD never", "1B 00 00 00 01 00", .sense = SENSE18_NO_MEDIUM });
	one(b,
		(struct script_row){ "UNLOAD that holds neither", "1B 00 00 00 08 00",
			.sense = SENSE18_NO_MEDIUM });
}

static void loading(struct bench *b, const struct make *m)
{
	static const struct script_row rows[] = {
		{ "UNLOAD", "1B 00 00 00 00 00" },
		{ "LOAD", "1B 00 00 00 01 00", .who = 1 },
		{ "is no news to who sent it", "00 00 00 00 00 00", .who = 1 },
		{ "but to the other", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
		{ "once", "00 00 00 00 00 00" },
		{ "UNLOAD", "1B 00 00 00 00 00" },
		{ "LOAD with IMMED", "1B 01 00 00 01 00" },
		{ "is no news either", "00 00 00 00 00 00" },
		{ "but to the other", "00 00 00 00 00 00", .who = 1, .sense = SENSE18_CHANGED },
		{ "LOAD of one that is loaded", "1B 00 00 00 01 00" },
		{ "is no news at all", "00 00 00 00 00 00", .who = 1 },
		{ "UNLOAD", "1B 00 00 00 00 00" },
		{ 0 },
	};
	script_run(b, rows);
	one(b, (struct script_row){ "UNLOAD again", "1B 00 00 00 00 00", .sense = m->unload_again });
	one(b,
		(struct script_row){ "by the other", "1B 00 00 00 00 00", .who = 1,
			.sense = m->unload_again });
	one(b, (struct script_row){ "HOLD leaves it where it is", "1B 00 00 00 08 00" });
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, m->barcode) == 0);
	one(b,
		(struct script_row){ "the robot's load is news to both", "00 00 00 00 00 00",
			.sense = SENSE18_CHANGED });
	one(b,
		(struct script_row){ "to the other too", "00 00 00 00 00 00", .who = 1,
			.sense = SENSE18_CHANGED });
}

/* Holds the drive at its next sync while cdb runs, and looks with the other nexus. */
static void meanwhile(struct bench *b, const char *cdb_text, struct script_row look)
{
	struct bench_task *t = malloc(sizeof *t);
	struct bench_answer a;
	uint8_t cdb[16];
	unsigned n = bench_hex(cdb_text, cdb, sizeof cdb);
	look.who = 1;
	b->faults.hold = true;
	bench_start(b, t, 0, cdb, n, NULL, 0, NULL, 0);
	fiber_sleep(5);
	BENCH_CHECK(b, !t->done);
	one(b, look);
	b->faults.hold = false;
	bench_wait(t, &a);
	if (a.status)
		bench_fail(b, "%s: status %02x", cdb_text, a.status);
	free(t);
}

static void in_progress(struct bench *b, const struct make *m)
{
	char verifying[160];
	snprintf(verifying, sizeof verifying, SENSE18_PROGRESS("00", "00 %s"), m->verifying);
	const struct {
		const char *cdb, *sense;
	} rows[] = {
		{ "01 00 00 00 00 00", SENSE18_PROGRESS("00", "00 1A") }, /* REWIND */
		{ "11 00 00 00 00 00", NULL },                            /* SPACE of nothing */
		{ "11 03 00 00 00 00", SENSE18_PROGRESS("00", "00 16") }, /* SPACE to end of data */
		{ "2B 00 00 00 00 00 00 00 00 00", SENSE18_PROGRESS("00", "00 19") }, /* LOCATE(10) */
		{ "92 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", SENSE18_PROGRESS("00", "00 19") },
		{ "13 00 00 00 00 00", NULL },                            /* VERIFY of nothing */
		{ "19 00 00 00 00 00", SENSE18_PROGRESS("00", "00 18") }, /* ERASE */
		{ "10 00 00 00 00 00", SENSE18("00", "00 00") },          /* WRITE FILEMARKS */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].sense)
			continue;
		bench_write(b, 1000, (uint32_t)i);
		meanwhile(b, rows[i].cdb,
			(struct script_row){ "REQUEST SENSE of work in progress", "03 00 00 00 12 00",
				.in = rows[i].sense });
	}
	one(b,
		(struct script_row){ "afterwards nothing", "03 00 00 00 12 00",
			.in = SENSE18("00", "00 00") });
}

/* The status is there before the work is done; then TEST UNIT READY and REQUEST SENSE tell of it. */
static void immediate(struct bench *b)
{
	static const struct {
		const char *cdb, *ready, *sense;
	} rows[] = {
		{ "04 01 00 00 00 00", SENSE18("02", "04 04"), SENSE18_PROGRESS("02", "04 04") }, /* FORMAT */
		{ "0B 01 00 FF FF 00", NULL, SENSE18_PROGRESS("00", "00 16") }, /* SET CAPACITY */
		{ "19 02 00 00 00 00", NULL, SENSE18_PROGRESS("00", "00 18") }, /* ERASE */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bench_answer a;
		bench_write(b, 1000, 1);
		one(b, (struct script_row){ "REWIND", "01 00 00 00 00 00" });
		b->faults.hold = true;
		BENCH_CHECK(b, bench_cdb(b, 0, rows[i].cdb, &a) == 0);
		one(b,
			(struct script_row){ "TEST UNIT READY", "00 00 00 00 00 00", .who = 1,
				.sense = rows[i].ready });
		one(b,
			(struct script_row){ "REQUEST SENSE", "03 00 00 00 12 00", .who = 1,
				.in = rows[i].sense });
		b->faults.hold = false;
		one(b,
			(struct script_row){ "a command waits for the end", "08 00 00 00 50 00",
				.sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(0) });
		one(b,
			(struct script_row){ "which is quiet", "03 00 00 00 12 00",
				.in = SENSE18("00", "00 00") });
		one(b, (struct script_row){ "and ready", "00 00 00 00 00 00" });
	}
}

static void unloading(struct bench *b)
{
	one(b, (struct script_row){ "all is written", "10 00 00 00 00 00" });
	meanwhile(b, "1B 00 00 00 00 00",
		(struct script_row){ "TEST UNIT READY while it unloads", "00 00 00 00 00 00",
			.sense = SENSE18_UNLOADING });
	one(b, (struct script_row){ "then it wants a LOAD", "00 00 00 00 00 00", .sense = SENSE18_UNLOADED });
	one(b, (struct script_row){ "LOAD", "1B 00 00 00 01 00" });
}

/* wrong: the byte that a list with one partition more is refused for. */
static void page_11(struct bench *b, const char *page, const char *quiet, const char *wrong)
{
	char text[200], select[32], sense[80];
	uint8_t in[40], wanted[16], cdb[6] = { 0x1a, 0x08, 0x11, 0, 0x20 };
	struct bench_answer a;
	unsigned n = bench_hex(page, wanted, sizeof wanted);
	bench_command(b, 0, cdb, 6, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, a.in_done == 4 + n && !memcmp(in + 4, wanted, n));
	cdb[2] = 0x91; /* its defaults are the same */
	bench_command(b, 0, cdb, 6, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, a.in_done == 4 + n && !memcmp(in + 4, wanted, n));
	cdb[2] = 0x51;
	bench_command(b, 0, cdb, 6, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, in[4 + 2] == 0 && in[4 + 3] == 0xff && in[4 + 4] == 0xf8 && in[4 + 5] == 0);
	snprintf(select, sizeof select, "15 10 00 00 %02X 00", 4 + n);
	one(b,
		(struct script_row){ "what it says may be sent back", select,
			.out = around("00 00 10 00", page, text) });
	one(b,
		(struct script_row){ "which is no change to others", "03 00 00 00 12 00", .who = 1,
			.in = quiet });
	around("00 00 10 00", page, text);
	memcpy(text + 3 * (4 + 3), "01", 2); /* a partition more, of no size */
	snprintf(sense, sizeof sense, SENSE18_LIST("80", "%s"), wrong);
	one(b, (struct script_row){ "but no partition more", select, .out = text, .sense = sense });
	one(b, (struct script_row){ "as Windows' older drivers ask", "1A 00 11 00 20 00", .moved = 12 + n });
}

/* REPORT SUPPORTED OPERATION CODES, of one command and of all: the recommended timeouts are those of the drive. */
static void recommended(struct bench *b, const struct make *m)
{
	enum { ALL_MAX = 4096, EACH = 20, ONE_6 = 4 + 6 + 8, ONE_16 = 4 + 16 + 8 };
	struct bench_answer a;
	uint8_t *in = calloc(1, ALL_MAX), cdb[12] = { 0xa3, 0x0c, 0x81, 0x19, [8] = ALL_MAX >> 8 };
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, in, ALL_MAX, &a);
	BENCH_CHECK(b, a.in_done == ONE_6 + 4 && get_be32(in + ONE_6) == m->erase_s);
	cdb[3] = 0x8a;
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, in, ALL_MAX, &a);
	BENCH_CHECK(b, a.in_done == ONE_16 + 4 && get_be32(in + ONE_16) == m->write_s);
	cdb[2] = 0x80;
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, in, ALL_MAX, &a);
	for (size_t at = 4; at + EACH <= a.in_done; at += EACH) {
		uint32_t seconds = get_be32(in + at + EACH - 4);
		BENCH_CHECK(b, seconds > 0);
		BENCH_CHECK(b, in[at] != 0x19 || seconds == m->erase_s);
	}
	free(in);
}

static void body(struct bench *b)
{
	const struct make *m = b->arg;
	char text[160];
	bench_settle(b);
	recommended(b, m);
	without_a_cartridge(b, m);
	page_11(b, m->partitions_empty, SENSE18_NO_MEDIUM, "07");
	bench_create(b, m->barcode, m->generation, 100000000000, false, false);
	BENCH_CHECK(b, bench_thread(b, m->barcode) == 0);
	bench_settle(b);
	page_11(b, m->partitions, SENSE18("00", "00 00"), "0C");
	struct bench_answer a;
	uint8_t cdb[6] = { 0x1a, 0x08, 0x10, 0, 0x18 }, in[24], wanted[16];
	bench_command(b, 0, cdb, 6, NULL, 0, in, sizeof in, &a);
	BENCH_CHECK(b, bench_hex(m->page_10, wanted, 16) == 16 && !memcmp(in + 4, wanted, 16));
	wanted[0] &= 0x3f;
	one(b,
		(struct script_row){ "page 10h as it was sensed", "15 10 00 00 14 00",
			.out = around("00 00 10 00 10", m->page_10 + 3, text) });
	loading(b, m);
	in_progress(b, m);
	immediate(b);
	unloading(b);
}

static void run_make(void **state)
{
	const struct make *m = *state;
	assert_int_equal(bench_run(m->personality, body, m), 0);
}

int main(void)
{
	enum { N = sizeof makes / sizeof *makes };
	struct CMUnitTest tests[N];
	for (size_t i = 0; i < N; i++)
		tests[i] = (struct CMUnitTest){ makes[i].personality, run_make, NULL, NULL,
			(void *)&makes[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
