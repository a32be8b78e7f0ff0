// SPDX-License-Identifier: Apache-2.0
/* The door, row by row: sizes, the end of the tape, a full disk, write protection, WORM, locks,
 * faults. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/cart.h"
#include "media/engine/fault.h"
#include "support.h"
#include "tests/lib/far.h"

struct ground {
	struct engine *e;
	char *root;
	struct cart *cart;
};

static void setup(struct ground *g, struct engine *e, uint64_t capacity, bool worm)
{
	*g = (struct ground){ .e = e, .root = scratch_new(false) };
	struct cart_label label = test_label(BARCODE, capacity);
	label.worm = worm;
	assert_int_equal(cart_create(shelf_at(e, g->root), &label), 0);
	g->cart = cart_thread(e, g->root, 0);
}

static void teardown(struct ground *g)
{
	if (g->cart)
		cart_close(g->cart);
	scratch_end(g->root);
	engine_free(g->e);
}

static void reopen(struct ground *g)
{
	assert_int_equal(cart_close(g->cart), 0);
	g->cart = cart_thread(g->e, g->root, 0);
}

static int marks(struct cart *cart, uint32_t n)
{
	uint32_t done = 0;
	int res = cart_write_filemarks(cart, n, &done);
	assert_true(res != MEDIA_OK || done == n);
	return res;
}

static struct cart_position where(const struct cart *cart)
{
	struct cart_position pos;
	cart_position(cart, &pos);
	return pos;
}

/* --- shapes of tapes -------------------------------------------------------------- */

/* "3x65536 m 1" : three records, a filemark, a record of one byte */
static const char *const shapes[] = {
	"1",
	"m",
	"8388608",
	"m 1 m",
	"mmm",
	"1048576",
	"1048577",
	"2097152",
	"2097153 1 m",
	"100x1",
	"5000x1",
	"9000x3",
	"4079x1 m 5x2",
	"4080x1 m",
	"300x512 m",
	"20x65536 m 20x65536 mm",
	"5x262144 m",
	"3x1048576 1 3x1048576",
	"m 8388608 m 8388608 m",
	"3x1500000",
	"2x7 4200xm 1",
	"12x100000 m 12x99999",
	"2x1048575 2",
	"1048576 m 1048576 m",
	"10x4096",
	"10x4095 10x4097",
};

static void put_shape(struct cart *cart, struct model *m, const char *shape)
{
	for (const char *p = shape; *p; p += strspn(p, " ")) {
		char *end = (char *)(uintptr_t)p;
		unsigned long n = *p == 'm' ? 1 : strtoul(p, &end, 10), len = n;
		unsigned long times = 1;
		if (*end == 'x') {
			times = n;
			p = end + 1;
			len = *p == 'm' ? 0 : strtoul(p, &end, 10);
		}
		if (*p == 'm') {
			len = 0;
			end = (char *)(uintptr_t)p + 1;
		}
		for (; times > 0; times--) {
			assert_int_equal(len ? write_record(cart, m->pos, (uint32_t)len) : marks(cart, 1),
				MEDIA_OK);
			model_put(m, (uint32_t)len, m->pos);
		}
		p = end;
	}
}

static void test_shapes(void **state)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		struct ground g;
		struct model m = { 0 };
		setup(&g, engine_sync_new(), 1 << 30, false);
		put_shape(g.cart, &m, shapes[i]);
		check_all(g.cart, &m);
		reopen(&g);
		check_all(g.cart, &m);
		char path[512];
		snprintf(path, sizeof path, "%s/%s/index-p0", g.root, BARCODE);
		assert_int_equal(cart_close(g.cart), 0);
		assert_int_equal(unlink(path), 0);
		g.cart = cart_thread(g.e, g.root, 0);
		check_all(g.cart, &m);
		model_free(&m);
		teardown(&g);
	}
}

/* Over the tape, at every place of it, another one. */
static void test_overwrite_anywhere(void **state)
{
	for (size_t at = 0; at <= 14; at++) {
		struct ground g;
		struct model m = { 0 };
		setup(&g, engine_sync_new(), 1 << 30, false);
		put_shape(g.cart, &m, "3x5000 m 1100000 2x100 mm 300000 3x9 m");
		assert_int_equal(cart_locate(g.cart, 0, at), MEDIA_OK);
		m.pos = at;
		put_shape(g.cart, &m, at & 1 ? "m 77" : "1200000 m");
		check_all(g.cart, &m);
		reopen(&g);
		check_all(g.cart, &m);
		assert_int_equal(cart_locate(g.cart, 0, at), MEDIA_OK);
		assert_int_equal(cart_erase(g.cart), MEDIA_OK);
		m.count = m.pos = at;
		reopen(&g);
		check_all(g.cart, &m);
		model_free(&m);
		teardown(&g);
	}
}

/* --- the end of the tape ------------------------------------------------------------- */

static void test_end_of_tape(void **state)
{
	struct ground g;
	unsigned n = 0;
	bool warned = false;
	setup(&g, engine_sync_new(), 1 << 20, false); /* early warning 64 KiB before its end */
	while (write_record(g.cart, n, 10000) == MEDIA_OK) {
		n++;
		bool warn = where(g.cart).early_warning;
		assert_true(warn == (n * 10000u >= (1u << 20) - (1u << 16)));
		warned |= warn;
	}
	assert_true(warned);
	assert_int_equal(n, (1 << 20) / 10000);
	assert_int_equal(cart_write_begin(g.cart, 10000), MEDIA_FULL);
	assert_int_equal(where(g.cart).object, n);                                  /* nothing half written */
	assert_int_equal(write_record(g.cart, n, (1 << 20) - n * 10000), MEDIA_OK); /* what just fits */
	assert_int_equal(write_record(g.cart, 0, 1), MEDIA_FULL);
	for (unsigned i = 0; i < FILEMARK_RESERVE; i++)
		assert_int_equal(marks(g.cart, 1), MEDIA_OK); /* a filemark still fits */
	uint32_t done = 9;
	assert_int_equal(cart_write_filemarks(g.cart, 3, &done), MEDIA_FULL);
	assert_int_equal(done, 0);
	struct cart_usage usage;
	cart_usage(g.cart, &usage);
	assert_int_equal(usage.remaining, 0);
	reopen(&g);
	assert_false(where(g.cart).early_warning);
	assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
	assert_true(where(g.cart).early_warning);
	assert_int_equal(cart_locate(g.cart, 0, n), MEDIA_OK);
	assert_true(where(g.cart).early_warning);
	assert_int_equal(cart_locate(g.cart, 0, n / 2), MEDIA_OK);
	assert_false(where(g.cart).early_warning);
	assert_int_equal(write_record(g.cart, 0, 10000), MEDIA_OK); /* and there is room again */
	teardown(&g);
}

/* The numbers of objects end, too: a warning behind FFFFFF00h, nothing more from FFFFFFF0h on. */
static void test_end_of_numbers(void **state)
{
	struct ground g;
	uint32_t done = 0;
	setup(&g, engine_sync_new(), 1 << 30, false);
	assert_int_equal(cart_begin_at(g.cart, MEDIA_OBJECTS_WARNING - 1, 0), 0);
	assert_int_equal(write_record(g.cart, 1, 10000), MEDIA_OK);
	assert_false(where(g.cart).early_warning);
	assert_int_equal(marks(g.cart, 1), MEDIA_OK);
	assert_true(where(g.cart).early_warning);
	assert_int_equal(where(g.cart).before_warning, 0);
	assert_int_equal(cart_write_filemarks(g.cart, 1000, &done), MEDIA_FULL);
	assert_int_equal(done, MEDIA_OBJECTS_MAX - MEDIA_OBJECTS_WARNING - 1);
	reopen(&g);
	assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
	assert_int_equal(where(g.cart).object, MEDIA_OBJECTS_MAX);
	assert_int_equal(where(g.cart).filemarks, done + 1);
	assert_true(where(g.cart).early_warning);
	assert_int_equal(write_record(g.cart, 1, 1), MEDIA_FULL);
	assert_int_equal(cart_write_filemarks(g.cart, 1, &done), MEDIA_FULL);
	assert_int_equal(cart_erase(g.cart), MEDIA_OK);
	assert_int_equal(cart_locate(g.cart, 0, MEDIA_OBJECTS_WARNING - 1), MEDIA_OK);
	assert_false(where(g.cart).early_warning);
	assert_int_equal(read_object(g.cart, &(struct object){ 1, 10000 }), 0);
	assert_int_equal(cart_locate(g.cart, 0, MEDIA_OBJECTS_MAX - 1), MEDIA_OK);
	assert_int_equal(write_record(g.cart, 2, 10000), MEDIA_OK); /* and there is room for one again */
	assert_int_equal(write_record(g.cart, 3, 1), MEDIA_FULL);
	teardown(&g);
}

/* A disk that is full is a short tape: early warning, then the end; nothing is lost, and it goes
 * on. */
static void test_full_disk(void **state)
{
	struct ground g;
	struct model m = { 0 };
	setup(&g, engine_fault_new(0, false), 1 << 30, false);
	put_shape(g.cart, &m, "10x50000 m");
	fault_set(g.e, (struct fault_plan){ FAULT_FULL, 0, true });
	int res;
	while ((res = write_record(g.cart, m.pos, 200000)) == MEDIA_OK) {
		model_put(&m, 200000, m.pos);
		if (m.pos % 4 == 0)
			assert_int_equal(cart_sync(g.cart), 0); /* room was made ahead */
	}
	fault_set(g.e, (struct fault_plan){ FAULT_NONE, 0, false });
	assert_int_equal(res, MEDIA_FULL);
	assert_true(where(g.cart).early_warning);
	assert_int_equal(marks(g.cart, 2), MEDIA_OK); /* from the reserve */
	model_put(&m, 0, 0);
	model_put(&m, 0, 0);
	assert_int_equal(cart_sync(g.cart), 0);
	check_all(g.cart, &m);
	put_shape(g.cart, &m, "5x300000 m"); /* space has come back */
	assert_false(where(g.cart).early_warning);
	reopen(&g);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

/* --- who may write ------------------------------------------------------------------- */

static void test_protection(void **state)
{
	struct ground g;
	struct model m = { 0 };
	struct cart *second;
	setup(&g, engine_sync_new(), 1 << 30, false);
	put_shape(g.cart, &m, "5x100 m");
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &second), -EBUSY);
	assert_int_equal(cart_delete(shelf_at(g.e, g.root), BARCODE), -EBUSY);
	assert_int_equal(cart_close(g.cart), 0);
	struct cart_label label = test_label(BARCODE, 1 << 30);
	label.write_protected = true;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &label), 0);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
	struct cart_counters counters;
	assert_int_equal(cart_counters_read(shelf_at(g.e, g.root), &label, &counters), 0);
	assert_int_equal(counters.loads, 1);
	assert_int_equal(counters.written, 500);
	g.cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(write_record(g.cart, 1, 1), -EROFS);
	assert_int_equal(marks(g.cart, 1), -EROFS);
	assert_int_equal(cart_erase(g.cart), -EROFS);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

/* WORM: what may be written where. */
static const struct worm_row {
	const char *shape;
	uint64_t at;
	bool allowed;
} worm_rows[] = {
	{ "", 0, true },
	{ "5x100 m", 6, true },
	{ "5x100 m", 5, false }, /* the filemark next to data */
	{ "5x100 mm", 6, true }, /* the second of two */
	{ "5x100 mmm", 6, true },
	{ "5x100 mm", 5, false },
	{ "5x100 m 100 m", 6, false },
	{ "5x100 m", 0, false },
	{ "5x100 m", 3, false },
	{ "mm", 0, true },
	{ "100 m", 0, true }, /* a label alone may be replaced */
	{ "2x100 mm", 0, true },
	{ "3x100 m", 0, false },
	{ "100 m 100 m", 0, false },
};

static void test_worm(void **state)
{
	for (size_t i = 0; i < sizeof worm_rows / sizeof worm_rows[0]; i++) {
		const struct worm_row *row = &worm_rows[i];
		struct ground g;
		struct model m = { 0 };
		setup(&g, engine_sync_new(), 1 << 30, true);
		put_shape(g.cart, &m, row->shape);
		reopen(&g);
		assert_int_equal(cart_locate(g.cart, 0, row->at), MEDIA_OK);
		struct cart_position was, is;
		cart_position(g.cart, &was);
		assert_int_equal(cart_may_append(g.cart), row->allowed ? 0 : -EPERM);
		cart_position(g.cart, &is);
		assert_int_equal(was.object, is.object); /* asking does not move */
		assert_int_equal(was.filemarks, is.filemarks);
		int res = write_record(g.cart, 5, 50);
		if (res != (row->allowed ? MEDIA_OK : -EPERM))
			fail_msg("\"%s\" at %llu: %d", row->shape, (unsigned long long)row->at, res);
		if (!row->allowed) {
			assert_int_equal(marks(g.cart, 1), -EPERM);
			assert_int_equal(cart_erase(g.cart), -EPERM);
			check_all(g.cart, &m);
		} else if (row->at > 3) { /* a move ends the stretch */
			assert_int_equal(cart_may_append(g.cart), 0);
			assert_int_equal(cart_locate(g.cart, 0, 3), MEDIA_OK);
			assert_int_equal(write_record(g.cart, 5, 50), -EPERM);
			assert_int_equal(cart_locate(g.cart, 0, 2), MEDIA_OK);
			assert_int_equal(cart_skip(g.cart), MEDIA_OK);
			assert_int_equal(marks(g.cart, 1), -EPERM);
		}
		model_free(&m);
		teardown(&g);
	}
}

/* --- what goes wrong ----------------------------------------------------------------- */

static const struct call_row {
	const char *barcode;
	int err;
} open_rows[] = {
	{ "", -EINVAL },
	{ "../etc", -EINVAL },
	{ ".", -EINVAL },
	{ ".hidden", -EINVAL },
	{ "a/b", -EINVAL },
	{ "tab\there", -EINVAL },
	{ "A2345678901234567890123456789012X", -EINVAL },
	{ "NOTHERE8", -ENOENT },
	{ "EMPTY1L8", -EUCLEAN },
	{ "FILE01L8", -EUCLEAN },
	{ "LINK01L8", -EUCLEAN },
	{ "OTHER1L8", -EUCLEAN },
};

static void test_open_refuses(void **state)
{
	struct ground g;
	char path[512], from[512];
	setup(&g, engine_sync_new(), 1 << 30, false);
	snprintf(path, sizeof path, "%s/EMPTY1L8", g.root);
	assert_int_equal(mkdir(path, 0750), 0);
	snprintf(path, sizeof path, "%s/FILE01L8", g.root);
	close(open(path, O_CREAT | O_WRONLY, 0640));
	snprintf(path, sizeof path, "%s/LINK01L8", g.root);
	assert_int_equal(symlink(BARCODE, path), 0);
	snprintf(from, sizeof from, "%s/%s", g.root, BARCODE); /* a folder under another's name */
	snprintf(path, sizeof path, "%s/OTHER1L8", g.root);
	copy_tree(from, path);
	for (size_t i = 0; i < sizeof open_rows / sizeof open_rows[0]; i++) {
		struct cart *cart;
		struct cart_label label;
		int err = cart_open(shelf_at(g.e, g.root), open_rows[i].barcode, false, &cart);
		if (err != open_rows[i].err)
			fail_msg("\"%s\": %d", open_rows[i].barcode, err);
		assert_int_equal(cart_label_read(shelf_at(g.e, g.root), open_rows[i].barcode, &label), err);
	}
	struct cart_label label = test_label(BARCODE, 1);
	assert_int_equal(cart_create(shelf_at(g.e, g.root), &label), -EEXIST);
	assert_int_equal(cart_delete(shelf_at(g.e, g.root), "NOTHERE8"), -ENOENT);
	assert_int_equal(cart_write_begin(g.cart, 0), -EINVAL);
	assert_int_equal(cart_write_begin(g.cart, MEDIA_RECORD_MAX + 1), -EINVAL);
	assert_int_equal(cart_write_end(g.cart), -EINVAL);
	assert_int_equal(cart_locate(g.cart, 1, 0), -EINVAL);
	teardown(&g);
}

/* A write behind the host's back fails: told once, position behind the last good
 * object, readable. */
static void test_deferred(void **state)
{
	struct ground g;
	struct model m = { 0 };
	int err = 0;
	uint64_t first = 0;
	setup(&g, engine_fault_new(7, false), 1 << 30, false);
	put_shape(g.cart, &m, "6x300000");
	assert_int_equal(cart_sync(g.cart), 0);
	assert_false(cart_fault_take(g.cart, &err, &first));
	fault_set(g.e, (struct fault_plan){ FAULT_TORN, 0, false });
	for (unsigned i = 0; i < 40 && write_record(g.cart, i, 300000) == MEDIA_OK; i++)
		;
	assert_true(cart_fault_take(g.cart, &err, &first));
	assert_int_equal(err, -EIO);
	assert_true(first >= 6);
	for (uint64_t i = 6; i < first; i++)
		model_put(&m, 300000, i - 6);
	assert_int_equal(where(g.cart).object, first);
	assert_false(cart_fault_take(g.cart, &err, &first));
	assert_int_equal(write_record(g.cart, 1, 1), -EIO); /* its error, once more */
	assert_false(cart_is_read_only(g.cart));
	assert_int_equal(cart_sync(g.cart), 0);
	check_all(g.cart, &m);
	reopen(&g); /* a new mount may write again */
	assert_int_equal(cart_space_eod(g.cart), MEDIA_OK);
	assert_int_equal(write_record(g.cart, 1, 1), MEDIA_OK);
	model_free(&m);
	teardown(&g);
}

/* A background sync failed, and before anybody heard of it a write fails too: what the sync should have
 * kept is lost, and no second sync, which might say otherwise, is asked. */
static void test_sync_once(void **state)
{
	struct ground g;
	struct model m = { 0 };
	int err = 0;
	uint64_t first = 0;
	setup(&g, engine_fault_new(0, false), 1 << 30, false);
	put_shape(g.cart, &m, "6x300000");
	assert_int_equal(cart_sync(g.cart), 0);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(write_record(g.cart, i, 300000), MEDIA_OK);
	assert_true(g.cart->part->window.written.object > 6);
	fault_set(g.e, (struct fault_plan){ FAULT_TORN, 0, false });
	g.cart->part->window.sync.io = (struct engine_io){ .owner = g.cart, .res = -EIO };
	assert_int_equal(cart_sync(g.cart), -EIO);
	assert_true(fault_hit(g.e));
	assert_true(cart_fault_take(g.cart, &err, &first));
	assert_int_equal(first, 6);
	check_all(g.cart, &m);
	model_free(&m);
	teardown(&g);
}

static void test_buffered(void **state)
{
	struct ground g;
	setup(&g, engine_sync_new(), 1 << 30, false);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(write_record(g.cart, i, 1000), MEDIA_OK);
	assert_int_equal(where(g.cart).buffered_objects, 10);
	assert_int_equal(where(g.cart).buffered_bytes, 10000);
	assert_int_equal(cart_sync(g.cart), 0);
	assert_int_equal(where(g.cart).buffered_objects, 0);
	teardown(&g);
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_overwrite_anywhere),
		cmocka_unit_test(test_end_of_tape),
		cmocka_unit_test(test_end_of_numbers), cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_protection), cmocka_unit_test(test_worm),
		cmocka_unit_test(test_open_refuses), cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_sync_once), cmocka_unit_test(test_buffered),
	};
	/* clang-format on */
	return cmocka_run_group_tests_name("a cartridge behaves as a tape", tests, NULL, NULL);
}
