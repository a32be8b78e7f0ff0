/* SPDX-License-Identifier: Apache-2.0 */
/* Every generation of drives with every generation of cartridges, WORM too: read, written or refused, and what the
 * drive says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "vtl/base/bytes.h"

#define SENSE18_REFUSED SENSE18("03", "30 00")
#define LOAD18_REFUSED  SENSE18_INFO("03", "00 00 00 00", "30 00")
#define TUR             "00 00 00 00 00 00"

/* clang-format off */
static const struct cartridge_row {
	const char *generation, *suffix;
	bool worm;
	uint8_t ibm, hp, density; /* medium type of IBM and of early HP drives, density code */
} cartridges[] = {
	{ "lto5", "L5", false, 0x58, 0x00, 0x58 }, { "lto5", "LV", true, 0x5c, 0x01, 0x58 },
	{ "lto6", "L6", false, 0x68, 0x00, 0x5a }, { "lto6", "LW", true, 0x6c, 0x01, 0x5a },
	{ "lto7", "L7", false, 0x78, 0x00, 0x5c }, { "lto7", "LX", true, 0x7c, 0x01, 0x5c },
	{ "m8",   "M8", false, 0x78, 0x00, 0x5d },
	{ "lto8", "L8", false, 0x88, 0x00, 0x5e }, { "lto8", "LY", true, 0x8c, 0x01, 0x5e },
	{ "lto9", "L9", false, 0x98, 0x00, 0x60 }, { "lto9", "LZ", true, 0x9c, 0x01, 0x60 },
};
enum { N_CARTRIDGES = sizeof cartridges / sizeof *cartridges };

/* takes: a letter for each cartridge above; w: read and written, r: read, .: refused. */
static const struct drive_row {
	const char *personality;
	bool hp;
	const char *takes;
	const char *densities, *types; /* code and flags of each density; medium type and densities of each type */
} drives[] = {
	{ "IBM ULT3580-TD5", false, "ww.........", "44 00 46 80 58 A0",
	  "38:44 48:46 58:58 3C:44 4C:46 5C:58" },
	{ "IBM ULT3580-TD6", false, "wwww.......", "46 00 58 80 5A A0",
	  "48:46 58:58 68:5A 4C:46 5C:58 6C:5A" },
	{ "IBM ULT3580-TD7", false, "rrwwww.....", "58 00 5A 80 5C A0",
	  "58:58 68:5A 78:5C 5C:58 6C:5A 7C:5C" },
	{ "IBM ULT3580-TD8", false, "....wwwww..", "5C 80 5D 80 5E A0",
	  "78:5C5D 88:5E 7C:5C 8C:5E" },
	{ "IBM ULT3580-TD9", false, ".......wwww", "5E 80 60 A0", "88:5E 98:60 8C:5E 9C:60" },
	{ "HP Ultrium 5-SCSI", true, "ww.........", "44 00 46 80 58 A0",
	  "00:44 00:46 00:58 01:44 01:46 01:58" },
	{ "HP Ultrium 6-SCSI", true, "wwww.......", "46 00 58 80 5A A0",
	  "00:46 00:58 00:5A 01:46 01:58 01:5A" },
	{ "HPE Ultrium 9-SCSI", false, ".......wwww", "5E 80 60 A0", "88:5E 98:60 8C:5E 9C:60" },
};
/* clang-format on */
enum { N_DRIVES = sizeof drives / sizeof *drives, ANSWER = 1024 };

static uint32_t ask(struct bench *b, const char *hex, uint8_t in[static ANSWER])
{
	uint8_t cdb[16];
	struct bench_answer a;
	unsigned n = bench_hex(hex, cdb, sizeof cdb);
	bench_command(b, 0, cdb, n, NULL, 0, in, ANSWER, &a);
	BENCH_CHECK(b, !a.status);
	return a.status ? 0 : a.in_done;
}

static bool alert_set(struct bench *b)
{
	enum { HEADER = 4, PARAMETER = 5, VALUE = 4, UNSUPPORTED_FORMAT = 12 };
	uint8_t in[ANSWER];
	uint32_t n = ask(b, "4D 00 6E 00 00 00 00 04 00 00", in);
	BENCH_CHECK(b, n >= HEADER + PARAMETER * UNSUPPORTED_FORMAT);
	return in[HEADER + PARAMETER * (UNSUPPORTED_FORMAT - 1) + VALUE] & 1;
}

/* Refused: not ready with 3/30/00 until it is unloaded, and a new load says the same. */
static void refused(struct bench *b)
{
	static const struct script_row rows[] = {
		{ "TEST UNIT READY", TUR, .sense = SENSE18_REFUSED },
		{ "again", TUR, .sense = SENSE18_REFUSED },
		{ "to the other too", TUR, .who = 1, .sense = SENSE18_REFUSED },
		{ "READ", "08 00 00 10 00 00", .sense = SENSE18_REFUSED },
		{ "WRITE", "0A 00 00 10 00 00", .write = 4096, .sense = SENSE18_REFUSED },
		{ "REQUEST SENSE", "03 00 00 00 12 00", .in = SENSE18_REFUSED },
		{ "no medium type, no density", "1A 00 00 00 0C 00", .in = "0B 00 10 08 00" },
		{ "the dump of the drive", "3C 02 01 00 00 00 00 10 00 00", .in = "45 76 65 72 74 61 70 65" },
		{ "density of the medium", "44 01 00 00 00 00 00 01 00 00", .sense = SENSE18_REFUSED },
		{ "LOAD", "1B 00 00 00 01 00", .sense = LOAD18_REFUSED },
		{ "UNLOAD", "1B 00 00 00 00 00" },
		{ "ends it", TUR, .sense = SENSE18_UNLOADED },
		{ "LOAD again", "1B 00 00 00 01 00", .sense = LOAD18_REFUSED },
		{ "and so it is", TUR, .sense = SENSE18_REFUSED },
		{ 0 },
	};
	BENCH_CHECK(b, alert_set(b));
	BENCH_CHECK(b, *bench_status(b).barcode && !bench_status(b).loaded);
	script_run(b, rows);
	BENCH_CHECK(b, alert_set(b)); /* each load sets it again */
	BENCH_CHECK(b, !alert_set(b));
}

static void taken(struct bench *b, const struct drive_row *d, const struct cartridge_row *c, bool written)
{
	enum { DESCRIPTOR = 4, FLAGS = 6, WORM_RECORD = 4096 };
	uint8_t in[ANSWER];
	BENCH_CHECK(b, ask(b, "1A 00 00 00 0C 00", in) == 12);
	BENCH_CHECK(b, in[1] == (d->hp ? c->hp : c->ibm));
	BENCH_CHECK(b, in[2] == (written ? 0x10 : 0x90));
	BENCH_CHECK(b, in[4] == c->density);
	BENCH_CHECK(b, ask(b, "44 01 00 00 00 00 00 04 00 00", in) == DESCRIPTOR + 52);
	BENCH_CHECK(b, in[DESCRIPTOR] == c->density && in[FLAGS] == (written ? 0xa0 : 0x20));
	BENCH_CHECK(b, ask(b, "44 03 00 00 00 00 00 04 00 00", in) == DESCRIPTOR + 56);
	BENCH_CHECK(b, in[DESCRIPTOR] == (d->hp ? c->hp : c->ibm));
	BENCH_CHECK(b, !memcmp(in + DESCRIPTOR + 32, c->worm ? "WORM" : "Data", 4));
	const struct script_row rows[] = {
		{ "WRITE", "0A 00 00 10 00 00", .write = WORM_RECORD,
			.sense = written ? NULL : SENSE18("07", "30 05") },
		{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = written ? NULL : SENSE18("07", "30 05") },
		{ "REWIND", "01 00 00 00 00 00" },
		{ 0 },
	};
	script_run(b, rows);
	BENCH_CHECK(b, !alert_set(b));
}

static void pair(struct bench *b, const struct drive_row *d, size_t i)
{
	const struct cartridge_row *c = &cartridges[i];
	char barcode[16], what[80];
	snprintf(barcode, sizeof barcode, "E00001%s", c->suffix);
	snprintf(what, sizeof what, "%s with %s", d->personality, barcode);
	b->what = what;
	bench_create(b, barcode, c->generation, 100000000, c->worm, false);
	BENCH_CHECK(b, bench_thread(b, barcode) == 0);
	if (d->takes[i] == '.') {
		refused(b);
	} else {
		bench_settle(b);
		taken(b, d, c, d->takes[i] == 'w');
	}
	b->what = what;
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, !*bench_status(b).barcode);
	b->what = NULL;
}

/* Appends "58 A0" or "00:58" to text. */
static void tell(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void tell(char *text, size_t size, const char *format, ...)
{
	va_list args;
	size_t at = strlen(text);
	va_start(args, format);
	vsnprintf(text + at, size - at, format, args);
	va_end(args);
}

static void supported(struct bench *b, const struct drive_row *d)
{
	enum { HEADER = 4, DENSITY = 52, TYPE = 56, N_CODES = 4, CODES = 5 };
	uint8_t in[ANSWER];
	char text[128] = "";
	uint32_t n = ask(b, "44 00 00 00 00 00 00 04 00 00", in);
	BENCH_CHECK(b, n == get_be16(in) + 2u && (n - HEADER) % DENSITY == 0);
	for (uint32_t at = HEADER; at < n; at += DENSITY)
		tell(text, sizeof text, "%s%02X %02X", *text ? " " : "", in[at], in[at + 2]);
	if (strcmp(text, d->densities))
		bench_fail(b, "%s: densities %s", d->personality, text);
	text[0] = 0;
	n = ask(b, "44 02 00 00 00 00 00 04 00 00", in);
	BENCH_CHECK(b, n == get_be16(in) + 2u && (n - HEADER) % TYPE == 0);
	for (uint32_t at = HEADER; at < n; at += TYPE) {
		tell(text, sizeof text, "%s%02X:", *text ? " " : "", in[at]);
		for (unsigned k = 0; k < in[at + N_CODES] && k < 9; k++)
			tell(text, sizeof text, "%02X", in[at + CODES + k]);
	}
	if (strcmp(text, d->types))
		bench_fail(b, "%s: medium types %s", d->personality, text);
}

static void body(struct bench *b)
{
	const struct drive_row *d = b->arg;
	bench_settle(b);
	supported(b, d);
	for (size_t i = 0; i < N_CARTRIDGES; i++)
		pair(b, d, i);
}

/* The bytes that a real HP LTO-5 drive returned (sg3_utils, inhex/rep_density_mt.hex). */
static void as_the_real_one(struct bench *b)
{
	static const struct script_row rows[] = {
		{ "medium types", "44 02 00 00 00 00 00 04 00 00",
			.in = "01 52 00 00 00 00 00 34 01 44 00 00 00 00 00 00 00 00 00 7F 02 A8 00 00 "
			      "48 50 20 20 20 20 20 20 4C 54 4F 33 44 61 74 61 "
			      "55 6C 74 72 69 75 6D 20 33 20 44 61 74 61 20 54 61 70 65 20",
			.moved = 4 + 6 * 56 },
		{ "cut", "44 02 00 00 00 00 00 00 06 00", .in = "01 52 00 00 00 00" },
		{ "a reserved bit", "44 04 00 00 00 00 00 04 00 00", .sense = SENSE18_CDB("CA", "01") },
		{ 0 },
	};
	bench_settle(b);
	script_run(b, rows);
}

static void run_drive(void **state)
{
	const struct drive_row *d = *state;
	assert_int_equal(bench_run(d->personality, body, d), 0);
}

static void run_real(void **state)
{
	assert_int_equal(bench_run("HP Ultrium 5-SCSI", as_the_real_one, NULL), 0);
}

int main(void)
{
	struct CMUnitTest tests[N_DRIVES + 1];
	for (size_t i = 0; i < N_DRIVES; i++)
		tests[i] = (struct CMUnitTest){ drives[i].personality, run_drive, NULL, NULL,
			(void *)&drives[i] };
	tests[N_DRIVES] = (struct CMUnitTest){ "medium types as a real HP LTO-5 drive has them", run_real,
		NULL, NULL, NULL };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
