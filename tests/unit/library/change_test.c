/* SPDX-License-Identifier: Apache-2.0 */
/* Cartridges made by the hundred, and devices that get another personality. */
#include "bench.h"

#include <errno.h>

#include "vtl/base/fiber.h"

static char barcodes[CARTRIDGE_BATCH_MAX + 1][BARCODE_LEN + 1];
static struct cartridge_plan plans[CARTRIDGE_BATCH_MAX + 1];

/* Batches with something wrong leave neither folders nor cartridges. */
static void batches_refused(struct bench *b)
{
	unsigned events = b->events.elements;
	refused(b, cartridge_create_all(b->inst, b->library, plans, 0, b->why), -ERANGE, "must be 1 to");
	refused(b, cartridge_create_all(b->inst, b->library, plans, CARTRIDGE_BATCH_MAX + 1, b->why), -ERANGE,
		"must be 1 to");
	refused(b, cartridge_create_all(b->inst, b->library, plans, CARTRIDGE_BATCH_MAX, b->why), -EEXIST,
		"already a cartridge E00200L8");
	plans[7].barcode = barcodes[3];
	refused(b, cartridge_create_all(b->inst, b->library, plans, 20, b->why), -EEXIST,
		"E00003L8 is given twice");
	plans[7].barcode = "E00007XX";
	refused(b, cartridge_create_all(b->inst, b->library, plans, 20, b->why), -EINVAL, "E00007XX");
	plans[7].barcode = barcodes[7];
	run_command("mkdir '%s/E00050L8'", installation_cartridges(b->inst));
	refused(b, cartridge_create_all(b->inst, b->library, plans, 100, b->why), -EEXIST,
		"already a folder");
	run_command("rmdir '%s/E00050L8'", installation_cartridges(b->inst));
	run_command("test \"$(echo '%s'/E*)\" = '%s/E00200L8'", installation_cartridges(b->inst),
		installation_cartridges(b->inst));
	bench_sound(b, 1);
	assert_int_equal(b->events.elements, events);
}

/* Many at once: all or none, each in a slot of its own, and all there after a start. */
static void batches(void *arg)
{
	struct bench *b = arg;
	for (size_t i = 0; i <= CARTRIDGE_BATCH_MAX; i++) {
		snprintf(barcodes[i], sizeof *barcodes, "E%05zuL8", i);
		plans[i] = (struct cartridge_plan){ .barcode = barcodes[i] };
	}
	assert_int_equal(bench_open(b), 0);
	struct library_plan plan = { .name = "demo", .slots = 300 };
	assert_int_equal(library_create(b->inst, &plan, &b->library, b->why), 0);
	bench_cartridge(b, "E00200L8");
	batches_refused(b);
	unsigned events = b->events.elements;
	assert_int_equal(cartridge_create_all(b->inst, b->library, plans, 200, b->why), 0);
	assert_int_equal(b->events.elements, events + 1);
	for (int restart = 0; restart < 2; restart++) {
		bench_sound(b, 201);
		assert_string_equal(bench_where(b, "E00000L8"), "slot:2");
		assert_string_equal(bench_where(b, "E00199L8"), "slot:201");
		bench_close(b);
		assert_int_equal(bench_open(b), 0);
	}
	refused(b, cartridge_create_all(b->inst, b->library, plans + 201, 56, b->why), 0, "");
	for (size_t i = 0; i < 50; i++)
		plans[i].barcode = (snprintf(barcodes[i], sizeof *barcodes, "F%05zuL8", i), barcodes[i]);
	refused(b, cartridge_create_all(b->inst, b->library, plans, 50, b->why), -ENOSPC,
		"43 free slots, 50 are needed");
	assert_int_equal(cartridge_create_all(b->inst, b->library, plans, 43, b->why), 0);
	refused(b, cartridge_create_all(b->inst, b->library, plans + 43, 1, b->why), -ENOSPC, "no free slot");
	bench_sound(b, 300);
	bench_close(b);
}
BENCH_TEST(many_cartridges_are_made_at_once, batches)

/* What stays of a device that speaks as another machine. */
static void same_device(const struct identity *now, const struct identity *then)
{
	assert_string_equal(now->id, then->id);
	assert_string_equal(now->serial, then->serial);
	assert_int_equal(now->naa, then->naa);
}

/* Closes the installation, and makes another of its identity. */
static void identity_goes_elsewhere(struct bench *b)
{
	struct bench there;
	char *text = identity_export(b->inst);
	bench_close(b);
	bench_make(&there);
	assert_int_equal(bench_open(&there), 0);
	assert_int_equal(identity_import(there.inst, text, there.why), 0);
	bench_close(&there);
	bench_remove(&there);
	free(text);
}

static void personalities(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	bench_cartridge(b, "E00001L8");
	struct drive *d = drive_find(b->library, 1), *other = drive_find(b->library, 2);
	struct drive was = *d;
	struct library old = *b->library;
	assert_int_equal(library_move(b->library, bench_element(b, "slot:1"), other->element, BY_PERSON),
		MOVE_DONE);
	unsigned added = b->events.drive_added, removed = b->events.drive_removed;
	refused(b, drive_set_personality(b->inst, d, "Sony", b->why), -EINVAL, "unknown drive personality");
	refused(b, drive_set_personality(b->inst, d, "STK L700", b->why), -EINVAL,
		"unknown drive personality");
	refused(b, drive_set_personality(b->inst, other, "HP Ultrium 6-SCSI", b->why), -EBUSY,
		"holds cartridge E00001L8");
	refused(b, library_set_personality(b->inst, b->library, "IBM ULT3580-TD8", b->why), -EINVAL,
		"unknown changer personality");
	assert_int_equal(drive_set_personality(b->inst, d, was.personality->name, b->why), 0);
	assert_int_equal(library_set_personality(b->inst, b->library, "stk l700", b->why), 0);
	assert_int_equal(b->events.drive_added, added);
	assert_int_equal(b->events.changer, 0);

	assert_int_equal(drive_set_personality(b->inst, d, "hp ultrium 6-scsi", b->why), 0);
	assert_int_equal(library_set_personality(b->inst, b->library, "IBM 03584L32", b->why), 0);
	assert_int_equal(b->events.drive_added, added + 1);
	assert_int_equal(b->events.drive_removed, removed + 1);
	assert_int_equal(b->events.changer, 1);
	for (int restart = 0; restart < 2; restart++) {
		d = drive_find(b->library, 1);
		assert_string_equal(d->identity.vendor, "HP");
		assert_string_equal(d->identity.product, "Ultrium 6-SCSI");
		assert_string_equal(d->identity.revision, d->personality->revision);
		same_device(&d->identity, &was.identity);
		assert_int_equal(d->lun, was.lun);
		assert_string_equal(d->target, was.target);
		assert_int_equal(d->element->address, 0x01f4);
		assert_string_equal(b->library->changer.product, "03584L32");
		same_device(&b->library->changer, &old.changer);
		assert_string_equal(b->library->target, old.target);
		assert_memory_equal(b->library->first, old.first, sizeof old.first);
		assert_int_equal(identity_verify(b->inst, b->why), 0);
		assert_string_equal(bench_where(b, "E00001L8"), "drive:2");
		bench_close(b);
		assert_int_equal(bench_open(b), 0);
	}
	identity_goes_elsewhere(b);
}
BENCH_TEST(a_device_speaks_as_another_and_stays_itself, personalities)

/* --- listeners ---------------------------------------------------------------------------------------- */

struct ear {
	struct library_listener listener;
	const struct events *bench; /* of the listener before it */
	unsigned drives, elements;
	bool late; /* the one before it had not been called yet */
};

static void ear_drive(void *arg, struct drive *drive)
{
	struct ear *ear = arg;
	ear->drives++;
	ear->late |= ear->bench->drive_added != ear->drives;
}

static void ear_elements(void *arg, struct library *library, bool by_operator)
{
	((struct ear *)arg)->elements++;
}

static void two_listeners(void *arg)
{
	struct bench *b = arg;
	struct ear ear = {
		.listener = { .drive_added = ear_drive, .elements_changed = ear_elements, .arg = &ear },
		.bench = &b->events
	};
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	b->events.drive_added = b->events.elements = 0;
	library_listen(b->inst, &ear.listener);
	struct drive *drive;
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	bench_cartridge(b, "E00001L8");
	assert_int_equal(ear.drives, 1);
	assert_int_equal(ear.elements, b->events.elements);
	assert_true(ear.elements > 0 && !ear.late);
	bench_close(b);
}

BENCH_TEST(every_listener_hears_in_turn, two_listeners)

/* --- a library that is deleted while changes of it wait ------------------------------------------------ */

static int late_layout(struct bench *b, char why[static WHY_LEN])
{
	return library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, why);
}

static int late_personality(struct bench *b, char why[static WHY_LEN])
{
	return library_set_personality(b->inst, b->library, "IBM 03584L32", why);
}

static int late_names(struct bench *b, char why[static WHY_LEN])
{
	return library_adopt(b->inst, b->library, &(struct adopted){ .revision = "1800" }, 1, why);
}

static int late_delete(struct bench *b, char why[static WHY_LEN])
{
	return library_delete(b->inst, b->library, why);
}

static int late_add(struct bench *b, char why[static WHY_LEN])
{
	return drive_add(b->inst, b->library, NULL, NULL, why);
}

static int late_remove(struct bench *b, char why[static WHY_LEN])
{
	return drive_remove(b->inst, TAILQ_FIRST(&b->library->drives), why);
}

static int late_speak(struct bench *b, char why[static WHY_LEN])
{
	return drive_set_personality(b->inst, TAILQ_FIRST(&b->library->drives), "HP Ultrium 6-SCSI", why);
}

static int late_restore(struct bench *b, char why[static WHY_LEN])
{
	return drive_restore(b->inst, b->library, 3, NULL, why);
}

static int late_create(struct bench *b, char why[static WHY_LEN])
{
	struct cartridge_plan plan = { .barcode = "E00001L8" };
	return cartridge_create(b->inst, b->library, &plan, NULL, why);
}

static int late_adopt(struct bench *b, char why[static WHY_LEN])
{
	return cartridge_adopt(b->inst, b->library, "E00002L8", NULL, why);
}

static int late_unbin(struct bench *b, char why[static WHY_LEN])
{
	return cartridge_restore(b->inst, b->library, "entry", NULL, why);
}

struct late {
	struct bench *b;
	int (*change)(struct bench *b, char why[static WHY_LEN]);
	int err;
	bool ended;
	char why[WHY_LEN];
};

static void late_run(void *arg)
{
	struct late *late = arg;
	late->err = late->change(late->b, late->why);
	late->ended = true;
}

static void deleted_meanwhile(void *arg)
{
	struct bench *b = arg;
	struct late all[] = { { b, late_delete }, { b, late_layout }, { b, late_personality },
		{ b, late_names }, { b, late_delete }, { b, late_add }, { b, late_remove }, { b, late_speak },
		{ b, late_restore }, { b, late_create }, { b, late_adopt }, { b, late_unbin } };
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_int_equal(fiber_start("late", late_run, &all[i]), 0);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		while (!all[i].ended)
			fiber_sleep(1);
		assert_int_equal(all[i].err, i ? -ENOENT : 0);
		if (i)
			assert_string_equal(all[i].why, "the library was deleted");
	}
	assert_null(library_first(b->inst));
	assert_int_equal(b->events.library_removed, 1);
	assert_int_equal(b->events.layout + b->events.changer + b->events.drive_removed, 0);
	bench_close(b);
}

BENCH_TEST(what_waited_for_a_deletion_is_refused, deleted_meanwhile)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_cartridges_are_made_at_once),
		cmocka_unit_test(every_listener_hears_in_turn),
		cmocka_unit_test(what_waited_for_a_deletion_is_refused),
		cmocka_unit_test(a_device_speaks_as_another_and_stays_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
