// SPDX-License-Identifier: Apache-2.0
/*
 * Crashes: small workloads on the fault engine, then the folder as a crash at
 * every moment could have left it, several ways each.  What was synced is
 * there and equal; what was overwritten never comes back; nothing is mixed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "media/cart.h"
#include "media/engine/fault.h"
#include "staging.h"
#include "support.h"
#include "tests/lib/seed.h"

enum {
	CALLS_MAX = 200,
	BRANCHES_MAX = 64,
	WAYS = 5, /* images of a moment: nothing unsynced is there, all, some, torn, all but one */
};

/* A stretch of the tape's life between two overwrites: objects only get more. */
struct branch {
	struct model m;
	size_t kept; /* objects it shares with the branch before */
};

/* What one call promised: once `moment` operations were done, it had returned. */
struct promise {
	size_t moment;
	size_t branch;  /* older ones may not come back */
	size_t objects; /* at least so many of it are there */
};

/* What the workloads came to. */
struct tried {
	unsigned full;     /* cuts made while the disk had no room */
	unsigned recycled; /* files that had another life before */
};

struct history {
	struct engine *e;
	char *root;
	struct cart *cart;
	struct rng rng;
	struct branch branches[BRANCHES_MAX];
	size_t branch_count;
	struct promise promises[CALLS_MAX];
	size_t promise_count;
	uint64_t seed;
	struct tried *tried;
	uint32_t extent_blocks;
};

static struct model *tape(struct history *h)
{
	return &h->branches[h->branch_count - 1].m;
}

static void promise(struct history *h, size_t objects)
{
	assert_true(h->promise_count < CALLS_MAX);
	h->promises[h->promise_count++] = (struct promise){ fault_moments(h->e), h->branch_count - 1,
		objects };
}

/* Objects promised that are still there after a cut at pos. */
static size_t still_promised(struct history *h, size_t pos)
{
	size_t before = h->promise_count ? h->promises[h->promise_count - 1].objects : 0;
	return before < pos ? before : pos;
}

/* The position is where the next object goes: a new branch when something was behind it. */
static bool branch_here(struct history *h)
{
	struct model *old = tape(h);
	if (old->pos == old->count || h->branch_count == BRANCHES_MAX)
		return false;
	struct branch *b = &h->branches[h->branch_count++];
	*b = (struct branch){ .kept = old->pos };
	for (size_t i = 0; i < old->pos; i++)
		model_put(&b->m, old->objects[i].len, old->objects[i].seed);
	return true;
}

static int put(struct history *h, uint32_t len, bool mark)
{
	uint32_t done;
	return mark ? cart_write_filemarks(h->cart, 1, &done) : write_record(h->cart, h->seed, len);
}

/* On a full disk, where that can be. */
static bool put_without_room(struct history *h, uint32_t len, bool mark)
{
	fault_set(h->e, (struct fault_plan){ .kind = FAULT_FULL, .for_ever = true });
	int err = put(h, len, mark);
	fault_set(h->e, (struct fault_plan){ 0 });
	assert_true(err == MEDIA_OK || err == MEDIA_FULL);
	h->tried->full += err == MEDIA_OK;
	return err == MEDIA_OK;
}

static void write_one(struct history *h)
{
	uint32_t len = 1 + (uint32_t)rng_below(&h->rng, rng_below(&h->rng, 3) ? 9000 : 60000);
	if (rng_below(&h->rng, 25) == 0)
		len = (1 << 20) + 1 + (uint32_t)rng_below(&h->rng, 300000);
	bool mark = rng_below(&h->rng, 4) == 0;
	bool cut = branch_here(h);
	model_put(tape(h), mark ? 0 : len, h->seed);
	if (!cut || !put_without_room(h, len, mark))
		assert_int_equal(put(h, len, mark), MEDIA_OK);
	h->seed++;
	if (cut)
		promise(h, still_promised(h, tape(h)->pos - 1));
}

static void sync_now(struct history *h)
{
	assert_int_equal(cart_sync(h->cart), 0);
	promise(h, tape(h)->count);
}

static void go_back(struct history *h)
{
	size_t to = rng_below(&h->rng, 3) ? rng_below(&h->rng, tape(h)->count + 1) : 0;
	assert_int_equal(cart_locate(h->cart, 0, to), MEDIA_OK); /* a sync point too */
	promise(h, tape(h)->count);
	tape(h)->pos = to;
}

static void remount(struct history *h)
{
	assert_int_equal(cart_close(h->cart), 0);
	promise(h, tape(h)->count);
	h->cart = cart_thread(h->e, h->root, h->extent_blocks);
	h->cart->part->allocate_step = 64 << 10;
	assert_int_equal(cart_space_eod(h->cart), MEDIA_OK);
	tape(h)->pos = tape(h)->count;
}

static void live(struct history *h, unsigned calls)
{
	h->branch_count = 1;
	h->cart = cart_fresh(h->e, h->root, 1ull << 30, h->extent_blocks);
	h->cart->part->allocate_step = 64 << 10;
	promise(h, 0);
	for (unsigned i = 0; i < calls; i++) {
		uint64_t dice = rng_below(&h->rng, 100);
		if (dice < 72)
			write_one(h);
		else if (dice < 87)
			sync_now(h);
		else if (dice < 95)
			go_back(h);
		else
			remount(h);
	}
	assert_int_equal(cart_close(h->cart), 0);
	promise(h, tape(h)->count);
}

/* What the last call that had returned at this moment promised. */
static const struct promise *promised_at(const struct history *h, size_t moment)
{
	const struct promise *p = NULL;
	for (size_t i = 0; i < h->promise_count && h->promises[i].moment <= moment; i++)
		p = &h->promises[i];
	return p;
}

/* How many objects from the beginning are those of the branch. */
static size_t agrees(struct cart *cart, const struct model *m, uint64_t count)
{
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	for (size_t i = 0; i < count; i++) {
		if (i >= m->count)
			return i;
		int res = read_object(cart, &m->objects[i]);
		if (res == -1 || res == MEDIA_FILEMARK)
			return i;
		if (res)
			fail_msg("object %zu cannot be read: %d", i, res);
	}
	return count;
}

static void check_image(const struct history *h, struct engine *e, const char *image, size_t moment,
	uint64_t seed)
{
	const struct promise *p = promised_at(h, moment);
	struct cart *cart;
	int err = cart_open(shelf_at(e, image), BARCODE, false, &cart);
	if (err == -ENOENT && !p)
		return; /* it was only being made */
	if (err)
		fail_msg("moment %zu seed %llu: cart_open %d", moment, (unsigned long long)seed, err);
	staging_begin(cart);
	struct cart_usage usage;
	cart_usage(cart, &usage);
	if (usage.lost_files || usage.lost_objects)
		fail_msg("moment %zu seed %llu: a crash is taken for lost files", moment,
			(unsigned long long)seed);
	size_t first = p ? p->branch : 0;
	bool good = false;
	for (size_t b = first; b < h->branch_count && b <= first + 1 && !good; b++) {
		const struct branch *branch = &h->branches[b];
		size_t least = p ? p->objects : 0;
		if (b > first && branch->kept < least)
			least = branch->kept;
		good = usage.objects >= least && agrees(cart, &branch->m, usage.objects) == usage.objects;
	}
	if (!good)
		fail_msg("moment %zu seed %llu: %llu objects, not what was promised (%zu of branch "
			 "%zu)",
			moment, (unsigned long long)seed, (unsigned long long)usage.objects,
			p ? p->objects : 0, first);
	if (seed % 4) { /* making room for more takes its time */
		cart_close(cart);
		return;
	}
	cart->part->allocate_step = 64 << 10;
	/* life goes on: what is written now is there after the next mount, with what was
	 * before it */
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	assert_int_equal(write_record(cart, 999, 5000), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_open(shelf_at(e, image), BARCODE, true, &cart), 0);
	staging_begin(cart);
	struct cart_usage again;
	cart_usage(cart, &again);
	assert_int_equal(again.objects, usage.objects + 1);
	assert_int_equal(cart_locate(cart, 0, usage.objects), MEDIA_OK);
	assert_int_equal(read_object(cart, &(struct object){ 999, 5000 }), MEDIA_OK);
	cart_close(cart);
}

static size_t crash_everywhere(uint64_t seed, struct stride stride, unsigned ways, uint32_t extent_blocks,
	struct tried *tried)
{
	struct history *h = calloc(1, sizeof *h);
	h->tried = tried;
	h->extent_blocks = extent_blocks;
	h->root = scratch_new(false);
	h->rng.state = seed;
	h->e = engine_fault_new(seed | 1, true);
	media_keep_buffers(h->e);
	if (seed & 1)
		fault_recycle(h->e);
	live(h, 60);
	tried->recycled += fault_recycled(h->e);
	struct engine *plain = engine_sync_new();
	media_keep_buffers(plain);
	char image[256];
	snprintf(image, sizeof image, "%s-image", h->root);
	size_t moments = fault_moments(h->e), points = 0;
	for (size_t m = stride.from; m <= moments; m += stride.step) {
		for (unsigned way = 0; way < ways; way++, points++) {
			uint64_t image_seed = seed * 1000003 + m * 101 + way;
			mkdir(image, 0750);
			assert_int_equal(fault_image(h->e, m, image_seed, h->root, image), 0);
			check_image(h, plain, image, m, image_seed);
			remove_tree(image);
		}
	}
	for (size_t i = 0; i < h->branch_count; i++)
		model_free(&h->branches[i].m);
	engine_free(plain);
	engine_free(h->e);
	scratch_end(h->root);
	free(h);
	return points;
}

static void test_crashes(void **state)
{
	uint64_t seed = seed_for("crashes");
	struct stride stride = stride_wanted(SLOWER > 1 ? 2 : 1);
	unsigned workloads = rounds_wanted(12);
	struct tried tried = { 0 };
	size_t points = 0;
	for (unsigned i = 0; i < workloads; i++)
		points += crash_everywhere(seed + i * 7919, stride, WAYS, 900, &tried);
	print_message("# %zu crash images, %u cuts on a full disk, %u recycled files\n", points, tried.full,
		tried.recycled);
	assert_true((points > 7000 / stride.step && tried.full > 0 && tried.recycled > 0) || workloads < 12);
}

/* The same with records that are stored otherwise. */
static void test_crashes_in_other_ways(void **state)
{
	uint64_t seed = seed_for("crashes with records stored otherwise");
	struct stride stride = stride_wanted(2);
	struct tried tried = { 0 };
	size_t points = 0;
	for (unsigned i = 1; i < STAGING_WAYS; i++) {
		print_message("%s\n", staging_ways[i].name);
		staging_always(&staging_ways[i]);
		for (unsigned turn = 0; turn < (stride.step == 1 ? 3 : 1); turn++)
			points += crash_everywhere(seed + (i + turn) * 7919, stride, WAYS, 4000, &tried);
	}
	staging_always(NULL);
	print_message("# %zu crash images, %u cuts on a full disk, %u recycled files\n", points, tried.full,
		tried.recycled);
	assert_true(points > 2500 / stride.step && tried.full > 0 && tried.recycled > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_crashes_in_other_ways),
	};
	return cmocka_run_group_tests_name("a crash loses nothing that was synced", tests, NULL, NULL);
}
