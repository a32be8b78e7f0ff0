// SPDX-License-Identifier: Apache-2.0
/* Files that are used again: what is left of their earlier life is never taken for data. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grounds.h"
#include "media/cart.h"

#define FIRST  "p0-g00000001-000000.ext"
#define SECOND "p0-g00000002-000000.ext"
#define THIRD  "p0-g00000003-000000.ext"

enum { OLD = 12, NEW = 5, LEN = 3000, SEGMENT_BLOCKS = 2 };

static char *in_cart(const struct ground *g, const char *name)
{
	static char paths[4][512];
	static int next;
	char *path = paths[next++ & 3];
	snprintf(path, sizeof paths[0], "%s/%s/%s", g->root, BARCODE, name);
	return path;
}

static bool is_there(const struct ground *g, const char *name)
{
	return access(in_cart(g, name), F_OK) == 0;
}

static void put(struct ground *g, struct cart *cart, unsigned records)
{
	for (unsigned i = 0; i < records; i++) {
		uint64_t seed = 100 * g->m.pos + records;
		assert_int_equal(write_record(cart, seed, LEN), MEDIA_OK);
		model_put(&g->m, LEN, seed);
		assert_int_equal(cart_sync(cart), 0); /* a segment for each */
	}
}

static uint8_t *file_bytes(const char *path, size_t *ret_len)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	uint8_t *bytes = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	*ret_len = (size_t)st.st_size;
	return bytes;
}

static void file_put(const char *path, const uint8_t *bytes, size_t len, off_t at)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0640);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

struct old {
	uint8_t *bytes; /* what generation 1's extent was */
	size_t len;
};

/* Generation 2 overwrote all of generation 1, which had more segments of the same size.  index: unmounted well, else as
 * a crash leaves it. */
static struct old overwritten(struct ground *g, bool index)
{
	struct old old;
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 64 << 20, 0);
	put(g, cart, OLD);
	assert_int_equal(cart_close(cart), 0);
	old.bytes = file_bytes(in_cart(g, FIRST), &old.len);
	assert_int_equal(old.len, (2 + OLD * SEGMENT_BLOCKS) * BLOCK);
	g->m.pos = 0;
	cart = cart_thread(g->e, g->root, 0);
	put(g, cart, NEW);
	assert_int_equal(cart_close(cart), 0);
	assert_false(is_there(g, FIRST));
	if (!index)
		assert_int_equal(unlink(in_cart(g, "index-p0")), 0);
	return old;
}

static void end(struct ground *g, struct old *old)
{
	free(old->bytes);
	teardown(g);
}

static void check_whole(struct ground *g, bool more)
{
	struct cart *cart = cart_thread(g->e, g->root, 0);
	struct cart_usage usage;
	cart_usage(cart, &usage);
	assert_int_equal(usage.lost_objects + usage.lost_files, 0);
	check_all(cart, &g->m);
	if (more)
		put(g, cart, 2);
	assert_int_equal(cart_close(cart), 0);
}

/* The file of generation 2 goes on with generation 1's segments, each exactly where the next one would stand. */
static void test_old_segments_behind_the_last(void **state)
{
	for (int index = 0; index < 2; index++) {
		struct ground g;
		struct old old = overwritten(&g, index);
		size_t at = (2 + NEW * SEGMENT_BLOCKS) * BLOCK;
		struct segment_head h;
		assert_int_equal(segment_head_decode(old.bytes + at, BLOCK, &h), 0);
		assert_true(h.block == at / BLOCK && h.sequence == NEW); /* as the next one would be */
		file_put(in_cart(&g, SECOND), old.bytes + at, old.len - at, (off_t)at);
		check_whole(&g, true);
		check_whole(&g, false);
		end(&g, &old);
	}
}

/* The same, and the last segment was torn: its first block is still the old one's. */
static void test_torn_into_the_old(void **state)
{
	for (int part = 0; part < 2; part++) {
		struct ground g;
		struct old old = overwritten(&g, false);
		size_t at = (2 + (NEW - 1) * SEGMENT_BLOCKS) * BLOCK + (size_t)part * BLOCK;
		file_put(in_cart(&g, SECOND), old.bytes + at, old.len - at, (off_t)at);
		g.m.count = g.m.pos = NEW - 1;
		check_whole(&g, true);
		check_whole(&g, false);
		end(&g, &old);
	}
}

/* A segment of the same generation and block, but of another extent. */
static void test_segments_of_another_extent(void **state)
{
	struct ground g;
	struct old old = overwritten(&g, false);
	struct cart *cart = cart_thread(g.e, g.root, 2 + 300);
	assert_int_equal(cart_locate(cart, 0, 0), MEDIA_OK);
	g.m.pos = 0;
	put(&g, cart, 100); /* blocks are kept free for the largest segment: an extent takes few */
	assert_int_equal(cart_close(cart), 0);
	assert_true(is_there(&g, "p0-g00000003-000001.ext"));
	assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
	size_t len, other_len;
	uint8_t *last = NULL, *first = file_bytes(in_cart(&g, THIRD), &len);
	char name[EXTENT_NAME_MAX];
	uint32_t number = 0;
	do
		extent_name(name, 0, 3, ++number);
	while (is_there(&g, name));
	extent_name(name, 0, 3, number - 1);
	last = file_bytes(in_cart(&g, name), &other_len);
	if (other_len < len)
		file_put(in_cart(&g, name), first + other_len, len - other_len, (off_t)other_len);
	check_whole(&g, true);
	check_whole(&g, false);
	free(first);
	free(last);
	end(&g, &old);
}

enum torn { HEADER_OLD, HEADER_TORN, TORN_KINDS };

static void prepare(struct ground *g, const struct old *old, const char *name, enum torn torn)
{
	file_put(in_cart(g, name), old->bytes, old->len, 0);
	if (torn == HEADER_TORN) /* half of each sector of a header that was being written */
		for (int at = 512; at < 2 * BLOCK; at += 1024)
			file_put(in_cart(g, name), (const uint8_t *)"torn", 4, at);
}

/* A file made of an old one for an extent that never began counts as not there, and the next writer removes it. */
static void test_prepared_files(void **state)
{
	static const char *const names[] = { THIRD, "p0-g00000002-000001.ext", "p0-g00000009-000000.ext" };
	for (int index = 0; index < 2; index++) {
		for (size_t i = 0; i < TORN_KINDS * 3; i++) {
			struct ground g;
			struct cart *cart;
			struct old old = overwritten(&g, index);
			const char *name = names[i / TORN_KINDS];
			prepare(&g, &old, name, (enum torn)(i % TORN_KINDS));
			assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
			check_all(cart, &g.m);
			assert_int_equal(cart_close(cart), 0);
			assert_true(is_there(&g, name)); /* who only reads removes nothing */
			check_whole(&g, true);
			assert_false(is_there(&g, name));
			check_whole(&g, false);
			end(&g, &old);
		}
	}
}

/* It says nothing about what is durable: behind a hole in what was not synced the tape ends, as without it. */
static void test_prepared_file_behind_a_torn_tail(void **state)
{
	static const char *const names[] = { NULL, "p0-g00000004-000000.ext", "p0-g00000003-000001.ext" };
	for (int i = 0; i < 3; i++) {
		struct ground g;
		struct old old = overwritten(&g, true);
		uint8_t zeros[BLOCK] = { 0 };
		struct cart *cart = cart_thread(g.e, g.root, 0);
		assert_int_equal(cart_locate(cart, 0, 0), MEDIA_OK);
		g.m.pos = 0;
		put(&g, cart, NEW); /* generation 3 */
		for (int k = 0; k < 3; k++) {
			assert_int_equal(write_record(cart, 7, SEGMENT_DATA), MEDIA_OK);
			if (k == 0)
				model_put(&g.m, SEGMENT_DATA, 7);
		}
		assert_int_equal(cart_close(cart), 0);
		assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
		uint32_t hole = 2 + NEW * SEGMENT_BLOCKS + 1 + SEGMENT_DATA / BLOCK;
		file_put(in_cart(&g, THIRD), zeros, sizeof zeros, (off_t)hole * BLOCK);
		if (names[i])
			prepare(&g, &old, names[i], HEADER_OLD);
		check_whole(&g, true);
		check_whole(&g, false);
		end(&g, &old);
	}
}

/* Names that were swapped look the same, but then something is missing: nothing is removed. */
static void test_swapped_names_lose_nothing(void **state)
{
	struct ground g;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 64 << 20, 0);
	put(&g, cart, OLD);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	put(&g, cart, NEW);
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(unlink(in_cart(&g, "index-p0")), 0);
	assert_int_equal(rename(in_cart(&g, FIRST), in_cart(&g, THIRD)), 0);
	struct cart_usage usage;
	cart = cart_thread(g.e, g.root, 0);
	cart_usage(cart, &usage);
	assert_int_equal(usage.lost_objects, OLD);
	assert_int_equal(cart_close(cart), 0);
	assert_true(is_there(&g, THIRD));
	assert_int_equal(rename(in_cart(&g, THIRD), in_cart(&g, FIRST)), 0);
	unlink(in_cart(&g, "index-p0"));
	check_whole(&g, false);
	teardown(&g);
}

/* Another cartridge's file is none that was prepared: it is left as it is. */
static void test_files_of_another_cartridge(void **state)
{
	struct ground g;
	struct old old = overwritten(&g, false);
	struct extent_head h;
	uint8_t uuid[16] = { 1 };
	assert_int_equal(extent_head_decode(old.bytes, &h), 0);
	h.uuid = uuid;
	uint8_t block[BLOCK];
	extent_head_put(&h, block);
	file_put(in_cart(&g, THIRD), block, BLOCK, 0);
	file_put(in_cart(&g, THIRD), block, BLOCK, BLOCK);
	check_whole(&g, false);
	assert_true(is_there(&g, THIRD));
	end(&g, &old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_segments_behind_the_last),
		cmocka_unit_test(test_torn_into_the_old),
		cmocka_unit_test(test_segments_of_another_extent),
		cmocka_unit_test(test_prepared_files),
		cmocka_unit_test(test_prepared_file_behind_a_torn_tail),
		cmocka_unit_test(test_swapped_names_lose_nothing),
		cmocka_unit_test(test_files_of_another_cartridge),
	};
	return cmocka_run_group_tests_name("old data in recycled files never come back", tests, NULL, NULL);
}
