/* SPDX-License-Identifier: Apache-2.0 */
/* What a person types and what a target answers, read row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/initiator/initiator.h"
#include "admin/initiator/latency.h"
#include "admin/initiator/options.h"

static const struct portal_row {
	const char *text, *address, *target;
	int lun;
} portals[] = {
	{ "10.0.0.1", "10.0.0.1:3260", "", LUN_UNNAMED },
	{ "10.0.0.1:3261", "10.0.0.1:3261", "", LUN_UNNAMED },
	{ "iscsi://host.example", "host.example:3260", "", LUN_UNNAMED },
	{ "iscsi://host:1/iqn.2025-11.a:b", "host:1", "iqn.2025-11.a:b", LUN_UNNAMED },
	{ "iscsi://host:1/iqn.2025-11.a:b/", "host:1", "iqn.2025-11.a:b", LUN_UNNAMED },
	{ "iscsi://host:1/iqn.2025-11.a:b/3", "host:1", "iqn.2025-11.a:b", 3 },
	{ "[fe80::1]:99", "[fe80::1]:99", "", LUN_UNNAMED },
	{ "[::1]", "[::1]:3260", "", LUN_UNNAMED },
	{ "::1", "[::1]:3260", "", LUN_UNNAMED },
	{ "", NULL, NULL, 0 },
	{ ":3260", NULL, NULL, 0 },
	{ "host:", NULL, NULL, 0 },
	{ "host:0", NULL, NULL, 0 },
	{ "host:65536", NULL, NULL, 0 },
	{ "host:3260x", NULL, NULL, 0 },
	{ "ho st", NULL, NULL, 0 },
	{ "[::1", NULL, NULL, 0 },
	{ "[]:1", NULL, NULL, 0 },
	{ "[::1]x", NULL, NULL, 0 },
	{ "host/iqn.a/x", NULL, NULL, 0 },
	{ "host/iqn.a/-1", NULL, NULL, 0 },
	{ "host/iqn.a/16384", NULL, NULL, 0 },
	{ "host//1", NULL, NULL, 0 },
	{ "host/iqn .a", NULL, NULL, 0 },
};

static void portals_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof portals / sizeof *portals; i++) {
		const struct portal_row *row = &portals[i];
		struct portal p;
		char why[WHY_LEN] = "";
		bool ok = portal_parse(row->text, &p, why);
		if (ok != (row->address != NULL))
			fail_msg("'%s': %s", row->text, ok ? "taken" : why);
		if (!ok)
			continue;
		assert_string_equal(p.address, row->address);
		assert_string_equal(p.target, row->target);
		assert_int_equal(p.lun, row->lun);
	}
}

static void a_portal_too_long_is_refused(void **state)
{
	(void)state;
	static char text[2000];
	struct portal p;
	char why[WHY_LEN];
	memset(text, 'a', sizeof text - 1);
	assert_false(portal_parse(text, &p, why));
	memcpy(text, "host/", 5);
	assert_false(portal_parse(text, &p, why));
	text[5 + TARGET_NAME_LEN - 1] = '\0';
	assert_true(portal_parse(text, &p, why));
}

/* clang-format off */
static const struct size_row {
	const char *text;
	uint64_t size;
	bool ok;
} sizes[] = {
	{ "0", 0, true }, { "512", 512, true }, { "64K", 65536, true }, { "1MiB", 1 << 20, true },
	{ "4GB", 4ull << 30, true }, { "2t", 2ull << 40, true }, { "", 0, false }, { "K", 0, false },
	{ "-1", 0, false }, { "1X", 0, false }, { "1KK", 0, false }, { "99999999999999999999", 0, false },
	{ "16777216T", 0, false }, { "16777215T", 16777215ull << 40, true },
};
/* clang-format on */

static void sizes_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint64_t n = 0;
		if (size_parse(sizes[i].text, &n) != sizes[i].ok || (sizes[i].ok && n != sizes[i].size))
			fail_msg("'%s' read as %llu", sizes[i].text, (unsigned long long)n);
	}
}

static const struct sense_row_seen {
	const char *what;
	uint8_t bytes[32];
	size_t len;
	struct sense_seen seen;
} senses[] = {
	{ "filemark, fixed", { 0xf0, 0, 0x80, 0, 0, 0x10, 0, 10, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 }, 18,
		{ .present = true, .filemark = true, .valid = true, .information = 0x1000, .ascq = 1 } },
	{ "longer record: INFORMATION is negative", { 0xf0, 0, 0x20, 0xff, 0xff, 0xff, 0xf0, 10 }, 18,
		{ .present = true, .ili = true, .valid = true, .information = -16 } },
	{ "end of data", { 0x70, 0, 0x08, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 5 }, 18,
		{ .present = true, .key = 8, .ascq = 5 } },
	{ "deferred", { 0x71, 0, 0x03, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x0c, 0 }, 18,
		{ .present = true, .deferred = true, .key = 3, .asc = 0x0c } },
	{ "cut before the codes", { 0xf0, 0, 0x46, 0, 0 }, 5, { .present = true, .eom = true, .key = 6 } },
	{ "descriptors",
		{ 0x72, 0, 0, 1, 0, 0, 0, 16, 0x00, 0x0a, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x04, 2, 0, 0x80 },
		24, { .present = true, .ascq = 1, .filemark = true, .valid = true, .information = 7 } },
	{ "nothing", { 0 }, 0, { .present = false } },
	{ "no sense format", { 0x12, 0, 5 }, 18, { .present = false } },
};

static void sense_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof senses / sizeof *senses; i++) {
		const struct sense_seen *w = &senses[i].seen;
		struct sense_seen s;
		sense_decode(senses[i].bytes, senses[i].len, &s);
		if (s.present != w->present || s.deferred != w->deferred || s.key != w->key ||
			s.asc != w->asc || s.ascq != w->ascq || s.filemark != w->filemark ||
			s.eom != w->eom || s.ili != w->ili || s.valid != w->valid ||
			s.information != w->information)
			fail_msg("%s", senses[i].what);
	}
}

static void percentiles_are_within_two_in_a_hundred(void **state)
{
	(void)state;
	static struct latency l, both;
	for (uint64_t ns = 1; ns <= 1000000; ns++)
		latency_put(&l, ns);
	assert_in_range(latency_at(&l, 0.5), 500000, 510000);
	assert_in_range(latency_at(&l, 0.99), 990000, 1000000);
	assert_int_equal(latency_at(&l, 1), 1000000);
	latency_merge(&both, &l);
	latency_merge(&both, &l);
	assert_int_equal(both.count, 2000000);
	assert_in_range(latency_at(&both, 0.5), 500000, 510000);
	latency_put(&both, UINT64_MAX);
	assert_int_equal(both.longest, UINT64_MAX);
}

static void nothing_has_no_latency(void **state)
{
	(void)state;
	static const struct latency none;
	assert_int_equal(latency_at(&none, 0.99), 0);
}

static void the_group_tag_is_behind_the_comma(void **state)
{
	(void)state;
	assert_int_equal(address_tag("10.0.0.1:3260,1"), 1);
	assert_int_equal(address_tag("[::1]:3260,65535"), 65535);
	assert_int_equal(address_tag("10.0.0.1:3260"), -1);
	assert_int_equal(address_tag("10.0.0.1:3260,"), -1);
	assert_int_equal(address_tag("10.0.0.1:3260,x"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(portals_are_read),
		cmocka_unit_test(a_portal_too_long_is_refused),
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sense_is_decoded),
		cmocka_unit_test(percentiles_are_within_two_in_a_hundred),
		cmocka_unit_test(nothing_has_no_latency),
		cmocka_unit_test(the_group_tag_is_behind_the_comma),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
