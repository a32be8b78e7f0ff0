// SPDX-License-Identifier: Apache-2.0
/* Attributes that hosts write to a cartridge's memory, and the volume change reference. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grounds.h"
#include "media/engine/fault.h"

static const uint8_t pool_name[] = "daily", other[] = "weekly tapes";

#define POOL(text)                                                                  \
	{                                                                           \
		.format = 2, .id = 0x0808, .len = sizeof(text) - 1, .value = (text) \
	}
static const struct cart_attribute pool = POOL(pool_name), other_pool = POOL(other),
				   no_pool = { .format = 2, .id = 0x0808 };
static const struct cart_attribute label_1 = { 1, 1, 0x0809, 5, (const uint8_t *)"index" };

static struct cart *thread(struct ground *g)
{
	struct cart *cart;
	assert_int_equal(cart_open(shelf_at(g->e, g->root), BARCODE, false, &cart), 0);
	return cart;
}

static void expect(struct cart *cart, const struct cart_attribute *want)
{
	struct cart_attribute is;
	assert_int_equal(cart_attribute(cart, want->partition, want->id, &is), want->len > 0);
	if (!want->len)
		return;
	assert_true(is.len == want->len && is.format == want->format);
	assert_memory_equal(is.value, want->value, is.len);
}

static void put(struct cart *cart, const struct cart_attribute *attribute)
{
	assert_int_equal(cart_attributes_write(cart, attribute, 1), 0);
}

/* Written, replaced, removed; seen by the next mount, and by who reads the folder of a mounted one. */
static void test_written(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	const struct cart_attribute both[] = { pool, label_1 };
	assert_int_equal(cart_attributes_write(cart, both, 2), 0);
	expect(cart, &pool);
	expect(cart, &label_1);
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	expect(cart, &pool);
	expect(cart, &label_1);
	put(cart, &other_pool);
	expect(cart, &other_pool);
	put(cart, &no_pool);
	put(cart, &no_pool);
	expect(cart, &no_pool);
	struct cart_attribute is;
	assert_true(cart_attribute_from(cart, 1, 0, &is));
	assert_int_equal(is.id, 0x0809);
	assert_false(cart_attribute_from(cart, 1, 0x080a, &is));
	assert_false(cart_attribute_from(cart, 2, 0, &is));
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	expect(cart, &no_pool);
	expect(cart, &label_1);
	struct cart_usage usage; /* a blank cartridge stays one */
	cart_usage(cart, &usage);
	assert_true(cart_is_blank(cart) && usage.objects == 0);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* All or none: a list that does not fit changes nothing, neither in memory nor on disk. */
static void test_all_or_none(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	uint8_t *big = calloc(1, 60000);
	const struct cart_attribute lists[][2] = {
		{ other_pool, { 1, 4, 0x0900, 1, big } },
		{ other_pool, { 5, 0, 0x0900, 1, big } },
		{ other_pool, { 0, 0, 0x0900, 60000, big } },
	};
	static const int errors[] = { -EINVAL, -EINVAL, -ENOSPC };
	const struct cart_attribute filler = { 2, 0, 0x0900, 30000, big };
	put(cart, &pool);
	put(cart, &filler);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cart_attributes_write(cart, lists[i], 2), errors[i]);
	expect(cart, &pool);
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	expect(cart, &pool);
	expect(cart, &filler);
	assert_int_equal(cart_close(cart), 0);
	free(big);
	teardown(&g);
}

static void spoil(struct ground *g)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s/mam", g->root, BARCODE);
	int fd = open(path, O_RDWR);
	uint8_t byte;
	assert_int_equal(pread(fd, &byte, 1, 70), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, 70), 1);
	close(fd);
}

/* Nobody writes to a memory that is damaged before the unmount has begun it anew; to one that is read-only never. */
static void test_refused(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	put(cart, &pool);
	assert_int_equal(write_record(cart, 0, 300), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	expect(cart, &pool);
	assert_int_equal(cart_attributes_write(cart, &other_pool, 1), -EROFS);
	expect(cart, &pool);
	assert_int_equal(cart_close(cart), 0);
	spoil(&g);
	cart = thread(&g);
	assert_int_equal(cart_memory_error(cart), -EUCLEAN);
	assert_int_equal(cart_attributes_write(cart, &pool, 1), -EUCLEAN);
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	assert_int_equal(cart_memory_error(cart), 0);
	expect(cart, &no_pool);
	put(cart, &pool);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* Whatever moment the power is cut at, the attribute is the old one or the new one, and the new one once the call
 * has returned. */
static void test_power_cut(void **state)
{
	struct ground g = { .e = engine_fault_new(0, true), .root = scratch_new(false) };
	struct engine *plain = engine_sync_new();
	char image[256];
	snprintf(image, sizeof image, "%s-image", g.root);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	put(cart, &pool);
	size_t before = fault_moments(g.e);
	put(cart, &other_pool);
	size_t after = fault_moments(g.e);
	assert_true(after > before);
	assert_int_equal(cart_close(cart), 0);
	for (size_t m = before; m <= after; m++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct cart_attribute is;
			mkdir(image, 0750);
			assert_int_equal(fault_image(g.e, m, seed, g.root, image), 0);
			assert_int_equal(cart_open(shelf_at(plain, image), BARCODE, false, &cart), 0);
			assert_true(cart_attribute(cart, 0, 0x0808, &is));
			bool new = is.len == other_pool.len && !memcmp(is.value, other, is.len);
			bool old = is.len == pool.len && !memcmp(is.value, pool_name, is.len);
			if (!new && (!old || m == after))
				fail_msg("moment %zu of %zu, seed %d", m, after, (int)seed);
			assert_int_equal(cart_close(cart), 0);
			remove_tree(image);
		}
	engine_free(plain);
	teardown(&g);
}

/* --- the volume change reference ------------------------------------------------------------------------ */

static void test_changes(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	assert_int_equal(cart_changes(cart), 0);
	put(cart, &pool);
	assert_int_equal(cart_changes(cart), 0); /* data alone count */
	assert_int_equal(write_record(cart, 0, 300), MEDIA_OK);
	uint32_t first = cart_changes(cart);
	assert_true(first != 0);
	assert_int_equal(write_record(cart, 1, 300), MEDIA_OK); /* the same run of writing */
	assert_int_equal(cart_sync(cart), 0);
	put(cart, &other_pool);
	assert_int_equal(cart_changes(cart), first);
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	assert_int_equal(cart_changes(cart), first); /* reading changes nothing */
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	assert_int_equal(cart_changes(cart), first);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	assert_int_equal(write_record(cart, 2, 10), MEDIA_OK);
	uint32_t second = cart_changes(cart);
	assert_true(second > first);
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	assert_int_equal(cart_erase(cart), 0);
	assert_true(cart_changes(cart) > second);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* A host that was told the number sees another one after the next object, also where writing goes on. */
static void test_changes_told(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	cart_changes_told(cart);
	assert_int_equal(write_record(cart, 0, 300), MEDIA_OK);
	uint32_t told = cart_changes(cart);
	cart_changes_told(cart);
	cart_changes_told(cart);
	assert_int_equal(cart_changes(cart), told);             /* telling changes nothing */
	assert_int_equal(write_record(cart, 1, 300), MEDIA_OK); /* behind a record that is in memory only */
	uint32_t second = cart_changes(cart);
	assert_true(second > told);
	uint32_t done;
	assert_int_equal(cart_write_filemarks(cart, 1, &done), MEDIA_OK);
	assert_int_equal(cart_changes(cart), second); /* once */
	cart_changes_told(cart);
	assert_int_equal(cart_write_filemarks(cart, 1, &done), MEDIA_OK);
	assert_true(cart_changes(cart) > second);
	second = cart_changes(cart);
	assert_int_equal(cart_close(cart), 0);
	cart = thread(&g);
	assert_int_equal(cart_changes(cart), second);
	struct cart_usage usage;
	cart_usage(cart, &usage);
	assert_int_equal(usage.objects, 4);
	for (uint64_t i = 0; i < 2; i++)
		assert_int_equal(read_object(cart, &(struct object){ i, 300 }), 0);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* The file of the memory is older than the data, as a crash may leave it: the number is another one all the same. */
static void test_changes_without_unmount(void **state)
{
	struct ground g = { .e = engine_fault_new(0, true), .root = scratch_new(false) };
	struct engine *plain = engine_sync_new();
	char image[256];
	snprintf(image, sizeof image, "%s-image", g.root);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	assert_int_equal(write_record(cart, 0, 300), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	uint32_t before = cart_changes(cart);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	size_t first = fault_moments(g.e);
	assert_int_equal(write_record(cart, 1, 300), MEDIA_OK);
	assert_int_equal(cart_sync(cart), 0);
	size_t last = fault_moments(g.e);
	uint32_t after = cart_changes(cart);
	assert_int_equal(cart_close(cart), 0);
	for (size_t m = first; m <= last; m++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct cart_usage usage;
			mkdir(image, 0750);
			assert_int_equal(fault_image(g.e, m, seed, g.root, image), 0);
			assert_int_equal(cart_open(shelf_at(plain, image), BARCODE, true, &cart), 0);
			cart_usage(cart, &usage);
			uint32_t is = cart_changes(cart);
			assert_true(is == before || is == after);
			assert_true(usage.objects == 1 || is == after); /* changed data have the new number */
			assert_int_equal(cart_close(cart), 0);
			remove_tree(image);
		}
	engine_free(plain);
	teardown(&g);
}

/* A copy keeps what hosts have stored, and the number: a statement about the data stays true. */
static void test_copied(void **state)
{
	struct ground g;
	char why[128];
	struct cart_report report;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(write_record(cart, (uint32_t)i, 300), MEDIA_OK);
		assert_int_equal(cart_sync(cart), 0);
		assert_int_equal(cart_rewind(cart), MEDIA_OK);
	}
	put(cart, &pool);
	put(cart, &label_1);
	uint32_t changes = cart_changes(cart);
	assert_int_equal(changes, 5);
	assert_int_equal(cart_close(cart), 0);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), "COPY01L8", false, &cart), 0);
	expect(cart, &pool);
	expect(cart, &label_1);
	assert_int_equal(cart_changes(cart), changes);
	assert_int_equal(write_record(cart, 9, 300), MEDIA_OK);
	assert_true(cart_changes(cart) > changes);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_power_cut),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_changes_told),
		cmocka_unit_test(test_changes_without_unmount),
		cmocka_unit_test(test_copied),
	};
	return cmocka_run_group_tests_name("attributes are durable once they are written", tests, NULL, NULL);
}
