/* SPDX-License-Identifier: Apache-2.0 */
/* MOVE, EXCHANGE, POSITION, INITIALIZE and PREVENT: every answer, and what has then moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bench.h"
#include "vtl/library/robot.h"

/* STK L700: transport 0001h, mail slots 000Ah.., drives 01F4h.., slots 03E8h.. */
static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };

/* B00001L8 B00002L8 B00003L8 lie in slots 1..3.  Rows run one after another. */
static const struct row {
	const char *what, *cdb, *said;
	const char *element, *barcode; /* afterwards; NULL barcode: empty */
} rows[] = {
	{ "slot to slot", "a5 00 00 01 03 e8 03 eb 00 00 00 00", "good", "slot:4", "B00001L8" },
	{ "the default transport", "a5 00 00 00 03 eb 03 e8 00 00 00 00", "good", "slot:1", "B00001L8" },
	{ "from an empty slot", "a5 00 00 01 03 ec 03 eb 00 00 00 00", "5/3B/0E", "slot:4", NULL },
	{ "to a full slot", "a5 00 00 01 03 e8 03 e9 00 00 00 00", "5/3B/0D", "slot:1", "B00001L8" },
	{ "to itself", "a5 00 00 01 03 e8 03 e8 00 00 00 00", "5/3B/0D", "slot:1", "B00001L8" },
	{ "from nowhere", "a5 00 00 01 70 00 03 eb 00 00 00 00", "5/21/01", "slot:4", NULL },
	{ "to nowhere", "a5 00 00 01 03 e8 70 00 00 00 00 00", "5/21/01", "slot:1", "B00001L8" },
	{ "with a transport that is none", "a5 00 00 02 03 e8 03 eb 00 00 00 00", "5/21/01", "slot:1",
		"B00001L8" },
	{ "with a slot for a transport", "a5 00 03 e8 03 e8 03 eb 00 00 00 00", "5/21/01", "slot:1",
		"B00001L8" },
	{ "into the transport", "a5 00 00 01 03 e8 00 01 00 00 00 00", "5/21/01", "slot:1", "B00001L8" },
	{ "out of the transport", "a5 00 00 01 00 01 03 eb 00 00 00 00", "5/21/01", "slot:4", NULL },
	{ "upside down", "a5 00 00 01 03 e8 03 eb 00 00 01 00", "5/24/00 cdb 10.0", "slot:1", "B00001L8" },
	{ "into a drive", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "good", "drive:1", "B00001L8" },
	{ "into a full drive", "a5 00 00 01 03 e9 01 f4 00 00 00 00", "5/3B/0D", "slot:2", "B00002L8" },
	{ "from drive to drive", "a5 00 00 01 01 f4 01 f5 00 00 00 00", "good", "drive:2", "B00001L8" },
	{ "out of a drive", "a5 00 00 01 01 f5 03 e8 00 00 00 00", "good", "slot:1", "B00001L8" },
	{ "into a mail slot", "a5 00 00 01 03 e8 00 0b 00 00 00 00", "good", "mailslot:2", "B00001L8" },
	{ "out of a mail slot", "a5 00 00 01 00 0b 03 e8 00 00 00 00", "good", "slot:1", "B00001L8" },

	{ "exchange: 1 to 2, 2 to 4", "a6 00 00 01 03 e8 03 e9 03 eb 00 00", "good", "slot:4", "B00002L8" },
	{ "exchange: swap two full slots", "a6 00 00 00 03 e9 03 eb 03 e9 00 00", "good", "slot:4",
		"B00001L8" },
	{ "exchange put the other one there", "00 00 00 00 00 00", "good", "slot:2", "B00002L8" },
	{ "exchange from an empty slot", "a6 00 00 01 03 e8 03 e9 03 ec 00 00", "5/3B/0E", "slot:2",
		"B00002L8" },
	{ "exchange with a full second destination", "a6 00 00 01 03 e9 03 ea 03 eb 00 00", "5/3B/0D",
		"slot:2", "B00002L8" },
	{ "exchange with nowhere", "a6 00 00 01 03 e9 70 00 03 ec 00 00", "5/21/01", "slot:2", "B00002L8" },
	{ "exchange to nowhere", "a6 00 00 01 03 e9 03 ea 70 00 00 00", "5/21/01", "slot:2", "B00002L8" },
	{ "exchange into the transport", "a6 00 00 01 03 e9 03 ea 00 01 00 00", "5/21/01", "slot:2",
		"B00002L8" },
	{ "exchange, first inverted", "a6 00 00 01 03 e9 03 ea 03 ec 02 00", "5/24/00 cdb 10.1", "slot:2",
		"B00002L8" },
	{ "exchange, second inverted", "a6 00 00 01 03 e9 03 ea 03 ec 01 00", "5/24/00 cdb 10.0", "slot:2",
		"B00002L8" },

	{ "position to a slot", "2b 00 00 01 03 e8 00 00 00 00", "good", NULL, NULL },
	{ "position, default transport", "2b 00 00 00 01 f4 00 00 00 00", "good", NULL, NULL },
	{ "position to nowhere", "2b 00 00 01 70 00 00 00 00 00", "5/21/01", NULL, NULL },
	{ "position of no transport", "2b 00 01 f4 03 e8 00 00 00 00", "5/21/01", NULL, NULL },
	{ "position inverted", "2b 00 00 01 03 e8 00 00 01 00", "5/24/00 cdb 8.0", NULL, NULL },

	{ "initialize", "07 00 00 00 00 00", "good", NULL, NULL },
	{ "initialize, no barcodes", "07 00 00 00 00 80", "good", NULL, NULL },
	{ "initialize, as HP drivers ask", "07 00 00 00 00 c0", "good", NULL, NULL },
	{ "initialize with NACA", "07 00 00 00 00 04", "5/24/00 cdb 5.2", NULL, NULL },
	{ "initialize a range", "37 01 03 e8 00 00 00 05 00 00", "good", NULL, NULL },
	{ "initialize a range, fast", "37 03 03 e8 00 00 00 05 00 00", "good", NULL, NULL },
	{ "initialize no range: the address says nothing", "37 00 70 00 00 00 00 05 00 00", "good", NULL,
		NULL },
	{ "initialize a range from nowhere", "37 01 70 00 00 00 00 05 00 00", "5/21/01", NULL, NULL },
	{ "initialize a range, old form", "e7 01 01 f4 00 00 00 02 00 00", "good", NULL, NULL },
	{ "initialize a range, old form, no barcodes", "e7 01 01 f4 00 00 00 02 00 80", "good", NULL, NULL },
	{ "initialize a range from nowhere, old form", "e7 01 70 00 00 00 00 05 00 00", "5/21/01", NULL,
		NULL },
	{ "rezero", "01 00 00 00 00 00", "good", NULL, NULL },
	{ "open a mail slot", "1b 00 00 0a 00 00", "good", NULL, NULL },
	{ "close it", "1b 00 00 0b 01 00", "good", NULL, NULL },
	{ "open a storage slot", "1b 00 03 e8 00 00", "5/21/01", NULL, NULL },
	{ "open nothing", "1b 00 70 00 00 00", "5/21/01", NULL, NULL },
	{ "a third thing to do with a mail slot", "1b 00 00 0a 02 00", "5/24/00 cdb 4.4", NULL, NULL },
	{ "prevent 2", "1e 00 00 00 02 00", "5/24/00 cdb 4.1", NULL, NULL },
	{ "an unknown command", "b7 00 00 00 00 00 00 00 00 00 00 00", "5/20/00", NULL, NULL },
};

static void table_body(struct bench *b)
{
	char why[WHY_LEN];

	bench_settle(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		bench_expect(b, row->what, row->cdb, row->said);
		if (!row->element)
			continue;
		const struct element *e = element_find(b->library, row->element, why);
		const char *found = e && e->cartridge ? e->cartridge->label.barcode : "nothing";
		if (strcmp(found, row->barcode ? row->barcode : "nothing") != 0)
			bench_fail(b, "%s: %s holds %s", row->what, row->element, found);
	}
}

static void every_answer_of_the_robot(void **state)
{
	assert_int_equal(bench_run(&plan, 3, table_body), 0);
}

static void refusals_body(struct bench *b)
{
	bench_settle(b);
	b->thread_err = -EIO;
	bench_expect(b, "a cartridge that cannot be opened", "a5 00 00 01 03 e8 01 f4 00 00 00 00",
		"4/53/00");
	CHECK(b, b->library->slots[0].cartridge && !b->library->drive_elements[0].cartridge);
	b->thread_err = 0;
	bench_expect(b, "the same when it can", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "good");
	b->unthread_err = -EBUSY;
	bench_expect(b, "out of a drive that a host keeps", "a5 00 00 01 01 f4 03 e8 00 00 00 00", "5/53/02");
	CHECK(b, b->library->drive_elements[0].cartridge);
	bench_expect(b, "exchange with a drive that a host keeps", "a6 00 00 01 03 e9 01 f4 03 e8 00 00",
		"5/53/02");
	CHECK(b, b->library->slots[1].cartridge && b->library->drive_elements[0].cartridge);
	b->unthread_err = 0;
	bench_expect(b, "when the host lets go", "a5 00 00 01 01 f4 03 e8 00 00 00 00", "good");
	bench_cartridge(b, "OLD001L3", "lto5");
	bench_cartridge(b, "OLD002L5", "lto5");
	bench_expect(b, "a cartridge too old for the drive", "a5 00 00 01 03 ec 01 f4 00 00 00 00",
		"3/30/00");
	CHECK(b, b->library->slots[4].cartridge);
}

static void refusals_of_a_drive(void **state)
{
	assert_int_equal(bench_run(&plan, 3, refusals_body), 0);
}

static void prevent_body(struct bench *b)
{
	bench_settle(b);
	bench_expect(b, "prevent", "1e 00 00 00 01 00", "good");
	CHECK(b, lu_removal_prevented(changer_lu(b->changer)));
	bench_expect(b, "the robot still moves", "a5 00 00 01 03 e8 00 0a 00 00 00 00", "good");
	bench_expect(b, "the door does not open", "1b 00 00 0a 00 00", "5/53/02");
	bench_expect(b, "it is shut already", "1b 00 00 0a 01 00", "good");
	struct cartridge *cartridge = b->library->mailslots[0].cartridge;
	CHECK(b, library_locked(b->library));
	CHECK(b, library_vault(b->library, cartridge, BY_PERSON) == MOVE_LOCKED);
	CHECK(b, cartridge->at == &b->library->mailslots[0]);
	bench_command(b, 1, "1e 00 00 00 00 00", 0, NULL, 0);
	CHECK(b, lu_removal_prevented(changer_lu(b->changer)));
	bench_expect(b, "allow", "1e 00 00 00 00 00", "good");
	CHECK(b, !lu_removal_prevented(changer_lu(b->changer)));
	CHECK(b, library_vault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	bench_expect(b, "prevent while it is outside", "1e 00 00 00 01 00", "good");
	CHECK(b, library_unvault(b->library, cartridge, BY_PERSON) == MOVE_LOCKED && !cartridge->at);
	bench_expect(b, "allow", "1e 00 00 00 00 00", "good");
	CHECK(b, library_unvault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	bench_expect(b, "prevent again", "1e 00 00 00 01 00", "good");
	fake_detach(&b->nexus[0]);
	CHECK(b, !lu_removal_prevented(changer_lu(b->changer)));
	fake_attach(&b->nexus[0], &b->target, "host-0");
}

static void prevention_is_of_a_nexus(void **state)
{
	assert_int_equal(bench_run(&plan, 3, prevent_body), 0);
}

/* What the other initiator may do at a robot that this one has reserved. */
static void reserved_body(struct bench *b)
{
	static const struct {
		const char *what, *cdb;
		bool passes;
	} row[] = {
		{ "a look at what is known", "b8 10 00 00 ff ff 02 00 ff ff 00 00", true },
		{ "a look that might move something", "b8 10 00 00 ff ff 00 00 ff ff 00 00", false },
		{ "allow", "1e 00 00 00 00 00", true },
		{ "prevent", "1e 00 00 00 01 00", false },
		{ "a move", "a5 00 00 01 03 e8 03 eb 00 00 00 00", false },
		{ "MODE SENSE", "1a 08 1d 00 18 00", false },
		{ "LOG SENSE", "4d 00 40 00 00 00 00 00 ff 00", true },
	};
	static const char key[24] = { [15] = 1 }, mine[24] = { [7] = 1 };
	bench_settle(b);
	for (unsigned persistent = 0; persistent < 2; persistent++) {
		if (persistent) {
			bench_command(b, 0, "5f 00 00 00 00 00 00 00 18 00", 0, key, sizeof key);
			bench_command(b, 0, "5f 01 03 00 00 00 00 00 18 00", 0, mine, sizeof mine);
		} else {
			bench_expect(b, "reserve", "16 00 00 00 00 00", "good");
		}
		for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
			const char *want = row[i].passes ? "good" : "status 18";
			bench_command(b, 1, row[i].cdb, 65536, NULL, 0);
			if (strcmp(b->said, want) != 0)
				bench_fail(b, "%s: %s, not %s", row[i].what, b->said, want);
		}
		bench_expect(b, "the one who reserved prevents", "1e 00 00 00 01 00", "good");
		bench_expect(b, "and looks", "b8 10 00 00 ff ff 00 00 ff ff 00 00", "good");
		if (!persistent)
			bench_expect(b, "release", "17 00 00 00 00 00", "good");
	}
}

static void a_reserved_robot_may_be_looked_at(void **state)
{
	assert_int_equal(bench_run(&plan, 3, reserved_body), 0);
}

static void attention_body(struct bench *b)
{
	struct element *mailslot = &b->library->mailslots[0];

	bench_settle(b);
	bench_expect(b, "the robot into a mail slot", "a5 00 00 01 03 e8 00 0a 00 00 00 00", "good");
	changer_mailslot_accessed(b->changer, mailslot);
	bench_expect(b, "what a host asked for is no news", "00 00 00 00 00 00", "good");

	struct cartridge *cartridge = mailslot->cartridge;
	CHECK(b, library_vault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	changer_mailslot_accessed(b->changer, mailslot);
	for (unsigned who = 0; who < BENCH_NEXUSES; who++) {
		bench_command(b, who, "12 00 00 00 24 00", 36, NULL, 0);
		CHECK(b, strcmp(b->said, "good") == 0);
		bench_command(b, who, "00 00 00 00 00 00", 0, NULL, 0);
		CHECK(b, strcmp(b->said, "6/28/01") == 0);
		bench_command(b, who, "00 00 00 00 00 00", 0, NULL, 0);
		CHECK(b, strcmp(b->said, "good") == 0);
	}
	CHECK(b, library_unvault(b->library, cartridge, BY_PERSON) == MOVE_DONE);
	changer_mailslot_accessed(b->changer, cartridge->at);
	bench_expect(b, "a cartridge came in", "b8 13 00 00 ff ff 00 00 ff ff 00 00", "6/28/01");
	bench_expect(b, "and is shown", "b8 13 00 00 ff ff 00 00 ff ff 00 00", "good");
	/* INENAB EXENAB ACCESS IMPEXP FULL: a person put it there. */
	CHECK(b, b->in[16 + 2] == 0x3b);
}

static void a_person_at_a_mail_slot_is_news(void **state)
{
	assert_int_equal(bench_run(&plan, 1, attention_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_of_the_robot),
		cmocka_unit_test(refusals_of_a_drive),
		cmocka_unit_test(prevention_is_of_a_nexus),
		cmocka_unit_test(a_reserved_robot_may_be_looked_at),
		cmocka_unit_test(a_person_at_a_mail_slot_is_news),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
