/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts may overwrite: append-only mode (mode page 10h/01h), ALLOW OVERWRITE, commands that change a WORM
 * cartridge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

#define READ_80     "08 00 00 00 50 00"
#define WRITE_80    "0A 00 00 00 50 00"
#define SELECT      "15 10 00 00 24 00"
#define MODE(byte5) "00 00 10 00 50 01 00 1C 00 " byte5 " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define ALLOW_NONE    "82 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define ALLOW(object) "82 00 01 00 00 00 00 00 00 00 00 0" object " 00 00 00 00"
#define ALLOW_FORMAT  "82 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00"
#define APPEND18      SENSE18("07", "5A 02")
#define WORM18        SENSE18("07", "30 0C")
#define LIST_BYTE_9   SENSE18_LIST("80", "09")

static const struct script_row mode[] = {
	{ "overwriting is allowed", "1A 08 10 01 FF 00", .in = "23 88 10 00 50 01 00 1C 00 00", .moved = 36 },
	{ "the write mode can be changed", "1A 08 50 01 FF 00", .in = "23 88 10 00 50 01 00 1C 00 F0" },
	{ "ALLOW OVERWRITE has no meaning yet", ALLOW("0"), .sense = SENSE18("05", "20 0C") },
	{ "a write mode that does not exist", SELECT, .out = MODE("20"), .sense = LIST_BYTE_9 },
	{ "a short erase mode", SELECT, .out = MODE("02"), .sense = SENSE18_LIST("89", "09") },
	{ "record 0", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "append-only", SELECT, .out = MODE("10") },
	{ "the other hears of it", "00 00 00 00 00 00", .who = 1, .sense = SENSE18("06", "2A 01") },
	{ "and sees it", "1A 08 10 01 FF 00", .who = 1, .in = "23 88 10 00 50 01 00 1C 00 10" },
	{ "not back while there is data", SELECT, .out = MODE("00"), .sense = LIST_BYTE_9 },
	{ "the same value may be set", SELECT, .out = MODE("10") },
	{ 0 } };

static const struct script_row appends[] = {
	{ "append", WRITE_80, .write = 80, .seed = 2, AT(2) },
	{ "a filemark", "10 00 00 00 01 00", AT(3) },
	{ "another one", "10 00 00 00 01 00", AT(4) },
	{ "the second filemark may be overwritten", "11 01 FF FF FF 00", AT(3) },
	{ "by a record", WRITE_80, .write = 80, .seed = 3, AT(4) },
	{ "two filemarks", "10 00 00 00 02 00", AT(6) },
	{ "the one that ends the data may not", "2B 00 00 00 00 00 04 00 00 00" },
	{ "by a record", WRITE_80, .write = 80, .sense = APPEND18, AT(4) },
	{ "by a filemark", "10 00 00 00 01 00", .sense = APPEND18, AT(4) },
	{ "with IMMED", "10 01 00 00 01 00", .sense = APPEND18, AT(4) },
	{ "nor a record", "2B 00 00 00 00 00 01 00 00 00" },
	{ "by a record", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "by WRITE(16), which goes there", "8A 08 00 00 00 00 00 00 00 00 00 00 00 00 50 00", .write = 80, .sense = APPEND18, AT(0) },
	{ "ERASE", "19 00 00 00 00 00", .sense = APPEND18, AT(0) },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = APPEND18, AT(0) },
	{ "SET CAPACITY", "0B 00 00 FF FF 00", .sense = APPEND18, AT(0) },
	{ "TapeAlert 9 is set", "4D 00 6E 00 00 00 09 00 09 00", .in = "2E 00 01 18 00 09 C0 01 01" },
	{ "a flush is no writing", "10 00 00 00 00 00", AT(0) },
	{ "all is there", READ_80, .read = 80, .read_seed = 1, AT(1) },
	{ "record 1", READ_80, .read = 80, .read_seed = 2, AT(2) },
	{ "to the end", "11 03 00 00 00 00", AT(6) },
	{ "nothing is behind it to erase", "19 00 00 00 00 00", AT(6) },
	{ 0 } };

static const struct script_row allows[] = {
	{ "mode 3", "82 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00", .sense = SENSE18_CDB("CB", "02") },
	{ "another position", ALLOW("5"), .sense = SENSE18("05", "3B 00"), AT(6) },
	{ "another partition", "82 00 01 01 00 00 00 00 00 00 00 06 00 00 00 00", .sense = SENSE18("05", "3B 00"), AT(6) },
	{ "to record 1", "2B 00 00 00 00 00 01 00 00 00" },
	{ "allowed", ALLOW("1"), AT(1) },
	{ "a motion ends it", "01 00 00 00 00 00" },
	{ "back", "2B 00 00 00 00 00 01 00 00 00" },
	{ "no more", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "allowed", ALLOW("1") },
	{ "taken back", ALLOW_NONE },
	{ "no more", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "allowed", ALLOW("1") },
	{ "one that fails ends it, too", ALLOW("2"), .sense = SENSE18("05", "3B 00") },
	{ "no more", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "for a format only", ALLOW_FORMAT },
	{ "which no write is", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "allowed here", ALLOW("1") },
	{ "but not for a WRITE(16) elsewhere", "8A 08 00 00 00 00 00 00 00 00 00 00 00 00 50 00", .write = 80, .sense = APPEND18, AT(0) },
	{ "to record 1", "2B 00 00 00 00 00 01 00 00 00" },
	{ "allowed here", ALLOW("1") },
	{ "which no erase is", "19 00 00 00 00 00", .sense = APPEND18, AT(1) },
	{ "allowed again", ALLOW("1") },
	{ "so it is overwritten", WRITE_80, .write = 80, .seed = 7, AT(2) },
	{ "and the end is here", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(2) },
	{ "append", WRITE_80, .write = 80, .seed = 8, AT(3) },
	{ "once only", "2B 00 00 00 00 00 01 00 00 00" },
	{ "no more", WRITE_80, .write = 80, .sense = APPEND18, AT(1) },
	{ "erase allowed", ALLOW_FORMAT },
	{ "ERASE", "19 00 00 00 00 00", AT(1) },
	{ "append", WRITE_80, .write = 80, .seed = 9, AT(2) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "format allowed", ALLOW_FORMAT },
	{ "UNLOAD ends it", "1B 00 00 00 00 00" },
	{ "and nothing is to be overwritten", ALLOW_FORMAT, .sense = SENSE18_UNLOADED },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "the mode is that of the drive", "1A 08 10 01 FF 00", .in = "23 88 10 00 50 01 00 1C 00 10" },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = APPEND18, AT(0) },
	{ "format allowed", ALLOW_FORMAT },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", AT(0) },
	{ "blank", READ_80, .sense = SENSE18_INFO("08", "00 00 00 50", "00 05"), AT(0) },
	{ "which may be formatted again", "04 00 00 00 00 00", AT(0) },
	{ "and the mode may be left", SELECT, .out = MODE("00") },
	{ "a record", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "and another over it", "01 00 00 00 00 00" },
	{ "a record", WRITE_80, .write = 80, .seed = 2, AT(1) },
	{ "append-only again", SELECT, .out = MODE("10") },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "without a cartridge it can be left", SELECT, .out = MODE("00") },
	{ 0 } };

/* A label of one or two records can be replaced on a WORM cartridge, not in append-only mode. */
static const struct script_row label[] = {
	{ "append-only", SELECT, .out = MODE("10") },
	{ "a label", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "a filemark", "10 00 00 00 01 00", AT(2) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "WRITE", WRITE_80, .write = 80, .sense = APPEND18, AT(0) },
	{ "format allowed", ALLOW_FORMAT },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", AT(0) },
	{ "filemarks only", "10 00 00 00 03 00", AT(3) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "may be overwritten", WRITE_80, .write = 80, .seed = 2, AT(1) },
	{ 0 } };

static const struct script_row worm[] = {
	{ "blank: no FORMAT MEDIUM", "04 00 00 00 00 00", .sense = WORM18, AT(0) },
	{ "no SET CAPACITY", "0B 00 00 FF FF 00", .sense = WORM18, AT(0) },
	{ "no ERASE", "19 00 00 00 00 00", .sense = WORM18, AT(0) },
	{ "no long one", "19 03 00 00 00 00", .sense = WORM18, AT(0) },
	{ "three records", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "three records", WRITE_80, .write = 80, .seed = 2, AT(2) },
	{ "three records", WRITE_80, .write = 80, .seed = 3, AT(3) },
	{ "filemarks", "10 00 00 00 03 00", AT(6) },
	{ "back over one filemark", "11 01 FF FF FF 00", AT(5) },
	{ "append", WRITE_80, .write = 80, .seed = 4, AT(6) },
	{ "filemark", "10 00 00 00 01 00", AT(7) },
	{ "back over it", "11 01 FF FF FF 00", AT(6) },
	{ "WRITE", WRITE_80, .write = 80, .sense = WORM18, AT(6) },
	{ "back over a record", "11 00 FF FF FF 00", AT(5) },
	{ "WRITE", WRITE_80, .write = 80, .sense = WORM18, AT(5) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = WORM18, AT(5) },
	{ "WRITE FILEMARKS(16)", "80 08 00 00 00 00 00 00 00 00 00 05 00 00 01 00", .sense = WORM18, AT(5) },
	{ "WRITE(16)", "8A 00 00 00 00 00 00 00 00 00 00 05 00 00 50 00", .write = 80, .sense = WORM18, AT(5) },
	{ "ERASE", "19 00 00 00 00 00", .sense = WORM18, AT(5) },
	{ "ERASE(16)", "93 00 00 00 00 00 00 00 00 00 00 05 00 00 00 00", .sense = WORM18, AT(5) },
	{ "at the end, too", "11 03 00 00 00 00", AT(7) },
	{ "ERASE", "19 00 00 00 00 00", .sense = WORM18, AT(7) },
	{ "TapeAlert 60 is set", "4D 00 6E 00 00 00 3C 00 09 00", .in = "2E 00 00 19 00 3C C0 01 01" },
	{ "for the other too", "4D 00 6E 00 00 00 3C 00 09 00", .who = 1, .in = "2E 00 00 19 00 3C C0 01 01" },
	{ "attributes may be changed", "8D 01 00 00 00 00 00 00 00 00 00 00 00 11 00 00",
	  .out = "00 00 00 0D 08 00 01 00 08 41 42 43 44 45 46 47 48" },
	{ "but not the medium type", "8D 01 00 00 00 00 00 00 00 00 00 00 00 0A 00 00",
	  .out = "00 00 00 06 04 08 00 00 01 00", .sense = SENSE18_LIST("8F", "04") },
	{ "which is WORM", "8C 00 00 00 00 00 00 00 04 08 00 00 00 0A 00 00", .in = "00 00 00 5E 04 08 80 00 01 80" },
	{ "in append-only mode, too", SELECT, .out = MODE("10") },
	{ "nothing is allowed here", "01 00 00 00 00 00" },
	{ "nothing is allowed here", ALLOW("0") },
	{ "WRITE", WRITE_80, .write = 80, .sense = WORM18, AT(0) },
	{ "nor a format", ALLOW_FORMAT },
	{ "FORMAT MEDIUM", "04 00 00 00 00 00", .sense = WORM18, AT(0) },
	{ "the mode is left with the unload", "1B 00 00 00 00 00" },
	{ "back", SELECT, .out = MODE("00") },
	{ 0 } };

static const struct script_row worm_label[] = {
	{ "append-only", SELECT, .out = MODE("10") },
	{ "a label", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "a filemark", "10 00 00 00 01 00", AT(2) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "another label", WRITE_80, .write = 80, .seed = 2, AT(1) },
	{ "a record", WRITE_80, .write = 80, .seed = 3, AT(2) },
	{ "a record", WRITE_80, .write = 80, .seed = 4, AT(3) },
	{ "rewind", "01 00 00 00 00 00" },
	{ "three records are no label", WRITE_80, .write = 80, .sense = WORM18, AT(0) },
	{ 0 } };

/* clang-format on */

static void append_only(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, mode);
	script_run(b, appends);
	script_run(b, allows);
}

static void labels(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, label);
}

static void write_once(struct bench *b)
{
	bench_create(b, "E00001LY", "lto8", 0, true, false);
	BENCH_CHECK(b, bench_thread(b, "E00001LY") == 0);
	bench_settle(b);
	script_run(b, worm);
}

static void write_once_labels(struct bench *b)
{
	bench_create(b, "E00001LY", "lto8", 0, true, false);
	BENCH_CHECK(b, bench_thread(b, "E00001LY") == 0);
	bench_settle(b);
	script_run(b, worm_label);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "append-only mode, and what ALLOW OVERWRITE allows", run_body, NULL, NULL,
			(void *)append_only },
		{ "labels in append-only mode", run_body, NULL, NULL, (void *)labels },
		{ "a WORM cartridge keeps its rule for labels in append-only mode", run_body, NULL, NULL,
			(void *)write_once_labels },
		{ "no command changes what is on a WORM cartridge", run_body, NULL, NULL,
			(void *)write_once },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
