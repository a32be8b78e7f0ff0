// SPDX-License-Identifier: Apache-2.0
/* Encrypted records: they come back with their key only, nothing of them can be changed or exchanged, and no nonce is
 * used twice. */
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaded.h"
#include "media/cart.h"
#include "media/check.h"
#include "media/engine/fault.h"

static const uint8_t key_a[CART_KEY] = { 1, 2, 3 }, key_b[CART_KEY] = { 1, 2, 4 };

static struct cart_crypt crypt_of(const uint8_t *key, enum cart_decryption decryption)
{
	return (struct cart_crypt){ .encrypt = true, .decryption = decryption, .key = key };
}

static void use(struct ground *g, const uint8_t *key, enum cart_decryption decryption)
{
	struct cart_crypt crypt = crypt_of(key, decryption);
	assert_int_equal(cart_use_crypt(g->cart, &crypt), 0);
}

static void put(struct ground *g, uint64_t seed, uint32_t len)
{
	assert_int_equal(write_record(g->cart, seed, len), MEDIA_OK);
}

/* The record at that place as it is stored. */
static uint8_t *stored(struct ground *g, uint64_t object, uint32_t *ret_len)
{
	const void *p;
	size_t n = 0;
	bool transformed;
	assert_int_equal(cart_locate(g->cart, 0, object), MEDIA_OK);
	assert_int_equal(cart_peek_stored(g->cart, ret_len, &transformed), MEDIA_OK);
	assert_true(transformed);
	uint8_t *bytes = malloc(*ret_len);
	for (uint32_t at = 0; at < *ret_len; at += (uint32_t)n) {
		assert_int_equal(cart_read_stored(g->cart, at, &p, &n), 0);
		memcpy(bytes + at, p, n);
	}
	return bytes;
}

static int peek(struct ground *g, uint64_t object)
{
	uint32_t len;
	assert_int_equal(cart_locate(g->cart, 0, object), MEDIA_OK);
	return cart_peek(g->cart, &len);
}

static int read_first(struct ground *g, uint64_t object)
{
	const void *p;
	size_t n;
	assert_int_equal(cart_locate(g->cart, 0, object), MEDIA_OK);
	return cart_read_chunk(g->cart, 0, &p, &n);
}

static void test_round_trip(void **state)
{
	static const uint32_t lens[] = { 1, 15, 16, 17, 4096, 300001, SEGMENT_DATA - 200, SEGMENT_DATA,
		SEGMENT_DATA + 1, 3 << 20, MEDIA_RECORD_MAX };
	enum { N = sizeof lens / sizeof lens[0] };
	struct ground g;
	struct model m = { 0 };
	setup(&g);
	use(&g, key_a, CART_DECRYPT);
	for (unsigned i = 0; i < N; i++)
		write_object(&m, g.cart, lens[i]);
	write_object(&m, g.cart, 0);
	check_all(g.cart, &m);
	again(&g);
	struct cart_usage usage;
	cart_usage(g.cart, &usage);
	assert_true(usage.encrypted);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(peek(&g, i), -ENOKEY);
	use(&g, key_a, CART_MIXED);
	check_all(g.cart, &m);
	for (unsigned i = N; i-- > 0;) {
		assert_int_equal(cart_locate(g.cart, 0, i), MEDIA_OK);
		assert_int_equal(read_object(g.cart, &m.objects[i]), 0);
	}
	model_free(&m);
	teardown(&g);
}

/* Nothing is encrypted before it is asked for, and a plain cartridge says so. */
static void test_plain_says_so(void **state)
{
	struct ground g;
	struct cart_usage usage;
	setup(&g);
	put(&g, 1, 1000);
	assert_int_equal(cart_use_crypt(g.cart, NULL), 0);
	const struct cart_crypt reads = { .decryption = CART_MIXED, .key = key_a };
	assert_int_equal(cart_use_crypt(g.cart, &reads), 0);
	put(&g, 2, 1000);
	assert_int_equal(cart_features(g.cart).read, 0);
	cart_usage(g.cart, &usage);
	assert_false(usage.encrypted);
	const struct cart_crypt keyless = { .encrypt = true }, keyless_too = { .decryption = CART_DECRYPT };
	assert_int_equal(cart_use_crypt(g.cart, &keyless), -EINVAL);
	assert_int_equal(cart_use_crypt(g.cart, &keyless_too), -EINVAL);
	teardown(&g);
}

/* Who may read what: one record of key A, one of it that must not be read raw, one of key B, a plain one. */
static void test_who_reads(void **state)
{
	static const struct {
		enum cart_decryption decryption;
		const uint8_t *key;
		int res[4];
	} rows[] = {
		{ CART_LOCKED, NULL, { -ENOKEY, -ENOKEY, -ENOKEY, 0 } },
		{ CART_LOCKED, key_a, { -ENOKEY, -ENOKEY, -ENOKEY, 0 } },
		{ CART_RAW, NULL, { 0, -EKEYREVOKED, 0, 0 } },
		{ CART_RAW, key_a, { 0, -EKEYREVOKED, 0, 0 } },
		{ CART_DECRYPT, key_a, { 0, 0, -EKEYREJECTED, -ENOMSG } },
		{ CART_DECRYPT, key_b, { -EKEYREJECTED, -EKEYREJECTED, 0, -ENOMSG } },
		{ CART_MIXED, key_a, { 0, 0, -EKEYREJECTED, 0 } },
		{ CART_MIXED, key_b, { -EKEYREJECTED, -EKEYREJECTED, 0, 0 } },
	};
	struct ground g;
	struct cart_crypt never = crypt_of(key_a, CART_LOCKED);
	setup(&g);
	use(&g, key_a, CART_LOCKED);
	put(&g, 0, 5000);
	never.never_raw = true;
	assert_int_equal(cart_use_crypt(g.cart, &never), 0);
	put(&g, 1, 5000);
	use(&g, key_b, CART_LOCKED);
	put(&g, 2, 5000);
	assert_int_equal(cart_use_crypt(g.cart, NULL), 0);
	put(&g, 3, 5000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct cart_crypt crypt = { .decryption = rows[i].decryption, .key = rows[i].key };
		assert_int_equal(cart_use_crypt(g.cart, &crypt), 0);
		for (unsigned k = 0; k < 4; k++) {
			assert_int_equal(peek(&g, k), rows[i].res[k]);
			assert_int_equal(read_first(&g, k), rows[i].res[k]);
			struct cart_block block;
			assert_int_equal(cart_look(g.cart, &block), 0);
			assert_int_equal(block.record, true);
			assert_int_equal(block.encrypted, k < 3);
			assert_int_equal(block.readable, !rows[i].res[k]);
			assert_int_equal(block.never_raw, k == 1);
			assert_int_equal(cart_skip(g.cart), MEDIA_OK);
		}
	}
	teardown(&g);
}

/* A raw record is what is stored, whole, also over several segments. */
static void test_raw(void **state)
{
	static const uint32_t lens[] = { 3, 70000, (2 << 20) + 7 };
	struct ground g;
	setup(&g);
	use(&g, key_a, CART_LOCKED);
	for (unsigned i = 0; i < 3; i++)
		put(&g, i, lens[i]);
	const struct cart_crypt raw = { .decryption = CART_RAW };
	assert_int_equal(cart_use_crypt(g.cart, &raw), 0);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t len, is = 0;
		size_t n = 0;
		uint8_t *want = stored(&g, i, &len);
		assert_int_equal(cart_locate(g.cart, 0, i), MEDIA_OK);
		assert_int_equal(cart_peek(g.cart, &is), MEDIA_OK);
		assert_int_equal(is, len);
		for (uint32_t at = 0; at < len; at += (uint32_t)n) {
			const void *p;
			assert_int_equal(cart_read_chunk(g.cart, at, &p, &n), 0);
			assert_memory_equal(p, want + at, n);
		}
		assert_int_equal(cart_skip(g.cart), MEDIA_OK);
		free(want);
	}
	teardown(&g);
}

/* The data that belong to the key stand beside the record, for everybody. */
static void test_kads(void **state)
{
	struct ground g;
	struct cart_block block;
	struct cart_crypt crypt = crypt_of(key_a, CART_LOCKED);
	setup(&g);
	crypt.kad[CART_KAD_PLAIN] = (struct cart_kad){ true, CART_KAD_MAX,
		"12345678901234567890123456789012" };
	crypt.kad[CART_KAD_AUTHENTICATED] = (struct cart_kad){ true, 0, "" };
	assert_int_equal(cart_use_crypt(g.cart, &crypt), 0);
	put(&g, 0, 10);
	again(&g);
	assert_int_equal(cart_look(g.cart, &block), 0);
	assert_true(block.record && block.encrypted && !block.readable);
	for (unsigned i = 0; i < CART_KADS; i++)
		assert_memory_equal(&block.kad[i], &crypt.kad[i], sizeof block.kad[i]);
	assert_int_equal(cart_skip(g.cart), MEDIA_OK);
	assert_int_equal(cart_look(g.cart, &block), 0);
	assert_false(block.record);
	crypt.kad[CART_KAD_PLAIN].len = CART_KAD_MAX + 1;
	assert_int_equal(cart_use_crypt(g.cart, &crypt), -EINVAL);
	teardown(&g);
}

/* Writes a stored record to another cartridge, behind `before` others, and reads it there with the key. */
static int read_elsewhere(const uint8_t *bytes, uint32_t len, unsigned before)
{
	struct ground g;
	struct cart_crypt crypt = { .decryption = CART_MIXED, .key = key_a };
	setup(&g);
	assert_int_equal(cart_allow_transformed(g.cart, FEATURE_TRANSFORMED | FEATURE_ENCRYPTED), 0);
	for (unsigned i = 0; i < before; i++)
		put(&g, i, 100);
	int res = cart_write_transformed(g.cart, bytes, len);
	assert_int_equal(cart_use_crypt(g.cart, &crypt), 0);
	if (!res)
		res = read_first(&g, before);
	teardown(&g);
	return res;
}

/* Each bit of the stored record counts, be its checksum right or not: changed, it is never given to a host. */
static void test_tampered(void **state)
{
	struct ground g;
	struct cart_crypt crypt = crypt_of(key_a, CART_MIXED);
	uint32_t len;
	setup(&g);
	crypt.kad[CART_KAD_PLAIN] = (struct cart_kad){ true, 5, "plain" };
	crypt.kad[CART_KAD_AUTHENTICATED] = (struct cart_kad){ true, 4, "auth" };
	crypt.never_raw = true;
	assert_int_equal(cart_use_crypt(g.cart, &crypt), 0);
	put(&g, 0, 20);
	put(&g, 1, 20);
	uint8_t *bytes = stored(&g, 1, &len);
	assert_int_equal(read_elsewhere(bytes, len, 1), 0);
	for (uint32_t i = 0; i < len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1 << bit);
			int res = read_elsewhere(bytes, len, 1);
			if (res != -EBADMSG && res != -EILSEQ && res != -EKEYREJECTED && res != -ENOPKG)
				fail_msg("byte %u bit %u: %d", i, bit, res);
			bytes[i] ^= (uint8_t)(1 << bit);
		}
	}
	free(bytes);
	teardown(&g);
}

/* A record in the place of another one is refused, though key and bytes are right. */
static void test_exchanged(void **state)
{
	struct ground g;
	uint32_t len;
	setup(&g);
	use(&g, key_a, CART_MIXED);
	for (unsigned i = 0; i < 3; i++)
		put(&g, i, 500);
	for (unsigned from = 0; from < 3; from++) {
		uint8_t *bytes = stored(&g, from, &len);
		for (unsigned to = 0; to < 3; to++)
			assert_int_equal(read_elsewhere(bytes, len, to), from == to ? 0 : -EILSEQ);
		free(bytes);
	}
	teardown(&g);
}

struct used {
	uint8_t bytes[KEY_ID + 12];
};

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct used));
}

static void note(struct ground *g, uint64_t object, struct used *ret)
{
	struct envelope v;
	uint32_t len;
	uint8_t *bytes = stored(g, object, &len);
	assert_int_equal(envelope_decode(bytes, len, len, &v), 0);
	assert_int_equal(v.host_crc, 0); /* it would tell what the record may be */
	memcpy(ret->bytes, v.key_id, KEY_ID);
	memcpy(ret->bytes + KEY_ID, v.nonce, sizeof v.nonce);
	free(bytes);
}

/* The same key for many records, over the same records again, after new mounts, and in a copy of the folder that is
 * written further: no pair of key and nonce comes twice. */
static void test_nonces(void **state)
{
	enum { EACH = 200, ROUNDS = 6 };
	struct ground g;
	char *copy = scratch_new(false);
	struct used *used = calloc(EACH * ROUNDS, sizeof *used);
	setup(&g);
	for (unsigned round = 0; round < ROUNDS; round++) {
		use(&g, key_a, CART_LOCKED);
		assert_int_equal(cart_rewind(g.cart), 0);
		for (unsigned i = 0; i < EACH; i++)
			put(&g, i, 64);
		for (unsigned i = 0; i < EACH; i++)
			note(&g, i, &used[round * EACH + i]);
		if (round == 2)
			copy_tree(g.root, copy);
		if (round == 4) { /* the copy comes back and is written as the original was */
			assert_int_equal(cart_close(g.cart), 0);
			remove_tree(g.root);
			copy_tree(copy, g.root);
			g.cart = cart_thread(g.e, g.root, 0);
		} else if (round % 2) {
			again(&g);
		}
	}
	qsort(used, EACH * ROUNDS, sizeof *used, by_bytes);
	for (unsigned i = 1; i < EACH * ROUNDS; i++)
		assert_true(memcmp(&used[i - 1], &used[i], sizeof *used) != 0);
	free(used);
	scratch_end(copy);
	teardown(&g);
}

/* Every place where a key was is overwritten; what is encrypted does not hold what was written. */
static void test_files(void **state)
{
	struct ground g;
	char command[256];
	uint8_t key[CART_KEY];
	setup(&g);
	memset(key, 'K', sizeof key);
	use(&g, key, CART_MIXED);
	uint8_t text[4096];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t) "plaintext"[i % 9];
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(cart_write(g.cart, text, sizeof text), MEDIA_OK);
	again(&g);
	snprintf(command, sizeof command, "grep -raqE 'plaintext|KKKKKKKK' %s", g.root);
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	use(&g, key, CART_MIXED);
	assert_int_equal(read_first(&g, 19), 0);
	teardown(&g);
}

/* Switched between keys and off while records are in the stages: each record has the key of its time. */
static void test_switched(void **state)
{
	struct ground g;
	setup(&g);
	for (unsigned i = 0; i < 60; i++) {
		if (i % 9 == 0)
			use(&g, i % 2 ? key_a : key_b, CART_LOCKED);
		if (i % 9 == 6)
			assert_int_equal(cart_use_crypt(g.cart, NULL), 0);
		put(&g, i, 3000 + i);
		assert_null(cart_check(g.cart));
	}
	again(&g);
	const struct cart_crypt a = { .decryption = CART_MIXED, .key = key_a };
	assert_int_equal(cart_use_crypt(g.cart, &a), 0);
	for (unsigned i = 0; i < 60; i++) {
		bool plain = i % 9 >= 6, with_a = i / 9 * 9 % 2;
		assert_int_equal(peek(&g, i), plain || with_a ? 0 : -EKEYREJECTED);
		if (plain || with_a)
			assert_int_equal(read_object(g.cart, &(struct object){ i, 3000 + i }), 0);
	}
	teardown(&g);
}

/* What is left of the plain record before means nothing to those that are encrypted (media/check.c looks). */
static void test_after_a_plain_one(void **state)
{
	struct ground g;
	struct model m = { 0 };
	setup(&g);
	write_object(&m, g.cart, SEGMENT_DATA / 2);
	use(&g, key_a, CART_MIXED);
	for (unsigned i = 0; i < 100; i++)
		write_object(&m, g.cart, 20000);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

/* A sync point that fails leaves no record in the stages, and the key that was. */
static void test_sync_fails(void **state)
{
	struct ground g;
	int err = 0;
	uint64_t first = 0;
	setup(&g);
	use(&g, key_a, CART_MIXED);
	put(&g, 0, 4000);
	assert_int_equal(cart_sync(g.cart), 0);
	put(&g, 1, 4000);
	fault_set(g.e, (struct fault_plan){ FAULT_EIO, 0, true });
	assert_int_equal(cart_use_crypt(g.cart, NULL), -EIO);
	fault_set(g.e, (struct fault_plan){ 0 });
	assert_true(cart_fault_take(g.cart, &err, &first));
	assert_true(err == -EIO && first == 1);
	assert_null(cart_check(g.cart));
	assert_int_equal(read_first(&g, 0), 0);
	assert_int_equal(cart_use_crypt(g.cart, NULL), 0);
	assert_int_equal(read_first(&g, 0), -ENOKEY);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_plain_says_so),
		cmocka_unit_test(test_who_reads),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_kads),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_exchanged),
		cmocka_unit_test(test_nonces),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_switched),
		cmocka_unit_test(test_after_a_plain_one),
		cmocka_unit_test(test_sync_fails),
	};
	return cmocka_run_group_tests_name("encrypted records come back with their key only", tests, NULL,
		NULL);
}
