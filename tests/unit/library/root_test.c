/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the cartridges: given by a setting, marked, unmounted, somebody else's, swapped. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/log.h"
#include "vtl/library/installation.h"

#define MARKER "evertape+installation"

/* A state directory whose cartridges lie in TAPES beside it. */
struct ground {
	struct bench b;
	char tapes[80];
};

static void setup(struct ground *g)
{
	bench_make(&g->b);
	snprintf(g->tapes, sizeof g->tapes, "%s.tapes", g->b.dir);
	assert_int_equal(mkdir(g->tapes, 0750), 0);
	g->b.settings.cartridges = g->tapes;
}

static void teardown(struct ground *g)
{
	bench_remove(&g->b);
	run_command("rm -rf '%s'*", g->tapes);
}

static void furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	bench_cartridge(b, "E00002L8");
}

static void furnish_close(struct bench *b)
{
	furnish(b);
	bench_close(b);
}

#define GROUND_TEST(name, body)        \
	static void name(void **state) \
	{                              \
		struct ground g;       \
		setup(&g);             \
		on_worker(body, &g);   \
		teardown(&g);          \
	}

/* --- a folder of its own --------------------------------------------------------------------------------- */

static void given(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	furnish(b);
	char id[37], *marker = file_text(g->tapes, MARKER, NULL);
	memcpy(id, b->inst->id, sizeof id);
	assert_non_null(marker);
	assert_non_null(strstr(marker, id));
	free(marker);
	assert_string_equal(installation_cartridges(b->inst), g->tapes);
	run_command("test -d '%s/E00001L8' && test ! -e '%s/cartridges'", g->tapes, b->dir);
	bench_close(b);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench_open(b), 0);
		bench_sound(b, 2);
		bench_close(b);
	}
	/* By another name, it is the same folder. */
	char link[100];
	snprintf(link, sizeof link, "%s.link", g->tapes);
	assert_int_equal(symlink(g->tapes, link), 0);
	b->settings.cartridges = link;
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_cartridge(b, "E00003L8");
	bench_close(b);
}
GROUND_TEST(cartridges_lie_in_the_folder_that_is_set, given)

static void bad_settings(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	char missing[100], file[100];
	snprintf(missing, sizeof missing, "%s/not/here", g->tapes);
	snprintf(file, sizeof file, "%s/file", g->tapes);
	file_write(g->tapes, "file", "x", 1);
	const struct {
		const char *path;
		int err;
		const char *why;
	} rows[] = {
		{ missing, -ENOENT, "mount its file system" },
		{ file, -ENOTDIR, "not a folder" },
		{ b->dir, -EINVAL, "the state directory itself" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->settings.cartridges = rows[i].path;
		refused(b, bench_open(b), rows[i].err, rows[i].why);
		refused(b, bench_open(b), rows[i].err, "cartridges = ");
	}
	run_command("test ! -e '%s/not'", g->tapes);
}
GROUND_TEST(a_folder_that_cannot_be_is_refused_and_not_made, bad_settings)

/* One link to another disk looks right until the first cartridge is made. */
static void linked(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	char link[100];
	b->settings.cartridges = NULL;
	snprintf(link, sizeof link, "%s/cartridges", b->dir);
	assert_int_equal(symlink(g->tapes, link), 0);
	refused(b, bench_open(b), -ELOOP, "is a symbolic link; put 'cartridges = ");
	assert_non_null(strstr(b->why, g->tapes));
	run_command("test -z \"$(ls -A '%s')\"", g->tapes);
}
GROUND_TEST(a_linked_folder_is_refused_with_the_setting_to_use, linked)

/* What every file system has of its own is no news. */
static void lost_and_found(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	furnish_close(b);
	run_command("mkdir -m 700 '%s/lost+found'", g->tapes);
	char path[100];
	snprintf(path, sizeof path, "%s.log", g->tapes);
	int log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), err = dup(STDERR_FILENO);
	assert_true(log >= 0 && err >= 0);
	dup2(log, STDERR_FILENO);
	log_set_level(LOG_WARN);
	int opened = bench_open(b);
	log_set_level(LOG_ERROR);
	dup2(err, STDERR_FILENO);
	close(err);
	close(log);
	assert_int_equal(opened, 0);
	bench_close(b);
	run_command("test ! -s '%s'", path);
}
GROUND_TEST(lost_and_found_is_no_warning, lost_and_found)

/* --- the marker -------------------------------------------------------------------------------------------- */

/* As it looks when the disk is not mounted: an empty folder, or one with other things in it. */
static void unmounted(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	furnish_close(b);
	run_command("mv '%s' '%s.disk' && mkdir '%s'", g->tapes, g->tapes, g->tapes);
	for (int i = 0; i < 2; i++) {
		refused(b, bench_open(b), -ENOENT, "is its file system mounted?");
		run_command("test $(ls -A '%s' | wc -l) = %d", g->tapes, i);
		if (!i)
			run_command("cp -a '%s.disk/E00001L8' '%s/'", g->tapes, g->tapes);
	}
	run_command("rm -r '%s' && mv '%s.disk' '%s'", g->tapes, g->tapes, g->tapes);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	char id[37];
	memcpy(id, b->inst->id, sizeof id);
	bench_close(b);
	/* As the log says, for who has copied the cartridges and not the marker. */
	run_command("rm '%s/" MARKER "'", g->tapes);
	refused(b, bench_open(b), -ENOENT, "has no file " MARKER);
	run_command("echo 'installation %s' >'%s/" MARKER "'", id, g->tapes);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}
GROUND_TEST(an_unmounted_disk_is_noticed_and_not_filled_underneath, unmounted)

/* Nothing is known yet: then an empty folder is as good as another. */
static void changed_early(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	b->settings.cartridges = NULL;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_close(b);
	b->settings.cartridges = g->tapes;
	assert_int_equal(bench_open(b), 0);
	bench_cartridge(b, "E00001L8");
	bench_close(b);
	b->settings.cartridges =
		NULL; /* back, and the cartridge stays there: it has a marker, but no cartridge */
	refused(b, bench_open(b), -ENOENT, "is empty");
	b->settings.cartridges = g->tapes;
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 1);
	bench_close(b);
}
GROUND_TEST(the_setting_may_come_before_the_first_cartridge, changed_early)

static void foreign(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	struct bench other;
	furnish_close(b);
	char *before = file_text(g->tapes, MARKER, NULL);
	bench_make(&other);
	other.settings.cartridges = g->tapes;
	refused(&other, bench_open(&other), -EPERM, "belongs to another installation");
	assert_non_null(strstr(other.why, g->tapes));
	char *after = file_text(g->tapes, MARKER, NULL);
	assert_string_equal(before, after);
	bench_remove(&other);
	free(before);
	free(after);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}
GROUND_TEST(a_folder_of_another_installation_is_refused, foreign)

/* Two copies of a state directory without a library yet, and one folder. */
static void twice(void *arg)
{
	struct ground *g = arg;
	struct bench copy;
	bench_make(&copy);
	assert_int_equal(bench_open(&g->b), 0);
	bench_close(&g->b);
	run_command("cp -a '%s/.' '%s/'", g->b.dir, copy.dir);
	copy.settings = g->b.settings;
	assert_int_equal(bench_open(&g->b), 0);
	refused(&copy, bench_open(&copy), -EBUSY, "in use by another evertaped");
	bench_close(&g->b);
	assert_int_equal(bench_open(&copy), 0);
	bench_close(&copy);
	bench_remove(&copy);
}
GROUND_TEST(a_folder_has_one_owner, twice)

static void bad_markers(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	furnish_close(b);
	static const struct {
		const char *make; /* a shell command, in the folder */
		int err;
		const char *why;
	} rows[] = {
		{ "mkdir m", -EINVAL, "is not a marker" },
		{ ": >m", -EINVAL, "is not a marker" },
		{ "ln -s /dev/null m", -EINVAL, "is not a marker" },
		{ "mkfifo m", -EINVAL, "is not a marker" },
		{ "head -c 5000 /dev/zero | tr '\\0' x >m", -EINVAL, "is not a marker" },
		{ "printf 'installation \\0' >m", -EINVAL, "is not a marker" },
		{ "echo installation me >m", -EPERM, "another installation" },
		{ "printf 'evertape cartridges 2\\ninstallation x\\n' >m", -EPROTONOSUPPORT,
			"newer version" },
	};
	run_command("mv '%s/" MARKER "' '%s.good'", g->tapes, g->tapes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		run_command("cd '%s' && %s && mv m " MARKER, g->tapes, rows[i].make);
		int err = bench_open(b);
		if (err != rows[i].err || !strstr(b->why, rows[i].why) || !strstr(b->why, MARKER))
			fail_msg("%s: %d, %s", rows[i].make, err, b->why);
		run_command("rm -rf '%s/" MARKER "'", g->tapes);
	}
	run_command("mv '%s.good' '%s/" MARKER "'", g->tapes, g->tapes);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}
GROUND_TEST(a_bad_marker_is_refused_by_name, bad_markers)

/* --- identities that come and go ------------------------------------------------------------------------------ */

static void both_lost(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	char id[37];
	b->settings.cartridges = NULL;
	furnish(b);
	memcpy(id, b->inst->id, sizeof id);
	bench_close(b);
	run_command("rm -r '%s/catalog' '%s/identity.json'", b->dir, b->dir);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(b->inst->id, id);
	bench_library(b);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 2);
	bench_close(b);
}
GROUND_TEST(who_has_lost_all_but_the_cartridges_is_told_by_them_who_it_is, both_lost)

static void imported(void *arg)
{
	struct ground *g = arg;
	struct bench from;
	bench_make(&from);
	furnish(&from);
	char id[37], *text = identity_export(from.inst);
	memcpy(id, from.inst->id, sizeof id);
	bench_close(&from);
	assert_int_equal(bench_open(&g->b), 0);
	assert_string_not_equal(g->b.inst->id, id);
	assert_int_equal(identity_import(g->b.inst, text, g->b.why), 0);
	char *marker = file_text(g->tapes, MARKER, NULL);
	assert_non_null(strstr(marker, id));
	assert_null(strstr(strstr(marker, id), "installation"));
	bench_close(&g->b);
	assert_int_equal(bench_open(&g->b), 0);
	bench_close(&g->b);
	/* Killed in the middle, with two ids in it: it is either's. */
	char both[200];
	snprintf(both, sizeof both,
		"evertape cartridges 1\ninstallation 01234567-89ab-cdef-0123-456789abcdef\n"
		"installation %s\n",
		id);
	file_write(g->tapes, MARKER, both, strlen(both));
	assert_int_equal(bench_open(&g->b), 0);
	bench_close(&g->b);
	free(marker);
	free(text);
	bench_remove(&from);
}
GROUND_TEST(an_identity_that_comes_in_marks_the_folder_anew, imported)

/* --- gone while it runs --------------------------------------------------------------------------------------- */

static void swapped(void *arg)
{
	struct ground *g = arg;
	struct bench *b = &g->b;
	furnish(b);
	bench_serve(b);
	while (b->inst->following)
		waitq_wait(&b->inst->followed);
	run_command("mv '%s' '%s.disk' && mkdir '%s'", g->tapes, g->tapes, g->tapes);
	struct cartridge_plan plan = { .barcode = "E00003L8" };
	refused(b, cartridge_create(b->inst, b->library, &plan, NULL, b->why), -ESTALE,
		"is its file system mounted?");
	assert_int_equal(cartridge_protect(b->inst, cartridge_find(b->library, "E00001L8"), true, b->why),
		-ESTALE);
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"),
				 BY_HOST),
		MOVE_LOAD_FAILED);
	assert_int_equal(installation_cartridges_there(b->inst), -ESTALE);
	run_command("test -z \"$(ls -A '%s')\"", g->tapes);
	run_command("rmdir '%s'", g->tapes);
	assert_int_equal(cartridge_create(b->inst, b->library, &plan, NULL, b->why), -ESTALE);
	run_command("test ! -e '%s' && mv '%s.disk' '%s'", g->tapes, g->tapes, g->tapes);
	bench_cartridge(b, "E00003L8");
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"),
				 BY_HOST),
		MOVE_DONE);
	bench_sound(b, 3);
	bench_close(b);
}
GROUND_TEST(a_folder_that_goes_away_is_noticed_while_it_runs, swapped)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cartridges_lie_in_the_folder_that_is_set),
		cmocka_unit_test(a_folder_that_cannot_be_is_refused_and_not_made),
		cmocka_unit_test(a_linked_folder_is_refused_with_the_setting_to_use),
		cmocka_unit_test(lost_and_found_is_no_warning),
		cmocka_unit_test(an_unmounted_disk_is_noticed_and_not_filled_underneath),
		cmocka_unit_test(the_setting_may_come_before_the_first_cartridge),
		cmocka_unit_test(a_folder_of_another_installation_is_refused),
		cmocka_unit_test(a_folder_has_one_owner),
		cmocka_unit_test(a_bad_marker_is_refused_by_name),
		cmocka_unit_test(who_has_lost_all_but_the_cartridges_is_told_by_them_who_it_is),
		cmocka_unit_test(an_identity_that_comes_in_marks_the_folder_anew),
		cmocka_unit_test(a_folder_that_goes_away_is_noticed_while_it_runs),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
