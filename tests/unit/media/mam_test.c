// SPDX-License-Identifier: Apache-2.0
/* The cartridge's memory: what is counted, what others put there, and what happens when it is damaged. */
#include "media/shelf/mam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grounds.h"
#include "media/engine/fault.h"
#include "media/shelf/folder.h"
#include "media/shelf/label.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

#define EXTENT "p0-g00000001-000000.ext"

/* A text of partition 1, as a host may have written it. */
static const uint8_t text_row[] = { 1, 2, 0x03, 0x08, 5, 0, 'h', 'e', 'l', 'l', 'o' };

static struct mam some_memory(void)
{
	struct mam mam;
	assert_int_equal(mam_take_rows(text_row, sizeof text_row, &mam), 0);
	const struct cart_counters mount = { 1, 500, 7 };
	assert_int_equal(mam_count(&mam, &mount), 0);
	assert_int_equal(mam_count(&mam, &mount), 0);
	return mam;
}

static void test_numbers(void **state)
{
	struct mam mam = some_memory();
	struct cart_counters now = mam_counters(&mam);
	assert_true(now.loads == 2 && now.written == 1000 && now.read == 14);
	assert_int_equal(mam.len, sizeof text_row + 3 * 14);
	assert_memory_equal(mam.rows + 3 * 14, text_row, sizeof text_row); /* what others put there stays */
	assert_int_equal(mam_put_number(&mam, MAM_READ, UINT64_MAX), 0);
	assert_true(mam_number(&mam, MAM_READ) == INT64_MAX);
	assert_int_equal(mam_number(&mam, 0x0401), 0);
	mam_free(&mam);
}

static void test_full(void **state)
{
	struct mam mam;
	uint8_t *rows = calloc(1, MAM_ROWS_MAX);
	put_le16(rows + 2, 0xffff);
	put_le16(rows + 4, MAM_ROWS_MAX - 6);
	assert_int_equal(mam_take_rows(rows, MAM_ROWS_MAX, &mam), 0);
	assert_int_equal(mam_put_number(&mam, MAM_LOADS, 1), -ENOSPC);
	assert_int_equal(mam.len, MAM_ROWS_MAX);
	mam_free(&mam);
	assert_int_equal(mam_take_rows(rows, MAM_ROWS_MAX + 1, &mam), -EBADMSG);
	free(rows);
}

static void test_hostile_rows(void **state)
{
	static const struct {
		const char *name;
		uint8_t rows[16];
		size_t len;
		int err;
	} cases[] = {
		{ "nothing", { 0 }, 0, 0 },
		{ "a row without a value", { 0, 0, 1, 0, 0, 0 }, 6, 0 },
		{ "two in order", { 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0 }, 12, 0 },
		{ "two of one id", { 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, 12, -EBADMSG },
		{ "out of order", { 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, 12, -EBADMSG },
		{ "a partition there is not", { 4, 0, 1, 0, 0, 0 }, 6, -EBADMSG },
		{ "a format there is not", { 0, 3, 1, 0, 0, 0 }, 6, -EBADMSG },
		{ "half a row", { 0, 0, 1, 0, 0 }, 5, -EBADMSG },
		{ "a value longer than the rest", { 0, 0, 1, 0, 2, 0, 9 }, 7, -EBADMSG },
		{ "something behind the last one", { 0, 0, 1, 0, 0, 0, 0 }, 7, -EBADMSG },
		{ "the longest value", { 0, 0, 1, 0, 0xff, 0xff }, 6, -EBADMSG },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct mam mam;
		int err = mam_take_rows(cases[i].rows, cases[i].len, &mam);
		if (err != cases[i].err)
			fail_msg("%s: %d", cases[i].name, err);
		if (!err)
			mam_free(&mam);
	}
}

/* --- the file -------------------------------------------------------------------------------------- */

static char *in_cart(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", g->root, BARCODE, name);
	return path;
}

static size_t memory_bytes(const struct ground *g, uint8_t *bytes, size_t room)
{
	int fd = open(in_cart(g, "mam"), O_RDONLY);
	assert_true(fd >= 0);
	ssize_t n = read(fd, bytes, room);
	close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void put_memory(const struct ground *g, const void *bytes, size_t len)
{
	int fd = open(in_cart(g, "mam"), O_WRONLY | O_CREAT | O_TRUNC, 0640);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static struct cart_counters counters(const struct ground *g)
{
	struct cart_label label;
	struct cart_counters c;
	assert_int_equal(cart_label_read(shelf_at(g->e, g->root), BARCODE, &label), 0);
	assert_int_equal(cart_counters_read(shelf_at(g->e, g->root), &label, &c), 0);
	return c;
}

/* A cartridge of one record, loaded once. */
static void one_record(struct ground *g)
{
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 8 << 20, 0);
	assert_int_equal(access(in_cart(g, "mam"), F_OK), -1); /* a new one has none */
	assert_int_equal(write_record(cart, 0, 300), MEDIA_OK);
	model_put(&g->m, 300, 0);
	assert_int_equal(cart_close(cart), 0);
}

static void test_loads_are_counted(void **state)
{
	struct ground g;
	one_record(&g);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	struct cart_counters now = cart_counters(cart);
	assert_true(now.loads == 1 && now.written == 300 && now.read == 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	check_all(cart, &g.m);
	assert_int_equal(cart_close(cart), 0); /* who only reads counts nothing */
	now = counters(&g);
	assert_true(now.loads == 2 && now.written == 300 && now.read == 300);
	teardown(&g);
}

/* Every cut and every flipped bit is seen. */
static void test_damage_is_seen(void **state)
{
	struct ground g;
	struct mam mam = some_memory(), is;
	uint8_t bytes[512], uuid[16] = { 1, 2, 3 };
	one_record(&g);
	int dirfd = folder_open(shelf_at(g.e, g.root), BARCODE);
	assert_int_equal(mam_write_in(g.e, dirfd, uuid, &mam), 0);
	size_t len = memory_bytes(&g, bytes, sizeof bytes);
	assert_int_equal(mam_read_in(g.e, dirfd, uuid, &is), 0);
	assert_int_equal(is.len, mam.len);
	assert_memory_equal(is.rows, mam.rows, mam.len);
	mam_free(&is);
	for (size_t n = 0; n < len; n++) {
		put_memory(&g, bytes, n);
		assert_int_equal(mam_read_in(g.e, dirfd, uuid, &is), -EUCLEAN);
	}
	for (size_t i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		put_memory(&g, bytes, len);
		assert_int_equal(mam_read_in(g.e, dirfd, uuid, &is), -EUCLEAN);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	close(dirfd);
	mam_free(&mam);
	teardown(&g);
}

/* With a damaged memory, or another cartridge's, everything is read and written; counting begins anew. */
static void test_damaged_memory_loses_nothing(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct ground g;
		uint8_t bytes[512];
		one_record(&g);
		size_t len = memory_bytes(&g, bytes, sizeof bytes);
		bytes[i ? 32 : 70] ^= 1;
		if (i) {
			put_le32(bytes + 12, 0);
			put_le32(bytes + 12, crc32c(0, bytes, len));
		}
		put_memory(&g, bytes, len);
		struct cart_label label;
		struct cart_counters now;
		assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
		assert_int_equal(cart_counters_read(shelf_at(g.e, g.root), &label, &now), -EUCLEAN);
		struct cart *cart = cart_thread(g.e, g.root, 0);
		now = cart_counters(cart);
		assert_true(now.loads == 0 && now.written == 0 && now.read == 0);
		check_all(cart, &g.m);
		assert_int_equal(write_record(cart, 1, 40), MEDIA_OK);
		model_put(&g.m, 40, 1);
		assert_int_equal(cart_close(cart), 0);
		now = counters(&g);
		assert_true(now.loads == 1 && now.written == 40 && now.read == 300);
		cart = cart_thread(g.e, g.root, 0);
		check_all(cart, &g.m);
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* A folder whose files are gone is not taken for blank when its memory counts bytes, or cannot tell. */
static void test_lost_files_are_no_blank(void **state)
{
	static const struct {
		const char *memory; /* NULL: as it was */
		int err;
	} rows[] = { { NULL, -ENOLINK }, { "no memory", -ENOLINK }, { "", 0 } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ground g;
		struct cart *cart;
		struct cart_usage usage;
		one_record(&g);
		assert_int_equal(unlink(in_cart(&g, EXTENT)), 0);
		assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		if (rows[i].memory && *rows[i].memory)
			put_memory(&g, rows[i].memory, strlen(rows[i].memory));
		else if (rows[i].memory)
			assert_int_equal(unlink(in_cart(&g, "mam")), 0);
		assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &usage), rows[i].err);
		int err = cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart);
		assert_int_equal(err, rows[i].err);
		if (!err)
			cart_close(cart);
		teardown(&g);
	}
}

/* A memory of another version, or with features that are not known: as for any file of the cartridge. */
static void test_other_versions(void **state)
{
	static const struct {
		int at;
		uint8_t value;
		int err; /* 0: read-only */
	} rows[] = { { 8, 3, -EPROTONOSUPPORT }, { 8, 1, -EPROTOTYPE }, { 17, 1, -EPROTONOSUPPORT },
		{ 21, 1, 0 } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ground g;
		struct cart *cart;
		uint8_t bytes[512], now[512];
		one_record(&g);
		size_t len = memory_bytes(&g, bytes, sizeof bytes);
		bytes[rows[i].at] = rows[i].value;
		put_le32(bytes + 12, 0);
		put_le32(bytes + 12, crc32c(0, bytes, len));
		put_memory(&g, bytes, len);
		assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), rows[i].err);
		if (!rows[i].err) {
			assert_true(cart_is_read_only(cart));
			check_all(cart, &g.m);
			assert_int_equal(cart_close(cart), 0);
		}
		assert_int_equal(memory_bytes(&g, now, sizeof now), len);
		assert_memory_equal(now, bytes, len);
		teardown(&g);
	}
}

/* A power cut while it is replaced leaves the old one or the new one. */
static void test_crashes(void **state)
{
	struct ground g = { .e = engine_fault_new(0, true), .root = scratch_new(false) };
	unsigned images = 0;
	struct engine *plain = engine_sync_new();
	char image[256];
	snprintf(image, sizeof image, "%s-image", g.root);
	struct cart *cart = cart_fresh(g.e, g.root, 8 << 20, 0);
	assert_int_equal(cart_close(cart), 0);
	size_t once = fault_moments(g.e);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(cart_close(cart), 0);
	size_t twice = fault_moments(g.e);
	struct cart_label label;
	struct cart_counters now = { 0 };
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
	for (size_t m = once; m <= twice; m++) {
		for (uint64_t seed = 0; seed < 20; seed++, images++) {
			mkdir(image, 0750);
			assert_int_equal(fault_image(g.e, m, seed, g.root, image), 0);
			assert_int_equal(cart_counters_read(shelf_at(plain, image), &label, &now), 0);
			if (now.loads != 1 && now.loads != 2)
				fail_msg("moment %zu seed %d: %d loads", m, (int)seed, (int)now.loads);
			remove_tree(image);
		}
	}
	assert_int_equal(now.loads, 2);
	engine_free(plain);
	teardown(&g);
	print_message("# %u crash images\n", images);
}

/* A copy has the memory of its original; making it counts nothing. */
static void test_copies(void **state)
{
	struct ground g;
	char why[128];
	struct mam mam = some_memory();
	struct cart_label label;
	struct cart_counters now;
	struct cart_report report;
	uint8_t uuid[16];
	one_record(&g);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
	assert_true(uuid_bytes(label.uuid, uuid));
	int dirfd = folder_open(shelf_at(g.e, g.root), BARCODE);
	assert_int_equal(mam_write_in(g.e, dirfd, uuid, &mam), 0);
	close(dirfd);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &report, why), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), "COPY01L8", &label), 0);
	assert_int_equal(cart_counters_read(shelf_at(g.e, g.root), &label, &now), 0);
	assert_true(now.loads == 2 && now.written == 1000 && now.read == 14);
	struct mam is;
	assert_true(uuid_bytes(label.uuid, uuid));
	dirfd = folder_open(shelf_at(g.e, g.root), "COPY01L8");
	assert_int_equal(mam_read_in(g.e, dirfd, uuid, &is), 0);
	assert_int_equal(is.len,
		mam.len + 24 + 38); /* and the volume change reference, and what its record is stored as */
	for (size_t i = 0; i < 4; i++) {
		static const uint16_t ids[] = { MAM_LOADS, MAM_WRITTEN, MAM_READ };
		struct cart_attribute a, b;
		assert_true(mam_from(&mam, i == 3, i < 3 ? ids[i] : 0, &a));
		assert_true(mam_from(&is, i == 3, i < 3 ? ids[i] : 0, &b));
		assert_true(a.id == b.id && a.len == b.len && a.format == b.format);
		assert_memory_equal(a.value, b.value, a.len);
	}
	close(dirfd);
	mam_free(&is);
	mam_free(&mam);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_hostile_rows),
		cmocka_unit_test(test_loads_are_counted),
		cmocka_unit_test(test_damage_is_seen),
		cmocka_unit_test(test_damaged_memory_loses_nothing),
		cmocka_unit_test(test_lost_files_are_no_blank),
		cmocka_unit_test(test_other_versions),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_copies),
	};
	return cmocka_run_group_tests_name("a cartridge's memory is what was written or begins anew", tests,
		NULL, NULL);
}
