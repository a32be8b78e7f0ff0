// SPDX-License-Identifier: Apache-2.0
/* Cartridges that can only be read: on a file system that is read-only, with permission to read alone,
 * by several at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/cart.h"
#include "support.h"
#include "vtl/base/log.h"

enum { NOBODY = 65534 };

struct ground {
	struct engine *e;
	char *root;
	struct model m;
};

static void setup(struct ground *g)
{
	*g = (struct ground){ .e = engine_sync_new(), .root = scratch_new(true) };
	struct cart *cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	for (unsigned i = 0; i < 6; i++)
		write_object(&g->m, cart, i == 4 ? 0 : 3000 + i);
	assert_int_equal(cart_close(cart), 0);
}

static void teardown(struct ground *g)
{
	umount2(g->root, MNT_DETACH);
	model_free(&g->m);
	scratch_end(g->root);
	engine_free(g->e);
}

/* Nothing below it can be changed any more; false when that is not allowed here. */
static bool freeze(struct ground *g)
{
	if (!mount(g->root, g->root, NULL, MS_BIND, NULL) &&
		!mount(NULL, g->root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
		return true;
	print_message("skipped: no permission to mount\n");
	return false;
}

static void remove_lock(struct ground *g)
{
	char path[512];
	snprintf(path, sizeof path, "%s/" BARCODE "/lock", g->root);
	assert_int_equal(unlink(path), 0);
}

/* Whatever is asked for: it opens, says that it can only be read, and is read. */
static void check_readable(struct ground *g, struct engine *e)
{
	for (int read_only = 0; read_only < 2; read_only++) {
		struct cart *cart;
		uint32_t done;
		assert_int_equal(cart_open(shelf_at(e, g->root), BARCODE, read_only, &cart), 0);
		assert_true(cart_is_read_only(cart));
		check_all(cart, &g->m);
		assert_int_equal(cart_rewind(cart), MEDIA_OK);
		assert_int_equal(write_record(cart, 1, 100), -EROFS);
		assert_int_equal(cart_write_filemarks(cart, 1, &done), -EROFS);
		assert_int_equal(cart_erase(cart), -EROFS);
		assert_int_equal(cart_sync(cart), 0);
		check_all(cart, &g->m);
		assert_int_equal(cart_close(cart), 0);
	}
	struct cart_report report;
	char why[128];
	assert_int_equal(cart_verify(shelf_at(e, g->root), BARCODE, NULL, &report), 0);
	assert_int_equal(report.records, 5);
	struct cart_usage usage;
	assert_int_equal(cart_glance(shelf_at(e, g->root), BARCODE, &usage), 0);
	assert_int_equal(usage.objects, 6);
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_int_equal(cart_export(shelf_at(e, g->root), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	close(fd);
}

static void test_file_system(void **state)
{
	for (int lock = 1; lock >= 0; lock--) {
		struct ground g;
		setup(&g);
		if (!lock)
			remove_lock(&g); /* a folder somebody has copied, say */
		bool frozen = freeze(&g);
		if (frozen)
			check_readable(&g, g.e);
		teardown(&g);
		if (!frozen)
			skip();
	}
}

/* In the middle of its life: what was synced stays, nothing is written any more, the close is quiet. */
static void test_becomes_read_only(void **state)
{
	struct ground g;
	struct cart *cart;
	setup(&g);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), 0);
	assert_false(cart_is_read_only(cart));
	/* The folder was opened before the mount, so its own descriptor still writes: as a fresh mount. */
	assert_int_equal(cart_close(cart), 0);
	bool frozen = freeze(&g);
	if (frozen) {
		assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), 0);
		cart->read_only = false; /* as if it had not been noticed yet */
		assert_int_equal(write_record(cart, 1, 100), -EROFS);
		assert_true(cart_is_read_only(cart));
		check_all(cart, &g.m);
		assert_int_equal(cart_close(cart), 0);
	}
	teardown(&g);
	if (!frozen)
		skip();
}

/* What a user may do who can only read, in a process of its own. */
static void test_permission(void **state)
{
	struct ground g;
	setup(&g);
	if (geteuid()) {
		teardown(&g);
		skip();
	}
	char command[512];
	snprintf(command, sizeof command,
		"chmod -R a=rX,u+w '%s'; ls -lR --time-style=full-iso '%s' >'%s.before'", g.root, g.root,
		g.root);
	assert_int_equal(system(command), 0);
	fflush(NULL);
	pid_t pid = fork();
	if (!pid) {
		struct cart_report report = { 0 };
		char why[128];
		struct engine *e = engine_sync_new();
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		if (cart_verify(shelf_at(e, g.root), BARCODE, NULL, &report))
			_exit(2);
		if (cart_export(shelf_at(e, g.root), BARCODE, fd, CART_NATIVE, NULL, &report, why))
			_exit(3);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(command, sizeof command,
		"ls -lR --time-style=full-iso '%s' | cmp - '%s.before' && rm '%s.before'", g.root, g.root,
		g.root);
	assert_int_equal(system(command), 0);
	teardown(&g);
}

/* Readers share a cartridge; a writer has it alone. */
static void test_share(void **state)
{
	struct ground g;
	struct cart *one, *two, *writer;
	setup(&g);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &one), 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &two), 0);
	check_all(one, &g.m);
	check_all(two, &g.m);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &writer), -EBUSY);
	assert_int_equal(cart_delete(shelf_at(g.e, g.root), BARCODE), -EBUSY);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), BARCODE), -EBUSY);
	assert_int_equal(cart_close(one), 0);
	assert_int_equal(cart_close(two), 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &writer), 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &one), -EBUSY);
	assert_int_equal(cart_close(writer), 0);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), BARCODE), 0);
	teardown(&g);
}

/* A full disk keeps no cartridge from being mounted: its lock is made with it. */
static void test_lock_is_there(void **state)
{
	struct ground g;
	struct stat st;
	char path[512];
	setup(&g);
	struct cart_label label = test_label("NEW001L8", 1 << 30);
	assert_int_equal(cart_create(shelf_at(g.e, g.root), &label), 0);
	snprintf(path, sizeof path, "%s/NEW001L8/lock", g.root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_system),
		cmocka_unit_test(test_becomes_read_only),
		cmocka_unit_test(test_permission),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_lock_is_there),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("what can only be read is read", tests, NULL, NULL);
}
