// SPDX-License-Identifier: Apache-2.0
/* What the tests of media/ share. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/check.h"
#include "staging.h"
#include "vtl/base/worker.h"

char *scratch_new(bool on_disk)
{
	const char *base = on_disk || access("/dev/shm", W_OK) != 0 ? "/var/tmp" : "/dev/shm";
	char path[64];
	snprintf(path, sizeof path, "%s/evertape-test-XXXXXX", base);
	char *made = mkdtemp(path);
	if (!made)
		fail_msg("no scratch folder in %s", base);
	return strdup(made);
}

void scratch_end(char *path)
{
	remove_tree(path);
	free(path);
}

static void copy_file(const char *from, const char *to)
{
	static const size_t chunk = 1 << 20;
	char *buf = malloc(chunk);
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	assert_true(in >= 0 && out >= 0);
	ssize_t n;
	while ((n = read(in, buf, chunk)) > 0)
		assert_int_equal(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
	free(buf);
}

void copy_tree(const char *from, const char *to)
{
	mkdir(to, 0750);
	DIR *dir = opendir(from);
	assert_non_null(dir);
	const struct dirent *entry;
	while ((entry = readdir(dir))) {
		char a[512], b[512];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(a, sizeof a, "%s/%s", from, entry->d_name);
		snprintf(b, sizeof b, "%s/%s", to, entry->d_name);
		struct stat st;
		assert_int_equal(lstat(a, &st), 0);
		if (S_ISDIR(st.st_mode))
			copy_tree(a, b);
		else
			copy_file(a, b);
	}
	closedir(dir);
}

const struct cart_deletion test_deletion = { .barcode = BARCODE,
	.uuid = "0f8fad5b-d9cb-469f-a165-70867728950e",
	.library = "demo",
	.by = "anna (uid 1000)",
	.reason = "old",
	.deleted = 1234567890 };

struct cart_label test_label(const char *barcode, uint64_t capacity)
{
	struct cart_label label = {
		.uuid = "6f0f7ef4-1b0e-4f2c-9c30-5a0a6b1d2e3f",
		.generation = "lto8",
		.capacity = capacity,
		.library = "test",
		.element = "slot:1",
		.created = 1700000000,
	};
	snprintf(label.barcode, sizeof label.barcode, "%s", barcode);
	return label;
}

struct cart *cart_thread(struct engine *e, const char *root, uint32_t extent_blocks)
{
	struct cart *cart = NULL;
	int err = cart_open(shelf_at(e, root), BARCODE, false, &cart);
	if (err)
		fail_msg("cart_open: %d", err);
	if (extent_blocks)
		cart->extent_blocks_max = extent_blocks;
	cart->part->allocate_step = 1 << 20;
	staging_begin(cart);
	return cart;
}

struct cart *cart_fresh(struct engine *e, const char *root, uint64_t capacity, uint32_t extent_blocks)
{
	struct cart_label label = test_label(BARCODE, capacity);
	assert_int_equal(cart_create(shelf_at(e, root), &label), 0);
	return cart_thread(e, root, extent_blocks);
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return rng_next(rng) % n;
}

uint64_t seed_for(const char *test)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 20260701;
	print_message("%s: SEED=%llu\n", test, (unsigned long long)seed);
	return seed;
}

static bool shrinks;

void pattern_shrinks(bool on)
{
	shrinks = on;
}

/* One long random stretch; a seed is a place to begin in it.  In the other one every 16 bytes are there four times. */
const uint8_t *pattern(uint64_t seed, uint32_t len)
{
	enum { SPAN = 1 << 20, SIZE = SPAN + MEDIA_RECORD_MAX };
	static uint8_t *stretches[2];
	uint8_t *bytes = stretches[shrinks];
	if (!bytes) {
		struct rng rng = { 42 };
		bytes = stretches[shrinks] = malloc(SIZE);
		for (size_t i = 0; i + 8 <= SIZE; i += 8) {
			uint64_t v = rng_next(&rng);
			memcpy(bytes + i, shrinks && i % 64 >= 16 ? bytes + i - 16 : (const uint8_t *)&v, 8);
		}
	}
	struct rng place = { seed };
	return bytes + rng_below(&place, SPAN);
}

void model_free(struct model *m)
{
	free(m->objects);
	*m = (struct model){ 0 };
}

void model_put(struct model *m, uint32_t len, uint64_t seed)
{
	if (m->pos == m->room) {
		m->room = m->room ? m->room * 2 : 256;
		m->objects = reallocarray(m->objects, m->room, sizeof *m->objects);
	}
	m->objects[m->pos++] = (struct object){ seed, len };
	m->count = m->pos;
}

uint64_t model_filemarks(const struct model *m, size_t before)
{
	uint64_t n = 0;
	for (size_t i = 0; i < before; i++)
		n += m->objects[i].len == 0;
	return n;
}

/* Behind the last byte of a record that is protected. */
static int write_value(struct cart *cart, enum lbp_method method, uint64_t seed, uint32_t len)
{
	int err = method ? cart_write_value(cart, lbp_value(method, 0, pattern(seed, len), len)) : 0;
	if (err)
		cart_write_cancel(cart);
	return err;
}

int write_record(struct cart *cart, uint64_t seed, uint32_t len)
{
	enum lbp_method method = staging_protection();
	const uint8_t *from = pattern(seed, len);
	int err = cart_write_begin_protected(cart, len, method);
	if (err)
		return err;
	size_t room = 0, most = 1 + seed % 100000;
	void *to;
	while ((to = cart_write_room(cart, &room))) {
		size_t n = room < most ? room : most;
		memcpy(to, from, n);
		cart_write_filled(cart, n);
		from += n;
	}
	err = write_value(cart, method, seed, len);
	return err ? err : cart_write_end(cart);
}

void write_object(struct model *m, struct cart *cart, uint32_t len)
{
	uint32_t done;
	assert_int_equal(len ? write_record(cart, m->pos, len) : cart_write_filemarks(cart, 1, &done),
		MEDIA_OK);
	model_put(m, len, m->pos);
}

int read_object(struct cart *cart, const struct object *want)
{
	uint32_t len = 0;
	int res = cart_peek(cart, &len);
	if (want->len == 0)
		return res == MEDIA_FILEMARK ? cart_skip(cart) : res ? res : -1;
	if (res || len != want->len)
		return res ? res : -1;
	enum lbp_method method = staging_protection();
	const uint8_t *bytes = pattern(want->seed, want->len);
	for (uint32_t at = 0; at < len;) {
		const void *p = NULL;
		size_t n = 0;
		res = cart_read_chunk(cart, at, &p, &n);
		if (res)
			return res;
		if (n == 0 || n > len - at || memcmp(p, bytes + at, n) != 0)
			return -1;
		at += (uint32_t)n;
	}
	if (method && cart_read_value(cart) != lbp_value(method, 0, bytes, len))
		return -1;
	return cart_skip(cart);
}

void check_all(struct cart *cart, const struct model *m)
{
	assert_int_equal(cart_rewind(cart), MEDIA_OK);
	for (size_t i = 0; i < m->count; i++) {
		int res = read_object(cart, &m->objects[i]);
		if (res)
			fail_msg("object %zu of %zu (len %u): %d", i, m->count, m->objects[i].len, res);
	}
	uint32_t len;
	assert_int_equal(cart_peek(cart, &len), MEDIA_EOD);
	struct cart_position pos;
	cart_position(cart, &pos);
	assert_int_equal(pos.object, m->count);
	assert_int_equal(pos.filemarks, model_filemarks(m, m->count));
	assert_true(pos.eod);
	const char *broken = cart_check(cart);
	if (broken)
		fail_msg("not true of the cartridge: %s", broken);
}

bool ring_run(void (*fn)(void *arg), void *arg)
{
	int err = worker_run_once(fn, arg);
	if (err == -EPERM || err == -ENOSYS)
		return false;
	assert_int_equal(err, 0);
	return true;
}
