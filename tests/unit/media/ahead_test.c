// SPDX-License-Identifier: Apache-2.0
/* Records undone ahead of READ: each comes back as it was written, or with its own error, whatever the host does between
 * two READs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loaded.h"
#include "media/cart.h"
#include "media/check.h"
#include "media/engine/fault.h"
#include "vtl/base/crew.h"
#include "vtl/base/worker.h"

static const uint8_t key_a[CART_KEY] = { 1, 2, 3 }, key_b[CART_KEY] = { 1, 2, 4 };

static int use(struct ground *g, const uint8_t *key, bool encrypt, enum cart_decryption decryption)
{
	const struct cart_crypt crypt = { .encrypt = encrypt, .decryption = decryption, .key = key };
	return cart_use_crypt(g->cart, key ? &crypt : NULL);
}

/* Records of all kinds with the key: plain ones, filemarks, compressed ones, long ones. */
static void write_mixed(struct ground *g, unsigned n, const uint8_t *key)
{
	pattern_shrinks(true);
	for (unsigned i = 0; i < n; i++) {
		if (i % 20 == 0)
			assert_int_equal(use(g, key, true, CART_MIXED), 0);
		if (i % 20 == 8)
			assert_int_equal(use(g, key, false, CART_MIXED), 0);
		if (i % 20 == 10)
			assert_int_equal(cart_use_compression(g->cart, CART_COMPRESS_LZ4), 0);
		if (i % 20 == 14)
			assert_int_equal(use(g, key, true, CART_MIXED), 0);
		if (i % 20 == 18)
			assert_int_equal(cart_use_compression(g->cart, CART_COMPRESS_OFF), 0);
		write_object(&g->m, g->cart,
			i % 13 == 12           ? 0
				: i % 50 == 36 ? 3 << 20
					       : 1 + i * 1117 % 90000);
	}
	pattern_shrinks(false);
}

/* Reads n objects at the position.  The most that were begun ahead at a time. */
static unsigned read_on(struct ground *g, uint64_t from, unsigned n)
{
	const struct stages *stages = &g->cart->stages;
	unsigned most = 0;
	for (uint64_t i = from; i < from + n; i++) {
		int res = read_object(g->cart, &g->m.objects[i]);
		if (res)
			fail_msg("object %llu (len %u): %d", (unsigned long long)i, g->m.objects[i].len, res);
		assert_null(cart_check(g->cart));
		assert_true(stages->ahead_count <= STAGED_RECORDS && stages->ahead_bytes <= STAGED_BYTES);
		most = stages->ahead_count > most ? stages->ahead_count : most;
	}
	return most;
}

static void test_in_order(void **state)
{
	enum { N = 260 };
	struct ground g;
	setup(&g);
	write_mixed(&g, N, key_a);
	again(&g);
	pattern_shrinks(true);
	assert_int_equal(use(&g, key_a, false, CART_MIXED), 0);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
		assert_true(read_on(&g, 0, N) > STAGED_RECORDS / 2);
		struct cart_usage usage;
		cart_usage(g.cart, &usage);
		assert_int_equal(usage.objects, N);
	}
	pattern_shrinks(false);
	teardown(&g);
}

/* What is read counts once, however it came about. */
static void test_counted(void **state)
{
	struct ground g;
	setup(&g);
	assert_int_equal(use(&g, key_a, true, CART_DECRYPT), 0);
	for (unsigned i = 0; i < 40; i++)
		write_object(&g.m, g.cart, i % 20 == 19 ? 2 << 20 : 10000);
	assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
	read_on(&g, 0, 40);
	assert_int_equal(g.cart->host_read, 38 * 10000 + 2 * (2 << 20));
	teardown(&g);
}

/* Records longer than a segment are put together from the window. */
static void test_long(void **state)
{
	struct ground g;
	setup(&g);
	assert_int_equal(use(&g, key_a, true, CART_DECRYPT), 0);
	for (unsigned i = 0; i < 24; i++)
		write_object(&g.m, g.cart,
			i % 8 == 5      ? MEDIA_RECORD_MAX
				: i % 8 ? SEGMENT_DATA + i % 3 - 1
					: 3 << 20);
	assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
	assert_true(read_on(&g, 0, 24) > 0);
	teardown(&g);
}

/* Reads up to `at` with key A, so that records behind it are begun. */
static void read_to(struct ground *g, unsigned at)
{
	assert_int_equal(use(g, key_a, false, CART_MIXED), 0);
	assert_int_equal(cart_rewind(g->cart), MEDIA_OK);
	read_on(g, 0, at);
	assert_true(g->cart->stages.ahead_count > 0);
}

/* The key is changed between two READs: the next one is read with what was set last. */
static void test_key_changes(void **state)
{
	static const struct {
		const uint8_t *key;
		enum cart_decryption decryption;
		int res;
	} rows[] = {
		{ key_b, CART_MIXED, -EKEYREJECTED },
		{ key_b, CART_DECRYPT, -EKEYREJECTED },
		{ NULL, CART_LOCKED, -ENOKEY },
		{ key_a, CART_LOCKED, -ENOKEY },
		{ key_a, CART_RAW, 0 },
		{ key_a, CART_DECRYPT, 0 },
	};
	struct ground g;
	setup(&g);
	assert_int_equal(use(&g, key_a, true, CART_MIXED), 0);
	for (unsigned i = 0; i < 60; i++)
		write_object(&g.m, g.cart, 20000);
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t len = 0;
		struct cart_block block;
		read_to(&g, 20 + i);
		assert_int_equal(use(&g, rows[i].key, false, rows[i].decryption), 0);
		assert_int_equal(g.cart->stages.ahead_count, 0);
		assert_int_equal(cart_peek(g.cart, &len), rows[i].res);
		assert_true(rows[i].res || (len > 20000) == (rows[i].decryption == CART_RAW));
		assert_int_equal(cart_look(g.cart, &block), 0);
		assert_true(block.encrypted && block.readable == !rows[i].res);
		assert_int_equal(use(&g, key_a, false, CART_MIXED), 0);
		assert_int_equal(cart_look(g.cart, &block), 0);
		assert_true(block.encrypted && block.readable);
		read_on(&g, 20 + i, 10);
	}
	teardown(&g);
}

/* Records of another key in the middle: the error comes at each of them and nowhere else. */
static void test_wrong_key_in_the_middle(void **state)
{
	struct ground g;
	setup(&g);
	for (unsigned i = 0; i < 40; i++) {
		if (i % 12 == 0)
			assert_int_equal(use(&g, key_a, true, CART_MIXED), 0);
		if (i % 12 == 9)
			assert_int_equal(use(&g, key_b, true, CART_MIXED), 0);
		write_object(&g.m, g.cart, 5000 + i);
	}
	read_to(&g, 6);
	for (unsigned i = 6; i < 40; i++) {
		assert_int_equal(read_object(g.cart, &g.m.objects[i]), i % 12 >= 9 ? -EKEYREJECTED : 0);
		if (i % 12 >= 9)
			assert_int_equal(cart_skip(g.cart), MEDIA_OK);
	}
	teardown(&g);
}

static uint8_t *stored(struct ground *g, uint64_t object, uint32_t *ret_len)
{
	const void *p;
	size_t n = 0;
	bool transformed;
	assert_int_equal(cart_locate(g->cart, 0, object), MEDIA_OK);
	assert_int_equal(cart_peek_stored(g->cart, ret_len, &transformed), MEDIA_OK);
	uint8_t *bytes = malloc(*ret_len);
	for (uint32_t at = 0; at < *ret_len; at += (uint32_t)n) {
		assert_int_equal(cart_read_stored(g->cart, at, &p, &n), 0);
		memcpy(bytes + at, p, n);
	}
	return bytes;
}

/* Changes one byte of the stored record in the cartridge's first file. */
static void damage(struct ground *g, uint64_t object)
{
	uint32_t len;
	char path[256];
	uint8_t *bytes = stored(g, object, &len);
	const struct segment s = g->cart->part->r.window[0]->segment;
	const struct extent *x = &g->cart->part->extents[s.extent];
	snprintf(path, sizeof path, "%s/" BARCODE "/p0-g%08x-%06u.ext", g->root, x->generation, x->number);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail_msg("no file %s", path);
	size_t size = (size_t)s.blocks * BLOCK;
	uint8_t *segment = malloc(size);
	off_t off = (off_t)s.block * BLOCK;
	assert_int_equal(pread(fd, segment, size, off), size);
	uint8_t *there = memmem(segment, size, bytes, len);
	assert_non_null(there);
	there[len / 2] ^= 1;
	assert_int_equal(pwrite(fd, segment, size, off), size);
	close(fd);
	free(segment);
	free(bytes);
}

/* A damaged record that was begun ahead: its error comes in its turn, and its neighbours come whole. */
static void test_damaged(void **state)
{
	enum { BAD = 25, N = 60 };
	struct ground g;
	uint32_t len;
	setup(&g);
	assert_int_equal(use(&g, key_a, true, CART_MIXED), 0);
	for (unsigned i = 0; i < N; i++)
		write_object(&g.m, g.cart, 9000 + i);
	again(&g);
	damage(&g, BAD);
	again(&g);
	read_to(&g, BAD - 1);
	read_on(&g, BAD - 1, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(cart_peek(g.cart, &len), -EBADMSG);
	assert_int_equal(cart_skip(g.cart), MEDIA_OK);
	read_on(&g, BAD + 1, N - BAD - 1);
	assert_int_equal(cart_peek(g.cart, &len), MEDIA_EOD);
	teardown(&g);
}

/* The same for one whose checksum is right, but that is not what was encrypted. */
static void test_tampered(void **state)
{
	enum { BAD = 25, N = 60 };
	struct ground from, to;
	const void *p;
	size_t n;
	uint32_t len;
	setup(&from);
	setup(&to);
	assert_int_equal(use(&from, key_a, true, CART_MIXED), 0);
	for (unsigned i = 0; i < N; i++)
		write_object(&from.m, from.cart, 9000 + i);
	assert_int_equal(cart_allow_transformed(to.cart, FEATURE_TRANSFORMED | FEATURE_ENCRYPTED), 0);
	for (unsigned i = 0; i < N; i++) {
		uint8_t *bytes = stored(&from, i, &len);
		bytes[len / 2] ^= i == BAD;
		assert_int_equal(cart_write_transformed(to.cart, bytes, len), MEDIA_OK);
		model_put(&to.m, 9000 + i, i);
		free(bytes);
	}
	read_to(&to, BAD);
	assert_int_equal(cart_peek(to.cart, &len), MEDIA_OK);
	assert_int_equal(len, 9000 + BAD);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(cart_read_chunk(to.cart, 0, &p, &n), -EILSEQ);
	assert_int_equal(cart_skip(to.cart), MEDIA_OK);
	read_on(&to, BAD + 1, N - BAD - 1);
	teardown(&from);
	teardown(&to);
}

/* One move of a host between two READs, in the model too. */
static void move(struct ground *g, struct rng *rng)
{
	struct model *m = &g->m;
	uint64_t n = rng_below(rng, 12), passed;
	switch (rng_below(rng, 8)) {
	case 0: m->pos = rng_below(rng, m->count); break;
	case 1: m->pos = m->pos > n ? m->pos - n : 0; break;
	case 2: m->pos = m->pos + n < m->count ? m->pos + n : m->count; break;
	case 3: m->pos = 0; break;
	case 4: assert_int_equal(use(g, key_a, n % 2, n % 3 ? CART_MIXED : CART_RAW), 0); return;
	case 5:
		if (m->pos == 0 || m->objects[m->pos - 1].len == 0)
			return;
		assert_int_equal(cart_space_blocks(g->cart, -1, &passed), MEDIA_OK);
		m->pos--;
		return;
	case 6:
		if (m->pos + 20 < m->count || m->pos == 0)
			return;
		assert_int_equal(use(g, key_a, n % 2, CART_MIXED), 0);
		write_object(m, g->cart, 1 + (uint32_t)rng_below(rng, 100000)); /* all behind is gone */
		return;
	default: return;
	}
	assert_int_equal(cart_locate(g->cart, 0, m->pos), MEDIA_OK);
}

static void walk(struct ground *g, struct rng *rng, unsigned rounds)
{
	struct model *m = &g->m;
	for (unsigned i = 0; i < rounds; i++) {
		move(g, rng);
		assert_null(cart_check(g->cart));
		if (g->cart->crypt && g->cart->crypt->decryption == CART_RAW)
			assert_int_equal(use(g, key_a, false, CART_MIXED), 0);
		uint64_t n = rng_below(rng, 30);
		if (n > m->count - m->pos)
			n = m->count - m->pos;
		read_on(g, m->pos, (unsigned)n);
		m->pos += n;
	}
}

/* LOCATE, SPACE, REWIND, backward, other keys, writes: nothing that was begun before shows in what is read then. */
static void test_moves(void **state)
{
	struct rng rng = { seed_for("moves while records are undone ahead") };
	struct ground g;
	setup(&g);
	for (unsigned i = 0; i < 200; i++) {
		if (i % 30 == 0)
			assert_int_equal(use(&g, key_a, i % 60 == 0, CART_MIXED), 0);
		write_object(&g.m, g.cart, i % 17 == 16 ? 0 : 1 + (uint32_t)rng_below(&rng, 100000));
	}
	walk(&g, &rng, 300);
	teardown(&g);
}

/* --- the crew of a daemon ---------------------------------------------------------------------------- */

static void on_a_worker(void *arg)
{
	struct rng rng = { seed_for("moves while a crew undoes records ahead") };
	struct crew *crew;
	struct ground g = { .root = arg, .e = engine_uring_new() };
	assert_int_equal(crew_new(2, &crew), 0);
	crew_serve(crew, worker_self());
	g.cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(use(&g, key_a, true, CART_MIXED), 0);
	for (unsigned i = 0; i < 300; i++)
		write_object(&g.m, g.cart, i % 50 == 49 ? 3 << 20 : 100 + i * 700);
	assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
	assert_true(read_on(&g, 0, 300) > STAGED_RECORDS / 2);
	walk(&g, &rng, 100);
	assert_int_equal(cart_rewind(g.cart), MEDIA_OK);
	read_on(&g, 0, 6);
	assert_int_equal(cart_close(g.cart), 0); /* with records begun */
	engine_free(g.e);
	crew_free(crew);
	model_free(&g.m);
}

static void test_crew(void **state)
{
	char *root = scratch_new(false);
	bool ran = ring_run(on_a_worker, root);
	scratch_end(root);
	if (!ran)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_key_changes),
		cmocka_unit_test(test_wrong_key_in_the_middle),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_crew),
	};
	return cmocka_run_group_tests_name("records undone ahead come whole, in their turn", tests, NULL,
		NULL);
}
