// SPDX-License-Identifier: Apache-2.0
/* What the present data of a cartridge were for hosts and what they are stored as. */
#include <stdlib.h>
#include <string.h>

#include "grounds.h"
#include "media/cart.h"
#include "staging.h"

enum { LEN = 100000, N = 20 };

/* Zeros but for the number; some of the bytes are noise. */
static void put_records(struct cart *cart, unsigned n)
{
	uint8_t *bytes = calloc(1, LEN);
	for (unsigned i = 0; i < n; i++) {
		memcpy(bytes, pattern(i, LEN / 4), LEN / 4);
		assert_int_equal(cart_write(cart, bytes, LEN), MEDIA_OK);
	}
	free(bytes);
}

static struct cart_usage usage_of(const struct cart *cart)
{
	struct cart_usage u;
	cart_usage(cart, &u);
	return u;
}

static struct cart_usage glanced(struct ground *g, const char *barcode)
{
	struct cart_usage u = { 0 };
	assert_int_equal(cart_glance(shelf_at(g->e, g->root), barcode, &u), 0);
	return u;
}

static void same(struct cart_usage a, struct cart_usage b)
{
	assert_int_equal(a.host_bytes, b.host_bytes);
	assert_int_equal(a.stored_bytes, b.stored_bytes);
}

static void about(uint64_t is, uint64_t want)
{
	assert_in_range(is, want - want / 50, want + want / 50);
}

/* Unmounts and mounts again; nothing has changed. */
static struct cart *again(struct ground *g, struct cart *cart)
{
	struct cart_usage u = usage_of(cart);
	assert_int_equal(cart_close(cart), 0);
	same(u, glanced(g, BARCODE));
	cart = cart_thread(g->e, g->root, 0);
	same(u, usage_of(cart));
	return cart;
}

static struct cart *begin(struct ground *g, enum cart_compression how)
{
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	assert_int_equal(usage_of(cart).stored_bytes, 0);
	assert_int_equal(cart_use_compression(cart, how), 0);
	return cart;
}

static void test_stays(void **state)
{
	struct ground g;
	struct cart *cart = again(&g, begin(&g, CART_COMPRESS_ZSTD));
	assert_int_equal(usage_of(cart).host_bytes, 0);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_ZSTD), 0);
	put_records(cart, N);
	assert_int_equal(cart_sync(cart), 0);
	assert_int_equal(usage_of(cart).host_bytes, N * LEN);
	about(usage_of(cart).stored_bytes, N * LEN / 4);
	cart = again(&g, cart);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK); /* without compression now */
	put_records(cart, N);
	assert_int_equal(cart_sync(cart), 0);
	assert_int_equal(usage_of(cart).host_bytes, 2 * N * LEN);
	about(usage_of(cart).stored_bytes, N * LEN / 4 + N * LEN);
	cart = again(&g, cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

static void test_overwritten(void **state)
{
	struct ground g;
	struct cart *cart = begin(&g, CART_COMPRESS_ZSTD);
	put_records(cart, N);
	assert_int_equal(cart_locate(cart, 0, N / 2), MEDIA_OK);
	put_records(cart, 1);
	assert_int_equal(cart_sync(cart), 0);
	about(usage_of(cart).host_bytes, (N / 2 + 1) * LEN);
	about(usage_of(cart).stored_bytes, (N / 2 + 1) * LEN / 4);
	cart = again(&g, cart);
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	put_records(cart, 1);
	assert_int_equal(cart_sync(cart), 0);
	assert_int_equal(usage_of(cart).host_bytes, LEN);
	assert_int_equal(usage_of(cart).stored_bytes, LEN);
	cart = again(&g, cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* With encryption and values, which add bytes to what is stored that are not the host's. */
static void test_ways(void **state)
{
	for (unsigned i = 0; i < STAGING_WAYS; i++) {
		struct ground g;
		setup(&g);
		staging_always(&staging_ways[i]);
		struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
		for (unsigned n = 0; n < N; n++)
			write_record(cart, n, LEN);
		assert_int_equal(cart_sync(cart), 0);
		assert_int_equal(usage_of(cart).host_bytes, N * LEN);
		assert_in_range(usage_of(cart).stored_bytes, 1, N * LEN);
		if (!staging_ways[i].compression && (staging_ways[i].real || !staging_ways[i].id))
			assert_int_equal(usage_of(cart).stored_bytes, N * LEN);
		cart = again(&g, cart);
		assert_int_equal(cart_close(cart), 0);
		staging_always(NULL);
		teardown(&g);
	}
}

static void test_container(void **state)
{
	char why[128] = "";
	struct cart_report report;
	struct ground g;
	struct cart *cart = begin(&g, CART_COMPRESS_LZ4);
	put_records(cart, N);
	assert_int_equal(cart_close(cart), 0);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	assert_int_equal(glanced(&g, BARCODE).host_bytes, N * LEN);
	same(glanced(&g, BARCODE), glanced(&g, "COPY01L8"));
	teardown(&g);
}

/* What the row says counts only for the end of data that it names. */
static void test_other_end(void **state)
{
	struct ground g;
	struct cart *cart = begin(&g, CART_COMPRESS_ZSTD);
	put_records(cart, N);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	put_records(cart, 1);
	assert_int_equal(cart_sync(cart), 0);
	cart->mam_unread = true; /* the unmount does not write it */
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(glanced(&g, BARCODE).stored_bytes, 0);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(usage_of(cart).host_bytes, 0);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_overwritten),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_other_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
