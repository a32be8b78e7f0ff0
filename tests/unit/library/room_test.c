/* SPDX-License-Identifier: Apache-2.0 */
/* Disks without a free byte: what needs no room of its own goes on, in a run and after a start. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "media/engine/engine.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"

enum { BLOB = 100 << 10, ROUNDS = 40 };

/* --- small file systems ------------------------------------------------------------------------------------- */

static const struct small_disk {
	const char *name;
	const char *make;  /* a file system in the file %s.img; NULL: none is needed */
	const char *mount; /* at %s */
} disks[] = {
	{ "tmpfs", NULL, "mount -t tmpfs -o size=16m none '%s'" },
	{ "ext4, blocks of 1 KiB", "mkfs.ext4 -q -m 0 -b 1024 '%s.img'", "mount -o loop '%s.img' '%s'" },
	{ "ext4, blocks of 4 KiB", "mkfs.ext4 -q -m 0 -b 4096 '%s.img'", "mount -o loop '%s.img' '%s'" },
};

static bool run_quietly(const char *format, const char *dir)
{
	char command[512];
	int n = snprintf(command, sizeof command - 20, format, dir, dir);
	snprintf(command + n, sizeof command - (size_t)n, " >/dev/null 2>&1");
	return !system(command);
}

/* False: not possible here. */
static bool disk_mount(const struct small_disk *disk, const char *dir)
{
	bool made = !disk->make ||
		(run_quietly("truncate -s 16M '%s.img'", dir) && run_quietly(disk->make, dir));
	return made && run_quietly(disk->mount, dir);
}

static void disk_end(const struct bench *b)
{
	run_command("umount '%s'; rm -f '%s.img'; rmdir '%s'", b->dir, b->dir, b->dir);
}

/* Takes the last byte.  A journal gives freed blocks back only later: so, until nothing comes any more.  tmpfs
 * may count a block as available that it does not give. */
static void use_up(struct bench *b)
{
	enum { TRIES = 20, SPARE = 2 * 4096 };
	char path[128];
	static const char bytes[64 << 10];
	struct statvfs v;
	unsigned tries = 0;
	snprintf(path, sizeof path, "%s/filler", b->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	do {
		for (size_t n = sizeof bytes; n; n /= 4)
			while (write(fd, bytes, n) > 0)
				;
		syncfs(fd);
		assert_int_equal(fstatvfs(fd, &v), 0);
	} while (v.f_bavail && ++tries < TRIES);
	assert_int_equal(write(fd, bytes, sizeof bytes) <= 0 ? errno : 0, ENOSPC);
	close(fd);
	assert_true(v.f_bavail * v.f_frsize < SPARE);
}

/* Runs a test's body on every small file system. */
static void on_disks(void (*run)(void *))
{
	unsigned n = 0;
	for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
		struct bench b;
		bench_make(&b);
		if (disk_mount(&disks[i], b.dir)) {
			print_message("%s\n", disks[i].name);
			on_worker(run, &b);
			disk_end(&b);
			n++;
		} else {
			run_quietly("rm -rf '%s' '%s.img'", b.dir);
		}
	}
	if (!n) {
		print_message("skipped: no permission to mount a small file system\n");
		skip();
	}
}

/* --- a full disk -------------------------------------------------------------------------------------------- */

static void furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
	bench_cartridge(b, "E00003L8");
}

/* Many moves, and rows that are larger than what is free in the catalog. */
static void carry_on(struct bench *b)
{
	static uint8_t blob[BLOB];
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	for (unsigned i = 0; i < ROUNDS; i++) {
		const char *from = i % 2 ? "slot:6" : "slot:1", *to = i % 2 ? "slot:1" : "slot:6";
		enum move_result moved = library_move(b->library, bench_element(b, from),
			bench_element(b, to), BY_HOST);
		if (moved != MOVE_DONE)
			fail_msg("move %u: %s", i, move_result_text(moved));
		memset(blob, (int)i, sizeof blob);
		if (i % 8 == 0)
			assert_int_equal(memory_save(b->inst, b->library->changer.id, "mode", blob,
						 sizeof blob),
				0);
	}
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	assert_int_equal(library_move(b->library, bench_element(b, "slot:2"), bench_element(b, "drive:1"),
				 BY_HOST),
		MOVE_DONE);
	assert_int_equal(library_move(b->library, bench_element(b, "drive:1"), bench_element(b, "slot:2"),
				 BY_HOST),
		MOVE_DONE);
}

static void full(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	bench_serve(b);
	use_up(b);
	carry_on(b);
	assert_int_equal(library_move(b->library, bench_element(b, "slot:3"), bench_element(b, "slot:5"),
				 BY_HOST),
		MOVE_DONE);
	bench_close(b);
	for (int start = 0; start < 3; start++) {
		if (bench_open(b))
			fail_msg("start %d: %s", start, b->why);
		bench_sound(b, 3);
		assert_string_equal(bench_where(b, "E00003L8"), "slot:5");
		bench_serve(b);
		carry_on(b);
		bench_close(b);
	}
	assert_int_equal(bench_open(b), 0);
	use_up(b);
	refused(b, cartridge_delete(b->inst, cartridge_find(b->library, "E00003L8"), BY_PERSON, NULL, b->why),
		-ENOSPC, "nothing was deleted; --force destroys the cartridge");
	bench_sound(b, 3);
	assert_null(deleted_first(b->inst));
	assert_false(library_wastebasket_keeps(b->inst));
	if (cartridge_destroy(b->inst, cartridge_find(b->library, "E00003L8"), b->why))
		fail_msg("%s", b->why);
	bench_sound(b, 2);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}

static void a_full_disk_starts_moves_and_deletes(void **state)
{
	on_disks(full);
}

/* --- what was deleted gives way ------------------------------------------------------------------------------ */

enum { FAT_MIB = 3 };

/* A deleted cartridge with so much data in it. */
static void discard_fat(struct bench *b, const char *barcode)
{
	if (cartridge_delete(b->inst, cartridge_find(b->library, barcode), BY_PERSON, NULL, b->why))
		fail_msg("%s", b->why);
	const struct deleted_cartridge *d = deleted_first(b->inst);
	while (d && strcmp(d->what.barcode, barcode))
		d = deleted_next(d);
	assert_non_null(d);
	run_command("head -c %dM /dev/zero > '%s/cartridges/.deleted/%s/%s/p0-g00000001-000000.ext' && sync",
		FAT_MIB, b->dir, d->entry, barcode);
}

static size_t n_deleted(struct bench *b)
{
	size_t n = 0;
	for (const struct deleted_cartridge *d = deleted_first(b->inst); d; d = deleted_next(d))
		n++;
	return n;
}

static void create_on_full(void *arg)
{
	struct bench *b = arg;
	struct cartridge_plan plans[3];
	char barcodes[3][16];
	furnish(b);
	discard_fat(b, "E00001L8");
	discard_fat(b, "E00002L8");
	use_up(b);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(barcodes[i], sizeof barcodes[i], "F%05uL8", i);
		plans[i] = (struct cartridge_plan){ .barcode = barcodes[i] };
	}
	if (cartridge_create_all(b->inst, b->library, plans, 3, b->why))
		fail_msg("%s", b->why);
	assert_int_equal(n_deleted(b), 1); /* the oldest one, and no other */
	assert_string_equal(deleted_first(b->inst)->what.barcode, "E00002L8");
	bench_sound(b, 4);
	assert_int_equal(cartridge_purge(b->inst, deleted_first(b->inst)->entry, b->why), 0);
	use_up(b);
	struct cartridge_plan more = { .barcode = "G00001L8" };
	refused(b, cartridge_create(b->inst, b->library, &more, NULL, b->why), -ENOSPC,
		"G00001L8 cannot be created");
	bench_sound(b, 4);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 4);
	assert_int_equal(n_deleted(b), 0);
	bench_close(b);
}

static void making_cartridges_on_a_full_disk_takes_the_oldest_deleted_ones_room(void **state)
{
	on_disks(create_on_full);
}

/* What has its data on the disk already: the label alone is written. */
static void changes_on_full(void *arg)
{
	struct bench *b = arg;
	struct cart_label label = { .barcode = "F00001L8",
		.uuid = "0f8fad5b-d9cb-469f-a165-70867728950e",
		.generation = "lto8",
		.capacity = 1 << 30 };
	struct library_plan plan = { .name = "more", .drives = 1, .slots = 1 };
	char root[128];
	furnish(b);
	struct engine *engine = engine_sync_new();
	snprintf(root, sizeof root, "%s/cartridges", b->dir);
	assert_int_equal(cart_create(shelf_at(engine, root), &label), 0);
	engine_free(engine);
	discard_fat(b, "E00001L8");
	use_up(b);
	if (cartridge_adopt(b->inst, b->library, label.barcode, NULL, b->why))
		fail_msg("%s", b->why);
	use_up(b);
	if (cartridge_protect(b->inst, cartridge_find(b->library, "E00002L8"), true, b->why))
		fail_msg("%s", b->why);
	use_up(b);
	if (drive_add(b->inst, b->library, NULL, NULL, b->why) ||
		library_create(b->inst, &plan, NULL, b->why))
		fail_msg("%s", b->why);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_non_null(cartridge_find(library_first(b->inst), "F00001L8"));
	assert_non_null(library_next(library_first(b->inst)));
	bench_close(b);
}

static void on_a_full_disk_cartridges_are_taken_in_and_protected_and_libraries_made(void **state)
{
	on_disks(changes_on_full);
}

/* The deleted one that is older gives the room for the record. */
static void delete_on_full(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard_fat(b, "E00001L8");
	use_up(b);
	if (cartridge_delete(b->inst, cartridge_find(b->library, "E00002L8"), BY_PERSON, NULL, b->why))
		fail_msg("%s", b->why);
	assert_int_equal(n_deleted(b), 1);
	assert_string_equal(deleted_first(b->inst)->what.barcode, "E00002L8");
	assert_true(library_wastebasket_keeps(b->inst));
	bench_sound(b, 1);
	bench_close(b);
}

static void a_deletion_on_a_full_disk_takes_the_oldest_deleted_ones_room(void **state)
{
	on_disks(delete_on_full);
}

/* Labels say more than the catalog knows, as after a crash, and there is no room to write it down. */
static void full_and_behind(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	bench_close(b);
	for (unsigned i = 1; i <= 3; i++)
		run_command("touch -d '2001-01-0%u' '%s/cartridges/E0000%uL8'", i, b->dir, i);
	use_up(b);
	if (bench_open(b))
		fail_msg("%s", b->why);
	bench_sound(b, 3);
	bench_close(b);
}

static void a_full_disk_starts_with_labels_the_catalog_does_not_know(void **state)
{
	on_disks(full_and_behind);
}

/* Not even the ballast helps. */
static void unwritable(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	bench_close(b);
	for (unsigned i = 1; i <= 3; i++)
		run_command("touch -d '2001-01-0%u' '%s/cartridges/E0000%uL8'", i, b->dir, i);
	struct rlimit all, low;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	low = (struct rlimit){ 2048, all.rlim_max };
	setrlimit(RLIMIT_FSIZE, &low);
	int err = bench_open(b);
	setrlimit(RLIMIT_FSIZE, &all);
	if (err)
		fail_msg("%s", b->why);
	bench_sound(b, 3);
	bench_close(b);
}
BENCH_TEST(a_start_goes_on_when_what_labels_say_cannot_be_recorded, unwritable)

/* The disk was full before there was a reserve: the start says so and goes on. */
static void no_reserve(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	bench_close(b);
	run_command("cp --sparse=never '%s/catalog/data.mdb' '%s/x' && mv '%s/x' '%s/catalog/data.mdb' && "
		    "rm '%s/ballast'",
		b->dir, b->dir, b->dir, b->dir, b->dir);
	use_up(b);
	if (bench_open(b))
		fail_msg("%s", b->why);
	bench_sound(b, 3);
	assert_int_equal(catalog_reserve(b->inst->catalog), -ENOSPC);
	char path[128];
	snprintf(path, sizeof path, "%s/filler", b->dir);
	assert_int_equal(unlink(path), 0);
	sync();
	bench_serve(b);
	carry_on(b); /* the first commit with room makes the reserve */
	use_up(b);
	carry_on(b);
	bench_close(b);
}

static void a_reserve_that_cannot_be_made_is_no_failure(void **state)
{
	on_disks(no_reserve);
}

/* --- the ballast --------------------------------------------------------------------------------------------- */

struct thirsty {
	char path[128];
	unsigned runs;
};

static int thirsty_work(void *arg)
{
	struct thirsty *t = arg;
	static const char page[4096];
	t->runs++;
	int fd = open(t->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int err = write(fd, page, sizeof page) == sizeof page && !fsync(fd) ? 0 : -ENOSPC;
	close(fd);
	return err;
}

static void ballast(void *arg)
{
	struct bench *b = arg;
	struct ballast ballast;
	struct thirsty t = { .runs = 0 };
	snprintf(t.path, sizeof t.path, "%s/small", b->dir);
	ballast_init(&ballast);
	assert_int_equal(ballast_open(&ballast, b->dir), 0);
	uint64_t had = ballast.have;
	assert_true(had > 64 << 10);
	use_up(b);
	assert_int_equal(ballast_run(NULL, thirsty_work, &t), -ENOSPC);
	for (unsigned i = 0; i < 20; i++) {
		unlink(t.path);
		t.runs = 0;
		assert_int_equal(ballast_run(&ballast, thirsty_work, &t), 0);
		assert_in_range(t.runs, 1, 2);
	}
	char filler[128];
	snprintf(filler, sizeof filler, "%s/filler", b->dir);
	assert_int_equal(unlink(filler), 0);
	sync();
	assert_int_equal(ballast_run(&ballast, thirsty_work, &t), 0);
	assert_true(ballast.have >= had);
	ballast_fini(&ballast);
}

static void the_ballast_makes_room_and_is_filled_again(void **state)
{
	on_disks(ballast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_starts_moves_and_deletes),
		cmocka_unit_test(making_cartridges_on_a_full_disk_takes_the_oldest_deleted_ones_room),
		cmocka_unit_test(on_a_full_disk_cartridges_are_taken_in_and_protected_and_libraries_made),
		cmocka_unit_test(a_deletion_on_a_full_disk_takes_the_oldest_deleted_ones_room),
		cmocka_unit_test(a_full_disk_starts_with_labels_the_catalog_does_not_know),
		cmocka_unit_test(a_start_goes_on_when_what_labels_say_cannot_be_recorded),
		cmocka_unit_test(a_reserve_that_cannot_be_made_is_no_failure),
		cmocka_unit_test(the_ballast_makes_room_and_is_filled_again),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
