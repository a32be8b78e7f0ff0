// SPDX-License-Identifier: Apache-2.0
/* WORM cartridges whose files were changed otherwise than by drives (FORMAT.md 3.3), and what must not look so. */
#include "media/shelf/mam.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "grounds.h"
#include "media/engine/fault.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "tests/lib/seed.h"

#define LAST    "p0-g00000001-000006.ext"
#define INDEX   "index-p0"
#define MEMORY  "mam"
#define EARLIER "/earlier"

enum { CAPACITY = 64 << 20, LEN = 300000, SMALL_EXTENT = 300 };

static char *in_cart(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", g->root, BARCODE, name);
	return path;
}

static void lose(const struct ground *g, const char *name)
{
	assert_int_equal(unlink(in_cart(g, name)), 0);
}

/* The label as who has an editor and knows the checksum writes it. */
static void relabel(const struct ground *g, bool worm)
{
	struct cart_label label;
	struct shelf shelf = shelf_at(g->e, g->root);
	assert_int_equal(cart_label_read(shelf, BARCODE, &label), 0);
	label.worm = worm;
	int dirfd = folder_open(shelf, BARCODE);
	assert_int_equal(label_write_in(g->e, dirfd, &label), 0);
	g->e->ops->close(g->e, dirfd);
}

static struct cart *thread(const struct ground *g)
{
	return cart_thread(g->e, g->root, SMALL_EXTENT);
}

static void unthread(struct cart *cart)
{
	assert_int_equal(cart_close(cart), 0);
}

/* n records and a filemark. */
static void append(struct ground *g, unsigned n)
{
	struct cart *cart = thread(g);
	assert_int_equal(cart_space_eod(cart), 0);
	g->m.pos = g->m.count;
	for (unsigned i = 0; i < n; i++)
		write_object(&g->m, cart, LEN);
	write_object(&g->m, cart, 0);
	unthread(cart);
}

/* A WORM cartridge with n records and a filemark. */
static void make(struct ground *g, unsigned n)
{
	setup(g);
	struct cart_label label = test_label(BARCODE, CAPACITY);
	label.worm = true;
	assert_int_equal(cart_create(shelf_at(g->e, g->root), &label), 0);
	append(g, n);
}

/* Copies the cartridge's memory away, and back. */
static void copy_memory(const struct ground *g, bool back)
{
	char command[1200];
	snprintf(command, sizeof command, back ? "cp '%s%s' '%s'" : "cp '%3$s' '%1$s%2$s'", g->root, EARLIER,
		in_cart(g, MEMORY));
	assert_int_equal(system(command), 0);
}

static bool tampered(const struct ground *g)
{
	struct cart_usage glance = { 0 }, usage;
	struct cart_report report;
	int looked = cart_glance(shelf_at(g->e, g->root), BARCODE, &glance);
	cart_verify(shelf_at(g->e, g->root), BARCODE, NULL, &report);
	struct cart *cart = thread(g);
	bool is = cart_tampered(cart);
	cart_usage(cart, &usage);
	assert_int_equal(usage.tampered, is);
	assert_int_equal(report.tampered, is);
	assert_true(looked == -ENODATA || glance.tampered == is);
	unthread(cart);
	return is;
}

/* --- what was tampered with -------------------------------------------------------------------------- */

static void take_the_label(struct ground *g)
{
	relabel(g, false);
}

static void take_the_end(struct ground *g)
{
	lose(g, LAST);
	lose(g, INDEX);
}

static void cut_the_end(struct ground *g)
{
	assert_int_equal(truncate(in_cart(g, LAST), LEN / 2), 0);
	lose(g, INDEX);
}

/* With a drive that took it for a usual one. */
static void write_over(struct ground *g)
{
	copy_memory(g, false);
	lose(g, MEMORY);
	relabel(g, false);
	struct cart *cart = thread(g);
	assert_int_equal(cart_locate(cart, 0, 2), 0);
	g->m.pos = 2;
	for (unsigned i = 0; i < 9; i++)
		write_object(&g->m, cart, 5000 + i);
	unthread(cart);
	relabel(g, true);
	copy_memory(g, true);
}

static void write_anew(struct ground *g)
{
	copy_memory(g, false);
	lose(g, MEMORY);
	relabel(g, false);
	struct cart *cart = thread(g);
	assert_int_equal(cart_erase(cart), 0);
	unthread(cart);
	relabel(g, true);
	copy_memory(g, true);
}

static const struct crime {
	const char *name;
	void (*commit)(struct ground *g);
	bool complete; /* what is left reads as the model says */
} crimes[] = {
	{ "the label is not WORM any more", take_the_label, true },
	{ "the last file is gone", take_the_end, false },
	{ "a file was cut", cut_the_end, false },
	{ "records were overwritten", write_over, true },
	{ "all was erased", write_anew, false },
};

/* Nothing of it is written or removed, and it stays so. */
static void check_sealed(struct ground *g, const struct crime *crime)
{
	const struct cart_layout one = { .partitions = 1, .available = CAPACITY, .capacity = { CAPACITY } };
	struct cart *cart = thread(g);
	uint32_t done;
	assert_true(cart_tampered(cart));
	if (crime->complete)
		check_all(cart, &g->m);
	assert_int_equal(cart_space_eod(cart), 0);
	assert_int_equal(cart_may_append(cart), -EREMCHG);
	assert_int_equal(write_record(cart, 1, 50), -EREMCHG);
	assert_int_equal(cart_write_filemarks(cart, 1, &done), -EREMCHG);
	assert_int_equal(cart_erase(cart), -EREMCHG);
	assert_int_equal(cart_format(cart, &one), -EREMCHG);
	assert_int_equal(cart_sync(cart), 0);
	unthread(cart);
}

static void test_crimes(void **state)
{
	for (size_t i = 0; i < sizeof crimes / sizeof crimes[0]; i++) {
		struct ground g;
		make(&g, 7);
		assert_false(tampered(&g));
		crimes[i].commit(&g);
		if (!tampered(&g))
			fail_msg("%s: nobody sees it", crimes[i].name);
		check_sealed(&g, &crimes[i]);
		check_sealed(&g, &crimes[i]);
		assert_true(tampered(&g));
		teardown(&g);
	}
}

/* What is put right is right. */
static void test_restored(void **state)
{
	struct ground g;
	make(&g, 7);
	relabel(&g, false);
	assert_true(tampered(&g));
	relabel(&g, true);
	assert_false(tampered(&g));
	append(&g, 3);
	assert_false(tampered(&g));
	teardown(&g);
}

/* --- what was not ------------------------------------------------------------------------------------- */

static void nothing(struct ground *g)
{
}

static void lose_the_memory(struct ground *g)
{
	lose(g, MEMORY);
}

static void lose_the_index(struct ground *g)
{
	lose(g, INDEX);
}

/* An earlier version has no row for it. */
static void lose_the_row(struct ground *g)
{
	struct mam mam;
	struct cart_label label;
	uint8_t uuid[16];
	struct shelf shelf = shelf_at(g->e, g->root);
	assert_int_equal(cart_label_read(shelf, BARCODE, &label), 0);
	assert_true(uuid_bytes(label.uuid, uuid));
	int dirfd = folder_open(shelf, BARCODE);
	assert_int_equal(mam_read_in(g->e, dirfd, uuid, &mam), 0);
	const struct cart_attribute row = { .id = MAM_WORM };
	assert_int_equal(mam_put(&mam, &row), 0);
	assert_int_equal(mam_write_in(g->e, dirfd, uuid, &mam), 0);
	g->e->ops->close(g->e, dirfd);
	mam_free(&mam);
}

/* It wrote more, and was killed before it told the memory. */
static void die_at_the_end(struct ground *g)
{
	copy_memory(g, false);
	append(g, 4);
	copy_memory(g, true);
	lose(g, INDEX);
}

/* An end of data that goes back over filemarks, with fewer objects than before. */
static void shorten(struct ground *g)
{
	uint32_t done;
	struct cart *cart = thread(g);
	assert_int_equal(cart_space_eod(cart), 0);
	assert_int_equal(cart_write_filemarks(cart, 5, &done), 0);
	unthread(cart);
	copy_memory(g, false);
	cart = thread(g);
	assert_int_equal(cart_locate(cart, 0, g->m.count), 0);
	g->m.pos = g->m.count;
	write_object(&g->m, cart, 70);
	unthread(cart);
	copy_memory(g, true);
}

static const struct innocent {
	const char *name;
	unsigned records;
	void (*happen)(struct ground *g);
} innocents[] = {
	{ "nothing", 7, nothing },
	{ "a blank one", 0, nothing },
	{ "the memory is lost", 7, lose_the_memory },
	{ "the index is lost", 7, lose_the_index },
	{ "an earlier version has no row", 7, lose_the_row },
	{ "a crash after more was written", 7, die_at_the_end },
	{ "filemarks were overwritten", 7, shorten },
	{ "filemarks behind one record were", 1, shorten },
};

static void test_innocents(void **state)
{
	for (size_t i = 0; i < sizeof innocents / sizeof innocents[0]; i++) {
		struct ground g;
		make(&g, innocents[i].records);
		innocents[i].happen(&g);
		for (unsigned n = 0; n < 2; n++) {
			if (tampered(&g))
				fail_msg("%s: a false alarm", innocents[i].name);
			append(&g, 1);
		}
		struct cart *cart = thread(&g);
		check_all(cart, &g.m);
		unthread(cart);
		teardown(&g);
	}
}

/* A label of up to two records is replaced by what is shorter. */
static void test_label_replaced(void **state)
{
	for (unsigned n = 1; n <= 2; n++) {
		struct ground g;
		make(&g, n);
		copy_memory(&g, false);
		struct cart *cart = thread(&g);
		g.m.pos = 0;
		write_object(&g.m, cart, 0);
		unthread(cart);
		copy_memory(&g, true);
		assert_false(tampered(&g));
		append(&g, 4);
		assert_false(tampered(&g));
		teardown(&g);
	}
}

/* A copy is judged as its original is, though its generations are others. */
static void test_copies(void **state)
{
	for (unsigned crime = 0; crime < 2; crime++) {
		struct ground g;
		struct cart_report report;
		struct cart *cart;
		char why[128];
		make(&g, 3);
		for (unsigned i = 0; i < 4; i++)
			append(&g, 1);
		if (crime)
			take_the_label(&g);
		int fd = memory_file("", 0);
		assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &report,
					 why),
			0);
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
		close(fd);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(cart_open(shelf_at(g.e, g.root), "COPY01L8", false, &cart), 0);
			assert_int_equal(cart_tampered(cart), crime);
			check_all(cart, &g.m);
			assert_int_equal(cart_close(cart), 0);
		}
		teardown(&g);
	}
}

/* --- crashes ------------------------------------------------------------------------------------------- */

/* What a host may try, also where a WORM cartridge refuses it. */
static void live(struct engine *e, const char *root, struct rng *rng)
{
	struct cart_label label = test_label(BARCODE, CAPACITY);
	struct cart_position at;
	uint32_t done;
	label.worm = true;
	assert_int_equal(cart_create(shelf_at(e, root), &label), 0);
	struct cart *cart = cart_thread(e, root, SMALL_EXTENT);
	for (unsigned i = 0; i < 80; i++) {
		uint64_t dice = rng_below(rng, 100);
		int res = 0;
		cart_position(cart, &at);
		if (dice < 40)
			res = write_record(cart, i, 1 + (uint32_t)rng_below(rng, 200000));
		else if (dice < 65)
			res = cart_write_filemarks(cart, 1 + (uint32_t)rng_below(rng, 3), &done);
		else if (dice < 75)
			assert_int_equal(cart_sync(cart), 0);
		else if (dice < 90)
			cart_locate(cart, 0, at.object - rng_below(rng, at.object < 4 ? at.object + 1 : 4));
		else {
			unthread(cart);
			cart = cart_thread(e, root, SMALL_EXTENT);
		}
		assert_true(res == 0 || res == -EPERM);
		if (dice >= 90 || res)
			assert_int_equal(cart_space_eod(cart), 0);
	}
	unthread(cart);
}

static void check_image(struct engine *e, const char *image)
{
	struct cart *cart;
	for (unsigned i = 0; i < 2; i++) {
		int err = cart_open(shelf_at(e, image), BARCODE, false, &cart);
		if (err == -ENOENT)
			return; /* it was only being made */
		assert_int_equal(err, 0);
		assert_false(cart_tampered(cart));
		assert_int_equal(cart_space_eod(cart), 0);
		assert_int_equal(write_record(cart, 9, 500), 0);
		unthread(cart);
	}
}

/* The folder as a power failure at every moment may have left it. */
static void test_crashes(void **state)
{
	struct rng rng = { seed_for("crashes of a WORM cartridge") };
	struct engine *plain = engine_sync_new();
	unsigned points = 0;
	for (unsigned turn = 0, turns = rounds_wanted(1); turn < turns; turn++) {
		char *root = scratch_new(false), image[256];
		struct engine *e = engine_fault_new(rng_next(&rng) | 1, true);
		live(e, root, &rng);
		snprintf(image, sizeof image, "%s-image", root);
		for (size_t m = 0; m <= fault_moments(e); m += 3, points++) {
			mkdir(image, 0750);
			assert_int_equal(fault_image(e, m, rng_next(&rng), root, image), 0);
			check_image(plain, image);
			remove_tree(image);
		}
		engine_free(e);
		scratch_end(root);
	}
	print_message("%u crashes\n", points);
	assert_true(points > 50);
	engine_free(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crimes),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_innocents),
		cmocka_unit_test(test_label_replaced),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_crashes),
	};
	return cmocka_run_group_tests_name("WORM cartridges that were tampered with", tests, NULL, NULL);
}
