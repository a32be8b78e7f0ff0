// SPDX-License-Identifier: Apache-2.0
/* How full a cartridge in the shelf is: right, or not known; never wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/cart.h"
#include "support.h"

enum { CAPACITY = 64 << 20, EXTENT = 600 /* blocks */ };

struct ground {
	struct engine *e;
	char *root;
	struct cart *cart;
};

static struct ground begin(void)
{
	struct ground g = { .e = engine_sync_new(), .root = scratch_new(false) };
	g.cart = cart_fresh(g.e, g.root, CAPACITY, EXTENT);
	return g;
}

static void end(struct ground *g)
{
	if (g->cart)
		cart_close(g->cart);
	scratch_end(g->root);
	engine_free(g->e);
}

static void write_some(struct ground *g, unsigned records, uint32_t len)
{
	uint32_t done;
	for (unsigned i = 0; i < records; i++)
		assert_int_equal(cart_write(g->cart, pattern(i, len), len), MEDIA_OK);
	assert_int_equal(cart_write_filemarks(g->cart, 1, &done), MEDIA_OK);
}

static struct cart_usage close_it(struct ground *g)
{
	struct cart_usage usage;
	assert_int_equal(cart_sync(g->cart), 0);
	cart_usage(g->cart, &usage);
	assert_int_equal(cart_close(g->cart), 0);
	g->cart = NULL;
	return usage;
}

static void open_it(struct ground *g)
{
	g->cart = cart_thread(g->e, g->root, EXTENT);
}

/* As the next drive will find it: what is void takes no room any more. */
static struct cart_usage settled(struct ground *g)
{
	close_it(g);
	open_it(g);
	return close_it(g);
}

static int glance(struct ground *g, struct cart_usage *ret)
{
	return cart_glance(g->e, g->root, BARCODE, ret);
}

static void check_known(struct ground *g, const struct cart_usage *want)
{
	struct cart_usage have;
	assert_int_equal(glance(g, &have), 0);
	assert_int_equal(have.capacity, want->capacity);
	assert_int_equal(have.used, want->used);
	assert_int_equal(have.remaining, want->remaining);
	assert_int_equal(have.objects, want->objects);
	assert_int_equal(have.filemarks, want->filemarks);
	/* a file with nothing but its header counts in a drive alone */
	assert_in_range(have.file_bytes + EXTENT_HEAD_BLOCKS * BLOCK, want->file_bytes,
		want->file_bytes + EXTENT_HEAD_BLOCKS * BLOCK);
}

static void test_blank(void **state)
{
	struct ground g = begin();
	struct cart_usage usage = close_it(&g);
	assert_int_equal(usage.used, 0);
	check_known(&g, &usage);
	end(&g);
}

static void test_written(void **state)
{
	static const struct {
		unsigned records;
		uint32_t len;
	} rows[] = { { 0, 1 }, { 1, 1 }, { 3, 70000 }, { 40, 262144 } /* several extents */, { 5000, 1 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ground g = begin();
		write_some(&g, rows[i].records, rows[i].len);
		struct cart_usage usage = close_it(&g);
		assert_int_equal(usage.objects, rows[i].records + 1);
		check_known(&g, &usage);
		open_it(&g); /* read alone changes nothing */
		assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
		close_it(&g);
		check_known(&g, &usage);
		end(&g);
	}
}

static void test_rewritten(void **state)
{
	struct ground g = begin();
	write_some(&g, 40, 262144);
	close_it(&g);
	open_it(&g);
	assert_int_equal(cart_locate(g.cart, 0, 7), MEDIA_OK);
	write_some(&g, 2, 1000);
	struct cart_usage usage = settled(&g);
	assert_int_equal(usage.objects, 10);
	check_known(&g, &usage);
	open_it(&g);
	assert_int_equal(cart_erase(g.cart), MEDIA_OK);
	usage = settled(&g);
	check_known(&g, &usage);
	end(&g);
}

/* The folder as a power cut leaves it: synced data, and a checkpoint that knows nothing of it. */
static void crash(struct ground *g)
{
	char from[128], to[128];
	snprintf(from, sizeof from, "%s/%s", g->root, BARCODE);
	snprintf(to, sizeof to, "%s/.copy", g->root);
	assert_int_equal(cart_sync(g->cart), 0);
	copy_tree(from, to);
	close_it(g);
	remove_tree(from);
	assert_int_equal(rename(to, from), 0);
}

static void test_crashed(void **state)
{
	struct cart_usage usage;
	for (int before = 0; before < 2; before++) {
		struct ground g = begin();
		if (before) {
			write_some(&g, 3, 70000);
			close_it(&g);
			open_it(&g);
			assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
		}
		write_some(&g, 3, 70000);
		crash(&g);
		assert_int_equal(glance(&g, &usage), -ENODATA);
		open_it(&g);
		close_it(&g);
		assert_int_equal(glance(&g, &usage), -ENODATA);
		open_it(&g);
		assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
		write_some(&g, 1, 10);
		usage = close_it(&g);
		check_known(&g, &usage);
		end(&g);
	}
}

/* A whole day's tail behind a checkpoint that was made in the midst of the same generation. */
static void test_half_known(void **state)
{
	struct cart_usage usage;
	struct ground g = begin();
	write_some(&g, 10, 70000);
	assert_int_equal(cart_sync(g.cart), 0);
	assert_int_equal(checkpoint_write(g.cart), 0);
	write_some(&g, 10, 70000);
	crash(&g);
	assert_int_equal(glance(&g, &usage), -ENODATA);
	end(&g);
}

static void test_damaged(void **state)
{
	static const char *const files[] = { "index-p0", "label.json" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct cart_usage usage;
		char path[160];
		struct ground g = begin();
		write_some(&g, 3, 70000);
		close_it(&g);
		snprintf(path, sizeof path, "%s/%s/%s", g.root, BARCODE, files[i]);
		assert_int_equal(truncate(path, 60), 0);
		assert_int_equal(glance(&g, &usage), i ? -EUCLEAN : -ENODATA);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(glance(&g, &usage), i ? -EUCLEAN : -ENODATA);
		end(&g);
	}
	struct ground g = begin();
	struct cart_usage usage;
	assert_int_equal(cart_glance(g.e, g.root, "NOPE01L8", &usage), -ENOENT);
	assert_int_equal(cart_glance(g.e, g.root, "../x", &usage), -EINVAL);
	end(&g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blank),     cmocka_unit_test(test_written),
		cmocka_unit_test(test_rewritten), cmocka_unit_test(test_crashed),
		cmocka_unit_test(test_half_known), cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
