// SPDX-License-Identifier: Apache-2.0
/* Containers of cartridges with partitions: there and back, cut at every place, with wrong bits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grounds.h"
#include "tests/lib/seed.h"

enum { CAPACITY = 1 << 30 };

/* n equal partitions. */
static struct cart_layout layout_of(unsigned n, uint64_t available)
{
	struct cart_layout layout = { .partitions = n, .available = available };
	for (unsigned i = 0; i < n; i++)
		layout.capacity[i] = available / n;
	return layout;
}

static uint8_t *export_bytes(struct ground *g, size_t *ret_len)
{
	int fd = memory_file("", 0);
	struct cart_report report;
	char why[128];
	assert_int_equal(cart_export(shelf_at(g->e, g->root), BARCODE, fd, CART_NATIVE, NULL, &report, why),
		0);
	*ret_len = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc(*ret_len);
	assert_int_equal(pread(fd, bytes, *ret_len, 0), *ret_len);
	close(fd);
	return bytes;
}

/* A cartridge of n partitions; the second is left blank. */
static void make(struct ground *g, const struct cart_layout *layout, struct model *m)
{
	struct cart *cart = cart_fresh(g->e, g->root, CAPACITY, 0);
	assert_int_equal(cart_format(cart, layout), 0);
	for (unsigned p = 0; p < layout->partitions; p++) {
		assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
		for (unsigned i = 0; p != 1 && i < 4; i++)
			write_object(&m[p], cart, i % 3 == 2 ? 0 : 70 * (i + 1) + p);
	}
	assert_int_equal(cart_close(cart), 0);
}

static void check_copy(struct ground *g, const struct cart_layout *layout, const struct model *m)
{
	struct cart *cart;
	struct cart_layout copied;
	struct cart_report report, copy;
	assert_int_equal(cart_verify(shelf_at(g->e, g->root), BARCODE, NULL, &report), 0);
	assert_int_equal(cart_verify(shelf_at(g->e, g->root), "COPY01L8", NULL, &copy), 0);
	assert_string_equal(report.data_digest, copy.data_digest);
	assert_int_equal(cart_open(shelf_at(g->e, g->root), "COPY01L8", false, &cart), 0);
	cart_layout(cart, &copied);
	assert_memory_equal(&copied, layout, sizeof copied);
	for (unsigned p = 0; p < layout->partitions; p++) {
		assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
		check_all(cart, &m[p]);
	}
	assert_int_equal(cart_close(cart), 0);
}

static void test_there_and_back(void **state)
{
	for (unsigned n = 1; n <= MEDIA_PARTITIONS; n++) {
		struct ground g;
		struct model m[MEDIA_PARTITIONS] = { 0 };
		const struct cart_layout layout = layout_of(n, CAPACITY / 2);
		struct cart_report checked;
		char why[128] = "";
		size_t len;
		setup(&g);
		make(&g, &layout, m);
		uint8_t *bytes = export_bytes(&g, &len);
		int fd = memory_file(bytes, len);
		assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &checked), 0);
		assert_int_equal(checked.records, 3 * (n > 1 ? n - 1 : 1));
		close(fd);
		assert_int_equal(import_bytes(&g, bytes, len, "COPY01L8", why), 0);
		check_copy(&g, &layout, m);
		free(bytes);
		for (unsigned p = 0; p < n; p++)
			model_free(&m[p]);
		teardown(&g);
	}
}

/* A .tap file has no place for partitions. */
static void test_tap_is_refused(void **state)
{
	struct ground g;
	struct model m[MEDIA_PARTITIONS] = { 0 };
	const struct cart_layout layout = layout_of(2, CAPACITY);
	struct cart_report report;
	char why[128];
	setup(&g);
	make(&g, &layout, m);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_SIMH, NULL, &report, why),
		-EINVAL);
	assert_non_null(strstr(why, "no partitions"));
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	model_free(&m[0]);
	teardown(&g);
}

/* Cut anywhere, or with a bit wrong, it is refused, and nothing is left behind. */
static void test_damaged(void **state)
{
	struct ground g;
	struct model m[MEDIA_PARTITIONS] = { 0 };
	const struct cart_layout layout = layout_of(3, CAPACITY);
	char why[128];
	size_t len;
	setup(&g);
	make(&g, &layout, m);
	uint8_t *bytes = export_bytes(&g, &len);
	struct stride stride = stride_wanted(7);
	for (size_t at = stride.from; at < len; at += stride.step) {
		assert_true(import_bytes(&g, bytes, at, "COPY01L8", why) < 0);
		check_nothing_left(&g);
		bytes[at] ^= 1;
		assert_true(import_bytes(&g, bytes, len, "COPY01L8", why) < 0);
		check_nothing_left(&g);
		bytes[at] ^= 1;
	}
	assert_int_equal(import_bytes(&g, bytes, len, "COPY01L8", why), 0);
	free(bytes);
	model_free(&m[0]);
	model_free(&m[2]);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_tap_is_refused),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests_name("containers keep partitions", tests, NULL, NULL);
}
