/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries, drives, cartridges, rules and memories: made, refused, and there after a restart. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "media/engine/engine.h"

static void plans(void *arg)
{
	struct bench *b = arg;
	static const struct {
		struct library_plan plan;
		int err;
		const char *why;
	} rows[] = {
		{ { .slots = 1 }, -EINVAL, "needs a name" },
		{ { .name = "a/b", .slots = 1 }, -EINVAL, "'/'" },
		{ { .name = "demo", .slots = 1 }, -EEXIST, "already a library 'demo'" },
		{ { .name = "x", .slots = 0 }, -ERANGE, "slots" },
		{ { .name = "x", .slots = 65535 }, -ERANGE, "slots" },
		{ { .name = "x", .slots = 65000 }, -ERANGE, "no room" },
		{ { .name = "x", .slots = 1, .mailslots = 491 }, -ERANGE, "no room" },
		{ { .name = "x", .slots = 1, .drives = 256 }, -ERANGE, "no room" },
		{ { .name = "x", .slots = 1, .drives = 101, .changer_personality = "HP MSL G3 Series" },
			-ERANGE, "no room" },
		{ { .name = "x", .slots = 1, .drive_personality = "STK L700" }, -EINVAL,
			"unknown drive personality" },
		{ { .name = "x", .slots = 1, .drive_personality = "Sony" }, -EINVAL,
			"unknown drive personality" },
		{ { .name = "x", .slots = 1, .changer_personality = "IBM ULT3580-TD8" }, -EINVAL,
			"unknown changer personality" },
		{ { .name = "x", .slots = 1, .layout = (enum layout)7 }, -EINVAL, "layout" },
		{ { .name = "max", .slots = 64535, .mailslots = 490, .drives = 255 }, 0, "" },
	};
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b->why[0] = 0;
		int err = library_create(b->inst, &rows[i].plan, NULL, b->why);
		if (err != rows[i].err || !strstr(b->why, rows[i].why))
			fail_msg("row %zu: %d, %s", i, err, b->why);
	}
	assert_int_equal(b->events.library_added, 2);
	assert_ptr_equal(library_find(b->inst, "demo", b->why), b->library);
	assert_null(library_find(b->inst, NULL, b->why));
	assert_non_null(strstr(b->why, "several"));
	assert_null(library_find(b->inst, "nobody", b->why));
	assert_int_equal(library_delete(b->inst, library_find(b->inst, "max", b->why), b->why), 0);
	assert_ptr_equal(library_find(b->inst, NULL, b->why), b->library);
	bench_close(b);
}
BENCH_TEST(a_library_is_made_or_refused_with_why, plans)

/* Element addresses, LUNs and names, as a host would see them. */
static void shapes(void *arg)
{
	struct bench *b = arg;
	static const struct {
		const char *changer;
		uint16_t transport, mailslot, drive, slot;
	} rows[] = {
		{ "STK L700", 0x0001, 0x000a, 0x01f4, 0x03e8 },
		{ "IBM 03584L32", 0x0001, 0x0301, 0x0101, 0x0401 },
		{ "HP MSL G3 Series", 0x0000, 0x0065, 0x0001, 0x03e9 },
		{ "ADIC Scalar i2000", 0x0001, 0x0010, 0x0100, 0x1000 },
		{ "QUANTUM Scalar i500", 0x0001, 0x0010, 0x0100, 0x1000 },
		{ "SPECTRA PYTHON", 0x0001, 0x0010, 0x0100, 0x1000 },
	};
	assert_int_equal(bench_open(b), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char name[8];
		snprintf(name, sizeof name, "l%zu", i);
		struct library_plan plan = { .name = name,
			.drives = 3,
			.slots = 4,
			.mailslots = 2,
			.changer_personality = rows[i].changer };
		struct library *l;
		assert_int_equal(library_create(b->inst, &plan, &l, b->why), 0);
		assert_int_equal(l->transports[0].address, rows[i].transport);
		assert_int_equal(l->mailslots[1].address, rows[i].mailslot + 1);
		assert_int_equal(l->drive_elements[2].address, rows[i].drive + 2);
		assert_int_equal(l->slots[3].address, rows[i].slot + 3);
		assert_ptr_equal(element_at(l, (uint16_t)(rows[i].slot + 3)), &l->slots[3]);
		assert_null(element_at(l, (uint16_t)(rows[i].slot + 4)));
		assert_null(element_at(l, (uint16_t)(rows[i].drive + 3)));
		assert_null(element_at(l, 0xffff));
		assert_int_equal(drive_find(l, 3)->lun, 3);
		assert_null(drive_find(l, 4));
		assert_null(drive_find(l, 0));
	}
	struct library *l = library_first(b->inst);
	static const char *const bad[] = { "slot:0", "slot:5", "slot:-1", "slot:01", "slot:1x", "slot",
		"Slot:1", "slot:99999999999", "mailslot:3", "drive:4", "transport:2", "", ":", "shelf:1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (element_find(l, bad[i], b->why))
			fail_msg("'%s' was found", bad[i]);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, l = library_next(l))
		assert_string_equal(l->personality->name, rows[i].changer);
	bench_close(b);
}
BENCH_TEST(elements_are_where_the_changer_has_them, shapes)

static char *triples(struct bench *b)
{
	return identity_export(b->inst);
}

static void lives(void *arg)
{
	struct bench *b = arg;
	struct drive *drive;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	assert_int_equal(drive_add(b->inst, b->library, "HP Ultrium 6-SCSI", &drive, b->why), 0);
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(drive->lun, 4);
	assert_string_equal(drive->personality->name, "HP Ultrium 6-SCSI");
	char serial[SERIAL_LEN + 1], *all = triples(b);
	strcpy(serial, drive_find(b->library, 2)->identity.serial);

	/* out of the middle: the others stay who and where they are */
	struct drive *two = drive_find(b->library, 2);
	assert_int_equal(drive_remove(b->inst, two, b->why), 0);
	refused(b, drive_remove(b->inst, two, b->why), -ENOENT, "was removed");
	assert_null(drive_find(b->library, 2));
	assert_int_equal(b->library->n_drive_elements, 4);
	assert_int_equal(drive_find(b->library, 3)->element->address, 0x01f6);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_null(drive_find(b->library, 2));
	assert_int_equal(drive_find(b->library, 4)->lun, 4);

	/* a new one gets a number nobody had; the old one comes back as itself */
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(drive->number, 5);
	assert_int_equal(drive->lun, 5);
	assert_int_equal(drive_remove(b->inst, drive, b->why), 0);
	refused(b, drive_restore(b->inst, b->library, 3, &drive, b->why), -ENOENT, "drive:3");
	refused(b, drive_restore(b->inst, b->library, 9, &drive, b->why), -ENOENT, "drive:9");
	assert_int_equal(drive_restore(b->inst, b->library, 2, &drive, b->why), 0);
	assert_string_equal(drive->identity.serial, serial);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_string_equal(drive_find(b->library, 2)->identity.serial, serial);
	assert_int_equal(drive_add(b->inst, b->library, NULL, &drive, b->why), 0);
	assert_int_equal(drive->number, 6);

	char *now = triples(b);
	char *tail = strstr(all, "\"number\": 2");
	assert_non_null(tail);
	*strchr(strstr(tail, "\"number\": 4"), '}') = 0; /* up to the end of drive 4 */
	assert_non_null(strstr(now, tail));
	free(all);
	free(now);
	bench_close(b);
}
BENCH_TEST(drives_come_and_go_and_nobody_else_changes, lives)

/* The compression outlives the daemon. */
static void compressions(void *arg)
{
	struct bench *b = arg;
	static const char *const names[] = { "off", "auto", "lz4", "zstd" };
	enum cart_compression found;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	assert_int_equal(b->library->compression, CART_COMPRESS_OFF);
	for (unsigned i = sizeof names / sizeof names[0]; i-- > 0;) {
		assert_true(compression_find(names[i], &found));
		assert_string_equal(compression_name(found), names[i]);
		assert_int_equal(library_set_compression(b->inst, b->library, found, b->why), 0);
		bench_close(b);
		assert_int_equal(bench_open(b), 0);
		assert_int_equal(b->library->compression, found);
	}
	assert_false(compression_find("gzip", &found));
	bench_close(b);
}
BENCH_TEST(the_compression_is_kept, compressions)

static void layouts(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	char *before = identity_export(b->inst);
	assert_int_equal(library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, b->why), 0);
	assert_int_equal(library_set_layout(b->inst, b->library, LAYOUT_TARGET_PER_DEVICE, b->why), 0);
	assert_int_equal(b->events.layout, 1);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_int_equal(b->library->layout, LAYOUT_TARGET_PER_DEVICE);
	assert_int_equal(library_set_layout(b->inst, b->library, LAYOUT_ONE_TARGET, b->why), 0);
	char *after = identity_export(b->inst);
	/* identities are the same in both; only the count of changes differs */
	assert_string_equal(strstr(before, "\"libraries\""), strstr(after, "\"libraries\""));
	free(before);
	free(after);
	bench_close(b);
}
BENCH_TEST(another_layout_changes_no_identity, layouts)

static const struct {
	struct cartridge_plan plan;
	int err;
	const char *why, *generation;
	bool worm;
} cartridges_rows[] = {
	{ { .barcode = "E00001L8" }, 0, "", "lto8", false },
	{ { .barcode = "E00001L8" }, -EEXIST, "already a cartridge E00001L8", NULL, false },
	{ { .barcode = "E00001LY" }, 0, "", "lto8", true },
	{ { .barcode = "E00002L8", .worm = true }, -EINVAL, "end with LY", NULL, false },
	{ { .barcode = "E00002LW", .worm = true }, 0, "", "lto6", true },
	{ { .barcode = "E00002L8", .generation = "lto9" }, -EINVAL, "stands for lto8", NULL, false },
	{ { .barcode = "E00002L8", .generation = "dds" }, -EINVAL, "unknown generation", NULL, false },
	{ { .barcode = "E00002" }, -EINVAL, "give the generation", NULL, false },
	{ { .barcode = "E00002", .generation = "lto5", .worm = true }, 0, "", "lto5", true },
	{ { .barcode = "E00002", .generation = "cln" }, -EINVAL, "CLN", NULL, false },
	{ { .barcode = "CLN001L8", .generation = "lto8" }, -EINVAL, "cln", NULL, false },
	{ { .barcode = "CLN001CU", .worm = true }, -EINVAL, "cannot be WORM", NULL, false },
	{ { .barcode = "CLN001CU" }, 0, "", "cln", false },
	{ { .barcode = "../E001L8" }, -EINVAL, "'.'", NULL, false },
	{ { .barcode = "E/001L8" }, -EINVAL, "'/'", NULL, false },
	{ { .barcode = "e00001l8" }, -EINVAL, "lower-case", NULL, false },
	{ { .barcode = NULL }, -EINVAL, "needs a barcode", NULL, false },
	{ { .barcode = "E00003L7", .capacity = 1 << 20 }, 0, "", "lto7", false },
	{ { .barcode = "E00009L8" }, -ENOSPC, "no free slot", NULL, false },
};

static void cartridges(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	for (size_t i = 0; i < sizeof cartridges_rows / sizeof *cartridges_rows; i++) {
		struct cartridge *cartridge = NULL;
		b->why[0] = 0;
		int err = cartridge_create(b->inst, b->library, &cartridges_rows[i].plan, &cartridge, b->why);
		if (err != cartridges_rows[i].err || !strstr(b->why, cartridges_rows[i].why))
			fail_msg("row %zu: %d, %s", i, err, b->why);
		if (err)
			continue;
		assert_string_equal(cartridge->label.generation, cartridges_rows[i].generation);
		assert_int_equal(cartridge->label.worm, cartridges_rows[i].worm);
		assert_int_equal(strlen(cartridge->label.uuid), 36);
	}
	bench_sound(b, 6);
	struct cartridge *one = cartridge_find(b->library, "E00001L8");
	assert_int_equal(cartridge_protect(b->inst, one, true, b->why), 0);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	bench_sound(b, 6);
	one = cartridge_find(b->library, "E00001L8");
	assert_true(one->label.write_protected);
	assert_int_equal(one->label.capacity, 12000000000000);
	assert_int_equal(cartridge_find(b->library, "E00003L7")->label.capacity, 1 << 20);
	assert_int_equal(cartridge_delete(b->inst, one, BY_PERSON, NULL, b->why), 0);
	assert_int_equal(cartridge_adopt(b->inst, b->library, "E00001L8", NULL, b->why), -ENOENT);
	bench_cartridge(b, "E00004L8");
	assert_string_equal(bench_where(b, "E00004L8"), "slot:1");
	bench_close(b);
}
BENCH_TEST(cartridges_are_made_or_refused_with_why, cartridges)

static void adoption(void *arg)
{
	struct bench *b = arg;
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	struct engine *engine = engine_sync_new();
	struct cart_label label = { .uuid = "6f8f57d4-8a4e-4dc8-92e0-5f4f0c1b2a3d",
		.barcode = "IMP001L7",
		.generation = "lto7",
		.capacity = 1 << 20 };
	assert_int_equal(cart_create(shelf_at(engine, installation_cartridges(b->inst)), &label), 0);
	struct cartridge *cartridge;
	assert_int_equal(cartridge_adopt(b->inst, b->library, "IMP001L7", &cartridge, b->why), 0);
	assert_string_equal(bench_where(b, "IMP001L7"), "slot:1");
	refused(b, cartridge_adopt(b->inst, b->library, "IMP001L7", &cartridge, b->why), -EEXIST, "IMP001L7");
	refused(b, cartridge_adopt(b->inst, b->library, "NOTHERE", &cartridge, b->why), -ENOENT, "NOTHERE");
	refused(b, cartridge_adopt(b->inst, b->library, "../x", &cartridge, b->why), -EINVAL, "'.'");
	assert_int_equal(cart_label_read(shelf_at(engine, installation_cartridges(b->inst)), "IMP001L7",
				 &label),
		0);
	assert_string_equal(label.element, "slot:1");
	/* A folder that a cartridge would need is somebody's already. */
	strcpy(label.barcode, "E00001L8");
	assert_int_equal(cart_create(shelf_at(engine, installation_cartridges(b->inst)), &label), 0);
	struct cartridge_plan plan = { .barcode = "E00001L8" };
	refused(b, cartridge_create(b->inst, b->library, &plan, NULL, b->why), -EEXIST, "already a folder");
	engine_free(engine);
	bench_close(b);
}
BENCH_TEST(a_folder_is_taken_in, adoption)

/* --- memories ----------------------------------------------------------------------------------- */

static void memories(void *arg)
{
	struct bench *b = arg;
	char big[5000], back[5000];
	memset(big, 'x', sizeof big);
	assert_int_equal(bench_open(b), 0);
	bench_library(b);
	char id[37];
	strcpy(id, drive_find(b->library, 1)->identity.id);
	assert_int_equal(memory_load(b->inst, id, "mode", back, sizeof back), -ENOENT);
	assert_int_equal(memory_save(b->inst, id, "mode", "one", 3), 0);
	assert_int_equal(memory_save(b->inst, id, "mode", big, sizeof big), 0);
	assert_int_equal(memory_save(b->inst, id, "pr", "", 0), 0);
	assert_int_equal(memory_save(b->inst, id, "huge", big, MEMORY_MAX + 1), -EINVAL);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_int_equal(memory_load(b->inst, id, "mode", back, sizeof back), sizeof back);
	assert_memory_equal(back, big, sizeof big);
	assert_int_equal(memory_load(b->inst, id, "mode", back, 3), 3);
	assert_int_equal(memory_load(b->inst, id, "pr", back, 3), 0);
	/* A drive that returns finds what it knew; a deleted library leaves nothing. */
	assert_int_equal(drive_remove(b->inst, drive_find(b->library, 1), b->why), 0);
	assert_int_equal(drive_restore(b->inst, b->library, 1, NULL, b->why), 0);
	assert_int_equal(memory_load(b->inst, id, "mode", back, 3), 3);
	assert_int_equal(library_delete(b->inst, b->library, b->why), 0);
	assert_int_equal(b->events.library_removed, 1);
	assert_int_equal(memory_load(b->inst, id, "mode", back, 3), -ENOENT);
	bench_close(b);
	assert_int_equal(bench_open(b), 0);
	assert_null(b->library);
	assert_int_equal(memory_load(b->inst, id, "mode", back, 3), -ENOENT);
	bench_close(b);
}
BENCH_TEST(device_servers_remember, memories)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_library_is_made_or_refused_with_why),
		cmocka_unit_test(elements_are_where_the_changer_has_them),
		cmocka_unit_test(drives_come_and_go_and_nobody_else_changes),
		cmocka_unit_test(the_compression_is_kept),
		cmocka_unit_test(another_layout_changes_no_identity),
		cmocka_unit_test(cartridges_are_made_or_refused_with_why),
		cmocka_unit_test(a_folder_is_taken_in),
		cmocka_unit_test(device_servers_remember),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
