/* SPDX-License-Identifier: Apache-2.0 */
/* Rows: their invariants, their usage maps, the reserved-bit check over every bit, and RSOC. */
#include <stdlib.h>

#include "tests/unit/scsi/stage.h"

/* --- invariants ---------------------------------------------------------------------------------- */

static void nothing(struct task *task)
{
}

/* clang-format off */
#define ROW(c, n, a, f) { .code = c, .len = n, .sa = a, .name = "X", .run = nothing, .fields = f }
/* clang-format on */
#define BARE(c, n) ROW(c, n, SA_NONE, NO_FIELDS)

/* clang-format off */
static const struct {
	const char *sentence;
	struct scsi_op rows[3];
	bool ok;
} tables[] = {
	{ "a plain row", { BARE(0x0a, 6) }, true },
	{ "two service actions", { ROW(0xa3, 12, 1, NO_FIELDS), ROW(0xa3, 12, 2, NO_FIELDS) }, true },
	{ "no run", { { .code = 0x0a, .len = 6, .sa = SA_NONE, .name = "X", .fields = NO_FIELDS } },
	  false },
	{ "no fields", { ROW(0x0a, 6, SA_NONE, NULL) }, false },
	{ "ten bytes in group 0", { BARE(0x0a, 10) }, false },
	{ "six bytes in group 5", { BARE(0xa5, 6) }, false },
	{ "the variable-length code", { BARE(0x7f, 16) }, false },
	{ "a vendor code of seven bytes", { BARE(0xc0, 7) }, false },
	{ "one command twice", { BARE(0x0a, 6), BARE(0x0a, 6) }, false },
	{ "with and without service action", { BARE(0xa3, 12), ROW(0xa3, 12, 1, NO_FIELDS) }, false },
	{ "a service action too large", { ROW(0xa3, 12, 32, NO_FIELDS) }, false },
	{ "a field in the operation code", { ROW(0x0a, 6, SA_NONE, FIELDS({ "x", 0, 0, 1 })) }, false },
	{ "a field in CONTROL", { ROW(0x0a, 6, SA_NONE, FIELDS({ "x", 5, 7, 8 })) }, false },
	{ "a field that runs into CONTROL", { ROW(0x0a, 6, SA_NONE, FIELDS({ "x", 4, 7, 9 })) }, false },
	{ "a field that ends before it", { ROW(0x0a, 6, SA_NONE, FIELDS({ "x", 4, 7, 8 })) }, true },
	{ "two fields on one bit",
	  { ROW(0x0a, 6, SA_NONE, FIELDS({ "x", 2, 7, 8 }, { "y", 2, 0, 1 })) }, false },
	{ "a field on the service action", { ROW(0xa3, 12, 1, FIELDS({ "x", 1, 4, 1 })) }, false },
	{ "a field beside the service action", { ROW(0xa3, 12, 1, FIELDS({ "x", 1, 7, 3 })) }, true },
	{ "an exception without its rule",
	  { { .code = 0x0a, .len = 6, .sa = SA_NONE, .name = "X", .run = nothing, .fields = NO_FIELDS,
	      .gates = GATE_READ_ONLY } }, false },
};
/* clang-format on */

static const struct scsi_op some_op = ROW(0x5a, 10, 0x03,
	FIELDS({ "a", 1, 7, 1 }, { "b", 2, 5, 6 }, { "c", 7, 7, 16 }));

static void test_selftest(void **state)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		const char *why = op_selftest(tables[i].rows);
		if (!why != tables[i].ok)
			fail_msg("%s: %s", tables[i].sentence, why ? why : "nothing wrong");
	}
	assert_null(op_selftest(primary_ops));
	assert_null(op_selftest(device_ops));
}

static void test_usage(void **state)
{
	static const uint8_t want[16] = { 0x5a, 0x83, 0x3f, 0, 0, 0, 0, 0xff, 0xff };
	uint8_t map[16];

	op_usage(&some_op, map);
	assert_memory_equal(map, want, 16);
}

/* --- every bit of every row -------------------------------------------------------------------------- */

static bool old_lun_bit(const struct scsi_op *op, unsigned byte, unsigned bit)
{
	return byte == 1 && bit >= 5 && op->len <= 10;
}

static void check_bit(struct stage *s, const struct scsi_op *op, unsigned byte, unsigned bit)
{
	uint8_t map[16], cdb[16] = { op->code };
	char text[64] = "";

	op_usage(op, map);
	if (op->sa != SA_NONE)
		cdb[1] = (uint8_t)op->sa;
	cdb[byte] |= (uint8_t)(1 << bit);
	for (unsigned i = 0; i < op->len; i++)
		snprintf(text + 3 * i, 4, "%02x ", cdb[i]);
	/* Nothing may run: a UA waits for all that would pass. */
	lu_raise(&s->drive.lu, SENSE_UA_MODE_CHANGED, NULL);
	fake_out(&s->f, &s->a, 0, "", 1, "%s", text);
	int want = (map[byte] >> bit & 1) || old_lun_bit(op, byte, bit) ? -1 : (int)(byte << 8 | bit);
	int got = fake_sense(&s->f) == 0x052400 ? fake_pointer(&s->f) : -1;
	bool gated = op->gates & GATE_UA;
	if (want >= 0 ? got != want : gated && fake_sense(&s->f) != 0x062a01)
		fail_msg("%s, byte %u bit %u: pointer %x sense %06x", op->name, byte, bit, (unsigned)got,
			fake_sense(&s->f));
}

static void check_row(const struct scsi_op *op, void *arg)
{
	for (unsigned byte = 1; byte < op->len; byte++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (byte != 1 || op->sa == SA_NONE || bit > 4)
				check_bit(arg, op, byte, bit);
}

static void bits(struct stage *s)
{
	op_each(&s->drive.lu, check_row, s);
	fake_clear(&s->a, 0);
}

static void test_reserved_bits(void **state)
{
	stage_run(bits);
}

/* --- the direction of every row ----------------------------------------------------------------------- */

/* With lengths of all ones and a buffer for the other direction: nothing runs, and it is told. */
static void check_direction(const struct scsi_op *op, void *arg)
{
	static uint8_t room[64];
	struct stage *s = arg;
	uint8_t cdb[16] = { op->code };
	char text[64] = "";

	if (op->dir == DIR_NONE)
		return;
	if (op->sa != SA_NONE)
		cdb[1] = (uint8_t)op->sa;
	for (const struct field *f = op->fields; f->name; f++)
		if (strstr(f->name, "_length"))
			field_put(f, cdb, UINT64_MAX);
	assert_true(op_moves(op, cdb));
	for (unsigned i = 0; i < op->len; i++)
		snprintf(text + 3 * i, 4, "%02x ", cdb[i]);
	unsigned runs = s->drive.runs;
	s->f.in = room;
	s->f.in_len = op->dir == DIR_OUT ? sizeof room : 0;
	fake_out(&s->f, &s->a, 0, room, op->dir == DIR_IN ? sizeof room : 0, "%s", text);
	s->f.in = NULL;
	if (fake_sense(&s->f) != 0x050e03 || s->f.moves || s->drive.runs != runs)
		fail_msg("%s: sense %06x, %u moves", op->name, fake_sense(&s->f), s->f.moves);
}

static void directions(struct stage *s)
{
	fake_clear(&s->a, 0);
	op_each(&s->drive.lu, check_direction, s);
}

static void test_directions(void **state)
{
	stage_run(directions);
}

static void codes(struct stage *s)
{
	for (unsigned code = 0; code < 256; code++)
		for (unsigned sa = 0; sa < 32; sa++) {
			uint8_t cdb[2] = { (uint8_t)code, (uint8_t)sa };
			bool known;
			if (op_find(&s->drive.lu, cdb, &known))
				continue;
			fake_cmd(&s->f, &s->a, 0, "%02x %02x 00000000000000000000000000 00", code, sa);
			expect("a command nobody knows", &s->f, CHECK, known ? 0x052400 : 0x052000);
			assert_int_equal(fake_pointer(&s->f), known ? 1 << 8 | 4 : -1);
		}
	s->f.attr = TASK_ACA;
	fake_cmd(&s->f, &s->a, 0, TUR);
	expect("ACA is not offered", &s->f, CHECK, 0x054900);
	s->f.attr = TASK_SIMPLE;
	fake_cmd(&s->f, &s->a, 0, "4d 00 40 00 00 00 00 00");
	expect("a CDB cut short", &s->f, CHECK, 0x052400);
}

static void test_unknown_codes(void **state)
{
	stage_run(codes);
}

/* --- REPORT SUPPORTED OPERATION CODES ------------------------------------------------------------------ */

static const struct {
	const char *sentence, *cdb;
	uint32_t sense;
	const char *data;
	uint32_t len;
} reports[] = {
	{ "one code", "a3 0c 01 12 0000 00000100 00 00", 0, "00 03 0006 12 01 ff ffff 00", 10 },
	{ "one code with timeouts", "a3 0c 81 12 0000 00000100 00 00", 0,
		"00 83 0006 12 01 ff ffff 00 000a 00 00 00000000 0000001e", 22 },
	{ "LUN bits are not in the map", "a3 0c 01 00 0000 00000100 00 00", 0, "00 03 0006 00 00 00 00 00 00",
		10 },
	{ "one code cut short", "a3 0c 01 12 0000 00000004 00 00", 0, "00 03 0006", 4 },
	{ "a code nobody knows", "a3 0c 01 88 0000 00000100 00 00", 0, "00 01 0000", 4 },
	{ "a code with service actions", "a3 0c 01 5e 0000 00000100 00 00", 0x052400, "", 0 },
	{ "code and service action", "a3 0c 02 a3 000c 00000100 00 00", 0,
		"00 03 000c a3 0c 87 ff ffff ffffffff 00 00", 16 },
	{ "a service action nobody knows", "a3 0c 02 a3 001f 00000100 00 00", 0, "00 01 0000", 4 },
	{ "a service action out of range", "a3 0c 02 a3 ffff 00000100 00 00", 0, "00 01 0000", 4 },
	{ "a service action past the byte", "a3 0c 02 a3 010c 00000100 00 00", 0, "00 01 0000", 4 },
	{ "a service action of a code without", "a3 0c 02 12 0000 00000100 00 00", 0x052400, "", 0 },
	{ "if supported, without", "a3 0c 03 12 0000 00000100 00 00", 0, "00 03 0006 12", 10 },
	{ "if supported, without, one asked", "a3 0c 03 12 0001 00000100 00 00", 0, "00 01 0000", 4 },
	{ "if supported, with", "a3 0c 03 5f 0006 00000100 00 00", 0, "00 03 000a 5f 06 ff 00 00 ffffffff 00",
		14 },
	{ "if supported, neither", "a3 0c 03 5f 0007 00000100 00 00", 0, "00 01 0000", 4 },
	{ "options nobody knows", "a3 0c 04 12 0000 00000100 00 00", 0x052400, "", 0 },
	{ "no room", "a3 0c 00 00 0000 00000000 00 00", 0, "", 0 },
	{ "task management", "a3 0d 00 000000 00000010 00 00", 0, "de 02 00 00", 4 },
	{ "task management, extended", "a3 0d 80 000000 00000010 00 00", 0,
		"de 02 00 0c 00000000 00000000 00000000", 16 },
	{ "task management, no room", "a3 0d 00 000000 00000003 00 00", 0x052400, "", 0 },
};

static void bless(const char *path, const struct fake *f)
{
	FILE *gold = fopen(path, "w");

	assert_non_null(gold);
	for (unsigned i = 0; i < f->task.in_done; i++)
		fprintf(gold, "%02x%c", f->data[i], i % 16 == 15 ? '\n' : ' ');
	fprintf(gold, "\n");
	fclose(gold);
}

/* The answer is the golden file's, byte for byte; GOLD_BLESS=1 in the environment writes the file. */
static void golden(struct stage *s, const char *cdb, const char *name)
{
	char path[512], line[512];
	uint8_t want[8192];
	size_t n = 0;

	assert_int_equal(fake_cmd(&s->f, &s->a, 0, "%s", cdb), GOOD);
	snprintf(path, sizeof path, "%s/%s", GOLD, name);
	if (getenv("GOLD_BLESS"))
		bless(path, &s->f);
	FILE *gold = fopen(path, "r");
	assert_non_null(gold);
	while (fgets(line, sizeof line, gold)) {
		line[strcspn(line, "\n")] = 0;
		n += fake_hex(line, want + n, sizeof want - n);
	}
	fclose(gold);
	if (s->f.task.in_done != n || memcmp(s->f.data, want, n))
		fail_msg("%s is not as golden (%u bytes, %zu there)", name, s->f.task.in_done, n);
}

static void rsoc(struct stage *s)
{
	for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
		fake_cmd(&s->f, &s->a, 0, reports[i].cdb, 0);
		expect(reports[i].sentence, &s->f, reports[i].sense ? CHECK : GOOD, reports[i].sense);
		if (!reports[i].sense)
			expect_data(reports[i].sentence, &s->f, reports[i].data, reports[i].len);
	}
	golden(s, "a3 0c 00 00 0000 0000ffff 00 00", "rsoc-core.hex");
	golden(s, "a3 0c 80 00 0000 0000ffff 00 00", "rsoc-core-timeouts.hex");
}

static void test_rsoc(void **state)
{
	stage_run(rsoc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selftest),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_reserved_bits),
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_unknown_codes),
		cmocka_unit_test(test_rsoc),
	};
	return cmocka_run_group_tests_name("scsi: rows", tests, NULL, NULL);
}
