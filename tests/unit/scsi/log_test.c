/* SPDX-License-Identifier: Apache-2.0 */
/* LOG SENSE and LOG SELECT over the rows. */
#include "tests/unit/scsi/stage.h"

static const struct {
	const char *sentence, *cdb;
	uint32_t sense;
	int pointer;
	const char *data;
	uint32_t len;
} senses[] = {
	{ "supported pages", "4d 00 40 00 00 0000 00ff 00", 0, -1, "00 00 0003 00 02 11", 7 },
	{ "supported pages and subpages", "4d 00 40 ff 00 0000 00ff 00", 0, -1,
		"40 ff 000a 0000 00ff 0200 1100 1102", 14 },
	{ "subpages of one page", "4d 00 51 ff 00 0000 00ff 00", 0, -1, "51 ff 0004 1100 1102", 8 },
	{ "cumulative values", "4d 00 42 00 00 0000 00ff 00", 0, -1,
		"02 00 001e 0000 40 04 00000007 0005 40 06 00000000000c 8000 40 08 0000000000008007", 34 },
	{ "default cumulative values", "4d 00 c2 00 00 0000 00ff 00", 0, -1,
		"02 00 001e 0000 40 04 00000000 0005 40 06 000000000000", 34 },
	{ "thresholds are never met", "4d 00 02 00 00 0000 00ff 00", 0, -1, "02 00 001e 0000 40 04 ffffffff",
		34 },
	{ "default thresholds neither", "4d 00 82 00 00 0000 00ff 00", 0, -1,
		"02 00 001e 0000 40 04 ffffffff", 34 },
	{ "from a parameter on", "4d 00 42 00 00 0005 00ff 00", 0, -1,
		"02 00 0016 0005 40 06 00000000000c 8000", 26 },
	{ "from between two", "4d 00 42 00 00 0006 00ff 00", 0, -1, "02 00 000c 8000 40 08 0000000000008007",
		16 },
	{ "from beyond the last", "4d 00 42 00 00 8001 00ff 00", 0x052400, 5 << 8 | 7, "", 0 },
	{ "a pointer into a list", "4d 00 40 00 00 0001 00ff 00", 0x052400, 5 << 8 | 7, "", 0 },
	{ "cut short, with full length", "4d 00 42 00 00 0000 0004 00", 0, -1, "02 00 001e", 4 },
	{ "no room", "4d 00 42 00 00 0000 0000 00", 0, -1, "", 0 },
	{ "text is the same under every control", "4d 00 d1 00 00 0000 00ff 00", 0, -1,
		"11 00 000a 0001 43 06 544558542020", 14 },
	{ "a subpage", "4d 00 51 02 00 0000 00ff 00", 0, -1, "51 02 000a 0001 43 06", 14 },
	{ "a page nobody has", "4d 00 43 00 00 0000 00ff 00", 0x052400, 2 << 8 | 5, "", 0 },
	{ "its subpages", "4d 00 43 ff 00 0000 00ff 00", 0x052400, 2 << 8 | 5, "", 0 },
	{ "a subpage nobody has", "4d 00 51 03 00 0000 00ff 00", 0x052400, 3 << 8 | 7, "", 0 },
	{ "SP is not offered", "4d 01 42 00 00 0000 00ff 00", 0x052400, 1 << 8, "", 0 },
	{ "PPC is not offered", "4d 02 42 00 00 0000 00ff 00", 0x052400, 1 << 8 | 1, "", 0 },
};

static void sense(struct stage *s)
{
	s->drive.counter = 7;
	for (size_t i = 0; i < sizeof senses / sizeof senses[0]; i++) {
		fake_cmd(&s->f, &s->a, 0, senses[i].cdb, 0);
		expect(senses[i].sentence, &s->f, senses[i].sense ? CHECK : GOOD, senses[i].sense);
		if (!senses[i].sense)
			expect_data(senses[i].sentence, &s->f, senses[i].data, senses[i].len);
		if (fake_pointer(&s->f) != senses[i].pointer)
			fail_msg("%s: pointer %x", senses[i].sentence, (unsigned)fake_pointer(&s->f));
	}
	/* The parameters of page 02h that came whole: four times three, then two and one; of a page cut
	 * behind its header, or not sent at all, none. */
	assert_int_equal(s->drive.sent, 15);
}

static const struct {
	const char *sentence, *cdb, *list;
	uint32_t sense;
	int pointer;
	bool clears;
} selects[] = {
	{ "nothing asked", "4c 00 00 00 000000 0000 00", "", 0, -1, false },
	{ "PCR clears all", "4c 02 00 00 000000 0000 00", "", 0, -1, true },
	{ "PCR clears one page", "4c 02 42 00 000000 0000 00", "", 0, -1, true },
	{ "PCR on a page that cannot", "4c 02 51 00 000000 0000 00", "", 0, -1, false },
	{ "default values for all", "4c 00 c0 00 000000 0000 00", "", 0, -1, true },
	{ "default thresholds clear nothing", "4c 00 80 00 000000 0000 00", "", 0, -1, false },
	{ "PCR of a page nobody has", "4c 02 43 00 000000 0000 00", "", 0x052400, 2 << 8 | 5, false },
	{ "PCR of a subpage nobody has", "4c 02 42 01 000000 0000 00", "", 0x052400, 3 << 8 | 7, false },
	{ "PCR with a list", "4c 02 00 00 000000 0004 00", "02 00 0000", 0x052400, 1 << 8 | 1, false },
	{ "SP is not offered", "4c 01 00 00 000000 0000 00", "", 0x052400, 1 << 8, false },
	{ "a list with a page in the CDB", "4c 00 42 00 000000 0004 00", "02 00 0000", 0x052400, 2 << 8 | 5,
		false },
	{ "an empty page", "4c 00 40 00 000000 0004 00", "02 00 0000", 0, -1, false },
	{ "a value", "4c 00 40 00 000000 000c 00", "02 00 0008 0000 40 04 00000000", 0x052600, 4 << 8 | 7,
		false },
	{ "a page nobody has, in the list", "4c 00 40 00 000000 0004 00", "03 00 0000", 0x052600, 5, false },
	{ "a page cut short", "4c 00 40 00 000000 0006 00", "02 00 0008 0000", 0x051a00, -1, false },
	{ "a header cut short", "4c 00 40 00 000000 0003 00", "02 00 00", 0x051a00, -1, false },
	{ "a list the initiator has not", "4c 00 40 00 000000 00ff 00", "02 00 00", 0x051a00, -1, false },
};

static void select_lists(struct stage *s)
{
	uint8_t list[64];

	for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
		s->drive.counter = 7;
		size_t len = fake_hex(selects[i].list, list, sizeof list);
		fake_out(&s->f, &s->a, 0, list, len, selects[i].cdb, 0);
		expect(selects[i].sentence, &s->f, selects[i].sense ? CHECK : GOOD, selects[i].sense);
		if (fake_pointer(&s->f) != selects[i].pointer)
			fail_msg("%s: pointer %x", selects[i].sentence, (unsigned)fake_pointer(&s->f));
		if ((s->drive.counter == 0) != selects[i].clears)
			fail_msg("%s: counter %u", selects[i].sentence, s->drive.counter);
		expect_ua(selects[i].sentence, s, &s->b, selects[i].clears ? 0x062a02 : 0);
		expect_ua(selects[i].sentence, s, &s->a, 0);
	}
	fake_clear(&s->c, 0);
}

static void test_sense(void **state)
{
	stage_run(sense);
}

static void test_select(void **state)
{
	stage_run(select_lists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sense),
		cmocka_unit_test(test_select),
	};
	return cmocka_run_group_tests_name("scsi: log pages", tests, NULL, NULL);
}
