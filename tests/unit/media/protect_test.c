// SPDX-License-Identifier: Apache-2.0
/* Records with a protection value: a wrong one is refused before the record counts, the right one is kept with it
 * wherever it goes, and checked whenever it is read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grounds.h"
#include "media/cart.h"
#include "media/engine/fault.h"
#include "vtl/base/crc32c.h"

/* Around the places where a record, or its envelope, comes to span segments. */
static const uint32_t lens[] = { 1, 4, 71, 72, 4096, 300001, SEGMENT_DATA - 73, SEGMENT_DATA - 72,
	SEGMENT_DATA - 71, SEGMENT_DATA - 1, SEGMENT_DATA, SEGMENT_DATA + 1, 3 << 20, MEDIA_RECORD_MAX };
enum { N = sizeof lens / sizeof lens[0] };

static const uint8_t key[CART_KEY] = { 9, 8, 7 };

static uint32_t value_of(enum lbp_method method, uint64_t seed, uint32_t len)
{
	return lbp_value(method, 0, pattern(seed, len), len);
}

/* In pieces, as data arriving from a network would; the value is wrong by the bits. */
static int write_protected(struct cart *cart, enum lbp_method method, uint64_t seed, uint32_t len,
	uint32_t bits)
{
	const uint8_t *from = pattern(seed, len);
	uint32_t value = value_of(method, seed, len);
	size_t room = 0;
	void *to;
	int err = cart_write_begin_protected(cart, len, method);
	if (err)
		return err;
	while ((to = cart_write_room(cart, &room))) {
		size_t n = room > 65537 ? 65537 : room;
		assert_int_equal(cart_write_value(cart, value), -EINVAL); /* too early */
		memcpy(to, from, n);
		cart_write_filled(cart, n);
		from += n;
	}
	err = cart_write_value(cart, value ^ bits);
	if (!err)
		return cart_write_end(cart);
	cart_write_cancel(cart);
	return err;
}

/* Reads the record at the position to its end and compares it.  0, or the error. */
static int read_protected(struct cart *cart, enum lbp_method method, uint64_t seed, uint32_t len)
{
	const uint8_t *want = pattern(seed, len);
	uint32_t is = 0;
	size_t n = 0;
	cart_read_protected(cart, method);
	int err = cart_peek(cart, &is);
	if (err)
		return err;
	assert_int_equal(is, len);
	for (uint32_t at = 0; at < len; at += (uint32_t)n) {
		const void *p;
		err = cart_read_chunk(cart, at, &p, &n);
		if (err)
			return err;
		assert_memory_equal(p, want + at, n);
	}
	assert_int_equal(cart_read_value(cart), value_of(method, seed, len));
	return 0;
}

static void check_method(struct cart *cart, enum lbp_method want)
{
	enum lbp_method is = N_LBP_METHODS;
	assert_int_equal(cart_peek_protection(cart, &is), MEDIA_OK);
	assert_int_equal(is, want);
}

/* Record i has method i modulo 3; each is read with all methods. */
static void check_tape(struct cart *cart)
{
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	for (unsigned i = 0; i < 3 * N; i++) {
		check_method(cart, i % 3);
		for (unsigned m = 0; m < N_LBP_METHODS; m++)
			assert_int_equal(read_protected(cart, m, i, lens[i / 3]), 0);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
}

static struct cart *make_tape(struct ground *g, const struct cart_crypt *crypt)
{
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	if (crypt)
		assert_int_equal(cart_use_crypt(cart, crypt), 0);
	for (unsigned i = 0; i < 3 * N; i++) {
		assert_int_equal(write_protected(cart, i % 3, i, lens[i / 3], 0),
			i % 3 ? MEDIA_OK : -EINVAL); /* a value for one that has none */
		if (i % 3 == 0)
			assert_int_equal(write_record(cart, i, lens[i / 3]), MEDIA_OK);
	}
	return cart;
}

static void test_there_and_back(void **state)
{
	struct ground g;
	struct cart *cart = make_tape(&g, NULL);
	check_tape(cart);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	check_tape(cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* The value is that of the data before encryption, and is not stored in clear. */
static void test_encrypted(void **state)
{
	const struct cart_crypt crypt = { .encrypt = true, .decryption = CART_MIXED, .key = key };
	struct ground g;
	struct cart *cart = make_tape(&g, &crypt);
	check_tape(cart);
	for (unsigned i = 0; i < 3 * N; i++) {
		const uint8_t *p;
		size_t n;
		assert_int_equal(cart_locate(cart, 0, i), MEDIA_OK);
		assert_int_equal(cart_read_stored(cart, 0, (const void **)&p, &n), 0);
		assert_int_equal(p[4], i % 3);
		assert_int_equal(p[16] | p[17] | p[18] | p[19], 0);
	}
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(read_protected(cart, LBP_CRC32C, 0, lens[0]), -ENOKEY);
	assert_int_equal(cart_use_crypt(cart, &crypt), 0);
	check_tape(cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* A record whose room the disk refuses in its middle ends with the disk's error. */
static void test_disk_fails_in_the_middle(void **state)
{
	for (unsigned m = LBP_NONE; m < N_LBP_METHODS; m++) {
		/* it writes when somebody waits */
		struct ground g = { .e = engine_fault_new(1, false), .root = scratch_new(false) };
		size_t n = 0;
		struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
		assert_int_equal(write_protected(cart, LBP_CRC32C, 1, 100, 0), MEDIA_OK);
		assert_int_equal(write_protected(cart, LBP_CRC32C, 2, 3 << 20, 0), MEDIA_OK);
		fault_set(g.e, (struct fault_plan){ .kind = FAULT_TORN, .for_ever = true });
		assert_int_equal(cart_write_begin_protected(cart, MEDIA_RECORD_MAX, m), MEDIA_OK);
		while (cart_write_room(cart, &n))
			cart_write_filled(cart, n);
		fault_set(g.e, (struct fault_plan){ 0 });
		int err = m ? cart_write_value(cart, 0) : cart_write_end(cart);
		assert_int_equal(err, -EIO);
		cart_write_cancel(cart);
		cart_close(cart);
		teardown(&g);
	}
}

/* With a wrong value nothing has happened, and the next record takes its place. */
static void test_wrong_value(void **state)
{
	const struct cart_crypt crypt = { .encrypt = true, .decryption = CART_MIXED, .key = key };
	for (unsigned turn = 0; turn < 4; turn++) {
		enum lbp_method method = turn % 2 ? LBP_CRC32C : LBP_REED_SOLOMON;
		struct cart_position at;
		struct ground g;
		setup(&g);
		struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
		assert_int_equal(cart_use_crypt(cart, turn < 2 ? NULL : &crypt), 0);
		for (unsigned i = 0; i < N; i++) {
			uint32_t bit = 1u << (i * 7 % 32);
			assert_int_equal(write_protected(cart, method, i, lens[i], bit), -ECOMM);
			cart_position(cart, &at);
			assert_int_equal(at.object, i);
			assert_int_equal(write_protected(cart, method, i, lens[i], 0), MEDIA_OK);
		}
		assert_int_equal(cart_rewind(cart), MEDIA_OK);
		for (unsigned i = 0; i < N; i++) {
			assert_int_equal(read_protected(cart, method, i, lens[i]), 0);
			assert_int_equal(cart_skip(cart), MEDIA_OK);
		}
		uint32_t len;
		assert_int_equal(cart_peek(cart, &len), MEDIA_EOD);
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* A wrong value leaves what an overwrite would have voided. */
static void test_nothing_is_voided(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	for (unsigned i = 0; i < 3; i++)
		write_object(&g.m, cart, 5000 + i);
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	assert_int_equal(write_protected(cart, LBP_CRC32C, 9, 100, 1), -ECOMM);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_features(cart).read, 0);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

static void test_order_of_calls(void **state)
{
	struct ground g;
	size_t n;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(cart_write_value(cart, 0), -EINVAL);
	assert_int_equal(cart_write_begin_protected(cart, 4, LBP_CRC32C), 0);
	assert_int_equal(cart_write_begin_protected(cart, 4, LBP_CRC32C), -EINVAL);
	memcpy(cart_write_room(cart, &n), "data", 4);
	cart_write_filled(cart, 4);
	assert_int_equal(cart_write_end(cart), -EINVAL); /* without a value */
	assert_int_equal(cart_write_begin_protected(cart, 4, LBP_CRC32C), 0);
	memcpy(cart_write_room(cart, &n), "data", 4);
	cart_write_filled(cart, 4);
	assert_int_equal(cart_write_value(cart, crc32c(0, "data", 4)), 0);
	assert_int_equal(cart_write_value(cart, crc32c(0, "data", 4)), -EINVAL);
	assert_int_equal(cart_write_end(cart), MEDIA_OK);
	struct cart_position at;
	cart_position(cart, &at);
	assert_int_equal(at.object, 1);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* A stored record whose checksum is right and whose value is not. */
static void test_stored_value_is_wrong(void **state)
{
	uint8_t *bytes = malloc(TRANSFORMED_MAX);
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(cart_allow_transformed(cart, FEATURE_TRANSFORMED), 0);
	for (unsigned i = 0; i < 2 * N; i++) {
		enum lbp_method method = i % 2 ? LBP_CRC32C : LBP_REED_SOLOMON;
		uint32_t len = lens[i / 2];
		struct envelope v = { .lbp = method,
			.host_len = len,
			.stored_len = len,
			.lbp_value = value_of(method, i, len) ^ 0x10 };
		uint32_t size = envelope_put(&v, bytes);
		memcpy(bytes + size, pattern(i, len), len);
		assert_int_equal(cart_write_transformed(cart, bytes, size + len), MEDIA_OK);
	}
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	for (unsigned i = 0; i < 2 * N; i++) {
		for (unsigned m = 0; m < N_LBP_METHODS; m++)
			assert_int_equal(read_protected(cart, m, i, lens[i / 2]), -ECOMM);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
	assert_int_equal(cart_close(cart), 0);
	free(bytes);
	struct cart_report report;
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, NULL, &report), -EBADMSG);
	assert_int_equal(report.bad, 2 * N);
	assert_non_null(strstr(report.why, "protection value"));
	teardown(&g);
}

/* Each partition has generations of its own, which say that their records may be transformed. */
static void test_partitions(void **state)
{
	const struct cart_layout layout = { .partitions = 2,
		.available = 1 << 30,
		.capacity = { 1 << 28, 1 << 28 } };
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(cart_format(cart, &layout), 0);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(cart_locate(cart, i % 2, i / 2), MEDIA_OK);
		assert_int_equal(write_protected(cart, i % 2 + 1u, i, 1000 + i, 0), MEDIA_OK);
	}
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned i = 0; i < 8; i++) {
			assert_int_equal(cart_locate(cart, i % 2, i / 2), MEDIA_OK);
			check_method(cart, i % 2 + 1u);
			assert_int_equal(read_protected(cart, LBP_CRC32C, i, 1000 + i), 0);
		}
		assert_int_equal(cart_close(cart), 0);
		cart = cart_thread(g.e, g.root, 0);
	}
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* Export and import keep method and value. */
static void test_container(void **state)
{
	char why[128] = "";
	struct cart_report report;
	struct ground g;
	struct cart *cart = make_tape(&g, NULL);
	assert_int_equal(cart_close(cart), 0);
	struct shelf shelf = shelf_at(g.e, g.root);
	assert_int_equal(cart_verify(shelf, BARCODE, NULL, &report), 0);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf, BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	assert_int_equal(report.bad, 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	assert_int_equal(cart_open(shelf, "COPY01L8", false, &cart), 0);
	check_tape(cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_disk_fails_in_the_middle),
		cmocka_unit_test(test_wrong_value),
		cmocka_unit_test(test_nothing_is_voided),
		cmocka_unit_test(test_order_of_calls),
		cmocka_unit_test(test_stored_value_is_wrong),
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_container),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
