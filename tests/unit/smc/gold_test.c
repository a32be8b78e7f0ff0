/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of what each changer personality says of itself and of its elements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "bench.h"

static const struct ask {
	const char *what, *cdb;
	uint32_t in_len;
} asks[] = {
	{ "standard INQUIRY", "12 00 00 00 60 00", 96 },
	{ "VPD 00h", "12 01 00 00 ff 00", 255 },
	{ "VPD 80h", "12 01 80 00 ff 00", 255 },
	{ "VPD 83h", "12 01 83 00 ff 00", 255 },
	{ "VPD 86h", "12 01 86 00 ff 00", 255 },
	{ "VPD 87h", "12 01 87 00 ff 00", 255 },
	{ "VPD 85h", "12 01 85 00 ff 00", 255 },
	{ "VPD 88h", "12 01 88 00 ff 00", 255 },
	{ "VPD CCh", "12 01 cc 00 ff 00", 255 },
	{ "VPD D0h", "12 01 d0 00 ff 00", 255 },
	{ "MODE SENSE 1Dh, as Windows asks", "1a 08 1d 00 18 00", 24 },
	{ "MODE SENSE 1Eh, as Windows asks", "1a 08 1e 00 ff 00", 255 },
	{ "MODE SENSE 1Fh, as Windows asks", "1a 08 1f 00 18 00", 24 },
	{ "MODE SENSE page 0", "1a 00 00 00 0c 00", 12 },
	{ "MODE SENSE all pages", "1a 00 3f 00 ff 00", 255 },
	{ "MODE SENSE(10) all pages and subpages", "5a 00 3f ff 00 00 00 04 00 00", 1024 },
	{ "MODE SENSE all pages, changeable", "1a 00 7f 00 ff 00", 255 },
	{ "MODE SENSE all pages, default", "1a 00 bf 00 ff 00", 255 },
	{ "LOG SENSE list", "4d 00 40 00 00 00 00 00 ff 00", 255 },
	{ "LOG SENSE temperature", "4d 00 4d 00 00 00 00 00 ff 00", 255 },
	{ "LOG SENSE last errors", "4d 00 47 00 00 00 00 04 00 00", 1024 },
	{ "LOG SENSE page 30h", "4d 00 70 00 00 00 00 00 ff 00", 255 },
	{ "LOG SENSE page 3Eh, up to 0004h", "4d 00 7e 00 00 00 00 00 30 00", 48 },
	{ "LOG SENSE page 3Eh, from 1004h on", "4d 00 7e 00 00 10 04 00 ff 00", 255 },
	{ "READ ELEMENT STATUS, all, VOLTAG, DVCID", "b8 10 00 00 ff ff 01 00 10 00 00 00", 4096 },
	{ "READ ELEMENT STATUS, all, plain", "b8 00 00 00 ff ff 00 00 10 00 00 00", 4096 },
};

static const char *changer_name;

static void body(struct bench *b)
{
	char file[80];
	snprintf(file, sizeof file, "changer-%s.txt", changer_name);
	for (char *c = file; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	bench_settle(b);
	struct gold *gold = gold_open(b, file);
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		gold_ask(gold, asks[i].what, asks[i].cdb, asks[i].in_len);
	gold_close(gold);
}

static void personality(const char *name)
{
	const struct library_plan plan = { .changer_personality = name,
		.drives = 2,
		.slots = 3,
		.mailslots = 1 };
	changer_name = name;
	assert_int_equal(bench_run(&plan, 2, body), 0);
}

static void every_personality_says_its_gold_bytes(void **state)
{
	unsigned n = 0;
	const struct personality *p;
	for (size_t i = 0; (p = personality_at(i)); i++) {
		if (p->kind != KIND_CHANGER)
			continue;
		personality(p->name);
		n++;
	}
	assert_true(n >= 6);
}

static void commands_body(struct bench *b)
{
	bench_settle(b);
	struct gold *gold = gold_open(b, "changer-commands.txt");
	gold_ask(gold, "REPORT SUPPORTED OPERATION CODES", "a3 0c 00 00 00 00 00 00 20 00 00 00", 8192);
	gold_ask(gold, "the usage map of MOVE MEDIUM", "a3 0c 01 a5 00 00 00 00 00 ff 00 00", 255);
	gold_ask(gold, "the usage map of READ ELEMENT STATUS", "a3 0c 01 b8 00 00 00 00 00 ff 00 00", 255);
	gold_ask(gold, "TapeAlert", "4d 00 6e 00 00 00 00 02 00 00", 512);
	gold_close(gold);
}

static void the_commands_are_the_gold_ones(void **state)
{
	const struct library_plan plan = { .drives = 1, .slots = 1 };
	assert_int_equal(bench_run(&plan, 0, commands_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_personality_says_its_gold_bytes),
		cmocka_unit_test(the_commands_are_the_gold_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
