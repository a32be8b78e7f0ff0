/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a target that lies about its lengths: every one of them ends in order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/initiator/changer_report.h"
#include "admin/initiator/windows.h"
#include "tests/lib/seed.h"

enum { ROUNDS = 20000, LONGEST = 300 };

/* A copy of exactly its length, so that a byte too far is seen by the sanitizer. */
static uint8_t *exact(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

static const struct report_row {
	const char *what;
	uint8_t bytes[96];
	size_t len;
	int err;
	size_t count; /* of slots */
} reports[] = {
	{ "nothing", { 0 }, 0, 0, 0 },
	{ "half a header", { 0 }, 4, -EPROTO, 0 },
	{ "a header alone", { 0 }, 8, 0, 0 },
	{ "a header that promises a page", { 0, 0, 0, 1, 0, 0, 0, 24 }, 8, -EPROTO, 0 },
	{ "a header that promises a page with nothing in it", { 0, 0, 0, 0, 0, 0, 0, 8 }, 8, 0, 0 },
	{ "one slot", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 }, 32, 0, 1 },
	{ "one slot, longer than its report says",
		{ 0, 0, 0, 1, 0, 0, 0, 16, 2, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 }, 32, 0, 1 },
	{ "one slot, cut after its address",
		{ 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 }, 19, 0, 1 },
	{ "one slot, cut in its address", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 },
		17, -EPROTO, 0 },
	{ "two slots, one of which came", { 0, 0, 0, 2, 0, 0, 0, 40, 2, 0, 0, 16, 0, 0, 0, 32, 3, 0xe8, 1 },
		32, -EPROTO, 1 },
	{ "a drive where slots were asked for",
		{ 0, 0, 0, 1, 0, 0, 0, 24, 4, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 }, 32, 0, 0 },
	{ "a type that nobody knows", { 0, 0, 0, 1, 0, 0, 0, 24, 9, 0, 0, 16, 0, 0, 0, 16, 3, 0xe8, 1 }, 32,
		-EPROTO, 0 },
	{ "descriptors of no length", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 0, 0, 0, 0, 16 }, 32, -EPROTO, 0 },
	{ "descriptors too short", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 11, 0, 0, 0, 11 }, 32, -EPROTO, 0 },
	{ "descriptors longer than their page", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0xff, 0xff, 0, 0, 0, 16 },
		32, -EPROTO, 0 },
	{ "a page longer than the report", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 16, 0, 0xff, 0xff, 0xff }, 32,
		-EPROTO, 1 },
	{ "an empty page, then a slot",
		{ 0, 0, 0, 1, 0, 0, 0, 32, 1, 0, 0, 16, 0, 0, 0, 0, 2, 0, 0, 16, 0, 0, 0, 16, 0, 1 }, 40, 0,
		1 },
	{ "volume tags that do not fit", { 0, 0, 0, 1, 0, 0, 0, 24, 2, 0xc0, 0, 16, 0, 0, 0, 16, 0, 1, 1 },
		32, 0, 1 },
	{ "an identifier longer than its descriptor",
		{ 0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, 16, 0, 0, 0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1,
			0, 200 },
		32, 0, 1 },
};

static void reports_are_decoded_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
		struct inventory inv = { 0 };
		uint8_t *buf = exact(reports[i].bytes, reports[i].len);
		int err = report_decode(buf, reports[i].len, ELEMENT_SLOT, &inv);
		if (err != reports[i].err || inv.count != reports[i].count)
			fail_msg("%s: error %d, %zu elements", reports[i].what, err, inv.count);
		inventory_fini(&inv);
		free(buf);
	}
}

static void random_reports_do_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct inventory inv = { 0 };
		uint8_t bytes[LONGEST];
		size_t len = (size_t)rand() % (LONGEST + 1);
		for (size_t k = 0; k < len; k++)
			bytes[k] = rand() % 4 ? (uint8_t)(rand() % 40) : (uint8_t)rand();
		uint8_t *buf = exact(bytes, len);
		for (uint8_t type = ELEMENT_TRANSPORT; type <= ELEMENT_DRIVE; type++)
			report_decode(buf, len, type, &inv);
		for (size_t k = 0; k < inv.count; k++)
			assert_true(inv.elements[k].id_len <= sizeof inv.elements[k].id);
		inventory_fini(&inv);
		free(buf);
	}
}

static void random_sense_and_designators_do_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t bytes[64];
		size_t len = (size_t)rand() % (sizeof bytes + 1), at = 0;
		struct sense_seen s;
		struct designator d;
		for (size_t k = 0; k < len; k++)
			bytes[k] = rand() % 3 ? (uint8_t)(rand() % 16) : (uint8_t)rand();
		if (len)
			bytes[0] = (uint8_t)(0x70 + rand() % 4) | (uint8_t)(rand() % 2 << 7);
		uint8_t *buf = exact(bytes, len);
		sense_decode(buf, len, &s);
		while (designator_next(buf, len, &at, &d))
			assert_true(d.bytes + d.len <= buf + len);
		windows_duid(buf, len, &d);
		free(buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_decoded_or_refused),
		cmocka_unit_test(random_reports_do_no_harm),
		cmocka_unit_test(random_sense_and_designators_do_no_harm),
	};
	srand((unsigned)seed_new());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
