/* SPDX-License-Identifier: Apache-2.0 */
/* Keys wrapped with the drive's public key: taken when right, refused where anything is wrong; drives without the page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <cmocka.h>

#include "script.h"

enum {
	PAGE_LEN = 526,
	WRAPPED = 256,
	FIELD_AT = 20,
	LABEL_AT = 24,
	NAA_LEN = 8,
	LABEL_LEN = 4 + NAA_LEN + 4 + 2
};
enum {
	KEY_AT = LABEL_AT + LABEL_LEN + 2,
	SIGNATURE_AT = KEY_AT + WRAPPED,
	LIST_LEN = SIGNATURE_AT + 2,
	LIST_MAX = 512
};

#define KEY_A \
	"A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF"
/* SET DATA ENCRYPTION for all hosts, encrypt, mixed, a wrapped key; the label names the drive by its NAA designator. */
#define HEAD "00 10 00 00 40 00 02 03 01 02 00 00 00 00 00 00 00 00 00 00 "
/* The same by vendor, product and serial number, and the other descriptors. */
#define T10_LABEL                                                                                                            \
	"00 00 00 22 49 42 4D 20 20 20 20 20 55 4C 54 33 35 38 30 2D 54 44 38 20 20 20 20 20 45 56 30 30 30 30 30 30 30 31 " \
	"01 00 00 01 55  02 00 00 00  03 00 00 02 66 77"
#define LABEL "00 00 00 08 31 23 45 67 89 AB CD EF  04 00 00 02 01 00"

/* --- the host's side ------------------------------------------------------------------------------------- */

static void public_key(struct bench *b, uint8_t page[static PAGE_LEN])
{
	static const uint8_t cdb[12] = { 0xa2, 0x20, 0x00, 0x31, [8] = 0x10 };
	struct bench_answer a;
	bench_command(b, 0, cdb, sizeof cdb, NULL, 0, page, PAGE_LEN, &a);
	BENCH_CHECK(b, a.status == 0 && a.want == PAGE_LEN);
}

static EVP_PKEY *key_of(struct bench *b, const uint8_t page[static PAGE_LEN])
{
	enum { MODULUS_AT = 14, EXPONENT_AT = 270 };
	BIGNUM *n = BN_bin2bn(page + MODULUS_AT, WRAPPED, NULL),
	       *e = BN_bin2bn(page + EXPONENT_AT, WRAPPED, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	BENCH_CHECK(b,
		EVP_PKEY_fromdata_init(ctx) == 1 &&
			EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return key;
}

/* Wraps n bytes of KEY_A, with this label; the length of the list. */
static uint32_t wrap_for(struct bench *b, EVP_PKEY *key, unsigned n, const char *label,
	uint8_t list[static LIST_MAX])
{
	uint8_t plain[64] = { 0 };
	size_t len = WRAPPED;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bench_hex(KEY_A, plain, sizeof plain);
	bench_hex(HEAD, list, LIST_MAX);
	int label_len = (int)bench_hex(label, list + LABEL_AT, LIST_MAX - LABEL_AT);
	uint8_t *at = list + LABEL_AT + label_len;
	put_be16(list + 2, (uint32_t)(LIST_LEN - LABEL_LEN + label_len) - 4);
	put_be16(list + 18, (uint32_t)(LIST_LEN - LABEL_LEN + label_len) - FIELD_AT);
	put_be32(list + FIELD_AT, (uint32_t)label_len);
	put_be16(at, WRAPPED);
	put_be16(at + 2 + WRAPPED, 0);
	void *copy = OPENSSL_memdup(list + LABEL_AT, (size_t)label_len);
	BENCH_CHECK(b,
		EVP_PKEY_encrypt_init(ctx) == 1 &&
			EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
			EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1 &&
			EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, label_len) == 1 &&
			EVP_PKEY_encrypt(ctx, at + 2, &len, plain, n) == 1 && len == WRAPPED);
	EVP_PKEY_CTX_free(ctx);
	return (uint32_t)(LIST_LEN - LABEL_LEN + label_len);
}

static void wrap(struct bench *b, EVP_PKEY *key, unsigned n, uint8_t list[static LIST_MAX])
{
	BENCH_CHECK(b, wrap_for(b, key, n, LABEL, list) == LIST_LEN);
}

static void set(struct bench *b, const uint8_t *list, uint32_t len, struct bench_answer *ret)
{
	uint8_t cdb[12] = { 0xb5, 0x20, 0x00, 0x10, [8] = (uint8_t)(len >> 8), [9] = (uint8_t)len };
	bench_command(b, 0, cdb, sizeof cdb, list, len, NULL, 0, ret);
}

static void accepted(struct bench *b, const uint8_t *list, uint32_t len)
{
	struct bench_answer a;
	set(b, list, len, &a);
	BENCH_CHECK(b, a.status == 0);
}

/* The key instance counter and the modes stay as they are. */
static void refused(struct bench *b, const uint8_t *list, uint32_t len, unsigned key, unsigned code, int byte)
{
	static const uint8_t ask[12] = { 0xa2, 0x20, 0x00, 0x20, [9] = 24 };
	uint8_t before[24] = { 0 }, after[24] = { 1 };
	struct bench_answer a;
	bench_command(b, 0, ask, sizeof ask, NULL, 0, before, sizeof before, &a);
	set(b, list, len, &a);
	unsigned is = (unsigned)a.sense[12] << 8 | a.sense[13];
	int points = a.sense[15] & 0x80 ? a.sense[16] << 8 | a.sense[17] : -1;
	if (a.status != 2 || a.sense[2] != key || is != code || points != byte)
		bench_fail(b, "status %02x sense %x/%04x at %d, not %x/%04x at %d", a.status, a.sense[2], is,
			points, key, code, byte);
	bench_command(b, 0, ask, sizeof ask, NULL, 0, after, sizeof after, &a);
	BENCH_CHECK(b, memcmp(before, after, sizeof before) == 0);
}

/* --- a drive that has the page --------------------------------------------------------------------------- */

static void wrapped(struct bench *b)
{
	static const struct script_row then[] = {
		{ "a record", "0A 00 00 10 00 00", .write = 4096, .seed = 1 },
		{ "the same key in the clear", "B5 20 00 10 00 00 00 00 00 34 00 00",
			.out = "00 10 00 30 40 00 00 02 01 00 00 00 00 00 00 00 00 00 00 20 " KEY_A },
		{ "back", "01 00 00 00 00 00" },
		{ "decrypts it", "08 00 00 10 00 00", .read = 4096, .read_seed = 1 },
		{ 0 },
	};
	uint8_t page[PAGE_LEN], again[PAGE_LEN], list[LIST_MAX];
	bench_load(b, "E00001L8", "lto8");
	public_key(b, page);
	BENCH_CHECK(b, memcmp(page, "\0\x31\2\x0a\0\0\0\0\0\0\0\0\2\0", 14) == 0 && page[14] & 0x80);
	public_key(b, again);
	BENCH_CHECK(b, memcmp(page, again, sizeof page) == 0);
	EVP_PKEY *key = key_of(b, page);
	wrap(b, key, 32, list);
	accepted(b, list, LIST_LEN);
	script_run(b, then);
	/* Key-associated data may follow. */
	bench_hex("01 00 00 00", list + LIST_LEN, 4);
	list[3] = (uint8_t)(list[3] + 4);
	accepted(b, list, LIST_LEN + 4);
	/* The other name of the unit does as well, and the other descriptors may be there. */
	accepted(b, list, wrap_for(b, key, 32, T10_LABEL, list));
	EVP_PKEY_free(key);
}

/* clang-format off */
static const struct {
	unsigned at, value, key, code;
	int byte;
} wrongs[] = {
	{ 9, 1, 5, 0x2600, 9 }, { 9, 3, 5, 0x2600, 9 }, /* another format */
	{ 18, 0, 5, 0x2600, LABEL_AT + LABEL_LEN },     /* a field that ends in the wrapped key */
	{ 19, 0x18, 5, 0x2600, 18 },                    /* one without a signature length */
	{ FIELD_AT, 1, 5, 0x2600, FIELD_AT }, { FIELD_AT + 1, 0x10, 5, 0x2600, FIELD_AT }, /* ECC-521 */
	{ FIELD_AT + 2, 2, 5, 0x2600, FIELD_AT + 2 }, { FIELD_AT + 3, 0, 5, 0x2600, FIELD_AT + 2 },
	{ FIELD_AT + 3, 0x11, 5, 0x2600, LABEL_AT + 14 }, { FIELD_AT + 3, 0x0e, 5, 0x2600, FIELD_AT + 2 },
	{ LABEL_AT, 1, 5, 0x2600, LABEL_AT }, { LABEL_AT, 5, 5, 0x2600, LABEL_AT },
	{ LABEL_AT + 1, 1, 5, 0x2600, LABEL_AT + 1 }, { LABEL_AT + 2, 1, 5, 0x2600, LABEL_AT + 2 },
	{ LABEL_AT + 3, 7, 5, 0x2600, LABEL_AT + 4 }, { LABEL_AT + 11, 0xee, 5, 0x2600, LABEL_AT + 4 },
	{ LABEL_AT + 12, 0, 5, 0x2600, LABEL_AT + 12 }, { LABEL_AT + 12, 5, 5, 0x2600, LABEL_AT + 12 },
	{ LABEL_AT + 15, 1, 5, 0x2600, LABEL_AT + 14 }, { LABEL_AT + 17, 1, 5, 0x2600, LABEL_AT + 16 },
	{ LABEL_AT + 12, 3, 5, 0x740c, -1 },            /* a sound label, but not the one it was wrapped with */
	{ LABEL_AT + LABEL_LEN, 0, 5, 0x2600, LABEL_AT + LABEL_LEN },
	{ LABEL_AT + LABEL_LEN + 1, 2, 5, 0x2600, LABEL_AT + LABEL_LEN },
	{ KEY_AT, 0, 5, 0x740c, -1 }, { KEY_AT + 100, 0x5a, 5, 0x740c, -1 }, { SIGNATURE_AT - 1, 0x5a, 5, 0x740c, -1 },
	{ SIGNATURE_AT + 1, 1, 5, 0x2600, SIGNATURE_AT },
};
/* clang-format on */

static void wrong_fields(struct bench *b)
{
	uint8_t page[PAGE_LEN], list[LIST_MAX], good[LIST_MAX];
	bench_settle(b);
	public_key(b, page);
	EVP_PKEY *key = key_of(b, page), *other = EVP_RSA_gen(8 * WRAPPED);
	wrap(b, key, 32, good);
	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		memcpy(list, good, LIST_LEN);
		unsigned was = list[wrongs[i].at];
		list[wrongs[i].at] = (uint8_t)(wrongs[i].value == was ? was ^ 1 : wrongs[i].value);
		refused(b, list, LIST_LEN, wrongs[i].key, wrongs[i].code, wrongs[i].byte);
	}
	for (uint32_t len = 1; len < LIST_LEN; len++)
		refused(b, good, len, 5, 0x1a00, -1);
	for (unsigned n = 0; n < 2; n++) { /* not 32 bytes */
		wrap(b, key, n ? 33 : 31, list);
		refused(b, list, LIST_LEN, 5, 0x740c, -1);
	}
	wrap(b, other, 32, list);
	refused(b, list, LIST_LEN, 5, 0x740c, -1);
	memcpy(list, good, LIST_LEN); /* signed, by whom the drive does not know */
	bench_hex("00 04 01 02 03 04", list + SIGNATURE_AT, 6);
	list[3] = (uint8_t)(list[3] + 4);
	list[19] = (uint8_t)(list[19] + 4);
	refused(b, list, LIST_LEN + 4, 7, 0x7406, -1);
	accepted(b, good, LIST_LEN);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* Nobody has asked for a public key yet; no key is needed. */
static void early(struct bench *b)
{
	uint8_t list[LIST_MAX];
	EVP_PKEY *other = EVP_RSA_gen(8 * WRAPPED);
	bench_settle(b);
	wrap(b, other, 32, list);
	refused(b, list, LIST_LEN, 5, 0x740c, -1);
	list[6] = list[7] = 0;
	accepted(b, list, LIST_LEN);
	EVP_PKEY_free(other);
}

/* --- drives that do not have it -------------------------------------------------------------------------- */

static void without(struct bench *b)
{
	static const struct script_row rows[] = {
		{ "no public key", "A2 20 00 31 00 00 00 00 10 00 00 00", .sense = SENSE18_CDB("CF", "02") },
		{ "no page 0022h", "A2 20 00 22 00 00 00 00 10 00 00 00", .sense = SENSE18_CDB("CF", "02") },
		{ "keys as they are", "A2 20 00 11 00 00 00 00 10 00 00 00", .in = "00 11 00 01 00",
			.moved = 5 },
		{ "none else", "B5 20 00 10 00 00 00 00 00 34 00 00",
			.out = "00 10 00 30 40 00 02 03 01 02 00 00 00 00 00 00 00 00 00 20 " KEY_A,
			.sense = SENSE18_LIST("8F", "09") },
		{ 0 },
	};
	bench_settle(b);
	script_run(b, rows);
}

static void test_wrapped(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD8", wrapped, NULL), 0);
}

static void test_wrong(void **state)
{
	assert_int_equal(bench_run("HPE Ultrium 9-SCSI", wrong_fields, NULL), 0);
}

static void test_early(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD9", early, NULL), 0);
}

static void test_without(void **state)
{
	assert_int_equal(bench_run("IBM ULT3580-TD6", without, NULL), 0);
	assert_int_equal(bench_run("HP Ultrium 5-SCSI", without, NULL), 0);
	assert_int_equal(bench_run("QUANTUM ULTRIUM 6", without, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_without),
	};
	return cmocka_run_group_tests_name("a key may come wrapped with the drive's public key", tests, NULL,
		NULL);
}
