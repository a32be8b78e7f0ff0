/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as people write them: read, written, and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "admin/cli/size.h"

static const struct {
	const char *text;
	bool good;
	uint64_t bytes;
} rows[] = {
	{ "0", true, 0 },
	{ "1", true, 1 },
	{ "4096", true, 4096 },
	{ "4096 B", true, 4096 },
	{ "1K", true, 1024 },
	{ "1k", true, 1024 },
	{ "1KB", true, 1000 },
	{ "1KiB", true, 1024 },
	{ "1.5M", true, 1572864 },
	{ "1.5MB", true, 1500000 },
	{ "12TB", true, UINT64_C(12000000000000) },
	{ "12 TB", true, UINT64_C(12000000000000) },
	{ "1.234567MB", true, 1234567 },
	{ "0.001KB", true, 1 },
	{ "9223372036854775807", true, INT64_MAX },
	{ "9223372036854775808", false, 0 },
	{ "18446744073709551616", false, 0 },
	{ "99999999999TB", false, 0 },
	{ "", false, 0 },
	{ " 1", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ "1.", false, 0 },
	{ ".5G", false, 0 },
	{ "1.5", false, 0 },
	{ "1.5B", false, 0 },
	{ "1  G", false, 0 },
	{ "1G ", false, 0 },
	{ "1X", false, 0 },
	{ "0x10", false, 0 },
	{ "1e3", false, 0 },
	{ "G", false, 0 },
};

static void sizes_are_read(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t bytes = 77;
		if (size_read(rows[i].text, &bytes) != rows[i].good)
			fail_msg("\"%s\" is %s", rows[i].text, rows[i].good ? "a size" : "no size");
		if (bytes != (rows[i].good ? rows[i].bytes : 77))
			fail_msg("\"%s\" became %llu", rows[i].text, (unsigned long long)bytes);
	}
}

static void sizes_are_written(void **state)
{
	/* clang-format off */
	static const struct {
		uint64_t bytes;
		const char *text;
	} written[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1 KB" }, { 1024, "1.02 KB" }, { 1500, "1.5 KB" },
		{ 999994, "999.99 KB" }, { 999999, "1 MB" }, { 100, "100 B" },
		{ UINT64_C(12000000000000), "12 TB" }, { UINT64_C(18000000000000), "18 TB" },
		{ UINT64_C(2500000000000), "2.5 TB" }, { UINT64_MAX, "18446.74 PB" },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		char text[SIZE_TEXT];
		size_text(written[i].bytes, text);
		assert_string_equal(text, written[i].text);
	}
}

static void what_is_written_is_read_back_within_half_a_percent(void **state)
{
	unsigned seed = 20240607;
	print_message("seed %u\n", seed);
	for (int i = 0; i < 20000; i++) {
		uint64_t bytes = ((uint64_t)rand_r(&seed) << 20 ^ (uint64_t)rand_r(&seed)) >>
			rand_r(&seed) % 40;
		uint64_t back;
		char text[SIZE_TEXT];
		bytes %= UINT64_C(900000000000000);
		size_text(bytes, text);
		if (!size_read(text, &back))
			fail_msg("%llu is written \"%s\", which cannot be read", (unsigned long long)bytes,
				text);
		uint64_t off = back > bytes ? back - bytes : bytes - back;
		if (off * 200 > bytes)
			fail_msg("%llu is written \"%s\"", (unsigned long long)bytes, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(what_is_written_is_read_back_within_half_a_percent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
