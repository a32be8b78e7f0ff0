/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of a changer's commands: reserved bits, and expected data transfer lengths; see tests/lib/rows.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "tests/lib/rows.h"
#include "vtl/smc/changer.h"

static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };

static void run(void *arg, const uint8_t *cdb, unsigned cdb_len, const void *out, uint32_t out_len, void *in,
	uint32_t in_len, struct rows_answer *ret)
{
	struct bench *b = arg;
	char text[3 * 16 + 1] = "";
	for (unsigned i = 0; i < cdb_len; i++)
		snprintf(text + 3 * i, 4, "%02x ", cdb[i]);
	b->fake.in = in;
	b->fake.in_len = in_len;
	fake_start(&b->fake, &b->nexus[0], 0, out, out_len, "%s", text);
	fake_wait(&b->fake);
	const struct task *task = &b->fake.task;
	*ret = (struct rows_answer){ .status = task->status,
		.in_done = task->in_done,
		.out_done = task->out_done,
		.want = task->want };
	memcpy(ret->sense, task->sense, sizeof ret->sense);
}

static void list(struct bench *b, const char *cdb, const char *list_hex)
{
	uint8_t bytes[64];
	size_t len = fake_hex(list_hex, bytes, sizeof bytes);
	bench_command(b, 0, cdb, 0, bytes, (uint32_t)len);
	CHECK(b, strcmp(b->said, "good") == 0);
}

#define ZEROS_8       "00 00 00 00 00 00 00 00 "
#define KEY_1         "00 00 00 00 00 00 00 01 "
#define REGISTER      "5f 06 00 00 00 00 00 00 18 00"
#define REGISTER_LIST ZEROS_8 KEY_1 ZEROS_8
/* All barcodes. */
#define TAG "b6 00 03 e8 00 05 00 00 00 28 00 00"
#define TAG_LIST \
	"2a 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 " ZEROS_8

/* Cartridges in the slots 03E8h to 03EAh; without reservation, registration and PREVENT. */
static void prepare(void *arg)
{
	struct bench *b = arg;
	bench_command(b, 0, "17 00 00 00 00 00", 0, NULL, 0);
	bench_settle(b);
	list(b, REGISTER, REGISTER_LIST);
	list(b, "5f 03 00 00 00 00 00 00 18 00", KEY_1 ZEROS_8 ZEROS_8);
	bench_command(b, 0, "1e 00 00 00 00 00", 0, NULL, 0);
	bench_command(b, 0, "a5 00 00 01 03 ec 03 e8 00 00 00 00", 0, NULL, 0);
	bench_settle(b);
}

/* What is in which element, mode pages, keys of reservations. */
static size_t image(void *arg, uint8_t *image, size_t size)
{
	static const char *const asks[] = { "b8 10 00 00 ff ff 01 00 20 00 00 00",
		"5a 00 3f ff 00 00 00 04 00 00", "5e 00 00 00 00 00 00 01 00 00",
		"5e 01 00 00 00 00 00 01 00 00" };
	struct bench *b = arg;
	size_t n = 0;
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		bench_command(b, 0, asks[i], 8192, NULL, 0);
		if (n + b->in_size > size)
			bench_fail(b, "the image is too small");
		memcpy(image + n, b->in, b->in_size);
		n += b->in_size;
	}
	return n;
}

static void wrong(void *arg, const char *text)
{
	bench_fail(arg, "%s", text);
}

#define PR_OUT(sa) OPCODE_PERSISTENT_RESERVE_OUT, 0x##sa, "5f " #sa " 03 00 00 00 00 00 18 00"
/* clang-format off */
static const struct rows_sample samples[] = {
	{ OPCODE_MODE_SELECT_6, SA_NONE, "15 10 00 00 04 00", "00 00 00 00" },
	{ OPCODE_MODE_SENSE_6, SA_NONE, "1a 00 3f 00 ff 00" },
	{ OPCODE_LOAD_UNLOAD, SA_NONE, "1b 00 00 0a 00 00" },
	{ OPCODE_SEND_DIAGNOSTIC, SA_NONE, "1d 10 00 00 04 00", "00 00 00 00", .refused = true },
	{ OPCODE_LOCATE_10, SA_NONE, "2b 00 00 01 03 e8 00 00 00 00" },
	{ OPCODE_LOG_SELECT, SA_NONE, "4c 00 00 00 00 00 00 00 04 00", "2e 00 00 00" },
	{ OPCODE_MODE_SELECT_10, SA_NONE, "55 10 00 00 00 00 00 00 08 00", ZEROS_8 },
	{ OPCODE_MODE_SENSE_10, SA_NONE, "5a 00 3f ff 00 00 00 ff ff 00" },
	/* The generation of reservations counts what prepare() does. */
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x00, "5e 00 00 00 00 00 00 ff ff 00", .varies = true },
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x01, "5e 01 00 00 00 00 00 ff ff 00", .varies = true },
	{ OPCODE_PERSISTENT_RESERVE_IN, 0x03, "5e 03 00 00 00 00 00 ff ff 00", .varies = true },
	{ PR_OUT(00), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(01), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(02), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(03), KEY_1 ZEROS_8 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(04), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(05), KEY_1 KEY_1 ZEROS_8, REGISTER, REGISTER_LIST },
	{ PR_OUT(06), REGISTER_LIST },
	{ 0xa5, SA_NONE, "a5 00 00 01 03 e8 03 ec 00 00 00 00" },
	{ 0xa6, SA_NONE, "a6 00 00 01 03 e8 03 e9 03 e8 00 00" },
	{ 0xb5, SA_NONE, "b5 10 00 00 ff ff 00 00 20 00 00 00", .after = TAG, .after_list = TAG_LIST },
	{ 0xb6, SA_NONE, TAG, TAG_LIST },
	{ 0xb8, SA_NONE, "b8 10 00 00 ff ff 01 00 ff ff 00 00" },
	{ 0 } };
/* clang-format on */

static struct rows_door door_of(struct bench *b)
{
	return (struct rows_door){ .lu = changer_lu(b->changer),
		.arg = b,
		.run = run,
		.prepare = prepare,
		.image = image,
		.wrong = wrong,
		.samples = samples };
}

static void bits_body(struct bench *b)
{
	prepare(b);
	CHECK(b, op_selftest(smc_ops) == NULL);
	struct rows_door d = door_of(b);
	rows_reserved_bits(&d);
}

static void lengths_body(struct bench *b)
{
	struct rows_door d = door_of(b);
	rows_lengths(&d);
}

static void each_reserved_bit_is_pointed_at(void **state)
{
	assert_int_equal(bench_run(&plan, 3, bits_body), 0);
}

static void lengths_are_kept(void **state)
{
	assert_int_equal(bench_run(&plan, 3, lengths_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reserved_bit_is_pointed_at),
		cmocka_unit_test(lengths_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
