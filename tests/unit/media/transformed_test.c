// SPDX-License-Identifier: Apache-2.0
/* Transformed records: carried, checked and copied as they are stored; read where no key and no codec is needed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grounds.h"
#include "media/cart.h"
#include "media/envelope.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

enum { STORED_MAX = TRANSFORMED_MAX };

static const struct kind {
	const char *name;
	enum compression compression;
	enum cipher cipher;
	enum lbp_method lbp;
	uint32_t host_len, stored_len, attached_len;
	int err;   /* why the host cannot have it */
	bool sham; /* it is not what the envelope says: known when it is decompressed */
} kinds[] = {
	{ "as it came", COMPRESSION_NONE, CIPHER_NONE, LBP_NONE, 300, 300, 0, 0 },
	{ "protected by the host", COMPRESSION_NONE, CIPHER_NONE, LBP_CRC32C, 4096, 4096, 0, 0 },
	{ "compressed", COMPRESSION_ZSTD, CIPHER_NONE, LBP_NONE, 9000, 70, 0, -EBADMSG, true },
	{ "encrypted", COMPRESSION_NONE, CIPHER_AES_256_GCM, LBP_NONE, 600, 600, 12, -ENOKEY },
	{ "both", COMPRESSION_LZ4, CIPHER_AES_256_GCM, LBP_REED_SOLOMON, 5000, 4000, 0, -ENOKEY },
	{ "one byte", COMPRESSION_NONE, CIPHER_NONE, LBP_NONE, 1, 1, 0, 0 },
	{ "in fragments", COMPRESSION_NONE, CIPHER_NONE, LBP_NONE, 3 << 20, 3 << 20, 0, 0 },
	{ "the longest", COMPRESSION_NONE, CIPHER_AES_256_GCM, LBP_CRC32C, MEDIA_RECORD_MAX,
		MEDIA_RECORD_MAX + LBP_VALUE, ENVELOPE_ATTACHED, -ENOKEY },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct envelope envelope_of(const struct kind *k)
{
	struct envelope v = {
		.compression = k->compression,
		.cipher = k->cipher,
		.lbp = k->lbp,
		.host_len = k->host_len,
		.stored_len = k->stored_len,
		.lbp_value = k->cipher
			? 0
			: lbp_value(k->lbp, 0, pattern((size_t)(k - kinds), k->stored_len), k->stored_len),
		.attached_len = k->attached_len,
	};
	if (k->cipher) {
		memset(v.key_id, 0x11, sizeof v.key_id);
		memset(v.nonce, 0x22, sizeof v.nonce);
		memset(v.tag, 0x33, sizeof v.tag);
	}
	if (k->attached_len) {
		v.attached[0] = 1;
		v.attached[1] = (uint8_t)(k->attached_len - 2);
		memset(v.attached + 2, 0x44, k->attached_len - 2);
	}
	return v;
}

/* The record as it is stored; its length. */
static uint32_t stored_of(size_t k, uint8_t *out)
{
	struct envelope v = envelope_of(&kinds[k]);
	uint32_t size = envelope_put(&v, out);
	memcpy(out + size, pattern(k, kinds[k].stored_len), kinds[k].stored_len);
	return size + kinds[k].stored_len;
}

static void test_envelope_there_and_back(void **state)
{
	uint8_t *bytes = malloc(STORED_MAX);
	for (size_t k = 0; k < KINDS; k++) {
		struct envelope v = envelope_of(&kinds[k]), is;
		uint32_t len = stored_of(k, bytes);
		envelope_put(&v, bytes);
		assert_int_equal(envelope_decode(bytes, len, len, &is), 0);
		assert_memory_equal(&is, &v, sizeof v);
		assert_int_equal(envelope_plain(&is), kinds[k].sham ? -ENOPKG : kinds[k].err);
		assert_int_equal(envelope_decode(bytes, len, len + 1, &is), -EBADMSG);
		assert_int_equal(envelope_decode(bytes, len, len - 1, &is), -EBADMSG);
		assert_int_equal(envelope_decode(bytes, v.size - 1, len, &is), -EBADMSG);
		assert_int_equal(envelope_decode(bytes, 0, len, &is), -EBADMSG);
	}
	free(bytes);
}

/* Each byte that must not be there is refused. */
static void test_hostile_envelopes(void **state)
{
	static const struct {
		const char *name;
		size_t kind;
		int at, value;
	} rows[] = {
		{ "no size", 0, 0, 0 },
		{ "too small", 0, 0, 64 },
		{ "no multiple of 8", 0, 0, 76 },
		{ "too large", 0, 1, 2 },
		{ "larger than its items", 3, 0, 88 },
		{ "an unknown compression", 0, 2, 3 },
		{ "an unknown cipher", 0, 3, 2 },
		{ "an unknown protection", 0, 4, 3 },
		{ "a flag", 0, 5, 1 },
		{ "not zero", 0, 6, 1 },
		{ "another host length", 0, 8, 1 },
		{ "no host length", 5, 8, 0 },
		{ "a host length too large", 2, 11, 1 },
		{ "another stored length", 0, 12, 1 },
		{ "a value without protection", 0, 16, 1 },
		{ "a value in clear with a cipher", 4, 16, 1 },
		{ "protection of encrypted data without a value behind them", 3, 4, 2 },
		{ "a key without a cipher", 0, 24, 1 },
		{ "a nonce without a cipher", 0, 40, 1 },
		{ "a tag without a cipher", 0, 52, 1 },
		{ "an item without a cipher", 0, 68, 1 },
		{ "an item longer than the rest", 3, 69, 11 },
		{ "nothing gained by compression", 2, 8, 70 },
	};
	uint8_t bytes[16384];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct envelope v;
		uint32_t len = stored_of(rows[i].kind, bytes);
		if (strstr(rows[i].name, "gained"))
			bytes[9] = 0;
		bytes[rows[i].at] = (uint8_t)rows[i].value;
		if (envelope_decode(bytes, len, len, &v) != -EBADMSG)
			fail_msg("%s is taken", rows[i].name);
	}
}

/* Whatever it is, nothing is read beyond it. */
static void test_random_envelopes(void **state)
{
	uint8_t bytes[16384];
	struct rng rng = { seed_for("hostile envelopes") };
	for (unsigned i = 0; i < 20000; i++) {
		struct envelope v;
		uint32_t there = (uint32_t)rng_below(&rng, ENVELOPE_MAX + 8);
		uint8_t *copy = malloc(there + 1);
		stored_of(rng_below(&rng, 6), bytes);
		memcpy(copy, bytes, there);
		for (uint64_t n = rng_below(&rng, 4); there > 0 && n > 0; n--)
			copy[rng_below(&rng, there)] = (uint8_t)rng_next(&rng);
		envelope_decode(copy, there, (uint32_t)rng_below(&rng, 20000), &v);
		free(copy);
	}
}

/* All kinds, a plain record and a filemark between them. */
static void tape(struct ground *g)
{
	uint8_t *bytes = malloc(STORED_MAX);
	uint32_t done;
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, 64 << 20, 0);
	assert_int_equal(cart_write_transformed(cart, bytes, stored_of(0, bytes)),
		-EINVAL); /* not allowed yet */
	assert_int_equal(cart_allow_transformed(cart, FEATURE_TRANSFORMED), 0);
	for (size_t k = 0; k < KINDS; k++) {
		assert_int_equal(cart_write_transformed(cart, bytes, stored_of(k, bytes)), MEDIA_OK);
		assert_int_equal(write_record(cart, 50 + k, 700), MEDIA_OK);
		assert_int_equal(cart_write_filemarks(cart, 1, &done), MEDIA_OK);
	}
	bytes[5] = 1;
	assert_int_equal(cart_write_transformed(cart, bytes, stored_of(KINDS - 1, bytes) - 1), -EBADMSG);
	assert_int_equal(cart_close(cart), 0);
	free(bytes);
}

/* The record at the position, in pieces. */
static int read_all(struct cart *cart, bool stored, uint32_t len, uint8_t *to)
{
	for (uint32_t at = 0; at < len;) {
		const void *p;
		size_t n = 0;
		int err = stored ? cart_read_stored(cart, at, &p, &n) : cart_read_chunk(cart, at, &p, &n);
		if (err)
			return err;
		assert_true(n > 0 && n <= len - at);
		memcpy(to + at, p, n);
		at += (uint32_t)n;
	}
	return 0;
}

static void check_one(struct cart *cart, size_t k, uint8_t *want, uint8_t *is)
{
	uint32_t len = 0, stored = stored_of(k, want);
	bool transformed = false;
	const void *p;
	size_t n;
	for (int turn = 0; turn < 2; turn++) { /* each way after the other */
		assert_int_equal(cart_peek_stored(cart, &len, &transformed), MEDIA_OK);
		assert_true(transformed && len == stored);
		assert_int_equal(read_all(cart, true, len, is), 0);
		assert_memory_equal(is, want, len);
		assert_int_equal(cart_peek(cart, &len), kinds[k].sham ? 0 : kinds[k].err);
		assert_int_equal(cart_read_chunk(cart, 0, &p, &n), kinds[k].err);
		if (kinds[k].err)
			continue;
		assert_int_equal(len, kinds[k].host_len);
		assert_int_equal(read_all(cart, false, len, is), 0);
		assert_memory_equal(is, pattern(k, len), len);
		assert_int_equal(cart_read_chunk(cart, len, &p, &n), -EINVAL);
	}
	assert_int_equal(cart_skip(cart), MEDIA_OK);
}

static void check_tape(const struct ground *g, const char *barcode, bool index)
{
	struct cart *cart;
	uint8_t *want = malloc(STORED_MAX), *is = malloc(STORED_MAX);
	char path[512];
	snprintf(path, sizeof path, "%s/%s/index-p0", g->root, barcode);
	if (!index)
		assert_int_equal(unlink(path), 0);
	assert_int_equal(cart_open(shelf_at(g->e, g->root), barcode, true, &cart), 0);
	assert_int_equal(cart_features(cart).read, FEATURE_TRANSFORMED);
	uint64_t charge = 0;
	for (size_t k = 0; k < KINDS; k++) {
		check_one(cart, k, want, is);
		assert_int_equal(read_object(cart, &(struct object){ 50 + k, 700 }), MEDIA_OK);
		assert_int_equal(read_object(cart, &(struct object){ 0, 0 }), MEDIA_OK);
		charge += stored_of(k, want) + 700 + FILEMARK_CHARGE;
	}
	for (size_t k = KINDS; k-- > 0;) { /* found directly, too */
		assert_int_equal(cart_locate(cart, 0, k * 3), MEDIA_OK);
		check_one(cart, k, want, is);
	}
	struct cart_usage usage;
	cart_usage(cart, &usage);
	assert_int_equal(usage.objects, KINDS * 3);
	assert_int_equal(usage.used, charge); /* what is stored counts */
	cart_close(cart);
	free(want);
	free(is);
}

static void test_read_back(void **state)
{
	struct ground g;
	tape(&g);
	check_tape(&g, BARCODE, true);
	check_tape(&g, BARCODE, false);
	struct cart *cart = cart_thread(g.e, g.root, 0);
	uint32_t host = 0;
	for (size_t k = 0; k < KINDS; k++)
		host += kinds[k].host_len + 700;
	assert_int_equal(cart_counters(cart).written, host); /* what hosts wrote */
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* Verified, exported and imported without a key, as they are stored. */
static void test_copies_need_no_key(void **state)
{
	struct ground g;
	struct cart_report report, copy;
	char why[128];
	tape(&g);
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, NULL, &report), 0);
	assert_int_equal(report.records, KINDS * 2);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &copy, why), 0);
	assert_int_equal(copy.bytes, report.bytes);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(cart_verify_container(fd, CART_ANY, NULL, &copy), 0);
	assert_string_equal(copy.data_digest, report.data_digest);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	check_tape(&g, "COPY01L8", true);
	check_tape(&g, "COPY01L8", false);
	/* a .tap has the host's bytes, as far as they can be had */
	fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_SIMH, NULL, &copy, why),
		-EBADMSG);
	assert_non_null(strstr(why, "object 6 cannot be read: its checksum does not match"));
	close(fd);
	teardown(&g);
}

/* A flipped bit anywhere in what is stored is seen, with and without a key. */
static void test_damage(void **state)
{
	struct ground g;
	struct cart_report report;
	struct cart *cart;
	uint8_t block[BLOCK];
	uint32_t len;
	tape(&g);
	char path[512];
	snprintf(path, sizeof path, "%s/%s/p0-g00000001-000000.ext", g.root, BARCODE);
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 3 * BLOCK, SEEK_SET), 0); /* the first segment's data: the first envelope */
	assert_int_equal(fread(block, 1, BLOCK, f), BLOCK);
	block[20] ^= 1;
	assert_int_equal(fseek(f, 3 * BLOCK, SEEK_SET), 0);
	assert_int_equal(fwrite(block, 1, BLOCK, f), BLOCK);
	fclose(f);
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, NULL, &report), -EBADMSG);
	assert_true(report.bad == 1 && report.first_bad == 0);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), BARCODE, true, &cart), 0);
	assert_int_equal(cart_peek(cart, &len), -EBADMSG);
	assert_int_equal(cart_skip(cart), MEDIA_OK);
	assert_int_equal(read_object(cart, &(struct object){ 50, 700 }), MEDIA_OK);
	cart_close(cart);
	teardown(&g);
}

/* Entries of these kinds count only where the header has the feature. */
static void test_not_without_the_feature(void **state)
{
	uint8_t segment[2 * BLOCK] = { 0 }, uuid[16] = { 1 }, record[400];
	for (uint32_t features = 0; features <= FEATURE_TRANSFORMED; features++) {
		struct segment_head h = { .features = { features, 0 },
			.uuid = uuid,
			.entries = 1,
			.data_len = stored_of(0, record) },
				    is;
		struct entry e = { h.data_len, ENTRY_TRANSFORMED, crc32c(0, record, h.data_len) };
		entry_put(segment + SEGMENT_FIXED, &e);
		segment_head_put(&h, segment);
		entry_put(segment + SEGMENT_FIXED, &e);
		uint8_t again[BLOCK];
		memcpy(again, segment, BLOCK);
		assert_int_equal(segment_head_decode(again, BLOCK, &is), features ? 0 : -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope_there_and_back),
		cmocka_unit_test(test_hostile_envelopes),
		cmocka_unit_test(test_random_envelopes),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_copies_need_no_key),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_not_without_the_feature),
	};
	return cmocka_run_group_tests_name("transformed records are carried as they are stored", tests, NULL,
		NULL);
}
