/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that the reference page names as refused are refused, with the sense that it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "vtl/ssc/tape.h"

enum { KEY_ILLEGAL_REQUEST = 5, ASC_OPCODE = 0x20, ASC_FIELD_IN_CDB = 0x24 };

static void check_row(const struct scsi_refused *row, void *arg)
{
	struct bench *b = arg;
	struct bench_answer a;
	char hex[64];
	uint8_t cdb[16] = { row->code, row->sa == SA_NONE ? 0 : (uint8_t)row->sa };
	bool known = false;
	b->what = row->name;
	assert_null(op_find(&b->tape->lu, cdb, &known));
	assert_ptr_equal(refused_find(&b->tape->lu, cdb), row);
	snprintf(hex, sizeof hex, "%02X %02X 00 00 00 00 00 00 00 00 00 00 00 00 00 00", cdb[0], cdb[1]);
	assert_int_equal(bench_cdb(b, 0, hex, &a), STATUS_CHECK_CONDITION);
	assert_int_equal(a.sense[2], KEY_ILLEGAL_REQUEST);
	assert_int_equal(a.sense[12], known ? ASC_FIELD_IN_CDB : ASC_OPCODE);
	assert_int_equal(a.sense[13], 0);
	assert_true(strlen(row->why) > 0);
}

static void body(struct bench *b)
{
	bench_settle(b);
	refused_each(&b->tape->lu, check_row, b);
	assert_null(refused_find(&b->tape->lu, (const uint8_t[16]){ OPCODE_INQUIRY }));
}

static void refused_as_unknown(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", body, NULL), 0);
	assert_int_equal(bench_run("HP Ultrium 5-SCSI", body, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_as_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
