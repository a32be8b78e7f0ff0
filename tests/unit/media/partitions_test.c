// SPDX-License-Identifier: Apache-2.0
/* Cartridges of one to four partitions: formatted, filled, mounted again, and a walk beside tapes in memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/cart.h"
#include "grounds.h"
#include "staging.h"

enum { CAPACITY = 1 << 30 };

/* n equal partitions. */
static struct cart_layout layout_of(unsigned n, uint64_t available)
{
	struct cart_layout layout = { .partitions = n, .available = available };
	for (unsigned i = 0; i < n; i++)
		layout.capacity[i] = available / n;
	return layout;
}

static uint32_t partition_of(const struct cart *cart)
{
	struct cart_position pos;
	cart_position(cart, &pos);
	return pos.partition;
}

static void check_partition(struct cart *cart, unsigned p, const struct model *m)
{
	assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
	check_all(cart, m);
}

static void path_of(const struct ground *g, const char *name, char path[512])
{
	snprintf(path, 512, "%s/%s/%s", g->root, BARCODE, name);
}

static void test_new_is_one(void **state)
{
	struct ground g;
	struct cart_layout layout;
	char path[512];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	cart_layout(cart, &layout);
	assert_int_equal(layout.partitions, 1);
	assert_int_equal(layout.available, CAPACITY);
	assert_int_equal(layout.capacity[0], CAPACITY);
	assert_int_equal(cart_partitions(cart), 1);
	assert_int_equal(cart_locate(cart, 1, 0), -EINVAL);
	assert_int_equal(cart_close(cart), 0);
	path_of(&g, "layout", path);
	assert_int_equal(access(path, F_OK), -1);
	teardown(&g);
}

static void test_each_holds_its_own(void **state)
{
	for (unsigned n = 1; n <= MEDIA_PARTITIONS; n++) {
		struct ground g;
		struct model m[MEDIA_PARTITIONS] = { 0 };
		const struct cart_layout layout = layout_of(n, CAPACITY);
		setup(&g);
		struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
		assert_int_equal(cart_format(cart, &layout), 0);
		for (unsigned p = 0; p < n; p++) {
			assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
			assert_int_equal(partition_of(cart), p);
			for (unsigned i = 0; i < 5 + p; i++)
				write_object(&m[p], cart, i % 3 == 2 ? 0 : 1000 * (i + 1) + p);
		}
		for (unsigned p = n; p-- > 0;)
			check_partition(cart, p, &m[p]);
		assert_int_equal(cart_locate(cart, n, 0), -EINVAL);
		assert_int_equal(cart_close(cart), 0);
		cart = cart_thread(g.e, g.root, 0);
		assert_int_equal(cart_partitions(cart), n);
		assert_int_equal(partition_of(cart), 0);
		for (unsigned p = 0; p < n; p++)
			check_partition(cart, p, &m[p]);
		assert_int_equal(cart_rewind(cart), MEDIA_OK);
		assert_int_equal(partition_of(cart), n - 1);
		assert_int_equal(cart_close(cart), 0);
		for (unsigned p = 0; p < n; p++)
			model_free(&m[p]);
		teardown(&g);
	}
}

/* A partition ends where its own capacity does, and says how full it is. */
static void test_capacity_of_each(void **state)
{
	static const uint64_t sizes[] = { 1 << 20, 4 << 20 };
	struct ground g;
	struct cart_layout layout = { 2, 6 << 20, { sizes[0], sizes[1] } };
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	assert_int_equal(cart_format(cart, &layout), 0);
	for (unsigned p = 0; p < 2; p++) {
		struct cart_usage usage;
		struct cart_position pos;
		unsigned n = 0;
		assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
		while (write_record(cart, n, 65536) == MEDIA_OK)
			n++;
		assert_int_equal(n, sizes[p] / 65536);
		cart_position(cart, &pos);
		assert_true(pos.early_warning);
		cart_partition_usage(cart, p, &usage);
		assert_int_equal(usage.capacity, sizes[p]);
		assert_int_equal(usage.remaining, 0);
	}
	struct cart_usage all;
	cart_usage(cart, &all);
	assert_int_equal(all.capacity, 5 << 20);
	assert_int_equal(all.used, 5 << 20);
	assert_int_equal(all.objects, 80);
	assert_int_equal(cart_close(cart), 0);
	struct cart_usage seen;
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &seen), 0);
	assert_int_equal(seen.used, all.used);
	assert_int_equal(seen.objects, all.objects);
	assert_int_equal(seen.lost_files, 0);
	teardown(&g);
}

/* Nothing of the former layout is left, not even its files. */
static void test_format_voids_all(void **state)
{
	struct ground g;
	struct stat st;
	char path[512];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	for (unsigned n = MEDIA_PARTITIONS; n > 0; n--) {
		const struct cart_layout layout = layout_of(n, CAPACITY / n);
		for (unsigned p = 0; p < cart_partitions(cart); p++) {
			assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
			assert_int_equal(write_record(cart, p, 5000), MEDIA_OK);
		}
		if (n % 2) { /* from the folder alone */
			assert_int_equal(cart_close(cart), 0);
			cart = cart_thread(g.e, g.root, 0);
		}
		assert_int_equal(cart_format(cart, &layout), 0);
		assert_true(cart_is_blank(cart));
		assert_int_equal(partition_of(cart), 0);
		assert_int_equal(cart_partitions(cart), n);
	}
	assert_int_equal(cart_close(cart), 0);
	for (unsigned p = 1; p < MEDIA_PARTITIONS; p++) {
		char name[16];
		snprintf(name, sizeof name, "index-p%u", p);
		path_of(&g, name, path);
		assert_int_equal(stat(path, &st), -1);
	}
	struct extent_file *files = NULL;
	size_t count = 0;
	int dirfd = folder_open(shelf_at(g.e, g.root), BARCODE);
	for (unsigned p = 0; p < MEDIA_PARTITIONS; p++) {
		assert_int_equal(folder_extents(g.e, dirfd, p, &files, &count), 0);
		assert_int_equal(count, p == 0);
		free(files);
	}
	g.e->ops->close(g.e, dirfd);
	teardown(&g);
}

static void test_refused(void **state)
{
	static const struct {
		struct cart_layout layout;
		int err;
	} rows[] = {
		{ { 0, 1000, { 0 } }, -EINVAL },
		{ { 5, 1000, { 1, 1, 1, 1 } }, -EINVAL },
		{ { 2, 1000, { 1, 0 } }, -EINVAL },
		{ { 1, 1000, { 1, 1 } }, -EINVAL },
		{ { 2, 1000, { 501, 500 } }, -EINVAL },
		{ { 2, UINT64_MAX, { UINT64_MAX, 1 } }, -EINVAL },
		{ { 1, CAPACITY + 1ull, { 1 } }, -EINVAL },
	};
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	write_object(&g.m, cart, 4000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(cart_format(cart, &rows[i].layout), rows[i].err);
	check_all(cart, &g.m);
	write_object(&g.m, cart, 4000);
	assert_int_equal(cart_close(cart), 0);
	const struct cart_layout two = layout_of(2, CAPACITY);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	assert_int_equal(cart_format(cart, &two), -EROFS);
	check_all(cart, &g.m);
	cart_close(cart);
	teardown(&g);
}

static void test_worm_is_refused(void **state)
{
	struct ground g;
	struct cart_label label = test_label(BARCODE, CAPACITY);
	const struct cart_layout two = layout_of(2, CAPACITY);
	setup(&g);
	label.worm = true;
	assert_int_equal(cart_create(shelf_at(g.e, g.root), &label), 0);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(cart_format(cart, &two), -EPERM);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* --- the file ----------------------------------------------------------------------------------------- */

static void damage(const struct ground *g, long at)
{
	char path[512];
	path_of(g, "layout", path);
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	int c = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(c ^ 0x10, f);
	fclose(f);
}

static int mount(const struct ground *g)
{
	struct cart *cart;
	int err = cart_open(shelf_at(g->e, g->root), BARCODE, true, &cart);
	if (!err)
		cart_close(cart);
	return err;
}

/* Every byte of one block may be damaged; with both the partitions are not known, and nothing is guessed. */
static void test_file_damaged(void **state)
{
	const struct cart_layout two = layout_of(2, CAPACITY);
	struct cart_usage usage;
	struct ground g;
	char path[512];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	assert_int_equal(cart_format(cart, &two), 0);
	write_object(&g.m, cart, 4000);
	assert_int_equal(cart_close(cart), 0);
	for (long at = 0; at < 4096; at += at < 256 ? 1 : 61) {
		damage(&g, at);
		assert_int_equal(mount(&g), 0);
		damage(&g, at + 4096);
		assert_int_equal(mount(&g), -EUCLEAN);
		assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &usage), -EUCLEAN);
		damage(&g, at);
		assert_int_equal(mount(&g), 0);
		damage(&g, at + 4096);
	}
	path_of(&g, "layout", path);
	assert_int_equal(truncate(path, 4096), 0);
	assert_int_equal(mount(&g), -EUCLEAN);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mount(&g), -ENOLINK);
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &usage), -ENOLINK);
	teardown(&g);
}

/* Files of a partition that are gone are a loss, also when nothing was written since the format. */
static void test_files_missing(void **state)
{
	const struct cart_layout two = layout_of(2, CAPACITY);
	struct ground g;
	char path[512];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	assert_int_equal(cart_format(cart, &two), 0);
	write_object(&g.m, cart, 4000);
	assert_int_equal(cart_close(cart), 0);
	path_of(&g, "index-p1", path);
	assert_int_equal(remove(path), 0);
	path_of(&g, "p1-g00000001-000000.ext", path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mount(&g), -ENOLINK);
	teardown(&g);
}

/* --- a walk ------------------------------------------------------------------------------------------- */

struct walk {
	struct ground g;
	struct cart *cart;
	struct model m[MEDIA_PARTITIONS];
	unsigned n, p;
	struct rng rng;
	uint64_t seed;
	uint32_t extent_blocks;
};

static struct model *tape(struct walk *w)
{
	return &w->m[w->p];
}

static void walk_write(struct walk *w)
{
	struct model *m = tape(w);
	if (rng_below(&w->rng, 8)) {
		assert_int_equal(cart_space_eod(w->cart), MEDIA_OK);
		m->pos = m->count;
	}
	for (uint64_t n = rng_below(&w->rng, 12); n > 0; n--) {
		uint32_t done, len = rng_below(&w->rng, 5) ? 1 + (uint32_t)rng_below(&w->rng, 9000) : 0;
		if (rng_below(&w->rng, 40) == 0)
			len = (1 << 20) + (uint32_t)rng_below(&w->rng, 1 << 20);
		assert_int_equal(len ? write_record(w->cart, w->seed, len)
				     : cart_write_filemarks(w->cart, 1, &done),
			MEDIA_OK);
		model_put(m, len, w->seed++);
	}
}

static void walk_read(struct walk *w)
{
	struct model *m = tape(w);
	for (uint64_t n = rng_below(&w->rng, 20); n > 0 && m->pos < m->count; n--, m->pos++)
		assert_int_equal(read_object(w->cart, &m->objects[m->pos]), 0);
}

static void walk_locate(struct walk *w)
{
	w->p = (unsigned)rng_below(&w->rng, w->n);
	struct model *m = tape(w);
	m->pos = rng_below(&w->rng, m->count + 1);
	assert_int_equal(cart_locate(w->cart, w->p, m->pos), MEDIA_OK);
}

static void walk_remount(struct walk *w)
{
	assert_int_equal(cart_close(w->cart), 0);
	char name[16], path[512];
	snprintf(name, sizeof name, "index-p%u", (unsigned)rng_below(&w->rng, w->n));
	path_of(&w->g, name, path);
	if (rng_below(&w->rng, 2))
		remove(path); /* the extents alone must do */
	w->cart = cart_thread(w->g.e, w->g.root, w->extent_blocks);
	w->p = 0;
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		w->m[i].pos = 0;
}

static void walk_format(struct walk *w)
{
	w->n = 1 + (unsigned)rng_below(&w->rng, MEDIA_PARTITIONS);
	w->p = 0;
	const struct cart_layout layout = layout_of(w->n, CAPACITY);
	assert_int_equal(cart_format(w->cart, &layout), 0);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		w->m[i].pos = w->m[i].count = 0;
}

static void walk_all(struct walk *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		check_partition(w->cart, i, &w->m[i]);
		w->m[i].pos = w->m[i].count;
	}
	w->p = w->n - 1;
}

static void step(struct walk *w)
{
	uint64_t dice = rng_below(&w->rng, 200);
	if (dice < 80)
		walk_write(w);
	else if (dice < 120)
		walk_read(w);
	else if (dice < 190)
		walk_locate(w);
	else if (dice < 196)
		walk_remount(w);
	else if (dice < 198)
		walk_all(w);
	else
		walk_format(w);
	struct cart_position pos;
	cart_position(w->cart, &pos);
	assert_int_equal(pos.partition, w->p);
	assert_int_equal(pos.object, tape(w)->pos);
	assert_int_equal(pos.filemarks, model_filemarks(tape(w), tape(w)->pos));
	assert_true(pos.eod == (tape(w)->pos == tape(w)->count));
}

static void walk(uint64_t seed, unsigned count)
{
	struct walk w = { .rng = { seed }, .n = 1, .extent_blocks = 900 };
	setup(&w.g);
	w.cart = cart_fresh(w.g.e, w.g.root, CAPACITY, w.extent_blocks);
	for (unsigned i = 0; i < count; i++)
		step(&w);
	walk_all(&w);
	assert_int_equal(cart_close(w.cart), 0);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		model_free(&w.m[i]);
	teardown(&w.g);
}

static void test_walk(void **state)
{
	uint64_t seed = seed_for("walk through partitions");
	for (unsigned i = 0; i < 4; i++)
		walk(seed + i, 1500);
}

static void test_walk_with_stages(void **state)
{
	static const struct scramble_key key = { .id = 1 };
	uint64_t seed = seed_for("walk through partitions and stages");
	staging_always(&key);
	for (unsigned i = 0; i < 2; i++)
		walk(seed + i, 1000);
	staging_always(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_is_one),
		cmocka_unit_test(test_each_holds_its_own),
		cmocka_unit_test(test_capacity_of_each),
		cmocka_unit_test(test_format_voids_all),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_worm_is_refused),
		cmocka_unit_test(test_file_damaged),
		cmocka_unit_test(test_files_missing),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_with_stages),
	};
	return cmocka_run_group_tests_name("a cartridge has up to four partitions", tests, NULL, NULL);
}
