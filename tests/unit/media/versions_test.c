// SPDX-License-Identifier: Apache-2.0
/* Format 1, later formats, unknown features: refused by name or read-only, and left as they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grounds.h"
#include "media/format.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

#define EXTENT "p0-g00000001-000000.ext"
/* Written by the last version that wrote format 1. */
#define FORMAT_1 GOLD_DIR "-1"

static char *in_cart(const struct ground *g, const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", g->root, BARCODE, name);
	return path;
}

/* A cartridge of a few records, unmounted. */
static void small_tape(struct ground *g)
{
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 8 << 20, 0);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(write_record(cart, i, 80 + i), MEDIA_OK);
		model_put(&g->m, 80 + i, i);
	}
	assert_int_equal(cart_close(cart), 0);
}

static void replace(const struct ground *g, const char *name, const char *from)
{
	char command[1200];
	snprintf(command, sizeof command, "cp %s %s", from, in_cart(g, name));
	assert_int_equal(system(command), 0);
}

/* A copy of the folder, to see later that nothing has changed. */
static void keep(const struct ground *g)
{
	char command[1200];
	snprintf(command, sizeof command, "rm -rf %s/.kept && cp -r %s/" BARCODE " %s/.kept", g->root,
		g->root, g->root);
	assert_int_equal(system(command), 0);
}

static void check_untouched(const struct ground *g)
{
	char command[1200];
	snprintf(command, sizeof command, "diff -r %s/.kept %s/" BARCODE, g->root, g->root);
	assert_int_equal(system(command), 0);
}

/* Neither opened, nor verified, nor exported, nor written over. */
static void check_refused(const struct ground *g, int err, const char *what)
{
	struct cart *cart;
	struct cart_report report;
	char why[128];
	keep(g);
	for (int read_only = 0; read_only < 2; read_only++) {
		int is = cart_open(shelf_at(g->e, g->root), BARCODE, read_only, &cart);
		if (is != err)
			fail_msg("%s: opened with %d", what, is);
	}
	assert_int_equal(cart_verify(shelf_at(g->e, g->root), BARCODE, NULL, &report), err);
	assert_non_null(strstr(report.why, err == -EPROTOTYPE ? "format 1" : "newer version"));
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g->e, g->root), BARCODE, fd, CART_NATIVE, NULL, &report, why),
		err);
	close(fd);
	check_untouched(g);
}

static void test_format_1(void **state)
{
	struct ground g;
	struct cart_usage usage;
	struct cart_label label = test_label(BARCODE, 1 << 20);
	setup(&g);
	copy_tree(FORMAT_1, in_cart(&g, ""));
	int fd = open(in_cart(&g, "lock"), O_WRONLY | O_CREAT, 0640); /* as every folder has it */
	close(fd);
	check_refused(&g, -EPROTOTYPE, "format 1");
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), -EPROTOTYPE);
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &label), -EPROTOTYPE);
	assert_int_equal(cart_glance(shelf_at(g.e, g.root), BARCODE, &usage), -EPROTOTYPE);
	check_untouched(&g);
	teardown(&g);
}

static void test_format_1_container(void **state)
{
	struct ground g;
	struct cart_report report;
	char why[128];
	setup(&g);
	int fd = open(FORMAT_1 "/tape.evtape", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), -EPROTOTYPE);
	assert_non_null(strstr(why, "format 1"));
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &report), -EPROTOTYPE);
	assert_non_null(strstr(report.why, "format 1"));
	close(fd);
	check_nothing_left(&g);
	teardown(&g);
}

/* A file of format 1 in a folder of format 2, and the reverse. */
static void test_mixed_folders(void **state)
{
	static const struct {
		const char *name;
		bool index; /* the index of format 2 stays */
	} rows[] = {
		{ "label.json", true },
		{ "index-p0", true },
		{ EXTENT, true },
		{ EXTENT, false },
		{ "p0-g00000002-000000.ext", true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ground g;
		char from[512];
		small_tape(&g);
		if (!rows[i].index)
			assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		snprintf(from, sizeof from, FORMAT_1 "/%s", rows[i].name);
		replace(&g, rows[i].name, from);
		check_refused(&g, -EPROTOTYPE, rows[i].name);
		teardown(&g);
	}
}

/* Where a mount need not read a file, its objects are refused when they are read. */
static void test_mixed_behind_the_checkpoint(void **state)
{
	struct ground g;
	small_tape(&g);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	uint32_t len;
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	assert_int_equal(write_record(cart, 9, 700), MEDIA_OK);
	assert_int_equal(cart_close(cart), 0);
	replace(&g, EXTENT, FORMAT_1 "/" EXTENT);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	assert_int_equal(cart_peek(cart, &len), -EBADMSG);
	assert_int_equal(cart_locate(cart, 0, 5), MEDIA_OK);
	assert_int_equal(read_object(cart, &(struct object){ 9, 700 }), MEDIA_OK);
	cart_close(cart);
	teardown(&g);
}

/* What is changed in a structure whose checksum covers len bytes. */
typedef void change(uint8_t *head, size_t len);

static void reseal(uint8_t *head, size_t len)
{
	put_le32(head + 12, 0);
	put_le32(head + 12, crc32c(0, head, len));
}

static void later(uint8_t *head, size_t len)
{
	head[7] = '3';
	put_le16(head + 8, 3);
	reseal(head, len);
}

static void needs_read(uint8_t *head, size_t len)
{
	put_le32(head + 16, 1 << 9);
	reseal(head, len);
}

static void needs_write(uint8_t *head, size_t len)
{
	put_le32(head + 20, 1 << 9);
	reseal(head, len);
}

static void uses_spare(uint8_t *head, size_t len)
{
	memset(head + (memcmp(head, "EVTEXTN", 7) ? 144 : 128), 0xa5, 64);
	reseal(head, len);
}

/* Applies it to every structure in a file. */
static void change_file(const struct ground *g, const char *name, change *fn)
{
	static uint8_t bytes[1 << 20];
	int fd = open(in_cart(g, name), O_RDWR);
	assert_true(fd >= 0);
	ssize_t n = read(fd, bytes, sizeof bytes);
	assert_true(n > 0);
	if (memcmp(bytes, "EVTINDX", 7) == 0)
		fn(bytes, (size_t)n);
	for (ssize_t at = 0; at + BLOCK <= n; at += BLOCK) {
		if (memcmp(bytes + at, "EVTEXTN", 7) == 0)
			fn(bytes + at, BLOCK);
		else if (memcmp(bytes + at, "EVTSEGM", 7) == 0)
			fn(bytes + at, get_le16(bytes + at + 10) * (size_t)BLOCK);
	}
	assert_int_equal(pwrite(fd, bytes, (size_t)n, 0), n);
	close(fd);
}

/* What a later version wrote, or what needs a feature of one, is neither read nor written over. */
static void test_later_versions(void **state)
{
	static const struct {
		const char *name;
		bool index;
		change *fn;
	} rows[] = {
		{ EXTENT, true, later },
		{ EXTENT, false, later },
		{ "index-p0", true, later },
		{ EXTENT, true, needs_read },
		{ EXTENT, false, needs_read },
		{ "index-p0", true, needs_read },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ground g;
		small_tape(&g);
		if (!rows[i].index)
			assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		change_file(&g, rows[i].name, rows[i].fn);
		check_refused(&g, -EPROTONOSUPPORT, rows[i].name);
		teardown(&g);
	}
}

/* The same without the extent's own header: its segments tell. */
static void test_later_segments(void **state)
{
	struct ground g;
	small_tape(&g);
	assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
	change_file(&g, EXTENT, later);
	int fd = open(in_cart(&g, EXTENT), O_RDWR);
	uint8_t zeros[2 * BLOCK] = { 0 };
	assert_int_equal(pwrite(fd, zeros, sizeof zeros, 0), sizeof zeros);
	close(fd);
	check_refused(&g, -EPROTONOSUPPORT, "segments alone");
	teardown(&g);
}

static void test_later_container(void **state)
{
	static change *const changes[] = { later, needs_read };
	static const char *const says[] = { "newer version", "feature bit 9" };
	for (int i = 0; i < 2; i++) {
		struct ground g;
		char why[128];
		uint8_t head[64] = { 0 };
		setup(&g);
		preamble_put(head, "EVTAPEC", sizeof head / 8, (struct features){ 0 }, sizeof head);
		changes[i](head, sizeof head);
		assert_int_equal(import_bytes(&g, head, sizeof head, "COPY01L8", why), -EPROTONOSUPPORT);
		assert_non_null(strstr(why, says[i]));
		check_nothing_left(&g);
		teardown(&g);
	}
}

static void check_read_only(struct ground *g, const char *what)
{
	struct cart *cart;
	keep(g);
	assert_int_equal(cart_open(shelf_at(g->e, g->root), BARCODE, false, &cart), 0);
	if (!cart_is_read_only(cart))
		fail_msg("%s: it may be written", what);
	assert_true(cart_needs_newer(cart));
	check_all(cart, &g->m);
	assert_int_equal(cart_write(cart, "x", 1), -EROFS);
	assert_int_equal(cart_erase(cart), -EROFS);
	assert_int_equal(cart_close(cart), 0);
	check_untouched(g);
}

/* Who does not know a write feature reads everything and writes nothing. */
static void test_unknown_write_feature(void **state)
{
	static const struct {
		const char *name;
		bool index;
	} rows[] = { { EXTENT, true }, { EXTENT, false }, { "index-p0", true } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ground g;
		small_tape(&g);
		if (!rows[i].index)
			assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		change_file(&g, rows[i].name, needs_write);
		check_read_only(&g, rows[i].name);
		teardown(&g);
	}
}

static void test_features_of_the_label(void **state)
{
	struct ground g;
	struct cart_label label;
	small_tape(&g);
	assert_int_equal(cart_label_read(shelf_at(g.e, g.root), BARCODE, &label), 0);
	label.features_write = 1u << 31;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &label), 0);
	check_read_only(&g, "label");
	label.features_read = 1u << 9;
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &label), 0);
	check_refused(&g, -EPROTONOSUPPORT, "label");
	assert_int_equal(cart_label_write(shelf_at(g.e, g.root), &label), -EPROTONOSUPPORT);
	teardown(&g);
}

/* Spare bytes are for features to come that old readers need not know. */
static void test_spare_bytes(void **state)
{
	for (int index = 0; index < 2; index++) {
		struct ground g;
		struct cart *cart;
		small_tape(&g);
		change_file(&g, EXTENT, uses_spare);
		if (!index)
			assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, false, &cart), 0);
		assert_false(cart_is_read_only(cart));
		check_all(cart, &g.m);
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* A segment whose features are not those of its extent's header is none of the extent's. */
static void test_features_of_a_generation(void **state)
{
	struct ground g;
	struct cart *cart;
	uint8_t head[2 * BLOCK];
	small_tape(&g);
	assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
	int fd = open(in_cart(&g, EXTENT), O_RDWR);
	assert_int_equal(pread(fd, head, sizeof head, 0), sizeof head);
	change_file(&g, EXTENT, needs_write);
	assert_int_equal(pwrite(fd, head, sizeof head, 0), sizeof head);
	close(fd);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	assert_true(cart_is_blank(cart));
	cart_close(cart);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_1),
		cmocka_unit_test(test_format_1_container),
		cmocka_unit_test(test_mixed_folders),
		cmocka_unit_test(test_mixed_behind_the_checkpoint),
		cmocka_unit_test(test_later_versions),
		cmocka_unit_test(test_later_segments),
		cmocka_unit_test(test_later_container),
		cmocka_unit_test(test_unknown_write_feature),
		cmocka_unit_test(test_features_of_the_label),
		cmocka_unit_test(test_spare_bytes),
		cmocka_unit_test(test_features_of_a_generation),
	};
	return cmocka_run_group_tests_name("other versions are refused by name and left alone", tests, NULL,
		NULL);
}
