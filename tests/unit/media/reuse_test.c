// SPDX-License-Identifier: Apache-2.0
/* A tape that is written anew takes the files of its old data, on a full disk too, and nothing is lost before. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "media/cart.h"
#include "media/engine/fault.h"
#include "support.h"

enum { RECORDS = 16, LEN = 700000, EXTENT_BLOCKS = 4 << 8 };

struct scene {
	struct engine *e;
	char *root;
	struct cart *cart;
};

static void disk_full(struct scene *s, bool is)
{
	fault_set(s->e,
		is ? (struct fault_plan){ .kind = FAULT_FULL, .for_ever = true } : (struct fault_plan){ 0 });
}

static void mount(struct scene *s)
{
	s->cart = cart_thread(s->e, s->root, EXTENT_BLOCKS);
}

/* Records in several files, every fourth with a filemark behind it, and a disk that is full now. */
static void begin(struct scene *s, bool again)
{
	uint32_t done;
	s->e = engine_fault_new(0, false);
	media_keep_buffers(s->e);
	s->root = scratch_new(false);
	s->cart = cart_fresh(s->e, s->root, 1 << 30, EXTENT_BLOCKS);
	for (unsigned i = 0; i < RECORDS; i++) {
		assert_int_equal(write_record(s->cart, i, LEN), MEDIA_OK);
		if (i % 4 == 3)
			assert_int_equal(cart_write_filemarks(s->cart, 1, &done), MEDIA_OK);
	}
	assert_int_equal(cart_sync(s->cart), 0);
	if (again) {
		assert_int_equal(cart_close(s->cart), 0);
		mount(s);
	}
	disk_full(s, true);
}

static void end(struct scene *s)
{
	assert_int_equal(cart_close(s->cart), 0);
	scratch_end(s->root);
	engine_free(s->e);
}

/* The first records are the old ones. */
static void old_ones(struct scene *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(read_object(s->cart, &(struct object){ i, LEN }), MEDIA_OK);
		if (i % 4 == 3)
			assert_int_equal(read_object(s->cart, &(struct object){ 0, 0 }), MEDIA_OK);
	}
}

static uint64_t objects(struct scene *s)
{
	struct cart_usage usage;
	cart_usage(s->cart, &usage);
	assert_int_equal(usage.lost_files, 0);
	assert_int_equal(usage.lost_objects, 0);
	return usage.objects;
}

/* New records from this position, until there are as many as there were. */
static void anew(struct scene *s, unsigned kept)
{
	uint32_t done;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(write_record(s->cart, 100 + i, LEN), MEDIA_OK);
		disk_full(s, false); /* the void files have gone */
	}
	assert_int_equal(cart_write_filemarks(s->cart, 1, &done), MEDIA_OK);
	assert_int_equal(cart_close(s->cart), 0);
	mount(s);
	assert_int_equal(objects(s), kept + kept / 4 + 5);
	old_ones(s, kept);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(read_object(s->cart, &(struct object){ 100 + i, LEN }), MEDIA_OK);
}

static void from_the_beginning(void **state)
{
	for (int again = 0; again < 2; again++) {
		struct scene s;
		begin(&s, again);
		assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
		anew(&s, 0);
		end(&s);
	}
}

static void in_the_middle(void **state)
{
	for (int again = 0; again < 2; again++) {
		struct scene s;
		begin(&s, again);
		assert_int_equal(cart_locate(s.cart, 0, 5), MEDIA_OK);
		anew(&s, 4);
		end(&s);
	}
}

static void an_erase_and_a_filemark(void **state)
{
	for (int mark = 0; mark < 2; mark++) {
		struct scene s;
		uint32_t done;
		begin(&s, true);
		assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
		assert_int_equal(mark ? cart_write_filemarks(s.cart, 1, &done) : cart_erase(s.cart),
			MEDIA_OK);
		assert_int_equal(cart_close(s.cart), 0);
		mount(&s);
		assert_int_equal(objects(&s), mark);
		struct cart_usage usage;
		cart_usage(s.cart, &usage);
		assert_true(usage.file_bytes < 100000); /* and the room of the old data is free again */
		end(&s);
	}
}

/* What is chosen for one position is not taken at another, and a record that is not written leaves all as it was. */
static void a_record_that_is_cancelled_costs_nothing(void **state)
{
	struct scene s;
	begin(&s, true);
	assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
	assert_int_equal(cart_write_begin(s.cart, LEN), MEDIA_OK);
	cart_write_cancel(s.cart);
	assert_int_equal(objects(&s), RECORDS + RECORDS / 4);
	old_ones(&s, RECORDS);
	assert_int_equal(cart_write_begin(s.cart, LEN), MEDIA_FULL); /* at the end nothing is void */
	assert_int_equal(cart_locate(s.cart, 0, 10), MEDIA_OK);
	anew(&s, 8);
	end(&s);
}

static void a_cancelled_one_and_no_more(void **state)
{
	struct scene s;
	begin(&s, true);
	assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
	assert_int_equal(cart_write_begin(s.cart, LEN), MEDIA_OK);
	cart_write_cancel(s.cart);
	assert_int_equal(cart_close(s.cart), 0);
	mount(&s);
	assert_int_equal(objects(&s), RECORDS + RECORDS / 4);
	old_ones(&s, RECORDS);
	end(&s);
}

/* Whatever fails while the cut is made: the old tape is there, or the new one without data. */
static void a_fault_in_the_cut_leaves_the_old_tape_or_the_new_one(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_EIO, FAULT_ENOSPC };
	unsigned faults = 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (uint64_t nth = 0; nth < 12; nth++) {
			struct scene s;
			begin(&s, true);
			assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
			assert_int_equal(cart_write_begin(s.cart, LEN), MEDIA_OK);
			cart_write_cancel(s.cart);
			assert_int_equal(generation_room(s.cart, 300, true), MEDIA_OK);
			assert_true(s.cart->part->own.reuses);
			fault_set(s.e, (struct fault_plan){ .kind = kinds[k], .nth = nth });
			int err = generation_commit(s.cart);
			faults += err != 0;
			disk_full(&s, false);
			cart_close(s.cart);
			mount(&s);
			uint64_t n = objects(&s);
			assert_true(n == 0 || (err && n == RECORDS + RECORDS / 4));
			if (n)
				old_ones(&s, RECORDS);
			end(&s);
		}
	assert_true(faults >= 6);
}

/* --- with room on the disk ------------------------------------------------------------------------- */

enum { FILES_MAX = 64 };

struct files {
	unsigned count;
	uint64_t bytes;
	ino_t inodes[FILES_MAX];
};

static struct files files_of(const struct scene *s)
{
	struct files f = { 0 };
	char path[512];
	snprintf(path, sizeof path, "%s/%s", s->root, BARCODE);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));) {
		struct stat st;
		if (!strstr(entry->d_name, ".ext"))
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		assert_true(f.count < FILES_MAX);
		f.inodes[f.count++] = st.st_ino;
		f.bytes += (uint64_t)st.st_blocks * 512;
	}
	closedir(dir);
	return f;
}

static unsigned in_both(const struct files *a, const struct files *b)
{
	unsigned n = 0;
	for (unsigned i = 0; i < a->count; i++)
		for (unsigned k = 0; k < b->count; k++)
			n += a->inodes[i] == b->inodes[k];
	return n;
}

/* Writes the tape anew from its beginning: the same number of records, or a few. */
static void write_anew(struct scene *s, unsigned records)
{
	disk_full(s, false);
	assert_int_equal(cart_rewind(s->cart), MEDIA_OK);
	for (unsigned i = 0; i < records; i++)
		assert_int_equal(write_record(s->cart, 100 + i, LEN), MEDIA_OK);
	assert_int_equal(cart_sync(s->cart), 0);
}

static void new_ones(struct scene *s, unsigned records)
{
	assert_int_equal(cart_rewind(s->cart), MEDIA_OK);
	for (unsigned i = 0; i < records; i++)
		assert_int_equal(read_object(s->cart, &(struct object){ 100 + i, LEN }), MEDIA_OK);
	assert_int_equal(objects(s), records);
}

static void every_file_is_used_again(void **state)
{
	for (int again = 0; again < 2; again++) {
		struct scene s;
		begin(&s, again);
		struct files old = files_of(&s);
		assert_true(old.count >= 4);
		write_anew(&s, RECORDS);
		struct files now = files_of(&s);
		assert_int_equal(in_both(&old, &now), old.count);
		assert_in_range(now.count, old.count,
			old.count + 1); /* filemarks have gone, or a file more begins */
		new_ones(&s, RECORDS);
		assert_int_equal(cart_close(s.cart), 0);
		mount(&s);
		new_ones(&s, RECORDS);
		end(&s);
	}
}

/* What is reserved behind a short file is used by the next one in its place. */
static void a_short_tape_written_anew_keeps_its_room(void **state)
{
	struct scene s = { .e = engine_fault_new(0, false), .root = scratch_new(false) };
	media_keep_buffers(s.e);
	s.cart = cart_fresh(s.e, s.root, 1 << 30, 0);
	for (unsigned i = 0; i < 5; i++) {
		struct cart_position at;
		assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
		assert_int_equal(write_record(s.cart, i, 1000), MEDIA_OK);
		cart_position(s.cart, &at);
		assert_false(at.early_warning);
		assert_int_equal(objects(&s), 1);
		assert_int_equal(files_of(&s).count, 1);
		disk_full(&s, true); /* from the second round on */
	}
	assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
	assert_int_equal(read_object(s.cart, &(struct object){ 4, 1000 }), MEDIA_OK);
	end(&s);
}

static void what_is_left_over_is_freed_at_the_unload(void **state)
{
	struct scene s;
	begin(&s, true);
	struct files old = files_of(&s);
	write_anew(&s, 1);
	struct files loaded = files_of(&s);
	assert_int_equal(loaded.count, old.count);
	assert_int_equal(cart_close(s.cart), 0);
	struct files after = files_of(&s);
	assert_int_equal(after.count, 1);
	assert_true(after.bytes < LEN + 100000);
	mount(&s);
	new_ones(&s, 1);
	end(&s);
}

static void an_erase_frees_at_once(void **state)
{
	struct scene s;
	begin(&s, true);
	disk_full(&s, false);
	assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
	assert_int_equal(cart_erase(s.cart), MEDIA_OK);
	struct files after = files_of(&s);
	assert_int_equal(after.count, 1);
	assert_true(after.bytes < 100000);
	end(&s);
}

/* Whatever fails while void files take new data: what was on stable storage is there. */
static void a_fault_in_a_later_file_loses_nothing_synced(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_EIO, FAULT_ENOSPC };
	unsigned faults = 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (uint64_t nth = 0; nth < 40; nth += 1 + k) {
			struct scene s;
			unsigned synced = 2;
			begin(&s, true);
			write_anew(&s, synced);
			fault_set(s.e, (struct fault_plan){ .kind = kinds[k], .nth = nth });
			int err = MEDIA_OK;
			for (unsigned i = synced; i < RECORDS && !err; i++) {
				err = write_record(s.cart, 100 + i, LEN);
				if (!err)
					err = cart_sync(s.cart);
				synced += !err;
			}
			faults += err != 0;
			disk_full(&s, false);
			cart_close(s.cart);
			mount(&s);
			assert_in_range(objects(&s), synced, synced + 1);
			assert_int_equal(cart_rewind(s.cart), MEDIA_OK);
			for (unsigned i = 0; i < synced; i++)
				assert_int_equal(read_object(s.cart, &(struct object){ 100 + i, LEN }),
					MEDIA_OK);
			end(&s);
		}
	assert_true(faults >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_the_beginning),
		cmocka_unit_test(in_the_middle),
		cmocka_unit_test(an_erase_and_a_filemark),
		cmocka_unit_test(a_record_that_is_cancelled_costs_nothing),
		cmocka_unit_test(a_cancelled_one_and_no_more),
		cmocka_unit_test(a_fault_in_the_cut_leaves_the_old_tape_or_the_new_one),
		cmocka_unit_test(every_file_is_used_again),
		cmocka_unit_test(a_short_tape_written_anew_keeps_its_room),
		cmocka_unit_test(what_is_left_over_is_freed_at_the_unload),
		cmocka_unit_test(an_erase_frees_at_once),
		cmocka_unit_test(a_fault_in_a_later_file_loses_nothing_synced),
	};
	return cmocka_run_group_tests_name("tapes written anew, on a full disk too", tests, NULL, NULL);
}
