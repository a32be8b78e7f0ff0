/* SPDX-License-Identifier: Apache-2.0 */
/* Every change of an installation, failed at its commit: memory, files and catalog stay as they were, and the
 * same change succeeds afterwards. A new kind of change is a row of kinds[]. */
#include "bench.h"

#include <errno.h>

#include "state_text.h"
#include "vtl/library/installation.h"

/* --- a catalog that fails on demand ----------------------------------------------------------------------- */

static unsigned commits, fail_at;     /* commits since counting began; the one that fails, 0: none */
static struct installation *changing; /* whose identities are in memory as before until the first commit */
static char *unchanged;

int __real_catalog_commit(struct catalog_txn *txn);
int __wrap_catalog_commit(struct catalog_txn *txn);

int __wrap_catalog_commit(struct catalog_txn *txn)
{
	if (changing && !commits) {
		char *now = identity_export(changing);
		assert_same_state("identities at the commit", unchanged, now);
		free(now);
	}
	if (++commits != fail_at)
		return __real_catalog_commit(txn);
	catalog_abandon(txn);
	return -EIO;
}

/* --- the scene --------------------------------------------------------------------------------------------- */

#define HOST     "iqn.2026-01.test:host"
#define STRANGER "iqn.2026-01.test:stranger"

static struct cartridge *cartridge(struct bench *b, const char *barcode)
{
	struct cartridge *c = cartridge_find(b->library, barcode);
	assert_non_null(c);
	return c;
}

static int moved(enum move_result result)
{
	return result == MOVE_DONE ? 0 : result == MOVE_FAILED ? -EIO : -EINVAL;
}

static int move(struct bench *b, const char *from, const char *to)
{
	return moved(library_move(b->library, bench_element(b, from), bench_element(b, to), BY_PERSON));
}

static void scene_rules(struct bench *b)
{
	struct initiator rule = { .name = HOST,
		.allowed = true,
		.chap_user = "u",
		.chap_secret = "123456789012" };
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	rule = (struct initiator){ .name = "*" };
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
}

/* E00001L8 in slot:1, E00002L8 in drive:1, E00003L8 in mailslot:1, E00004L8 in the vault, E00005L8 deleted,
 * E00006L8 a folder without a row; drive:3 removed; a second library without cartridges. */
static void scene_make(struct bench *b)
{
	static const char *const barcodes[] = { "E00001L8", "E00002L8", "E00003L8", "E00004L8", "E00005L8" };
	struct library_plan empty = { .name = "empty", .drives = 1, .slots = 1 };
	struct library *library;
	struct drive *drive;
	bench_library(b);
	bench_serve(b);
	for (size_t i = 0; i < sizeof barcodes / sizeof *barcodes; i++)
		bench_cartridge(b, barcodes[i]);
	assert_int_equal(move(b, "slot:4", "mailslot:1"), 0);
	assert_int_equal(moved(library_vault(b->library, cartridge(b, "E00004L8"), BY_PERSON)), 0);
	assert_int_equal(move(b, "slot:3", "mailslot:1"), 0);
	assert_int_equal(move(b, "slot:2", "drive:1"), 0);
	assert_int_equal(cartridge_delete(b->inst, cartridge(b, "E00005L8"), BY_PERSON, "test", b->why), 0);
	struct cart_label label = { .barcode = "E00006L8",
		.uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		.generation = "lto8",
		.capacity = 1 << 20 };
	assert_int_equal(label_create(b->inst, &label), 0);
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(drive_remove(b->inst, drive, b->why), 0);
	assert_int_equal(library_create(b->inst, &empty, &library, b->why), 0);
	assert_int_equal(memory_save(b->inst, library->changer.id, "key", "old", 3), 0);
	assert_int_equal(memory_save(b->inst, drive_find(b->library, 2)->identity.id, "key", "old", 3), 0);
	scene_rules(b);
}

/* Waits until the labels of moved cartridges are written, so that nothing changes by itself. */
static void scene_rest(struct bench *b)
{
	struct cartridge_private *priv, *next;
	HASH_ITER(hh, b->inst->all_cartridges, priv, next)
		label_drain(b->inst, priv);
	while (b->inst->following)
		fiber_sleep(1);
}

/* --- the changes ------------------------------------------------------------------------------------------- */

static char *exported; /* identity.json of another installation */

static int do_library_create(struct bench *b)
{
	struct library_plan plan = { .name = "more", .drives = 2, .slots = 3, .mailslots = 1 };
	return library_create(b->inst, &plan, NULL, b->why);
}

static int do_library_delete(struct bench *b)
{
	return library_delete(b->inst, library_find(b->inst, "empty", b->why), b->why);
}

static int do_library_compression(struct bench *b)
{
	return library_set_compression(b->inst, b->library, CART_COMPRESS_ZSTD, b->why);
}

static int do_library_layout(struct bench *b)
{
	return library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, b->why);
}

static int do_library_personality(struct bench *b)
{
	return library_set_personality(b->inst, b->library, "IBM 03584L32", b->why);
}

static int do_library_adopt(struct bench *b)
{
	static const struct adopted given[] = {
		{ 0, "00L4U78M1656_LL0", "50050763124b0001", "1800", "iqn.1986-03.com.ibm:ts4300" },
		{ 2, .serial = "HU1340YHGE", .revision = "J3" },
	};
	return library_adopt(b->inst, b->library, given, 2, b->why);
}

static int do_drive_personality(struct bench *b)
{
	return drive_set_personality(b->inst, drive_find(b->library, 2), "HP Ultrium 6-SCSI", b->why);
}

static int do_drive_add(struct bench *b)
{
	return drive_add(b->inst, b->library, NULL, NULL, b->why);
}

static int do_drive_remove(struct bench *b)
{
	return drive_remove(b->inst, drive_find(b->library, 2), b->why);
}

static int do_drive_restore(struct bench *b)
{
	return drive_restore(b->inst, b->library, 3, NULL, b->why);
}

static int do_import(struct bench *b)
{
	return identity_import(b->inst, exported, b->why);
}

static int do_create(struct bench *b)
{
	struct cartridge_plan plans[] = { { .barcode = "E00011L8" }, { .barcode = "E00012L8" } };
	return cartridge_create_all(b->inst, b->library, plans, 2, b->why);
}

static int do_adopt(struct bench *b)
{
	return cartridge_adopt(b->inst, b->library, "E00006L8", NULL, b->why);
}

static int do_delete(struct bench *b)
{
	return cartridge_delete(b->inst, cartridge(b, "E00001L8"), BY_PERSON, "test", b->why);
}

static int do_destroy(struct bench *b)
{
	return cartridge_destroy(b->inst, cartridge(b, "E00001L8"), b->why);
}

static int do_restore(struct bench *b)
{
	return cartridge_restore(b->inst, b->library, deleted_first(b->inst)->entry, NULL, b->why);
}

static int do_purge(struct bench *b)
{
	return cartridge_purge(b->inst, deleted_first(b->inst)->entry, b->why);
}

static int do_protect(struct bench *b)
{
	return cartridge_protect(b->inst, cartridge(b, "E00001L8"), true, b->why);
}

static int do_move(struct bench *b)
{
	return move(b, "slot:1", "slot:5");
}

static int do_load(struct bench *b)
{
	return move(b, "slot:1", "drive:2");
}

static int do_unload(struct bench *b)
{
	return move(b, "drive:1", "slot:5");
}

static int do_exchange(struct bench *b)
{
	return moved(library_exchange(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"),
		bench_element(b, "slot:1"), BY_HOST));
}

static int do_vault(struct bench *b)
{
	return moved(library_vault(b->library, cartridge(b, "E00003L8"), BY_PERSON));
}

static int do_unvault(struct bench *b)
{
	return moved(library_unvault(b->library, cartridge(b, "E00004L8"), BY_PERSON));
}

static int do_memory(struct bench *b)
{
	return memory_save(b->inst, drive_find(b->library, 2)->identity.id, "key", "new", 3);
}

static int do_rule_new(struct bench *b)
{
	struct initiator rule = { .name = STRANGER,
		.allowed = true,
		.chap_user = "v",
		.chap_secret = "abcdefghijkl",
		.target_user = "t",
		.target_secret = "mnopqrstuvwx" };
	return initiator_set(installation_access(b->inst), &rule, b->why);
}

static int do_rule_change(struct bench *b)
{
	struct initiator rule = { .name = HOST,
		.allowed = true,
		.chap_user = "u",
		.chap_secret = "210987654321" };
	return initiator_set(installation_access(b->inst), &rule, b->why);
}

static int do_rule_remove(struct bench *b)
{
	return initiator_remove(installation_access(b->inst), HOST, b->why);
}

static const struct kind {
	const char *name;
	int (*change)(struct bench *b);
	unsigned commits; /* of which each must succeed; 0: files decide, and the next start corrects rows */
	bool identity;    /* writes identity.json */
	bool bare;        /* in an installation without libraries */
} kinds[] = {
	{ "library create", do_library_create, 1, .identity = true },
	{ "library delete", do_library_delete, 1, .identity = true },
	{ "library compression", do_library_compression, 1, .identity = true },
	{ "library layout", do_library_layout, 1, .identity = true },
	{ "library personality", do_library_personality, 1, .identity = true },
	{ "library adopt", do_library_adopt, 1, .identity = true },
	{ "drive add", do_drive_add, 1, .identity = true },
	{ "drive remove", do_drive_remove, 1, .identity = true },
	{ "drive restore", do_drive_restore, 1, .identity = true },
	{ "drive personality", do_drive_personality, 1, .identity = true },
	{ "identity import", do_import, 1, .identity = true, .bare = true },
	{ "cartridge create", do_create, 1 },
	{ "cartridge adopt", do_adopt, 1 },
	{ "cartridge delete", do_delete, 1 },
	{ "cartridge destroy", do_destroy, 1 },
	{ "cartridge restore", do_restore, 1 },
	{ "cartridge purge", do_purge, 0 },
	{ "cartridge protect", do_protect, 0 },
	{ "move", do_move, 1 },
	{ "move into a drive", do_load, 1 },
	{ "move out of a drive", do_unload, 1 },
	{ "exchange", do_exchange, 1 },
	{ "vault", do_vault, 1 },
	{ "unvault", do_unvault, 1 },
	{ "saved state", do_memory, 1 },
	{ "rule for a new name", do_rule_new, 1 },
	{ "rule with another secret", do_rule_change, 1 },
	{ "rule remove", do_rule_remove, 1 },
};

/* --- the tests --------------------------------------------------------------------------------------------- */

static void scene_open(struct bench *b, const struct kind *kind)
{
	bench_make(b);
	assert_int_equal(bench_open(b), 0);
	if (!kind->bare)
		scene_make(b);
	scene_rest(b);
}

/* What was changed is the same after a restart. */
static void scene_close(struct bench *b, const char *name)
{
	scene_rest(b);
	assert_int_equal(identity_verify(b->inst, b->why), 0);
	char *before = identity_export(b->inst);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	char *after = identity_export(b->inst);
	assert_same_state(name, before, after);
	free(before);
	free(after);
	bench_close(b);
	bench_remove(b);
}

/* identity.json was written before the change was in memory, and says the same. */
static void file_is_current(struct bench *b, const char *name)
{
	char *memory = identity_export(b->inst), *file = file_text(b->dir, "identity.json", NULL);
	assert_same_state(name, memory, file ? file : "");
	free(memory);
	free(file);
}

static void change_succeeds(struct bench *b, const struct kind *kind, const char *before)
{
	int err = kind->change(b);
	if (err)
		fail_msg("%s: %d, %s", kind->name, err, b->why);
	scene_rest(b);
	file_is_current(b, kind->name);
	char *after = state_text(b);
	if (strcmp(before, after) == 0)
		fail_msg("%s changes nothing", kind->name);
	free(after);
}

static void change_fails(struct bench *b, const struct kind *kind, const char *before)
{
	int err = kind->change(b);
	if (!err)
		fail_msg("%s succeeds without its commit", kind->name);
	scene_rest(b);
	char *after = state_text(b);
	assert_same_state(kind->name, before, after);
	free(after);
}

static void watch(struct bench *b)
{
	changing = b->inst;
	unchanged = identity_export(b->inst);
	commits = 0;
}

static void watch_end(void)
{
	changing = NULL;
	free(unchanged);
	fail_at = commits = 0;
}

static void fail_commits(void *arg)
{
	const struct kind *kind = arg;
	struct bench b;
	unsigned needed = 0;
	for (unsigned n = 1; n <= (kind->commits ? kind->commits : 1); n++) {
		scene_open(&b, kind);
		char *before = state_text(&b);
		watch(&b);
		fail_at = n;
		if (n <= kind->commits)
			change_fails(&b, kind, before);
		else
			change_succeeds(&b, kind, before);
		assert_true(commits >= n);
		watch_end();
		if (n <= kind->commits)
			change_succeeds(&b, kind, before);
		needed = n <= kind->commits ? commits : kind->commits;
		free(before);
		scene_close(&b, kind->name);
	}
	assert_true(needed >= kind->commits);
}

static void each_commit(void **state)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		on_worker(fail_commits, (void *)&kinds[i]);
}

/* A folder in the place of the new file cannot be replaced. */
static void fail_file(void *arg)
{
	const struct kind *kind = arg;
	struct bench b;
	scene_open(&b, kind);
	run_command("mkdir -p '%s/identity.json.new/x'", b.dir);
	char *before = state_text(&b);
	change_fails(&b, kind, before);
	run_command("rm -r '%s/identity.json.new'", b.dir);
	change_succeeds(&b, kind, before);
	free(before);
	scene_close(&b, kind->name);
}

static void each_file(void **state)
{
	unsigned n = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].identity) {
			n++;
			on_worker(fail_file, (void *)&kinds[i]);
		}
	assert_true(n > 0);
}

static void export_make(void *arg)
{
	struct bench b;
	bench_make(&b);
	assert_int_equal(bench_open(&b), 0);
	scene_make(&b);
	scene_rest(&b);
	exported = identity_export(b.inst);
	bench_close(&b);
	bench_remove(&b);
}

static int before_all(void **state)
{
	on_worker(export_make, NULL);
	return 0;
}

static int after_all(void **state)
{
	free(exported);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_commit),
		cmocka_unit_test(each_file),
	};
	return cmocka_run_group_tests(tests, before_all, after_all);
}
