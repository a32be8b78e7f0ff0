/* SPDX-License-Identifier: Apache-2.0 */
/* The medium auxiliary memory: damaged, on a disk that fails, reserved, of drives of several generations. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/tape.h"

#define READ_FROM(id)  "8C 00 00 00 00 00 00 00 " id " 00 00 01 00 00 00"
#define LIST           "8C 01 00 00 00 00 00 00 00 00 00 00 01 00 00 00"
#define WRITE(length)  "8D 01 00 00 00 00 00 00 00 00 00 00 00 " length " 00 00"
#define VENDOR(text)   "00 00 00 0D 08 00 01 00 08 " text
#define READ_ERROR18   SENSE18("03", "11 12")
#define WRITE_ERROR18  SENSE18("03", "0C 0B")
#define NO_ATTRIBUTE18 SENSE18_CDB("CF", "08")
/* TapeAlert flag 15, from page 2Eh. */
#define ALERT_15           "4D 00 6E 00 00 00 0F 00 09 00"
#define IS_SET(flag)       "2E 00 00 FA 00 0F C0 01 " flag
#define HISTORY(partition) "8C 00 00 00 00 00 00 " partition " 03 41 00 00 00 45 00 00"
#define NOTHING            "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
#define HELLO              "48 45 4C 4C 4F 20 20 20"
#define OTHER              "4F 54 48 45 52 20 20 20"

/* clang-format off */
static const struct script_row written[] = {
	{ "an attribute", WRITE("11"), .out = VENDOR(HELLO) },
	{ "is read", READ_FROM("08 00"), .in = "00 00 00 4B 08 00 01 00 08 " HELLO },
	{ 0 } };

/* A memory with a wrong checksum: the data are there, the attributes are not, and the unload begins it anew. */
static const struct script_row damaged[] = {
	{ "a unit attention", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "the memory has failed", ALERT_15, .in = IS_SET("01") },
	{ "which is told once", ALERT_15, .in = IS_SET("00") },
	{ "its attributes", READ_FROM("00 00"), .sense = READ_ERROR18 },
	{ "their list", LIST, .sense = READ_ERROR18 },
	{ "a new one", WRITE("11"), .out = VENDOR(OTHER), .sense = WRITE_ERROR18 },
	{ "nothing to write is no error", WRITE("00") },
	{ "the data are there", "08 00 00 10 00 00", .read = 4096, .read_seed = 1, AT(1) },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "and nothing is known of it", READ_FROM("00 00"), .sense = SENSE18("03", "04 10") },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "it has not failed any more", ALERT_15, .in = IS_SET("00") },
	{ "begun anew", READ_FROM("00 03"), .in = "00 00 02 C6 00 03 80 00 08 00 00 00 00 00 00 00 02" },
	{ "without what was lost", READ_FROM("08 00"), .sense = NO_ATTRIBUTE18 },
	{ "and it takes another", WRITE("11"), .out = VENDOR(OTHER) },
	{ 0 } };

/* The file is missing: what was stored is lost, and commands go on with an empty memory. */
static const struct script_row missing[] = {
	{ "a unit attention", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "the memory has failed", ALERT_15, .in = IS_SET("01") },
	{ "no attribute", READ_FROM("08 00"), .sense = NO_ATTRIBUTE18 },
	{ "the data are there", "08 00 00 10 00 00", .read = 4096, .read_seed = 1, AT(1) },
	{ "and it takes one", WRITE("11"), .out = VENDOR(HELLO) },
	{ 0 } };

static const struct script_row disk_full[] = {
	{ "no space for it", WRITE("11"), .out = VENDOR(OTHER), .sense = SENSE18("05", "55 06") },
	{ "the old one is there", READ_FROM("08 00"), .in = "00 00 00 4B 08 00 01 00 08 " HELLO },
	{ 0 } };
static const struct script_row disk_fails[] = {
	{ "it cannot be written", WRITE("11"), .out = VENDOR(OTHER), .sense = WRITE_ERROR18 },
	{ "the old one is there", READ_FROM("08 00"), .in = "00 00 00 4B 08 00 01 00 08 " HELLO },
	{ 0 } };

/* Data that were buffered are durable before a statement about them is: their loss is the writer's. */
static const struct script_row buffered_first[] = {
	{ "a record in the buffer", "0A 00 00 10 00 00", .write = 4096, .seed = 2 },
	{ "finds its loss", WRITE("11"), .out = VENDOR(OTHER), .sense = SENSE18_DEFERRED("03", "0C 00") },
	{ "the old one is there", READ_FROM("08 00"), .in = "00 00 00 4B 08 00 01 00 08 " HELLO },
	{ 0 } };

/* What a host may set while the tape is blank; the next load does it. */
static const struct script_row optimization[] = {
	{ "not needed, version", READ_FROM("10 10"), .in = "00 00 00 0C 10 10 00 00 01 00 10 11 80 00 01 1A" },
	{ "a value there is not", WRITE("0A"), .out = "00 00 00 06 10 10 00 00 01 02", .sense = SENSE18_LIST("80", "09") },
	{ "another format", WRITE("0A"), .out = "00 00 00 06 10 10 01 00 01 01", .sense = SENSE18_LIST("89", "06") },
	{ "too long", WRITE("0B"), .out = "00 00 00 07 10 10 00 00 02 00 01", .sense = SENSE18_LIST("8F", "07") },
	{ "the version is the drive's", WRITE("0A"), .out = "00 00 00 06 10 11 00 00 01 01", .sense = SENSE18_LIST("8F", "04") },
	{ "needed", WRITE("0A"), .out = "00 00 00 06 10 10 00 00 01 01" },
	{ "is read", READ_FROM("10 10"), .in = "00 00 00 0C 10 10 00 00 01 01" },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "done", READ_FROM("10 10"), .in = "00 00 00 0C 10 10 00 00 01 00" },
	{ "a record", "0A 00 00 10 00 00", .write = 4096, .seed = 1 },
	{ "read only", READ_FROM("10 10"), .in = "00 00 00 0C 10 10 80 00 01 00" },
	{ "too late", WRITE("0A"), .out = "00 00 00 06 10 10 00 00 01 01", .sense = SENSE18_LIST("8F", "04") },
	{ 0 } };

/* Numbers of each partition: MiB written and read in this load, in the last, in its life; loads, formats. */
static const struct script_row partitions[] = {
	{ "a plan of two partitions", "55 10 00 00 00 00 00 00 18 00",
	  .out = "00 00 00 10 00 00 00 00  11 0E 03 01 3C 03 09 00 00 01 FF FF 00 00 00 00",
	  .sense = SENSE18("01", "37 00") },
	{ "are made", "04 00 01 00 00 00" },
	{ "1 MiB in the first", "0A 00 10 00 00 00", .write = 1 << 20, .seed = 1 },
	{ "to the second", "2B 02 00 00 00 00 00 00 01 00" },
	{ "2 MiB there", "0A 00 20 00 00 00", .write = 2 << 20, .seed = 2 },
	{ "back", "01 00 00 00 00 00" },
	{ "to the second", "2B 02 00 00 00 00 00 00 01 00" },
	{ "read", "08 00 20 00 00 00", .read = 2 << 20, .read_seed = 2 },
	{ "the first", HISTORY("00"),
	  .in = "00 00 01 03 03 41 80 00 3C 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 " NOTHING
		"00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02" },
	{ "the second", HISTORY("01"), .in = "00 00 01 03 03 41 80 00 3C 00 00 00 02 00 00 00 00 00 00 00 02 00 00 00 00 " NOTHING },
	{ "UNLOAD", "1B 00 00 00 00 00" },
	{ "LOAD", "1B 00 00 00 01 00" },
	{ "the second again", HISTORY("01"),
	  .in = "00 00 01 03 03 41 80 00 3C " NOTHING "00 00 00 02 00 00 00 00 00 00 00 02 00 00 00 00 "
		"00 00 00 02 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 02" },
	{ "a format", "04 00 01 00 00 00" },
	{ "begins anew", HISTORY("01"), .in = "00 00 01 03 03 41 80 00 3C " NOTHING NOTHING NOTHING "00 00 00 01 00 00 00 00 00 00 00 03" },
	{ 0 } };

static const struct script_row reserved[] = {
	{ "the other reserves exclusively for writing", "5F 00 00 00 00 00 00 00 18 00", .who = 1,
	  .out = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00" },
	{ "with that key", "5F 01 01 00 00 00 00 00 18 00", .who = 1,
	  .out = "00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ "reading is allowed", READ_FROM("08 00"), .in = "00 00 00 4B 08 00 01 00 08 " HELLO },
	{ "the other clears it", "5F 03 00 00 00 00 00 00 18 00", .who = 1,
	  .out = "00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
	{ 0 } };
/* clang-format on */

static void mam_of(const struct bench *b, char path[static 160])
{
	snprintf(path, 160, "%s/E00001L8/mam", b->root);
}

static void start(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	bench_write(b, 4096, 1);
	script_run(b, written);
}

static void spoiled(struct bench *b)
{
	char path[160];
	start(b);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	mam_of(b, path);
	int fd = open(path, O_WRONLY);
	BENCH_CHECK(b, fd >= 0 && pwrite(fd, "?", 1, 64) == 1);
	close(fd);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	script_run(b, damaged);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, unlink(path) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	script_run(b, missing);
}

static void failing(struct bench *b)
{
	start(b);
	b->faults = (struct bench_faults){ .err = -ENOSPC, .writes = true };
	script_run(b, disk_full);
	b->faults = (struct bench_faults){ .err = -EIO, .writes = true };
	script_run(b, disk_fails);
	b->faults.err = 0;
	script_run(b, written);
	b->faults = (struct bench_faults){ .err = -EIO, .writes = true, .syncs = true };
	script_run(b, buffered_first);
	b->faults.err = 0;
}

static void shared(struct bench *b)
{
	struct bench_answer a;
	start(b);
	script_run(b, reserved);
	BENCH_CHECK(b, bench_cdb(b, 1, "16 00 00 00 00 00", &a) == STATUS_GOOD);
	BENCH_CHECK(b, bench_cdb(b, 0, READ_FROM("00 00"), &a) == STATUS_RESERVATION_CONFLICT);
	BENCH_CHECK(b, bench_cdb(b, 0, WRITE("00"), &a) == STATUS_RESERVATION_CONFLICT);
}

static void optimized(struct bench *b)
{
	bench_load(b, "E00001L9", "lto9");
	script_run(b, optimization);
}

static void histories(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, partitions);
}

/* With these bytes as its memory the cartridge says so, the data are there, and nothing else happens. */
static void bad_memory(struct bench *b, const char *path, const uint8_t *bytes, size_t len, const char *what,
	size_t at)
{
	unsigned before = b->failures;
	struct bench_answer a;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	BENCH_CHECK(b, fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	BENCH_CHECK(b, b->tape->health.alerts & 1 << 14);
	BENCH_CHECK(b, bench_cdb(b, 0, READ_FROM("00 00"), &a) == STATUS_CHECK_CONDITION);
	BENCH_CHECK(b, a.sense[2] == 3 && a.sense[12] == 0x11 && a.sense[13] == 0x12);
	BENCH_CHECK(b, bench_cdb(b, 0, "13 00 00 10 00 00", &a) == STATUS_GOOD && bench_object(b) == 1);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	if (b->failures != before)
		bench_fail(b, "%s %zu", what, at);
}

/* The file cut everywhere, and every byte of it wrong. */
static void every(struct bench *b)
{
	char path[160];
	uint8_t good[2048], bad[2048];
	start(b);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	mam_of(b, path);
	int fd = open(path, O_RDONLY);
	ssize_t len = read(fd, good, sizeof good);
	close(fd);
	BENCH_CHECK(b, len > 64 && len < (ssize_t)sizeof good);
	for (size_t n = 0; n < (size_t)len; n++)
		bad_memory(b, path, good, n, "cut to", n);
	for (size_t i = 0; i < (size_t)len; i++) {
		memcpy(bad, good, sizeof bad);
		bad[i] ^= (uint8_t)(1 << i % 8);
		bad_memory(b, path, bad, (size_t)len, "wrong at", i);
	}
	fd = open(path, O_WRONLY | O_TRUNC);
	BENCH_CHECK(b, fd >= 0 && write(fd, good, (size_t)len) == len);
	close(fd);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	BENCH_CHECK(b, !(b->tape->health.alerts & 1 << 14));
	script_run(b, written + 1);
}

/* What one generation has, and those before it do not. */
static void older(struct bench *b)
{
	struct bench_answer a;
	bench_load(b, "E00001L6", "lto6");
	static const struct script_row rows[] = {
		{ "the length of the tape", READ_FROM("04 02"),
			.in = "00 00 00 8A 04 02 80 00 04 00 00 03 4E 04 03 80 00 04 00 00 00 7F" },
		{ "no identifier of LTFS", WRITE("09"), .out = "00 00 00 05 08 20 00 00 00",
			.sense = SENSE18_LIST("8F", "04") },
		{ 0 }
	};
	script_run(b, rows);
	BENCH_CHECK(b, bench_cdb(b, 0, LIST, &a) == STATUS_GOOD);
}

/* Every function of a row writes as many bytes as the row says, and rows ascend. */
static void rows(struct bench *b)
{
	const struct tape *tape = b->tape;
	start(b);
	for (const struct attribute *row = tape_attributes; row->name; row++) {
		uint8_t value[1100];
		const struct attribute_ask ask = { .tape = tape };
		struct wire w = wire_over(value, sizeof value);
		BENCH_CHECK(b,
			row->len_min && row->len_min <= row->len && (!row->last || row->last > row->id));
		BENCH_CHECK(b, row == tape_attributes || row->id > row[-1].id);
		if (attribute_is_hosts(row))
			continue;
		row->value(&ask, &w);
		if (wire_len(&w) != row->len || row->len_min != row->len ||
			(row->right && row->right(value, row->len) != row->len))
			bench_fail(b, "%04X: %zu bytes", row->id, wire_len(&w));
	}
}

static void run(void **state)
{
	void (*body)(struct bench * b) = *(void (**)(struct bench *))state;
	const char *drive = body == older ? "HP Ultrium 6-SCSI"
		: body == optimized       ? "IBM ULT3580-TD9"
					  : "IBM ULT3580-TD8";
	assert_int_equal(bench_run(drive, body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a memory that is damaged or missing", run, NULL, NULL, (void *)spoiled },
		{ "a memory that is cut, or wrong in any byte", run, NULL, NULL, (void *)every },
		{ "the optimization of a tape", run, NULL, NULL, (void *)optimized },
		{ "what each partition has seen", run, NULL, NULL, (void *)histories },
		{ "a disk that is full or fails", run, NULL, NULL, (void *)failing },
		{ "reservations", run, NULL, NULL, (void *)shared },
		{ "an older drive", run, NULL, NULL, (void *)older },
		{ "rows keep to their lengths", run, NULL, NULL, (void *)rows },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
