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
	return cart_glance(shelf_at(g->e, g->root), BARCODE, ret);
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
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), "NOPE01L8", &usage), -ENOENT);
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), "../x", &usage), -EINVAL);
	end(&g);
}

/* --- files that are gone ----------------------------------------------------------------------- */

enum { RECORDS = 40, RECORD = 262144 /* in several extents */, FILES_MAX = 16 };

/* The names of the extents, in order; how many. */
static size_t extents(struct ground *g, char names[FILES_MAX][EXTENT_NAME_MAX])
{
	struct extent_file *files = NULL;
	size_t count;
	int dirfd = folder_open(shelf_at(g->e, g->root), BARCODE);
	assert_int_equal(folder_extents(g->e, dirfd, 0, &files, &count), 0);
	assert_in_range(count, 3, FILES_MAX);
	close(dirfd);
	for (size_t i = 0; i < count; i++)
		extent_name(names[i], 0, files[i].generation, files[i].number);
	free(files);
	return count;
}

static void take_away(struct ground *g, const char *name)
{
	int dirfd = folder_open(shelf_at(g->e, g->root), BARCODE);
	assert_int_equal(unlinkat(dirfd, name, 0), 0);
	close(dirfd);
}

/* What a glance says of it, a mount says too, and reading bears it out. */
static void check_lost(struct ground *g, const struct cart_usage *was, uint64_t files)
{
	struct cart_usage seen, threaded;
	assert_int_equal(glance(g, &seen), 0);
	assert_int_equal(seen.objects, was->objects);
	assert_int_equal(seen.used, was->used);
	assert_int_equal(seen.lost_files, files);
	assert_true(seen.lost_objects > 0 && seen.file_bytes < was->file_bytes);
	open_it(g);
	cart_usage(g->cart, &threaded);
	assert_int_equal(threaded.lost_files, files);
	assert_int_equal(threaded.lost_objects, seen.lost_objects);
	assert_int_equal(threaded.first_lost, seen.first_lost);
	uint64_t bad = 0, first = UINT64_MAX;
	for (uint64_t i = 0; i < was->objects; i++) {
		const struct object want = { .seed = i, .len = i < RECORDS ? RECORD : 0 };
		if (read_object(g->cart, &want) >= 0)
			continue;
		first = bad++ ? first : i;
		assert_int_equal(cart_skip(g->cart), MEDIA_OK);
	}
	assert_int_equal(bad, threaded.lost_objects);
	assert_int_equal(first, threaded.first_lost);
}

/* A cartridge one of whose files is gone still says what it held, and how much of that is lost. */
static void test_one_missing(void **state)
{
	for (size_t i = 0;; i++) {
		char names[FILES_MAX][EXTENT_NAME_MAX];
		struct ground g = begin();
		write_some(&g, RECORDS, RECORD);
		struct cart_usage usage = close_it(&g);
		assert_int_equal(usage.lost_objects + usage.lost_files, 0);
		size_t count = extents(&g, names);
		if (i < count) {
			take_away(&g, names[i]);
			check_lost(&g, &usage, 1);
			/* Written anew from the beginning it has lost nothing. */
			assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
			write_some(&g, 1, 1000);
			usage = settled(&g);
			assert_int_equal(usage.lost_objects + usage.lost_files, 0);
			check_known(&g, &usage);
		}
		end(&g);
		if (i == count)
			return;
	}
}

/* All of them gone: not blank while the index is there, not to be opened when it is gone too. */
static void test_all_missing(void **state)
{
	char names[FILES_MAX][EXTENT_NAME_MAX];
	struct ground g = begin();
	struct cart_usage unused;
	struct cart *cart;
	write_some(&g, RECORDS, RECORD);
	struct cart_usage usage = close_it(&g);
	size_t count = extents(&g, names);
	for (size_t i = 0; i < count; i++)
		take_away(&g, names[i]);
	check_lost(&g, &usage, count);
	close_it(&g);
	take_away(&g, "index-p0");
	assert_int_equal(glance(&g, &unused), -ENOLINK);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), -ENOLINK);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), -ENOLINK);
	end(&g);
}

/* An erased one has one file without data: its loss is noticed too. */
static void test_erased_missing(void **state)
{
	char names[FILES_MAX][EXTENT_NAME_MAX];
	struct ground g = begin();
	struct cart_usage usage;
	write_some(&g, 3, 70000);
	assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
	assert_int_equal(cart_erase(g.cart), 0);
	close_it(&g);
	assert_int_equal(glance(&g, &usage), 0);
	assert_int_equal(usage.objects + usage.lost_files, 0);
	struct extent_file *files = NULL;
	size_t count;
	int dirfd = folder_open(shelf_at(g.e, g.root), BARCODE);
	assert_int_equal(folder_extents(g.e, dirfd, 0, &files, &count), 0);
	close(dirfd);
	extent_name(names[0], 0, files[count - 1].generation, files[count - 1].number);
	free(files);
	take_away(&g, names[0]);
	assert_int_equal(glance(&g, &usage), 0);
	assert_int_equal(usage.lost_files, 1);
	open_it(&g);
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.lost_files, 1);
	end(&g);
}

/* Behind a checkpoint that data came after, a file that it names is missed all the same. */
static void test_missing_behind(void **state)
{
	char names[FILES_MAX][EXTENT_NAME_MAX];
	struct cart_usage usage;
	struct ground g = begin();
	write_some(&g, RECORDS, RECORD);
	assert_int_equal(cart_sync(g.cart), 0);
	assert_int_equal(checkpoint_write(g.cart), 0);
	write_some(&g, 10, 70000);
	crash(&g);
	extents(&g, names);
	take_away(&g, names[1]);
	assert_int_equal(glance(&g, &usage), -ENOLINK);
	open_it(&g);
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.lost_files, 1);
	assert_true(usage.lost_objects > 0);
	end(&g);
}

int main(void)
{
	/* clang-format off */
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blank),     cmocka_unit_test(test_written),
		cmocka_unit_test(test_rewritten), cmocka_unit_test(test_crashed),
		cmocka_unit_test(test_half_known), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_one_missing), cmocka_unit_test(test_all_missing),
		cmocka_unit_test(test_erased_missing), cmocka_unit_test(test_missing_behind),
	};
	/* clang-format on */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
