// SPDX-License-Identifier: Apache-2.0
/* Bits that rot, pages that vanish, files that are cut or swapped: never wrong bytes, and what is
 * not hit is still found at its number. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/cart.h"
#include "support.h"

struct rot {
	struct engine *e;
	char *root, copy[256];
	struct model m;
	struct rng rng;
	char files[8][64];
	unsigned file_count;
};

/* A tape of three generations, one cut in the middle of a segment, in small extents. */
static void make_tape(struct rot *r)
{
	struct cart *cart = cart_fresh(r->e, r->root, 1 << 30, 700);
	for (unsigned i = 0; i < 60; i++)
		write_object(&r->m, cart, i % 7 == 6 ? 0 : 500 + i * 300);
	assert_int_equal(cart_locate(cart, 0, 45), MEDIA_OK);
	r->m.pos = 45;
	for (unsigned i = 0; i < 20; i++) {
		write_object(&r->m, cart, i % 6 == 5 ? 0 : 2000 + i * 100);
		if (i % 5 == 0)
			assert_int_equal(cart_sync(cart), 0);
	}
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(r->e, r->root, 700);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	write_object(&r->m, cart, (1 << 20) + 70000);
	write_object(&r->m, cart, 0);
	write_object(&r->m, cart, 30000);
	assert_int_equal(cart_sync(cart), 0);
	write_object(&r->m, cart, (1 << 20) - 9);
	assert_int_equal(cart_sync(cart), 0);
	write_object(&r->m, cart, 8);
	assert_int_equal(cart_close(cart), 0);
}

static void list_files(struct rot *r)
{
	struct extent_file *files = NULL;
	size_t count = 0;
	int dirfd = folder_open(shelf_at(r->e, r->root), BARCODE);
	assert_int_equal(folder_extents(r->e, dirfd, 0, &files, &count), 0);
	assert_true(count >= 3 && count <= 6);
	close(dirfd);
	for (size_t i = 0; i < count; i++)
		extent_name(r->files[r->file_count++], 0, files[i].generation, files[i].number);
	free(files);
	snprintf(r->files[r->file_count++], 64, "index-p0");
	snprintf(r->files[r->file_count++], 64, "label.json");
}

static int open_in_copy(const struct rot *r, const char *file, off_t *ret_size)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", r->copy, BARCODE, file);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	*ret_size = lseek(fd, 0, SEEK_END);
	return fd;
}

/* Reads all of the damaged tape: every object is right or refused.  How many were refused. */
static size_t check_damaged(struct rot *r, bool may_be_shorter, const char *what)
{
	struct cart *cart;
	int err = cart_open(shelf_at(r->e, r->copy), BARCODE, true, &cart);
	if (err) {
		assert_int_equal(err, -EUCLEAN);
		return 0;
	}
	struct cart_usage usage;
	cart_usage(cart, &usage);
	if (usage.objects != r->m.count && !(may_be_shorter && usage.objects < r->m.count))
		fail_msg("%s: %llu objects of %zu", what, (unsigned long long)usage.objects, r->m.count);
	size_t bad = 0;
	for (size_t i = 0; i < usage.objects; i++) {
		int res = read_object(cart, &r->m.objects[i]);
		if (res == -1)
			fail_msg("%s: wrong bytes in object %zu", what, i);
		if (res < 0) {
			assert_true(res == -EBADMSG || res == -EIO); /* EIO: the file ends too early */
			assert_int_equal(cart_skip(cart), MEDIA_OK);
			bad++;
		} else if (res) {
			fail_msg("%s: object %zu is %d", what, i, res);
		}
	}
	/* a place behind the damage is found directly too */
	for (unsigned i = 0; i < 4 && usage.objects > 0; i++) {
		size_t to = rng_below(&r->rng, usage.objects);
		cart_locate(cart, 0, to);
		if (read_object(cart, &r->m.objects[to]) == -1)
			fail_msg("%s: wrong bytes after locating %zu", what, to);
	}
	cart_close(cart);
	return bad;
}

static void begin_copy(struct rot *r)
{
	snprintf(r->copy, sizeof r->copy, "%s-copy", r->root);
	copy_tree(r->root, r->copy);
}

static void drop_index(const struct rot *r)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s/index-p0", r->copy, BARCODE);
	unlink(path);
}

static void setup(struct rot *r, const char *name)
{
	*r = (struct rot){ .e = engine_sync_new(), .root = scratch_new(false), .rng = { seed_for(name) } };
	media_keep_buffers(r->e);
	make_tape(r);
	list_files(r);
	begin_copy(r);
	assert_int_equal(check_damaged(r, false, "undamaged"), 0);
	drop_index(r);
	assert_int_equal(check_damaged(r, false, "undamaged, without index"), 0);
	remove_tree(r->copy);
}

static void teardown(struct rot *r)
{
	remove_tree(r->copy);
	model_free(&r->m);
	scratch_end(r->root);
	engine_free(r->e);
}

/* Most damage hits data; headers are few, so they are aimed at. */
static off_t somewhere(struct rot *r, off_t size)
{
	return rng_below(&r->rng, 2)
		? (off_t)rng_below(&r->rng, (uint64_t)size)
		: (off_t)((rng_below(&r->rng, (uint64_t)size) & ~4095ull) + rng_below(&r->rng, 160)) % size;
}

static void flip(struct rot *r, const char *file, off_t at)
{
	off_t size;
	int fd = open_in_copy(r, file, &size);
	uint8_t byte;
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= (uint8_t)(1u << rng_below(&r->rng, 8));
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void test_flips(void **state)
{
	struct rot r;
	setup(&r, "flips");
	unsigned found = 0;
	for (unsigned i = 0; i < 2500; i++) {
		const char *file = r.files[rng_below(&r.rng, r.file_count)];
		bool index = rng_below(&r.rng, 2);
		char what[160];
		off_t size;
		if (i % 50 == 0) {
			remove_tree(r.copy);
			begin_copy(&r);
		}
		int fd = open_in_copy(&r, file, &size);
		off_t at = somewhere(&r, size);
		uint8_t was;
		assert_int_equal(pread(fd, &was, 1, at), 1);
		flip(&r, file, at);
		char from[512], to[512];
		snprintf(from, sizeof from, "%s/%s/index-p0", r.copy, BARCODE);
		snprintf(to, sizeof to, "%s/%s/index-away", r.copy, BARCODE);
		if (!index)
			assert_int_equal(rename(from, to), 0);
		snprintf(what, sizeof what, "bit in byte %lld of %s%s", (long long)at, file,
			index ? "" : ", without index");
		bool shorter = !index || strcmp(file, "index-p0") == 0;
		found += check_damaged(&r, shorter, what) > 0;
		if (!index)
			assert_int_equal(rename(to, from), 0);
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
		close(fd);
	}
	print_message("%u flips made objects unreadable\n", found);
	assert_true(found > 300);
	teardown(&r);
}

/* A segment that was synced and lost its header is a loss of its objects, not the end of
 * the tape. */
static void test_loss(void **state)
{
	struct rot r;
	setup(&r, "losses");
	begin_copy(&r);
	drop_index(&r);
	flip(&r, r.files[0], 8192 + 70); /* the first segment's header, of 45 objects */
	assert_int_equal(check_damaged(&r, false, "first header"), 45);
	teardown(&r);
}

static void test_cut_files(void **state)
{
	struct rot r;
	setup(&r, "cut files");
	for (unsigned f = 0; f + 2 < r.file_count; f++) {
		struct stat st;
		char path[512];
		snprintf(path, sizeof path, "%s/%s/%s", r.root, BARCODE, r.files[f]);
		assert_int_equal(stat(path, &st), 0);
		for (off_t size = 0; size < st.st_size; size += size < 131072 ? 4096 : 65536) {
			off_t old;
			begin_copy(&r);
			int fd = open_in_copy(&r, r.files[f], &old);
			assert_int_equal(ftruncate(fd, size), 0);
			close(fd);
			bool index = rng_below(&r.rng, 2);
			if (!index)
				drop_index(&r);
			check_damaged(&r, !index, "cut file");
			remove_tree(r.copy);
		}
	}
	teardown(&r);
}

static void test_swapped_files(void **state)
{
	struct rot r;
	setup(&r, "swapped files");
	for (unsigned a = 0; a + 2 < r.file_count; a++) {
		for (unsigned b = a + 1; b + 2 < r.file_count; b++) {
			char pa[512], pb[512], tmp[512];
			begin_copy(&r);
			snprintf(pa, sizeof pa, "%s/%s/%s", r.copy, BARCODE, r.files[a]);
			snprintf(pb, sizeof pb, "%s/%s/%s", r.copy, BARCODE, r.files[b]);
			snprintf(tmp, sizeof tmp, "%s/tmp", r.copy);
			assert_int_equal(rename(pa, tmp), 0);
			assert_int_equal(rename(pb, pa), 0);
			assert_int_equal(rename(tmp, pb), 0);
			if (b & 1)
				drop_index(&r);
			check_damaged(&r, b & 1, "swapped files");
			remove_tree(r.copy);
		}
	}
	teardown(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_cut_files),
		cmocka_unit_test(test_swapped_files),
	};
	return cmocka_run_group_tests_name("damaged files never become wrong data", tests, NULL, NULL);
}
