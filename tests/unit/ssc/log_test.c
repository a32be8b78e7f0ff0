/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages: which drives have which, at every allocation length; values that follow what was done; resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/bytes.h"
#include "vtl/ssc/diagnostics.h"
#include "vtl/ssc/health.h"

enum { PAGE_MAX = 4096, HEADER = 4 };

/* --- every page, every length ---------------------------------------------------------------------- */

static uint32_t ask(struct bench *b, uint8_t page, uint8_t subpage, unsigned alloc,
	uint8_t in[static PAGE_MAX])
{
	const uint8_t cdb[10] = { 0x4d, 0, (uint8_t)(0x40 | page), subpage, 0, 0, 0, (uint8_t)(alloc >> 8),
		(uint8_t)alloc };
	struct bench_answer a;
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, in, PAGE_MAX, &a);
	if (a.status)
		bench_fail(b, "page %02x/%02x at %u: status %02x", page, subpage, alloc, a.status);
	return a.in_done;
}

/* The parameters fill the page to its end, and their codes ascend. */
static void check_form(struct bench *b, const uint8_t *page, uint32_t len)
{
	uint32_t at = HEADER;
	unsigned next = 0; /* the lowest code that may come */
	while (at + 4 <= len && get_be16(page + at) >= next) {
		next = get_be16(page + at) + 1;
		at += 4u + page[at + 3];
	}
	if (at != len || get_be16(page + 2) + 4u != len)
		bench_fail(b, "page %02x/%02x: %u of %u bytes are parameters", page[0], page[1], at, len);
}

static void at_every_length(struct bench *b, uint8_t page, uint8_t subpage)
{
	uint8_t whole[PAGE_MAX], part[PAGE_MAX];
	uint32_t len = ask(b, page, subpage, PAGE_MAX, whole);
	if (page != 0x00 && subpage != 0xff)
		check_form(b, whole, len);
	for (uint32_t n = 0; n <= len; n++)
		if (ask(b, page, subpage, n, part) != n)
			bench_fail(b, "page %02x/%02x: not %u bytes", page, subpage, n);
}

static void pages_body(struct bench *b)
{
	uint8_t list[PAGE_MAX];
	bench_settle(b);
	uint32_t len = ask(b, 0x00, 0xff, PAGE_MAX, list);
	BENCH_CHECK(b, len > 40);
	for (uint32_t at = HEADER; at + 2 <= len; at += 2)
		at_every_length(b, list[at], list[at + 1]);
}

/* The pages of 00h: those of LTO-7 and LTO-9 drives (IBM), of an LTO-6 drive (HP). */
#define LIST_IBM "00 00 00 15 00 02 03 06 0C 11 12 14 16 17 18 1A 1B 2E 30 31 32 33 34 37"
#define LIST_HP  "00 00 00 13 00 02 03 0C 11 12 13 14 15 16 17 18 1B 2E 30 31 32 33 34"

static void list_body(struct bench *b)
{
	const struct script_row rows[] = {
		{ "the pages of this make", "4D 00 40 00 00 00 00 01 00 00", .in = b->arg }, { 0 }
	};
	bench_settle(b);
	script_run(b, rows);
}

static void each_make_has_its_pages(void **state)
{
	static const struct {
		const char *personality, *list;
	} makes[] = {
		{ "IBM ULT3580-TD5", LIST_IBM },
		{ "IBM ULT3580-TD9", LIST_IBM },
		{ "HP Ultrium 6-SCSI", LIST_HP },
		{ "HP Ultrium 7-SCSI", LIST_IBM },
	};
	for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
		assert_int_equal(bench_run(makes[i].personality, pages_body, NULL), 0);
		assert_int_equal(bench_run(makes[i].personality, list_body, makes[i].list), 0);
	}
}

/* --- values ---------------------------------------------------------------------------------------- */

/* clang-format off */
#define P32_EMPTY "32 00 00 4C  00 00 40 02 00 64  00 01 40 02 00 64 "

static const struct script_row values[] = {
	{ "page 32h of a fresh load", "4D 00 72 00 00 00 00 01 00 00", .in = P32_EMPTY
	  "00 02 40 04 00 00 00 00  00 03 40 04 00 00 00 00  00 04 40 04 00 00 00 00  00 05 40 04 00 00 00 00"
	  " 00 06 40 04 00 00 00 00  00 07 40 04 00 00 00 00  00 08 40 04 00 00 00 00  00 09 40 04 00 00 00 00", .moved = 80 },
	{ "1 MiB and 4096 bytes", "0A 00 10 10 00 00", .write = 0x101000, .seed = 1 },
	{ "and 4096 more", "0A 00 00 10 00 00", .write = 4096, .seed = 2 },
	{ "rewind", "01 00 00 00 00 00" },
	{ "read the first", "08 00 10 10 00 00", .read = 0x101000, .read_seed = 1 },
	{ "page 32h: whole MiB and the rest, in both directions", "4D 00 72 00 00 00 00 01 00 00", .in = P32_EMPTY
	  "00 02 40 04 00 00 00 01  00 03 40 04 00 00 10 00  00 04 40 04 00 00 00 01  00 05 40 04 00 00 10 00"
	  " 00 06 40 04 00 00 00 01  00 07 40 04 00 00 20 00  00 08 40 04 00 00 00 01  00 09 40 04 00 00 20 00" },
	{ "page 1Bh tells the same", "4D 00 5B 00 00 00 06 01 00 00", .in = "1B 00 00 26  00 06 40 04 00 00 00 01  00 07 40 04 00 00 20 00"
	  " 00 08 40 04 00 00 00 01  00 09 40 04 00 00 20 00  01 00 40 02 00 01" },
	{ "page 38h: two records of 1032 KiB written", "4D 00 78 00 00 00 00 00 1C 00", .in = "38 00 00 B2  00 00 40 08 00 00 00 00 00 00 00 02"
	  " 00 01 40 08 00 00 00 00 00 00 04 08" },
	{ "and one of 1028 KiB read", "4D 00 78 00 00 00 02 00 1C 00", .in = "38 00 00 9A  00 02 40 08 00 00 00 00 00 00 00 01"
	  " 00 03 40 08 00 00 00 00 00 00 04 04" },
	{ "page 30h: one thread", "4D 00 70 00 00 00 00 01 00 00", .in = "30 00 00 54  00 01 C0 04 00 00 00 01" },
	{ "page 14h: one load", "4D 00 54 00 00 00 00 01 00 00", .in = "14 00 00 C2  00 00 43 08 00 00 00 00 00 00 00 01" },
	{ "one power cycle, one load since the reset, no hard error", "4D 00 54 00 00 00 0C 01 00 00", .in = "14 00 00 56  00 0C 43 08 00 00 00 00 00 00 00 01"
	  " 00 0D 43 08 00 00 00 00 00 00 00 01  00 0E 43 08 00 00 00 00 00 00 00 00  00 0F 43 08 00 00 00 00 00 00 00 00  00 40 41 0A" },
	{ "with the serial number", "4D 00 54 00 00 00 41 01 00 00", .in = "14 00 00 18  00 41 41 0A" },
	{ "no removal is prevented", "4D 00 54 00 00 00 80 00 09 00", .in = "14 00 00 0A  00 80 43 01 00" },
	{ "PREVENT", "1E 00 00 00 01 00", .who = 1 },
	{ "now it is", "4D 00 54 00 00 00 80 00 09 00", .in = "14 00 00 0A  00 80 43 01 01" },
	{ "ALLOW", "1E 00 00 00 00 00", .who = 1 },
	{ "page 17h: ratios of 1.00", "4D 00 57 00 00 00 12 00 10 00", .in = "17 00 00 F0  00 12 43 02 00 64  00 13 43 02 00 64" },
	{ "page 33h has 18 counters", "4D 00 73 00 00 00 00 01 00 00", .in = "33 00 00 6C  00 00 40 02 00 00" },
	{ "page 34h has 31", "4D 00 74 00 00 00 00 01 00 00", .in = "34 00 00 BA  00 00 40 02 00 00" },
	{ "page 17h: nothing is encrypted in its one partition", "4D 00 57 00 00 02 00 00 20 00", .in = "17 00 00 40  02 00 43 0A 09 00 00 00 FF FF FF FF FF FF  02 01 43 0A 09 00 00 00 FF FF FF FF FF FF" },
	{ "page 37h rates what has moved", "4D 00 77 00 00 00 00 01 00 00", .in = "37 00 00 1E  00 00 60 01 01" },
	{ "so does its subpage of this mount", "4D 00 77 40 00 00 00 01 00 00", .in = "77 40 00 1E  00 00 60 01 01  00 01 60 01 01  00 10 60 01 01  00 11 60 01 01  00 12 60 01 00  00 1A 60 01 00", .moved = 34 },
	{ "and that of the drive's life", "4D 00 77 80 00 00 00 01 00 00", .in = "77 80 00 1E  00 00 60 01 01  00 01 60 01 01", .moved = 34 },
	{ "host commands of this mount: all at once, 100 / 1", "4D 00 77 51 00 00 00 01 00 00", .in = "77 51 00 10  03 D0 60 04 00 64 00 00  04 D0 60 04 00 64 00 00", .moved = 20 },
	{ "and of the drive's life", "4D 00 77 91 00 00 00 01 00 00", .in = "77 91 00 10  03 D0 60 04 00 64 00 00  04 D0 60 04 00 64 00 00", .moved = 20 },
	{ "the subpages are listed", "4D 00 77 FF 00 00 00 01 00 00", .in = "77 FF 00 0C  37 00 37 10 37 40 37 51 37 80 37 91", .moved = 16 },
	{ "page 06h", "4D 00 46 00 00 00 00 01 00 00", .in = "06 00 00 08  00 00 40 04 00 00 00 00" },
	{ "page 18h tells the protocol", "4D 00 58 00 00 00 00 01 00 00", .in = "18 00 00 08  00 01 43 04 05 00 00 00" },
	{ "page 16h has twelve records, empty ones", "4D 00 56 00 00 00 00 04 00 00", .in = "16 00 03 60  00 00 43 44 00 00 00 00 00 00 00 00 00 00 00 00", .moved = 868 },
	{ "the last one", "4D 00 56 00 00 00 0B 01 00 00", .in = "16 00 00 48  00 0B 43 44 00", .moved = 76 },
	{ "there is none behind", "4D 00 56 00 00 00 0C 01 00 00", .sense = SENSE18_CDB("CF", "05") },
	{ "there is no page 13h", "4D 00 53 00 00 00 00 01 00 00", .sense = SENSE18_CDB("CD", "02") },
	{ "there is no subpage 11h of 37h", "4D 00 77 11 00 00 00 01 00 00", .sense = SENSE18_CDB("CF", "03") },
	{ 0 } };

/* LOG SELECT as it is sent at every flush: PCR=1, PC=11b. */
static const struct script_row resets[] = {
	{ "the other has read nothing yet", "00 00 00 00 00 00", .who = 1 },
	{ "clear page 32h", "4C 02 F2 00 00 00 00 00 00 00" },
	{ "that is a unit attention for the other", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 02") },
	{ "page 32h begins again", "4D 00 72 00 00 00 06 01 00 00", .in = "32 00 00 20  00 06 40 04 00 00 00 00  00 07 40 04 00 00 00 00" },
	{ "page 38h does not", "4D 00 78 00 00 00 00 00 1C 00", .in = "38 00 00 B2  00 00 40 08 00 00 00 00 00 00 00 02" },
	{ "nor does the cartridge's usage", "4D 00 70 00 00 00 00 01 00 00", .in = "30 00 00 54  00 01 C0 04 00 00 00 01" },
	{ "the write errors keep their bytes", "4D 00 42 00 00 00 05 01 00 00", .in = "02 00 00 26  00 05 40 06 00 00 00 10 20 00" },
	{ "one record more", "0A 00 00 10 00 00", .write = 4096, .seed = 3 },
	{ "is counted from there", "4D 00 72 00 00 00 06 01 00 00", .in = "32 00 00 20  00 06 40 04 00 00 00 00  00 07 40 04 00 00 10 00" },
	{ "PC=11b without PCR clears too", "4C 00 F2 00 00 00 00 00 00 00" },
	{ "to zero", "4D 00 72 00 00 00 06 01 00 00", .in = "32 00 00 20  00 06 40 04 00 00 00 00  00 07 40 04 00 00 00 00" },
	{ "clear page 38h", "4C 02 78 00 00 00 00 00 00 00" },
	{ "no record any more", "4D 00 78 00 00 00 00 00 1C 00", .in = "38 00 00 B2  00 00 40 08 00 00 00 00 00 00 00 00" },
	{ "clear page 02h", "4C 02 42 00 00 00 00 00 00 00" },
	{ "no byte written any more", "4D 00 42 00 00 00 05 01 00 00", .in = "02 00 00 26  00 05 40 06 00 00 00 00 00 00" },
	{ "page 0Ch keeps them", "4D 00 4C 00 00 00 00 01 00 00", .in = "0C 00 00 7C  00 00 40 08 00 00 00 00 00 10 30 00" },
	{ "page 30h cannot be cleared, which is no error", "4C 02 70 00 00 00 00 00 00 00" },
	{ "it stays", "4D 00 70 00 00 00 00 01 00 00", .in = "30 00 00 54  00 01 C0 04 00 00 00 01" },
	{ "PCR with a list", "4C 02 72 00 00 00 00 00 04 00", .out = "32 00 00 00", .sense = SENSE18_CDB("C9", "01") },
	{ "a reserved bit", "4C 06 72 00 00 00 00 00 00 00", .sense = SENSE18_CDB("CA", "01") },
	{ 0 } };

/* The next load begins again for all pages of the mount. */
static const struct script_row loaded_again[] = {
	{ "page 32h", "4D 00 72 00 00 00 06 01 00 00", .in = "32 00 00 20  00 06 40 04 00 00 00 00  00 07 40 04 00 00 00 00" },
	{ "page 38h", "4D 00 78 00 00 00 00 00 1C 00", .in = "38 00 00 B2  00 00 40 08 00 00 00 00 00 00 00 00" },
	{ "page 37h/51h: no data in this mount", "4D 00 77 51 00 00 00 01 00 00", .in = "77 51 00 10  03 D0 60 04 00 00 00 00  04 D0 60 04 00 00 00 00" },
	{ "page 37h/91h: those of before", "4D 00 77 91 00 00 00 01 00 00", .in = "77 91 00 10  03 D0 60 04 00 64 00 00  04 D0 60 04 00 64 00 00" },
	{ "two threads", "4D 00 70 00 00 00 00 01 00 00", .in = "30 00 00 54  00 01 C0 04 00 00 00 02" },
	{ 0 } };

static const struct script_row alerts[] = {
	{ "page 12h: no flag", "4D 00 52 00 00 00 00 01 00 00", .in = "12 00 00 0C  00 00 43 08 00 00 00 00 00 00 00 00", .moved = 16 },
	{ 0 } };
/* Flag 9, write protect: bit 7 of the second byte. */
static const struct script_row alerted[] = {
	{ "page 12h: the flag", "4D 00 52 00 00 00 00 01 00 00", .in = "12 00 00 0C  00 00 43 08 00 80 00 00 00 00 00 00" },
	{ "reading does not clear it", "4D 00 52 00 00 00 00 01 00 00", .in = "12 00 00 0C  00 00 43 08 00 80 00 00 00 00 00 00" },
	{ "nor does reading page 2Eh", "4D 00 6E 00 00 00 00 01 44 00", .in = "2E 00 01 40" },
	{ "still set", "4D 00 52 00 00 00 00 01 00 00", .in = "12 00 00 0C  00 00 43 08 00 80 00 00 00 00 00 00" },
	{ 0 } };
/* clang-format on */

/* --- 16h ------------------------------------------------------------------------------------------- */

#define P16(code) "4D 00 56 00 00 00 " code " 00 18 00"

/* clang-format off */
static const struct script_row one_error[] = {
	{ "a read error once", P16("00"), .in = "16 00 03 60  00 00 43 44 00 00 5E 88 00 00 00 00 00 03 11 00" },
	{ "no other record", P16("01"), .in = "16 00 03 18  00 01 43 44 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ 0 } };
static const struct script_row repeated[] = {
	{ "again: repeated", P16("00"), .in = "16 00 03 60  00 00 43 44 00 00 5E 88 00 00 00 00 00 83 11 00" },
	{ "no other record", P16("01"), .in = "16 00 03 18  00 01 43 44 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ 0 } };
static const struct script_row two_errors[] = {
	{ "a hardware error", P16("00"), .in = "16 00 03 60  00 00 43 44 00 00 5E 88 00 00 00 00 00 04 3E 02" },
	{ "the read error is behind it", P16("01"), .in = "16 00 03 18  00 01 43 44 00 00 5E 88 00 00 00 00 00 83 11 00" },
	{ "LOG SELECT with PCR=1 is accepted", "4C 02 56 00 00 00 00 00 00 00" },
	{ "and clears no error", P16("01"), .in = "16 00 03 18  00 01 43 44 00 00 5E 88 00 00 00 00 00 83 11 00" },
	{ 0 } };
static const struct script_row full[] = {
	{ "without a cartridge: no density", P16("00"), .in = "16 00 03 60  00 00 43 44 00 00 00 00 00 00 00 00 00 04 3E 02" },
	{ "the last of twelve", P16("0B"), .in = "16 00 00 48  00 0B 43 44 00 00 5E 88 00 00 00 00 00 04 3E 02" },
	{ "is the last", P16("0C"), .sense = SENSE18_CDB("CF", "05") },
	{ 0 } };
/* clang-format on */

static void errors_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	diagnostics_add(b->tape, SENSE_READ_ERROR);
	diagnostics_add(b->tape, SENSE_FIELD_IN_CDB);
	diagnostics_add(b->tape, SENSE_END_OF_DATA);
	script_run(b, one_error);
	diagnostics_add(b->tape, SENSE_READ_ERROR);
	script_run(b, repeated);
	diagnostics_add(b->tape, SENSE_NO_ANSWER);
	script_run(b, two_errors);
	for (unsigned i = 0; i < DIAGNOSTIC_RECORDS; i++)
		diagnostics_add(b->tape, i % 2 ? SENSE_NO_ANSWER : SENSE_READ_ERROR);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	diagnostics_add(b->tape, SENSE_NO_ANSWER);
	bench_settle(b);
	script_run(b, full);
}

static void the_last_errors_are_diagnostic_data(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", errors_body, NULL), 0);
}

static void values_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, values);
	script_run(b, resets);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, loaded_again);
	script_run(b, alerts);
	tape_alert(b->tape, ALERT_WRITE_PROTECT);
	script_run(b, alerted);
}

static void values_follow_what_is_done(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", values_body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_make_has_its_pages),
		cmocka_unit_test(values_follow_what_is_done),
		cmocka_unit_test(the_last_errors_are_diagnostic_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
