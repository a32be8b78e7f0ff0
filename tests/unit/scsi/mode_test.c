/* SPDX-License-Identifier: Apache-2.0 */
/* MODE SENSE and MODE SELECT: page controls, masks, saving, and who hears of a change. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"

#define BD  "5c 000000 00 000000"
#define P02 "82 0e 80 80 00000000 00000000 00000000"
#define P0A "8a 0a 00 10 00000000 ffff 0000"
#define P10 "50 01 001c 07 0000000000 0000000000000000 0000000000000000 00000000 0000"
#define P24 "24 06 00000001 0000"

static const struct {
	const char *sentence, *cdb;
	uint32_t sense;
	int pointer;
	const char *data;
	uint32_t len;
} senses[] = {
	{ "one page", "1a 00 0a 00 ff 00", 0, -1, "17 78 10 08" BD P0A, 24 },
	{ "without block descriptor", "1a 08 0a 00 ff 00", 0, -1, "0f 78 10 00" P0A, 16 },
	{ "page 00h is the block descriptor alone", "1a 00 00 00 0c 00", 0, -1, "0b 78 10 08" BD, 12 },
	{ "page 00h without it is the header", "1a 08 00 00 0c 00", 0, -1, "03 78 10 00", 4 },
	{ "cut short, with full length", "1a 00 0a 00 04 00", 0, -1, "17 78 10 08", 4 },
	{ "changeable", "1a 08 4a 00 ff 00", 0, -1, "0f 78 10 00 8a 0a f0 01 00000000 ffff 0000", 16 },
	{ "default", "1a 08 8a 00 ff 00", 0, -1, "0f 78 10 00" P0A, 16 },
	{ "saved", "1a 08 ca 00 ff 00", 0, -1, "0f 78 10 00" P0A, 16 },
	{ "saved, of a page that is never saved", "1a 08 e4 00 ff 00", 0, -1, "0b 78 10 00" P24, 12 },
	{ "nothing changeable", "1a 08 64 00 ff 00", 0, -1, "0b 78 10 00 24 06 00000000 0000", 12 },
	{ "a subpage", "1a 08 10 01 ff 00", 0, -1, "23 78 10 00" P10, 36 },
	{ "all subpages of a page", "1a 08 10 ff ff 00", 0, -1, "23 78 10 00" P10, 36 },
	{ "all pages, no subpages, none hidden", "1a 00 3f 00 ff 00", 0, -1, "27 78 10 08" BD P02 P0A, 40 },
	{ "all pages and subpages", "1a 08 3f ff ff 00", 0, -1, "3f 78 10 00" P02 P0A P10, 64 },
	{ "ten bytes", "5a 00 0a 00 00 00 00 00 ff 00", 0, -1, "001a 78 10 0000 0008" BD P0A, 28 },
	{ "ten bytes, no block descriptor", "5a 08 0a 00 00 00 00 00 ff 00", 0, -1,
		"0012 78 10 0000 0000" P0A, 20 },
	{ "ten bytes, cut short", "5a 00 0a 00 00 00 00 00 02 00", 0, -1, "001a", 2 },
	{ "a page nobody has", "1a 00 25 00 ff 00", 0x052400, 2 << 8 | 5, "", 0 },
	{ "a subpage nobody has", "1a 00 10 02 ff 00", 0x052400, 3 << 8 | 7, "", 0 },
	{ "a page that has only subpages", "1a 00 10 00 ff 00", 0x052400, 3 << 8 | 7, "", 0 },
	{ "all pages of one subpage", "1a 00 3f 01 ff 00", 0x052400, 3 << 8 | 7, "", 0 },
	{ "LLBAA is not offered", "5a 10 0a 00 00 00 00 00 ff 00", 0x052400, 1 << 8 | 4, "", 0 },
};

static void sense(struct stage *s)
{
	for (size_t i = 0; i < sizeof senses / sizeof senses[0]; i++) {
		fake_cmd(&s->f, &s->a, 0, senses[i].cdb, 0);
		expect(senses[i].sentence, &s->f, senses[i].sense ? CHECK : GOOD, senses[i].sense);
		if (!senses[i].sense)
			expect_data(senses[i].sentence, &s->f, senses[i].data, senses[i].len);
		if (fake_pointer(&s->f) != senses[i].pointer)
			fail_msg("%s: pointer %x", senses[i].sentence, (unsigned)fake_pointer(&s->f));
	}
}

enum { SIX = 0x1000 };

static const struct {
	const char *sentence;
	const char *list; /* for MODE SELECT(10); (6) is made from it */
	uint32_t sense;
	int pointer; /* in the list of MODE SELECT(10) */
} selects[] = {
	{ "an empty list", "", 0, -1 },
	{ "a header alone", "0000 00 10 0000 0000", 0, -1 },
	{ "a header and a block descriptor", "0000 00 10 0000 0008" BD, 0, -1 },
	{ "what MODE SENSE said goes back", "001a 78 10 0000 0008" BD P0A, 0, -1 },
	{ "a change", "0000 00 10 0000 0000 0a 0a 50 10 00000000 ffff 0000", 0, -1 },
	{ "a change of live values' page",
		"0000 00 10 0000 0000 50 01 001c 05"
		"0000000000"
		"0000000000000000 0000000000000000 00000000 0000",
		0, -1 },
	{ "two pages", "0000 00 10 0000 0000 0a 0a 50 11 00000000 fffe 0000" P02, 0, -1 },
	{ "a header cut short", "0000 00 10 0000 00", 0x051a00, -1 },
	{ "a block descriptor cut short", "0000 00 10 0000 0008 5c 00", 0x051a00, -1 },
	{ "a page cut short", "0000 00 10 0000 0000 0a 0a 00 10", 0x051a00, -1 },
	{ "a page header cut short", "0000 00 10 0000 0000 0a", 0x051a00, -1 },
	{ "a subpage header cut short", "0000 00 10 0000 0000 50 01 00", 0x051a00, -1 },
	{ "a block descriptor of nine bytes", "0000 00 10 0000 0009" BD "00", 0x052600, 6 << 8 | 0xff },
	{ "LONGLBA", "0000 00 10 0100 0000", 0x052600, 4 << 8 },
	{ "a density the device refuses", "0000 00 10 0000 0008 42 000000 00 000000", 0x052600,
		8 << 8 | 0xff },
	{ "a page nobody has", "0000 00 10 0000 0000 25 00", 0x052600, 8 << 8 | 5 },
	{ "a subpage nobody has", "0000 00 10 0000 0000 50 02 0000", 0x052600, 8 << 8 | 5 },
	{ "a page in the form of a subpage", "0000 00 10 0000 0000 4a 00 0008 0000000000000000", 0x052600,
		8 << 8 | 5 },
	{ "a wrong page length", "0000 00 10 0000 0000 0a 09 00 10 00000000 ffff 00", 0x052600,
		9 << 8 | 0xff },
	{ "a wrong subpage length", "0000 00 10 0000 0000 50 01 0001 00", 0x052600, 10 << 8 | 0xff },
	{ "a bit that may not change", "0000 00 10 0000 0000 0a 0a 01 10 00000000 ffff 0000", 0x052600,
		10 << 8 },
	{ "the highest of such bits", "0000 00 10 0000 0000 0a 0a 00 90 00000000 ffff 0000", 0x052600,
		11 << 8 | 7 },
	{ "such a bit, last byte", "0000 00 10 0000 0000 0a 0a 00 10 00000000 ffff 0004", 0x052600,
		19 << 8 | 2 },
	{ "a good page, then a bad one", "0000 00 10 0000 0000 0a 0a 70 10 00000000 ffff 0000" P24 "25 00",
		0x052600, 28 << 8 | 5 },
};

/* The list of MODE SELECT(6) that says the same; -1 when a bit has no place there. */
static int to_six(const uint8_t *list, size_t len, uint8_t *out)
{
	if (!len)
		return 0;
	if (len < 8)
		return 3;
	if (list[4] & 1)
		return -1;
	out[0] = 0;
	out[1] = list[2];
	out[2] = list[3];
	out[3] = list[7];
	memcpy(out + 4, list + 8, len - 8);
	return (int)len - 4;
}

static int six_pointer(int pointer)
{
	int byte = pointer >> 8;

	if (pointer < 0)
		return -1;
	return (byte == 6 ? 3 : byte == 4 ? 4 : byte - 4) << 8 | (pointer & 0xff);
}

static void check_select(struct stage *s, size_t i, bool ten, const uint8_t *list, int len)
{
	int pointer = ten ? selects[i].pointer : six_pointer(selects[i].pointer);

	if (len < 0)
		return;
	if (ten)
		fake_out(&s->f, &s->a, 0, list, (size_t)len, "55 10 00 00 00 00 00 00 %02x 00", len);
	else
		fake_out(&s->f, &s->a, 0, list, (size_t)len, "15 10 00 00 %02x 00", len);
	expect(selects[i].sentence, &s->f, selects[i].sense ? CHECK : GOOD, selects[i].sense);
	if (fake_pointer(&s->f) != pointer)
		fail_msg("%s (%d): pointer %x", selects[i].sentence, ten ? 10 : 6,
			(unsigned)fake_pointer(&s->f));
}

static void refused_change_nothing(struct stage *s, const char *sentence, uint32_t was)
{
	const uint8_t *page = lu_mode(&s->drive.lu, 0x0a, 0);

	if (was != ((uint32_t)page[2] << 24 | (uint32_t)page[3] << 16 | (uint32_t)get_be16(page + 8)))
		fail_msg("%s: refused, and yet changed", sentence);
}

static void select_lists(struct stage *s)
{
	uint8_t list[256], six[256];

	for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
		size_t len = fake_hex(selects[i].list, list, sizeof list);
		const uint8_t *page = lu_mode(&s->drive.lu, 0x0a, 0);
		uint32_t was = (uint32_t)page[2] << 24 | (uint32_t)page[3] << 16 | get_be16(page + 8);
		check_select(s, i, true, list, (int)len);
		if (selects[i].sense)
			refused_change_nothing(s, selects[i].sentence, was);
		target_tmf(&s->a, TMF_LU_RESET, 0, 0);
		fake_clear(&s->a, 0);
		check_select(s, i, false, six, to_six(list, len, six));
		target_tmf(&s->a, TMF_LU_RESET, 0, 0);
		fake_clear(&s->a, 0);
	}
	/* The page format bit: pages need it, header and block descriptor do not (Windows). */
	size_t len = fake_hex("0000 10 08 5c 000000 00 000200", list, sizeof list);
	assert_int_equal(fake_out(&s->f, &s->a, 0, list, len, "15 00 00 00 0c 00"), GOOD);
	fake_cmd(&s->f, &s->a, 0, "1a 00 00 00 0c 00");
	expect_data("the block length", &s->f, "0b 78 10 08 5c 000000 00 000200", 12);
	len = fake_hex("0000 10 00" P0A, list, sizeof list);
	fake_out(&s->f, &s->a, 0, list, len, "15 00 00 00 10 00");
	expect("pages without PF", &s->f, CHECK, 0x052400);
	assert_int_equal(fake_pointer(&s->f), 1 << 8 | 4);
}

static void put(struct stage *s, struct nexus *n, const char *cdb, const char *text)
{
	uint8_t list[256];
	size_t len = fake_hex(text, list, sizeof list);

	fake_out(&s->f, n, 0, list, len, cdb, (unsigned)len);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define SELECT      "15 10 00 00 %02x 00"
#define SELECT_SAVE "15 11 00 00 %02x 00"

static void who_hears(struct stage *s)
{
	put(s, &s->a, SELECT, "0000 10 00 0a 0a 50 10 00000000 ffff 0000");
	expect("a shared page changes", &s->f, GOOD, 0);
	expect_ua("others hear", s, &s->b, 0x062a01);
	expect_ua("others hear", s, &s->c, 0x062a01);
	expect_ua("the one who did it does not", s, &s->a, 0);
	put(s, &s->a, SELECT, "0000 10 00 0a 0a 50 10 00000000 ffff 0000");
	expect_ua("no change is no news", s, &s->b, 0);
	put(s, &s->a, SELECT, "0000 00 00");
	expect_ua("a shared header byte is news", s, &s->b, 0x062a01);
	put(s, &s->a, SELECT, "0000 00 00 02 0e 33 80 00000000 00000000 00000000");
	expect("a page of the nexus changes", &s->f, GOOD, 0);
	expect_ua("nobody else's business", s, &s->b, 0);
	put(s, &s->a, SELECT, "0000 00 00 02 0e 33 80 00000000 00000000 00000000");
	expect_ua("nor the second time", s, &s->b, 0);
	fake_cmd(&s->f, &s->a, 0, "1a 08 02 00 ff 00");
	expect_data("a has it", &s->f, "13 78 00 00 82 0e 33", 20);
	fake_cmd(&s->f, &s->b, 0, "1a 08 02 00 ff 00");
	expect_data("b has its own", &s->f, "13 78 00 00 82 0e 80", 20);
	assert_null(lu_mode(&s->drive.lu, 0x33, 0));
	fake_clear(&s->c, 0);
}

static void saving(struct stage *s)
{
	put(s, &s->a, SELECT_SAVE, "0000 10 00 0a 0a 50 10 00000000 fffe 0000");
	expect("saved", &s->f, GOOD, 0);
	put(s, &s->a, SELECT, "0000 10 00 0a 0a 50 11 00000000 fffd 0000");
	expect("changed again, not saved", &s->f, GOOD, 0);
	put(s, &s->a, SELECT_SAVE, "0000 10 00 02 0e 77 80 00000000 00000000 00000000");
	expect("another page saved", &s->f, GOOD, 0);
	fake_cmd(&s->f, &s->a, 0, "1a 08 ca 00 ff 00");
	expect_data("saved values", &s->f, "0f 78 10 00 8a 0a 50 10 00000000 fffe", 16);
	fake_cmd(&s->f, &s->a, 0, "1a 08 0a 00 ff 00");
	expect_data("current values", &s->f, "0f 78 10 00 8a 0a 50 11 00000000 fffd", 16);
	put(s, &s->a, SELECT_SAVE,
		"0000 10 00 50 01 001c 05 0000000000"
		"0000000000000000 0000000000000000 00000000 0000");
	expect("a page that cannot be saved is changed only", &s->f, GOOD, 0);
	stage_restart(s);
	fake_cmd(&s->f, &s->a, 0, "1a 08 0a 00 ff 00");
	expect_data("a restart brings the saved ones", &s->f, "0f 78 10 00 8a 0a 50 10 00000000 fffe", 16);
	fake_cmd(&s->f, &s->c, 0, "1a 08 02 00 ff 00");
	expect_data("to every nexus", &s->f, "13 78 10 00 82 0e 77", 20);
	fake_cmd(&s->f, &s->a, 0, "1a 08 10 01 ff 00");
	expect_data("and defaults elsewhere", &s->f, "23 78 10 00 50 01 001c 07", 36);
}

static void saving_fails(struct stage *s)
{
	s->shelf.fail = -EIO;
	put(s, &s->a, SELECT_SAVE, "0000 10 00 0a 0a 50 10 00000000 fffe 0000");
	expect("a store that fails", &s->f, CHECK, 0x044400);
	fake_cmd(&s->f, &s->a, 0, "1a 08 0a 00 ff 00");
	expect_data("nothing changed", &s->f, "0f 78 10 00" P0A, 16);
	fake_cmd(&s->f, &s->a, 0, "1a 08 ca 00 ff 00");
	expect_data("nor saved", &s->f, "0f 78 10 00" P0A, 16);
	expect_ua("nobody hears", s, &s->b, 0);
	s->shelf.fail = 0;
	s->drive.refuse_commit = 9;
	put(s, &s->a, SELECT,
		"0000 10 00 02 0e 55 80 00000000 00000000 00000000"
		"0a 0a 50 10 00000000 fffe 0000");
	expect("a page the device refuses", &s->f, CHECK, 0x052600);
	assert_int_equal(fake_pointer(&s->f), (4 + 16 + 9) << 8 | 0xff);
	fake_cmd(&s->f, &s->a, 0, "1a 08 02 00 ff 00");
	expect_data("the page before it went back", &s->f, "13 78 10 00 82 0e 80", 20);
	s->drive.lu.store.save = NULL;
	put(s, &s->a, SELECT_SAVE, "0000 10 00");
	expect("no store, no saving", &s->f, CHECK, 0x052400);
	assert_int_equal(fake_pointer(&s->f), 1 << 8);
}

/* What comes from the store is not trusted. */
static void bad_blobs(struct stage *s)
{
	/* clang-format off */
	static const char *const blobs[] = {
		"", "00", "01", "01 0a", "01 0a 00 0c", "01 0a 00 0c 00", "01 0a 00 ff 00",
		"02 0a 00 0c 8a 0a 50 10 00000000 fffe 0000", "01 0a 00 02 8a 0a",
		"01 24 00 08 24 06 ff ff ff ff ff ff", "01 3f 3f 00 3f 3f 00",
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof blobs / sizeof blobs[0]; i++) {
		strcpy(s->shelf.slots[0].key, "mode");
		s->shelf.slots[0].there = true;
		s->shelf.slots[0].len = fake_hex(blobs[i], s->shelf.slots[0].blob, 64);
		stage_restart(s);
		fake_cmd(&s->f, &s->a, 0, "1a 08 0a 00 ff 00");
		expect_data(blobs[i], &s->f, "0f 78 10 00" P0A, 16);
		fake_cmd(&s->f, &s->a, 0, "1a 08 24 00 ff 00");
		expect_data(blobs[i], &s->f, "0b 78 10 00" P24, 12);
	}
	s->shelf.slots[0].len = fake_hex("01 0a 00 0c ff ff ff ff ffffffff ffff ffff", s->shelf.slots[0].blob,
		64);
	stage_restart(s);
	fake_cmd(&s->f, &s->a, 0, "1a 08 0a 00 ff 00");
	expect_data("only changeable bits are taken", &s->f, "0f 78 10 00 8a 0a f0 11 00000000 ffff 0000",
		16);
}

#define HERE(play)                            \
	static void test_##play(void **state) \
	{                                     \
		stage_run(play);              \
	}
HERE(sense)
HERE(select_lists)
HERE(who_hears)
HERE(saving)
HERE(saving_fails)
HERE(bad_blobs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sense),
		cmocka_unit_test(test_select_lists),
		cmocka_unit_test(test_who_hears),
		cmocka_unit_test(test_saving),
		cmocka_unit_test(test_saving_fails),
		cmocka_unit_test(test_bad_blobs),
	};
	return cmocka_run_group_tests_name("scsi: mode pages", tests, NULL, NULL);
}
