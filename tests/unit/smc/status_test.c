/* SPDX-License-Identifier: Apache-2.0 */
/* READ ELEMENT STATUS: counts, limits, cut answers, which drive is where; search by barcode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "vtl/base/bytes.h"
#include "vtl/base/timer.h"

static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };

/* First address, elements and bytes reported, pages and the bytes that came. */
static const struct row {
	const char *what, *cdb;
	unsigned first, count, bytes, came;
} rows[] = {
	{ "all, plain: four pages", "b8 00 00 00 ff ff 00 00 ff ff 00 00", 0x0001, 10, 192, 200 },
	{ "all, VOLTAG", "b8 10 00 00 ff ff 00 00 ff ff 00 00", 0x0001, 10, 552, 560 },
	{ "all, VOLTAG and DVCID: the drives' page grows", "b8 10 00 00 ff ff 01 00 ff ff 00 00", 0x0001, 10,
		620, 628 },
	{ "CURDATA too", "b8 10 00 00 ff ff 03 00 ff ff 00 00", 0x0001, 10, 620, 628 },
	{ "CURDATA alone gives no ids", "b8 10 00 00 ff ff 02 00 ff ff 00 00", 0x0001, 10, 552, 560 },
	{ "transports", "b8 01 00 00 ff ff 00 00 ff ff 00 00", 0x0001, 1, 24, 32 },
	{ "slots", "b8 02 00 00 ff ff 00 00 ff ff 00 00", 0x03e8, 5, 88, 96 },
	{ "mail slots", "b8 03 00 00 ff ff 00 00 ff ff 00 00", 0x000a, 2, 40, 48 },
	{ "drives", "b8 04 00 00 ff ff 00 00 ff ff 00 00", 0x01f4, 2, 40, 48 },
	{ "drives with DVCID alone", "b8 04 00 00 ff ff 01 00 ff ff 00 00", 0x01f4, 2, 108, 116 },
	{ "from a slot on", "b8 02 03 ea ff ff 00 00 ff ff 00 00", 0x03ea, 3, 56, 64 },
	{ "two slots from there", "b8 02 03 ea 00 02 00 00 ff ff 00 00", 0x03ea, 2, 40, 48 },
	{ "all from the second drive on", "b8 00 01 f5 ff ff 00 00 ff ff 00 00", 0x01f5, 6, 112, 120 },
	{ "three of all: transport and mail slots", "b8 00 00 00 00 03 00 00 ff ff 00 00", 0x0001, 3, 64,
		72 },
	{ "an address between the groups", "b8 00 00 50 00 01 00 00 ff ff 00 00", 0x01f4, 1, 24, 32 },
	{ "no element asked for", "b8 00 00 00 00 00 00 00 ff ff 00 00", 0, 0, 0, 8 },
	{ "behind the last address", "b8 00 70 00 ff ff 00 00 ff ff 00 00", 0, 0, 0, 8 },
	{ "eight bytes: the counts are full", "b8 14 00 00 ff ff 01 00 00 08 00 00", 0x01f4, 2, 180, 8 },
	{ "cut in the middle", "b8 14 00 00 ff ff 01 00 00 64 00 00", 0x01f4, 2, 180, 100 },
	{ "five bytes", "b8 14 00 00 ff ff 01 00 00 05 00 00", 0x01f4, 2, 0, 5 },
	{ "no bytes", "b8 14 00 00 ff ff 01 00 00 00 00 00", 0, 0, 0, 0 },
};

static void table_body(struct bench *b)
{
	bench_settle(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		memset(b->in, 0, 8);
		bench_expect(b, row->what, row->cdb, "good");
		unsigned first = get_be16(b->in), count = get_be16(b->in + 2), bytes = get_be24(b->in + 5);
		if (first != row->first || count != row->count || bytes != row->bytes ||
			b->in_size != row->came)
			bench_fail(b, "%s: first %04x, %u elements, %u bytes, %zu came", row->what, first,
				count, bytes, b->in_size);
	}
	bench_expect(b, "a fifth type", "b8 05 00 00 ff ff 00 00 ff ff 00 00", "5/24/00 cdb 1.3");
	bench_expect(b, "reserved bit 4 of byte 6", "b8 14 00 00 ff ff 13 00 ff ff 00 00", "5/24/00 cdb 6.4");
	bench_expect(b, "reserved byte 10", "b8 14 00 00 ff ff 01 00 ff ff 80 00", "5/24/00 cdb 10.7");
}

static void counts_and_limits(void **state)
{
	assert_int_equal(bench_run(&plan, 3, table_body), 0);
}

/* Whatever the allocation length, the answer is the beginning of the whole one. */
static void cut_body(struct bench *b)
{
	static uint8_t whole[4096];
	char cdb[64];

	bench_settle(b);
	bench_command(b, 0, "b8 10 00 00 ff ff 01 00 ff ff 00 00", 65536, NULL, 0);
	size_t size = b->in_size;
	memcpy(whole, b->in, size);
	for (unsigned alloc = 0; alloc <= size + 3; alloc++) {
		snprintf(cdb, sizeof cdb, "b8 10 00 00 ff ff 01 00 %02x %02x 00 00", alloc >> 8,
			alloc & 0xff);
		bench_command(b, 0, cdb, 65536, NULL, 0);
		CHECK(b, b->in_size == (alloc < size ? alloc : size));
		CHECK(b, memcmp(b->in, whole, b->in_size) == 0);
		/* The initiator takes less than it allocates. */
		bench_command(b, 0, "b8 10 00 00 ff ff 01 00 ff ff 00 00", alloc, NULL, 0);
		CHECK(b, b->in_size == (alloc < size ? alloc : size) && b->want == size);
		CHECK(b, memcmp(b->in, whole, b->in_size) == 0);
	}
}

static void a_cut_answer_is_a_beginning(void **state)
{
	assert_int_equal(bench_run(&plan, 3, cut_body), 0);
}

/* The identifier of a drive element is the first designator of that drive's VPD 83h. */
static void dvcid_body(struct bench *b)
{
	struct drive *drive;
	uint8_t page[512];
	unsigned at = 16;

	bench_settle(b);
	bench_command(b, 0, "b8 14 00 00 ff ff 01 00 ff ff 00 00", 65536, NULL, 0);
	TAILQ_FOREACH(drive, &b->library->drives, link) {
		struct lu lu = { .id = { .naa = drive->identity.naa } };
		strcpy(lu.id.vendor, drive->identity.vendor);
		strcpy(lu.id.product, drive->identity.product);
		strcpy(lu.id.serial, drive->identity.serial);
		const struct task task = { .nexus = &b->nexus[0] };
		struct wire w = wire_over(page, sizeof page);
		vpd_identification(&lu, &task, &w);
		CHECK(b, get_be16(b->in + at) == drive->element->address);
		CHECK(b, memcmp(b->in + at + 48, page, 4 + 34) == 0);
		CHECK(b,
			memcmp(b->in + at + 48, "\x02\x01\x00\x22IBM     ULT3580-TD8     VT0000000", 37) ==
				0);
		at += 86;
	}
	CHECK(b, at == b->in_size);
}

static void a_drive_element_names_its_drive(void **state)
{
	assert_int_equal(bench_run(&plan, 0, dvcid_body), 0);
}

/* As Windows' changer drivers start: parameters, then the status of the drives in two steps. */
static void windows_body(struct bench *b)
{
	char cdb[64];
	uint8_t header[8];

	bench_settle(b);
	bench_expect(b, "element addresses", "1a 08 1d 00 18 00", "good");
	CHECK(b, b->in_size == 24 && (b->in[4] & 0x3f) == 0x1d && b->in[5] == 0x12 && b->in[0] == 23);
	unsigned drives = get_be16(b->in + 4 + 16);
	bench_expect(b, "geometry", "1a 08 1e 00 ff 00", "good");
	CHECK(b, b->in_size == 8 && (b->in[4] & 0x3f) == 0x1e);
	bench_expect(b, "capabilities", "1a 08 1f 00 18 00", "good");
	CHECK(b, b->in_size >= 20 && (b->in[4] & 0x3f) == 0x1f);

	bench_command(b, 0, "b8 14 00 00 ff ff 01 00 00 08 00 00", 8, NULL, 0);
	CHECK(b, strcmp(b->said, "good") == 0 && b->in_size == 8);
	memcpy(header, b->in, 8);
	unsigned all = get_be24(header + 5) + 8;
	snprintf(cdb, sizeof cdb, "b8 14 00 00 ff ff 01 %02x %02x %02x 00 00", all >> 16, all >> 8 & 0xff,
		all & 0xff);
	bench_command(b, 0, cdb, all, NULL, 0);
	CHECK(b, strcmp(b->said, "good") == 0 && b->in_size == all && b->want == all);
	CHECK(b, memcmp(b->in, header, 8) == 0 && get_be16(header + 2) == drives);
	bench_expect(b, "initialize", "07 00 00 00 00 00", "good");
	bench_expect(b, "reinitialize", "01 00 00 00 00 00", "good");
}

static void what_windows_asks_first(void **state)
{
	static const char *const changers[] = { "STK L700", "IBM 03584L32", "HP MSL G3 Series" };
	for (unsigned i = 0; i < sizeof changers / sizeof *changers; i++) {
		struct library_plan one = plan;
		one.changer_personality = changers[i];
		assert_int_equal(bench_run(&one, 3, windows_body), 0);
	}
}

static void removed_body(struct bench *b)
{
	char why[WHY_LEN];

	bench_settle(b);
	CHECK(b, drive_remove(b->inst, drive_find(b->library, 1), why) == 0);
	bench_expect(b, "all drives", "b8 14 00 00 ff ff 01 00 ff ff 00 00", "good");
	CHECK(b, b->in_size == 16 + 2 * 86);
	static const uint8_t gone[12] = { 0x01, 0xf4, 0x04, 0, 0x3b, 0x1a };
	static const uint8_t zeros[74];
	CHECK(b, memcmp(b->in + 16, gone, 12) == 0 && memcmp(b->in + 28, zeros, 74) == 0);
	CHECK(b, b->in[16 + 86 + 2] == 0x08 && b->in[16 + 86 + 51] == 34);
	bench_expect(b, "into the gap", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "5/21/01");
	bench_expect(b, "addresses", "1a 08 1d 00 18 00", "good");
	CHECK(b, get_be16(b->in + 4 + 14) == 0x01f4 && get_be16(b->in + 4 + 16) == 2);
}

static void a_removed_drive_leaves_a_gap(void **state)
{
	assert_int_equal(bench_run(&plan, 1, removed_body), 0);
}

static void media_body(struct bench *b)
{
	bench_settle(b);
	bench_cartridge(b, "CLN001L1", NULL);
	bench_cartridge(b, "WORM01LY", NULL);
	bench_expect(b, "move one", "a5 00 00 01 03 e8 03 ec 00 00 00 00", "good");
	bench_expect(b, "slots", "b8 12 00 00 ff ff 00 00 ff ff 00 00", "good");
	static const struct {
		uint8_t flags, medium;
		uint16_t source;
		char tag[9];
	} slots[5] = {
		{ 0x08, 0x00, 0, "" },
		{ 0x09, 0x02, 0, "CLN001L1" },
		{ 0x09, 0x04, 0, "WORM01LY" },
		{ 0x08, 0x00, 0, "" },
		{ 0x09, 0x81, 0x03e8, "B00001L8" },
	};
	for (unsigned i = 0; i < 5; i++) {
		const uint8_t *d = b->in + 16 + 52 * i;
		if (d[2] != slots[i].flags || d[9] != slots[i].medium ||
			get_be16(d + 10) != slots[i].source ||
			strncmp((const char *)d + 12, slots[i].tag, 8) != 0)
			bench_fail(b, "slot %u: flags %02x medium %02x source %04x tag %.8s", i + 1, d[2],
				d[9], get_be16(d + 10), d + 12);
		CHECK(b, d[12 + 8] == (slots[i].tag[0] ? ' ' : 0) && d[12 + 31] == d[12 + 8] && !d[12 + 32]);
	}
}

static void kinds_of_media_and_where_they_came_from(void **state)
{
	assert_int_equal(bench_run(&plan, 1, media_body), 0);
}

/* StorageTek SL libraries: media and transport domain and type (96122, tables 6-73 to 6-77). */
static void domains_body(struct bench *b)
{
	static const uint8_t empty[8], lto8[8] = "\0\0\0\0L8", worm[8] = "\0\0\0\0LY",
				       cleaner[8] = "\0\0\0\0CU", named[4] = { 2, 1, 0, 34 },
				       unknown[2] = { 'L', 0xff }, ibm6[2] = { 'L', 0x3e };
	const char *serial = drive_find(b->library, 1)->identity.serial;
	char padded[33], why[WHY_LEN];
	snprintf(padded, sizeof padded, "%-32s", serial);
	bench_settle(b);
	bench_cartridge(b, "CLN001L1", NULL);
	bench_cartridge(b, "WORM01LY", NULL);
	bench_expect(b, "load one", "a5 00 00 00 03 e8 01 f4 00 00 00 00", "good");
	bench_expect(b, "slots", "b8 12 00 00 ff ff 01 00 ff ff 00 00", "good");
	const uint8_t *ends[] = { empty, cleaner, worm, empty, empty };
	CHECK(b, b->in_size == 16 + 5 * 56 && get_be16(b->in + 10) == 56);
	for (unsigned i = 0; i < 5; i++)
		CHECK(b, memcmp(b->in + 16 + 56 * i + 48, ends[i], 8) == 0);
	CHECK(b, b->in[16 + 56 * 2 + 9] == 0x01);
	bench_expect(b, "without tags", "b8 02 00 00 ff ff 00 00 ff ff 00 00", "good");
	CHECK(b, b->in_size == 16 + 5 * 20 && memcmp(b->in + 16 + 20 * 2 + 12, worm, 8) == 0);
	bench_expect(b, "the transport", "b8 11 00 00 ff ff 00 00 ff ff 00 00", "good");
	CHECK(b, b->in_size == 16 + 56);

	bench_expect(b, "drives", "b8 14 00 00 ff ff 00 00 ff ff 00 00", "good");
	CHECK(b, b->in_size == 16 + 2 * 88 && memcmp(b->in + 16 + 48, lto8, 6) == 0);
	CHECK(b, memcmp(b->in + 16 + 54, unknown, 2) == 0 && memcmp(b->in + 16 + 56, padded, 32) == 0);
	bench_expect(b, "drives with their ids", "b8 14 00 00 ff ff 01 00 ff ff 00 00", "good");
	CHECK(b, b->in_size == 16 + 2 * 86 && memcmp(b->in + 16 + 48, named, 4) == 0);
	CHECK(b, memcmp(b->in + 16 + 52 + 24, serial, 10) == 0);
	CHECK(b, drive_set_personality(b->inst, drive_find(b->library, 2), "IBM ULT3580-TD6", why) == 0);
	bench_expect(b, "another drive", "b8 14 00 00 ff ff 00 00 ff ff 00 00", "good");
	CHECK(b, memcmp(b->in + 16 + 88 + 54, ibm6, 2) == 0);
	cut_body(b);
}

static void sl_libraries_tell_domains(void **state)
{
	struct library_plan one = plan;
	one.changer_personality = "STK SL500";
	assert_int_equal(bench_run(&one, 1, domains_body), 0);
}

static void many_body(struct bench *b)
{
	int64_t began = now_ms();

	bench_settle(b);
	for (unsigned i = 0; i < 100; i++)
		bench_command(b, 0, "b8 10 00 00 ff ff 01 ff ff ff 00 00", 16 << 20, NULL, 0);
	CHECK(b, strcmp(b->said, "good") == 0 && get_be16(b->in + 2) == 10003);
	CHECK(b, get_be24(b->in + 5) == b->in_size - 8);
	CHECK(b, b->in_size == 8 + (8 + 52) + (8 + 86 * 2) + (8 + 52 * 10000));
	CHECK(b, get_be16(b->in + b->in_size - 52) == 0x03e8 + 9999);
	CHECK(b, now_ms() - began < 5000);
}

static void ten_thousand_slots(void **state)
{
	const struct library_plan big = { .drives = 2, .slots = 10000 };
	assert_int_equal(bench_run(&big, 3, many_body), 0);
}

/* --- search by barcode
 * ------------------------------------------------------------------------------- */

static const struct search {
	const char *template;
	uint8_t action, type;
	uint16_t min;
	unsigned found;
} searches[] = {
	{ "B00001L8", 5, 0, 0, 1 },
	{ "B0000?L8", 5, 0, 0, 3 },
	{ "*", 5, 0, 0, 3 },
	{ "*3L8", 5, 0, 0, 1 },
	{ "B*1*8", 5, 0, 0, 1 },
	{ "*0*0*", 4, 0, 0, 3 },
	{ "B00001L", 5, 0, 0, 0 },
	{ "B00001L8?", 5, 0, 0, 0 },
	{ "", 5, 0, 0, 0 },
	{ "**********", 5, 0, 0, 3 },
	{ "B0000*", 5, 4, 0, 1 },
	{ "B0000*", 5, 2, 0, 2 },
	{ "B0000*", 6, 0, 0, 0 },
	{ "B0000*", 0, 0, 0, 3 },
	{ "B0000*", 0, 0, 1, 0 },
	{ "????????????????????????????????", 5, 0, 0, 0 },
};

static void search_body(struct bench *b)
{
	uint8_t list[40];
	char cdb[64];

	bench_settle(b);
	bench_expect(b, "an answer without a question", "b5 10 00 00 ff ff 00 00 ff ff 00 00", "5/2C/00");
	bench_expect(b, "load one", "a5 00 00 01 03 e8 01 f4 00 00 00 00", "good");
	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		const struct search *s = &searches[i];
		memset(list, ' ', 32);
		memset(list + 32, 0, 8);
		memcpy(list, s->template, strlen(s->template));
		put_be16(list + 34, s->min);
		put_be16(list + 38, 0xffff);
		snprintf(cdb, sizeof cdb, "b6 %02x 00 00 00 %02x 00 00 00 28 00 00", s->type, s->action);
		bench_command(b, 0, cdb, 0, list, sizeof list);
		CHECK(b, strcmp(b->said, "good") == 0);
		bench_command(b, 0, "b5 10 00 00 ff ff 00 00 ff ff 00 00", 65536, NULL, 0);
		if (strcmp(b->said, "good") != 0 || get_be16(b->in + 2) != s->found || b->in[4] != s->action)
			bench_fail(b, "%s by action %u: %s, %u found, action %u", s->template, s->action,
				b->said, get_be16(b->in + 2), b->in[4]);
	}
	bench_command(b, 1, "b5 10 00 00 ff ff 00 00 ff ff 00 00", 65536, NULL, 0);
	CHECK(b, strcmp(b->said, "5/2C/00") == 0);
	bench_command(b, 0, "b6 00 00 00 00 05 00 00 00 27 00 00", 0, list, 39);
	CHECK(b, strcmp(b->said, "5/1A/00") == 0);
	bench_command(b, 0, "b6 00 00 00 00 05 00 00 00 28 00 00", 0, list, 39);
	CHECK(b, strcmp(b->said, "5/1A/00") == 0);
	bench_command(b, 0, "b6 00 00 00 00 0b 00 00 00 28 00 00", 0, list, 40);
	CHECK(b, strcmp(b->said, "5/24/00 cdb 5.4") == 0);
	bench_command(b, 0, "b6 07 00 00 00 05 00 00 00 28 00 00", 0, list, 40);
	CHECK(b, strcmp(b->said, "5/24/00 cdb 1.3") == 0);
}

static void search_by_barcode(void **state)
{
	assert_int_equal(bench_run(&plan, 3, search_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_limits),
		cmocka_unit_test(a_cut_answer_is_a_beginning),
		cmocka_unit_test(a_drive_element_names_its_drive),
		cmocka_unit_test(sl_libraries_tell_domains),
		cmocka_unit_test(what_windows_asks_first),
		cmocka_unit_test(a_removed_drive_leaves_a_gap),
		cmocka_unit_test(kinds_of_media_and_where_they_came_from),
		cmocka_unit_test(ten_thousand_slots),
		cmocka_unit_test(search_by_barcode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
