// SPDX-License-Identifier: Apache-2.0
/* Full disks where somebody can make room: what found none is made once more, and nobody hears of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/cart.h"
#include "media/engine/fault.h"
#include "support.h"
#include "vtl/base/log.h"

enum { RECORDS = 6, LEN = 700000 };

/* Who makes room, so many times. */
struct maker {
	struct engine *e;
	unsigned asked, may;
};

static bool make(void *arg, unsigned ms)
{
	struct maker *m = arg;
	assert_true(ms > 0 && ms <= ENGINE_ROOM_MS);
	m->asked++;
	if (!m->may)
		return false;
	m->may--;
	fault_set(m->e, (struct fault_plan){ 0 });
	return true;
}

static struct engine *engine_with(struct maker *m, unsigned may, uint64_t order)
{
	struct engine *e = engine_fault_new(order, false);
	*m = (struct maker){ .e = e, .may = may };
	media_keep_buffers(e);
	engine_room(e, make, m);
	return e;
}

static bool warned(struct cart *cart)
{
	struct cart_position at;
	cart_position(cart, &at);
	return at.early_warning;
}

static void a_full_disk_is_no_end_of_the_tape_while_room_can_be_made(void **state)
{
	struct maker m;
	struct engine *e = engine_with(&m, 1, 0);
	char *root = scratch_new(false);
	struct cart *cart = cart_fresh(e, root, 1 << 30, 0);
	fault_set(e, (struct fault_plan){ .kind = FAULT_FULL, .for_ever = true });
	assert_int_equal(write_record(cart, 0, LEN), MEDIA_OK);
	assert_int_equal(m.asked, 1);
	assert_false(warned(cart));

	fault_set(e, (struct fault_plan){ .kind = FAULT_FULL, .for_ever = true });
	int err = MEDIA_OK;
	unsigned n = 1;
	while (!err && n < 1000)
		err = write_record(cart, n++, LEN);
	assert_int_equal(err, MEDIA_FULL);
	assert_true(m.asked >= 2);
	assert_true(warned(cart));
	assert_int_equal(cart_close(cart), 0);
	scratch_end(root);
	engine_free(e);
}

static void everything(struct cart *cart)
{
	uint32_t done;
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_int_equal(write_record(cart, i, LEN), MEDIA_OK);
		assert_int_equal(cart_write_filemarks(cart, 1, &done), MEDIA_OK);
	}
	assert_int_equal(cart_sync(cart), 0);
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_int_equal(read_object(cart, &(struct object){ i, LEN }), MEDIA_OK);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
}

/* Also where the room is missing only when data are written: each operation in its turn. */
static void whatever_finds_no_room_is_made_again(void **state)
{
	unsigned hits = 0;
	for (uint64_t nth = 0, hit = 1; hit; nth++) {
		struct maker m;
		struct engine *e = engine_with(&m, 1, nth % 3);
		char *root = scratch_new(false);
		struct cart *cart = cart_fresh(e, root, 1 << 30, 4 << 8); /* several files */
		fault_set(e, (struct fault_plan){ .kind = FAULT_ENOSPC, .nth = nth });
		everything(cart);
		hit = m.asked || fault_hit(e);
		hits += m.asked;
		assert_int_equal(cart_close(cart), 0);
		scratch_end(root);
		engine_free(e);
	}
	assert_true(hits > RECORDS);
}

/* A container with a cartridge in it, in memory. */
static int exported(void)
{
	struct engine *e = engine_sync_new();
	char why[128], *root = scratch_new(false);
	struct cart_report report;
	struct cart *cart = cart_fresh(e, root, 1 << 30, 0);
	everything(cart);
	assert_int_equal(cart_close(cart), 0);
	int fd = memfd_create("container", MFD_CLOEXEC);
	assert_int_equal(cart_export(shelf_at(e, root), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	scratch_end(root);
	engine_free(e);
	return fd;
}

static int import(struct engine *e, const char *root, int fd)
{
	char why[128], barcode[MEDIA_BARCODE_MAX + 1];
	struct cart_report report;
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	const struct cart_import_how how = { CART_ANY };
	return cart_import(shelf_at(e, root), fd, &how, NULL, &report, why, barcode);
}

static void an_import_gets_the_room_too(void **state)
{
	int fd = exported();
	unsigned hits = 0;
	for (uint64_t nth = 0, hit = 1; hit; nth++) {
		struct maker m;
		struct cart_report report;
		struct engine *e = engine_with(&m, 1, 0);
		char *root = scratch_new(false);
		fault_set(e, (struct fault_plan){ .kind = FAULT_ENOSPC, .nth = nth });
		if (import(e, root, fd))
			fail_msg("operation %llu", (unsigned long long)nth);
		hit = fault_hit(e) || m.asked;
		hits += m.asked;
		fault_set(e, (struct fault_plan){ 0 });
		assert_int_equal(cart_verify(shelf_at(e, root), BARCODE, NULL, &report), 0);
		assert_int_equal(report.records, RECORDS);
		scratch_end(root);
		engine_free(e);
	}
	assert_true(hits > RECORDS);
	close(fd);
}

static void where_no_room_is_made_an_import_ends_and_leaves_nothing(void **state)
{
	int fd = exported();
	struct maker m;
	struct engine *e = engine_with(&m, 0, 0);
	char *root = scratch_new(false), path[256];
	fault_set(e, (struct fault_plan){ .kind = FAULT_FULL, .for_ever = true });
	assert_int_equal(import(e, root, fd), -ENOSPC);
	assert_true(m.asked > 0);
	snprintf(path, sizeof path, "%s/.new-" BARCODE, root);
	assert_int_not_equal(access(path, F_OK), 0);
	scratch_end(root);
	engine_free(e);
	close(fd);
}

static void waiting_for_room_has_a_limit(void **state)
{
	struct maker m;
	struct engine *e = engine_with(&m, 10, 0);
	int64_t until = 1; /* long over */
	assert_false(engine_room_again(e, -ENOSPC, &until));
	assert_int_equal(m.asked, 0);
	until = 0;
	assert_true(engine_room_again(e, -EDQUOT, &until));
	assert_true(until > 0);
	assert_false(engine_room_again(e, -EIO, &until));
	assert_false(engine_room_again(e, 0, &until));
	assert_int_equal(m.asked, 1);
	engine_free(e);
	e = engine_sync_new();
	assert_false(engine_room_again(e, -ENOSPC, &until)); /* nobody makes any */
	engine_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_is_no_end_of_the_tape_while_room_can_be_made),
		cmocka_unit_test(whatever_finds_no_room_is_made_again),
		cmocka_unit_test(an_import_gets_the_room_too),
		cmocka_unit_test(where_no_room_is_made_an_import_ends_and_leaves_nothing),
		cmocka_unit_test(waiting_for_room_has_a_limit),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
