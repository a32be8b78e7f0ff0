/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter list that sets an encryption key: cut everywhere, wrong in every field; what is refused changes
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define WHOLE                                                                                             \
	"00 10 00 40 40 00 02 03 01 00 00 00 00 00 00 00 00 00 00 20 "                                    \
	"A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF" \
	" 00 00 00 05 "                                                                                   \
	"61 62 63 64 65 01 00 00 03 78 79 7A"
enum { WHOLE_LEN = 68, KADS_AT = 52 };

static void set(struct bench *b, const uint8_t *list, uint32_t len, struct bench_answer *ret)
{
	uint8_t cdb[12] = { 0xb5, 0x20, 0x00, 0x10, [8] = (uint8_t)(len >> 8), [9] = (uint8_t)len };
	bench_command(b, 0, cdb, sizeof cdb, list, len, NULL, 0, ret);
}

static void status_of(struct bench *b, uint8_t out[static 64])
{
	static const uint8_t cdb[12] = { 0xa2, 0x20, 0x00, 0x20, [9] = 64 };
	struct bench_answer a;
	memset(out, 0, 64);
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, out, 64, &a);
	BENCH_CHECK(b, a.status == 0);
}

/* The list is refused with this code (byte of the pointer, or -1), and nothing has changed. */
static void refused(struct bench *b, const uint8_t *list, uint32_t len, unsigned code, int byte)
{
	uint8_t before[64], after[64];
	struct bench_answer a;
	status_of(b, before);
	set(b, list, len, &a);
	unsigned is = (unsigned)a.sense[12] << 8 | a.sense[13];
	int points = a.sense[15] & 0x80 ? a.sense[16] << 8 | a.sense[17] : -1;
	if (a.status != 2 || a.sense[2] != 5 || is != code || points != byte)
		bench_fail(b, "status %02x sense %x/%04x at %d, not 5/%04x at %d", a.status, a.sense[2], is,
			points, code, byte);
	status_of(b, after);
	BENCH_CHECK(b, memcmp(before, after, sizeof before) == 0);
}

static void cut(struct bench *b)
{
	uint8_t list[WHOLE_LEN];
	bench_settle(b);
	bench_hex(WHOLE, list, sizeof list);
	for (uint32_t len = 1; len < WHOLE_LEN; len++)
		refused(b, list, len, 0x1a00, -1);
	for (uint32_t len = 4; len < WHOLE_LEN; len++) { /* and the length field says so */
		list[3] = (uint8_t)(len - 4);
		if (len == KADS_AT || len == KADS_AT + 9)
			continue;
		refused(b, list, len, len < KADS_AT ? 0x1a00 : 0x2611, -1);
	}
	list[3] = WHOLE_LEN - 5;
	refused(b, list, WHOLE_LEN, 0x2600, 2); /* bytes behind the page */
	struct bench_answer a;
	list[3] = WHOLE_LEN - 4;
	uint8_t cdb[12] = { 0xb5, 0x20, 0x00, 0x10, [8] = 0x20 };
	bench_command(b, 0, cdb, sizeof cdb, list, WHOLE_LEN, NULL, 0, &a); /* less than the CDB says */
	BENCH_CHECK(b, a.status == 2 && a.sense[12] == 0x1a);
	set(b, list, WHOLE_LEN, &a);
	BENCH_CHECK(b, a.status == 0);
}

/* clang-format off */
static const struct {
	unsigned at, value;
	int byte; /* where the pointer points; 0: at; -2: 0 */
	unsigned code;
} wrongs[] = {
	{ 0, 1, -2 }, { 1, 0x20, -2 }, /* another page than the CDB's */
	{ 4, 0x60 }, { 4, 0xe0 }, { 4, 0x42 }, { 4, 0x50 },
	{ 5, 0x10 }, { 5, 0x08 }, { 5, 0x02 }, { 5, 0x01 }, { 5, 0x04 },
	{ 6, 1 }, { 6, 3 }, { 6, 0xff }, { 7, 4 }, { 7, 0x80 },
	{ 8, 0 }, { 8, 2 }, { 9, 1 }, { 9, 3 }, { 10, 1 },
	{ 9, 2, 20 }, /* what begins like this is no wrapped key */
	{ 11, 1 }, { 12, 1 }, { 13, 1 }, { 14, 1 }, { 15, 1 }, { 16, 1 }, { 17, 1 },
	{ 18, 1, 18 }, { 19, 0, 18 }, { 19, 31, 18 }, { 19, 33, 18 }, { 19, 64, 18 },
	{ 52, 2 }, { 52, 3 }, { 52, 4 }, { 52, 0x80 },
	{ 61, 0 },     /* the same type twice */
	{ 52, 1, 61 }, /* descending, or twice */
	{ 54, 1, 54 }, { 55, 33, 54 },
	{ 63, 1, 63 }, { 64, 13, 63 },
	{ 64, 12, -1, 0x2611 }, { 64, 4, -1, 0x2611 },
};
/* clang-format on */

static void wrong_fields(struct bench *b)
{
	bench_settle(b);
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		uint8_t list[WHOLE_LEN];
		bench_hex(WHOLE, list, sizeof list);
		list[wrongs[i].at] = (uint8_t)wrongs[i].value;
		int byte = wrongs[i].byte == -2 ? 0 : wrongs[i].byte ? wrongs[i].byte : (int)wrongs[i].at;
		refused(b, list, WHOLE_LEN, wrongs[i].code ? wrongs[i].code : 0x2600, byte);
	}
}

static void test_list_cut(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", cut, NULL), 0);
}

static void test_list_wrong(void **state)
{
	assert_int_equal(bench_run("HPE Ultrium 9-SCSI", wrong_fields, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_cut),
		cmocka_unit_test(test_list_wrong),
	};
	return cmocka_run_group_tests_name("a wrong list sets no key", tests, NULL, NULL);
}
