// SPDX-License-Identifier: Apache-2.0
/*
 * Power cuts while a cartridge is deleted, brought back and given up: after
 * any of the operations, with what was not synced there or not, it is in its
 * place on the shelf or in the wastebasket, whole, and never in both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/cart.h"
#include "media/engine/fault.h"
#include "support.h"
#include "tests/lib/seed.h"
#include "vtl/base/log.h"

enum { RECORDS = 3, WAYS = 10, STEPS_MAX = 16 };

/* Where it may be; bits. */
enum where { SHELF = 1, BIN = 2, GONE = 4 };

/* A call that had returned at moment; where it is then, and where while it runs. */
struct step {
	const char *name;
	size_t moment;
	unsigned meanwhile, then;
};

struct story {
	struct engine *e;
	char *root;
	char entry[MEDIA_ENTRY_MAX + 1];
	struct step steps[STEPS_MAX];
	size_t n;
};

static void step(struct story *s, const char *name, unsigned meanwhile, unsigned then, int err)
{
	assert_true(s->n < STEPS_MAX);
	if (err)
		fail_msg("%s: %d", name, err);
	s->steps[s->n++] = (struct step){ name, fault_moments(s->e), meanwhile, then };
}

static void prepare(struct story *s)
{
	step(s, "prepare", SHELF, SHELF, cart_bin_prepare(shelf_at(s->e, s->root), &test_deletion, s->entry));
}

static void put(struct story *s)
{
	step(s, "put", SHELF | BIN, BIN, cart_bin_put(shelf_at(s->e, s->root), s->entry, BARCODE));
}

static void take(struct story *s)
{
	step(s, "take", SHELF | BIN, SHELF, cart_bin_take(shelf_at(s->e, s->root), s->entry, BARCODE));
}

static void empty(struct story *s, unsigned meanwhile, unsigned then)
{
	step(s, "empty", meanwhile, then, cart_bin_empty(shelf_at(s->e, s->root), s->entry));
}

/* Deleted and brought back twice, the second time out of a wastebasket that was gone; then for good. */
static void live(struct story *s)
{
	struct cart *cart = cart_fresh(s->e, s->root, 1 << 30, 0);
	for (unsigned i = 0; i < RECORDS; i++)
		assert_int_equal(write_record(cart, i, 1000), MEDIA_OK);
	step(s, "write", SHELF, SHELF, cart_close(cart));
	for (unsigned i = 0; i < 2; i++) {
		prepare(s);
		put(s);
		take(s);
		empty(s, SHELF, SHELF);
	}
	prepare(s); /* and not used */
	empty(s, SHELF, SHELF);
	prepare(s);
	put(s);
	empty(s, BIN | GONE, GONE);
}

/* The names in the wastebasket under which the cartridge is there. */
static unsigned in_bin(struct engine *e, const char *image, char root[512], const char *what)
{
	char(*entries)[MEDIA_ENTRY_MAX + 1];
	size_t n;
	unsigned found = 0;
	assert_int_equal(cart_bin_list(shelf_at(e, image), &entries, &n), 0);
	for (size_t i = 0; i < n; i++) {
		struct cart_deletion is;
		bool there;
		int err = cart_bin_look(shelf_at(e, image), entries[i], &is, &there);
		if (err)
			fail_msg("%s: a place cannot be looked at: %d", what, err);
		if (!there)
			continue;
		if (memcmp(&is, &test_deletion, sizeof is) != 0)
			fail_msg("%s: the record is not what was written", what);
		found++;
		assert_int_equal(cart_bin_root(image, entries[i], root, 512), 0);
	}
	free(entries);
	return found;
}

static void check_whole(struct engine *e, const char *root, const char *what)
{
	struct cart_report report;
	int err = cart_verify(shelf_at(e, root), BARCODE, NULL, &report);
	if (err || report.records != RECORDS)
		fail_msg("%s: in %s: %d, %llu records", what, root, err, (unsigned long long)report.records);
}

static void check_image(struct engine *e, const char *image, unsigned may, const char *what)
{
	char path[512], root[512];
	snprintf(path, sizeof path, "%s/" BARCODE, image);
	assert_int_equal(cart_sweep(shelf_at(e, image)), 0);
	unsigned bin = in_bin(e, image, root, what), shelf = access(path, F_OK) == 0;
	unsigned is = shelf ? SHELF : bin ? BIN : GONE;
	if (bin + shelf > 1)
		fail_msg("%s: it is in more than one place", what);
	if (!(is & may))
		fail_msg("%s: it is %s", what,
			is == SHELF         ? "on the shelf"
				: is == BIN ? "in the wastebasket"
					    : "gone");
	if (is != GONE)
		check_whole(e, is == SHELF ? image : root, what);
}

/* The call that is under way after so many operations, or has just returned. */
static const struct step *step_at(const struct story *s, size_t moment)
{
	size_t i = 0;
	while (moment > s->steps[i].moment)
		i++;
	return &s->steps[i];
}

static size_t cut_everywhere(uint64_t seed, struct stride stride)
{
	struct story s = { .e = engine_fault_new(seed, true), .root = scratch_new(false) };
	struct engine *plain = engine_sync_new();
	char image[256], what[128];
	size_t points = 0;
	media_keep_buffers(s.e);
	media_keep_buffers(plain);
	live(&s);
	snprintf(image, sizeof image, "%s-image", s.root);
	size_t last = fault_moments(s.e);
	for (size_t m = s.steps[0].moment + stride.from; m <= last; m += stride.step) {
		const struct step *now = step_at(&s, m);
		unsigned may = m == now->moment ? now->then : now->meanwhile;
		for (unsigned way = 0; way < WAYS; way++, points++) {
			snprintf(what, sizeof what, "%s, operation %zu, way %u", now->name, m, way);
			mkdir(image, 0750);
			assert_int_equal(fault_image(s.e, m, seed * 1000003 + m * 101 + way, s.root, image),
				0);
			check_image(plain, image, may, what);
			remove_tree(image);
		}
	}
	engine_free(plain);
	engine_free(s.e);
	scratch_end(s.root);
	return points;
}

static void a_power_cut_never_loses_halves_or_doubles_a_deleted_cartridge(void **state)
{
	uint64_t seed = seed_for("power cuts");
	struct stride stride = stride_wanted(1);
	size_t points = 0;
	for (unsigned i = 0; i < 6; i++)
		points += cut_everywhere(seed + i, stride);
	print_message("# %zu crash images\n", points);
	assert_true(points > 4000 / stride.step);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_never_loses_halves_or_doubles_a_deleted_cartridge),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
