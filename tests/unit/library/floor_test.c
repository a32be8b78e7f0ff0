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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(figures_of_a_disk) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
