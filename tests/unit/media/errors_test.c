// SPDX-License-Identifier: Apache-2.0
/*
 * The error loop: one life of a cartridge, over and over, with its first,
 * second, third ... operation failing in every way, until none is hit.  Every
 * fault is reported or harmless: synced data stay, wrong data never appear.
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

/* How each trial lives. */
static struct {
	uint32_t extent_blocks;
	uint32_t partition; /* 1: the cartridge has two, and the life takes place in the second */
} manner = { .extent_blocks = 900 };

struct trial {
	struct engine *e;
	char *root;
	struct cart *cart;
	struct model m;      /* what was tried, in order */
	size_t safe;         /* synced objects */
	struct model before; /* the tape before an overwrite that failed: it may still stand */
	size_t before_safe;
	uint64_t seed;
	char what[64];
};

static void wrong(const struct trial *t, const char *why, long long n)
{
	fail_msg("%s: %s (%lld)", t->what, why, n);
}

/* After a failed call: the fault, if data were lost, and where the position must be then. */
static bool look_at_fault(struct trial *t)
{
	int err;
	uint64_t first;
	struct cart_position pos;
	bool lost = cart_fault_take(t->cart, &err, &first);
	cart_position(t->cart, &pos);
	if (!lost) {
		t->m.pos = pos.object;
		return false;
	}
	if (err >= 0 || pos.object != first || !pos.eod)
		wrong(t, "position is not behind the last good object", (long long)first);
	if (first < t->safe && t->before.count == 0)
		wrong(t, "synced objects were given up", (long long)first);
	if (cart_fault_take(t->cart, &err, &first))
		wrong(t, "a fault was reported twice", err);
	t->m.pos = first;
	return true;
}

static void keep_before(struct trial *t)
{
	if (t->m.pos >= t->m.count)
		return;
	model_free(&t->before);
	for (size_t i = 0; i < t->m.count; i++)
		model_put(&t->before, t->m.objects[i].len, t->m.objects[i].seed);
	t->before_safe = t->safe;
	t->safe = t->safe < t->m.pos ? t->safe : t->m.pos;
}

static void put(struct trial *t, uint32_t len)
{
	uint32_t done;
	struct cart_position pos;
	cart_position(t->cart, &pos);
	bool cut = t->m.pos < t->m.count && !pos.eod;
	if (cut)
		keep_before(t);
	size_t at = t->m.pos, count = t->m.count;
	struct object old = at < count ? t->m.objects[at] : (struct object){ 0 };
	model_put(&t->m, len, t->seed);
	int res = len ? write_record(t->cart, t->seed, len) : cart_write_filemarks(t->cart, 1, &done);
	t->seed++;
	if (res == -EINVAL)
		wrong(t, "an error without its cause", (long long)at);
	if (res == MEDIA_OK) {
		if (cut)
			model_free(&t->before);
		return;
	}
	if (look_at_fault(t))
		return;
	t->m.objects[at] = old; /* refused: nothing of it was written */
	t->m.count = count;
	if (cut) {
		t->safe = t->before_safe;
		model_free(&t->before);
	}
}

static void sync_it(struct trial *t)
{
	if (cart_sync(t->cart) == 0) {
		struct cart_position pos;
		cart_position(t->cart, &pos);
		if (pos.eod && pos.object > t->safe)
			t->safe = pos.object;
	} else {
		look_at_fault(t);
	}
}

static void go(struct trial *t, size_t object)
{
	struct cart_position pos;
	int res = cart_locate(t->cart, manner.partition, object);
	if (res < 0)
		look_at_fault(t);
	cart_position(t->cart, &pos);
	if (pos.partition == manner.partition)
		t->m.pos = pos.object;
}

/* To another partition: a sync point of the one that is left. */
static void go_away(struct trial *t)
{
	if (manner.partition && cart_locate(t->cart, 0, 0) < 0)
		look_at_fault(t);
}

static void read_some(struct trial *t, size_t count)
{
	for (; count > 0; count--) {
		struct cart_position pos;
		cart_position(t->cart, &pos);
		if (pos.object >= t->m.count || pos.eod)
			return;
		int res = read_object(t->cart, &t->m.objects[pos.object]);
		if (res == -1 && t->before.count > pos.object)
			res = read_object(t->cart, &t->before.objects[pos.object]);
		if (res == -1)
			wrong(t, "wrong bytes", (long long)pos.object);
		if (res) {
			look_at_fault(t);
			return;
		}
		t->m.pos = pos.object + 1;
	}
}

/* After an overwrite that failed, the next mount tells which tape it is: false when it cannot. */
static bool settle_before(struct trial *t, struct cart *cart)
{
	if (t->before.count == 0)
		return true;
	struct cart_usage usage;
	cart_partition_usage(cart, manner.partition, &usage);
	size_t at = t->m.count - 1; /* the object that was to be written */
	cart_locate(cart, manner.partition, at);
	int res = usage.objects > at ? read_object(cart, &t->before.objects[at]) : -1;
	if (res == 0) {
		model_free(&t->m);
		t->m = t->before;
		t->safe = t->before_safe;
		t->before = (struct model){ 0 };
	} else if (res == -1) {
		model_free(&t->before);
	}
	return res == 0 || res == -1;
}

static void allocate_little(struct cart *cart)
{
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++)
		cart->parts[i].allocate_step = 64 << 10;
}

static struct cart *open_or_not(struct trial *t)
{
	struct cart *cart = NULL;
	if (cart_open(shelf_at(t->e, t->root), BARCODE, false, &cart))
		return NULL;
	allocate_little(cart);
	cart->extent_blocks_max = manner.extent_blocks;
	staging_begin(cart);
	if (!settle_before(t, cart)) {
		cart_close(cart);
		return NULL;
	}
	struct cart_position pos;
	if (cart_locate(cart, manner.partition, UINT64_MAX) < 0 && cart_partitions(cart) > manner.partition) {
		cart_close(cart);
		return NULL;
	}
	cart_position(cart, &pos);
	t->m.pos = pos.object;
	return cart;
}

static void close_it(struct trial *t)
{
	if (t->cart && cart_close(t->cart) == 0 && t->m.pos == t->m.count && !t->before.count)
		t->safe = t->m.count;
	t->cart = NULL;
}

/* False: the life does not begin. */
static bool divide(struct trial *t)
{
	static const struct cart_layout two = { 2, 1 << 30, { 1 << 29, 1 << 29 } };
	if (!manner.partition)
		return true;
	if (cart_format(t->cart, &two) || cart_locate(t->cart, manner.partition, 0))
		return false;
	allocate_little(t->cart);
	return true;
}

static void live(struct trial *t)
{
	struct cart_label label = test_label(BARCODE, 1 << 30);
	if (cart_create(shelf_at(t->e, t->root), &label) && cart_create(shelf_at(t->e, t->root), &label))
		return;
	t->cart = open_or_not(t);
	if (!t->cart || !divide(t))
		return;
	for (unsigned i = 0; i < 12; i++)
		put(t, i % 5 == 4 ? 0 : 1 + i * 3000);
	sync_it(t);
	put(t, (1 << 20) + 5000);
	put(t, 200);
	sync_it(t);
	go_away(t);
	go(t, 3);
	read_some(t, 4);
	go(t, 6);
	put(t, 777); /* over what was there */
	put(t, 0);
	sync_it(t);
	for (unsigned i = 0; i < 3; i++)
		put(t, 1 << 20); /* into another extent */
	close_it(t);
	t->cart = open_or_not(t);
	if (!t->cart)
		return;
	put(t, 4000);
	sync_it(t);
	go(t, 0);
	read_some(t, 100);
	close_it(t);
}

static bool is_tape(struct cart *cart, const struct model *m, uint64_t count, size_t least)
{
	if (count < least || count > m->count)
		return false;
	if (count)
		assert_int_equal(cart_locate(cart, manner.partition, 0), MEDIA_OK);
	for (size_t i = 0; i < count; i++)
		if (read_object(cart, &m->objects[i]))
			return false;
	return true;
}

/* With nothing failing any more: what was promised is there. */
static void afterwards(struct trial *t, struct engine *plain)
{
	struct cart *cart;
	int err = cart_open(shelf_at(plain, t->root), BARCODE, true, &cart);
	if (!err)
		staging_begin(cart);
	if (err == -ENOENT && t->m.count == 0)
		return; /* never made */
	if (err)
		wrong(t, "cannot be opened", err);
	struct cart_usage usage;
	cart_partition_usage(cart, manner.partition, &usage);
	if (usage.lost_files)
		wrong(t, "a failed write is taken for lost files", (long long)usage.lost_files);
	if (!is_tape(cart, &t->m, usage.objects, t->safe) &&
		!(t->before.count && is_tape(cart, &t->before, usage.objects, t->before_safe)))
		wrong(t, "not what was synced", (long long)usage.objects);
	cart_close(cart);
}

/* false when the fault was not reached any more. */
static bool trial(struct fault_plan plan, uint64_t shuffle, struct engine *plain, struct pool *pool)
{
	struct trial t = { .e = engine_fault_new(shuffle, false), .root = scratch_new(false) };
	t.e->pool = pool;
	snprintf(t.what, sizeof t.what, "kind %d, operation %llu%s", plan.kind, (unsigned long long)plan.nth,
		plan.for_ever ? " and on" : "");
	fault_set(t.e, plan);
	live(&t);
	if (t.cart)
		cart_close(t.cart);
	bool hit = fault_hit(t.e);
	afterwards(&t, plain);
	model_free(&t.m);
	model_free(&t.before);
	t.e->pool = NULL;
	engine_free(t.e);
	scratch_end(t.root);
	return hit;
}

static void fail_operations(struct stride stride)
{
	struct engine *plain = engine_sync_new();
	media_keep_buffers(plain);
	unsigned trials = 0;
	for (int kind = FAULT_EIO; kind < FAULT_KINDS; kind++)
		for (unsigned way = 0; way < 2; way++)
			for (uint64_t n = stride.from;; n += stride.step, trials++)
				if (!trial((struct fault_plan){ (enum fault_kind)kind, n, way },
					    (n + way) & 1 ? n : 0, plain, plain->pool))
					break;
	print_message("# %u failed operations, %d kinds of fault\n", trials, FAULT_KINDS - 1);
	assert_true(trials > (stride.step == 1 ? 300 : 0)); /* how many others depends on the first turn */
	engine_free(plain);
}

static void test_every_operation(void **state)
{
	fail_operations(stride_wanted(1));
}

/* The same with records that are stored otherwise. */
static void test_every_operation_in_other_ways(void **state)
{
	manner.extent_blocks = 3000;
	for (unsigned i = 1; i < STAGING_WAYS; i++) {
		print_message("%s\n", staging_ways[i].name);
		staging_always(&staging_ways[i]);
		fail_operations(stride_wanted(12));
	}
	staging_always(NULL);
	manner.extent_blocks = 900;
}

/* The same in the second of two partitions. */
static void test_every_operation_on_partitions(void **state)
{
	manner.partition = 1;
	fail_operations(stride_wanted(12));
	manner.extent_blocks = 3000;
	staging_always(&staging_ways[STAGING_WAYS - 1]);
	fail_operations(stride_wanted(12));
	staging_always(NULL);
	manner.extent_blocks = 900;
	manner.partition = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation),
		cmocka_unit_test(test_every_operation_in_other_ways),
		cmocka_unit_test(test_every_operation_on_partitions),
	};
	return cmocka_run_group_tests_name("every fault is reported or harmless", tests, NULL, NULL);
}
