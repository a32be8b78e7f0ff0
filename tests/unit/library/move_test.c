/* SPDX-License-Identifier: Apache-2.0 */
/* The robot: every move, every refusal, and that a failure leaves everything where it was. */
#include "bench.h"

#include <errno.h>

#include "media/engine/engine.h"
#include "tests/lib/seed.h"
#include "vtl/base/fiber.h"

static void ready(struct bench *b)
{
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_serve(b);
	bench_cartridge(b, "E00001L8"); /* slot:1 */
	bench_cartridge(b, "E00002L8"); /* slot:2 */
	bench_cartridge(b, "E00003L6"); /* slot:3, which no LTO-8 drive takes */
	bench_cartridge(b, "CLN001L1"); /* slot:4 */
}

static enum move_result move(struct bench *b, const char *from, const char *to)
{
	return library_move(b->library, bench_element(b, from), bench_element(b, to), BY_HOST);
}

static void each_move(void *arg)
{
	struct bench *b = arg;
	static const struct {
		const char *from, *to;
		enum move_result result;
		const char *barcode, *where; /* afterwards */
	} rows[] = {
		{ "slot:5", "slot:6", MOVE_SOURCE_EMPTY, "E00001L8", "slot:1" },
		{ "slot:1", "slot:2", MOVE_DESTINATION_FULL, "E00001L8", "slot:1" },
		{ "slot:1", "slot:1", MOVE_DESTINATION_FULL, "E00001L8", "slot:1" },
		{ "slot:1", "transport:1", MOVE_NO_ELEMENT, "E00001L8", "slot:1" },
		{ "transport:1", "slot:6", MOVE_NO_ELEMENT, "E00001L8", "slot:1" },
		{ "slot:3", "drive:1", MOVE_INCOMPATIBLE, "E00003L6", "slot:3" },
		{ "slot:1", "slot:6", MOVE_DONE, "E00001L8", "slot:6" },
		{ "slot:6", "drive:1", MOVE_DONE, "E00001L8", "drive:1" },
		{ "slot:2", "drive:1", MOVE_DESTINATION_FULL, "E00002L8", "slot:2" },
		{ "drive:1", "drive:2", MOVE_DONE, "E00001L8", "drive:2" },
		{ "drive:1", "slot:1", MOVE_SOURCE_EMPTY, "E00001L8", "drive:2" },
		{ "slot:4", "drive:1", MOVE_DONE, "CLN001L1", "drive:1" },
		{ "drive:2", "mailslot:1", MOVE_DONE, "E00001L8", "mailslot:1" },
		{ "mailslot:1", "mailslot:2", MOVE_DONE, "E00001L8", "mailslot:2" },
		{ "mailslot:2", "slot:1", MOVE_DONE, "E00001L8", "slot:1" },
	};
	ready(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum move_result result = move(b, rows[i].from, rows[i].to);
		const char *where = bench_where(b, rows[i].barcode);
		if (result != rows[i].result || strcmp(where, rows[i].where))
			fail_msg("%s to %s: %s, at %s", rows[i].from, rows[i].to, move_result_text(result),
				where);
		bench_sound(b, 4);
	}
	assert_int_equal(b->drives[1].wrong + b->drives[2].wrong, 0);
	assert_string_equal(b->drives[1].barcode, "CLN001L1");
	assert_string_equal(b->drives[2].barcode, "");
	bench_close(b);
}
BENCH_TEST(moves_happen_or_are_refused, each_move)

static void sources(void *arg)
{
	struct bench *b = arg;
	ready(b);
	assert_int_equal(move(b, "slot:1", "drive:1"), MOVE_DONE);
	assert_ptr_equal(bench_element(b, "drive:1")->source, bench_element(b, "slot:1"));
	assert_int_equal(move(b, "drive:1", "drive:2"), MOVE_DONE);
	assert_ptr_equal(bench_element(b, "drive:2")->source, bench_element(b, "slot:1"));
	assert_null(bench_element(b, "drive:1")->source);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(bench_where(b, "E00001L8"), "drive:2");
	assert_ptr_equal(bench_element(b, "drive:2")->source, bench_element(b, "slot:1"));
	bench_serve(b);
	memset(b->drives, 0, sizeof b->drives);
	library_rethread(b->library);
	library_rethread(b->library);
	assert_int_equal(b->drives[2].threads, 1);
	assert_string_equal(b->drives[2].barcode, "E00001L8");
	assert_string_equal(b->drives[1].barcode, "");
	bench_close(b);
}
BENCH_TEST(a_loaded_cartridge_and_its_source_outlive_a_restart, sources)

static void failures(void *arg)
{
	struct bench *b = arg;
	static const struct {
		const char *from, *to;
		int unthread_1, unthread_2, thread_1, thread_2;
		enum move_result result;
	} rows[] = {
		/* E00001L8 is in drive:1, E00002L8 in slot:2 */
		{ "drive:1", "slot:6", -EBUSY, 0, 0, 0, MOVE_PREVENTED },
		{ "drive:1", "slot:6", -EIO, 0, 0, 0, MOVE_FAILED },
		{ "drive:1", "drive:2", -EBUSY, 0, 0, 0, MOVE_PREVENTED },
		{ "drive:1", "drive:2", 0, 0, 0, -EUCLEAN, MOVE_LOAD_FAILED },
		{ "slot:2", "drive:2", 0, 0, 0, -EIO, MOVE_LOAD_FAILED },
		{ "slot:2", "drive:2", 0, 0, 0, -EBUSY, MOVE_IN_USE },
	};
	ready(b);
	assert_int_equal(move(b, "slot:1", "drive:1"), MOVE_DONE);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->drives[1].unthread_err = rows[i].unthread_1;
		b->drives[2].unthread_err = rows[i].unthread_2;
		b->drives[1].thread_err = rows[i].thread_1;
		b->drives[2].thread_err = rows[i].thread_2;
		unsigned events = b->events.elements;
		enum move_result result = move(b, rows[i].from, rows[i].to);
		if (result != rows[i].result)
			fail_msg("row %zu: %s", i, move_result_text(result));
		assert_string_equal(bench_where(b, "E00001L8"), "drive:1");
		assert_string_equal(b->drives[1].barcode, "E00001L8");
		assert_string_equal(bench_where(b, "E00002L8"), "slot:2");
		assert_string_equal(b->drives[2].barcode, "");
		assert_int_equal(b->events.elements, events);
		bench_sound(b, 4);
	}
	assert_int_equal(b->drives[1].wrong + b->drives[2].wrong, 0);
	bench_close(b);
}
BENCH_TEST(a_failed_move_leaves_everything_where_it_was, failures)

static void exchanges(void *arg)
{
	struct bench *b = arg;
	static const struct {
		const char *source, *first, *second;
		int unthread_1, thread_1, thread_2;
		enum move_result result;
		const char *one, *two; /* where E00001L8 and E00002L8 are afterwards */
	} rows[] = {
		{ "slot:1", "drive:1", "slot:6", 0, 0, 0, MOVE_SOURCE_EMPTY, "slot:1", "slot:2" },
		{ "slot:6", "slot:1", "slot:6", 0, 0, 0, MOVE_SOURCE_EMPTY, "slot:1", "slot:2" },
		{ "slot:1", "slot:2", "slot:4", 0, 0, 0, MOVE_DESTINATION_FULL, "slot:1", "slot:2" },
		{ "slot:1", "slot:1", "slot:6", 0, 0, 0, MOVE_DESTINATION_FULL, "slot:1", "slot:2" },
		{ "slot:1", "slot:2", "slot:1", 0, 0, 0, MOVE_DONE, "slot:2", "slot:1" },
		{ "slot:1", "slot:2", "drive:1", 0, 0, 0, MOVE_DONE, "drive:1", "slot:2" },
		/* two comes in, one goes out to slot:6: each step fails once */
		{ "slot:2", "drive:1", "slot:6", -EBUSY, 0, 0, MOVE_PREVENTED, "drive:1", "slot:2" },
		{ "slot:2", "drive:1", "slot:6", -EIO, 0, 0, MOVE_FAILED, "drive:1", "slot:2" },
		{ "slot:2", "drive:1", "drive:2", 0, 0, -EIO, MOVE_LOAD_FAILED, "drive:1", "slot:2" },
		{ "slot:3", "drive:1", "slot:6", 0, 0, 0, MOVE_INCOMPATIBLE, "drive:1", "slot:2" },
		{ "slot:2", "drive:1", "slot:2", 0, 0, 0, MOVE_DONE, "slot:2", "drive:1" },
		{ "slot:2", "drive:1", "drive:2", 0, 0, 0, MOVE_DONE, "drive:1", "drive:2" },
		{ "drive:1", "drive:2", "drive:1", 0, 0, 0, MOVE_DONE, "drive:2", "drive:1" },
	};
	ready(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->drives[1].unthread_err = rows[i].unthread_1;
		b->drives[1].thread_err = rows[i].thread_1;
		b->drives[2].thread_err = rows[i].thread_2;
		enum move_result result = library_exchange(b->library, bench_element(b, rows[i].source),
			bench_element(b, rows[i].first), bench_element(b, rows[i].second), BY_HOST);
		char one[16];
		strcpy(one, bench_where(b, "E00001L8"));
		const char *two = bench_where(b, "E00002L8");
		if (result != rows[i].result || strcmp(one, rows[i].one) || strcmp(two, rows[i].two))
			fail_msg("row %zu: %s; one at %s, two at %s", i, move_result_text(result), one, two);
		for (int d = 1; d <= 2; d++) {
			struct cartridge *in = drive_find(b->library, (unsigned)d)->element->cartridge;
			assert_string_equal(b->drives[d].barcode, in ? in->label.barcode : "");
		}
		bench_sound(b, 4);
	}
	assert_int_equal(b->drives[1].wrong + b->drives[2].wrong, 0);
	bench_close(b);
}
BENCH_TEST(an_exchange_happens_whole_or_not_at_all, exchanges)

static void vaults(void *arg)
{
	struct bench *b = arg;
	ready(b);
	struct cartridge *one = cartridge_find(b->library, "E00001L8");
	assert_int_equal(library_vault(b->library, one, BY_PERSON), MOVE_NO_ELEMENT);
	assert_int_equal(move(b, "slot:1", "mailslot:2"), MOVE_DONE);
	assert_int_equal(b->events.mailslot, 1);
	assert_false(b->events.by_operator);
	assert_int_equal(library_unvault(b->library, one, BY_PERSON), MOVE_DESTINATION_FULL);
	assert_int_equal(library_vault(b->library, one, BY_PERSON), MOVE_DONE);
	assert_int_equal(b->events.mailslot, 2);
	assert_true(b->events.by_operator);
	assert_string_equal(bench_where(b, "E00001L8"), "vault");
	assert_int_equal(library_vault(b->library, one, BY_PERSON), MOVE_SOURCE_EMPTY);
	bench_sound(b, 4);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(bench_where(b, "E00001L8"), "vault");
	one = cartridge_find(b->library, "E00001L8");
	assert_int_equal(library_unvault(b->library, one, BY_PERSON), MOVE_DONE);
	assert_string_equal(bench_where(b, "E00001L8"), "mailslot:1");
	assert_true(bench_element(b, "mailslot:1")->by_operator);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_true(bench_element(b, "mailslot:1")->by_operator);
	assert_int_equal(move(b, "mailslot:1", "slot:1"), MOVE_DONE);
	assert_false(bench_element(b, "mailslot:1")->by_operator);
	bench_close(b);
}
BENCH_TEST(a_cartridge_leaves_and_returns_through_a_mail_slot, vaults)

/* --- several at once ---------------------------------------------------------------------------------- */

struct crowd {
	struct bench *b;
	struct waitq left;
	unsigned running, done;
	uint64_t seed;
};

static unsigned dice(struct crowd *crowd, unsigned n)
{
	crowd->seed = crowd->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(crowd->seed >> 33) % n;
}

static struct element *any_element(struct crowd *crowd)
{
	struct library *library = crowd->b->library;
	unsigned i = dice(crowd, 10);
	return i < 6    ? &library->slots[i]
		: i < 8 ? &library->mailslots[i - 6]
			: &library->drive_elements[i - 8];
}

static void mover(void *arg)
{
	struct crowd *crowd = arg;
	for (int i = 0; i < 40; i++)
		crowd->done += library_move(crowd->b->library, any_element(crowd), any_element(crowd),
				       BY_HOST) == MOVE_DONE;
	crowd->running--;
	waitq_wake(&crowd->left);
}

static void crowds(void *arg)
{
	struct bench *b = arg;
	struct crowd crowd = { .b = b, .running = 4, .seed = seed_new() };
	ready(b);
	waitq_init(&crowd.left);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fiber_start("mover", mover, &crowd), 0);
	while (crowd.running)
		waitq_wait(&crowd.left);
	assert_true(crowd.done > 0);
	assert_int_equal(b->drives[1].wrong + b->drives[2].wrong, 0);
	bench_sound(b, 4);
	char before[4][16];
	static const char *const barcodes[] = { "E00001L8", "E00002L8", "E00003L6", "CLN001L1" };
	for (int i = 0; i < 4; i++)
		strcpy(before[i], bench_where(b, barcodes[i]));
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	for (int i = 0; i < 4; i++)
		assert_string_equal(bench_where(b, barcodes[i]), before[i]);
	/* The labels have followed, too. */
	struct engine *engine = engine_sync_new();
	for (int i = 0; i < 4; i++) {
		struct cart_label label;
		assert_int_equal(cart_label_read(shelf_at(engine, installation_cartridges(b->inst)),
					 barcodes[i], &label),
			0);
		assert_string_equal(label.library, "demo");
		assert_string_equal(label.element, before[i]);
	}
	engine_free(engine);
	bench_close(b);
}
BENCH_TEST(moves_at_the_same_time_take_turns, crowds)

/* The label of the first move is written while the drive of the second one works with the label. */
static void label_meanwhile(void *arg)
{
	struct bench *b = arg;
	ready(b);
	b->drives[1].slow_ms = 300;
	assert_int_equal(move(b, "slot:1", "slot:6"), MOVE_DONE);
	assert_int_equal(move(b, "slot:6", "drive:1"), MOVE_DONE);
	assert_string_equal(b->drives[1].barcode, "E00001L8");
	assert_int_equal(b->drives[1].wrong, 0);
	bench_close(b);
}
BENCH_TEST(a_label_does_not_change_while_a_drive_loads, label_meanwhile)

static void deleted_meanwhile(void *arg)
{
	struct bench *b = arg;
	ready(b);
	struct cartridge *one = cartridge_find(b->library, "E00001L8");
	assert_int_equal(move(b, "slot:1", "drive:1"), MOVE_DONE);
	assert_int_equal(cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), -EBUSY);
	assert_non_null(strstr(b->why, "drive:1"));
	assert_int_equal(cartridge_protect(b->inst, one, true, b->why), -EBUSY);
	assert_int_equal(drive_remove(b->inst, drive_find(b->library, 1), b->why), -EBUSY);
	assert_non_null(strstr(b->why, "E00001L8"));
	assert_int_equal(library_delete(b->inst, b->library, b->why), -ENOTEMPTY);
	assert_int_equal(move(b, "drive:1", "slot:1"), MOVE_DONE);
	assert_int_equal(cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), 0);
	assert_string_equal(bench_where(b, "E00001L8"), "nowhere");
	bench_sound(b, 3);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 3);
	bench_close(b);
}
BENCH_TEST(what_is_in_a_drive_is_not_deleted, deleted_meanwhile)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_happen_or_are_refused),
		cmocka_unit_test(a_loaded_cartridge_and_its_source_outlive_a_restart),
		cmocka_unit_test(a_failed_move_leaves_everything_where_it_was),
		cmocka_unit_test(an_exchange_happens_whole_or_not_at_all),
		cmocka_unit_test(a_cartridge_leaves_and_returns_through_a_mail_slot),
		cmocka_unit_test(moves_at_the_same_time_take_turns),
		cmocka_unit_test(a_label_does_not_change_while_a_drive_loads),
		cmocka_unit_test(what_is_in_a_drive_is_not_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
