/* SPDX-License-Identifier: Apache-2.0 */
/* CDBs that nobody sane sends: nothing breaks, nothing moves that was not asked to, sense is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tests/lib/seed.h"
#include "vtl/base/bytes.h"
#include "vtl/smc/changer.h"

static const struct library_plan plan = { .drives = 2, .slots = 5, .mailslots = 2 };

static unsigned cartridges_count(const struct library *library)
{
	unsigned n = 0;
	for (unsigned i = 0; i < library->n_slots; i++)
		n += library->slots[i].cartridge != NULL;
	for (unsigned i = 0; i < library->n_mailslots; i++)
		n += library->mailslots[i].cartridge != NULL;
	for (unsigned i = 0; i < library->n_drive_elements; i++)
		n += library->drive_elements[i].cartridge != NULL;
	return n;
}

/* An address that is often one of the library's, or near one. */
static uint16_t address_random(void)
{
	static const uint16_t near[] = { 0, 1, 0x0a, 0x0b, 0x1f4, 0x1f5, 0x3e8, 0x3ec, 0x3ed, 0xffff };
	uint32_t r = (uint32_t)rand();
	return r & 3 ? near[(r >> 2) % (sizeof near / sizeof *near)] : (uint16_t)(r >> 8);
}

static void cdb_random(const struct scsi_op *op, uint8_t cdb[static 16])
{
	memset(cdb, 0, 16);
	cdb[0] = op->code;
	for (const struct field *f = op->fields; f->name; f++)
		field_put(f, cdb, f->width == 16 ? address_random() : (uint64_t)rand());
	if (rand() % 8 == 0) /* now and then a bit that does not belong there */
		cdb[1 + rand() % (op->len - 1)] ^= (uint8_t)(1 << rand() % 8);
}

static void walk_body(struct bench *b)
{
	unsigned rows = 0;
	uint8_t out[64], cdb[16];

	while (smc_ops[rows].name)
		rows++;
	bench_settle(b);
	unsigned before = cartridges_count(b->library);
	for (unsigned i = 0; i < 20000; i++) {
		const struct scsi_op *op = &smc_ops[(unsigned)rand() % rows];
		cdb_random(op, cdb);
		unsigned len = rand() % 16 ? op->len : (unsigned)rand() % 17;
		uint32_t out_len = op->dir == DIR_OUT ? (uint32_t)rand() % 48 : 0;
		for (unsigned at = 0; at < sizeof out; at++)
			out[at] = (uint8_t)(rand() % 3 ? "*?B0123L8 "[rand() % 10] : rand());
		bench_bytes(b, (unsigned)rand() % BENCH_NEXUSES, cdb, len ? len : 1, (uint32_t)rand() % 2048,
			out, out_len);
	}
	CHECK(b, cartridges_count(b->library) == before);
	bench_expect(b, "still there", "12 00 00 00 24 00", "good");
}

static void random_commands_do_no_harm(void **state)
{
	srand((unsigned)seed_new());
	assert_int_equal(bench_run(&plan, 4, walk_body), 0);
}

static void bytes_body(struct bench *b)
{
	uint8_t cdb[16];

	bench_settle(b);
	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned at = 0; at < sizeof cdb; at++)
			cdb[at] = (uint8_t)rand();
		/* Reservations would only make the rest uninteresting. */
		if (cdb[0] == 0x16 || cdb[0] == 0x56 || cdb[0] == 0x5f)
			continue;
		bench_bytes(b, 0, cdb, 6u + 2u * ((unsigned)rand() % 6), 4096, NULL, 0);
	}
	bench_expect(b, "still there", "12 00 00 00 24 00", "good");
}

static void random_bytes_do_no_harm(void **state)
{
	assert_int_equal(bench_run(&plan, 4, bytes_body), 0);
}

static void pages_body(struct bench *b)
{
	static const uint8_t same[24] = { 0, 0, 0, 0, 0x1d, 0x12, 0, 1, 0, 1, 3, 0xe8, 0, 5, 0, 0x0a, 0, 2, 1,
		0xf4, 0, 2 };
	uint8_t list[24];

	bench_settle(b);
	for (unsigned at = 6; at < sizeof same; at++) {
		memcpy(list, same, sizeof list);
		list[at] ^= 0x40;
		bench_command(b, 0, "15 10 00 00 18 00", 0, list, sizeof list);
		if (strncmp(b->said, "5/26/00", 7) != 0)
			bench_fail(b, "element addresses changed at byte %u: %s", at, b->said);
	}
	bench_expect(b, "a page nobody has", "1a 00 0f 00 ff 00", "5/24/00 cdb 2.5");
	bench_expect(b, "a VPD page nobody has", "12 01 b0 00 ff 00", "5/24/00 cdb 2.7");
	bench_expect(b, "a log page nobody has", "4d 00 4c 00 00 00 00 00 ff 00", "5/24/00 cdb 2.5");
}

static void addresses_cannot_be_changed(void **state)
{
	assert_int_equal(bench_run(&plan, 0, pages_body), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_commands_do_no_harm),
		cmocka_unit_test(random_bytes_do_no_harm),
		cmocka_unit_test(addresses_cannot_be_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
