// SPDX-License-Identifier: Apache-2.0
/* A mount that cannot read all files of a cartridge: it never takes the end of what it has found for the end of data. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "media/engine/fault.h"
#include "support.h"

struct ground {
	struct engine *e;
	struct cart *cart;
	char *root;
};

/* Records that fill segments, short ones, and filemarks. */
static void tape_make(struct ground *g, struct model *m)
{
	static const uint32_t lens[] = { 300000, 300000, 300000, 300000, 300000, 300000, 300000, 300000, 0,
		5000, 5000, 0, 0 };
	g->e = engine_fault_new(0, false);
	g->root = scratch_new(false);
	g->cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
		write_object(m, g->cart, lens[i]);
}

/* Reads the tape from its beginning: what comes behind its last readable object. */
static int read_to_end(struct cart *cart, const struct model *m)
{
	size_t at = 0;
	int res = cart_rewind(cart);
	assert_int_equal(res, 0);
	while (at < m->count && (res = read_object(cart, &m->objects[at])) == 0)
		at++;
	if (at == m->count)
		res = read_object(cart, &(struct object){ 0, 1 });
	return at < m->count && res == MEDIA_EOD ? -1 : res;
}

/* The nth read fails while the cartridge is mounted: then where its data end is found, or said not to be known. */
static void blind_mounts(struct ground *g, const struct model *m, bool checkpoint, unsigned *ret_unknown)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s/index-p0", g->root, BARCODE);
	for (uint64_t nth = 0;; nth++) {
		assert_int_equal(cart_close(g->cart), 0);
		assert_true(checkpoint || unlink(path) == 0 || errno == ENOENT);
		fault_set(g->e, (struct fault_plan){ FAULT_READ, nth, false });
		int err = cart_open(shelf_at(g->e, g->root), BARCODE, false, &g->cart);
		bool hit = fault_hit(g->e);
		fault_set(g->e, (struct fault_plan){ 0 });
		if (!err) {
			int res = read_to_end(g->cart, m);
			assert_true(res == MEDIA_EOD || res == -ENODATA);
			*ret_unknown += res == -ENODATA;
			if (res == -ENODATA) {
				uint64_t done;
				assert_int_equal(cart_space_eod(g->cart), -ENODATA);
				assert_int_equal(cart_space_blocks(g->cart, 1, &done), -ENODATA);
				assert_int_equal(cart_space_filemarks(g->cart, 1, &done), -ENODATA);
				assert_int_equal(cart_locate(g->cart, 0, 1 << 20), -ENODATA);
				assert_int_equal(cart_skip(g->cart), -ENODATA);
				assert_int_equal(write_record(g->cart, 1, 1), -EIO);
			}
			assert_int_equal(cart_close(g->cart), 0);
		}
		g->cart = cart_thread(g->e, g->root, 0);
		check_all(g->cart, m);
		if (!hit)
			break;
	}
}

static void test_blind_mounts(void **state)
{
	for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
		struct ground g;
		struct model m = { 0 };
		unsigned unknown = 0;
		tape_make(&g, &m);
		blind_mounts(&g, &m, checkpoint, &unknown);
		assert_true(checkpoint || unknown > 0);
		model_free(&m);
		assert_int_equal(cart_close(g.cart), 0);
		scratch_end(g.root);
		engine_free(g.e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blind_mounts),
	};
	return cmocka_run_group_tests_name("mounts that cannot read everything", tests, NULL, NULL);
}
