// SPDX-License-Identifier: Apache-2.0
/* Folders as they should not be: things in the place of files, files that are gone, what a crash left,
 * labels that would be somebody else's. Nothing is followed, nothing hangs, nothing else is touched. */
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
#include "vtl/base/log.h"

struct ground {
	struct engine *e;
	char *root;
	struct model m;
};

/* A tape of two generations: objects 0 to 5 in the first, 6 to 9 in the second. */
static void setup(struct ground *g)
{
	*g = (struct ground){ .e = engine_sync_new(), .root = scratch_new(false) };
	media_keep_buffers(g->e);
	struct cart *cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	for (unsigned i = 0; i < 6; i++)
		write_object(&g->m, cart, i == 4 ? 0 : 3000 + i);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g->e, g->root, 0);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	for (unsigned i = 0; i < 4; i++)
		write_object(&g->m, cart, i == 2 ? 0 : 5000 + i);
	assert_int_equal(cart_close(cart), 0);
}

static void teardown(struct ground *g)
{
	model_free(&g->m);
	scratch_end(g->root);
	engine_free(g->e);
}

static const char *in_root(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", g->root, name);
	return path;
}

static const char *in_folder(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", g->root, BARCODE, name);
	return path;
}

/* --- things in the place of files -------------------------------------------------------- */

enum thing { THING_LINK, THING_FIFO, THING_FOLDER, THING_HUGE, THING_LOOP, THINGS };
static const char *const thing_names[] = { "a link", "a FIFO", "a folder", "a huge file",
	"a link to itself" };

/* Puts the thing where the file was; what a link points to is the file, so following it would do. */
static void thing_put(struct ground *g, const char *name, enum thing thing)
{
	char path[512], away[512];
	snprintf(path, sizeof path, "%s", in_folder(g, name));
	snprintf(away, sizeof away, "%s/away", g->root);
	if (rename(path, away) < 0)
		assert_int_equal(errno, ENOENT);
	switch (thing) {
	case THING_LINK: assert_int_equal(symlink(away, path), 0); break;
	case THING_FIFO: assert_int_equal(mkfifo(path, 0640), 0); break;
	case THING_FOLDER: assert_int_equal(mkdir(path, 0750), 0); break;
	case THING_HUGE:
		close(open(path, O_CREAT | O_WRONLY, 0640));
		assert_int_equal(truncate(path, (off_t)1 << 40), 0);
		break;
	case THING_LOOP: assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0); break;
	case THINGS: break;
	}
}

static void thing_take(struct ground *g, const char *name)
{
	char path[512], away[512];
	snprintf(path, sizeof path, "%s", in_folder(g, name));
	snprintf(away, sizeof away, "%s/away", g->root);
	if (remove(path) < 0)
		assert_int_equal(errno, ENOENT);
	if (rename(away, path) < 0)
		assert_int_equal(errno, ENOENT);
}

/* refused: nobody may believe it is the cartridge.  Else it opens as if the file were not there. */
static const struct thing_row {
	const char *name;
	bool refused;
} thing_rows[] = {
	{ "label.json", true },
	{ "p0-g00000001-000000.ext", true },
	{ "p0-g00000002-000000.ext", true },
	{ "p0-g00000009-000000.ext", true }, /* there was none */
	{ "index-p0", false },
	{ "mam", false },
	{ "mam.new", false },
	{ "index-p0.new", false },
	{ "label.json.new", false },
};

static void test_things(void **state)
{
	struct ground g;
	setup(&g);
	for (size_t i = 0; i < sizeof thing_rows / sizeof thing_rows[0]; i++) {
		const struct thing_row *row = &thing_rows[i];
		for (int thing = 0; thing < THINGS; thing++) {
			bool extent = strstr(row->name, ".ext") != NULL;
			struct cart *cart = NULL;
			struct cart_usage usage;
			/* a huge extent is one with space reserved, and what is in it is void */
			bool refused = row->refused && !(extent && thing == THING_HUGE);
			thing_put(&g, row->name, (enum thing)thing);
			int err = cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart);
			if (refused ? err != -EUCLEAN : err != 0)
				fail_msg("%s is %s: %d", row->name, thing_names[thing], err);
			if (!err && !extent)
				check_all(cart, &g.m);
			if (!err)
				cart_close(cart);
			err = cart_glance(shelf_at(g.e, g.root), BARCODE, &usage);
			if (err == 0 && usage.objects != g.m.count)
				fail_msg("%s is %s: %llu objects at a glance", row->name, thing_names[thing],
					(unsigned long long)usage.objects);
			thing_take(&g, row->name);
		}
	}
	struct cart *cart = cart_thread(g.e, g.root, 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* --- files that are gone ------------------------------------------------------------------- */

static const struct gone_row {
	const char *name;
	bool index;          /* whether the checkpoint is still there */
	uint64_t first, end; /* objects that cannot be read */
} gone_rows[] = {
	{ "p0-g00000001-000000.ext", true, 0, 6 },
	{ "p0-g00000001-000000.ext", false, 0, 6 },
	{ "p0-g00000002-000000.ext", true, 6, 10 },
	{ "index-p0", true, 0, 0 },
	{ "lock", true, 0, 0 },
};

static void test_gone(void **state)
{
	for (size_t i = 0; i < sizeof gone_rows / sizeof gone_rows[0]; i++) {
		const struct gone_row *row = &gone_rows[i];
		struct ground g;
		setup(&g);
		assert_int_equal(unlink(in_folder(&g, row->name)), 0);
		if (!row->index)
			assert_int_equal(unlink(in_folder(&g, "index-p0")), 0);
		struct cart *cart = cart_thread(g.e, g.root, 0);
		struct cart_usage usage;
		cart_usage(cart, &usage);
		assert_int_equal(usage.objects, g.m.count);
		for (uint64_t at = 0; at < g.m.count; at++) {
			bool bad = at >= row->first && at < row->end;
			assert_int_equal(cart_locate(cart, 0, at), MEDIA_OK);
			int res = read_object(cart, &g.m.objects[at]);
			if (bad ? res != -EIO && res != -EBADMSG : res != 0)
				fail_msg("row %zu: object %llu: %d", i, (unsigned long long)at, res);
		}
		cart_close(cart);
		teardown(&g);
	}
}

/* All numbers are used up: a next one would count as older than all, and its data as overwritten. */
static void test_last_generation(void **state)
{
	struct ground g;
	uint32_t done;
	setup(&g);
	FILE *f = fopen(in_folder(&g, "p0-gffffffff-000000.ext"), "w");
	assert_non_null(f);
	for (unsigned i = 0; i < 8192; i++)
		fputc('x', f);
	assert_int_equal(fclose(f), 0);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	check_all(cart, &g.m);
	assert_int_equal(write_record(cart, 1, 100), -EROFS);
	assert_int_equal(cart_write_filemarks(cart, 1, &done), -EROFS);
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	assert_int_equal(cart_erase(cart), -EROFS);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(access(in_folder(&g, "p0-gffffffff-000000.ext"), F_OK), 0);
	teardown(&g);
}

/* --- who it is ----------------------------------------------------------------------------- */

/* Whoever knows an older state of things must not make a cartridge another one, or its data void. */
static void test_label_stays(void **state)
{
	struct ground g;
	setup(&g);
	struct cart_label label;
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
	struct cart_label worm = label, other = label, old = label, is;
	other.uuid[0] = other.uuid[0] == '0' ? '1' : '0';
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &other), -EINVAL);
	worm.worm = true;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &worm), 0);
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &old), -EINVAL);
	old.worm = true;
	old.write_protected = true;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &old), 0);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &is), 0);
	assert_true(is.worm && is.write_protected);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* --- what a crash left -------------------------------------------------------------------------- */

static int copy_of_it(struct ground *g, char why[static 128])
{
	char made[MEDIA_BARCODE_MAX + 1];
	struct cart_report report;
	int fd = open(in_root(g, "away"), O_RDWR | O_CREAT | O_TRUNC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(cart_export(shelf_at(g->e, g->root), BARCODE, fd, CART_NATIVE, NULL, &report, why),
		0);
	lseek(fd, 0, SEEK_SET);
	const struct cart_import_how how = { CART_ANY, .barcode = "COPY01L8" };
	int err = cart_import(shelf_at(g->e, g->root), fd, &how, NULL, &report, why, made);
	close(fd);
	return err;
}

static void leave(struct ground *g, const char *name)
{
	char from[512], to[512];
	snprintf(from, sizeof from, "%s/%s", g->root, BARCODE);
	snprintf(to, sizeof to, "%s/%s", g->root, name);
	copy_tree(from, to);
}

static void test_sweep(void **state)
{
	struct ground g;
	char why[128];
	setup(&g);
	leave(&g, ".new-COPY01L8");
	leave(&g, ".gone-OLD001L8");
	assert_int_equal(copy_of_it(&g, why), 0); /* in the place of what was left */
	leave(&g, ".new-COPY01L8");
	leave(&g, ".other");
	leave(&g, "OTHER.new-");
	assert_int_equal(symlink(BARCODE, in_root(&g, ".gone-LINK01L8")), 0);
	assert_int_equal(cart_sweep(shelf_at(g.e, g.root)), -EUCLEAN); /* the link is nobody's */
	assert_int_equal(access(in_root(&g, ".new-COPY01L8"), F_OK), -1);
	assert_int_equal(access(in_root(&g, ".gone-OLD001L8"), F_OK), -1);
	assert_int_equal(access(in_root(&g, ".other"), F_OK), 0);
	assert_int_equal(access(in_root(&g, "OTHER.new-"), F_OK), 0);
	assert_int_equal(unlink(in_root(&g, ".gone-LINK01L8")), 0);
	assert_int_equal(cart_sweep(shelf_at(g.e, g.root)), 0);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), BARCODE), -EBUSY);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), BARCODE), 0);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), "NOTHERE8"), -ENOENT);
	assert_int_equal(cart_in_use(shelf_at(g.e, g.root), "../x"), -EINVAL);
	teardown(&g);
}

/* A deletion cut short at any moment: the cartridge is whole, or gone and its space with it. */
static void test_delete_crashes(void **state)
{
	char image[256], *root = scratch_new(false);
	struct engine *e = engine_fault_new(0, true), *plain = engine_sync_new();
	struct cart *cart = cart_fresh(e, root, 1 << 20, 0);
	struct model m = { 0 };
	model_put(&m, 3000, 1);
	assert_int_equal(write_record(cart, 1, 3000), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	size_t whole = fault_moments(e);
	assert_int_equal(cart_delete(shelf_at(e, root), BARCODE), 0);
	snprintf(image, sizeof image, "%s-image", root);
	for (size_t moment = whole; moment <= fault_moments(e); moment++) {
		for (uint64_t seed = 0; seed < 6; seed++) {
			struct cart_label label;
			mkdir(image, 0750);
			assert_int_equal(fault_image(e, moment, seed, root, image), 0);
			assert_int_equal(cart_sweep(shelf_at(plain, image)), 0);
			int err = cart_label_read(shelf_at(plain, image), BARCODE, &label);
			if (err == 0) {
				assert_int_equal(cart_open(shelf_at(plain, image), BARCODE, true, &cart), 0);
				check_all(cart, &m);
				assert_int_equal(cart_close(cart), 0);
			} else if (err != -ENOENT || rmdir(image) < 0) {
				fail_msg("moment %zu seed %d: %d", moment, (int)seed, err);
			}
			remove_tree(image);
		}
	}
	model_free(&m);
	engine_free(plain);
	engine_free(e);
	scratch_end(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_things),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_last_generation),
		cmocka_unit_test(test_label_stays),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_delete_crashes),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("a folder is believed only what it can prove", tests, NULL, NULL);
}
