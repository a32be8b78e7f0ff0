/* SPDX-License-Identifier: Apache-2.0 */
/* What a disk's figures mean: how full it is, and how much of a tape's rest it can take. */
#include "bench.h"

enum { FLOOR = 100, NEARLY = 500, NOT_KNOWN = -1 };

static const struct {
	const char *name;
	int available; /* NOT_KNOWN: nobody could look */
	bool read_only;
	enum disk_level level;
	uint64_t of_50, of_5000; /* what can be written of tapes that have so much left */
} rows[] = {
	{ "room", 1000, false, DISK_ROOMY, 50, 1000 },
	{ "just room", NEARLY, false, DISK_ROOMY, 50, NEARLY },
	{ "nearly full", NEARLY - 1, false, DISK_NEARLY_FULL, 50, NEARLY - 1 },
	{ "at the floor", FLOOR, false, DISK_NEARLY_FULL, 50, FLOOR },
	{ "below the floor", FLOOR - 1, false, DISK_FULL, 50, FLOOR - 1 },
	{ "nothing left", 0, false, DISK_FULL, 0, 0 },
	{ "not known", NOT_KNOWN, false, DISK_ROOMY, 50, 5000 },
	{ "read-only", 1000, true, DISK_ROOMY, 0, 0 },
	{ "read-only, and room is not known", NOT_KNOWN, true, DISK_ROOMY, 0, 0 },
};

static void figures_of_a_disk(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct disk disk = { .total = 10000,
			.nearly = NEARLY,
			.floor = FLOOR,
			.read_only = rows[i].read_only,
			.available = rows[i].available == NOT_KNOWN ? UINT64_MAX
								    : (uint64_t)rows[i].available };
		if (disk_level(&disk) != rows[i].level || disk_writable(&disk, 50) != rows[i].of_50 ||
			disk_writable(&disk, 5000) != rows[i].of_5000)
			fail_msg("%s: level %d, %llu of 50, %llu of 5000", rows[i].name,
				(int)disk_level(&disk), (unsigned long long)disk_writable(&disk, 50),
				(unsigned long long)disk_writable(&disk, 5000));
	}
	assert_int_equal(disk_level(NULL), DISK_ROOMY);
	assert_int_equal(disk_writable(NULL, 50), 50);
}

static const struct {
	uint64_t available;
	bool read_only, tab, blank;
	enum drive_protection protection;
} shelf[] = {
	{ FLOOR, false, false, true, DRIVE_WRITABLE },
	{ FLOOR - 1, false, false, true, DRIVE_NO_ROOM },
	{ FLOOR - 1, false, false, false, DRIVE_WRITABLE },
	{ FLOOR - 1, false, true, true, DRIVE_PROTECTED },
	{ FLOOR - 1, true, false, true, DRIVE_READ_ONLY },
	{ FLOOR, true, false, false, DRIVE_READ_ONLY },
	{ FLOOR, true, true, false, DRIVE_PROTECTED },
	{ UINT64_MAX, false, false, true, DRIVE_WRITABLE },
};

static void why_a_cartridge_on_the_shelf_cannot_be_written(void **state)
{
	for (size_t i = 0; i < sizeof shelf / sizeof *shelf; i++) {
		struct disk disk = { .total = 10000,
			.nearly = NEARLY,
			.floor = FLOOR,
			.read_only = shelf[i].read_only,
			.available = shelf[i].available };
		enum drive_protection is = shelf_protection(&disk, shelf[i].tab, shelf[i].blank);
		if (is != shelf[i].protection)
			fail_msg("row %zu: \"%s\"", i, protection_text(is));
	}
	assert_int_equal(shelf_protection(NULL, false, true), DRIVE_WRITABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_a_disk),
		cmocka_unit_test(why_a_cartridge_on_the_shelf_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
