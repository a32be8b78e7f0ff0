/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every personality says of itself, byte by byte, against tests/gold/.  These bytes are a promise
 * to hosts: GOLD_BLESS=1 writes the files anew, and the difference is to be looked at.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

enum { ANSWER_MAX = 8192, PER_LINE = 32, TEXT_MAX = 64 << 10 };

/* clang-format off */
/* Page 17h without the milliseconds since the load. */
static const struct { const char *name, *cdb; } questions[] = {
	{ "INQUIRY",                        "12 00 00 00 FF 00" },
	{ "VPD 00h",                        "12 01 00 00 FF 00" },
	{ "VPD 80h",                        "12 01 80 00 FF 00" },
	{ "VPD 83h",                        "12 01 83 00 FF 00" },
	{ "VPD 86h",                        "12 01 86 00 FF 00" },
	{ "VPD 87h",                        "12 01 87 00 FF 00" },
	{ "VPD 88h",                        "12 01 88 00 FF 00" },
	{ "VPD B0h",                        "12 01 B0 00 FF 00" },
	{ "VPD B1h",                        "12 01 B1 00 FF 00" },
	{ "VPD B2h",                        "12 01 B2 00 FF 00" },
	{ "VPD B3h",                        "12 01 B3 00 FF 00" },
	{ "VPD B4h",                        "12 01 B4 00 FF 00" },
	{ "VPD C0h",                        "12 01 C0 00 FF 00" },
	{ "VPD C1h",                        "12 01 C1 00 FF 00" },
	{ "VPD C2h",                        "12 01 C2 00 FF 00" },
	{ "VPD C3h",                        "12 01 C3 00 FF 00" },
	{ "VPD C4h",                        "12 01 C4 00 FF 00" },
	{ "VPD C5h",                        "12 01 C5 00 FF 00" },
	{ "VPD CCh",                        "12 01 CC 00 FF 00" },
	{ "VPD D0h",                        "12 01 D0 00 FF 00" },
	{ "READ BLOCK LIMITS",              "05 00 00 00 00 00" },
	{ "REPORT DENSITY SUPPORT",         "44 00 00 00 00 00 00 10 00 00" },
	{ "REPORT DENSITY SUPPORT, medium", "44 01 00 00 00 00 00 10 00 00" },
	{ "MODE SENSE, all, current",       "5A 00 3F FF 00 00 00 10 00 00" },
	{ "MODE SENSE, all, changeable",    "5A 00 7F FF 00 00 00 10 00 00" },
	{ "MODE SENSE, all, default",       "5A 00 BF FF 00 00 00 10 00 00" },
	{ "MODE SENSE, all, saved",         "5A 00 FF FF 00 00 00 10 00 00" },
	{ "MODE SENSE(6), all",             "1A 00 3F 00 FF 00" },
	{ "MODE SENSE, page 24h",           "5A 08 24 00 00 00 00 10 00 00" },
	{ "MODE SENSE, page 25h",           "5A 08 25 00 00 00 00 10 00 00" },
	{ "LOG SENSE 00h",                  "4D 00 40 00 00 00 00 10 00 00" },
	{ "LOG SENSE 00h/FFh",              "4D 00 40 FF 00 00 00 10 00 00" },
	{ "LOG SENSE 02h",                  "4D 00 42 00 00 00 00 10 00 00" },
	{ "LOG SENSE 03h",                  "4D 00 43 00 00 00 00 10 00 00" },
	{ "LOG SENSE 06h",                  "4D 00 46 00 00 00 00 10 00 00" },
	{ "LOG SENSE 0Ch",                  "4D 00 4C 00 00 00 00 10 00 00" },
	{ "LOG SENSE 11h",                  "4D 00 51 00 00 00 00 10 00 00" },
	{ "LOG SENSE 12h",                  "4D 00 52 00 00 00 00 10 00 00" },
	{ "LOG SENSE 13h",                  "4D 00 53 00 00 00 00 10 00 00" },
	{ "LOG SENSE 14h",                  "4D 00 54 00 00 00 00 10 00 00" },
	{ "LOG SENSE 15h",                  "4D 00 55 00 00 00 00 10 00 00" },
	{ "LOG SENSE 16h",                  "4D 00 56 00 00 00 00 10 00 00" },
	{ "LOG SENSE 17h, up to 0013h",     "4D 00 57 00 00 00 00 00 91 00" },
	{ "LOG SENSE 17h, from 0016h on",   "4D 00 57 00 00 00 16 10 00 00" },
	{ "LOG SENSE 18h",                  "4D 00 58 00 00 00 00 10 00 00" },
	{ "LOG SENSE 1Ah",                  "4D 00 5A 00 00 00 00 10 00 00" },
	{ "LOG SENSE 1Bh",                  "4D 00 5B 00 00 00 00 10 00 00" },
	{ "LOG SENSE 2Eh",                  "4D 00 6E 00 00 00 00 10 00 00" },
	{ "LOG SENSE 30h",                  "4D 00 70 00 00 00 00 10 00 00" },
	{ "LOG SENSE 31h",                  "4D 00 71 00 00 00 00 10 00 00" },
	{ "LOG SENSE 32h",                  "4D 00 72 00 00 00 00 10 00 00" },
	{ "LOG SENSE 33h",                  "4D 00 73 00 00 00 00 10 00 00" },
	{ "LOG SENSE 34h",                  "4D 00 74 00 00 00 00 10 00 00" },
	{ "LOG SENSE 37h",                  "4D 00 77 00 00 00 00 10 00 00" },
	{ "LOG SENSE 37h/10h",              "4D 00 77 10 00 00 00 10 00 00" },
	{ "LOG SENSE 37h/40h",              "4D 00 77 40 00 00 00 10 00 00" },
	{ "LOG SENSE 37h/51h",              "4D 00 77 51 00 00 00 10 00 00" },
	{ "LOG SENSE 37h/80h",              "4D 00 77 80 00 00 00 10 00 00" },
	{ "LOG SENSE 37h/91h",              "4D 00 77 91 00 00 00 10 00 00" },
	{ "LOG SENSE 38h",                  "4D 00 78 00 00 00 00 10 00 00" },
	{ "SECURITY PROTOCOL IN, pages",    "A2 20 00 00 00 00 00 00 10 00 00 00" },
	{ "SECURITY PROTOCOL IN, capabilities", "A2 20 00 10 00 00 00 00 10 00 00 00" },
	{ "SECURITY PROTOCOL IN, key formats", "A2 20 00 11 00 00 00 00 10 00 00 00" },
	{ "REPORT SUPPORTED OPERATION CODES", "A3 0C 80 00 00 00 00 00 10 00 00 00" },
	{ "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", "A3 0D 00 00 00 00 00 00 10 00 00 00" },
};
/* clang-format on */

static const struct {
	const char *personality, *file, *barcode, *generation;
} drives[] = {
	{ "IBM ULT3580-TD5", "drive-ibm-td5", "E00001L5", "lto5" },
	{ "IBM ULT3580-TD6", "drive-ibm-td6", "E00001L6", "lto6" },
	{ "IBM ULT3580-TD7", "drive-ibm-td7", "E00001L7", "lto7" },
	{ "IBM ULT3580-TD8", "drive-ibm-td8", "E00001L8", "lto8" },
	{ "IBM ULT3580-TD9", "drive-ibm-td9", "E00001L9", "lto9" },
	{ "HP Ultrium 5-SCSI", "drive-hp-5", "E00001L5", "lto5" },
	{ "HP Ultrium 6-SCSI", "drive-hp-6", "E00001L6", "lto6" },
	{ "HP Ultrium 7-SCSI", "drive-hp-7", "E00001L7", "lto7" },
	{ "HPE Ultrium 7-SCSI", "drive-hpe-7", "E00001L7", "lto7" },
	{ "HPE Ultrium 8-SCSI", "drive-hpe-8", "E00001L8", "lto8" },
	{ "HPE Ultrium 9-SCSI", "drive-hpe-9", "E00001L9", "lto9" },
	{ "IBM ULT3580-HH5", "drive-ibm-hh5", "E00001L5", "lto5" },
	{ "IBM ULTRIUM-TD5", "drive-ibm-ultrium-td5", "E00001L5", "lto5" },
	{ "IBM ULTRIUM-HH5", "drive-ibm-ultrium-hh5", "E00001L5", "lto5" },
	{ "IBM ULT3580-HH6", "drive-ibm-hh6", "E00001L6", "lto6" },
	{ "IBM ULTRIUM-TD6", "drive-ibm-ultrium-td6", "E00001L6", "lto6" },
	{ "IBM ULTRIUM-HH6", "drive-ibm-ultrium-hh6", "E00001L6", "lto6" },
	{ "IBM ULT3580-HH7", "drive-ibm-hh7", "E00001L7", "lto7" },
	{ "IBM ULTRIUM-TD7", "drive-ibm-ultrium-td7", "E00001L7", "lto7" },
	{ "IBM ULTRIUM-HH7", "drive-ibm-ultrium-hh7", "E00001L7", "lto7" },
	{ "IBM ULT3580-HH8", "drive-ibm-hh8", "E00001L8", "lto8" },
	{ "IBM ULTRIUM-TD8", "drive-ibm-ultrium-td8", "E00001L8", "lto8" },
	{ "IBM ULTRIUM-HH8", "drive-ibm-ultrium-hh8", "E00001L8", "lto8" },
	{ "IBM ULT3580-HH9", "drive-ibm-hh9", "E00001L9", "lto9" },
	{ "IBM ULTRIUM-TD9", "drive-ibm-ultrium-td9", "E00001L9", "lto9" },
	{ "IBM ULTRIUM-HH9", "drive-ibm-ultrium-hh9", "E00001L9", "lto9" },
	{ "QUANTUM ULTRIUM 5", "drive-quantum-5", "E00001L5", "lto5" },
	{ "QUANTUM ULTRIUM 6", "drive-quantum-6", "E00001L6", "lto6" },
};
enum { N_DRIVES = sizeof drives / sizeof *drives };

struct gold {
	const char *barcode, *generation;
	char *text; /* TEXT_MAX bytes */
	size_t len;
};

static void say(struct gold *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct gold *g, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(g->text + g->len, TEXT_MAX - g->len, format, args);
	va_end(args);
	if (n > 0 && g->len + (size_t)n < TEXT_MAX)
		g->len += (size_t)n;
}

static void ask(struct bench *b, struct gold *g, const char *name, const char *hex)
{
	uint8_t cdb[16], in[ANSWER_MAX];
	struct bench_answer a;
	unsigned n = bench_hex(hex, cdb, sizeof cdb);
	bench_command(b, 0, cdb, n, NULL, 0, in, sizeof in, &a);
	say(g, "%s (%s)\n", name, hex);
	const uint8_t *bytes = a.status ? a.sense : in;
	uint32_t len = a.status ? a.sense_len : a.in_done;
	if (a.status)
		say(g, "\tstatus %02X", a.status);
	for (uint32_t i = 0; i < len; i++)
		say(g, "%s%02X", i % PER_LINE ? " " : i || a.status ? "\n\t" : "\t", bytes[i]);
	say(g, "\n");
}

static void body(struct bench *b)
{
	/* The one thing this test fills while it runs. */
	struct gold *g = (struct gold *)(uintptr_t)b->arg;
	bench_create(b, g->barcode, g->generation, 0, false, false);
	BENCH_CHECK(b, bench_thread(b, g->barcode) == 0);
	bench_settle(b);
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		ask(b, g, questions[i].name, questions[i].cdb);
}

static void bless(const char *path, const struct gold *g)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(g->text, 1, g->len, f), g->len);
	assert_int_equal(fclose(f), 0);
}

/* Shows the first line that differs. */
static void compare(const char *path, const struct gold *g)
{
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	char line[256], question[128] = "";
	const char *at = g->text;
	while (fgets(line, sizeof line, f)) {
		size_t n = strlen(line);
		if (line[0] != '\t')
			snprintf(question, sizeof question, "%.*s", (int)strcspn(line, "\n"), line);
		if (strncmp(at, line, n))
			fail_msg("%s: %s\n  gold %s  now  %.*s", path, question, line,
				(int)strcspn(at, "\n") + 1, at);
		at += n;
	}
	fclose(f);
	if (*at)
		fail_msg("%s: more than the gold: %.100s", path, at);
}

static void as_promised(void **state)
{
	for (size_t i = 0; i < N_DRIVES; i++) {
		struct gold g = { drives[i].barcode, drives[i].generation, malloc(TEXT_MAX), 0 };
		char path[256];
		g.text[0] = 0;
		assert_int_equal(bench_run(drives[i].personality, body, &g), 0);
		snprintf(path, sizeof path, "%s/%s.hex", GOLD, drives[i].file);
		if (getenv("GOLD_BLESS"))
			bless(path, &g);
		else
			compare(path, &g);
		free(g.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_promised),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
