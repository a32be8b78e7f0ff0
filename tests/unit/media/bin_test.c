// SPDX-License-Identifier: Apache-2.0
/* The wastebasket of deleted cartridges: in, back, for good; and what stands there as it should not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/cart.h"
#include "support.h"
#include "vtl/base/log.h"

struct ground {
	struct engine *e;
	char *root;
	char entry[MEDIA_ENTRY_MAX + 1];
};

/* A cartridge with three objects. */
static void setup(struct ground *g)
{
	*g = (struct ground){ .e = engine_sync_new(), .root = scratch_new(false) };
	struct cart *cart = cart_fresh(g->e, g->root, 1 << 30, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(write_record(cart, i, 1000), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
}

static void teardown(struct ground *g)
{
	scratch_end(g->root);
	engine_free(g->e);
}

static bool there(const struct ground *g, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", g->root, name);
	return access(path, F_OK) == 0;
}

static const char *in_entry(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/.deleted/%s/%s", g->root, g->entry, name);
	return path;
}

static void discard(struct ground *g)
{
	assert_int_equal(cart_bin_prepare(shelf_at(g->e, g->root), &test_deletion, g->entry), 0);
	assert_int_equal(cart_bin_put(shelf_at(g->e, g->root), g->entry, BARCODE), 0);
}

static size_t entries(const struct ground *g)
{
	char(*names)[MEDIA_ENTRY_MAX + 1];
	size_t n;
	assert_int_equal(cart_bin_list(shelf_at(g->e, g->root), &names, &n), 0);
	free(names);
	return n;
}

static void overwrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void a_deleted_cartridge_is_kept_whole_and_comes_back(void **state)
{
	struct ground g;
	struct cart_deletion what;
	struct cart_usage usage;
	char root[512];
	bool is_there;
	setup(&g);
	assert_int_equal(entries(&g), 0);
	discard(&g);
	assert_false(there(&g, BARCODE));
	assert_int_equal(entries(&g), 1);
	assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), 0);
	assert_true(is_there);
	assert_memory_equal(&what, &test_deletion, sizeof what);
	assert_int_equal(cart_bin_root(g.root, g.entry, root, sizeof root), 0);
	assert_int_equal(cart_glance(shelf_at(g.e, root), BARCODE, &usage), 0);
	assert_int_equal(usage.objects, 3);
	assert_int_equal(cart_sweep(shelf_at(g.e, g.root)), 0); /* it is nothing a crash left */
	assert_int_equal(entries(&g), 1);

	assert_int_equal(cart_bin_take(shelf_at(g.e, g.root), g.entry, BARCODE), 0);
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &usage), 0);
	assert_int_equal(usage.objects, 3);
	assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), 0);
	assert_false(is_there);
	assert_int_equal(cart_bin_empty(shelf_at(g.e, g.root), g.entry), 0);
	assert_false(there(&g, ".deleted"));
	assert_true(there(&g, BARCODE));
	teardown(&g);
}

static void a_used_barcode_is_not_written_over(void **state)
{
	struct ground g;
	setup(&g);
	discard(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 1 << 30, 0);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_bin_take(shelf_at(g.e, g.root), g.entry, BARCODE), -EEXIST);
	assert_true(access(in_entry(&g, BARCODE), F_OK) == 0);

	/* The second one of that barcode, and even of that uuid, has a place of its own. */
	char first[MEDIA_ENTRY_MAX + 1];
	memcpy(first, g.entry, sizeof first);
	discard(&g);
	assert_string_not_equal(first, g.entry);
	assert_int_equal(entries(&g), 2);
	assert_int_equal(cart_bin_empty(shelf_at(g.e, g.root), g.entry), 0);
	assert_int_equal(entries(&g), 1);
	teardown(&g);
}

static void for_good_means_everything_in_it(void **state)
{
	struct ground g;
	setup(&g);
	discard(&g);
	overwrite(in_entry(&g, "notes"), "somebody put them here");
	char path[600];
	snprintf(path, sizeof path, "mkdir '%s'", in_entry(&g, ".gone-" BARCODE));
	assert_int_equal(system(path), 0);
	assert_int_equal(cart_bin_empty(shelf_at(g.e, g.root), g.entry), 0);
	assert_false(there(&g, ".deleted"));
	assert_int_equal(cart_bin_empty(shelf_at(g.e, g.root), g.entry), -ENOENT);
	teardown(&g);
}

/* Names that would lead elsewhere. */
static void no_name_leads_out_of_the_wastebasket(void **state)
{
	static const char *const names[] = { "", ".", "..", ("../" BARCODE), "a/b",
		"0123456789012345678901234567890123456789012345678901" };
	struct ground g;
	struct cart_deletion what;
	bool is_there;
	setup(&g);
	discard(&g);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), names[i], &what, &is_there), -EINVAL);
		assert_int_equal(cart_bin_empty(shelf_at(g.e, g.root), names[i]), -EINVAL);
		assert_int_equal(cart_bin_put(shelf_at(g.e, g.root), names[i], BARCODE), -EINVAL);
	}
	assert_int_equal(cart_bin_take(shelf_at(g.e, g.root), g.entry, "../x"), -EINVAL);
	assert_int_equal(entries(&g), 1);
	teardown(&g);
}

static void without_a_sound_record_the_label_tells(void **state)
{
	static const char *const records[] = { "", "{", "[]", "{\"format\":2}",
		("{\"format\":2,\"barcode\":\"X\",\"uuid\":\"\",\"library\":\"\",\"by\":\"\",\"reason\":\"\","
		 "\"deleted\":1,\"crc32c\":1}") };
	struct ground g;
	struct cart_deletion what;
	struct cart_label label;
	char root[512];
	bool is_there;
	setup(&g);
	discard(&g);
	assert_int_equal(cart_bin_root(g.root, g.entry, root, sizeof root), 0);
	assert_int_equal(cart_label_read(shelf_at(g.e, root), BARCODE, &label), 0);
	for (size_t i = 0; i <= sizeof records / sizeof *records; i++) {
		if (i < sizeof records / sizeof *records)
			overwrite(in_entry(&g, "deleted.json"), records[i]);
		else
			assert_int_equal(unlink(in_entry(&g, "deleted.json")), 0);
		assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), 0);
		assert_true(is_there);
		assert_string_equal(what.barcode, BARCODE);
		assert_string_equal(what.uuid, label.uuid);
		assert_string_equal(what.by, "");
		assert_true(what.deleted > 1700000000); /* when it came here */
	}
	overwrite(in_entry(&g, BARCODE "/label.json"), "no label");
	assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), 0);
	assert_string_equal(what.barcode, BARCODE);
	assert_string_equal(what.uuid, "");
	overwrite(in_entry(&g, "deleted.json"), "{\"crc32c\":686938332,\"format\":3}");
	assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), -EPROTONOSUPPORT);
	overwrite(in_entry(&g, "deleted.json"), "{\"crc32c\":263514162,\"format\":1}");
	assert_int_equal(cart_bin_look(shelf_at(g.e, g.root), g.entry, &what, &is_there), -EPROTOTYPE);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deleted_cartridge_is_kept_whole_and_comes_back),
		cmocka_unit_test(a_used_barcode_is_not_written_over),
		cmocka_unit_test(for_good_means_everything_in_it),
		cmocka_unit_test(no_name_leads_out_of_the_wastebasket),
		cmocka_unit_test(without_a_sound_record_the_label_tells),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
