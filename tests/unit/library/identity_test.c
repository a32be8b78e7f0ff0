/* SPDX-License-Identifier: Apache-2.0 */
/* Identities: minted once, equal for ever, refused when two are one, and rebuilt when lost. */
#include "bench.h"
#include "tests/lib/seed.h"
#include "vtl/access/access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the same after every start, and elsewhere --------------------------------------------------------- */

static void restarts(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	char *minted = identity_export(b->inst);
	char *file = file_text(b->dir, "identity.json", NULL);
	assert_string_equal(file, minted);
	struct drive *drive;
	TAILQ_FOREACH(drive, &b->library->drives, link) {
		assert_true(serial_ok(drive->identity.serial, KIND_DRIVE, b->why));
		assert_int_equal(drive->identity.naa >> 60, 3);
		assert_int_equal(strlen(drive->target), strlen("iqn.2026-11.io.evertape:") + 16);
	}
	for (int i = 0; i < 3; i++) {
		bench_close(b);
		assert_int_equal(bench_open(b), 0);
		char *again = identity_export(b->inst);
		assert_string_equal(again, minted);
		free(again);
		assert_int_equal(identity_verify(b->inst, b->why), 0);
	}
	/* From scratch: nothing is the same. */
	char serial[SERIAL_MAX + 1];
	strcpy(serial, b->library->changer.serial);
	assert_int_equal(library_delete(b->inst, b->library, b->why), 0);
	bench_library(b);
	assert_null(strstr(minted, b->library->changer.serial));
	assert_string_not_equal(serial, b->library->changer.serial);
	free(minted);
	free(file);
	bench_close(b);
}
BENCH_TEST(identities_are_the_same_after_every_start, restarts)

static void travels(void *arg)
{
	struct bench *b = arg, other;
	bench_make(&other);
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	struct drive *drive;
	assert_int_equal(drive_add(b->inst, b->library, "HP Ultrium 7-SCSI", &drive, b->why), 0);
	assert_int_equal(drive_remove(b->inst, drive_find(b->library, 2), b->why), 0);
	bench_cartridge(b, "E00001L8");
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "slot:4"),
				 BY_HOST),
		MOVE_DONE);
	char *text = identity_export(b->inst);

	assert_int_equal(bench_open(&other), 0);
	assert_int_equal(identity_import(other.inst, text, other.why), -EBUSY);
	assert_non_null(strstr(other.why, "library demo is already served by process"));
	assert_null(library_first(other.inst));
	bench_close(b);

	run_command("cp -r %s/cartridges/E00001L8 %s/cartridges/", b->dir, other.dir);
	assert_int_equal(identity_import(other.inst, text, other.why), 0);
	assert_int_equal(other.events.library_added, 1);
	char *there = identity_export(other.inst), *file = file_text(other.dir, "identity.json", NULL);
	assert_string_equal(there, text);
	assert_string_equal(file, text);
	other.library = library_first(other.inst);
	assert_ptr_equal(other.library->disk, installation_disk(other.inst));
	assert_string_equal(bench_where(&other, "E00001L8"), "slot:4");
	assert_int_equal(identity_import(other.inst, text, other.why), -EEXIST);
	bench_close(&other);
	assert_int_equal(bench_open(&other), 0);
	char *later = identity_export(other.inst);
	assert_string_equal(later, text);
	assert_string_equal(bench_where(&other, "E00001L8"), "slot:4");
	bench_close(&other);
	free(text);
	free(there);
	free(later);
	free(file);
	bench_remove(&other);
}
BENCH_TEST(an_identity_travels_to_another_machine, travels)

/* --- guard: what is missing, malformed or there twice ------------------------------------------------------ */

/* The value of the nth "key" in the text is replaced; n counts from 0. */
static char *replaced(const char *text, const char *key, int n, const char *value)
{
	char quoted[64];
	snprintf(quoted, sizeof quoted, "\"%s\": ", key);
	const char *at = text;
	for (int i = 0; i <= n; i++) {
		at = strstr(at, quoted);
		assert_non_null(at);
		at += strlen(quoted);
	}
	size_t head = (size_t)(at - text);
	const char *tail = at + strcspn(at, ",\n");
	char *out = malloc(strlen(text) + strlen(value) + 1);
	assert_non_null(out);
	memcpy(out, text, head);
	strcpy(out + head, value);
	strcat(out, tail);
	return out;
}

static char *value_of(const char *text, const char *key, int n)
{
	char quoted[64];
	snprintf(quoted, sizeof quoted, "\"%s\": ", key);
	for (int i = 0; i <= n; i++)
		text = strstr(text, quoted) + strlen(quoted);
	return strndup(text, strcspn(text, ",\n"));
}

/* key, which one (0: the changer, 1: drive 1, 2: drive 2; libraries and slots: 0), new value
 * (NULL: that of drive 1), and what the message must name */
static const struct {
	const char *key;
	int n;
	const char *value, *why, *why_too;
} guards_rows[] = {
	{ "serial", 2, NULL, "demo drive:1", "demo drive:2 have the same serial" },
	{ "serial", 0, NULL, "demo changer", "same serial" },
	{ "serial", 1, "\"\"", "demo drive:1", "missing" },
	{ "serial", 1, "\"SHORT\"", "demo drive:1", "fewer" },
	{ "serial", 1, "\"ELEVENCHARS\"", "demo drive:1", "more" },
	{ "serial", 0, "\"A23456789012345678901234567890123\"", "serial", "malformed" },
	{ "serial", 1, "\"ABC DEFGHI\"", "demo drive:1", "a space" },
	{ "serial", 1, "\"ABC\\u0000DEFGH\"", "u0000", "not allowed" },
	{ "serial", 1, "\"ABCDEFGH\\u00c4\"", "demo drive:1", "C3h" },
	{ "serial", 1, "17", "serial", "malformed" },
	{ "naa", 2, NULL, "demo drive:1", "same NAA" },
	{ "naa", 1, "\"6000000000000001\"", "demo drive:1", "type 2, 3 or 5" },
	{ "naa", 1, "\"300000000000000\"", "naa", "malformed" },
	{ "naa", 1, "\"30000000000000zz\"", "naa", "malformed" },
	{ "target", 2, NULL, "demo drive:1", "same target name" },
	{ "target", 0, "\"Not a name\"", "demo changer", "target name" },
	{ "id", 2, "\"no uuid\"", "demo drive:1", "id is malformed" },
	{ "lun", 2, NULL, "demo drive:1", "same LUN" },
	{ "lun", 2, "0", "demo drive:2", "LUN 0" },
	{ "lun", 2, "300", "lun", "malformed" },
	{ "element", 1, "500", "demo", "'element'" },
	{ "number", 1, "1", "demo", "'number'" },
	{ "number", 1, "0", "demo", "'number'" },
	{ "number", 1, "-1", "demo", "'number'" },
	{ "vendor", 1, "\"\"", "demo drive:1", "malformed" },
	{ "vendor", 1, "\"TOOLONGVENDOR\"", "vendor", "malformed" },
	{ "revision", 2, "\"123\"", "demo drive:1", "malformed" },
	{ "personality", 1, "\"STK L700\"", "demo", "'personality'" },
	{ "personality", 0, "\"Nobody\"", "demo", "'personality'" },
	{ "slots", 0, "0.5", "demo", "'slots'" },
	{ "slots", 0, "65534", "demo", "'first_element'" },
	{ "name", 0, "\"a/b\"", "identity file", "'name'" },
	{ "layout", 0, "\"sideways\"", "demo", "'layout'" },
	{ "installed", 0, "1", "demo", "'installed'" },
	{ "format", 0, "\"tea\"", "identity file", "'format'" },
	{ "version", 0, "0", "identity file", "'version'" },
	{ "version", 0, "2", "identity file", "newer version of Evertape" },
	{ "installation", 0, "null", "identity file", "'installation'" },
};

static void guards(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	char *good = identity_export(b->inst);
	assert_int_equal(library_delete(b->inst, b->library, b->why), 0);
	for (size_t i = 0; i < sizeof guards_rows / sizeof *guards_rows; i++) {
		char *same = guards_rows[i].value ? strdup(guards_rows[i].value)
						  : value_of(good, guards_rows[i].key, 1);
		char *bad = replaced(good, guards_rows[i].key, guards_rows[i].n, same);
		int err = identity_import(b->inst, bad, b->why);
		if (!err || !strstr(b->why, guards_rows[i].why) || !strstr(b->why, guards_rows[i].why_too))
			fail_msg("row %zu, %s: %d, %s", i, guards_rows[i].key, err, b->why);
		assert_null(library_first(b->inst));
		free(same);
		free(bad);
	}
	assert_int_equal(identity_import(b->inst, good, b->why), 0);
	free(good);
	bench_close(b);
}
BENCH_TEST(two_of_one_name_are_refused_naming_both, guards)

static void hostile(void *arg)
{
	struct bench *b = arg;
	static const char *const texts[] = { "", "{", "[]", "null", "17", "\"x\"", "{}", "{\"format\":1}",
		"{\"format\":\"evertape identity\",\"version\":1,\"installation\":\"x\",\"revision\":1}",
		("{\"format\":\"evertape identity\",\"version\":1,\"installation\":\"x\",\"revision\":1,"
		 "\"libraries\":[17]}"),
		"{\"format\":\"evertape identity\",\"format\":\"evertape identity\"}",
		"{\"revision\":99999999999999999999999999}" };
	assert_int_equal(bench_open(b), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!identity_import(b->inst, texts[i], b->why))
			fail_msg("taken: %s", texts[i]);
	/* deep */
	char *deep = malloc(100001);
	memset(deep, '[', 100000);
	deep[100000] = 0;
	assert_true(identity_import(b->inst, deep, b->why) < 0);
	free(deep);
	/* cut and flipped anywhere: taken or refused, never more than that */
	bench_library(b);
	char *good = identity_export(b->inst);
	size_t len = strlen(good);
	assert_int_equal(library_delete(b->inst, b->library, b->why), 0);
	uint64_t seed = seed_new();
	for (int i = 0; i < 400; i++) {
		char *bad = strdup(good);
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		size_t at = (size_t)(seed >> 33) % len;
		if (i % 4)
			bad[at] = (char)(bad[at] ^ 1 << (seed >> 20) % 7);
		else
			bad[at] = 0;
		if (!identity_import(b->inst, bad, b->why))
			assert_int_equal(library_delete(b->inst, library_first(b->inst), b->why), 0);
		free(bad);
	}
	free(good);
	bench_close(b);
}
BENCH_TEST(a_hostile_identity_file_is_refused, hostile)

/* --- lost and found ------------------------------------------------------------------------------------------ */

static void moved_in(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_serve(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
	bench_cartridge(b, "E00003L8");
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:2"),
				 BY_HOST),
		MOVE_DONE);
	assert_int_equal(library_move(b->library, bench_element(b, "slot:3"), bench_element(b, "mailslot:1"),
				 BY_HOST),
		MOVE_DONE);
	assert_int_equal(library_vault(b->library, cartridge_find(b->library, "E00003L8"), BY_PERSON),
		MOVE_DONE);
}

static void as_moved_in(struct bench *b)
{
	assert_string_equal(bench_where(b, "E00001L8"), "drive:2");
	assert_string_equal(bench_where(b, "E00002L8"), "slot:2");
	assert_string_equal(bench_where(b, "E00003L8"), "vault");
	bench_sound(b, 3);
}

static void rebuilds(void *arg)
{
	struct bench *b = arg;
	moved_in(b);
	struct initiator rule = { .name = "iqn.x", .allowed = true };
	assert_int_equal(initiator_set(installation_access(b->inst), &rule, b->why), 0);
	char *before = identity_export(b->inst);
	bench_close(b);
	run_command("rm -r %s/catalog", b->dir);
	assert_int_equal(bench_open(b), 0);
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	as_moved_in(b);
	/* Nobody may log in by a rule that is lost. */
	assert_false(initiator_rule(installation_access(b->inst), "iqn.x", &rule));
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	as_moved_in(b);
	free(before);
	free(after);
	bench_close(b);
}
BENCH_TEST(a_lost_catalog_is_rebuilt, rebuilds)

static void behind(void *arg)
{
	struct bench *b = arg;
	moved_in(b);
	bench_close(b);
	run_command("cp -r %s/catalog %s/old", b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	bench_serve(b);
	struct drive *drive;
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(library_move(b->library, bench_element(b, "slot:2"), bench_element(b, "slot:6"),
				 BY_HOST),
		MOVE_DONE);
	char *before = identity_export(b->inst);
	bench_close(b);
	run_command("rm -r %s/catalog; mv %s/old %s/catalog", b->dir, b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	char *after = identity_export(b->inst);
	assert_string_equal(after, before);
	assert_string_equal(bench_where(b, "E00002L8"), "slot:6");
	assert_string_equal(bench_where(b, "E00001L8"), "drive:2");
	bench_sound(b, 3);
	bench_close(b);

	/* identity.json lost or damaged: the catalog writes it anew. */
	static const char *const bad[] = { NULL, "", "{\"format\": 1}", "\x00\xff\xfe" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (bad[i])
			file_write(b->dir, "identity.json", bad[i], i == 3 ? 3 : strlen(bad[i]));
		else
			run_command("rm %s/identity.json", b->dir);
		assert_int_equal(bench_open(b), 0);
		bench_close(b);
		char *file = file_text(b->dir, "identity.json", NULL);
		assert_string_equal(file, before);
		free(file);
	}
	/* Another installation's: nobody can know which of the two is right. */
	char *other = replaced(before, "installation", 0, "\"00000000-0000-4000-8000-000000000000\"");
	file_write(b->dir, "identity.json", other, strlen(other));
	assert_int_equal(bench_open(b), -EINVAL);
	assert_non_null(strstr(b->why, "two installations"));
	free(other);
	free(before);
	free(after);
}
BENCH_TEST(a_catalog_that_is_behind_catches_up, behind)

static void folders(void *arg)
{
	struct bench *b = arg;
	moved_in(b);
	bench_close(b);
	/* One folder goes away, one comes from elsewhere, one is no cartridge, one no barcode. */
	run_command("cd %s && mv cartridges/E00002L8 aside && mkdir cartridges/JUNK01L8 cartridges/lower "
		    "&& cp -r cartridges/E00003L8 cartridges/COPY01L8",
		b->dir);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	assert_string_equal(bench_where(b, "E00002L8"), "nowhere");
	assert_string_equal(bench_where(b, "COPY01L8"), "nowhere");
	bench_cartridge(b, "E00009L8");
	assert_string_equal(bench_where(b, "E00009L8"), "slot:1");
	bench_serve(b);
	bench_close(b);
	/* It returns to its place. */
	run_command("mv %s/aside %s/cartridges/E00002L8", b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(bench_where(b, "E00002L8"), "slot:2");
	bench_close(b);
	/* The whole file system is not mounted: nothing is forgotten, nothing starts. */
	run_command("mv %s/cartridges %s/away", b->dir, b->dir);
	assert_int_equal(bench_open(b), -ENOENT);
	assert_non_null(strstr(b->why, "mounted"));
	run_command("rmdir %s/cartridges; mv %s/away %s/cartridges", b->dir, b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 4);
	bench_close(b);
}
BENCH_TEST(folders_that_come_and_go_are_seen, folders)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identities_are_the_same_after_every_start),
		cmocka_unit_test(an_identity_travels_to_another_machine),
		cmocka_unit_test(two_of_one_name_are_refused_naming_both),
		cmocka_unit_test(a_hostile_identity_file_is_refused),
		cmocka_unit_test(a_lost_catalog_is_rebuilt),
		cmocka_unit_test(a_catalog_that_is_behind_catches_up),
		cmocka_unit_test(folders_that_come_and_go_are_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
