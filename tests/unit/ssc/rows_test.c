/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of a drive's commands: reserved bits, and expected data transfer lengths; see tests/lib/rows.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "tests/lib/rows.h"
#include "vtl/ssc/tape.h"

enum { RECORD = 64 };

static void run(void *arg, const uint8_t *cdb, unsigned cdb_len, const void *out, uint32_t out_len, void *in,
	uint32_t in_len, struct rows_answer *ret)
{
	struct bench_answer a;
	bench_command(arg, 0, cdb, cdb_len, out, out_len, in, in_len, &a);
	*ret = (struct rows_answer){ .status = a.status,
		.in_done = a.in_done,
		.out_done = a.out_done,
		.want = a.want };
	memcpy(ret->sense, a.sense, sizeof a.sense);
}

static void must(struct bench *b, const char *cdb)
{
	struct bench_answer a;
	if (bench_cdb(b, 0, cdb, &a))
		bench_fail(b, "%s: status %02x, sense %x/%02x/%02x", cdb, a.status, a.sense[2], a.sense[12],
			a.sense[13]);
}

static void list(struct bench *b, const char *cdb_hex, const char *list_hex)
{
	uint8_t cdb[16], bytes[64];
	struct bench_answer a;
	unsigned n = bench_hex(cdb_hex, cdb, sizeof cdb), len = bench_hex(list_hex, bytes, sizeof bytes);
	bench_command(b, 0, cdb, n, bytes, len, NULL, 0, &a);
	if (a.status)
		bench_fail(b, "%s: status %02x, sense %x/%02x/%02x", cdb_hex, a.status, a.sense[2],
			a.sense[12], a.sense[13]);
}

#define ZEROS_8       "00 00 00 00 00 00 00 00 "
#define KEY_1         "00 00 00 00 00 00 00 01 "
#define ORDER         "A4 1D 01 00 00 00 00 00 00 28 00 00"
#define ORDER_LIST    "00 00 00 00 00 00 00 20  00 1E 00 00 00 61 00 00 00 00 00 00 00 00 00 00 " ZEROS_8 ZEROS_8
#define REGISTER      "5F 06 00 00 00 00 00 00 18 00"
#define REGISTER_LIST ZEROS_8 KEY_1 ZEROS_8
#define NO_KEYS_LIST  "00 10 00 10 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"

/* At the beginning of a loaded tape with one record and a filemark; without encryption, registration,
 * reservation and PREVENT. */
static void prepare(void *arg)
{
	struct bench *b = arg;
	bench_settle(b);
	bench_cdb(b, 0, "17 00 00 00 00 00", NULL);
	list(b, REGISTER, REGISTER_LIST);
	list(b, "5F 03 00 00 00 00 00 00 18 00", KEY_1 ZEROS_8 ZEROS_8);
	list(b, "B5 20 00 10 00 00 00 00 00 14 00 00", NO_KEYS_LIST);
	must(b, "1E 00 00 00 00 00");
	must(b, "1B 00 00 00 01 00");
	bench_settle(b);
	must(b, "01 00 00 00 00 00");
	bench_write(b, RECORD, 1);
	must(b, "10 00 00 00 01 00");
	must(b, "01 00 00 00 00 00");
}

static size_t add(struct bench *b, const char *cdb_hex, uint8_t *image, size_t size)
{
	uint8_t cdb[16];
	struct bench_answer a;
	unsigned n = bench_hex(cdb_hex, cdb, sizeof cdb);
	bench_command(b, 0, cdb, n, NULL, 0, image, (uint32_t)size, &a);
	return a.in_done;
}

/* Position, mode pages, keys of reservations, attributes, encryption, the end of data. */
static size_t image(void *arg, uint8_t *image, size_t size)
{
	static const char *const asks[] = { "34 06 00 00 00 00 00 00 00 00", "5A 00 3F FF 00 00 00 10 00 00",
		"5E 00 00 00 00 00 00 01 00 00", "5E 01 00 00 00 00 00 01 00 00",
		"8C 00 00 00 00 00 00 00 00 00 00 00 40 00 00 00", "A2 20 00 20 00 00 00 00 01 00 00 00",
		"4D 00 71 00 00 00 00 01 00 00", "3C 02 00 00 00 00 00 01 00 00" };
	size_t n = 0;
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		n += add(arg, asks[i], image + n, size - n);
	return n;
}

static void wrong(void *arg, const char *text)
{
	bench_fail(arg, "%s", text);
}

#define PR_OUT(sa) OPCODE_PERSISTENT_RESERVE_OUT, 0x##sa, "5F " #sa " 03 00 00 00 00 00 18 00"
/* clang-format off */
static const struct rows_sample samples[] = {
	{ OPCODE_READ_6, SA_NONE, "08 00 00 00 40 00" },
	{ OPCODE_WRITE_6, SA_NONE, "0A 00 00 00 08 00", "01 02 03 04 05 06 07 08" },
	{ OPCODE_SET_CAPACITY, SA_NONE, "0B 00 00 FF FF 00" },
	{ OPCODE_MODE_SELECT_6, SA_NONE, "15 10 00 00 0C 00", "00 00 10 08 00 00 00 00 00 00 02 00" },
	{ OPCODE_MODE_SENSE_6, SA_NONE, "1A 00 3F 00 FF 00" },
	{ OPCODE_LOAD_UNLOAD, SA_NONE, "1B 00 00 00 01 00" },
	{ OPCODE_SEND_DIAGNOSTIC, SA_NONE, "1D 10 00 00 04 00", "00 00 00 00" },
	{ OPCODE_WRITE_BUFFER, SA_NONE, "3B 02 00 00 00 00 00 00 08 00", "01 02 03 04 05 06 07 08" },
	{ OPCODE_READ_BUFFER, SA_NONE, "3C 03 00 00 00 00 00 00 FF 00" },
	{ OPCODE_LOG_SELECT, SA_NONE, "4C 00 00 00 00 00 00 00 04 00", "02 00 00 00" },
	{ OPCODE_MODE_SELECT_10, SA_NONE, "55 10 00 00 00 00 00 00 10 00", "00 00 00 10 00 00 00 08 00 00 00 00 00 00 02 00" },
	{ OPCODE_MODE_SENSE_10, SA_NONE, "5A 00 3F FF 00 00 00 FF FF 00" },
	/* The generation of reservations counts what prepare() does. */
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x00, "5E 00 00 00 00 00 00 FF FF 00", .varies = true },
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x01, "5E 01 00 00 00 00 00 FF FF 00", .varies = true },
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x03, "5E 03 00 00 00 00 00 FF FF 00", .varies = true },
	{ PR_OUT(00), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(01), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(02), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(03), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(04), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(05), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(06), REGISTER_LIST },
	{ OPCODE_ALLOW_OVERWRITE, SA_NONE, "82 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", .refused = true },
	{ OPCODE_READ_16, SA_NONE, "88 00 00 00 00 00 00 00 00 00 00 00 00 00 40 00" },
	{ OPCODE_WRITE_16, SA_NONE, "8A 00 00 00 00 00 00 00 00 00 00 00 00 00 08 00", "01 02 03 04 05 06 07 08" },
	{ OPCODE_READ_ATTRIBUTE, 0x00, "8C 00 00 00 00 00 00 00 00 00 00 00 40 00 00 00", .varies = true },
	{ OPCODE_WRITE_ATTRIBUTE, SA_NONE, "8D 00 00 00 00 00 00 00 00 00 00 00 00 0A 00 00", "00 00 00 06 08 05 00 00 01 81" },
	{ OPCODE_MAINTENANCE_IN, 0x0f, "A3 0F 00 00 00 00 00 00 00 FF 00 00", .varies = true },
	{ OPCODE_MAINTENANCE_IN, 0x1d, "A3 1D 00 00 00 00 00 00 10 00 00 00", .after = ORDER, .after_list = ORDER_LIST },
	{ OPCODE_MAINTENANCE_IN, 0x1f, "A3 1F 45 00 00 00 00 00 FF FF 00 00" },
	{ OPCODE_MAINTENANCE_OUT, 0x0f, "A4 0F 00 00 00 00 00 00 00 0C 00 00", "00 00 00 00 00 00 00 00 10 00 00 00" },
	{ OPCODE_MAINTENANCE_OUT, 0x1d, ORDER, ORDER_LIST },
	{ OPCODE_SECURITY_PROTOCOL_OUT, SA_NONE, "B5 20 00 10 00 00 00 00 00 14 00 00", NO_KEYS_LIST },
	{ 0 } };
/* clang-format on */

static const struct rows_door door = { .run = run,
	.prepare = prepare,
	.image = image,
	.wrong = wrong,
	.samples = samples };

static struct rows_door door_of(struct bench *b)
{
	struct rows_door d = door;
	d.arg = b;
	d.lu = &b->tape->lu;
	return d;
}

static void bits_body(struct bench *b)
{
	bench_load(b, "E00001L9", b->arg);
	prepare(b);
	struct rows_door d = door_of(b);
	rows_reserved_bits(&d);
}

static void lengths_body(struct bench *b)
{
	bench_load(b, "E00001L9", b->arg);
	struct rows_door d = door_of(b);
	rows_lengths(&d);
}

static void each_reserved_bit_is_pointed_at(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", bits_body, "lto9"), 0);
	assert_int_equal(bench_run("HP Ultrium 5-SCSI", bits_body, "lto5"), 0);
}

static void lengths_are_kept(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", lengths_body, "lto9"), 0);
	assert_int_equal(bench_run("HP Ultrium 5-SCSI", lengths_body, "lto5"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reserved_bit_is_pointed_at),
		cmocka_unit_test(lengths_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
