// SPDX-License-Identifier: Apache-2.0
/* A long random walk on a cartridge beside a tape in memory: both must agree at every step. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "media/engine/fault.h"
#include "staging.h"
#include "support.h"

struct walk {
	struct engine *e;
	char *root;
	struct cart *cart;
	struct model m;
	struct rng rng;
	uint32_t extent_blocks;
	uint64_t seed; /* of the next record */
};

static uint32_t some_length(struct walk *w)
{
	static const uint32_t lengths[] = { 1, 2, 511, 512, 4095, 4096, 4097, 10240, 65536, 65536, 262144 };
	uint64_t dice = rng_below(&w->rng, 400);
	if (dice == 0)
		return (uint32_t)(1 + rng_below(&w->rng, MEDIA_RECORD_MAX));
	if (dice < 4)
		return (1u << 20) - 1 + (uint32_t)rng_below(&w->rng, 3);
	if (dice < 100)
		return 1 + (uint32_t)rng_below(&w->rng, 3000);
	return lengths[rng_below(&w->rng, sizeof lengths / sizeof lengths[0])];
}

static void do_write(struct walk *w)
{
	uint32_t len = some_length(w), n = 1 + (uint32_t)rng_below(&w->rng, 20);
	bool same = rng_below(&w->rng, 2);
	if (len > 100000)
		n = 1;
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(write_record(w->cart, w->seed, len), MEDIA_OK);
		model_put(&w->m, len, w->seed++);
		if (!same)
			len = 1 + (uint32_t)rng_below(&w->rng, 9000);
	}
}

static void do_cancel(struct walk *w)
{
	size_t room;
	uint32_t len = some_length(w);
	assert_int_equal(cart_write_begin(w->cart, len), MEDIA_OK);
	for (uint64_t n = rng_below(&w->rng, 12); n > 0; n--) {
		void *p = cart_write_room(w->cart, &room);
		if (!p)
			break;
		memset(p, 0xee, room);
		cart_write_filled(w->cart, room);
	}
	cart_write_cancel(w->cart);
}

static void do_filemarks(struct walk *w)
{
	static const uint32_t counts[] = { 0, 1, 1, 1, 1, 2, 2, 3, 50 };
	uint32_t n = counts[rng_below(&w->rng, 9)], done = 99;
	assert_int_equal(cart_write_filemarks(w->cart, n, &done), MEDIA_OK);
	assert_int_equal(done, n);
	for (uint32_t i = 0; i < n; i++)
		model_put(&w->m, 0, 0);
}

static void do_read(struct walk *w)
{
	for (uint64_t n = rng_below(&w->rng, 40); n > 0 && w->m.pos < w->m.count; n--) {
		int res = read_object(w->cart, &w->m.objects[w->m.pos]);
		if (res)
			fail_msg("object %zu: %d", w->m.pos, res);
		w->m.pos++;
	}
}

static void do_locate(struct walk *w)
{
	uint64_t to = rng_below(&w->rng, w->m.count + 3);
	bool over = to > w->m.count;
	assert_int_equal(cart_locate(w->cart, 0, to), over ? MEDIA_EOD : MEDIA_OK);
	w->m.pos = over ? w->m.count : to;
}

static int64_t some_steps(struct walk *w)
{
	int64_t n = (int64_t)rng_below(&w->rng, rng_below(&w->rng, 4) ? 12 : 400);
	return rng_below(&w->rng, 2) ? n : -n;
}

/* What the model says of moving over n blocks. */
static int model_blocks(struct model *m, int64_t n, uint64_t *done)
{
	for (*done = 0; n > 0; n--, ++*done) {
		if (m->pos == m->count)
			return MEDIA_EOD;
		if (m->objects[m->pos++].len == 0)
			return MEDIA_FILEMARK;
	}
	for (; n < 0; n++, ++*done) {
		if (m->pos == 0)
			return MEDIA_BOP;
		if (m->objects[--m->pos].len == 0)
			return MEDIA_FILEMARK;
	}
	return MEDIA_OK;
}

static int model_marks(struct model *m, int64_t n, uint64_t *done)
{
	for (*done = 0; n > 0; m->pos++) {
		if (m->pos == m->count)
			return MEDIA_EOD;
		if (m->objects[m->pos].len == 0) {
			++*done;
			n--;
		}
	}
	for (; n < 0; m->pos--) {
		if (m->pos == 0)
			return MEDIA_BOP;
		if (m->objects[m->pos - 1].len == 0) {
			++*done;
			n++;
		}
	}
	return MEDIA_OK;
}

static void do_space(struct walk *w)
{
	int64_t n = some_steps(w);
	uint64_t done = 77, want = 0;
	if (rng_below(&w->rng, 2)) {
		int res = model_blocks(&w->m, n, &want);
		assert_int_equal(cart_space_blocks(w->cart, n, &done), res);
	} else {
		n /= 4;
		int res = model_marks(&w->m, n, &want);
		assert_int_equal(cart_space_filemarks(w->cart, n, &done), res);
	}
	assert_int_equal(done, want);
}

static void do_ends(struct walk *w)
{
	bool begin = rng_below(&w->rng, 2);
	assert_int_equal(begin ? cart_rewind(w->cart) : cart_space_eod(w->cart), MEDIA_OK);
	w->m.pos = begin ? 0 : w->m.count;
}

static void do_sync(struct walk *w)
{
	assert_int_equal(cart_sync(w->cart), 0);
	struct cart_position pos;
	cart_position(w->cart, &pos);
	assert_int_equal(pos.buffered_objects, 0);
	assert_int_equal(pos.buffered_bytes, 0);
}

static void do_remount(struct walk *w)
{
	assert_int_equal(cart_close(w->cart), 0);
	if (rng_below(&w->rng, 2)) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s/index-p0", w->root, BARCODE);
		remove(path); /* the extents alone must do */
	}
	w->cart = cart_thread(w->e, w->root, w->extent_blocks);
	w->m.pos = 0;
}

static void do_erase(struct walk *w)
{
	if (rng_below(&w->rng, 10))
		return;
	assert_int_equal(cart_erase(w->cart), MEDIA_OK);
	w->m.count = w->m.pos;
}

/* clang-format off */
static const struct step {
	unsigned weight;
	void (*run)(struct walk *w);
	bool cuts; /* what is behind goes */
} steps[] = {
	{ 25, do_write, true }, { 3, do_cancel }, { 12, do_filemarks, true }, { 20, do_read },
	{ 6, do_locate }, { 25, do_space }, { 8, do_ends }, { 6, do_sync }, { 1, do_remount },
	{ 1, do_erase, true },
};
/* clang-format on */

/* Mostly at end of data, or the tape would never grow; sometimes near it, seldom anywhere. */
static void place_for_writing(struct walk *w)
{
	uint64_t dice = rng_below(&w->rng, 1000);
	if (dice == 0)
		return;
	uint64_t back = dice < 50 ? rng_below(&w->rng, 40) : 0;
	w->m.pos = w->m.count - (back < w->m.count ? back : w->m.count);
	assert_int_equal(cart_locate(w->cart, 0, w->m.pos), MEDIA_OK);
}

static void step(struct walk *w)
{
	unsigned sum = 0;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		sum += steps[i].weight;
	uint64_t dice = rng_below(&w->rng, sum);
	const struct step *s = steps;
	while (dice >= s->weight)
		dice -= s++->weight;
	if (s->cuts)
		place_for_writing(w);
	s->run(w);
	struct cart_position pos;
	cart_position(w->cart, &pos);
	assert_int_equal(pos.object, w->m.pos);
	assert_int_equal(pos.filemarks, model_filemarks(&w->m, w->m.pos));
	assert_true(pos.bop == (w->m.pos == 0));
	assert_true(pos.eod == (w->m.pos == w->m.count));
}

static void walk_on(struct engine *e, char *root, unsigned count, uint64_t seed, uint32_t extent_blocks)
{
	struct walk w = { .e = e, .root = root, .rng = { seed }, .extent_blocks = extent_blocks };
	w.cart = cart_fresh(w.e, w.root, 1ull << 40, extent_blocks);
	for (unsigned i = 0; i < count; i++)
		step(&w);
	check_all(w.cart, &w.m);
	assert_int_equal(cart_close(w.cart), 0);
	w.cart = cart_thread(w.e, w.root, 0);
	check_all(w.cart, &w.m);
	assert_int_equal(cart_close(w.cart), 0);
	model_free(&w.m);
	scratch_end(w.root);
	engine_free(w.e);
}

static void walk(bool on_disk, unsigned count, uint64_t seed, uint32_t extent_blocks)
{
	walk_on(on_disk ? engine_sync_new() : engine_sparse_new(), scratch_new(on_disk), count, seed,
		extent_blocks);
}

static void test_memory(void **state)
{
	uint64_t seed = seed_for("walk on memory");
	for (unsigned i = 0; i < 5; i++)
		walk(false, 4000, seed + i, 3000);
}

/* Through stages that end late and in any order. */
static void test_stages(void **state)
{
	uint64_t seed = seed_for("walk through stages");
	for (unsigned i = 1; i < STAGING_WAYS; i++) {
		print_message("%s\n", staging_ways[i].name);
		staging_always(&staging_ways[i]);
		walk_on(engine_fault_new(seed + i, false), scratch_new(false), 1000, seed + i, 9000);
	}
	staging_always(NULL);
}

static void test_disk(void **state)
{
	walk(true, 1500, seed_for("walk on disk"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_disk),
	};
	return cmocka_run_group_tests_name("a random walk agrees with a tape in memory", tests, NULL, NULL);
}
