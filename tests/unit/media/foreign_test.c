// SPDX-License-Identifier: Apache-2.0
/* Imports of what others wrote: tape images by hand, streams that are cut off, files of other kinds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grounds.h"
#include "media/container/formats.h"
#include "media/container/guess.h"

#define TAP(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define WORD(n)  (n) & 255, (n) >> 8 & 255, (n) >> 16 & 255, (n) >> 24 & 255

static const struct tap_row {
	const char *name;
	const uint8_t *bytes;
	size_t len;
	int err;
	const char *objects; /* r record, d damaged, m filemark */
} tap_rows[] = {
	{ "a record, padded", TAP(WORD(3), 'a', 'b', 'c', 0, WORD(3)), 0, "r" },
	{ "marks", TAP(WORD(0), WORD(0)), 0, "mm" },
	{ "the end of the medium", TAP(WORD(0), WORD(0xffffffffu), 1, 2, 3), 0, "m" },
	{ "an erase gap", TAP(WORD(0xfffffffeu), WORD(0), WORD(0xfffffffeu)), 0, "m" },
	{ "half a gap", TAP(0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, WORD(0)), 0, "m" },
	{ "a bad record", TAP(WORD(0x80000002u), 'x', 'y', WORD(0x80000002u), WORD(0)), 0, "dm" },
	{ "a bad record of nothing", TAP(WORD(0x80000000u), WORD(0x80000000u), WORD(0)), 0, "dm" },
	{ "nothing at all", TAP(), -EUCLEAN, "" },
	{ "half a word", TAP(0, 0), -EUCLEAN, "" },
	{ "lengths that differ", TAP(WORD(2), 'a', 'b', WORD(3)), -EUCLEAN, "" },
	{ "no padding: E11", TAP(WORD(3), 'a', 'b', 'c', WORD(3), WORD(0)), 0, "rm" },
	{ "big-endian", TAP(0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 3, 0, 0, 0, 0), 0, "rm" },
	{ "TPC", TAP(3, 0, 'a', 'b', 'c', 0, 3, 0, 'd', 'e', 'f', 0, 3, 0, 'g', 'h', 'i', 0, 0, 0), 0,
		"rrrm" },
	{ "AWSTAPE", TAP(2, 0, 0, 0, 0xa0, 0, 'a', 'b', 0, 0, 2, 0, 0x40, 0, 1, 0, 0, 0, 0xa0, 0, 'c'), 0,
		"rmr" },
	{ "AWSTAPE, a record of two blocks",
		TAP(2, 0, 0, 0, 0x80, 0, 'a', 'b', 1, 0, 2, 0, 0x20, 0, 'c', 0, 0, 1, 0, 0x40, 0), 0, "rm" },
	{ "AWSTAPE cut in a head", TAP(1, 0, 0, 0, 0xa0, 0, 'a', 0, 0, 1, 0, 0x40, 0, 1, 0), -EBADMSG, "" },
	{ "AWSTAPE, no last block", TAP(1, 0, 0, 0, 0x80, 0, 'a', 0, 0, 1, 0, 0x40, 0), -EUCLEAN, "" },
	{ "AWSTAPE, a filemark with data",
		TAP(1, 0, 0, 0, 0xa0, 0, 'a', 1, 0, 1, 0, 0x40, 0, 'x', 0, 0, 1, 0, 0x40, 0), -EBADMSG, "" },
	{ "HET that is no zlib", TAP(2, 0, 0, 0, 0xa1, 0, 'a', 'b', 0, 0, 2, 0, 0x40, 0), -EUCLEAN, "" },
	{ "HET, zlib",
		TAP(9, 0, 0, 0, 0xa1, 0, 0x78, 0x9c, 0x4b, 4, 0, 0, 0x62, 0, 0x62, 0, 0, 9, 0, 0x40, 0), 0,
		"rm" },
	{ "TPC cut short", TAP(1, 0, 'a', 0, 1, 0, 'b', 0, 1, 0, 'c', 0, 9, 0, 'd'), -EBADMSG, "" },
	{ "cut in a record", TAP(WORD(9), 'a', 'b'), -EUCLEAN, "" },
	{ "a huge record", TAP(WORD(0x0fffffffu), 'a'), -EUCLEAN, "" },
	{ "a private marker", TAP(WORD(0), WORD(0x70000001u)), 0, "m" },
	{ "a private record", TAP(WORD(0x10000003u), 'a', 'b', 'c', 0, WORD(0x10000003u), WORD(0)), 0, "m" },
	{ "a reserved record", TAP(WORD(0xd0000002u), 'a', 'b', WORD(0xd0000002u), WORD(0)), 0, "m" },
	{ "a tape description in front",
		TAP(WORD(0xe0000004u), 't', 'e', 'x', 't', WORD(0xe0000004u), WORD(0)), 0, "m" },
	{ "a reserved marker", TAP(WORD(0xf1234567u), WORD(0)), 0, "m" },
	{ "a private record cut short", TAP(WORD(0), WORD(0x60000009u), 'a', 'b'), -EBADMSG, "" },
	{ "a private record with lengths that differ",
		TAP(WORD(0), WORD(0x60000002u), 'a', 'b', WORD(0x60000003u)), -EBADMSG, "" },
	{ "text", TAP('H', 'e', 'l', 'l', 'o', ',', ' ', 't', 'a', 'p', 'e', '.'), -EUCLEAN, "" },
};

static void check_objects(struct ground *g, const char *name, const char *objects)
{
	char found[8] = "";
	struct cart *cart;
	uint32_t len;
	int res;
	assert_int_equal(cart_open(shelf_at(g->e, g->root), "COPY01L8", true, &cart), 0);
	for (size_t i = 0; (res = cart_peek(cart, &len)) != MEDIA_EOD && i < 7; i++) {
		found[i] = res == MEDIA_FILEMARK ? 'm' : res == MEDIA_OK ? 'r' : 'd';
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
	cart_close(cart);
	if (strcmp(found, objects) != 0)
		fail_msg("%s: %s", name, found);
}

static void check_tap(struct ground *g, const struct tap_row *row)
{
	char why[128];
	int err = import_bytes(g, row->bytes, row->len, "COPY01L8", why);
	if (err != row->err)
		fail_msg("%s: %d %s", row->name, err, why);
	if (err) {
		assert_true(why[0] != '\0');
		check_nothing_left(g);
		return;
	}
	check_objects(g, row->name, row->objects);
	/* and out again: a damaged record is still one */
	int fd = memory_file("", 0);
	struct cart_report report;
	assert_int_equal(cart_export(shelf_at(g->e, g->root), "COPY01L8", fd, CART_NATIVE, NULL, &report,
				 why),
		0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &report), 0);
	close(fd);
	err = cart_verify(shelf_at(g->e, g->root), "COPY01L8", NULL, &report);
	assert_int_equal(err, strchr(row->objects, 'd') ? -EBADMSG : 0);
	assert_int_equal(cart_delete(shelf_at(g->e, g->root), "COPY01L8"), 0);
}

static void test_tap_rows(void **state)
{
	struct ground g;
	setup(&g);
	for (size_t i = 0; i < sizeof tap_rows / sizeof tap_rows[0]; i++)
		check_tap(&g, &tap_rows[i]);
	teardown(&g);
}

/* Of a damaged file what comes before the damage is kept, on request nothing. */
static void test_in_part(void **state)
{
	const struct {
		const char *name;
		const uint8_t *bytes;
		size_t len;
		const char *objects, *says;
	} rows[] = {
		{ "tap, cut", TAP(WORD(2), 'a', 'b', WORD(2), WORD(0), WORD(9), 'c'), "rm",
			"too early at byte 19" },
		{ "tap, two lengths", TAP(WORD(2), 'a', 'b', WORD(2), WORD(2), 'c', 'd', WORD(3)), "r",
			"at byte 20" },
		{ "awstape, cut", TAP(1, 0, 0, 0, 0xa0, 0, 'a', 0, 0, 1, 0, 0x40, 0, 1, 0), "rm",
			"at byte 15" },
		{ "tpc, cut", TAP(1, 0, 'a', 0, 1, 0, 'b', 0, 1, 0, 'c', 0, 9, 0, 'd'), "rrr", "at byte 15" },
	};
	struct ground g;
	setup(&g);
	const struct cart_label label = test_label("OTHER1L8", 32 << 20);
	struct cart_import_how how = { CART_ANY, "COPY01L8", &label };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char why[128], made[MEDIA_BARCODE_MAX + 1];
		struct cart_report report;
		int fd = memory_file(rows[i].bytes, rows[i].len);
		int err = cart_import(shelf_at(g.e, g.root), fd, &how, NULL, &report, why, made);
		if (err != -EBADMSG || strcmp(made, "COPY01L8") != 0 || !strstr(why, rows[i].says))
			fail_msg("%s: %d %s", rows[i].name, err, why);
		assert_int_equal(report.records + report.filemarks, strlen(rows[i].objects));
		check_objects(&g, rows[i].name, rows[i].objects);
		assert_int_equal(cart_delete(shelf_at(g.e, g.root), "COPY01L8"), 0);
		close(fd);
		assert_int_equal(import_bytes(&g, rows[i].bytes, rows[i].len, "COPY01L8", why), -EBADMSG);
		check_nothing_left(&g);
	}
	teardown(&g);
}

/* A socket's sender says that the stream is whole by shutting down its half of the connection. */
static void test_socket_end(void **state)
{
	static const struct {
		size_t records;
		bool says;
		int err;
	} rows[] = { { 5, true, 0 }, { 5, false, -ECONNRESET }, { 0, false, -ECONNRESET } };
	struct ground g;
	setup(&g);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char why[128];
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		for (size_t r = 0; r < rows[i].records; r++)
			assert_int_equal(write(pair[0], TAP(WORD(2), 'a', 'b', WORD(2))), 10);
		if (rows[i].says)
			shutdown(pair[0], SHUT_WR);
		else
			close(pair[0]);
		assert_int_equal(import_fd(&g, pair[1], "COPY01L8", why), rows[i].err);
		if (rows[i].err) {
			assert_non_null(strstr(why, "cut off"));
			check_nothing_left(&g);
		} else {
			assert_int_equal(cart_delete(shelf_at(g.e, g.root), "COPY01L8"), 0);
			close(pair[0]);
		}
		close(pair[1]);
	}
	teardown(&g);
}

/* Files of other kinds are refused by their names; a .tap is not taken for one of them. */
static void test_guesses(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t len;
		const char *says;
	} rows[] = {
		{ TAP(0x1f, 0x8b, 8, 0, 0), "a gzip file" },
		{ TAP(0x7f, 'E', 'L', 'F', 2, 1, 1, 0), "a program" },
		{ TAP(0, 0, 0, 2, 'a', 'b', 0, 0, 0, 2), "tap-be" },
		{ TAP(WORD(3), 'a', 'b', 'c', WORD(3), WORD(0)), "e11" },
		{ TAP(WORD(0), WORD(2), 'a', 'b', WORD(2), WORD(3), 'a', 'b', 'c', WORD(3)), "e11" },
		{ TAP(WORD(0), WORD(2), 'a', 'b', WORD(2), WORD(3), 'a', 'b', 'c', 0, WORD(3)), "tap" },
		{ TAP(2, 0, 'a', 'b', 2, 0, 'c', 'd', 2, 0, 'e', 'f'), "tpc" },
		{ TAP(2, 0, 0, 0, 0xa0, 0, 'a', 'b', 2, 0, 2, 0, 0xa0, 0, 'c', 'd'), "awstape" },
		{ TAP(0, 0, 0, 0, 0x40, 0, 2, 0, 0, 0, 0xa0, 0, 'c', 'd'), "awstape" },
		{ TAP(2, 0, 0, 0, 0xa1, 0, 'a', 'b', 2, 0, 2, 0, 0xa1, 0, 'c', 'd'), "het" },
		{ TAP(WORD(2), 'a', 'b', WORD(2)), "tap" },
		{ TAP(WORD(2), 2, 0, WORD(2), WORD(2), 2, 0, WORD(2)), "tap" },
		{ TAP(WORD(0), WORD(0)), NULL },
		{ TAP('H', 'e', 'l', 'l', 'o'), NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum cart_container format = format_look(rows[i].bytes, rows[i].len);
		const char *said = format != CART_ANY ? container_formats[format].name
						      : container_guess(rows[i].bytes, rows[i].len);
		if (!said != !rows[i].says || (said && strcmp(said, rows[i].says) != 0))
			fail_msg("row %zu: %s", i, said ? said : "nothing");
	}
	assert_true(container_is_near((const uint8_t *)"EVTAPECx", 8));
	assert_true(container_is_near((const uint8_t *)"VTAPEC2\2", 8));
	assert_false(container_is_near((const uint8_t *)"EVERTAPE", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tap_rows),
		cmocka_unit_test(test_in_part),
		cmocka_unit_test(test_socket_end),
		cmocka_unit_test(test_guesses),
	};
	return cmocka_run_group_tests_name("what others wrote is imported or named", tests, NULL, NULL);
}
