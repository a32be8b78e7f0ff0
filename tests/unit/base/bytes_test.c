/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors, fields, checksums and pools: the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vtl/base/crc32c.h"
#include "vtl/base/reed_solomon.h"
#include "vtl/base/field.h"
#include "vtl/base/pool.h"
#include "vtl/base/sanitize.h"
#include "vtl/base/wire.h"

#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#define watched(p) (__asan_address_is_poisoned(p) != 0)
#else
#define watched(p) ((void)(p), true)
#endif

static void a_writer_counts_what_did_not_fit(void **state)
{
	uint8_t buf[4];
	struct wire w = wire_over(buf, sizeof buf);
	wire_be16(&w, 0x1234);
	assert_false(w.over);
	wire_be24(&w, 1);
	wire_u8(&w, 9); /* sticky: not written even though it would fit */
	assert_true(w.over);
	assert_int_equal(w.want, 6);
	assert_int_equal(wire_len(&w), 2);
	assert_memory_equal(buf, "\x12\x34", 2);
}

static void a_cursor_reads_what_it_wrote_in_both_byte_orders(void **state)
{
	uint8_t buf[29];
	struct wire w = wire_over(buf, sizeof buf);
	wire_be16(&w, 0x0102);
	wire_be32(&w, 0x01020304);
	wire_be64(&w, 0x0102030405060708);
	wire_le16(&w, 0x0102);
	wire_le32(&w, 0x01020304);
	wire_le64(&w, 0x0102030405060708);
	wire_u8(&w, 9);
	assert_false(w.over);
	assert_memory_equal(buf,
		"\1\2\1\2\3\4\1\2\3\4\5\6\7\10"
		"\2\1\4\3\2\1\10\7\6\5\4\3\2\1\11",
		sizeof buf);
	struct wire_reader r = wire_reader_over(buf, sizeof buf);
	assert_int_equal(wire_get_be16(&r), 0x0102);
	assert_int_equal(wire_get_be32(&r), 0x01020304);
	assert_int_equal(wire_get_be64(&r), 0x0102030405060708);
	assert_int_equal(wire_get_le16(&r), 0x0102);
	assert_int_equal(wire_get_le32(&r), 0x01020304);
	assert_int_equal(wire_get_le64(&r), 0x0102030405060708);
	assert_false(wire_whole(&r));
	assert_int_equal(wire_get_u8(&r), 9);
	assert_true(wire_whole(&r));
	assert_int_equal(wire_get_le16(&r), 0);
	assert_false(wire_whole(&r));
}

static void ascii_is_padded_and_cut(void **state)
{
	uint8_t buf[12];
	struct wire w = wire_over(buf, sizeof buf);
	wire_ascii(&w, "IBM", 8);
	wire_ascii(&w, "TOOLONG", 4);
	assert_memory_equal(buf, "IBM     TOOL", 12);
}

static void a_reader_says_once_that_it_ran_out(void **state)
{
	struct wire_reader r = wire_reader_over("\x01\x02\x03", 3);
	assert_int_equal(wire_get_be16(&r), 0x0102);
	assert_int_equal(wire_get_be64(&r), 0);
	assert_true(r.bad);
	assert_int_equal(wire_get_u8(&r), 0);
}

static const struct {
	const char *name;
	struct field field;
	uint64_t value;
	uint8_t bytes[4];
} fields[] = {
	{ "one bit", { "x", 1, 0, 1 }, 1, { 0, 0x01, 0, 0 } },
	{ "in the middle", { "x", 0, 5, 3 }, 5, { 0x28, 0, 0, 0 } },
	{ "three bytes", { "x", 1, 7, 24 }, 0x123456, { 0, 0x12, 0x34, 0x56 } },
	{ "over a byte's edge", { "x", 0, 1, 4 }, 0xb, { 0x02, 0xc0, 0, 0 } },
};

static void fields_are_put_and_got(void **state)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		uint8_t buf[4] = { 0 }, map[4] = { 0 };
		struct field row[2] = { fields[i].field, { 0 } };
		field_put(row, buf, fields[i].value);
		assert_memory_equal(buf, fields[i].bytes, 4);
		assert_int_equal(field_get(row, buf), fields[i].value);
		field_map(row, map, sizeof map);
		field_put(row, buf, ~UINT64_C(0));
		assert_memory_equal(buf, map, 4);
	}
}

static void crc32c_is_castagnoli(void **state)
{
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	assert_int_equal(crc32c(0, "", 0), 0);
}

/* Values of both kinds, of the implementations that hosts use. */
static void protection_values_are_known(void **state)
{
	uint8_t ones[32], counted[32], zeros[32] = { 0 };
	memset(ones, 0xff, sizeof ones);
	for (unsigned i = 0; i < sizeof counted; i++)
		counted[i] = (uint8_t)i;
	const struct {
		const void *data;
		size_t len;
		uint32_t reed_solomon, crc32c;
	} rows[] = { { "123456789", 9, 0x4b4f673a, 0xe3069283 }, { zeros, 32, 0, 0x8a9136aa },
		{ ones, 32, 0x49ca147b, 0x62a8ab43 }, { counted, 32, 0xfb9aa2c4, 0x46dd794e },
		{ "\1", 1, 0x38cf3801, 0xa016d052 } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(reed_solomon(0, rows[i].data, rows[i].len), rows[i].reed_solomon);
		assert_int_equal(crc32c(0, rows[i].data, rows[i].len), rows[i].crc32c);
	}
}

static uint8_t gf_product(uint8_t a, uint8_t b)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < 8; i++)
		sum ^= b >> i & 1 ? (unsigned)a << i : 0;
	for (unsigned i = 14; i >= 8; i--)
		sum ^= sum >> i & 1 ? 0x11du << (i - 8) : 0;
	return (uint8_t)sum;
}

/* By its definition, byte by byte. */
static uint32_t slow_reed_solomon(const uint8_t *p, size_t len)
{
	uint32_t r = 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t top = (uint8_t)(p[i] ^ r >> 24);
		r = r << 8 ^
			((uint32_t)gf_product(top, 0x38) << 24 | (uint32_t)gf_product(top, 0xcf) << 16 |
				(uint32_t)gf_product(top, 0x38) << 8 | top);
	}
	return r;
}

/* Every length, every place where it may be cut, from every alignment. */
static void sums_do_not_depend_on_pieces(void **state)
{
	uint8_t data[80];
	for (unsigned i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * i * 7 + 31 * i + 5);
	for (size_t len = 0; len <= 64; len++)
		for (size_t cut = 0; cut <= len; cut++) {
			const uint8_t *p = data + (len + cut) % 16;
			uint32_t rs = slow_reed_solomon(p, len), crc = crc32c(0, p, len);
			uint32_t a = crc32c(0, p, cut), b = crc32c(0, p + cut, len - cut);
			assert_int_equal(reed_solomon(reed_solomon(0, p, cut), p + cut, len - cut), rs);
			assert_int_equal(crc32c_join(a, b, len - cut), crc);
			assert_int_equal(crc32c_join(a, crc, len - cut), b);
		}
}

static void a_pool_is_bounded_and_warm(void **state)
{
	struct pool *pool = pool_new(5000, 2);
	void *a = pool_get(pool), *b = pool_get(pool);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal((uintptr_t)a % 4096, 0);
	assert_null(pool_get(pool));
	memset(a, 1, 8192);
	pool_put(pool, b);
	pool_put(pool, a);
	assert_ptr_equal(pool_get(pool), a);
	pool_put(pool, a);
	pool_free(pool);
}

/* The address sanitizer knows which are lent, also of those that nobody has used yet. */
static void large_buffers_lie_apart(void **state)
{
	enum { SIZE = 1 << 20, N = 3 };
	struct pool *pool = pool_new(SIZE - 1, N);
	uint8_t *bufs[N];
	bufs[0] = pool_get(pool);
	assert_non_null(bufs[0]);
	assert_true(watched(bufs[0] + SIZE));
	for (int i = 1; i < N; i++)
		bufs[i] = pool_get(pool);
	for (int i = 0; i < N; i++)
		memset(bufs[i], i + 1, SIZE);
	for (int i = 0; i < N; i++) {
		assert_int_equal(bufs[i][0], i + 1);
		assert_int_equal(bufs[i][SIZE - 1], i + 1);
	}
	for (int i = 0; i < N; i++)
		pool_put(pool, bufs[i]);
	assert_true(watched(bufs[0]));
	assert_ptr_equal(pool_get(pool), bufs[N - 1]);
	pool_put(pool, bufs[N - 1]);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_writer_counts_what_did_not_fit),
		cmocka_unit_test(a_cursor_reads_what_it_wrote_in_both_byte_orders),
		cmocka_unit_test(ascii_is_padded_and_cut),
		cmocka_unit_test(a_reader_says_once_that_it_ran_out),
		cmocka_unit_test(fields_are_put_and_got),
		cmocka_unit_test(crc32c_is_castagnoli),
		cmocka_unit_test(protection_values_are_known),
		cmocka_unit_test(sums_do_not_depend_on_pieces),
		cmocka_unit_test(a_pool_is_bounded_and_warm),
		cmocka_unit_test(large_buffers_lie_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
