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
#include "staging.h"
#include "support.h"
#include "tests/lib/seed.h"
#include "vtl/base/log.h"

struct rot {
	struct engine *e;
	char *root, copy[256];
	unsigned partitions;
	struct model tapes[MEDIA_PARTITIONS];
	struct rng rng;
	char files[24][64]; /* extents first */
	unsigned extent_count, file_count;
	unsigned damaged; /* copies that were tried */
};

/* A tape of three generations, one cut in the middle of a segment, in small extents. */
static void first_part(struct cart *cart, unsigned p, struct model *m)
{
	assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
	cart->part->allocate_step = 1 << 20;
	for (unsigned i = 0; i < 60; i++)
		write_object(m, cart, i % 7 == 6 ? 0 : 500 + i * 300);
	assert_int_equal(cart_locate(cart, p, 45), MEDIA_OK);
	m->pos = 45;
	for (unsigned i = 0; i < 20; i++) {
		write_object(m, cart, i % 6 == 5 ? 0 : 2000 + i * 100);
		if (i % 5 == 0)
			assert_int_equal(cart_sync(cart), 0);
	}
}

static void second_part(struct cart *cart, unsigned p, struct model *m)
{
	assert_int_equal(cart_locate(cart, p, m->count), MEDIA_OK);
	cart->part->allocate_step = 1 << 20;
	write_object(m, cart, (1 << 20) + 70000);
	write_object(m, cart, 0);
	write_object(m, cart, 30000);
	assert_int_equal(cart_sync(cart), 0);
	write_object(m, cart, (1 << 20) - 9);
	assert_int_equal(cart_sync(cart), 0);
	write_object(m, cart, 8);
}

static void make_cartridge(struct rot *r)
{
	enum { CAPACITY = 1 << 30, EACH = CAPACITY / MEDIA_PARTITIONS };
	const struct cart_layout layout = { r->partitions, CAPACITY, { EACH, r->partitions > 1 ? EACH : 0 } };
	struct cart *cart = cart_fresh(r->e, r->root, CAPACITY, 700);
	if (r->partitions > 1)
		assert_int_equal(cart_format(cart, &layout), 0);
	for (unsigned p = 0; p < r->partitions; p++)
		first_part(cart, p, &r->tapes[p]);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(r->e, r->root, 700);
	for (unsigned p = 0; p < r->partitions; p++)
		second_part(cart, p, &r->tapes[p]);
	assert_int_equal(cart_close(cart), 0);
}

static void list_extents(struct rot *r, int dirfd, unsigned partition)
{
	struct extent_file *files = NULL;
	size_t count = 0;
	assert_int_equal(folder_extents(r->e, dirfd, partition, &files, &count), 0);
	assert_true(count >= 3 && count <= 6);
	for (size_t i = 0; i < count; i++)
		extent_name(r->files[r->extent_count++], partition, files[i].generation, files[i].number);
	free(files);
}

static void list_files(struct rot *r)
{
	int dirfd = folder_open(shelf_at(r->e, r->root), BARCODE);
	for (unsigned p = 0; p < r->partitions; p++)
		list_extents(r, dirfd, p);
	close(dirfd);
	r->file_count = r->extent_count;
	for (unsigned p = 0; p < r->partitions; p++)
		snprintf(r->files[r->file_count++], 64, "index-p%u", p);
	if (r->partitions > 1)
		snprintf(r->files[r->file_count++], 64, "layout");
	snprintf(r->files[r->file_count++], 64, "mam");
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

/* Reads all of a damaged tape: every object is right or refused.  How many were refused. */
static size_t check_tape(struct rot *r, struct cart *cart, unsigned p, bool may_be_shorter, const char *what)
{
	const struct model *m = &r->tapes[p];
	struct cart_usage usage;
	cart_partition_usage(cart, p, &usage);
	if (usage.objects != m->count && !(may_be_shorter && usage.objects < m->count))
		fail_msg("%s: %llu objects of %zu", what, (unsigned long long)usage.objects, m->count);
	size_t bad = 0;
	assert_true(cart_locate(cart, p, 0) >= 0);
	for (size_t i = 0; i < usage.objects; i++) {
		int res = read_object(cart, &m->objects[i]);
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
		cart_locate(cart, p, to);
		if (read_object(cart, &m->objects[to]) == -1)
			fail_msg("%s: wrong bytes after locating %zu", what, to);
	}
	return bad;
}

/* The same for the whole cartridge. */
static size_t check_damaged(struct rot *r, bool may_be_shorter, const char *what)
{
	struct cart *cart;
	int err = cart_open(shelf_at(r->e, r->copy), BARCODE, true, &cart);
	if (err) {
		assert_int_equal(err, -EUCLEAN);
		return 0;
	}
	staging_begin(cart);
	assert_int_equal(cart_partitions(cart), r->partitions);
	size_t bad = 0;
	for (unsigned p = 0; p < r->partitions; p++)
		bad += check_tape(r, cart, p, may_be_shorter, what);
	cart_close(cart);
	return bad;
}

static void begin_copy(struct rot *r)
{
	snprintf(r->copy, sizeof r->copy, "%s-copy", r->root);
	copy_tree(r->root, r->copy);
}

static void index_path(const struct rot *r, unsigned p, bool away, char path[512])
{
	snprintf(path, 512, "%s/%s/index-%s%u", r->copy, BARCODE, away ? "away" : "p", p);
}

static void drop_index(const struct rot *r)
{
	char path[512];
	for (unsigned p = 0; p < r->partitions; p++) {
		index_path(r, p, false, path);
		unlink(path);
	}
}

static void move_index(const struct rot *r, bool away)
{
	char from[512], to[512];
	for (unsigned p = 0; p < r->partitions; p++) {
		index_path(r, p, !away, from);
		index_path(r, p, away, to);
		assert_int_equal(rename(from, to), 0);
	}
}

static void setup_partitions(struct rot *r, const char *name, unsigned partitions)
{
	*r = (struct rot){ .e = engine_sync_new(),
		.root = scratch_new(false),
		.rng = { seed_for(name) },
		.partitions = partitions };
	media_keep_buffers(r->e);
	make_cartridge(r);
	list_files(r);
	begin_copy(r);
	assert_int_equal(check_damaged(r, false, "undamaged"), 0);
	drop_index(r);
	assert_int_equal(check_damaged(r, false, "undamaged, without index"), 0);
	remove_tree(r->copy);
}

static void setup(struct rot *r, const char *name)
{
	setup_partitions(r, name, 1);
}

static void teardown(struct rot *r)
{
	print_message("# %u damaged files\n", r->damaged);
	remove_tree(r->copy);
	for (unsigned p = 0; p < r->partitions; p++)
		model_free(&r->tapes[p]);
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

static unsigned flips(struct rot *r, unsigned rounds)
{
	unsigned found = 0;
	for (unsigned i = 0; i < rounds; i++) {
		const char *file = r->files[rng_below(&r->rng, r->file_count)];
		bool index = rng_below(&r->rng, 2);
		char what[160];
		off_t size;
		if (i % 50 == 0) {
			remove_tree(r->copy);
			begin_copy(r);
		}
		int fd = open_in_copy(r, file, &size);
		off_t at = somewhere(r, size);
		uint8_t was;
		assert_int_equal(pread(fd, &was, 1, at), 1);
		flip(r, file, at);
		if (!index)
			move_index(r, true);
		snprintf(what, sizeof what, "bit in byte %lld of %s%s", (long long)at, file,
			index ? "" : ", without index");
		bool shorter = !index || strncmp(file, "index-", 6) == 0;
		found += check_damaged(r, shorter, what) > 0;
		if (!index)
			move_index(r, false);
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
		close(fd);
	}
	print_message("%u of %u flips made objects unreadable\n", found, rounds);
	r->damaged += rounds;
	return found;
}

static void test_flips(void **state)
{
	struct rot r;
	setup(&r, "flips");
	assert_true(flips(&r, 4000 / SLOWER) > 400 / SLOWER);
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

/* File f is cut off, at every so many bytes. */
static void cut_file(struct rot *r, unsigned f, unsigned coarse)
{
	struct stat st;
	char path[512];
	snprintf(path, sizeof path, "%s/%s/%s", r->root, BARCODE, r->files[f]);
	assert_int_equal(stat(path, &st), 0);
	for (off_t size = 0; size < st.st_size; size += (size < 131072 ? 4096 : 65536) * (off_t)coarse) {
		off_t old;
		begin_copy(r);
		int fd = open_in_copy(r, r->files[f], &old);
		assert_int_equal(ftruncate(fd, size), 0);
		close(fd);
		bool index = rng_below(&r->rng, 2);
		if (!index)
			drop_index(r);
		check_damaged(r, !index || f >= r->extent_count, "cut file");
		r->damaged++;
		remove_tree(r->copy);
	}
}

static void test_cut_files(void **state)
{
	struct rot r;
	setup(&r, "cut files");
	for (unsigned f = 0; f < r.file_count; f++)
		cut_file(&r, f, 1);
	teardown(&r);
}

static void swap_files(struct rot *r, unsigned a, unsigned b, bool index)
{
	char pa[512], pb[512], tmp[512], what[256];
	begin_copy(r);
	snprintf(what, sizeof what, "%s and %s swapped%s", r->files[a], r->files[b],
		index ? "" : ", without index");
	snprintf(pa, sizeof pa, "%s/%s/%s", r->copy, BARCODE, r->files[a]);
	snprintf(pb, sizeof pb, "%s/%s/%s", r->copy, BARCODE, r->files[b]);
	snprintf(tmp, sizeof tmp, "%s/tmp", r->copy);
	assert_int_equal(rename(pa, tmp), 0);
	assert_int_equal(rename(pb, pa), 0);
	assert_int_equal(rename(tmp, pb), 0);
	if (!index)
		drop_index(r);
	check_damaged(r, !index, what);
	r->damaged++;
	remove_tree(r->copy);
}

static void test_swapped_files(void **state)
{
	struct rot r;
	setup(&r, "swapped files");
	for (unsigned a = 0; a < r.extent_count; a++)
		for (unsigned b = a + 1; b < r.extent_count; b++)
			for (unsigned index = 0; index < 2; index++)
				swap_files(&r, a, b, index);
	teardown(&r);
}

static void other_way(unsigned way, unsigned partitions, struct stride stride)
{
	struct rot r;
	print_message("%s, partitions: %u\n", staging_ways[way].name, partitions);
	staging_always(&staging_ways[way]);
	setup_partitions(&r, "other ways", partitions);
	r.rng.state += stride.from;
	assert_true(flips(&r, 1600 / stride.step) > 0);
	for (unsigned f = stride.from % 4; f<r.file_count; f += stride.step> 1 ? 4 : 1)
		cut_file(&r, f, stride.step);
	for (unsigned n = stride.from; n < r.extent_count * r.extent_count * 2; n += stride.step) {
		unsigned a = n / 2 / r.extent_count, b = n / 2 % r.extent_count;
		if (a < b)
			swap_files(&r, a, b, n % 2);
	}
	teardown(&r);
}

/* The same with records that are stored otherwise, and in two partitions: a part of it, or with THOROUGH=1 all. */
static void test_other_ways(void **state)
{
	for (unsigned i = 0; i < STAGING_WAYS; i++) {
		struct stride stride = stride_wanted(20);
		for (unsigned n = 1; n <= 2; n++)
			if (stride.step == 1 || n == 1 + stride.from / 2 % 2)
				other_way(i, n, stride);
	}
	staging_always(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_cut_files),
		cmocka_unit_test(test_swapped_files),
		cmocka_unit_test(test_other_ways),
	};
	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests_name("damaged files never become wrong data", tests, NULL, NULL);
}
