// SPDX-License-Identifier: Apache-2.0
/* Records through stages: several at once, in order; what a stage cannot do; what a sync point, a cancel, a fault and
 * an unmount find in them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/cart.h"
#include "media/check.h"
#include "media/engine/fault.h"
#include "staging.h"
#include "support.h"
#include "vtl/base/crew.h"
#include "vtl/base/worker.h"

static const struct scramble_key key = { .id = 9, .fails_at = 6666 };

struct ground {
	struct engine *e;
	char *root;
	struct cart *cart;
};

/* late: what the stages do ends late, in any order. */
static void setup(struct ground *g, bool late)
{
	g->root = scratch_new(false);
	g->e = late ? engine_fault_new(7, false) : engine_sync_new();
	media_keep_buffers(g->e);
	g->cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	assert_int_equal(staging_use(g->cart, &key), 0);
}

static void again(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	g->cart = cart_thread(g->e, g->root, 0);
	assert_int_equal(staging_use(g->cart, &key), 0);
}

static void teardown(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	engine_free(g->e);
	scratch_end(g->root);
}

static struct cart_position position(const struct ground *g)
{
	struct cart_position pos;
	cart_position(g->cart, &pos);
	assert_null(cart_check(g->cart));
	return pos;
}

static unsigned in_stages(const struct ground *g)
{
	return g->cart->stages.objects;
}

/* How the object is stored: 0 as it came, else the bytes after packing. */
static uint32_t packed_to(struct ground *g, uint64_t object)
{
	struct envelope v;
	const void *p;
	size_t n;
	uint32_t len;
	bool transformed;
	assert_int_equal(cart_locate(g->cart, 0, object), MEDIA_OK);
	assert_int_equal(cart_peek_stored(g->cart, &len, &transformed), MEDIA_OK);
	if (!transformed)
		return 0;
	assert_int_equal(cart_read_stored(g->cart, 0, &p, &n), 0);
	assert_int_equal(envelope_decode(p, n, len, &v), 0);
	return v.stored_len;
}

static void test_several_at_once(void **state)
{
	struct ground g;
	struct model m = { 0 };
	setup(&g, true);
	unsigned most = 0;
	for (unsigned i = 0; i < 100; i++) {
		uint32_t len = 1 + i * 3001;
		assert_int_equal(write_record(g.cart, i, len), MEDIA_OK);
		model_put(&m, len, i);
		struct cart_position pos = position(&g);
		assert_int_equal(pos.object, i + 1);
		assert_true(
			pos.eod && pos.buffered_objects <= i + 1 && pos.buffered_objects >= in_stages(&g));
		most = in_stages(&g) > most ? in_stages(&g) : most;
	}
	assert_true(most > 2 && most <= STAGED_RECORDS);
	assert_int_equal(cart_sync(g.cart), 0);
	assert_int_equal(in_stages(&g), 0);
	assert_int_equal(position(&g).buffered_objects, 0);
	check_all(g.cart, &m);
	again(&g);
	check_all(g.cart, &m);
	struct cart_usage usage;
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.objects, 100);
	model_free(&m);
	teardown(&g);
}

/* Large ones fill the stages by their bytes. */
static void test_large(void **state)
{
	struct ground g;
	struct model m = { 0 };
	setup(&g, true);
	for (unsigned i = 0; i < 12; i++) {
		uint32_t len = i % 3 ? MEDIA_RECORD_MAX - i : (1 << 20) + i;
		assert_int_equal(write_record(g.cart, i, len), MEDIA_OK);
		assert_true(g.cart->stages.charge <= STAGED_BYTES);
		assert_null(cart_check(g.cart));
		model_put(&m, len, i);
	}
	check_all(g.cart, &m);
	for (unsigned i = 12; i-- > 0;) {
		assert_int_equal(cart_locate(g.cart, 0, i), MEDIA_OK);
		assert_int_equal(read_object(g.cart, &m.objects[i]), 0);
	}
	model_free(&m);
	teardown(&g);
}

static void put_run(struct ground *g, uint32_t len, uint32_t run)
{
	uint8_t *bytes = malloc(len);
	memcpy(bytes, pattern(len, len), len);
	memset(bytes + len - run, 0x5a, run);
	assert_int_equal(cart_write(g->cart, bytes, len), MEDIA_OK);
	free(bytes);
}

static void check_run(struct ground *g, uint32_t len, uint32_t run)
{
	uint8_t *bytes = malloc(len);
	uint32_t is = 0;
	const void *p;
	size_t n = 0;
	memcpy(bytes, pattern(len, len), len);
	memset(bytes + len - run, 0x5a, run);
	assert_int_equal(cart_peek(g->cart, &is), MEDIA_OK);
	assert_int_equal(is, len);
	for (uint32_t at = 0; at < len; at += (uint32_t)n) {
		assert_int_equal(cart_read_chunk(g->cart, at, &p, &n), 0);
		assert_memory_equal(p, bytes + at, n);
	}
	assert_int_equal(cart_read_chunk(g->cart, len, &p, &n), -EINVAL);
	assert_int_equal(cart_skip(g->cart), MEDIA_OK);
	free(bytes);
}

/* What becomes smaller is charged as it is stored; hosts' counters count what they wrote and read. */
static void test_smaller(void **state)
{
	static const struct {
		uint32_t len, run;
	} rows[] = { { 100, 90 }, { 5000, 4000 }, { 3 << 20, 1 << 20 }, { 4 << 20, 4 << 20 },
		{ MEDIA_RECORD_MAX, 6 << 20 } };
	enum { N = sizeof rows / sizeof rows[0] };
	struct ground g;
	uint64_t host = 0, charge = 0;
	setup(&g, true);
	for (unsigned i = 0; i < N; i++) {
		put_run(&g, rows[i].len, rows[i].run);
		host += rows[i].len;
		charge += ENVELOPE_MIN + rows[i].len - rows[i].run + 5;
	}
	assert_int_equal(cart_rewind(g.cart), 0);
	for (unsigned i = 0; i < N; i++)
		check_run(&g, rows[i].len, rows[i].run);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(packed_to(&g, i), rows[i].len - rows[i].run + 5);
	struct cart_usage usage;
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.used, charge);
	again(&g);
	assert_int_equal(cart_counters(g.cart).written, host);
	assert_true(cart_counters(g.cart).read >= host);
	teardown(&g);
}

/* A stage that can be done without: left out when it fails, and while the crew is busy. */
static void test_optional(void **state)
{
	struct ground g;
	setup(&g, true);
	put_run(&g, PACK_FAILS, 5000);
	assert_int_equal(packed_to(&g, 0), PACK_FAILS); /* scrambled all the same */
	assert_int_equal(cart_space_eod(g.cart), 0);
	for (unsigned i = 0; i < 8; i++)
		put_run(&g, 5000 + i, 4000);
	unsigned hurried = 0;
	for (unsigned i = 0; i < 8; i++)
		hurried += packed_to(&g, 1 + i) == 5000 + i;
	assert_true(hurried > 0 && hurried < 8);
	assert_int_equal(cart_locate(g.cart, 0, 1), MEDIA_OK);
	for (unsigned i = 0; i < 8; i++)
		check_run(&g, 5000 + i, 4000);
	teardown(&g);
}

/* A stage that fails: that record and those behind it are lost, what was before is durable, and life goes on. */
static void test_stage_fails(void **state)
{
	for (unsigned late = 0; late < 2; late++) {
		struct ground g;
		struct model m = { 0 };
		int err = 0;
		uint64_t first = 0;
		setup(&g, late);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(write_record(g.cart, i, 4000), MEDIA_OK);
			model_put(&m, 4000, i);
		}
		int res = write_record(g.cart, 3, key.fails_at);
		for (unsigned i = 4; i < 40 && !res; i++)
			res = write_record(g.cart, i, 4000);
		assert_int_equal(res ? res : cart_sync(g.cart), -EOVERFLOW);
		assert_int_equal(write_record(g.cart, 50, 4000), -EOVERFLOW); /* not before it was reported */
		assert_int_equal(cart_sync(g.cart), -EOVERFLOW);
		assert_true(cart_fault_take(g.cart, &err, &first));
		assert_int_equal(err, -EOVERFLOW);
		assert_int_equal(first, 3);
		assert_false(cart_fault_take(g.cart, &err, &first));
		struct cart_position pos = position(&g);
		assert_true(pos.object == 3 && pos.eod && pos.buffered_objects == 0);
		assert_int_equal(cart_failed(g.cart), 0);
		assert_int_equal(write_record(g.cart, 60, 4000), MEDIA_OK);
		model_put(&m, 4000, 60);
		check_all(g.cart, &m);
		again(&g);
		check_all(g.cart, &m);
		model_free(&m);
		teardown(&g);
	}
}

/* The unmount tells who did not ask before. */
static void test_fails_at_unmount(void **state)
{
	struct ground g;
	struct cart_usage usage;
	setup(&g, true);
	assert_int_equal(write_record(g.cart, 0, 4000), MEDIA_OK);
	assert_int_equal(write_record(g.cart, 1, key.fails_at), MEDIA_OK);
	assert_int_equal(cart_close(g.cart), -EOVERFLOW);
	g.cart = cart_thread(g.e, g.root, 0);
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.objects, 1);
	teardown(&g);
}

/* A disk that fails under records in the stages. */
static void test_disk_fails(void **state)
{
	struct ground g;
	struct model m = { 0 };
	int err = 0, res = 0;
	uint64_t first = 0;
	setup(&g, true);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(write_record(g.cart, i, 300000), MEDIA_OK);
		model_put(&m, 300000, i);
	}
	assert_int_equal(cart_sync(g.cart), 0);
	fault_set(g.e, (struct fault_plan){ FAULT_EIO, 0, true });
	for (unsigned i = 10; i < 60 && !res; i++)
		res = write_record(g.cart, i, 300000);
	assert_int_equal(res, -EIO); /* a write, or the space for the next one */
	assert_int_equal(cart_sync(g.cart), -EIO);
	assert_int_equal(in_stages(&g), 0);
	fault_set(g.e, (struct fault_plan){ 0 });
	assert_true(cart_fault_take(g.cart, &err, &first));
	assert_true(err == -EIO && first == 10);
	assert_int_equal(position(&g).object, 10);
	assert_int_equal(write_record(g.cart, 99, 10), -EIO); /* read-only from now on */
	check_all(g.cart, &m);
	again(&g);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

static void test_cancel(void **state)
{
	struct ground g;
	struct model m = { 0 };
	size_t room;
	setup(&g, true);
	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(write_record(g.cart, i, 2000), MEDIA_OK);
		model_put(&m, 2000, i);
		assert_int_equal(cart_write_begin(g.cart, 5000), MEDIA_OK);
		assert_int_equal(cart_write_begin(g.cart, 5000), -EINVAL);
		assert_non_null(cart_write_room(g.cart, &room));
		assert_int_equal(room, 5000);
		if (i % 2)
			cart_write_filled(g.cart, 100);
		assert_null(cart_check(g.cart));
		if (i % 3)
			cart_write_cancel(g.cart);
		else
			assert_int_equal(cart_write_end(g.cart), -EINVAL); /* not all is there */
		assert_int_equal(position(&g).object, i + 1);
	}
	check_all(g.cart, &m);
	/* an unmount with a record half received and others in the stages */
	assert_int_equal(write_record(g.cart, 30, 2000), MEDIA_OK);
	model_put(&m, 2000, 30);
	assert_int_equal(cart_write_begin(g.cart, 5000), MEDIA_OK);
	again(&g);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

/* Filemarks and records that are stored as they are stand behind what was written before them. */
static void test_order(void **state)
{
	struct ground g;
	uint32_t done, len;
	setup(&g, true);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(write_record(g.cart, i, 3000), MEDIA_OK);
		assert_int_equal(write_record(g.cart, 100 + i, 3000), MEDIA_OK);
		assert_int_equal(i % 2 ? cart_write_filemarks(g.cart, 1, &done)
				       : cart_write_damaged(g.cart, "rest", i % 4 ? 4 : 0),
			MEDIA_OK);
	}
	assert_int_equal(cart_rewind(g.cart), 0);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(read_object(g.cart, &(struct object){ i, 3000 }), 0);
		assert_int_equal(read_object(g.cart, &(struct object){ 100 + i, 3000 }), 0);
		assert_int_equal(cart_peek(g.cart, &len), i % 2 ? MEDIA_FILEMARK : -EBADMSG);
		assert_int_equal(cart_skip(g.cart), MEDIA_OK);
	}
	teardown(&g);
}

/* Without its key, or the stage, a record is an error of its own. */
static void test_key_missing(void **state)
{
	static const struct scramble_key other = { .id = 8 }, wrong = { .id = 9, .wrong = true };
	static const struct {
		struct stage_use uses[2];
		unsigned n;
		int peek[3], read[3]; /* of a packed one, one that is only scrambled, a plain one */
	} rows[] = {
		{ { { 0 } }, 0, { -ENOKEY, -ENOKEY, 0 }, { -ENOKEY, -ENOKEY, 0 } },
		{ { { &stage_scramble, &key } }, 1, { -ENOPKG, 0, 0 }, { -ENOPKG, 0, 0 } },
		{ { { &stage_pack, NULL } }, 1, { -ENOKEY, -ENOKEY, 0 }, { -ENOKEY, -ENOKEY, 0 } },
		{ { { &stage_pack, NULL }, { &stage_scramble, &other } }, 2, { -ENOKEY, -ENOKEY, 0 },
			{ -ENOKEY, -ENOKEY, 0 } },
		{ { { &stage_pack, NULL }, { &stage_scramble, &wrong } }, 2, { 0, 0, 0 },
			{ -EBADMSG, -EBADMSG, 0 } },
		{ { { &stage_scramble, &other }, { &stage_scramble, &key } }, 2, { -ENOPKG, 0, 0 },
			{ -ENOPKG, 0, 0 } },
		{ { { &stage_pack, NULL }, { &stage_scramble, &key } }, 2, { 0, 0, 0 }, { 0, 0, 0 } },
	};
	struct ground g;
	setup(&g, false);
	put_run(&g, 5000, 4000);
	put_run(&g, 5000, 1);
	assert_int_equal(cart_use_stages(g.cart, NULL, 0), 0);
	put_run(&g, 6000, 4000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(cart_use_stages(g.cart, rows[i].uses, rows[i].n), 0);
		assert_int_equal(cart_rewind(g.cart), 0);
		for (unsigned k = 0; k < 3; k++) {
			uint32_t len = 0;
			const void *p;
			size_t n;
			assert_int_equal(cart_peek(g.cart, &len), rows[i].peek[k]);
			assert_int_equal(cart_read_chunk(g.cart, 0, &p, &n), rows[i].read[k]);
			assert_int_equal(cart_skip(g.cart), MEDIA_OK);
		}
	}
	teardown(&g);
}

/* Switched on and off in mid-tape: each generation says what is in it, and all can be read. */
static void test_switched(void **state)
{
	struct ground g;
	struct model m = { 0 };
	g.root = scratch_new(false);
	g.e = engine_fault_new(11, false);
	g.cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	for (unsigned i = 0; i < 40; i++) {
		if (i % 10 == 5)
			assert_int_equal(staging_use(g.cart, &key), 0);
		if (i % 10 == 0)
			assert_int_equal(cart_use_stages(g.cart, NULL, 0), 0);
		assert_int_equal(write_record(g.cart, i, 1000 + i), MEDIA_OK);
		model_put(&m, 1000 + i, i);
	}
	assert_int_equal(cart_features(g.cart).read, FEATURES_RECORDS);
	again(&g);
	check_all(g.cart, &m);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(packed_to(&g, i), i % 10 < 5 ? 0 : 1000 + i);
	const struct stage_use many[STAGES_MAX + 1] = { { &stage_pack, NULL, true } };
	assert_int_equal(cart_use_stages(g.cart, many, STAGES_MAX + 1), -EINVAL);
	model_free(&m);
	teardown(&g);
}

/* The end of the tape: nothing that was accepted is refused later. */
static void test_full(void **state)
{
	enum { CAPACITY = 4 << 20 };
	struct ground g;
	struct model m = { 0 };
	int res = 0;
	g.root = scratch_new(false);
	g.e = engine_fault_new(3, false);
	g.cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	assert_int_equal(staging_use(g.cart, &key), 0);
	for (unsigned i = 0; !res; i++) {
		res = write_record(g.cart, i, 30000);
		if (!res)
			model_put(&m, 30000, i);
	}
	assert_int_equal(res, MEDIA_FULL);
	assert_int_equal(cart_sync(g.cart), 0);
	struct cart_usage usage;
	cart_usage(g.cart, &usage);
	assert_true(usage.used <= CAPACITY && usage.used + 2 * (30000 + ENVELOPE_MAX) > CAPACITY);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

/* --- the crew of a daemon ---------------------------------------------------------------------------- */

static void on_a_worker(void *arg)
{
	struct crew *crew;
	struct model m = { 0 };
	struct ground g = { .root = arg, .e = engine_uring_new() };
	assert_int_equal(crew_new(2, &crew), 0);
	crew_serve(crew, worker_self());
	g.cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(staging_use(g.cart, &key), 0);
	for (unsigned i = 0; i < 300; i++) {
		uint32_t len = i % 50 == 49 ? 3 << 20 : 100 + i * 700;
		assert_int_equal(write_record(g.cart, i, len), MEDIA_OK);
		model_put(&m, len, i);
		if (i % 37 == 0)
			assert_int_equal(cart_sync(g.cart), 0);
	}
	check_all(g.cart, &m);
	again(&g);
	check_all(g.cart, &m);
	assert_int_equal(cart_close(g.cart), 0);
	engine_free(g.e);
	crew_free(crew);
	model_free(&m);
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
		cmocka_unit_test(test_several_at_once),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_smaller),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_stage_fails),
		cmocka_unit_test(test_fails_at_unmount),
		cmocka_unit_test(test_disk_fails),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_key_missing),
		cmocka_unit_test(test_switched),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_crew),
	};
	return cmocka_run_group_tests_name("records in the stages come out whole and in order", tests, NULL,
		NULL);
}
