/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs that are damaged, owned by somebody else, copied, or on a full disk. */
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/seed.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/library/installation.h"
#include "vtl/catalog/row.h"

static void furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"),
				 BY_HOST),
		MOVE_DONE);
}

/* --- damaged -------------------------------------------------------------------------------------------- */

/* Whatever happened to the bytes: it opens with everything in it, or says why not. */
static void opens_or_says(struct bench *b, const char *identity, unsigned *opened)
{
	b->why[0] = 0;
	int err = bench_open(b);
	if (err) {
		assert_true(strlen(b->why) > 0);
		return;
	}
	char *now = identity_export(b->inst);
	assert_string_equal(now, identity);
	free(now);
	bench_sound(b, 2);
	assert_string_not_equal(bench_where(b, "E00001L8"), "nowhere");
	assert_string_not_equal(bench_where(b, "E00002L8"), "nowhere");
	(*opened)++;
	bench_close(b);
}

static void damages(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	char *identity = identity_export(b->inst);
	bench_close(b);
	size_t len;
	char *good = file_text(b->dir, "catalog/data.mdb", &len);
	uint64_t seed = seed_new();
	unsigned opened = 0;
	for (int i = 0; i < 150; i++) {
		char *bad = malloc(len);
		size_t cut = len;
		memcpy(bad, good, len);
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		size_t at = (size_t)(seed >> 20) % len;
		if (i % 5 == 0)
			cut = at;
		else if (i % 5 == 1)
			memset(bad + (at & ~(size_t)4095), 0xff,
				4096 < len - (at & ~(size_t)4095) ? 4096 : len - at);
		else if (i % 5 == 2) /* a page that claims to be dirty: LMDB would write to the map */
			bad[(at & ~(size_t)4095) + 10] ^= 0x10;
		else
			for (int n = 0; n < 64; n++)
				bad[(at + (size_t)n * 61) % len] ^= (char)(1 << (seed >> n) % 8);
		run_command("rm -rf %s/catalog*", b->dir);
		char path[128];
		snprintf(path, sizeof path, "%s/catalog", b->dir);
		assert_int_equal(mkdir(path, 0700), 0);
		file_write(b->dir, "catalog/data.mdb", bad, cut);
		file_write(b->dir, "identity.json", identity, strlen(identity));
		opens_or_says(b, identity, &opened);
		free(bad);
	}
	assert_true(opened > 75);
	/* Without identity.json there is nothing to rebuild from: it says so, and touches nothing. */
	file_write(b->dir, "catalog/data.mdb", good, 5000);
	run_command("rm -f %s/identity.json", b->dir);
	assert_int_equal(bench_open(b), -EUCLEAN);
	assert_non_null(strstr(b->why, "damaged"));
	free(good);
	free(identity);
}
BENCH_TEST(a_damaged_catalog_is_rebuilt_or_refused, damages)

/* Rows with a good checksum and bad contents, as another program could write them. */
static void rows_put(struct bench *b, enum catalog_table table, const char *key, const void *value,
	size_t len)
{
	char path[128];
	struct catalog *catalog;
	struct catalog_txn txn;
	snprintf(path, sizeof path, "%s/catalog", b->dir);
	assert_int_equal(catalog_open(path, NULL, &catalog), 0);
	catalog_begin(catalog, &txn);
	if (value)
		catalog_put(&txn, table, key, value, len);
	else
		catalog_drop(&txn, table, key);
	assert_int_equal(catalog_commit(&txn), 0);
	catalog_close(catalog);
}

struct row_copy {
	const char *key;
	uint8_t value[ROW_MAX];
	size_t len;
};

static int row_copy(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct row_copy *copy = arg;
	if (key_len != strlen(copy->key) || memcmp(copy->key, key, key_len))
		return 0;
	memcpy(copy->value, value, len);
	copy->len = len;
	return 1;
}

static void serials(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	struct drive one = *drive_find(b->library, 1), two = *drive_find(b->library, 2);
	bench_close(b);
	static const struct {
		const char *serial, *why, *why_too; /* of drive 2; NULL: drive 1's */
	} rows[] = {
		{ NULL, "demo drive:1", "demo drive:2 have the same serial" },
		{ "ABC DEFGHI", "demo drive:2", "a space" },
		{ "ABC\nDEFGHI", "demo drive:2", "0Ah" },
		{ "abcdefghij", "demo drive:2", "'a'" },
		{ "ABCDEFGHI\xc3", "demo drive:2", "C3h" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct row_copy copy = { .key = two.identity.id };
		char path[128];
		struct catalog *catalog;
		snprintf(path, sizeof path, "%s/catalog", b->dir);
		assert_int_equal(catalog_open(path, NULL, &catalog), 0);
		assert_int_equal(catalog_each(catalog, TABLE_DRIVES, row_copy, &copy), 1);
		catalog_close(catalog);
		uint8_t good[ROW_MAX];
		memcpy(good, copy.value, copy.len);
		uint8_t *at = memmem(copy.value, copy.len, two.identity.serial, SERIAL_LEN);
		assert_non_null(at);
		memcpy(at, rows[i].serial ? rows[i].serial : one.identity.serial, SERIAL_LEN);
		put_le32(copy.value + copy.len - 4,
			row_sum(copy.key, strlen(copy.key), copy.value, copy.len - 4));
		rows_put(b, TABLE_DRIVES, two.identity.id, copy.value, copy.len);
		int err = bench_open(b);
		if (!err || !strstr(b->why, rows[i].why) || !strstr(b->why, rows[i].why_too))
			fail_msg("row %zu: %d, %s", i, err, b->why);
		rows_put(b, TABLE_DRIVES, two.identity.id, good, copy.len);
	}
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(drive_find(b->library, 2)->identity.serial, two.identity.serial);
	bench_close(b);
}
BENCH_TEST(a_start_with_a_bad_serial_is_refused_naming_it, serials)

/* Two rows that claim one element; a row of an element that is not there. */
static void places(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	struct cartridge_private *two = cartridge_lookup(b->inst, "E00002L8");
	struct catalog_txn txn;
	catalog_begin(b->inst->catalog, &txn);
	record_cartridge(two, bench_element(b, "drive:1"), NULL, false, &txn);
	assert_int_equal(catalog_commit(&txn), 0);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	assert_string_equal(bench_where(b, "E00001L8"), "drive:1");
	assert_string_equal(bench_where(b, "E00002L8"), "vault");
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(bench_where(b, "E00002L8"), "vault");
	bench_close(b);
}
BENCH_TEST(two_in_one_element_are_parted, places)

/* --- one owner ------------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int pipe[2];
};

/* Another process opens dir, says so, and keeps it until it is killed. */
static void keep_open(void *arg)
{
	struct bench *b = arg;
	if (bench_open(b))
		_exit(3);
	if (write(STDOUT_FILENO, "x", 1) != 1)
		_exit(4);
	for (;;)
		fiber_sleep(1000);
}

static void child_start(struct child *child, struct bench *b)
{
	char byte;
	assert_int_equal(pipe(child->pipe), 0);
	fflush(NULL);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (!child->pid) {
		dup2(child->pipe[1], STDOUT_FILENO);
		worker_run_once(keep_open, b);
		_exit(5);
	}
	close(child->pipe[1]);
	assert_int_equal(read(child->pipe[0], &byte, 1), 1);
	close(child->pipe[0]);
}

static void child_end(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
}

static void opens_beside(void *arg)
{
	struct bench *b = arg;
	char pid[32];
	int err = bench_open(b);
	snprintf(pid, sizeof pid, "process %u", b->drives[0].wrong);
	if (err != -EBUSY || !strstr(b->why, pid))
		fail_msg("%d, %s", err, b->why);
}

static void opens_now(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}

static void furnish_close(void *arg)
{
	furnish(arg);
	bench_close(arg);
}

static void a_second_owner_is_refused_naming_the_first(void **state)
{
	struct bench b, copy;
	struct child child;
	bench_make(&b);
	bench_make(&copy);
	on_worker(furnish_close, &b);
	run_command("cp -a %s/. %s/", b.dir, copy.dir);
	child_start(&child, &b);
	b.drives[0].wrong = copy.drives[0].wrong = (unsigned)child.pid;
	on_worker(opens_beside, &b);
	assert_non_null(strstr(b.why, b.dir));
	on_worker(opens_beside, &copy);
	assert_non_null(strstr(copy.why, "from a copy of this state directory"));
	child_end(&child);
	on_worker(opens_now, &b);
	on_worker(opens_now, &copy);
	bench_remove(&b);
	bench_remove(&copy);
}

/* --- where there is no room, and no permission --------------------------------------------------------------- */

/* No commit succeeds: moves, rules and memories fail and change nothing. */
static void nothing_may_grow(struct bench *b, struct rlimit all)
{
	struct rlimit none = { 2048, all.rlim_max };
	setrlimit(RLIMIT_FSIZE, &none);
	enum move_result in = library_move(b->library, bench_element(b, "slot:2"),
		bench_element(b, "drive:2"), BY_HOST);
	enum move_result out = library_exchange(b->library, bench_element(b, "slot:2"),
		bench_element(b, "drive:1"), bench_element(b, "slot:2"), BY_HOST);
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	assert_true(initiator_set(installation_access(b->inst), &rule, b->why) < 0);
	assert_true(memory_save(b->inst, b->library->changer.id, "mode", "x", 1) < 0);
	setrlimit(RLIMIT_FSIZE, &all);
	assert_int_equal(in, MOVE_FAILED);
	assert_int_equal(out, MOVE_FAILED);
	assert_string_equal(b->drives[2].barcode, "");
	assert_int_equal(b->drives[2].threads, 1);
	assert_string_equal(b->drives[1].barcode, "E00001L8");
	assert_string_equal(bench_where(b, "E00002L8"), "slot:2");
	assert_string_equal(bench_where(b, "E00001L8"), "drive:1");
	assert_false(initiator_rule(installation_access(b->inst), "iqn.x", &rule));
	assert_int_equal(memory_load(b->inst, b->library->changer.id, "mode", &rule, 1), -ENOENT);
}

/* Creations of a library and a cartridge that fail somewhere, for lack of room for more and more. */
static void a_little_may_grow(struct bench *b, struct rlimit all)
{
	unsigned failed = 0, done = 0;
	for (rlim_t limit = 2048; limit < 600000; limit += limit / 3) {
		char *before = identity_export(b->inst);
		char name[16];
		snprintf(name, sizeof name, "l%u", (unsigned)limit);
		struct library_plan plan = { .name = name, .drives = 20, .slots = 4 };
		struct rlimit low = { limit, all.rlim_max };
		setrlimit(RLIMIT_FSIZE, &low);
		struct cartridge_plan cart = { .barcode = "E00003L8" };
		struct library *library;
		int err = library_create(b->inst, &plan, &library, b->why);
		int said = cartridge_create(b->inst, b->library, &cart, NULL, b->why);
		setrlimit(RLIMIT_FSIZE, &all);
		char *after = identity_export(b->inst);
		if (err) {
			failed++;
			assert_string_equal(after, before);
		} else {
			done++;
		}
		bench_sound(b, said ? 2 : 3);
		if (!said)
			assert_int_equal(cartridge_delete(b->inst, cartridge_find(b->library, "E00003L8"),
						 BY_PERSON, NULL, b->why),
				0);
		free(before);
		free(after);
	}
	assert_true(failed > 3 && done > 0);
}

static void limits(void *arg)
{
	struct bench *b = arg;
	struct rlimit all;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	furnish(b);
	strcpy(b->drives[1].barcode, "E00001L8"); /* put there before it had a server */
	bench_serve(b);
	nothing_may_grow(b, all);
	a_little_may_grow(b, all);
	char *before = identity_export(b->inst);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	bench_sound(b, 2);
	free(before);
	free(after);
	bench_close(b);
}
BENCH_TEST(a_file_that_may_not_grow_changes_nothing, limits)

static void full(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	while (b->inst->following) /* a label on its way uses the ballast */
		waitq_wait(&b->inst->followed);
	ballast_fini(&b->inst->ballast); /* what the reserve is for is another test's */
	ballast_init(&b->inst->ballast);
	char path[128];
	snprintf(path, sizeof path, "%s/filler", b->dir);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	static char page[4096];
	while (fwrite(page, sizeof page, 1, f) == 1 && fflush(f) == 0)
		;
	fclose(f);
	char *before = identity_export(b->inst);
	struct library_plan plan = { .name = "more", .drives = 40, .slots = 4 };
	struct cartridge_plan cart = { .barcode = "E00003L8" };
	struct drive *drive;
	assert_int_equal(library_create(b->inst, &plan, NULL, b->why), -ENOSPC);
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), -ENOSPC);
	assert_int_equal(library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, b->why), -ENOSPC);
	assert_int_equal(cartridge_create(b->inst, b->library, &cart, NULL, b->why), -ENOSPC);
	assert_non_null(strstr(b->why, "No space"));
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	bench_sound(b, 2);
	unlink(path);
	assert_int_equal(cartridge_create(b->inst, b->library, &cart, NULL, b->why), 0);
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 3);
	free(before);
	free(after);
	bench_close(b);
}

static void a_full_disk_changes_nothing(void **state)
{
	struct bench b;
	bench_make(&b);
	if (mount("none", b.dir, "tmpfs", 0, "size=1m")) {
		print_message("skipped: no permission to mount a small tmpfs\n");
		bench_remove(&b);
		skip();
	}
	on_worker(full, &b);
	umount(b.dir);
	bench_remove(&b);
}

static void bad_dirs(void *arg)
{
	struct bench *b = arg;
	char base[64];
	strcpy(base, b->dir);
	file_write(base, "file", "x", 1);
	run_command("mkdir %s/badlock %s/badcatalog; mkdir %s/badlock/lock; touch %s/badcatalog/catalog",
		base, base, base, base);
	static const struct {
		const char *dir;
		int err;
	} rows[] = {
		{ "file", -ENOTDIR },
		{ "file/below", -ENOTDIR },
		{ "badlock", -EISDIR },
		{ "badcatalog", -ENOTDIR },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		strcpy(b->dir, base);
		strcat(strcat(b->dir, "/"), rows[i].dir);
		int err = bench_open(b);
		if (err != rows[i].err || !strstr(b->why, base))
			fail_msg("%s: %d, %s", rows[i].dir, err, b->why);
	}
	strcpy(b->dir, "");
	assert_int_equal(bench_open(b), -EINVAL);
	/* Directories above it are made; others may look at neither. */
	struct stat st;
	strcat(strcpy(b->dir, base), "/deep/er");
	assert_int_equal(bench_open(b), 0);
	bench_close(b);
	assert_int_equal(stat(b->dir, &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
	strcpy(b->dir, base);
}
BENCH_TEST(a_state_directory_that_cannot_be_is_refused, bad_dirs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_owner_is_refused_naming_the_first),
		cmocka_unit_test(a_damaged_catalog_is_rebuilt_or_refused),
		cmocka_unit_test(a_start_with_a_bad_serial_is_refused_naming_it),
		cmocka_unit_test(two_in_one_element_are_parted),
		cmocka_unit_test(a_file_that_may_not_grow_changes_nothing),
		cmocka_unit_test(a_full_disk_changes_nothing),
		cmocka_unit_test(a_state_directory_that_cannot_be_is_refused),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
