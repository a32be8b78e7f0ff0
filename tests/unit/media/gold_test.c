// SPDX-License-Identifier: Apache-2.0
/*
 * Golden files: the same small cartridge is written byte for byte as it was
 * when the format was settled, and what was written then is still read.
 * GOLD_BLESS=1 writes them anew; look at the difference before keeping it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/cart.h"
#include "media/envelope.h"
#include "support.h"
#include "vtl/base/crc32c.h"

#ifndef GOLD_DIR
#error "GOLD_DIR names the folder of the golden files"
#endif

/* A cartridge with transformed records (FORMAT.md 4.4) has a folder of its own. */
#define GOLD_TRANSFORMED GOLD_DIR "-transformed"
#define GOLD_COMPRESSED  GOLD_DIR "-compressed"
/* So has one with partitions (FORMAT.md 3.2). */
#define GOLD_PARTITIONS GOLD_DIR "-partitions"

static const char *const files[] = { "label.json", "mam", "index-p0", "p0-g00000001-000000.ext",
	"p0-g00000002-000000.ext", "p0-g00000003-000000.ext", "tape.evtape", "tape.tap" };
enum { FILES = sizeof files / sizeof files[0] };

/* Data that depend on nothing but this line. */
static void put(struct cart *cart, struct model *m, uint32_t len)
{
	uint8_t data[20000];
	uint32_t done;
	for (uint32_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 31 + len + (i >> 8) * 7);
	assert_int_equal(len ? cart_write(cart, data, len) : cart_write_filemarks(cart, 1, &done), MEDIA_OK);
	model_put(m, len, 0);
}

/* Three generations: one cut in mid-segment, one after a new mount. */
static void make(struct engine *e, const char *root, struct model *m)
{
	struct cart *cart = cart_fresh(e, root, 1 << 20, 0);
	static const uint32_t first[] = { 80, 80, 80, 0, 1, 4096, 4097, 0, 0, 10240, 10240 };
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		put(cart, m, first[i]);
	assert_int_equal(cart_sync(cart), 0);
	put(cart, m, 19999);
	assert_int_equal(cart_locate(cart, 0, 6), MEDIA_OK);
	m->pos = 6;
	put(cart, m, 300);
	put(cart, m, 0);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(e, root, 0);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	put(cart, m, 512);
	assert_int_equal(cart_write_damaged(cart, "scratched", 9), MEDIA_OK);
	model_put(m, 9, 1);
	put(cart, m, 0);
	assert_int_equal(cart_close(cart), 0);
}

static void export_to(struct engine *e, const char *root, const char *name, enum cart_container kind)
{
	char path[512], why[128];
	struct cart_report report;
	snprintf(path, sizeof path, "%s/%s/%s", root, BARCODE, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	assert_int_equal(cart_export(shelf_at(e, root), BARCODE, fd, kind, NULL, &report, why), 0);
	close(fd);
}

static void *file_bytes(const char *folder, const char *name, size_t *ret_len)
{
	char path[512];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		fail_msg("%s is missing", path);
	assert_int_equal(fstat(fd, &st), 0);
	void *bytes = malloc((size_t)st.st_size + 1);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	*ret_len = (size_t)st.st_size;
	return bytes;
}

static void bless(const char *gold, const char *name, const void *bytes, size_t len)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", gold, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* The files are what they were when the format was settled. */
static void check_same(const char *folder, const char *gold, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t now_len, then_len;
		void *now = file_bytes(folder, names[i], &now_len);
		if (getenv("GOLD_BLESS"))
			bless(gold, names[i], now, now_len);
		void *then = file_bytes(gold, names[i], &then_len);
		if (now_len != then_len || memcmp(now, then, now_len) != 0)
			fail_msg("%s/%s is not written as it was", gold, names[i]);
		free(now);
		free(then);
	}
}

static void test_written_the_same(void **state)
{
	struct engine *e = engine_sync_new();
	struct model m = { 0 };
	char *root = scratch_new(false), folder[512];
	make(e, root, &m);
	export_to(e, root, "tape.evtape", CART_NATIVE);
	export_to(e, root, "tape.tap", CART_SIMH);
	snprintf(folder, sizeof folder, "%s/%s", root, BARCODE);
	check_same(folder, GOLD_DIR, files, FILES);
	model_free(&m);
	engine_free(e);
	scratch_end(root);
}

/* What the golden tape holds, by length; 0 a filemark. */
static const uint32_t gold_tape[] = { 80, 80, 80, 0, 1, 4096, 300, 0, 512, 9, 0 };

static void check_gold(struct engine *e, const char *root)
{
	struct cart *cart;
	assert_int_equal(cart_open(shelf_at(e, root), BARCODE, true, &cart), 0);
	for (size_t i = 0; i < sizeof gold_tape / sizeof gold_tape[0]; i++) {
		uint32_t len = 0;
		int res = cart_peek(cart, &len);
		assert_int_equal(res,
			gold_tape[i] == 9      ? -EBADMSG
				: gold_tape[i] ? MEDIA_OK
					       : MEDIA_FILEMARK);
		if (res == MEDIA_OK) {
			const uint8_t *p;
			size_t n;
			assert_int_equal(len, gold_tape[i]);
			assert_int_equal(cart_read_chunk(cart, 0, (const void **)&p, &n), MEDIA_OK);
			assert_int_equal(n, len);
			for (uint32_t k = 0; k < len; k++)
				assert_int_equal(p[k], (uint8_t)(k * 31 + len + (k >> 8) * 7));
		}
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
	uint32_t len;
	assert_int_equal(cart_peek(cart, &len), MEDIA_EOD);
	cart_close(cart);
}

static void test_still_read(void **state)
{
	struct engine *e = engine_sync_new();
	char *root = scratch_new(false), path[512];
	snprintf(path, sizeof path, "%s/%s", root, BARCODE);
	copy_tree(GOLD_DIR, path);
	check_gold(e, root);
	snprintf(path, sizeof path, "%s/%s/index-p0", root, BARCODE);
	assert_int_equal(unlink(path), 0);
	check_gold(e, root);
	engine_free(e);
	scratch_end(root);
}

/* Row i as it is stored: an envelope and bytes that depend on nothing but the row. */
static uint32_t transformed(size_t i, uint8_t *out)
{
	static const struct envelope rows[] = {
		{ .host_len = 300, .stored_len = 300, .lbp = LBP_CRC32C, .lbp_value = 0x5b00e8ef },
		{ .compression = COMPRESSION_LZ4,
			.host_len = 9000,
			.stored_len = 123,
			.host_crc = 0x01020304 },
		{ .compression = COMPRESSION_ZSTD,
			.cipher = CIPHER_AES_256_GCM,
			.lbp = LBP_REED_SOLOMON,
			.host_len = 5000,
			.stored_len = 77,
			.key_id = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
			.nonce = { 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 },
			.tag = { 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56 },
			.attached = { 1, 5, 'k', 'e', 'y', ' ', '1' },
			.attached_len = 7 },
	};
	struct envelope v = rows[i];
	uint32_t size = envelope_put(&v, out);
	for (uint32_t k = 0; k < v.stored_len; k++)
		out[size + k] = (uint8_t)(k * 31 + v.stored_len);
	return size + v.stored_len;
}
enum { TRANSFORMED = 3 };

static void make_transformed(struct engine *e, const char *root, struct model *m)
{
	uint8_t bytes[1024];
	struct cart *cart = cart_fresh(e, root, 1 << 20, 0);
	assert_int_equal(cart_allow_transformed(cart, FEATURE_TRANSFORMED), 0);
	for (size_t i = 0; i < TRANSFORMED; i++) {
		assert_int_equal(cart_write_transformed(cart, bytes, transformed(i, bytes)), MEDIA_OK);
		put(cart, m, i ? 0 : 80);
	}
	assert_int_equal(cart_close(cart), 0);
}

static void check_transformed(struct engine *e, const char *root, const char *barcode)
{
	struct cart *cart;
	uint8_t want[1024];
	const uint8_t *p = NULL;
	size_t n = 0;
	assert_int_equal(cart_open(shelf_at(e, root), barcode, true, &cart), 0);
	for (size_t i = 0; i < TRANSFORMED; i++) {
		bool is = false;
		uint32_t len = 0, stored = transformed(i, want);
		assert_int_equal(cart_peek_stored(cart, &len, &is), MEDIA_OK);
		assert_true(is && len == stored);
		assert_int_equal(cart_read_stored(cart, 0, (const void **)&p, &n), MEDIA_OK);
		assert_int_equal(n, len);
		assert_memory_equal(p, want, n);
		assert_int_equal(cart_peek(cart, &len), i < 2 ? MEDIA_OK : -ENOKEY);
		if (i == 1) /* its bytes are no LZ4 block */
			assert_int_equal(cart_read_chunk(cart, 0, (const void **)&p, &n), -EBADMSG);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
	uint32_t len;
	assert_int_equal(cart_peek(cart, &len), MEDIA_EOD);
	cart_close(cart);
}

/* A cartridge that is made today, and its container, are the golden ones; what is golden is read as ever. */
struct golden {
	const char *folder, *container;
	void (*make)(struct engine *e, const char *root, struct model *m);
	void (*check)(struct engine *e, const char *root, const char *barcode);
	const char *names[8];
};

static void check_golden(const struct golden *golden)
{
	struct engine *e = engine_sync_new();
	struct model m = { 0 };
	size_t count = 0;
	char *root = scratch_new(false), folder[512], why[128], made[MEDIA_BARCODE_MAX + 1];
	while (count < 8 && golden->names[count])
		count++;
	golden->make(e, root, &m);
	export_to(e, root, "tape.evtape", CART_NATIVE);
	snprintf(folder, sizeof folder, "%s/%s", root, BARCODE);
	check_same(folder, golden->folder, golden->names, count);
	model_free(&m);
	remove_tree(folder);
	copy_tree(golden->folder, folder);
	golden->check(e, root, BARCODE);
	int fd = open(golden->container, O_RDONLY);
	struct cart_report report;
	const struct cart_import_how how = { CART_ANY, .barcode = "COPY01L8" };
	assert_int_equal(cart_import(shelf_at(e, root), fd, &how, NULL, &report, why, made), 0);
	close(fd);
	golden->check(e, root, "COPY01L8");
	engine_free(e);
	scratch_end(root);
}

static void test_transformed(void **state)
{
	static const struct golden golden = { GOLD_TRANSFORMED, GOLD_TRANSFORMED "/tape.evtape",
		make_transformed, check_transformed,
		{ "label.json", "mam", "index-p0", "p0-g00000001-000000.ext", "tape.evtape" } };
	check_golden(&golden);
}

/* The same record of 4096 bytes twice, as an LZ4 block and as a zstd frame. */
static const char compressed_text[] = "Evertape compresses records. ";
enum { COMPRESSED_LEN = 4096 };

static uint32_t compressed(enum compression how, uint8_t *out)
{
	static const uint8_t lz4[] = { 0xff, 0x0e, 0x45, 0x76, 0x65, 0x72, 0x74, 0x61, 0x70, 0x65, 0x20, 0x63,
		0x6f, 0x6d, 0x70, 0x72, 0x65, 0x73, 0x73, 0x65, 0x73, 0x20, 0x72, 0x65, 0x63, 0x6f, 0x72,
		0x64, 0x73, 0x2e, 0x20, 0x1d, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xda, 0x50, 0x65, 0x72, 0x74, 0x61, 0x70 };
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x00, 0x0f, 0x2d, 0x01, 0x00, 0xe8,
		0x45, 0x76, 0x65, 0x72, 0x74, 0x61, 0x70, 0x65, 0x20, 0x63, 0x6f, 0x6d, 0x70, 0x72, 0x65,
		0x73, 0x73, 0x65, 0x73, 0x20, 0x72, 0x65, 0x63, 0x6f, 0x72, 0x64, 0x73, 0x2e, 0x20, 0x01,
		0x00, 0x81, 0x1f, 0xf8, 0xca, 0x09 };
	uint8_t host[COMPRESSED_LEN];
	for (size_t i = 0; i < COMPRESSED_LEN; i++)
		host[i] = (uint8_t)compressed_text[i % (sizeof compressed_text - 1)];
	struct envelope v = { .compression = how,
		.host_len = COMPRESSED_LEN,
		.stored_len = how == COMPRESSION_LZ4 ? sizeof lz4 : sizeof zstd,
		.host_crc = crc32c(0, host, COMPRESSED_LEN) };
	uint32_t size = envelope_put(&v, out);
	memcpy(out + size, how == COMPRESSION_LZ4 ? lz4 : zstd, v.stored_len);
	return size + v.stored_len;
}

static void make_compressed(struct engine *e, const char *root, struct model *m)
{
	uint8_t bytes[1024];
	struct cart *cart = cart_fresh(e, root, 1 << 20, 0);
	assert_int_equal(cart_allow_transformed(cart, FEATURE_TRANSFORMED | FEATURE_COMPRESSED), 0);
	for (enum compression how = COMPRESSION_LZ4; how <= COMPRESSION_ZSTD; how++)
		assert_int_equal(cart_write_transformed(cart, bytes, compressed(how, bytes)), MEDIA_OK);
	put(cart, m, 0);
	assert_int_equal(cart_close(cart), 0);
}

static void check_compressed(struct engine *e, const char *root, const char *barcode)
{
	struct cart *cart;
	assert_int_equal(cart_open(shelf_at(e, root), barcode, true, &cart), 0);
	assert_int_equal(cart_features(cart).read, FEATURE_TRANSFORMED | FEATURE_COMPRESSED);
	for (unsigned i = 0; i < 2; i++) {
		const char *p;
		size_t n = 0;
		uint32_t len = 0;
		assert_int_equal(cart_peek(cart, &len), MEDIA_OK);
		assert_int_equal(len, COMPRESSED_LEN);
		assert_int_equal(cart_read_chunk(cart, 0, (const void **)&p, &n), 0);
		assert_int_equal(n, COMPRESSED_LEN);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(p[k], compressed_text[k % (sizeof compressed_text - 1)]);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
	}
	cart_close(cart);
}

static void test_compressed(void **state)
{
	static const struct golden golden = { GOLD_COMPRESSED, GOLD_COMPRESSED "/tape.evtape",
		make_compressed, check_compressed,
		{ "label.json", "mam", "index-p0", "p0-g00000001-000000.ext", "tape.evtape" } };
	check_golden(&golden);
}

/* Two partitions, each with a record of its own length and a filemark, behind data that the format made void. */
static void make_partitions(struct engine *e, const char *root, struct model *m)
{
	const struct cart_layout layout = { 2, 1 << 20, { 1 << 18, 3 << 18 } };
	struct cart *cart = cart_fresh(e, root, 1 << 20, 0);
	put(cart, m, 4096);
	assert_int_equal(cart_format(cart, &layout), 0);
	for (unsigned p = 0; p < 2; p++) {
		assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
		put(cart, m, 100 + p);
		put(cart, m, 0);
	}
	assert_int_equal(cart_close(cart), 0);
}

static void check_partitions(struct engine *e, const char *root, const char *barcode)
{
	struct cart *cart;
	struct cart_layout layout;
	assert_int_equal(cart_open(shelf_at(e, root), barcode, true, &cart), 0);
	cart_layout(cart, &layout);
	assert_int_equal(layout.partitions, 2);
	assert_int_equal(layout.capacity[1], 3 << 18);
	for (unsigned p = 0; p < 2; p++) {
		uint32_t len = 0;
		assert_int_equal(cart_locate(cart, p, 0), MEDIA_OK);
		assert_int_equal(cart_peek(cart, &len), MEDIA_OK);
		assert_int_equal(len, 100 + p);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
		assert_int_equal(cart_peek(cart, &len), MEDIA_FILEMARK);
		assert_int_equal(cart_skip(cart), MEDIA_OK);
		assert_int_equal(cart_peek(cart, &len), MEDIA_EOD);
	}
	cart_close(cart);
}

static void test_partitions(void **state)
{
	static const struct golden golden = { GOLD_PARTITIONS, GOLD_PARTITIONS "/tape.evtape",
		make_partitions, check_partitions,
		{ "label.json", "mam", "layout", "index-p0", "index-p1", "p0-g00000002-000000.ext",
			"p1-g00000002-000000.ext", "tape.evtape" } };
	check_golden(&golden);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_the_same),
		cmocka_unit_test(test_still_read),
		cmocka_unit_test(test_transformed),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_partitions),
	};
	return cmocka_run_group_tests_name("golden cartridges", tests, NULL, NULL);
}
