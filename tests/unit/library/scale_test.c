/* SPDX-License-Identifier: Apache-2.0 */
/* A large library: 10 000 slots, 200 drives, and 100 000 cartridges in an installation, with times. */
#include "bench.h"

#include <errno.h>
#include <sys/stat.h>

#include "media/engine/engine.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/installation.h"

enum { SLOTS = 10000, DRIVES = 200, CARTRIDGES = 100000, LIBRARIES = 10, MOVES = 200, CREATED = 100 };

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Rows as cartridge_create() would leave them, without a hundred thousand folders' syncs: the folders
 * are there, and their stamps agree. */
static void furnish(struct bench *b)
{
	int64_t start = now_us();
	for (int l = 0; l < LIBRARIES; l++) {
		char name[16];
		snprintf(name, sizeof name, "lib%d", l);
		struct library_plan plan = { .name = name,
			.drives = DRIVES,
			.slots = SLOTS,
			.mailslots = 100 };
		struct library *library;
		assert_int_equal(library_create(b->inst, &plan, &library, b->why), 0);
	}
	print_message("%d libraries of %d slots and %d drives made in %lld ms\n", LIBRARIES, SLOTS, DRIVES,
		(long long)(now_us() - start) / 1000);
	struct library *library = library_first(b->inst);
	struct catalog_txn txn;
	catalog_begin(b->inst->catalog, &txn);
	for (unsigned i = 0; i < CARTRIDGES; i++) {
		char path[4200];
		struct cart_label label = { .uuid = "6f8f57d4-8a4e-4dc8-92e0-5f4f0c1b2a3d",
			.generation = "lto8",
			.capacity = 1 << 20 };
		snprintf(label.barcode, sizeof label.barcode, "E%06uL8", i);
		snprintf(path, sizeof path, "%s/%s", installation_cartridges(b->inst), label.barcode);
		assert_int_equal(mkdir(path, 0750), 0);
		struct cartridge_private *priv = cartridge_new(b->inst, library, &label);
		priv->stamp = label_stamp(b->inst, label.barcode);
		element_put(&priv->pub, slot_free(lib_of(library)), NULL);
		record_cartridge_here(priv, &txn);
		if (i % SLOTS == SLOTS - 1)
			library = library_next(library);
	}
	start = now_us();
	assert_int_equal(catalog_commit(&txn), 0);
	print_message("%d cartridges committed in %lld ms\n", CARTRIDGES,
		(long long)(now_us() - start) / 1000);
}

static void inventory(struct bench *b)
{
	int64_t start = now_us();
	unsigned full = 0;
	struct library *l = b->library;
	for (unsigned a = l->first[ELEMENT_SLOT]; a < l->first[ELEMENT_SLOT] + (unsigned)SLOTS; a++)
		full += element_at(l, (uint16_t)a)->cartridge != NULL;
	assert_int_equal(full, SLOTS);
	int64_t took = now_us() - start;
	print_message("inventory of %d slots by address in %lld us\n", SLOTS, (long long)took);
	start = now_us();
	for (unsigned i = 0; i < CARTRIDGES; i++) {
		char barcode[16];
		snprintf(barcode, sizeof barcode, "E%06uL8", i);
		full += cartridge_find(l, barcode) != NULL;
	}
	print_message("%d cartridges found by barcode in %lld ms\n", CARTRIDGES,
		(long long)(now_us() - start) / 1000);
	assert_int_equal(full, 2 * SLOTS);
	assert_true(took < 25000);
}

static void moves(struct bench *b)
{
	static int64_t times[MOVES];
	struct library *l = b->library;
	for (int i = 0; i < MOVES; i++) {
		struct element *slot = &l->slots[i * 37 % SLOTS], *mailslot = &l->mailslots[i % 100];
		bool out = slot->cartridge;
		int64_t start = now_us();
		assert_int_equal(library_move(l, out ? slot : mailslot, out ? mailslot : slot, BY_HOST),
			MOVE_DONE);
		times[i] = now_us() - start;
		assert_int_equal(library_move(l, out ? mailslot : slot, out ? slot : mailslot, BY_HOST),
			MOVE_DONE);
	}
	qsort(times, MOVES, sizeof *times, by_number);
	print_message("move: median %lld us, p99 %lld us\n", (long long)times[MOVES / 2],
		(long long)times[MOVES * 99 / 100]);
}

static void creations(struct bench *b)
{
	int64_t start = now_us();
	for (unsigned i = 0; i < CREATED; i++) {
		char barcode[16];
		snprintf(barcode, sizeof barcode, "N%05uL8", i);
		bench_cartridge(b, barcode);
	}
	print_message("%d cartridges created in %lld ms\n", CREATED, (long long)(now_us() - start) / 1000);
}

static void large(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	furnish(b);
	char *before = identity_export(b->inst);
	bench_close(b);
	for (int i = 0; i < 2; i++) {
		int64_t start = now_us();
		assert_int_equal(bench_open(b), 0);
		int64_t took = now_us() - start;
		print_message("opened with %d cartridges in %lld ms\n", CARTRIDGES, (long long)took / 1000);
		assert_int_equal(HASH_COUNT(b->inst->all_cartridges), CARTRIDGES);
		if (i == 0)
			bench_close(b);
	}
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	free(before);
	free(after);
	bench_sound(b, SLOTS);
	inventory(b);
	moves(b);
	struct library_plan plan = { .name = "new", .slots = CREATED };
	assert_int_equal(library_create(b->inst, &plan, &b->library, b->why), 0);
	creations(b);
	b->library = library_first(b->inst);
	struct drive *drive;
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(drive->number, DRIVES + 1);
	bench_close(b);
}
BENCH_TEST(a_large_installation_is_fast, large)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_installation_is_fast),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
