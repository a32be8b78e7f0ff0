// SPDX-License-Identifier: Apache-2.0
/* Compressed records: smaller on the medium, the same for the host; what is not what was written is never read. */
#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "contents.h"
#include "grounds.h"
#include "media/cart.h"
#include "media/check.h"
#include "media/engine/fault.h"
#include "vtl/base/crc32c.h"

enum { CAPACITY = 1 << 30 };

/* The envelope of the object; false: it is stored as it came. */
static bool envelope_of(struct cart *cart, uint64_t object, struct envelope *ret_envelope)
{
	const void *p;
	size_t n;
	uint32_t len;
	bool transformed;
	assert_int_equal(cart_locate(cart, 0, object), MEDIA_OK);
	assert_int_equal(cart_peek_stored(cart, &len, &transformed), MEDIA_OK);
	if (!transformed)
		return false;
	assert_int_equal(cart_read_stored(cart, 0, &p, &n), 0);
	assert_int_equal(envelope_decode(p, n, len, ret_envelope), 0);
	return true;
}

static const enum compression codecs[] = { [CART_COMPRESS_AUTO] = COMPRESSION_LZ4,
	[CART_COMPRESS_LZ4] = COMPRESSION_LZ4,
	[CART_COMPRESS_ZSTD] = COMPRESSION_ZSTD };

static const uint8_t key[CART_KEY] = "a key of the host, 32 bytes long";

static void encrypt(struct cart *cart)
{
	const struct cart_crypt crypt = { .encrypt = true, .decryption = CART_DECRYPT, .key = key };
	assert_int_equal(cart_use_crypt(cart, &crypt), 0);
}

/* --- lengths and contents -------------------------------------------------------------------------------- */

static const uint32_t lens[] = { 1, 2, 71, 72, 73, 100, 145, 400, 4095, 4096, 4097, 32768, 32769, 65536,
	300000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20, MEDIA_RECORD_MAX - 1, MEDIA_RECORD_MAX };
enum { LENS = sizeof lens / sizeof lens[0] };

static void check_records(struct cart *cart, enum cart_compression how, bool encrypted)
{
	uint64_t object = 0;
	for (unsigned c = 0; c < N_CONTENTS; c++)
		for (unsigned i = 0; i < LENS; i++, object++) {
			struct envelope v;
			bool enveloped = envelope_of(cart, object, &v);
			assert_true(enveloped || !encrypted);
			if (enveloped && v.compression) {
				assert_int_equal(v.compression, codecs[how]);
				assert_true(v.stored_len + ENVELOPE_MIN < v.host_len);
				assert_true(encrypted ? !v.host_crc : v.host_crc != 0);
			}
			bool compressed = enveloped && v.compression;
			assert_false(compressed && c == RANDOM);
			assert_true(compressed || c == RANDOM || lens[i] < 400 || how == CART_COMPRESS_AUTO);
			check(cart, c, object, lens[i]);
		}
}

static void every_length(enum cart_compression how, bool encrypted)
{
	struct ground g = { .e = engine_fault_new(5, false), .root = scratch_new(false) };
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	uint64_t object = 0;
	assert_int_equal(cart_use_compression(cart, how), 0);
	if (encrypted)
		encrypt(cart);
	for (unsigned c = 0; c < N_CONTENTS; c++)
		for (unsigned i = 0; i < LENS; i++)
			put(cart, c, object++, lens[i]);
	check_records(cart, how, encrypted);
	assert_null(cart_check(cart));
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0); /* reading needs no setting */
	if (encrypted)
		encrypt(cart);
	check_records(cart, how, encrypted);
	assert_int_equal(cart_features(cart).read,
		FEATURE_TRANSFORMED | FEATURE_COMPRESSED | (encrypted ? FEATURE_ENCRYPTED : 0));
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

static void test_every_length(void **state)
{
	for (enum cart_compression how = CART_COMPRESS_AUTO; how <= CART_COMPRESS_ZSTD; how++)
		every_length(how, false);
	every_length(CART_COMPRESS_ZSTD, true);
	every_length(CART_COMPRESS_AUTO, true);
}

/* Switched in mid-tape: each record is stored as the setting of its time says. */
static void test_switched(void **state)
{
	struct ground g;
	struct envelope v;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	for (unsigned i = 0; i < 12; i++) {
		if (i == 6)
			encrypt(cart);
		assert_int_equal(cart_use_compression(cart,
					 i % 2 ? CART_COMPRESS_LZ4 + i / 2 % 2 : CART_COMPRESS_OFF),
			0);
		put(cart, REPEATED, i, 20000);
	}
	for (unsigned i = 0; i < 12; i++) {
		bool enveloped = envelope_of(cart, i, &v);
		assert_int_equal(enveloped, i % 2 || i >= 6);
		if (enveloped)
			assert_int_equal(v.compression,
				i % 2 == 0          ? COMPRESSION_NONE
					: i / 2 % 2 ? COMPRESSION_ZSTD
						    : COMPRESSION_LZ4);
		if (i >= 6)
			check(cart, REPEATED, i, 20000);
	}
	assert_int_equal(cart_write_begin(cart, 10), MEDIA_OK);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_OFF), -EINVAL);
	cart_write_cancel(cart);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* --- capacity, counters ----------------------------------------------------------------------------------- */

/* A tape takes more of what becomes smaller, and early warning comes with the stored bytes. */
static void test_capacity(void **state)
{
	enum { TAPE = 4 << 20, LEN = 256 << 10 };
	struct ground g;
	struct cart_position at;
	struct cart_usage usage;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, TAPE, 0);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_LZ4), 0);
	for (unsigned i = 0; i < 40; i++)
		put(cart, REPEATED, i, LEN);
	cart_position(cart, &at);
	assert_false(at.early_warning);
	assert_int_equal(cart_sync(cart), 0);
	cart_usage(cart, &usage);
	assert_true(usage.used > 40 * LEN / 4 && usage.used < 40 * LEN / 2);
	assert_int_equal(usage.remaining, TAPE - usage.used);
	struct cart_savings savings = cart_savings(cart);
	assert_int_equal(savings.written, 40 * LEN + 40 * ENVELOPE_MIN - usage.used);
	assert_int_equal(savings.read, 0);
	assert_int_equal(cart_rewind(cart), 0);
	for (unsigned i = 0; i < 40; i++)
		check(cart, REPEATED, i, LEN);
	assert_int_equal(cart_savings(cart).read, savings.written);
	assert_int_equal(cart_close(cart), 0);
	cart = cart_thread(g.e, g.root, 0);
	assert_int_equal(cart_counters(cart).written, 40 * LEN);
	assert_int_equal(cart_counters(cart).read, 40 * LEN);
	assert_int_equal(cart_savings(cart).read, 0);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* To the end of the tape: all that was accepted is there. */
static void test_full(void **state)
{
	enum { TAPE = 1 << 20, LEN = 30000 };
	for (enum cart_compression how = CART_COMPRESS_AUTO; how <= CART_COMPRESS_ZSTD; how++) {
		struct ground g = { .e = engine_fault_new(3, false), .root = scratch_new(false) };
		struct cart *cart = cart_fresh(g.e, g.root, TAPE, 0);
		struct cart_usage usage;
		unsigned n = 0;
		bool warned = false;
		assert_int_equal(cart_use_compression(cart, how), 0);
		uint8_t *bytes = malloc(LEN);
		for (;; n++) {
			struct cart_position at;
			contents_fill(REPEATED, n, bytes, LEN);
			if (cart_write(cart, bytes, LEN))
				break;
			cart_position(cart, &at);
			warned |= at.early_warning;
		}
		free(bytes);
		assert_true(n > TAPE / LEN && warned);
		assert_int_equal(cart_rewind(cart), MEDIA_OK);
		for (unsigned i = 0; i < n; i++)
			check(cart, REPEATED, i, LEN);
		cart_usage(cart, &usage);
		assert_true(usage.used <= TAPE && usage.used > TAPE - LEN - ENVELOPE_MAX);
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* --- whole cartridges ------------------------------------------------------------------------------------- */

/* Verify, export and import take records as they are; a .tap has the host's bytes. */
static void test_copied(void **state)
{
	struct ground g;
	struct cart_report report, copy;
	struct envelope v;
	char why[128];
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, 32 << 20, 0);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_ZSTD), 0);
	for (unsigned i = 0; i < 4; i++)
		put(cart, i % 2 ? HALF : REPEATED, i, (1 << 20) * (i + 1));
	assert_int_equal(cart_close(cart), 0);
	assert_int_equal(cart_verify(shelf_at(g.e, g.root), BARCODE, NULL, &report), 0);
	int fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_NATIVE, NULL, &copy, why), 0);
	assert_int_equal(copy.bytes, report.bytes);
	assert_true(copy.bytes < 6 << 20);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(import_fd(&g, fd, "COPY01L8", why), 0);
	close(fd);
	assert_int_equal(cart_open(shelf_at(g.e, g.root), "COPY01L8", true, &cart), 0);
	assert_int_equal(cart_features(cart).read, FEATURE_TRANSFORMED | FEATURE_COMPRESSED);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(envelope_of(cart, i, &v) && v.compression == COMPRESSION_ZSTD);
		check(cart, i % 2 ? HALF : REPEATED, i, (1 << 20) * (i + 1));
	}
	cart_close(cart);
	fd = memory_file("", 0);
	assert_int_equal(cart_export(shelf_at(g.e, g.root), BARCODE, fd, CART_SIMH, NULL, &copy, why), 0);
	assert_true(copy.file_bytes > 10 << 20);
	close(fd);
	teardown(&g);
}

/* --- what is not what was written -------------------------------------------------------------------------- */

enum { HOST = 5000 };

/* Stores the bytes as a record with this envelope, its checksum right, and reads it: what came. */
static int read_stored(struct cart *cart, struct envelope v, const uint8_t *stored, uint32_t len)
{
	uint8_t *bytes = malloc(ENVELOPE_MAX + len), *want = contents_new(REPEATED, 1, HOST);
	v.stored_len = len;
	uint32_t size = envelope_put(&v, bytes);
	memcpy(bytes + size, stored, len);
	assert_int_equal(cart_space_eod(cart), MEDIA_OK);
	int res = cart_write_transformed(cart, bytes, size + len);
	free(bytes);
	if (!res) {
		struct cart_position at;
		cart_position(cart, &at);
		assert_int_equal(cart_locate(cart, 0, at.object - 1), MEDIA_OK);
		res = get(cart, want, HOST);
	}
	free(want);
	return res;
}

struct packed {
	struct envelope v;
	uint8_t bytes[HOST];
	uint32_t len;
};

static struct packed pack(enum compression codec)
{
	struct packed p = { .v = { .compression = codec, .host_len = HOST } };
	uint8_t *bytes = contents_new(REPEATED, 1, HOST);
	p.v.host_crc = crc32c(0, bytes, HOST);
	p.len = codec == COMPRESSION_LZ4
		? (uint32_t)LZ4_compress_default((const char *)bytes, (char *)p.bytes, HOST, HOST)
		: (uint32_t)ZSTD_compress(p.bytes, HOST, bytes, HOST, 1);
	free(bytes);
	return p;
}

static struct cart *open_for_stored(struct ground *g)
{
	setup(g);
	struct cart *cart = cart_fresh(g->e, g->root, CAPACITY, 0);
	assert_int_equal(cart_allow_transformed(cart, FEATURE_TRANSFORMED | FEATURE_COMPRESSED), 0);
	return cart;
}

static void test_bits(void **state)
{
	for (enum compression codec = COMPRESSION_LZ4; codec <= COMPRESSION_ZSTD; codec++) {
		struct ground g;
		struct cart *cart = open_for_stored(&g);
		struct packed p = pack(codec);
		assert_int_equal(read_stored(cart, p.v, p.bytes, p.len), 0);
		for (uint32_t i = 0; i < p.len; i++) {
			p.bytes[i] ^= (uint8_t)(1 << i % 8);
			int res = read_stored(cart, p.v, p.bytes, p.len);
			if (res && res != -EBADMSG) /* some bits mean nothing */
				fail_msg("compression %d, byte %u: %d", (int)codec, i, res);
			p.bytes[i] ^= (uint8_t)(1 << i % 8);
		}
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* Shorter and longer streams, and lengths of the host's record that are not those of the data. */
static void test_lengths(void **state)
{
	static const uint32_t wrong[] = { HOST - 1, HOST + 1, 2 * HOST, 1 << 20, MEDIA_RECORD_MAX };
	for (enum compression codec = COMPRESSION_LZ4; codec <= COMPRESSION_ZSTD; codec++) {
		struct ground g;
		struct cart *cart = open_for_stored(&g);
		struct packed p = pack(codec);
		for (uint32_t len = 1; len < p.len; len += 1 + len / 50)
			assert_int_equal(read_stored(cart, p.v, p.bytes, len), -EBADMSG);
		assert_int_equal(read_stored(cart, p.v, p.bytes, p.len + 1), -EBADMSG);
		for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
			struct envelope v = p.v;
			uint32_t is;
			v.host_len = wrong[i];
			v.host_crc = 0;
			assert_int_equal(read_stored(cart, v, p.bytes, p.len), -1);
			assert_int_equal(cart_peek(cart, &is), MEDIA_OK);
			const void *data;
			size_t n;
			assert_int_equal(cart_read_chunk(cart, 0, &data, &n), -EBADMSG);
		}
		struct envelope v = p.v;
		v.host_crc ^= 1;
		assert_int_equal(read_stored(cart, v, p.bytes, p.len), -EBADMSG);
		v = p.v;
		v.compression = codec == COMPRESSION_LZ4 ? COMPRESSION_ZSTD : COMPRESSION_LZ4;
		assert_int_equal(read_stored(cart, v, p.bytes, p.len), -EBADMSG);
		assert_int_equal(cart_close(cart), 0);
		teardown(&g);
	}
}

/* A few bytes that would become very many: no more than the host's length is ever produced. */
static void test_bombs(void **state)
{
	enum { BOMB = 64 << 20 };
	struct ground g;
	struct cart *cart = open_for_stored(&g);
	uint8_t *zeros = calloc(1, BOMB), *out = malloc(BOMB);
	int n = LZ4_compress_default((const char *)zeros, (char *)out, BOMB, BOMB);
	struct envelope v = { .compression = COMPRESSION_LZ4, .host_len = MEDIA_RECORD_MAX };
	assert_int_equal(read_stored(cart, v, out, (uint32_t)n), -1);
	uint32_t len;
	const void *p;
	size_t got;
	assert_int_equal(cart_peek(cart, &len), MEDIA_OK);
	assert_int_equal(cart_read_chunk(cart, 0, &p, &got), -EBADMSG);
	size_t z = ZSTD_compress(out, BOMB, zeros, BOMB, 1);
	v = (struct envelope){ .compression = COMPRESSION_ZSTD, .host_len = HOST };
	assert_true(z < HOST);
	assert_int_equal(read_stored(cart, v, out, (uint32_t)z), -EBADMSG);
	/* two frames, and a frame that is skipped */
	struct packed one = pack(COMPRESSION_ZSTD);
	memcpy(out, one.bytes, one.len);
	size_t empty = ZSTD_compress(out + one.len, BOMB, zeros, 0, 1);
	assert_int_equal(read_stored(cart, one.v, out, one.len + (uint32_t)empty), -EBADMSG);
	memcpy(out, "\x50\x2a\x4d\x18\x00\x00\x00\x00", 8);
	memcpy(out + 8, one.bytes, one.len);
	assert_int_equal(read_stored(cart, one.v, out, one.len + 8), -EBADMSG);
	free(zeros);
	free(out);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* --- the pace of auto ----------------------------------------------------------------------------------- */

/* Data that do not become smaller are received in place; from the first that do, records are compressed. */
static void test_looks(void **state)
{
	struct ground g;
	struct envelope v;
	setup(&g);
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_AUTO), 0);
	for (unsigned i = 0; i < 30; i++)
		put(cart, i < 10 ? RANDOM : REPEATED, i, 256 << 10);
	const struct pace *pace = &cart->stages.pace;
	assert_true(pace->shrinks);
	for (unsigned i = 30; i < 40; i++)
		put(cart, RANDOM, i, 256 << 10);
	assert_false(pace->shrinks);
	unsigned compressed = 0;
	for (unsigned i = 0; i < 40; i++) {
		bool is = envelope_of(cart, i, &v);
		compressed += is;
		assert_true(!is || (i > 10 && i < 30));
		check(cart, i < 10 || i >= 30 ? RANDOM : REPEATED, i, 256 << 10);
	}
	assert_true(compressed > 0); /* how many depends on the machine */
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

/* When the crew is behind, records are stored as they come for a while, for longer each time. */
static void test_behind(void **state)
{
	struct pace pace;
	uint64_t rest = PACE_REST;
	pace_begin(&pace, true);
	for (unsigned i = 0; i < 20; i++) {
		pace_behind(&pace);
		assert_int_equal(pace.rest, rest);
		rest = rest < PACE_REST_MAX ? rest * 2 : rest;
	}
	struct staged slot = { .host_len = 1 << 20, .envelope = { .compression = COMPRESSION_LZ4 } };
	pace.rest = 0;
	for (unsigned i = 0; i < PACE_STEADY >> 20; i++)
		pace_passed(&pace, &slot);
	pace_behind(&pace);
	assert_int_equal(pace.rest, PACE_REST);
	pace.rest = 0;
	slot.core_lost = true;
	pace_passed(&pace, &slot);
	assert_int_equal(pace.rest, 2 * PACE_REST);

	/* computing that never ends by itself: the records behind are not kept waiting for it */
	struct ground g = { .e = engine_fault_new(9, false), .root = scratch_new(false) };
	struct cart *cart = cart_fresh(g.e, g.root, CAPACITY, 0);
	assert_int_equal(cart_use_compression(cart, CART_COMPRESS_AUTO), 0);
	for (unsigned i = 0; i < 200; i++)
		put(cart, REPEATED, i, 100000);
	assert_true(cart->stages.pace.rest_next > PACE_REST);
	struct envelope v;
	unsigned compressed = 0;
	for (unsigned i = 0; i < 200; i++) {
		compressed += envelope_of(cart, i, &v);
		check(cart, REPEATED, i, 100000);
	}
	assert_true(compressed > 0 && compressed < 200);
	assert_int_equal(cart_close(cart), 0);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_switched),
		cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_copied),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_behind),
	};
	return cmocka_run_group_tests_name("compressed records", tests, NULL, NULL);
}
