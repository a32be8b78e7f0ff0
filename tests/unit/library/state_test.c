/* SPDX-License-Identifier: Apache-2.0 */
/* State directories as they are found: read-only, damaged twice, full, changed by others, open to others. */
#include "bench.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "media/engine/engine.h"
#include "vtl/base/log.h"
#include "vtl/catalog/lmdb_env.h"
#include "vtl/library/installation.h"
#include "vtl/library/open.h"
#include "vtl/catalog/row.h"

static void furnish(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
	bench_close(b);
}

static void look_again(void *arg)
{
	struct bench *b = arg;
	if (bench_open(b))
		fail_msg("%s", b->why);
	bench_sound(b, 2);
	bench_close(b);
}

/* --- folders and clocks -------------------------------------------------------------------------------------------- */

/* Two damaged catalogs in one second, or in the same second twice: each is kept. */
static void asides(void *arg)
{
	struct bench *b = arg;
	for (int i = 0; i < 4; i++) {
		file_write(b->dir, "catalog/data.mdb", "damaged", 7);
		if (i == 2)
			run_command("cd '%s' && now=$(date +%%s) && for s in 0 1 2 3; do "
				    "touch catalog.damaged-$((now + s)); done",
				b->dir);
		if (bench_open(b))
			fail_msg("%s", b->why);
		bench_sound(b, 2);
		bench_close(b);
	}
	run_command("test $(cd '%s' && ls -d catalog.damaged-*/data.mdb | wc -l) = 4", b->dir);
}

static void every_damaged_catalog_is_kept(void **state)
{
	struct bench b;
	bench_make(&b);
	on_worker(furnish, &b);
	on_worker(asides, &b);
	bench_remove(&b);
}

/* The map is only address space: when it is full it grows, and the next start brings its size. */
static void growing(void *arg)
{
	struct bench *b = arg;
	enum { ROWS = 64, SMALL_MAP = 512 << 10 };
	char blob[16 << 10], back[sizeof blob];
	assert_true(sizeof blob <= MEMORY_MAX);
	for (int restart = 0; restart < 2; restart++) {
		assert_int_equal(bench_open(b), 0);
		struct catalog *catalog = b->inst->catalog;
		if (!restart) {
			assert_int_equal(mdb_env_set_mapsize(catalog->env, SMALL_MAP), 0);
			catalog->map = SMALL_MAP;
		}
		for (int i = 0; i < ROWS; i++) {
			char key[16];
			snprintf(key, sizeof key, "k%d", i);
			memset(blob, i + 1, sizeof blob);
			if (!restart)
				assert_int_equal(memory_save(b->inst, b->library->changer.id, key, blob,
							 sizeof blob),
					0);
			assert_int_equal(memory_load(b->inst, b->library->changer.id, key, back, sizeof back),
				sizeof back);
			assert_memory_equal(back, blob, sizeof blob);
		}
		assert_true(catalog->map > SMALL_MAP);
		bench_close(b);
	}
}

static void a_full_map_grows(void **state)
{
	struct bench b;
	bench_make(&b);
	on_worker(furnish, &b);
	on_worker(growing, &b);
	bench_remove(&b);
}

/* --- what another version left ------------------------------------------------------------------------------------- */

/* A sound row of version 99 of each table, by its own. */
static void newer_row(void *arg)
{
	struct bench *b = arg;
	for (int table = 0; table < N_TABLES; table++) {
		struct catalog_txn txn;
		struct row r;
		assert_int_equal(bench_open(b), 0);
		catalog_begin(b->inst->catalog, &txn);
		struct wire *w = row_begin(&r, 99);
		row_text(w, "what we cannot know");
		catalog_put_row(&txn, (enum catalog_table)table, "newer", &r);
		assert_int_equal(catalog_commit(&txn), 0);
		struct catalog *catalog = b->inst->catalog;
		b->inst->catalog = NULL; /* as if it had been killed */
		catalog_close(catalog);
		assert_true(installation_rest(b->inst, INT64_MAX));
		installation_free(b->inst);
		run_command("cp '%s/catalog/data.mdb' '%s/kept'", b->dir, b->dir);
		int err = bench_open(b);
		if (err != -EPROTONOSUPPORT || !strstr(b->why, "newer version") ||
			!strstr(b->why, catalog_table_names[table]))
			fail_msg("%s: %d, %s", catalog_table_names[table], err, b->why);
		run_command("cd '%s' && cmp catalog/data.mdb kept && ! ls -d catalog.damaged-* 2>/dev/null",
			b->dir);
		char path[300];
		snprintf(path, sizeof path, "%s/catalog", b->dir);
		assert_int_equal(catalog_open(path, NULL, &catalog), 0);
		catalog_begin(catalog, &txn);
		catalog_drop(&txn, (enum catalog_table)table, "newer");
		assert_int_equal(catalog_commit(&txn), 0);
		catalog_close(catalog);
	}
	look_again(b);
}

static void other_file(struct bench *b, const char *name, const char *edit, int is, const char *version,
	const char *says)
{
	run_command("cd '%s' && cp '%s' kept && sed -i '%s' '%s' && cp '%s' newer", b->dir, name, edit, name,
		name);
	int err = bench_open(b);
	if (err != is || !strstr(b->why, version) || !strstr(b->why, says))
		fail_msg("%s: %d, %s", name, err, b->why);
	run_command("cd '%s' && cmp newer '%s' && cp kept '%s'", b->dir, name, name);
}

static void other_files(void *arg)
{
	struct bench *b = arg;
	other_file(b, "identity.json", "s/\"version\": *1/\"version\": 2/", -EPROTONOSUPPORT, "newer version",
		"identity file");
	run_command("touch '%s/cartridges/E00001L8'", b->dir);
	other_file(b, "cartridges/E00001L8/label.json", "1,$c {\"crc32c\":686938332,\"format\":3}",
		-EPROTONOSUPPORT, "newer version", "E00001L8");
	other_file(b, "cartridges/E00001L8/label.json", "1,$c {\"crc32c\":263514162,\"format\":1}",
		-EPROTOTYPE, "format 1", "E00001L8");
	look_again(b);
}

static void what_another_version_wrote_stops_the_start(void **state)
{
	struct bench b;
	bench_make(&b);
	on_worker(furnish, &b);
	on_worker(newer_row, &b);
	on_worker(other_files, &b);
	bench_remove(&b);
}

/* --- who else is at the folders ---------------------------------------------------------------------------------------- */

static void others(void *arg)
{
	struct bench *b = arg;
	struct engine *engine = engine_sync_new();
	struct cart_label label;
	struct cart *cart;
	run_command("mkdir '%s/cartridges/.new-E00007L8' '%s/cartridges/.gone-E00008L8' && "
		    "touch '%s/cartridges/.gone-E00008L8/label.json'",
		b->dir, b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	run_command(
		"test \"$(cd '%s/cartridges' && ls -A | tr '\\n' ' ')\" = 'E00001L8 E00002L8 evertape+installation '",
		b->dir);
	const char *root = installation_cartridges(b->inst);
	struct cartridge *one = cartridge_find(b->library, "E00001L8");
	/* being exported: it stays, and says so */
	assert_int_equal(cart_open(shelf_at(engine, root), "E00001L8", true, &cart), 0);
	refused(b, cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), -EBUSY, "exported");
	assert_string_equal(bench_where(b, "E00001L8"), "slot:1");
	assert_int_equal(cart_close(cart), 0);
	/* the label became another one behind our back: it is the folder's word that counts */
	assert_int_equal(cart_label_read(shelf_at(engine, root), "E00001L8", &label), 0);
	label.worm = true;
	assert_int_equal(cart_label_write(shelf_at(engine, root), &label), 0);
	for (int on = 1; on >= 0; on--) {
		assert_int_equal(cartridge_protect(b->inst, one, on, b->why), 0);
		assert_int_equal(cart_label_read(shelf_at(engine, root), "E00001L8", &label), 0);
		assert_true(label.worm && label.write_protected == on);
	}
	assert_true(one->label.worm);
	/* and when it is gone, nothing is made in its place */
	run_command("rm '%s/E00002L8/label.json'", root);
	refused(b, cartridge_protect(b->inst, cartridge_find(b->library, "E00002L8"), true, b->why), -EUCLEAN,
		"label of cartridge E00002L8");
	assert_int_equal(cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), 0);
	engine_free(engine);
	bench_close(b);
}

static void what_others_do_to_folders_is_respected(void **state)
{
	struct bench b;
	bench_make(&b);
	on_worker(furnish, &b);
	on_worker(others, &b);
	bench_remove(&b);
}

/* Whatever the umask: nobody else reads secrets, or writes anything. */
static void nobody_else_can_look(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		mode_t mode;
	} rows[] = {
		{ "", 0750 }, { "lock", 0640 }, { "identity.json", 0640 }, { "catalog", 0700 },
		{ "catalog/data.mdb", 0600 }, { "ballast", 0640 }, { "cartridges", 0750 },
		{ "cartridges/E00001L8", 0750 }, { "cartridges/E00001L8/label.json", 0640 },
	};
	/* clang-format on */
	struct bench b;
	char base[sizeof b.dir];
	bench_make(&b);
	strcpy(base, b.dir);
	strcat(b.dir, "/state");
	mode_t old = umask(0);
	on_worker(furnish, &b);
	umask(old);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[256];
		struct stat st;
		snprintf(path, sizeof path, "%s/%s", b.dir, rows[i].name);
		assert_int_equal(stat(path, &st), 0);
		if ((st.st_mode & 07777) != rows[i].mode)
			fail_msg("%s: %o", rows[i].name, st.st_mode & 07777);
	}
	strcpy(b.dir, base);
	bench_remove(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_damaged_catalog_is_kept),
		cmocka_unit_test(a_full_map_grows),
		cmocka_unit_test(what_another_version_wrote_stops_the_start),
		cmocka_unit_test(what_others_do_to_folders_is_respected),
		cmocka_unit_test(nobody_else_can_look),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
