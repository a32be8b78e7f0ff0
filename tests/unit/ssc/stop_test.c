/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command stops: from each kind of place, for each command that moves, what the host is told, what is left
 * (INFORMATION), and where the tape is then (SSC-5 7). The rows are in tests/lib/stops, tests/protocol/stops.py sends them
 * over the wire. Disks that fail are in fault_test.c, early warning in early_warning_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

/* clang-format off */

struct stop {
	unsigned partition, place;
	const char *what, *cdb;
	uint32_t write;
	const char *told;
	unsigned after;
};
#define GOOD NULL
#define TOLD(key, code)       SENSE18(key, code)
#define INFO(key, left, code) SENSE18_INFO(key, left, code)
#define POINTER(flags, byte)  SENSE18_CDB(flags, byte)
#define FROM(place, what, cdb, told, after)          { 0, place, what, cdb, 0, told, after },
#define WRITE(place, what, cdb, bytes, told, after)  { 0, place, what, cdb, bytes, told, after },
#define IN(partition, place, what, cdb, told, after) { partition, place, what, cdb, 0, told, after },
static const struct stop plain[] = {
#include "tests/lib/stops/plain.def"
	{ 0 } };
static const struct stop bad[] = {
#include "tests/lib/stops/bad.def"
	{ 0 } };
#define LOCKED(left) SENSE18_INFO("07", left, "74 01")
static const struct stop without_key[] = {
#include "tests/lib/stops/locked.def"
	{ 0 } };
#undef LOCKED
#define LOCKED(left) SENSE18_INFO("07", left, "74 03")
static const struct stop with_another_key[] = {
#include "tests/lib/stops/locked.def"
	{ 0 } };
static const struct stop in_partitions[] = {
#include "tests/lib/stops/partitions.def"
	{ 0 } };
static const struct stop full[] = {
#include "tests/lib/stops/full.def"
	{ 0 } };

#define RECORD(n) { "record " #n, "0A 00 00 10 00 00", .write = 4096, .seed = 10 + (n) }
#define MARK      { "filemark", "10 00 00 00 01 00" }
#define BLOCKS    { "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 10 00" }
static const struct script_row tape[] = { RECORD(0), RECORD(1), MARK, RECORD(3), BLOCKS, { 0 } };

/* SET DATA ENCRYPTION: encryption mode, decryption mode, key. */
#define KEY(first) first " 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B 1C 1D 1E 1F"
#define SET(what, encryption, decryption, key) { what, "B5 20 00 10 00 00 00 00 00 34 00 00", \
	.out = "00 10 00 30 40 00 " encryption " " decryption " 01 00 00 00 00 00 00 00 00 00 00 20 " key }
static const struct script_row encrypted_tape[] = {
	RECORD(0), SET("a key", "02", "03", KEY("A0")), RECORD(1), SET("no key", "00", "00", KEY("00")), MARK, RECORD(3), BLOCKS, { 0 } };
static const struct script_row another_key[] = { SET("another key", "02", "03", KEY("B0")), { 0 } };

#define TO(partition) { "LOCATE", "92 02 00 0" #partition " 00 00 00 00 00 00 00 00 00 00 00 00" }
static const struct script_row parted_tape[] = {
	{ "four partitions", "15 10 00 00 14 00",
	  .out = "00 00 10 00 11 0E 03 03 5C 03 09 00 00 00 00 00 00 00 00 00" },
	{ "FORMAT MEDIUM", "04 00 01 00 00 00" },
	RECORD(0), TO(1), RECORD(1), MARK, BLOCKS, { 0 } };

#define LONG_RECORD { "a long record", "0A 00 01 00 00 00", .write = 65536 }
#define LAST_RECORD { "one of the last", "0A 00 01 00 00 00", .write = 65536, .sense = SENSE18_INFO("40", "00 00 00 00", "00 02") }
#define SEVEN LONG_RECORD, LONG_RECORD, LONG_RECORD, LONG_RECORD, LONG_RECORD, LONG_RECORD, LONG_RECORD
static const struct script_row full_tape[] = {
	SEVEN, SEVEN, LAST_RECORD, LAST_RECORD,
	{ "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 01 00 00" }, { 0 } };

/* A write-protected cartridge, which is blank: nothing is written, and the tape stays. */
#define PROTECTED18 SENSE18("07", "27 00")
static const struct stop protected[] = {
	FROM(0, "WRITE", "0A 00 00 00 10 00", PROTECTED18, 0)
	FROM(0, "WRITE FILEMARKS", "10 00 00 00 01 00", PROTECTED18, 0)
	FROM(0, "WRITE FILEMARKS of none", "10 00 00 00 00 00", GOOD, 0)
	FROM(0, "ERASE", "19 00 00 00 00 00", PROTECTED18, 0)
	{ 0 } };

#define NOT_READY(sense_bytes) \
	{ "READ", "08 00 00 10 00 00", .sense = sense_bytes }, { "VERIFY", "13 00 00 10 00 00", .sense = sense_bytes }, \
	{ "WRITE", "0A 00 00 00 10 00", .write = 16, .sense = sense_bytes }, { "SPACE", "11 00 00 00 03 00", .sense = sense_bytes }, \
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = sense_bytes }, { "ERASE", "19 00 00 00 00 00", .sense = sense_bytes }, \
	{ "LOCATE", "2B 00 00 00 00 00 01 00 00 00", .sense = sense_bytes }, { "REWIND", "01 00 00 00 00 00", .sense = sense_bytes }, \
	{ "READ POSITION", "34 00 00 00 00 00 00 00 00 00", .sense = sense_bytes }
static const struct script_row unloaded[] = {
	{ "UNLOAD", "1B 00 00 00 00 00" }, NOT_READY(SENSE18_UNLOADED), { 0 } };
static const struct script_row empty[] = { NOT_READY(SENSE18_NO_MEDIUM), { 0 } };

/* clang-format on */

static void stops_run(struct bench *b, const struct stop *stop)
{
	for (; stop->what; stop++) {
		char what[100], locate[60];
		snprintf(what, sizeof what, "%s from %u of partition %u", stop->what, stop->place,
			stop->partition);
		snprintf(locate, sizeof locate, "92 02 00 %02X 00 00 00 00 00 00 00 %02X 00 00 00 00",
			stop->partition, stop->place);
		const struct script_row rows[] = {
			{ "LOCATE", locate, AT(stop->place) },
			{ what, stop->cdb, .write = stop->write, .sense = stop->told, AT(stop->after) },
			{ 0 },
		};
		script_run(b, rows);
	}
}

static void plain_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, tape);
	stops_run(b, plain);
	script_run(b, unloaded);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	bench_settle(b);
	script_run(b, empty);
}

/* Changes a byte of the record of that seed in the cartridge's only file of data. */
static void spoil(struct bench *b, uint32_t seed)
{
	enum { LEN = 4096, MOST = 1 << 20 };
	uint8_t *record = malloc(LEN), *data = malloc(MOST), *at = NULL;
	char path[128];
	snprintf(path, sizeof path, "%s/E00001L8/p0-g00000001-000000.ext", b->root);
	bench_pattern(record, LEN, seed);
	FILE *f = fopen(path, "r+");
	if (f)
		at = memmem(data, fread(data, 1, MOST, f), record, LEN);
	if (at && !fseek(f, at - data + LEN / 2, SEEK_SET))
		fputc(at[LEN / 2] ^ 1, f);
	BENCH_CHECK(b, at && fclose(f) == 0);
	free(record);
	free(data);
}

static void bad_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, tape);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	spoil(b, 11);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	stops_run(b, bad);
}

static void locked_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, encrypted_tape);
	stops_run(b, without_key);
	script_run(b, another_key);
	stops_run(b, with_another_key);
}

static void partitions_body(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, parted_tape);
	stops_run(b, in_partitions);
}

static void full_body(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", 1 << 20, false, false);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, full_tape);
	stops_run(b, full);
}

static void protected_body(struct bench *b)
{
	bench_create(b, "E00001L8", "lto8", 0, false, true);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	stops_run(b, protected);
}

static void run_body(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	assert_int_equal(bench_run("IBM ULT3580-TD8", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "records, filemarks, end of data; no cartridge", run_body, NULL, NULL, (void *)plain_body },
		{ "a bad record", run_body, NULL, NULL, (void *)bad_body },
		{ "an encrypted record, without a key and with another one", run_body, NULL, NULL,
			(void *)locked_body },
		{ "the ends of four partitions", run_body, NULL, NULL, (void *)partitions_body },
		{ "a full cartridge", run_body, NULL, NULL, (void *)full_body },
		{ "a write-protected cartridge", run_body, NULL, NULL, (void *)protected_body },
	};
	return cmocka_run_group_tests_name("where a command stops", tests, NULL, NULL);
}
