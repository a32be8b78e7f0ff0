/* SPDX-License-Identifier: Apache-2.0 */
/* Names, barcodes, serials, generations, personalities: tables of what goes and what does not. */
#include "bench.h"
#include "vtl/library/names.h"

static const struct text_row {
	const char *text, *why; /* why NULL: it is good */
} name_rows[] = {
	{ "demo", NULL }, { "Demo-2.a_b", NULL }, { "0", NULL },
	{ "12345678901234567890123456789012", NULL },
	{ "", "empty" }, { "123456789012345678901234567890123", "longer" },
	{ "a/b", "'/'" }, { "a..b", "'..'" }, { "..", "'.'" }, { ".a", "'.'" }, { "-a", "'-'" },
	{ "a b", "a space" }, { "a\nb", "0Ah" }, { "a\x1b[2J", "1Bh" }, { "caf\xc3\xa9", "C3h" },
	{ "a%n", "'%'" },
}, barcode_rows[] = {
	{ "E00001L8", NULL }, { "CLN001L1", NULL }, { "A", NULL }, { "A-1_2", NULL },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", NULL },
	{ "", "empty" }, { "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", "longer" },
	{ "e00001L8", "lower-case" }, { "E0000/L8", "'/'" }, { "../../ET", "'.'" }, { "..", "'.'" },
	{ "E..1L8", "'.'" }, { "E 1L8", "a space" }, { "E\t1L8", "09h" }, { "E\x7f", "7Fh" },
	{ "\xc3\x84L8", "C3h" }, { "-A", "'-'" },
}, serial_rows[] = {
	{ "VT00000001", NULL }, { "0123456789", NULL }, { "ABCDEFGHIJ", NULL },
	{ "", "missing" }, { "ABC", "fewer" }, { "ABCDEFGHIJK", "more" },
	{ "ABCDEFGHI ", "a space" }, { "ABCDEFGHIj", "'j'" }, { "ABCDE\nGHIJ", "0Ah" },
	{ "ABCDEFGHI\xff", "FFh" },
};

static const struct text_row library_name_rows[] = {
	{ "demo", NULL },
	{ "All", NULL },
	{ "all", "every library" },
	{ "a b", "a space" },
};

static void texts_check(const struct text_row *rows, size_t n, bool (*ok)(const char *, char *))
{
	for (size_t i = 0; i < n; i++) {
		char why[WHY_LEN] = "";
		bool good = ok(rows[i].text, why);
		if (good != !rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
			fail_msg("'%s': %s, %s", rows[i].text, good ? "taken" : "refused", why);
	}
}

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static void names_are_taken_or_refused_with_why(void **state)
{
	texts_check(ROWS(name_rows), name_ok);
	texts_check(ROWS(library_name_rows), library_name_ok);
}

static void barcodes_are_taken_or_refused_with_why(void **state)
{
	texts_check(ROWS(barcode_rows), barcode_ok);
}

static const struct text_row changer_serial_rows[] = {
	{ "00L4U78M1656_LL0", NULL },
	{ "DEC418146K_LL02", NULL },
	{ "1", NULL },
	{ "A2345678901234567890123456789012", NULL },
	{ "A23456789012345678901234567890123", "at most 32" },
	{ "", "missing" },
	{ "ABC DEF", "a space" },
	{ "abc", "'a'" },
};
static const struct text_row revision_rows[] = {
	{ "1B00", NULL },
	{ "6.50", NULL },
	{ "D.0", NULL },
	{ "A B", NULL },
	{ "", "1 to 4" },
	{ "12345", "1 to 4" },
	{ " 123", "1 to 4" },
	{ "1\t23", "1 to 4" },
	{ "\xc3\xa4", "1 to 4" },
};
static const struct text_row naa_rows[] = {
	{ "50050763124B0001", NULL },
	{ "3ca2ef9fe3b55c40", NULL },
	{ "2000000000000001", NULL },
	{ "6000000000000001", "begins with 2, 3 or 5" },
	{ "0000000000000000", "begins with" },
	{ "500507631", "16 hexadecimal" },
	{ "50050763124B00010", "16 hexadecimal" },
	{ "5005 763124B0001", "16 hexadecimal" },
	{ "0x50050763124B00", "16 hexadecimal" },
	{ "", "16 hexadecimal" },
};

static bool drive_serial_ok(const char *serial, char why[static WHY_LEN])
{
	return serial_ok(serial, KIND_DRIVE, why);
}

static bool changer_serial_ok(const char *serial, char why[static WHY_LEN])
{
	return serial_ok(serial, KIND_CHANGER, why);
}

static bool naa_ok(const char *naa, char why[static WHY_LEN])
{
	uint64_t value;
	return naa_parse(naa, &value, why);
}

static void serials_are_taken_or_refused_with_why(void **state)
{
	texts_check(ROWS(serial_rows), drive_serial_ok);
	texts_check(ROWS(changer_serial_rows), changer_serial_ok);
	texts_check(ROWS(revision_rows), revision_ok);
	texts_check(ROWS(naa_rows), naa_ok);
}

static void a_barcode_says_generation_worm_and_cleaning(void **state)
{
	/* clang-format off */
	static const struct {
		const char *barcode, *name;
		bool worm, cleaning;
	} rows[] = {
		{ "E00001L5", "lto5", false, false }, { "E00001LV", "lto5", true, false },
		{ "E00001L6", "lto6", false, false }, { "E00001LW", "lto6", true, false },
		{ "E00001L7", "lto7", false, false }, { "E00001LX", "lto7", true, false },
		{ "E00001L8", "lto8", false, false }, { "E00001LY", "lto8", true, false },
		{ "E00001M8", "m8", false, false }, { "E00001L9", "lto9", false, false }, { "E00001LZ", "lto9", true, false },
		{ "CLN001L1", "cln", false, true }, { "CLN001CU", "cln", false, true },
		{ "CLN001L8", "cln", false, true }, { "CLN", "cln", false, true },
		{ "E00001", NULL, false, false }, { "L8", NULL, false, false }, { "", NULL, false, false },
		{ "E00001L4", NULL, false, false },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool worm = true, cleaning = true;
		const struct generation *g = generation_of_barcode(rows[i].barcode, &worm, &cleaning);
		if (!rows[i].name != !g || (g && strcmp(g->name, rows[i].name)) || worm != rows[i].worm ||
			cleaning != rows[i].cleaning)
			fail_msg("%s: %s worm %d cleaning %d", rows[i].barcode, g ? g->name : "-", worm,
				cleaning);
	}
}

static void a_drive_takes_the_generations_of_its_manual(void **state)
{
	/* per drive 5..9: LTO-3 to LTO-7, M8, LTO-8, LTO-9; 'w' reads and writes, 'r' reads, '.' neither */
	static const char *const takes[] = { "rww.....", ".rww....", "..rww...", "....www.", "......ww" };
	for (uint8_t drive = 5; drive <= 9; drive++)
		for (enum medium_format f = FORMAT_LTO3; f < N_FORMATS; f++) {
			char is = ".rw"[format_use(drive, f)];
			if (is != takes[drive - 5][f - FORMAT_LTO3])
				fail_msg("drive %u, format %d: %c", drive, f, is);
		}
	for (uint8_t drive = 5; drive <= 9; drive++)
		assert_int_equal(format_use(drive, FORMAT_CLEANING), FORMAT_READ);
	assert_int_equal(format_use(4, FORMAT_LTO4), FORMAT_REFUSED);
	assert_int_equal(format_use(10, FORMAT_LTO9), FORMAT_REFUSED);
}

static void generations_that_are_not_offered_are_refused_by_name(void **state)
{
	const struct generation *g;
	char why[WHY_LEN];
	assert_true(generation_named("m8", &g, why));
	assert_int_equal(g->capacity, 9000000000000);
	assert_false(generation_named("lto10", &g, why));
	assert_non_null(strstr(why, "LTO-10 is not offered"));
	assert_false(generation_named("lto4", &g, why));
	assert_non_null(strstr(why, "unknown generation 'lto4'"));
}

static void personalities_are_found_with_case_and_spaces_forgiven(void **state)
{
	/* clang-format off */
	static const struct {
		const char *typed, *name;
	} rows[] = {
		{ "IBM ULT3580-TD8", "IBM ULT3580-TD8" }, { "ibmult3580-td8", "IBM ULT3580-TD8" },
		{ "ult3580-td5", "IBM ULT3580-TD5" }, { " stk  l700 ", "STK L700" },
		{ "HP MSL G3 Series", "HP MSL G3 Series" }, { "HP Ultrium 6-SCSI", "HP Ultrium 6-SCSI" },
		{ "", NULL }, { "IBM", NULL }, { "STK L70", NULL },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct personality *p = personality_find(rows[i].typed);
		if (!p != !rows[i].name || (p && strcmp(p->name, rows[i].name)))
			fail_msg("'%s' found %s", rows[i].typed, p ? p->name : "nothing");
	}
}

static void personalities_pass_the_gates_of_their_readers(void **state)
{
	size_t n = 0;
	const struct personality *p;
	for (; (p = personality_at(n)); n++) {
		assert_true(strlen(p->vendor) <= 8 && strlen(p->product) <= 16);
		assert_int_equal(strlen(p->revision), 4);
		assert_ptr_equal(personality_find(p->name), p);
		if (p->kind == KIND_DRIVE)
			assert_in_range(p->generation, 5, 9);
		if (p->kind == KIND_DRIVE && !strcmp(p->vendor, "IBM") && p->generation == 5)
			assert_true(strcmp(p->revision, "B170") >= 0);
		if (p->kind == KIND_DRIVE && !strcmp(p->vendor, "IBM") && p->generation == 8)
			assert_true(strcmp(p->revision, "HB81") >= 0);
	}
	assert_int_equal(n, 40);
}

static void personalities_of_new_devices_are_named_or_refused_with_why(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		enum device_kind kind;
		const char *why; /* NULL: good */
	} rows[] = {
		{ "IBM ULT3580-HH9", KIND_DRIVE, NULL }, { "ultrium-td6", KIND_DRIVE, NULL },
		{ "QUANTUM ULTRIUM 5", KIND_DRIVE, NULL }, { "TS4500", KIND_CHANGER, "unknown changer" },
		{ "IBM TS4500", KIND_CHANGER, NULL }, { "3573-TL", KIND_CHANGER, NULL },
		{ "STK SL500", KIND_CHANGER, NULL }, { "sl150", KIND_CHANGER, NULL },
		{ "STK SL500", KIND_DRIVE, "unknown drive" }, { "IBM ULT3580-TD5", KIND_CHANGER, "unknown changer" },
		{ "HPE Ultrium 7-SCSI", KIND_DRIVE, "use HP Ultrium 7-SCSI" },
		{ "IBM ULT3580-TDA", KIND_DRIVE, "LTO-10 drives are not offered" },
		{ "ultrium-hha", KIND_DRIVE, "LTO-10 drives are not offered" },
		{ "HPE Ultrium 10-SCSI", KIND_DRIVE, "LTO-10 drives are not offered" },
		{ "IBM ULT3580-TD4", KIND_DRIVE, "unknown drive" }, { "", KIND_DRIVE, "unknown drive" },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct personality *p = NULL;
		char why[WHY_LEN] = "";
		int err = personality_wanted(rows[i].name, rows[i].kind, &p, why);
		if (!err != !rows[i].why || !err != !!p || (rows[i].why && !strstr(why, rows[i].why)))
			fail_msg("'%s': %d, %s", rows[i].name, err, why);
	}
	assert_non_null(personality_find("HPE Ultrium 7-SCSI")); /* of existing devices */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_or_refused_with_why),
		cmocka_unit_test(barcodes_are_taken_or_refused_with_why),
		cmocka_unit_test(serials_are_taken_or_refused_with_why),
		cmocka_unit_test(a_barcode_says_generation_worm_and_cleaning),
		cmocka_unit_test(a_drive_takes_the_generations_of_its_manual),
		cmocka_unit_test(generations_that_are_not_offered_are_refused_by_name),
		cmocka_unit_test(personalities_are_found_with_case_and_spaces_forgiven),
		cmocka_unit_test(personalities_pass_the_gates_of_their_readers),
		cmocka_unit_test(personalities_of_new_devices_are_named_or_refused_with_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
