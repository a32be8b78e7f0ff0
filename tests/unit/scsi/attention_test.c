/* SPDX-License-Identifier: Apache-2.0 */
/* Unit attentions and deferred errors: in order, once, to each nexus its own. */
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"
#include "vtl/base/worker.h"

static void attach_kinds(struct stage *s)
{
	struct nexus d;

	fake_attach(&d, &s->target, "d");
	expect_ua("a new port: power on", s, &d, 0x062900);
	expect_ua("once", s, &d, 0);
	fake_detach(&d);
	fake_attach(&d, &s->target, "d");
	expect_ua("a known port: nexus loss", s, &d, 0x062907);
	expect_ua("once", s, &d, 0);
	expect_ua("nobody else hears of it", s, &s->a, 0);

	/* Two sessions of one port are two nexuses. */
	struct nexus e;
	fake_attach(&e, &s->target, "d");
	expect_ua("its own", s, &e, 0x062907);
	expect_ua("and only its own", s, &d, 0);
	fake_detach(&e);
	fake_detach(&d);
}

static void attach_many(struct stage *s)
{
	struct nexus d;
	char name[32];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "host%d", i);
		fake_attach(&d, &s->target, name);
		expect_ua("new", s, &d, 0x062900);
		fake_detach(&d);
	}
	fake_attach(&d, &s->target, "host199");
	expect_ua("the last one is remembered", s, &d, 0x062907);
	fake_detach(&d);
	fake_attach(&d, &s->target, "host0");
	expect_ua("the first one has been forgotten", s, &d, 0x062900);
	fake_detach(&d);
	stage_restart(s);
	fake_attach(&d, &s->target, "host199");
	expect_ua("a restart forgets all", s, &d, 0x062900);
	fake_detach(&d);
}

/* Every unit attention there is, raised from the last to the first, comes from the first to the
 * last, each once. */
static void precedence(struct stage *s)
{
	for (int id = SENSE_UA_LUNS_CHANGED; id >= SENSE_UA_POWER_ON; id--) {
		lu_raise(&s->drive.lu, (enum sense)id, &s->b);
		lu_raise(&s->drive.lu, (enum sense)id, &s->b);
	}
	for (int id = SENSE_UA_POWER_ON; id <= SENSE_UA_LUNS_CHANGED; id++) {
		const struct sense_row *row = sense_row((enum sense)id);
		expect_ua(row->text, s, &s->a,
			(uint32_t)row->key << 16 | (uint32_t)row->asc << 8 | row->ascq);
	}
	expect_ua("nothing is left", s, &s->a, 0);
	expect_ua("the excepted nexus has none", s, &s->b, 0);
	expect_ua("the third still has all", s, &s->c, 0x062900);
	expect_ua("in the same order", s, &s->c, 0x062903);
	fake_clear(&s->c, 0);
}

static const struct {
	const char *sentence, *cdb;
	bool takes;
} takers[] = {
	{ "INQUIRY", "12 00 00 00 24 00", false },
	{ "INQUIRY of a page", "12 01 83 00 ff 00", false },
	{ "REPORT LUNS", "a0 00 00 00 00 00 00 00 10 00 00 00", false },
	{ "a command nobody knows", "02 00 00 00 00 00", false },
	{ "a reserved bit", "00 00 00 00 01 00", false },
	{ "TEST UNIT READY", TUR, true },
	{ "MODE SENSE", "1a 00 00 00 ff 00", true },
	{ "MODE SELECT", "15 10 00 00 00 00", true },
	{ "LOG SENSE", "4d 00 40 00 00 00 00 00 ff 00", true },
	{ "RESERVE", "16 00 00 00 00 00", true },
	{ "PERSISTENT RESERVE IN", "5e 00 00 00 00 00 00 00 ff 00", true },
	{ "REPORT SUPPORTED OPERATION CODES", "a3 0c 00 00 00 00 00 00 00 ff 00 00", true },
	{ "a device command", "c0 00 00 00 00 00", true },
};

static void who_takes(struct stage *s)
{
	for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
		lu_raise(&s->drive.lu, SENSE_UA_MEDIUM_CHANGED, NULL);
		fake_cmd(&s->f, &s->a, 0, takers[i].cdb, 0);
		if ((fake_sense(&s->f) == 0x062800) != takers[i].takes)
			fail_msg("%s: sense %06x", takers[i].sentence, fake_sense(&s->f));
		expect_ua(takers[i].sentence, s, &s->a, takers[i].takes ? 0 : 0x062800);
	}
	expect_ua("to b it was one, not many", s, &s->b, 0x062800);
	expect_ua("one", s, &s->b, 0);
}

static void request_sense(struct stage *s)
{
	lu_raise(&s->drive.lu, SENSE_UA_MODE_CHANGED, NULL);
	fake_cmd(&s->f, &s->a, 0, SENSE_CMD);
	expect_data("the attention as data", &s->f, "70 00 06 00000000 0a 00000000 2a 01 00 000000", 18);
	fake_cmd(&s->f, &s->a, 0, SENSE_CMD);
	expect_data("then nothing", &s->f, "70 00 00 00000000 0a 00000000 00 00 00 000000", 18);
	expect_ua("and nothing as an error", s, &s->a, 0);
	s->drive.current = SENSE_NO_MEDIUM;
	fake_cmd(&s->f, &s->a, 0, "03 00 00 00 0e 00");
	expect_data("the state of the device, cut", &s->f, "70 00 02 00000000 0a 00000000 3a 00", 14);
	fake_cmd(&s->f, &s->a, 0, "03 01 00 00 12 00");
	expect_data("in descriptor format", &s->f, "72 02 3a 00 00000000", 8);
	fake_cmd(&s->f, &s->a, 0, "03 02 00 00 12 00");
	expect("a reserved bit", &s->f, CHECK, 0x052400);
	assert_int_equal(fake_pointer(&s->f), 1 << 8 | 1);
	fake_cmd(&s->f, &s->a, 9, "03 01 00 00 fc 00");
	expect_data("of no device", &s->f, "72 05 25 00 00000000", 8);
}

/* Descriptors: information, sense key specific, stream commands, in the order of their types. */
static void descriptors(void **state)
{
	static const struct {
		struct sense_data sense;
		uint8_t bytes[SENSE_DESCRIPTORS_MAX];
		size_t len;
	} rows[] = {
		{ { .id = SENSE_FILEMARK, .filemark = true, .valid = true, .information = 0x28000 },
			{ 0x72, 0x00, 0x00, 0x01, 0, 0, 0, 16, 0x00, 0x0a, 0x80, 0, 0, 0, 0, 0, 0, 2, 0x80, 0,
				0x04, 0x02, 0, 0x80 },
			24 },
		{ { .id = SENSE_NONE, .ili = true, .valid = true, .information = -2 },
			{ 0x72, 0x00, 0x00, 0x00, 0, 0, 0, 16, 0x00, 0x0a, 0x80, 0, 0xff, 0xff, 0xff, 0xff,
				0xff, 0xff, 0xff, 0xfe, 0x04, 0x02, 0, 0x20 },
			24 },
		{ { .id = SENSE_VOLUME_OVERFLOW, .deferred = true, .eom = true },
			{ 0x73, 0x0d, 0x00, 0x02, 0, 0, 0, 4, 0x04, 0x02, 0, 0x40 }, 12 },
		{ { .id = SENSE_FIELD_IN_CDB, .pointer = true, .in_cdb = true, .byte = 2, .bit = 5 },
			{ 0x72, 0x05, 0x24, 0x00, 0, 0, 0, 8, 0x02, 0x06, 0, 0, 0xcd, 0, 2, 0 }, 16 },
		{ { .id = SENSE_ERASE_IN_PROGRESS, .progress = true, .progress_done = 0x1234 },
			{ 0x72, 0x00, 0x00, 0x18, 0, 0, 0, 8, 0x02, 0x06, 0, 0, 0x80, 0x12, 0x34, 0 }, 16 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t is[SENSE_DESCRIPTORS_MAX];
		assert_int_equal(sense_build_descriptors(&rows[i].sense, is), rows[i].len);
		assert_memory_equal(is, rows[i].bytes, sizeof is);
	}
}

static void deferred(struct stage *s)
{
	struct sense_data late = { .id = SENSE_WRITE_ERROR };
	struct nexus gone;

	late.valid = true;
	late.information = -2;
	lu_defer(&s->drive.lu, &s->a, &late);
	lu_raise(&s->drive.lu, SENSE_UA_MEDIUM_CHANGED, &s->b);
	expect_ua("nothing for another nexus", s, &s->b, 0);
	expect_ua("a unit attention comes first", s, &s->a, 0x062800);
	fake_cmd(&s->f, &s->a, 0, "12 00 00 00 24 00");
	expect("INQUIRY does not carry it", &s->f, GOOD, 0);
	unsigned runs = s->drive.runs;
	fake_cmd(&s->f, &s->a, 0, "c0 00 00 00 00 00");
	expect("the next command does", &s->f, CHECK, 0x030c00);
	static const uint8_t want[] = { 0xf1, 0, 0x03, 0xff, 0xff, 0xff, 0xfe };
	assert_memory_equal(s->f.task.sense, want, sizeof want);
	assert_int_equal(s->drive.runs, runs);
	expect_ua("once", s, &s->a, 0);

	lu_defer(&s->drive.lu, &s->a, &late);
	fake_cmd(&s->f, &s->a, 0, SENSE_CMD);
	expect_data("or REQUEST SENSE", &s->f, "f1 00 03 fffffffe 0a 00000000 0c 00", 18);

	fake_attach(&gone, &s->target, "gone");
	fake_detach(&gone);
	fake_clear(&s->c, 0);
	lu_defer(&s->drive.lu, &gone, &late);
	expect_ua("the owner is gone: a hears", s, &s->a, 0x030c00);
	expect_ua("the owner is gone: b hears", s, &s->b, 0x030c00);
}

static void luns_changed(struct stage *s)
{
	static struct device other;

	device_new(&other, &s->target, 3, worker_self(), NULL);
	expect_ua("the change, on the LU asked first", s, &s->a, 0x063f0e);
	fake_cmd(&s->f, &s->a, 3, TUR);
	expect("the new LU is only new", &s->f, CHECK, 0x062900);
	fake_cmd(&s->f, &s->a, 3, TUR);
	expect("and no change on it", &s->f, GOOD, 0);
	fake_cmd(&s->f, &s->b, 3, TUR);
	expect("each nexus on its own", &s->f, CHECK, 0x062900);
	fake_cmd(&s->f, &s->b, 0, "a0 00 00 00 00 00 00 00 00 20 00 00");
	expect_data("the list says it too", &s->f, "00000010", 24);
	expect_ua("who has read the list knows", s, &s->b, 0);
	fake_cmd(&s->f, &s->b, 3, TUR);
	expect("on every LU", &s->f, GOOD, 0);
	expect_ua("c has not read it", s, &s->c, 0x063f0e);
	device_free(&other);
	fake_cmd(&s->f, &s->a, 3, TUR);
	expect("gone", &s->f, CHECK, 0x052500);
	expect_ua("taken away", s, &s->a, 0x063f0e);
	expect_ua("once", s, &s->a, 0);
	expect_ua("b too", s, &s->b, 0x063f0e);
	fake_clear(&s->c, 0);
}

static void test_attach(void **state)
{
	stage_run(attach_kinds);
	stage_run_apart(attach_kinds);
}

static void test_attach_many(void **state)
{
	stage_run(attach_many);
}

static void test_precedence(void **state)
{
	stage_run(precedence);
}

static void test_who_takes(void **state)
{
	stage_run(who_takes);
}

static void test_request_sense(void **state)
{
	stage_run(request_sense);
}

static void test_deferred(void **state)
{
	stage_run(deferred);
}

static void test_luns_changed(void **state)
{
	stage_run(luns_changed);
}

/* Fixed-format sense, bit by bit. */
static void test_sense_bytes(void **state)
{
	static const struct {
		struct sense_data s;
		const char *bytes;
	} rows[] = {
		{ { .id = SENSE_NONE }, "70 00 00 00000000 0a 00000000 0000 00 000000" },
		{ { .id = SENSE_FILEMARK, .filemark = true, .valid = true, .information = 7 },
			"f0 00 80 00000007 0a 00000000 0001 00 000000" },
		{ { .id = SENSE_NONE, .ili = true, .valid = true, .information = -10240 },
			"f0 00 20 ffffd800 0a 00000000 0000 00 000000" },
		{ { .id = SENSE_VOLUME_OVERFLOW, .eom = true }, "70 00 4d 00000000 0a 00000000 0002" },
		{ { .id = SENSE_WRITE_ERROR, .deferred = true }, "71 00 03 00000000 0a 00000000 0c00" },
		{ { .id = SENSE_FIELD_IN_CDB, .pointer = true, .in_cdb = true, .byte = 2, .bit = 7 },
			"70 00 05 00000000 0a 00000000 2400 00 cf0002" },
		{ { .id = SENSE_FIELD_IN_PARAMETER_LIST, .pointer = true, .byte = 0x1234, .bit = -1 },
			"70 00 05 00000000 0a 00000000 2600 00 801234" },
		{ { .id = SENSE_REWIND_IN_PROGRESS, .progress = true, .progress_done = 0x8001 },
			"70 00 00 00000000 0a 00000000 001a 00 808001" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t got[SENSE_LEN], want[SENSE_LEN];
		size_t n = fake_hex(rows[i].bytes, want, sizeof want);
		sense_build(&rows[i].s, got);
		assert_memory_equal(got, want, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_attach_many),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_who_takes),
		cmocka_unit_test(test_request_sense),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_luns_changed),
		cmocka_unit_test(test_sense_bytes),
	};
	return cmocka_run_group_tests_name("scsi: unit attentions", tests, NULL, NULL);
}
