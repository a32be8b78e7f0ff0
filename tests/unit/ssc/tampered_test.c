/* SPDX-License-Identifier: Apache-2.0 */
/* A WORM cartridge whose files were changed otherwise than by drives (FORMAT.md 3.3), and WTRE of mode page 10h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "script.h"

/* clang-format off */

#define BARCODE      "E00001LY"
#define READ_80      "08 00 00 00 50 00"
#define WRITE_80     "0A 00 00 00 50 00"
#define WTRE(byte15) "15 10 00 00 14 00", .out = "00 00 10 00 10 0E 00 00 00 00 01 2C 40 00 10 00 00 00 01 " byte15
#define NO_WRITE     SENSE18("07", "30 0D")
#define NO_READ      SENSE18("03", "30 0D")

static const struct script_row before[] = {
	{ "record 0", WRITE_80, .write = 80, .seed = 1, AT(1) },
	{ "record 1", WRITE_80, .write = 80, .seed = 2, AT(2) },
	{ "record 2", WRITE_80, .write = 80, .seed = 3, AT(3) },
	{ "a filemark", "10 00 00 00 01 00", AT(4) },
	{ "all is well", "4D 00 6E 00 00 00 3B 00 09 00", .in = "2E 00 00 1E 00 3B C0 01 00" },
	{ 0 } };

static const struct script_row refused[] = {
	{ "a new cartridge", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "it is loaded", "00 00 00 00 00 00" },
	{ "TapeAlert 3Bh", "4D 00 6E 00 00 00 3B 00 09 00", .in = "2E 00 00 1E 00 3B C0 01 01" },
	{ "a WORM cartridge, whatever its label says", "1A 08 1D 00 FF 00", .in = "23 8C 90 00 1D 1E 01", .moved = 36 },
	{ "READ", READ_80, .sense = NO_READ, AT(0) },
	{ "READ(16)", "88 00 00 00 00 00 00 00 00 00 00 00 00 00 50 00", .sense = NO_READ, AT(0) },
	{ "VERIFY", "13 00 00 00 50 00", .sense = NO_READ, AT(0) },
	{ "SPACE", "11 03 00 00 00 00", .sense = NO_READ, AT(0) },
	{ "LOCATE", "2B 00 00 00 00 00 02 00 00 00", .sense = NO_READ, AT(0) },
	{ "REWIND reads nothing", "01 00 00 00 00 00", AT(0) },
	{ "WRITE", WRITE_80, .write = 80, .sense = NO_WRITE, AT(0) },
	{ "WRITE(16)", "8A 00 00 00 00 00 00 00 00 00 00 00 00 00 50 00", .write = 80, .sense = NO_WRITE, AT(0) },
	{ "WRITE FILEMARKS", "10 00 00 00 01 00", .sense = NO_WRITE, AT(0) },
	{ "of which none is no writing", "10 00 00 00 00 00", AT(0) },
	{ "ERASE", "19 00 00 00 00 00", .sense = NO_WRITE, AT(0) },
	{ "FORMAT MEDIUM of any WORM cartridge", "04 00 00 00 00 00", .sense = SENSE18("07", "30 0C"), AT(0) },
	{ "WTRE 00b", WTRE("10") },
	{ "READ", READ_80, .sense = NO_READ, AT(0) },
	{ "WTRE 01b", WTRE("50") },
	{ "record 0", READ_80, .read = 80, .read_seed = 1, AT(1) },
	{ "VERIFY", "13 00 00 00 50 00", AT(2) },
	{ "record 2", READ_80, .read = 80, .read_seed = 3, AT(3) },
	{ "SPACE", "11 03 00 00 00 00", AT(4) },
	{ "no more is written all the same", WRITE_80, .write = 80, .sense = NO_WRITE, AT(4) },
	{ "LOCATE", "2B 00 00 00 00 00 02 00 00 00", AT(2) },
	{ "WTRE 10b", WTRE("90") },
	{ "READ", READ_80, .sense = NO_READ, AT(2) },
	{ "TapeAlert 3Bh again", "4D 00 6E 00 00 00 3B 00 09 00", .in = "2E 00 00 1E 00 3B C0 01 01" },
	{ 0 } };

static const struct script_row restored[] = {
	{ "a new cartridge", "00 00 00 00 00 00", .sense = SENSE18_CHANGED },
	{ "no alert", "4D 00 6E 00 00 00 3B 00 09 00", .in = "2E 00 00 1E 00 3B C0 01 00" },
	{ "record 0", READ_80, .read = 80, .read_seed = 1, AT(1) },
	{ "to the end", "11 03 00 00 00 00", AT(4) },
	{ "it goes on", WRITE_80, .write = 80, .seed = 4, AT(5) },
	{ 0 } };

/* clang-format on */

static void relabel(struct bench *b, bool worm)
{
	struct engine *e = engine_sync_new();
	struct cart_label label;
	int dirfd = folder_open(shelf_at(e, b->root), BARCODE);
	BENCH_CHECK(b, label_read_in(e, dirfd, BARCODE, &label) == 0);
	label.worm = worm;
	BENCH_CHECK(b, label_write_in(e, dirfd, &label) == 0);
	e->ops->close(e, dirfd);
	engine_free(e);
}

static void tampered(struct bench *b)
{
	struct drive_status status;
	bench_create(b, BARCODE, "lto8", 0, true, false);
	BENCH_CHECK(b, bench_thread(b, BARCODE) == 0);
	bench_settle(b);
	script_run(b, before);
	BENCH_CHECK(b, bench_unthread(b) == 0);
	BENCH_CHECK(b, !b->told.tampered);

	relabel(b, false);
	BENCH_CHECK(b, bench_thread(b, BARCODE) == 0);
	BENCH_CHECK(b, b->told.tampered);
	b->drive.ops->status(b->drive.server, &status);
	BENCH_CHECK(b, status.protection == DRIVE_TAMPERED && status.usage.tampered);
	script_run(b, refused);
	BENCH_CHECK(b, bench_unthread(b) == 0);

	relabel(b, true);
	b->told = (struct health_report){ 0 };
	BENCH_CHECK(b, bench_thread(b, BARCODE) == 0);
	BENCH_CHECK(b, !b->told.tampered);
	script_run(b, restored);
}

static void test_tampered(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", tampered, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a WORM cartridge that was tampered with is only read, and only with WTRE 01b",
			test_tampered, NULL, NULL, NULL },
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
