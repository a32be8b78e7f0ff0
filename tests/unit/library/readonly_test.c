/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that can only be read: hosts are served, nothing is made, and nothing is lost. */
#include "bench.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/log.h"
#include "vtl/library/installation.h"

static void furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
	bench_close(b);
}

/* Nothing below a folder can be changed any more, and then again. */
static bool freeze_folder(const char *path)
{
	return !mount(path, path, NULL, MS_BIND, NULL) &&
		!mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}

static void thaw_folder(const char *path)
{
	assert_int_equal(umount2(path, MNT_DETACH), 0);
}

static enum move_result move(struct bench *b, const char *from, const char *to)
{
	return library_move(b->library, bench_element(b, from), bench_element(b, to), BY_HOST);
}

/* What people change for good. */
static void nothing_can_be_made(struct bench *b)
{
	struct cartridge_plan plan = { .barcode = "E00009L8" };
	struct library_plan more = { .name = "more", .drives = 1, .slots = 1 };
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	struct cartridge *one = cartridge_find(b->library, "E00001L8");
	char *before = identity_export(b->inst);
	refused(b, cartridge_create(b->inst, b->library, &plan, NULL, b->why), -EROFS,
		"read-only file system");
	refused(b, cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), -EROFS, "read-only file system");
	refused(b, cartridge_protect(b->inst, one, true, b->why), -EROFS, "read-only file system");
	refused(b, library_create(b->inst, &more, NULL, b->why), -EROFS, "Read-only file system");
	assert_int_equal(drive_add(b->inst, b->library, NULL, NULL, b->why), -EROFS);
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), -EROFS);
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	assert_false(one->label.write_protected);
	free(before);
	free(after);
	bench_sound(b, 2);
}

/* What hosts ask for is done, as long as it runs. */
static void hosts_are_served(struct bench *b)
{
	char byte = 0;
	bench_serve(b);
	assert_int_equal(move(b, "slot:1", "drive:1"), MOVE_DONE);
	assert_string_equal(b->drives[1].barcode, "E00001L8");
	assert_int_equal(move(b, "slot:2", "slot:5"), MOVE_DONE);
	assert_int_equal(move(b, "drive:1", "mailslot:1"), MOVE_DONE);
	assert_string_equal(bench_where(b, "E00001L8"), "mailslot:1");
	assert_int_equal(memory_save(b->inst, b->library->changer.id, "mode", "x", 1), 0);
	assert_int_equal(memory_load(b->inst, b->library->changer.id, "mode", &byte, 1), 1);
	assert_int_equal(byte, 'x');
	bench_sound(b, 2);
}

static void says_so(struct bench *b, const char *path)
{
	char why[WHY_LEN] = "";
	assert_true(installation_read_only(b->inst, why, sizeof why) > 0);
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, "read-only"));
}

/* --- the state directory -------------------------------------------------------------------------------------- */

static void state_run(void *arg)
{
	struct bench *b = arg;
	if (bench_open(b))
		fail_msg("%s", b->why);
	says_so(b, b->dir);
	bench_sound(b, 2);
	assert_string_equal(bench_where(b, "E00001L8"), "slot:1");
	nothing_can_be_made(b);
	hosts_are_served(b);
	nothing_can_be_made(b);
	bench_close(b);
}

static void furnish_run(void *arg)
{
	furnish(arg);
}

static void as_before(void *arg)
{
	struct bench *b = arg;
	char why[WHY_LEN];
	if (bench_open(b))
		fail_msg("%s", b->why);
	assert_int_equal(installation_read_only(b->inst, why, sizeof why), 0);
	bench_sound(b, 2);
	assert_string_equal(bench_where(b, "E00001L8"), "slot:1");
	assert_string_equal(bench_where(b, "E00002L8"), "slot:2");
	bench_close(b);
}

/* Each as a start may find it, on a disk that is dying or a snapshot of one. */
static const struct {
	const char *name, *break_it, *mend_it; /* shell, in the directory */
} states[] = {
	{ "as it was left", "true", "true" },
	{ "without a lock", "mv lock ../l", "mv ../l lock" },
	{ "without ballast and socket", "rm ballast", "true" },
	{ "without identity.json", "mv identity.json ../i", "mv ../i identity.json" },
	{ "without a catalog", "mv catalog ../c", "mv ../c catalog" },
	{ "with a damaged catalog",
		"cp -a catalog ../c; head -c 400000 /dev/urandom | dd of=catalog/data.mdb bs=4096 seek=2 "
		"conv=notrunc status=none",
		"rm -r catalog; mv ../c catalog" },
	{ "with a catalog that is cut", "cp -a catalog ../c; truncate -s 5000 catalog/data.mdb",
		"rm -r catalog; mv ../c catalog" },
	{ "without secrets", "mv catalog/secrets ../s", "mv ../s catalog/secrets" },
};

static bool state_made(struct bench *b, char base[static 64])
{
	bench_make(b);
	strcpy(base, b->dir);
	strcat(b->dir, "/state");
	on_worker(furnish_run, b);
	if (freeze_folder(b->dir)) {
		thaw_folder(b->dir);
		return true;
	}
	print_message("skipped: no permission to mount\n");
	run_command("rm -rf '%s'", base);
	return false;
}

static void a_read_only_state_directory_serves_hosts(void **state)
{
	struct bench b;
	char base[64];
	if (!state_made(&b, base))
		skip();
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		print_message("%s\n", states[i].name);
		run_command("cd '%s' && %s", b.dir, states[i].break_it);
		assert_true(freeze_folder(b.dir));
		on_worker(state_run, &b);
		thaw_folder(b.dir);
		run_command("cd '%s' && %s", b.dir, states[i].mend_it);
		on_worker(as_before, &b);
	}
	run_command("rm -rf '%s'", base);
}

static void nobody_run(void *arg)
{
	struct bench *b = arg;
	refused(b, bench_open(b), -EROFS, "neither catalog nor identity.json");
}

static void open_beside(void *arg)
{
	struct bench *b = arg, other = *b;
	assert_int_equal(bench_open(b), 0);
	refused(&other, bench_open(&other), -EBUSY, "is in use by process");
	bench_close(b);
}

static void a_read_only_state_directory_has_one_owner_and_somebody(void **state)
{
	struct bench b;
	char base[64];
	if (!state_made(&b, base))
		skip();
	assert_true(freeze_folder(b.dir));
	on_worker(open_beside, &b);
	thaw_folder(b.dir);
	run_command("cd '%s' && rm -r catalog identity.json", b.dir);
	assert_true(freeze_folder(b.dir));
	on_worker(nobody_run, &b);
	thaw_folder(b.dir);
	run_command("rm -rf '%s'", base);
}

/* --- the folder of the cartridges ----------------------------------------------------------------------------------- */

static void folder_run(void *arg)
{
	struct bench *b = arg;
	struct cartridge_plan plan = { .barcode = "E00009L8" };
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	if (bench_open(b))
		fail_msg("%s", b->why);
	says_so(b, installation_cartridges(b->inst));
	bench_serve(b);
	assert_int_equal(move(b, "slot:1", "drive:1"), MOVE_DONE);
	assert_int_equal(move(b, "slot:2", "slot:5"), MOVE_DONE);
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	refused(b, cartridge_create(b->inst, b->library, &plan, NULL, b->why), -EROFS,
		"read-only file system");
	refused(b, cartridge_delete(b->inst, cartridge_find(b->library, "E00002L8"), BY_PERSON, NULL, b->why),
		-EROFS, "read-only file system");
	bench_sound(b, 2);
	bench_close(b);
}

/* The moves were recorded; the labels follow when they can. */
static void folder_again(void *arg)
{
	struct bench *b = arg;
	if (bench_open(b))
		fail_msg("%s", b->why);
	bench_sound(b, 2);
	assert_string_equal(bench_where(b, "E00001L8"), "drive:1");
	assert_string_equal(bench_where(b, "E00002L8"), "slot:5");
	while (b->inst->following)
		waitq_wait(&b->inst->followed);
	bench_close(b);
	char *label = file_text(b->settings.cartridges, "E00002L8/label.json", NULL);
	assert_non_null(strstr(label, "slot:5"));
	free(label);
}

static void a_read_only_cartridges_folder_keeps_nobody_from_moving(void **state)
{
	struct bench b;
	char base[64], tapes[100];
	bench_make(&b);
	strcpy(base, b.dir);
	strcat(b.dir, "/state");
	snprintf(tapes, sizeof tapes, "%s/tapes", base);
	assert_int_equal(mkdir(tapes, 0750), 0);
	b.settings.cartridges = tapes;
	on_worker(furnish_run, &b);
	if (!freeze_folder(tapes)) {
		run_command("rm -rf '%s'", base);
		print_message("skipped: no permission to mount\n");
		skip();
	}
	on_worker(folder_run, &b);
	thaw_folder(tapes);
	on_worker(folder_again, &b);
	run_command("rm -rf '%s'", base);
}

/* While it runs: what was moved meanwhile is recorded, and said on the labels, when that can be. */
static void melting_run(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	assert_int_equal(bench_open(b), 0);
	bench_serve(b);
	/* As a commit finds it that is answered by a file system in trouble. */
	freeze(b->inst);
	b->inst->root_read_only = true;
	says_so(b, b->dir);
	assert_int_equal(move(b, "slot:1", "slot:4"), MOVE_DONE);
	struct cartridge_private *one = cartridge_lookup(b->inst, "E00001L8");
	while (b->inst->following)
		waitq_wait(&b->inst->followed);
	struct cart_label behind = one->pub.label;
	strcpy(behind.element, "slot:1");
	assert_int_equal(label_write(b->inst, &behind), 0);
	one->late = true;
	assert_true(one->touched);
	/* The next look finds that it can be written. */
	for (int i = 0; i < 300 && (b->inst->frozen || one->late); i++)
		fiber_sleep(50);
	assert_false(b->inst->frozen);
	char why[WHY_LEN];
	assert_int_equal(installation_read_only(b->inst, why, sizeof why), 0);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(bench_where(b, "E00001L8"), "slot:4");
	assert_string_equal(cartridge_lookup(b->inst, "E00001L8")->pub.label.element, "slot:4");
	bench_close(b);
	char *label = file_text(b->dir, "cartridges/E00001L8/label.json", NULL);
	assert_non_null(strstr(label, "slot:4"));
	free(label);
}
BENCH_TEST(what_was_moved_meanwhile_is_recorded_when_it_can_be, melting_run)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_only_state_directory_serves_hosts),
		cmocka_unit_test(a_read_only_state_directory_has_one_owner_and_somebody),
		cmocka_unit_test(a_read_only_cartridges_folder_keeps_nobody_from_moving),
		cmocka_unit_test(what_was_moved_meanwhile_is_recorded_when_it_can_be),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
