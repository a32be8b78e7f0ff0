/* SPDX-License-Identifier: Apache-2.0 */
/* Deleted cartridges: kept, brought back, given up; and what a crash may leave of each. */
#include "bench.h"

#include <errno.h>
#include <unistd.h>

#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/installation.h"

#define ONE "E00001L8"
#define TWO "E00002L8"

static void furnish(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_serve(b);
	bench_cartridge(b, ONE);
	bench_cartridge(b, TWO);
}

static void reopen(struct bench *b)
{
	bench_close(b);
	if (bench_open(b))
		fail_msg("%s", b->why);
	bench_serve(b);
}

static void discard(struct bench *b, const char *barcode)
{
	if (cartridge_delete(b->inst, cartridge_find(b->library, barcode), BY_PERSON, "too old", b->why))
		fail_msg("%s", b->why);
}

static size_t n_deleted(struct bench *b)
{
	size_t n = 0;
	for (const struct deleted_cartridge *d = deleted_first(b->inst); d; d = deleted_next(d))
		n++;
	return n;
}

/* The only one there is. */
static const struct deleted_cartridge *deleted_one(struct bench *b, const char *barcode)
{
	const struct deleted_cartridge *d = deleted_first(b->inst);
	assert_int_equal(n_deleted(b), 1);
	assert_string_equal(d->what.barcode, barcode);
	return d;
}

static void restore(struct bench *b, const char *entry)
{
	char copy[MEDIA_ENTRY_MAX + 1];
	snprintf(copy, sizeof copy, "%s", entry);
	if (cartridge_restore(b->inst, b->library, copy, NULL, b->why))
		fail_msg("%s", b->why);
}

static bool on_disk(struct bench *b, const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/cartridges/%s", b->dir, name);
	return access(path, F_OK) == 0;
}

/* --- there and back --------------------------------------------------------------------------------- */

static void comes_back(void *arg)
{
	struct bench *b = arg;
	char uuid[37];
	furnish(b);
	memcpy(uuid, cartridge_find(b->library, ONE)->label.uuid, sizeof uuid);
	discard(b, ONE);
	assert_false(on_disk(b, ONE));
	assert_string_equal(bench_where(b, ONE), "nowhere");
	bench_sound(b, 1);
	for (int i = 0; i < 2; i++) { /* also after a start */
		const struct deleted_cartridge *d = deleted_one(b, ONE);
		assert_string_equal(d->what.uuid, uuid);
		assert_string_equal(d->what.library, "demo");
		assert_string_equal(d->what.reason, "too old");
		assert_string_equal(d->what.by, "a person");
		assert_string_equal(d->generation, "lto8");
		assert_int_equal(deleted_until(b->inst, d) - d->what.deleted, KEEP_DAYS * 86400);
		reopen(b);
	}
	unsigned before = b->events.elements_by_operator;
	restore(b, deleted_one(b, ONE)->entry);
	assert_int_equal(b->events.elements_by_operator, before + 1);
	assert_int_equal(n_deleted(b), 0);
	assert_false(on_disk(b, ".deleted"));
	for (int i = 0; i < 2; i++) {
		assert_string_equal(bench_where(b, ONE), "slot:1");
		assert_string_equal(cartridge_find(b->library, ONE)->label.uuid, uuid);
		bench_sound(b, 2);
		reopen(b);
	}
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "drive:1"),
				 BY_HOST),
		MOVE_DONE);
	bench_close(b);
}
BENCH_TEST(a_deleted_cartridge_comes_back_as_who_it_was, comes_back)

static void used_again(void *arg)
{
	struct bench *b = arg;
	char entries[2][MEDIA_ENTRY_MAX + 1];
	furnish(b);
	discard(b, ONE);
	bench_cartridge(b, ONE);
	snprintf(entries[0], sizeof entries[0], "%s", deleted_first(b->inst)->entry);
	refused(b, cartridge_restore(b->inst, b->library, entries[0], NULL, b->why), -EEXIST,
		"there is already a cartridge " ONE);
	assert_int_equal(n_deleted(b), 1);
	discard(b, ONE);
	assert_int_equal(n_deleted(b), 2);
	snprintf(entries[1], sizeof entries[1], "%s", deleted_next(deleted_first(b->inst))->entry);
	assert_string_not_equal(entries[0], entries[1]);
	restore(b, entries[1]);
	assert_string_equal(deleted_one(b, ONE)->entry, entries[0]);
	refused(b, cartridge_restore(b->inst, b->library, entries[1], NULL, b->why), -ENOENT, "no longer");
	bench_close(b);
}
BENCH_TEST(a_used_barcode_keeps_the_deleted_one_where_it_is, used_again)

static void no_slot(void *arg)
{
	struct bench *b = arg;
	char barcode[16];
	furnish(b);
	discard(b, ONE);
	for (int i = 10; i < 15; i++) {
		snprintf(barcode, sizeof barcode, "E%05dL8", i);
		bench_cartridge(b, barcode);
	}
	refused(b, cartridge_restore(b->inst, b->library, deleted_one(b, ONE)->entry, NULL, b->why), -ENOSPC,
		"no free slot");
	assert_int_equal(n_deleted(b), 1);
	bench_close(b);
}
BENCH_TEST(without_a_free_slot_it_stays_deleted, no_slot)

/* --- for good ---------------------------------------------------------------------------------------- */

static void purged(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	char entry[MEDIA_ENTRY_MAX + 1];
	snprintf(entry, sizeof entry, "%s", deleted_one(b, ONE)->entry);
	unsigned before = b->events.elements;
	assert_int_equal(cartridge_purge(b->inst, entry, b->why), 0);
	assert_int_equal(b->events.elements, before); /* no element of a library has changed */
	assert_false(on_disk(b, ".deleted"));
	refused(b, cartridge_purge(b->inst, entry, b->why), -ENOENT, "no longer");
	reopen(b);
	assert_int_equal(n_deleted(b), 0);
	bench_close(b);
}
BENCH_TEST(a_purged_cartridge_is_gone, purged)

static void at_once(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	library_wastebasket_keep(b->inst, 0);
	discard(b, ONE);
	assert_int_equal(n_deleted(b), 0);
	assert_false(on_disk(b, ONE));
	assert_false(on_disk(b, ".deleted"));
	reopen(b);
	assert_int_equal(n_deleted(b), 0);
	bench_sound(b, 1);
	bench_close(b);
}
BENCH_TEST(where_nothing_is_kept_a_deletion_is_for_good, at_once)

/* Without a record the place's time counts: so one can be made old. */
static void time_over(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	discard(b, TWO);
	assert_int_equal(library_wastebasket_tidy(b->inst), 0);
	char *old = strdup(deleted_first(b->inst)->entry);
	assert_non_null(old);
	bench_close(b);
	run_command("rm -r '%s/catalog' && rm '%s/cartridges/.deleted/%s/deleted.json'", b->dir, b->dir, old);
	run_command("touch -d '8 days ago' '%s/cartridges/.deleted/%s'", b->dir, old);
	free(old);
	assert_int_equal(bench_open(b), 0);
	assert_int_equal(n_deleted(b), 2);
	assert_string_equal(deleted_first(b->inst)->what.barcode, ONE);
	library_wastebasket_keep(b->inst, 9);
	assert_int_equal(library_wastebasket_tidy(b->inst), 0);
	library_wastebasket_keep(b->inst, 7);
	assert_int_equal(library_wastebasket_tidy(b->inst), 1);
	deleted_one(b, TWO);
	assert_int_equal(library_wastebasket_tidy(b->inst), 0);
	library_wastebasket_keep(b->inst, 0);
	assert_int_equal(library_wastebasket_tidy(b->inst), 1);
	assert_int_equal(n_deleted(b), 0);
	bench_close(b);
}
BENCH_TEST(when_its_time_is_over_it_is_given_up, time_over)

static void short_disk(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	discard(b, TWO);
	assert_int_equal(library_wastebasket_give_up(b->inst, 1), 0); /* so much there is */
	assert_int_equal(n_deleted(b), 2);
	assert_int_equal(library_wastebasket_give_up(b->inst, UINT64_MAX), 2);
	assert_int_equal(n_deleted(b), 0);
	bench_close(b);
}
BENCH_TEST(while_the_disk_is_short_the_oldest_are_given_up, short_disk)

/* --- for who finds no room ---------------------------------------------------------------------------- */

struct asking {
	struct bench *b;
	unsigned ms, left, made;
};

static void ask(void *arg)
{
	struct asking *a = arg;
	a->made += library_make_room(a->b->inst, a->ms);
	a->left--;
}

static void wait_until_answered(const struct asking *a)
{
	for (int64_t until = now_ms() + 30000; a->left && now_ms() < until;)
		fiber_sleep(1);
	assert_int_equal(a->left, 0);
}

static void asked_for_room(void *arg)
{
	struct bench *b = arg;
	struct asking a = { .b = b, .ms = 30000, .left = 1 };
	furnish(b);
	assert_false(library_make_room(b->inst, 30000)); /* nothing is deleted */
	bench_cartridge(b, "E00003L8");
	discard(b, ONE);
	discard(b, TWO);
	discard(b, "E00003L8");
	job_call(ask, &a); /* as an import does, on another thread */
	assert_int_equal(a.made, 1);
	assert_int_equal(n_deleted(b), 2);
	assert_string_equal(deleted_first(b->inst)->what.barcode, TWO);

	/* Who asks while one is being given up gets the room of that one. */
	a = (struct asking){ .b = b, .ms = 30000, .left = 2 };
	assert_int_equal(fiber_start("ask", ask, &a), 0);
	assert_int_equal(fiber_start("ask", ask, &a), 0);
	wait_until_answered(&a);
	assert_int_equal(a.made, 2);
	deleted_one(b, "E00003L8");

	/* Nobody waits for ever: here for a change that does not end. */
	turn_take(&b->inst->turn);
	int64_t began = now_ms();
	assert_false(library_make_room(b->inst, 50));
	assert_true(now_ms() - began >= 50);
	deleted_one(b, "E00003L8");
	turn_give(&b->inst->turn);
	a = (struct asking){ .b = b, .ms = 30000, .left = 1 };
	ask(&a);
	assert_int_equal(a.made, 1);
	assert_int_equal(n_deleted(b), 0);
	assert_false(library_make_room(b->inst, 30000));
	bench_close(b);
}
BENCH_TEST(who_finds_no_room_gets_that_of_the_oldest, asked_for_room)

/* --- crashes, and what else happens to files ---------------------------------------------------------- */

static void half_deleted(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	const struct deleted_cartridge *d = deleted_one(b, ONE);
	run_command("mv '%s/cartridges/.deleted/%s/%s' '%s/cartridges/'", b->dir, d->entry, ONE, b->dir);
	reopen(b);
	deleted_one(b, ONE);
	assert_false(on_disk(b, ONE));
	bench_sound(b, 1);
	bench_close(b);
}
BENCH_TEST(a_deletion_cut_between_commit_and_rename_is_done_at_the_start, half_deleted)

static void half_restored(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	char *entry = strdup(deleted_one(b, ONE)->entry);
	assert_non_null(entry);
	restore(b, entry);
	bench_close(b);
	run_command(
		"mkdir -p '%s/cartridges/.deleted/%s' && mv '%s/cartridges/%s' '%s/cartridges/.deleted/%s/'",
		b->dir, entry, b->dir, ONE, b->dir, entry);
	free(entry);
	assert_int_equal(bench_open(b), 0);
	assert_int_equal(n_deleted(b), 0);
	assert_string_equal(bench_where(b, ONE), "slot:1");
	assert_true(on_disk(b, ONE));
	assert_false(on_disk(b, ".deleted"));
	bench_close(b);
}
BENCH_TEST(a_return_cut_between_commit_and_rename_is_done_at_the_start, half_restored)

static void left_over(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	run_command("mkdir -p '%s/cartridges/.deleted/prepared' '%s/cartridges/.deleted/half/.gone-%s'",
		b->dir, b->dir, TWO);
	run_command("echo x > '%s/cartridges/.deleted/half/.gone-%s/p0-g00000001-000000.ext'", b->dir, TWO);
	run_command("echo x > '%s/cartridges/.deleted/half/deleted.json'", b->dir);
	reopen(b);
	deleted_one(b, ONE);
	assert_false(on_disk(b, ".deleted/prepared"));
	assert_false(on_disk(b, ".deleted/half"));
	run_command("rm -r '%s/cartridges/.deleted'", b->dir);
	reopen(b);
	assert_int_equal(n_deleted(b), 0);
	bench_sound(b, 1);
	bench_close(b);
}
BENCH_TEST(places_without_a_cartridge_and_rows_without_a_place_go, left_over)

static void lost_catalog(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	bench_close(b);
	run_command("rm -r '%s/catalog'", b->dir);
	assert_int_equal(bench_open(b), 0);
	const struct deleted_cartridge *d = deleted_one(b, ONE);
	assert_string_equal(d->what.by, "a person");
	assert_string_equal(d->what.library, "demo");
	assert_int_equal(number_used(b->inst, "E"), 1);
	bench_sound(b, 1);
	restore(b, d->entry);
	bench_sound(b, 2);
	bench_close(b);
}
BENCH_TEST(the_wastebasket_outlives_the_catalog, lost_catalog)

static void newer(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	discard(b, ONE);
	char name[128];
	snprintf(name, sizeof name, "cartridges/.deleted/%s/deleted.json", deleted_one(b, ONE)->entry);
	char *was = file_text(b->dir, name, NULL);
	bench_close(b);
	static const struct {
		const char *record;
		int err;
		const char *says;
	} rows[] = {
		{ "{\"crc32c\":686938332,\"format\":3}", -EPROTONOSUPPORT, "newer version" },
		{ "{\"crc32c\":263514162,\"format\":1}", -EPROTOTYPE, "format 1" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		file_write(b->dir, name, rows[i].record, strlen(rows[i].record));
		refused(b, bench_open(b), rows[i].err, rows[i].says);
		char *is = file_text(b->dir, name, NULL);
		assert_string_equal(is, rows[i].record);
		free(is);
	}
	file_write(b->dir, name, was, strlen(was));
	free(was);
	assert_int_equal(bench_open(b), 0);
	deleted_one(b, ONE);
	bench_close(b);
}
BENCH_TEST(a_record_of_a_newer_version_stops_the_start, newer)

/* --- numbers ----------------------------------------------------------------------------------------- */

static void numbers(void *arg)
{
	static const struct {
		const char *prefix;
		unsigned highest;
	} rows[] = {
		{ "E", 107 },
		{ "E0", 107 },
		{ "E00", 107 },
		{ "E001", 7 },
		{ "E0010", 7 },
		{ "F", 0 },
		{ "C", 0 },
		{ "CLN", 1 },
		{ "CLN0", 1 },
	};
	struct bench *b = arg;
	furnish(b);
	bench_cartridge(b, "E00107L8");
	bench_cartridge(b, "E00103L8");
	bench_cartridge(b, "CLN001L1");
	assert_int_equal(number_used(b->inst, "E"), 0);
	discard(b, "E00107L8");
	discard(b, "E00103L8");
	discard(b, "CLN001L1");
	while (deleted_first(b->inst))
		assert_int_equal(cartridge_purge(b->inst, deleted_first(b->inst)->entry, b->why), 0);
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			if (number_used(b->inst, rows[k].prefix) != rows[k].highest)
				fail_msg("%s: %u", rows[k].prefix, number_used(b->inst, rows[k].prefix));
		reopen(b);
	}
	library_wastebasket_keep(b->inst, 0);
	bench_cartridge(b, "E00200L8");
	discard(b, "E00200L8");
	reopen(b);
	assert_int_equal(number_used(b->inst, "E"), 200);
	bench_close(b);
}
BENCH_TEST(numbers_of_deleted_cartridges_stay_used, numbers)

/* --- who hears of it ----------------------------------------------------------------------------------- */

static void told(void *arg)
{
	struct bench *b = arg;
	furnish(b);
	unsigned n = b->events.elements_by_operator;
	assert_int_equal(n, 2); /* two were made */
	library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "slot:4"), BY_HOST);
	assert_int_equal(b->events.elements_by_operator, n);
	library_move(b->library, bench_element(b, "slot:4"), bench_element(b, "slot:1"), BY_PERSON);
	assert_int_equal(b->events.elements_by_operator, ++n);
	/* The mail slot tells it itself. */
	library_move(b->library, bench_element(b, "slot:1"), bench_element(b, "mailslot:1"), BY_PERSON);
	assert_int_equal(b->events.elements_by_operator, n);
	assert_int_equal(b->events.mailslot, 1);
	discard(b, TWO);
	assert_int_equal(b->events.elements_by_operator, ++n);
	assert_int_equal(drive_add(b->inst, b->library, NULL, NULL, b->why), 0);
	assert_int_equal(b->events.elements_by_operator, n);
	bench_close(b);
}
BENCH_TEST(what_a_person_changes_is_told_what_the_robot_does_is_not, told)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deleted_cartridge_comes_back_as_who_it_was),
		cmocka_unit_test(a_used_barcode_keeps_the_deleted_one_where_it_is),
		cmocka_unit_test(without_a_free_slot_it_stays_deleted),
		cmocka_unit_test(a_purged_cartridge_is_gone),
		cmocka_unit_test(where_nothing_is_kept_a_deletion_is_for_good),
		cmocka_unit_test(when_its_time_is_over_it_is_given_up),
		cmocka_unit_test(while_the_disk_is_short_the_oldest_are_given_up),
		cmocka_unit_test(who_finds_no_room_gets_that_of_the_oldest),
		cmocka_unit_test(a_deletion_cut_between_commit_and_rename_is_done_at_the_start),
		cmocka_unit_test(a_return_cut_between_commit_and_rename_is_done_at_the_start),
		cmocka_unit_test(places_without_a_cartridge_and_rows_without_a_place_go),
		cmocka_unit_test(the_wastebasket_outlives_the_catalog),
		cmocka_unit_test(a_record_of_a_newer_version_stops_the_start),
		cmocka_unit_test(numbers_of_deleted_cartridges_stay_used),
		cmocka_unit_test(what_a_person_changes_is_told_what_the_robot_does_is_not),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
