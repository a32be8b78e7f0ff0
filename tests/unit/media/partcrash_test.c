// SPDX-License-Identifier: Apache-2.0
/*
 * Crashes of partitioned cartridges: a life that formats, writes and changes partitions on the fault engine, then the
 * folder as a crash at every moment could have left it.  It has the partitions before a format with their data, or
 * those after it, blank; what was synced is there; nothing that was void comes back.  And the error loop: every
 * operation of a format fails once.
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

enum { CAPACITY = 1 << 28, CALLS = 70, TAPES_MAX = 200, WAYS = 5 };

/* What one partition held between two cuts. */
struct tape {
	struct model m;
	size_t kept; /* objects it shares with the one before */
};

/* What was promised once a call had returned. */
struct promise {
	size_t moment;
	unsigned epoch, n;              /* formats so far; partitions */
	size_t tape[MEDIA_PARTITIONS];  /* which of the tapes is in each */
	size_t least[MEDIA_PARTITIONS]; /* objects that must be there */
};

struct life {
	struct engine *e;
	char *root;
	struct cart *cart;
	struct rng rng;
	struct tape tapes[TAPES_MAX];
	size_t count;
	struct promise now, promises[CALLS + 2];
	size_t promised;
	unsigned p;
	uint64_t seed;
};

/* The epoch can be told from the layout. */
static struct cart_layout layout_of(unsigned n, unsigned epoch)
{
	struct cart_layout layout = { .partitions = n, .available = CAPACITY };
	for (unsigned i = 0; i < n; i++)
		layout.capacity[i] = CAPACITY / n - epoch;
	return layout;
}

static void keep_promise(struct life *l)
{
	assert_true(l->promised < CALLS + 2);
	l->now.moment = fault_moments(l->e);
	l->promises[l->promised++] = l->now;
}

static size_t tape_new(struct life *l)
{
	assert_true(l->count < TAPES_MAX);
	return l->count++;
}

static struct tape *tape(struct life *l)
{
	return &l->tapes[l->now.tape[l->p]];
}

/* The position is where the next object goes: a tape of its own when something is behind it. */
static void branch_here(struct life *l)
{
	const struct model *old = &tape(l)->m;
	if (old->pos == old->count)
		return;
	size_t at = tape_new(l);
	struct tape *t = &l->tapes[at];
	t->kept = old->pos;
	for (size_t i = 0; i < old->pos; i++)
		model_put(&t->m, old->objects[i].len, old->objects[i].seed);
	l->now.tape[l->p] = at;
	if (l->now.least[l->p] > old->pos)
		l->now.least[l->p] = old->pos;
}

static void write_some(struct life *l)
{
	uint32_t done, len = rng_below(&l->rng, 4) ? 1 + (uint32_t)rng_below(&l->rng, 20000) : 0;
	if (rng_below(&l->rng, 30) == 0)
		len = (1 << 20) + (uint32_t)rng_below(&l->rng, 200000);
	branch_here(l);
	model_put(&tape(l)->m, len, l->seed);
	assert_int_equal(len ? write_record(l->cart, l->seed, len) : cart_write_filemarks(l->cart, 1, &done),
		MEDIA_OK);
	l->seed++;
}

static void all_is_safe(struct life *l)
{
	l->now.least[l->p] = tape(l)->m.count;
}

/* A sync point for the partition that is left. */
static void change(struct life *l)
{
	unsigned to = (unsigned)rng_below(&l->rng, l->now.n);
	const struct model *m = &l->tapes[l->now.tape[to]].m;
	size_t object = rng_below(&l->rng, 3) ? m->count : rng_below(&l->rng, m->count + 1);
	assert_int_equal(cart_locate(l->cart, to, object), MEDIA_OK);
	all_is_safe(l);
	l->p = to;
	tape(l)->m.pos = object;
}

static void epoch_begins(struct life *l, unsigned n)
{
	l->now.n = n;
	l->p = 0;
	for (unsigned i = 0; i < n; i++) {
		l->now.tape[i] = tape_new(l);
		l->now.least[i] = 0;
	}
}

static void format(struct life *l)
{
	unsigned n = 1 + (unsigned)rng_below(&l->rng, MEDIA_PARTITIONS);
	const struct cart_layout layout = layout_of(n, ++l->now.epoch);
	assert_int_equal(cart_format(l->cart, &layout), 0);
	epoch_begins(l, n);
}

static void thread(struct life *l)
{
	l->cart = cart_thread(l->e, l->root, 900);
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		l->cart->parts[i].allocate_step = 64 << 10;
}

static void remount(struct life *l)
{
	assert_int_equal(cart_close(l->cart), 0);
	all_is_safe(l);
	thread(l);
	l->p = 0;
	assert_int_equal(cart_space_eod(l->cart), MEDIA_OK);
	tape(l)->m.pos = tape(l)->m.count;
}

static void live(struct life *l)
{
	struct cart_label label = test_label(BARCODE, CAPACITY);
	assert_int_equal(cart_create(shelf_at(l->e, l->root), &label), 0);
	thread(l);
	epoch_begins(l, 1);
	keep_promise(l);
	for (unsigned i = 0; i < CALLS; i++) {
		uint64_t dice = rng_below(&l->rng, 100);
		if (dice < 65)
			write_some(l);
		else if (dice < 72 && cart_sync(l->cart) == 0)
			all_is_safe(l);
		else if (dice < 88)
			change(l);
		else if (dice < 94)
			remount(l);
		else
			format(l);
		keep_promise(l);
	}
	assert_int_equal(cart_close(l->cart), 0);
	all_is_safe(l);
	keep_promise(l);
}

/* --- after the crash ------------------------------------------------------------------------------- */

static bool agrees(struct cart *cart, unsigned p, const struct tape *t, uint64_t count)
{
	assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
	for (size_t i = 0; i < count; i++) {
		int res = i < t->m.count ? read_object(cart, &t->m.objects[i]) : -1;
		if (res == -1 || res == MEDIA_FILEMARK)
			return false;
		assert_int_equal(res, 0);
	}
	return true;
}

static bool partition_good(const struct life *l, struct cart *cart, unsigned p, const struct promise *was,
	const struct promise *next)
{
	struct cart_usage usage;
	cart_partition_usage(cart, p, &usage);
	if (usage.lost_objects || usage.lost_files)
		return false;
	if (usage.objects >= was->least[p] && agrees(cart, p, &l->tapes[was->tape[p]], usage.objects))
		return true;
	if (!next || next->epoch != was->epoch || next->tape[p] == was->tape[p])
		return false;
	const struct tape *t = &l->tapes[next->tape[p]];
	size_t least = was->least[p] < t->kept ? was->least[p] : t->kept;
	return usage.objects >= least && agrees(cart, p, t, usage.objects);
}

static void check_image(const struct life *l, struct engine *e, const char *image, size_t moment,
	bool goes_on)
{
	const struct promise *was = NULL, *next = NULL;
	for (size_t i = 0; i < l->promised && !next; i++)
		if (l->promises[i].moment <= moment)
			was = &l->promises[i];
		else
			next = &l->promises[i];
	struct cart *cart;
	int err = cart_open(shelf_at(e, image), BARCODE, false, &cart);
	if (err == -ENOENT && !was)
		return;
	if (err)
		fail_msg("moment %zu: cart_open %d", moment, err);
	staging_begin(cart);
	struct cart_layout layout;
	cart_layout(cart, &layout);
	unsigned epoch = (unsigned)(CAPACITY / layout.partitions - layout.capacity[0]);
	bool good = true;
	if (was && epoch == was->epoch) {
		for (unsigned p = 0; p < was->n && good; p++)
			good = partition_good(l, cart, p, was, next);
	} else if (was) { /* the format under way has come through */
		good = next && epoch == next->epoch && layout.partitions == next->n && cart_is_blank(cart);
	}
	if (!good)
		fail_msg("moment %zu, epoch %u of %u, next %d: not what was promised", moment, epoch,
			was ? was->epoch : 0, next ? (int)next->epoch : -1);
	if (!goes_on) {
		cart_close(cart);
		return;
	}
	/* life goes on, in the last partition */
	struct cart_usage usage;
	unsigned last = layout.partitions - 1;
	cart->parts[last].allocate_step = 64 << 10;
	assert_int_equal(cart_locate(cart, last, UINT64_MAX), MEDIA_EOD);
	cart_partition_usage(cart, last, &usage);
	assert_int_equal(write_record(cart, 999, 5000), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_open(shelf_at(e, image), BARCODE, true, &cart), 0);
	staging_begin(cart);
	assert_int_equal(cart_locate(cart, last, usage.objects), MEDIA_OK);
	assert_int_equal(read_object(cart, &(struct object){ 999, 5000 }), MEDIA_OK);
	cart_close(cart);
}

static size_t crash_everywhere(uint64_t seed, struct stride stride, unsigned *formats)
{
	struct life *l = calloc(1, sizeof *l);
	l->root = scratch_new(false);
	l->rng.state = seed;
	l->e = engine_fault_new(seed | 1, true);
	media_keep_buffers(l->e);
	live(l);
	*formats += l->now.epoch;
	struct engine *plain = engine_sync_new();
	media_keep_buffers(plain);
	char image[256];
	snprintf(image, sizeof image, "%s-image", l->root);
	size_t moments = fault_moments(l->e), points = 0;
	for (size_t m = stride.from; m <= moments; m += stride.step)
		for (unsigned way = 0; way < WAYS; way++, points++) {
			mkdir(image, 0750);
			assert_int_equal(fault_image(l->e, m, seed * 1000003 + m * 101 + way, l->root, image),
				0);
			check_image(l, plain, image, m, way == m % WAYS);
			remove_tree(image);
		}
	for (size_t i = 0; i < l->count; i++)
		model_free(&l->tapes[i].m);
	engine_free(plain);
	engine_free(l->e);
	scratch_end(l->root);
	free(l);
	return points;
}

static void test_crashes(void **state)
{
	uint64_t seed = seed_for("crashes of partitioned cartridges");
	struct stride stride = stride_wanted(SLOWER > 1 ? 5 : 2);
	unsigned lives = rounds_wanted(5), formats = 0;
	size_t points = 0;
	for (unsigned i = 0; i < lives; i++)
		points += crash_everywhere(seed + i * 7919, stride, &formats);
	print_message("# %zu crash images, %u formats\n", points, formats);
	assert_true((points > 6000 / stride.step && formats > 5) || lives < 5);
}

/* The same with records that are stored otherwise. */
static void test_crashes_in_other_ways(void **state)
{
	uint64_t seed = seed_for("crashes of partitioned cartridges, records stored otherwise");
	struct stride stride = stride_wanted(8);
	unsigned formats = 0;
	size_t points = 0;
	for (unsigned i = 1; i < STAGING_WAYS; i++) {
		print_message("%s\n", staging_ways[i].name);
		staging_always(&staging_ways[i]);
		points += crash_everywhere(seed + i * 7919, stride, &formats);
	}
	staging_always(NULL);
	print_message("# %zu crash images, %u formats\n", points, formats);
	assert_true(points > 6000 / stride.step && formats > 5);
}

/* --- errors ---------------------------------------------------------------------------------------- */

/* One operation of a format fails, or all from it on.  False: none was left to fail. */
static bool format_fails(enum fault_kind kind, uint64_t nth, bool for_ever)
{
	struct engine *e = engine_fault_new(0, false);
	char *root = scratch_new(false);
	struct model m = { 0 };
	struct cart *cart = cart_fresh(e, root, CAPACITY, 900);
	const struct cart_layout three = layout_of(3, 1);
	write_object(&m, cart, 9000);
	write_object(&m, cart, 0);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(e, root, 900);
	fault_set(e, (struct fault_plan){ .kind = kind, .nth = nth, .for_ever = for_ever });
	int err = cart_format(cart, &three);
	bool hit = fault_hit(e);
	fault_set(e, (struct fault_plan){ 0 });
	if (!hit)
		assert_int_equal(err, 0);
	bool failed = cart_failed(cart);
	if (err && !failed) { /* nothing has changed */
		assert_int_equal(cart_partitions(cart), 1);
		check_all(cart, &m);
		write_object(&m, cart, 77);
		assert_int_equal(cart_sync(cart), 0);
	}
	cart_close(cart);
	assert_int_equal(cart_open(shelf_at(e, root), BARCODE, false, &cart), 0);
	if (cart_partitions(cart) == 3 && err && !failed)
		fail_msg("kind %d operation %llu: %d", kind, (unsigned long long)nth, err);
	if (cart_partitions(cart) == 3)
		assert_true(cart_is_blank(cart));
	else if (err)
		check_all(cart, &m);
	else
		fail_msg("kind %d operation %llu: a format that was reported is gone", kind,
			(unsigned long long)nth);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	assert_int_equal(write_record(cart, 1, 100), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	model_free(&m);
	engine_free(e);
	scratch_end(root);
	return hit;
}

static void test_errors(void **state)
{
	unsigned trials = 0;
	for (unsigned k = 2 * FAULT_EIO; k < 2 * FAULT_KINDS; k++)
		for (uint64_t nth = 0; format_fails((enum fault_kind)(k / 2), nth, k % 2); nth++)
			trials++;
	print_message("# %u failed operations\n", trials);
	assert_true(trials > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_crashes_in_other_ways),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests_name("a crash leaves the old partitions or the new ones", tests, NULL,
		NULL);
}
