/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that fail: who is told, when, with which sense, and what is still on the tape then. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/envelope.h"
#include "script.h"
#include "vtl/base/crc32c.h"
#include "vtl/base/timer.h"
#include "vtl/base/wire.h"

/* clang-format off */
#define RECORD(text, n) { text, "0A 00 00 10 00 00", .write = 4096, .seed = n }

static const struct script_row good[] = {
	RECORD("record 0", 1), RECORD("record 1", 2),
	{ "on stable storage", "10 00 00 00 01 00", AT(3) },
	{ 0 } };

static const struct script_row buffered[] = {
	RECORD("record 3 is buffered", 3), RECORD("record 4 too", 4), { 0 } };

#define WRITE_ERROR18_DEFERRED SENSE18_DEFERRED("03", "0C 00")
/* It failed before: the medium is as bad as it was, its format is not. */
#define NO_MORE18 SENSE18_INFO("03", "00 00 10 00", "0C 00")

/* The flush itself says that it failed, and is told once. */
static const struct script_row flush_fails[] = {
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = SENSE18_INFO("03", "00 00 00 01", "0C 00") },
	{ "told once; the position is that of the last good object", "00 00 00 00 00 00", AT(3) },
	{ "the other hears nothing", "00 00 00 00 00 00", .who = 1 },
	{ "no more writing", "0A 00 00 10 00 00", .write = 4096, .sense = NO_MORE18, AT(3) },
	{ "TapeAlert 6", "4D 00 6E 00 00 00 06 00 09 00", .in = "2E 00 01 27 00 06 C0 01 01" },
	{ "both errors are diagnostic data, the newest first: LTO-8, 3/0C/00, N9M1, WRITE", "4D 00 56 00 00 00 00 00 48 00",
	  .in = "16 00 03 60  00 00 43 44 00 00 5E 88 00 00 00 00 00 03 0C 00 00 00 00 00 4E 39 4D 31 00 00 00 00 0A 00 00 00"
	  " 45 30 30 30 30 31 4C 38 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 03 00" },
	{ "and WRITE FILEMARKS", "4D 00 56 00 00 00 01 00 24 00",
	  .in = "16 00 03 18  00 01 43 44 00 00 5E 88 00 00 00 00 00 03 0C 00 00 00 00 00 4E 39 4D 31 00 00 00 00 10 00 00 00" },
	{ "the write error is counted", "4D 00 42 00 00 00 06 00 0C 00", .in = "02 00 00 1C 00 06 40 04 00 00 00 01" },
	{ "as a hard write error of the drive too", "4D 00 54 00 00 00 0E 00 1C 00",
	  .in = "14 00 00 3E  00 0E 43 08 00 00 00 00 00 00 00 01  00 0F 43 08 00 00 00 00 00 00 00 00" },
	{ "what was synced is there", "01 00 00 00 00 00", AT(0) },
	{ "record 0", "08 00 00 10 00 00", .read = 4096, .read_seed = 1 },
	{ "record 1", "08 00 00 10 00 00", .read = 4096, .read_seed = 2 },
	{ "filemark", "08 00 00 10 00 00", .sense = SENSE18_INFO("80", "00 00 10 00", "00 01") },
	{ "end of data", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(3) },
	{ 0 } };

/* A command that syncs first is not performed: the error is an earlier WRITE's. */
static const struct script_row rewind_fails[] = {
	{ "REWIND", "01 00 00 00 00 00", .sense = WRITE_ERROR18_DEFERRED, AT(3) },
	{ "again", "01 00 00 00 00 00", AT(0) },
	{ 0 } };
static const struct script_row read_fails[] = {
	{ "READ", "08 00 00 10 00 00", .sense = WRITE_ERROR18_DEFERRED, AT(3) },
	{ "again", "08 00 00 10 00 00", .sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(3) },
	{ 0 } };
static const struct script_row locate_fails[] = {
	{ "LOCATE IMMED", "2B 01 00 00 00 00 01 00 00 00", .sense = WRITE_ERROR18_DEFERRED, AT(3) },
	{ "again", "2B 01 00 00 00 00 01 00 00 00", AT(1) },
	{ 0 } };
static const struct script_row unload_fails[] = {
	{ "UNLOAD", "1B 00 00 00 00 00", .sense = WRITE_ERROR18_DEFERRED, AT(3) },
	{ "again", "1B 00 00 00 00 00" },
	{ 0 } };

/* Somebody else's command finds it: it fails, and the writer is told all the same. */
static const struct script_row other_finds[] = {
	{ "REWIND of the other", "01 00 00 00 00 00", .who = 1, .sense = SENSE18_INFO("03", "00 00 00 00", "0C 00") },
	{ "the writer", "00 00 00 00 00 00", .sense = WRITE_ERROR18_DEFERRED },
	{ "once", "00 00 00 00 00 00", AT(3) },
	{ 0 } };

static const struct script_row unbuffered_fails[] = {
	{ "buffered mode 0", "15 00 00 00 04 00", .out = "00 00 00 00", .sense = NULL },
	{ "then a WRITE of the writer finds the loss first", "0A 00 00 10 00 00", .write = 4096, .sense = WRITE_ERROR18_DEFERRED },
	{ 0 } };

/* What was buffered is lost, which is a write error; from then on the cartridge is write-protected. */
static const struct script_row turns_read_only[] = {
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = SENSE18_INFO("03", "00 00 00 01", "0C 00") },
	{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = SENSE18("07", "27 00"), AT(3) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = SENSE18("07", "27 00"), AT(3) },
	{ "the header says so", "1A 08 00 00 04 00", .in = "03 88 90 00" },
	{ "TapeAlert 9", "4D 00 6E 00 00 00 09 00 09 00", .in = "2E 00 01 18 00 09 C0 01 01" },
	{ "it can be read", "01 00 00 00 00 00", AT(0) },
	{ "record 0", "08 00 00 10 00 00", .read = 4096, .read_seed = 1 },
	{ 0 } };

static const struct script_row no_space[] = {
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = SENSE18_INFO("4D", "00 00 00 01", "00 02") },
	{ 0 } };
/* clang-format on */

struct fault {
	const char *name;
	int err;
	bool writes, syncs;
	const struct script_row *then;
	unsigned refused; /* later writes, each a fault of its own */
};

static const struct fault faults[] = {
	{ "a write fails at the flush", -EIO, true, false, flush_fails, 1 },
	{ "the sync fails at the flush", -EIO, false, true, flush_fails, 1 },
	{ "at REWIND", -EIO, true, false, rewind_fails },
	{ "at READ", -EIO, false, true, read_fails },
	{ "at LOCATE", -EIO, true, false, locate_fails },
	{ "at UNLOAD", -EIO, false, true, unload_fails },
	{ "found by another initiator", -EIO, true, false, other_finds },
	{ "found by MODE SELECT", -EIO, true, false, unbuffered_fails },
	{ "the file system becomes read-only", -EROFS, true, false, turns_read_only },
	{ "the file system finds itself damaged", -EUCLEAN, true, false, flush_fails, 1 },
	{ "no space on the disk", -ENOSPC, true, false, no_space },
};

static void after_buffered(struct bench *b)
{
	const struct fault *fault = b->arg;
	bench_load(b, "E00001L8", "lto8");
	script_run(b, good);
	script_run(b, buffered);
	b->faults = (struct bench_faults){ fault->err, fault->writes, false, fault->syncs, 0 };
	script_run(b, fault->then);
	b->faults.err = 0;
	/* The operator hears of what was lost; a full disk is no fault of the cartridge. */
	const struct health_report *told = &b->told;
	bool failed = fault->err != -ENOSPC;
	/* No later than the host does. */
	BENCH_CHECK(b, told->faults[HEALTH_SYNC].count == failed);
	/* The next load starts from what is on the medium. */
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, told->faults[HEALTH_SYNC].count == failed);
	BENCH_CHECK(b,
		!failed || (told->faults[HEALTH_SYNC].object == 3 && told->faults[HEALTH_SYNC].err < 0));
	BENCH_CHECK(b, !told->faults[HEALTH_READ].count && !told->faults[HEALTH_OPEN].count);
	/* One loss is one fault. */
	BENCH_CHECK(b, told->faults[HEALTH_WRITE].count == fault->refused);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	static const struct script_row after[] = {
		{ "record 0", "08 00 00 10 00 00", .read = 4096, .read_seed = 1 },
		{ "record 1", "08 00 00 10 00 00", .read = 4096, .read_seed = 2 },
		{ "filemark", "08 00 00 10 00 00", .sense = SENSE18_INFO("80", "00 00 10 00", "00 01"),
			AT(3) },
		{ 0 },
	};
	static const struct script_row lost[] = {
		{ "what was lost is not there", "08 00 00 10 00 00",
			.sense = SENSE18_INFO("08", "00 00 10 00", "00 05"), AT(3) },
		{ 0 },
	};
	static const struct script_row goes_on[] = { RECORD("writing goes on", 9),
		{ "and is kept", "10 00 00 00 00 00", AT(4) }, { "back", "11 00 FF FF FF 00" },
		{ "the new record", "08 00 00 10 00 00", .read = 4096, .read_seed = 9, AT(4) }, { 0 } };
	script_run(b, after);
	/* After a failed sync the data may have reached the disk all the same. */
	if (fault->writes)
		script_run(b, lost);
	script_run(b, goes_on);
}

static void run_fault(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", after_buffered, *state), 0);
}

/* While hosts write without a sync, a failing disk is told by the next command of the writer. */
static void deferred(struct bench *b)
{
	bench_load(b, "E00001L8", "lto8");
	script_run(b, good);
	b->faults = (struct bench_faults){ -EIO, true, false, false, 2 };
	uint8_t cdb[6] = { 0x0a, 0, 0x10, 0, 0 }, *data = calloc(1, 1 << 20);
	struct bench_answer a = { 0 };
	unsigned n = 0;
	while (!a.status && n++ < 100)
		bench_command(b, 0, cdb, 6, data, 1 << 20, NULL, 0, &a);
	uint8_t expected[BENCH_SENSE];
	bench_hex(WRITE_ERROR18_DEFERRED, expected, sizeof expected);
	BENCH_CHECK(b, a.status == 2);
	if (memcmp(a.sense, expected, sizeof expected))
		bench_fail(b, "sense %02x %02x %02x %02x after %u", a.sense[0], a.sense[2], a.sense[12],
			a.sense[13], n);
	b->faults.err = 0;
	BENCH_CHECK(b, bench_cdb(b, 0, "00 00 00 00 00 00", NULL) == 0); /* told once */
	uint64_t at = bench_object(b);
	BENCH_CHECK(b, at >= 3 && at <= n + 3);
	free(data);
}

enum { ROT_AT_MAX = 4 << 20, ROT_LEN = 64 };

/* Flips one bit near those bytes of a record, wherever in the cartridge's files they stand. */
static bool rot_in(const char *path, const struct stat *st, const uint8_t *pattern)
{
	int fd = open(path, O_RDWR);
	uint8_t *file = fd < 0 || st->st_size < ROT_LEN ? NULL : malloc((size_t)st->st_size);
	uint8_t *hit = NULL;
	if (file && pread(fd, file, (size_t)st->st_size, 0) == st->st_size)
		hit = memmem(file, (size_t)st->st_size, pattern, ROT_LEN);
	if (hit) {
		uint8_t flipped = hit[50] ^ 0x10;
		hit = pwrite(fd, &flipped, 1, hit + 50 - file) == 1 ? hit : NULL;
	}
	free(file);
	if (fd >= 0)
		close(fd);
	return hit;
}

/* The same for the record with that seed, at some byte of it. */
static bool rot(struct bench *b, const char *barcode, uint32_t seed, size_t at)
{
	uint8_t *pattern = malloc(ROT_AT_MAX);
	char folder[192];
	bench_pattern(pattern, at + ROT_LEN, seed);
	bool hit = false;
	struct dirent *entry;
	snprintf(folder, sizeof folder, "%s/%s", b->root, barcode);
	DIR *dir = opendir(folder);
	while (dir && !hit && (entry = readdir(dir))) {
		char path[512];
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		hit = !stat(path, &st) && S_ISREG(st.st_mode) && rot_in(path, &st, pattern + at);
	}
	if (dir)
		closedir(dir);
	free(pattern);
	return hit;
}

/* However often a bad record is read, the library hears of it now and then; no error is forgotten. */
static void many(struct bench *b)
{
	enum { TIMES = 400, BEFORE = 3, TELL_EVERY_MS = 200 };
	const struct health_report *told = &b->told;
	int64_t began = now_ms();
	unsigned tellings = b->tellings;
	for (int i = 0; i < TIMES; i++) {
		BENCH_CHECK(b, bench_cdb(b, 0, "01 00 00 00 00 00", NULL) == 0);
		BENCH_CHECK(b, bench_cdb(b, 0, "08 00 00 10 00 00", NULL) == 2);
	}
	BENCH_CHECK(b, b->tellings - tellings <= (now_ms() - began) / TELL_EVERY_MS + 1);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, told->faults[HEALTH_READ].count == TIMES + BEFORE);
	BENCH_CHECK(b, told->faults[HEALTH_READ].object == 0 && told->faults[HEALTH_READ].err == -EBADMSG);
	BENCH_CHECK(b, told->alerts & 1u << (ALERT_READ_FAILURE - 1));
	BENCH_CHECK(b, told->opened && !told->lost_files);
}

/* Bytes that are not as written: never GOOD, the position behind, and the rest can be had. */
static void unreadable(struct bench *b)
{
	static const struct script_row then[] = {
		{ "a block length", "15 00 00 00 0C 00", .out = "00 00 10 08 00 00 00 00 00 00 10 00" },
		{ "the bad record", "08 00 00 10 00 00", .sense = SENSE18_INFO("03", "00 00 10 00", "11 00"),
			AT(1) },
		{ "the next can be read", "08 00 00 10 00 00", .read = 4096, .read_seed = 2, AT(2) },
		{ "TapeAlert 5", "4D 00 6E 00 00 00 05 00 09 00", .in = "2E 00 01 2C 00 05 C0 01 01" },
		{ "rewind", "01 00 00 00 00 00" },
		{ "FIXED counts it among what is left", "08 01 00 00 02 00",
			.sense = SENSE18_INFO("03", "00 00 00 02", "11 00"), AT(1) },
		{ "rewind", "01 00 00 00 00 00" },
		{ "VERIFY finds it", "13 00 00 10 00 00", .sense = SENSE18_INFO("03", "00 00 10 00", "11 00"),
			AT(1) },
		{ "and not the next", "13 00 00 10 00 00", AT(2) },
		{ "SPACE passes it", "11 00 FF FF FE 00", AT(0) },
		{ "either way", "11 00 00 00 02 00", AT(2) },
		{ 0 },
	};
	bench_load(b, "E00001L8", "lto8");
	script_run(b, good);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, rot(b, "E00001L8", 1, 0));
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, then);
	many(b);
}

/* The same far inside a long record, of which much has been sent by then. */
static void unreadable_late(struct bench *b)
{
	static const struct script_row write[] = {
		{ "4 MiB", "0A 00 40 00 00 00", .write = 4 << 20, .seed = 1 },
		RECORD("and a short one", 2),
		{ "kept", "10 00 00 00 00 00", AT(2) },
		{ 0 },
	};
	static const struct script_row then[] = {
		{ "READ", "08 00 40 00 00 00", .sense = SENSE18_INFO("03", "00 40 00 00", "11 00"), AT(1) },
		{ "the next can be read", "08 00 00 10 00 00", .read = 4096, .read_seed = 2, AT(2) },
		{ "rewind", "01 00 00 00 00 00" },
		{ "VERIFY", "13 00 40 00 00 00", .sense = SENSE18_INFO("03", "00 40 00 00", "11 00"), AT(1) },
		{ 0 }
	};
	bench_load(b, "E00001L8", "lto8");
	script_run(b, write);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, rot(b, "E00001L8", 1, 3 << 20));
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
	script_run(b, then);
}

/* A disk that gives nothing: told as such; when it comes back, so does the data. */
static void disk_gone(struct bench *b)
{
	static const struct script_row bad[] = {
		{ "nothing can be read", "08 00 00 10 00 00",
			.sense = SENSE18_INFO("03", "00 00 10 00", "11 00") },
		{ 0 },
	};
	static const struct script_row back[] = {
		{ "a load later", "08 00 00 10 00 00", .read = 4096, .read_seed = 1, AT(1) }, { 0 }
	};
	bench_load(b, "E00001L8", "lto8");
	script_run(b, good);
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 01 00", NULL) == 0);
	bench_settle(b);
	b->faults = (struct bench_faults){ -EIO, false, true, false, 0 };
	script_run(b, bad);
	b->faults.err = 0;
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 01 00", NULL) == 0);
	bench_settle(b);
	script_run(b, back);
}

/* A record of another drive's making: the envelope says how it is stored, and no data come of it. */
static int foreign_put(struct cart *cart, enum compression compression, enum cipher cipher)
{
	enum { HOST = 4096, STORED = 1000 };
	uint8_t record[ENVELOPE_MAX + HOST] = { 0 };
	struct envelope v = {
		.compression = compression,
		.cipher = cipher,
		.host_len = HOST,
		.stored_len = compression ? STORED : HOST,
		.key_id = { cipher ? 1 : 0 },
	};
	uint32_t size = envelope_put(&v, record);
	return cart_write_transformed(cart, record, size + v.stored_len);
}

struct foreign_record {
	enum compression compression;
	enum cipher cipher;
};

static void foreign_load(struct bench *b, const struct foreign_record *records, size_t n)
{
	struct cart *cart = NULL;
	bench_create(b, "E00001L8", "lto8", 0, false, false);
	BENCH_CHECK(b, cart_open(shelf_at(b->engine, b->root), "E00001L8", false, &cart) == 0);
	BENCH_CHECK(b, cart_allow_transformed(cart, FEATURE_TRANSFORMED) == 0);
	for (size_t i = 0; i < n; i++)
		BENCH_CHECK(b, foreign_put(cart, records[i].compression, records[i].cipher) == 0);
	BENCH_CHECK(b, cart_close(cart) == 0);
	BENCH_CHECK(b, bench_thread(b, "E00001L8") == 0);
	bench_settle(b);
}

/* A compressed record whose bytes cannot be decompressed is damaged, although its checksum is right. */
static void no_frame(struct bench *b)
{
	static const struct foreign_record records[] = { { COMPRESSION_ZSTD, CIPHER_NONE },
		{ COMPRESSION_LZ4, CIPHER_NONE } };
	static const struct script_row then[] = {
		{ "zstd", "08 00 00 10 00 00", .sense = SENSE18_INFO("03", "00 00 10 00", "11 00"), AT(1) },
		{ "LZ4, VERIFY", "13 00 00 10 00 00", .sense = SENSE18_INFO("03", "00 00 10 00", "11 00"),
			AT(2) },
		RECORD("writing goes on", 9),
		{ "back", "11 00 FF FF FF 00" },
		{ "the new record", "08 00 00 10 00 00", .read = 4096, .read_seed = 9, AT(3) },
		{ "TapeAlert 5", "4D 00 6E 00 00 00 05 00 09 00", .in = "2E 00 01 2C 00 05 C0 01 01" },
		{ 0 },
	};
	foreign_load(b, records, 2);
	script_run(b, then);
	BENCH_CHECK(b, bench_unthread(b) == 0);
}

/* Encrypted records: errors of their own, no fault of the cartridge; what is around them can be had. */
static void foreign(struct bench *b)
{
	static const struct script_row then[] = {
		{ "encrypted", "08 00 00 10 00 00", .sense = SENSE18_INFO("07", "00 00 10 00", "74 01"),
			AT(0) },
		{ "and stays so", "08 00 00 10 00 00", .sense = SENSE18_INFO("07", "00 00 10 00", "74 01"),
			AT(0) },
		{ "VERIFY", "13 00 00 10 00 00", .sense = SENSE18_INFO("07", "00 00 10 00", "74 01"), AT(0) },
		{ "SPACE passes it", "11 00 00 00 01 00", AT(1) },
		{ "compressed, too", "08 00 00 10 00 00", .sense = SENSE18_INFO("07", "00 00 10 00", "74 01"),
			AT(1) },
		{ "LOCATE passes it", "2B 00 00 00 00 00 02 00 00 00", AT(2) },
		RECORD("writing goes on", 9),
		{ "back", "11 00 FF FF FF 00" },
		{ "the new record", "08 00 00 10 00 00", .read = 4096, .read_seed = 9, AT(3) },
		{ "no alert", "4D 00 6E 00 00 00 05 00 09 00", .in = "2E 00 01 2C 00 05 C0 01 00" },
		{ 0 },
	};
	static const struct foreign_record records[] = { { COMPRESSION_NONE, CIPHER_AES_256_GCM },
		{ COMPRESSION_LZ4, CIPHER_AES_256_GCM } };
	foreign_load(b, records, 2);
	script_run(b, then);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++)
		BENCH_CHECK(b, !b->told.faults[kind].count);
}

/* Gives the index a read feature that nobody knows, with the right checksum (FORMAT.md 1.1). */
static bool index_from_later(struct bench *b, const char *barcode)
{
	enum { CRC = 12, FEATURES = 16, LONGEST = 1 << 16 };
	uint8_t index[LONGEST];
	char path[400];
	snprintf(path, sizeof path, "%s/%s/index-p0", b->root, barcode);
	int fd = open(path, O_RDWR);
	ssize_t len = fd < 0 ? -1 : read(fd, index, sizeof index);
	if (len > FEATURES + 4) {
		put_le32(index + CRC, 0);
		put_le32(index + FEATURES, 1u << 9);
		put_le32(index + CRC, crc32c(0, index, (size_t)len));
		len = pwrite(fd, index, (size_t)len, 0) == len ? len : -1;
	}
	if (fd >= 0)
		close(fd);
	return len > FEATURES + 4;
}

/* Files that a later version has written: LOAD says that this drive cannot read them, and health says why. */
static void from_later(struct bench *b)
{
	static const struct script_row then[] = {
		{ "LOAD", "1B 00 00 00 01 00", .sense = SENSE18_INFO("03", "00 00 00 00", "30 02") },
		{ "TapeAlert 12", "4D 00 6E 00 00 00 0C 00 09 00", .in = "2E 00 01 09 00 0C C0 01 01" },
		{ 0 },
	};
	bench_load(b, "E00001L8", "lto8");
	script_run(b, good);
	BENCH_CHECK(b, bench_cdb(b, 0, "1B 00 00 00 00 00", NULL) == 0);
	BENCH_CHECK(b, index_from_later(b, "E00001L8"));
	script_run(b, then);
	BENCH_CHECK(b, b->told.faults[HEALTH_OPEN].count == 1);
	BENCH_CHECK(b, b->told.faults[HEALTH_OPEN].err == -EPROTONOSUPPORT);
}

static void later_versions(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", from_later, NULL), 0);
}

static void transformed_records(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", foreign, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", no_frame, NULL), 0);
}

static void deferred_errors(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", deferred, NULL), 0);
}

static void read_errors(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", unreadable, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", unreadable_late, NULL), 0);
	assert_int_equal(bench_run("IBM ULT3580-TD8", disk_gone, NULL), 0);
}

int main(void)
{
	enum { N = sizeof faults / sizeof *faults };
	struct CMUnitTest tests[N + 4] = {
		cmocka_unit_test(deferred_errors),
		cmocka_unit_test(read_errors),
		cmocka_unit_test(transformed_records),
		cmocka_unit_test(later_versions),
	};
	for (int i = 0; i < N; i++)
		tests[i + 4] = (struct CMUnitTest){ faults[i].name, run_fault, NULL, NULL,
			(void *)&faults[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
