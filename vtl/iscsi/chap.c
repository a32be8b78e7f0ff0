/* SPDX-License-Identifier: Apache-2.0 */
/* CHAP hashes and responses, with OpenSSL. */
#include "vtl/iscsi/chap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct chap_hash {
	unsigned number; /* as IANA registers CHAP algorithms */
	size_t len;
	const EVP_MD *(*md)(void);
};

static const struct chap_hash hashes[] = {
	{ 5, 16, EVP_md5 },
	{ 6, 20, EVP_sha1 },
	{ 7, 32, EVP_sha256 },
	{ 8, 32, EVP_sha3_256 },
};

static const struct chap_hash *by_number(unsigned long number)
{
	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
		if (hashes[i].number == number)
			return &hashes[i];
	return NULL;
}

const struct chap_hash *chap_hash_find(const char *offer)
{
	while (isdigit((unsigned char)*offer)) {
		char *end;
		const struct chap_hash *hash = by_number(strtoul(offer, &end, 10));
		if (*end && *end != ',')
			return NULL;
		if (hash)
			return hash;
		offer = *end ? end + 1 : end;
	}
	return NULL;
}

unsigned chap_hash_number(const struct chap_hash *hash)
{
	return hash->number;
}

size_t chap_hash_len(const struct chap_hash *hash)
{
	return hash->len;
}

bool chap_challenge(const struct chap_hash *hash, uint8_t *ret_id, uint8_t *ret_challenge)
{
	return getrandom(ret_id, 1, 0) == 1 && getrandom(ret_challenge, hash->len, 0) == (ssize_t)hash->len;
}

bool chap_respond(const struct chap_hash *hash, uint8_t id, const char *secret, const uint8_t *challenge,
	size_t len, uint8_t *ret_response)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	bool ok = ctx && EVP_DigestInit_ex(ctx, hash->md(), NULL) && EVP_DigestUpdate(ctx, &id, 1) &&
		EVP_DigestUpdate(ctx, secret, strlen(secret)) && EVP_DigestUpdate(ctx, challenge, len) &&
		EVP_DigestFinal_ex(ctx, ret_response, &n) && n == hash->len;
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool chap_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* --- binary values as text (RFC 7143 6.1) ----------------------------------------------------- */

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_decode(const char *text, uint8_t *out, size_t size)
{
	size_t digits = strlen(text), n = (digits + 1) / 2;
	if (digits == 0 || n > size)
		return -1;
	memset(out, 0, n);
	for (size_t i = 0; i < digits; i++) {
		int v = nibble(text[i]);
		if (v < 0)
			return -1;
		size_t at = i + (digits & 1); /* with an odd number of digits the first stands alone */
		out[at / 2] |= (uint8_t)(at & 1 ? v : v << 4);
	}
	return (int)n;
}

static int base64_decode(const char *text, uint8_t *out, size_t size)
{
	size_t len = strlen(text);
	uint8_t whole[3 * (CHAP_CHALLENGE_MAX / 3 + 2)];
	if (len == 0 || len % 4 || len / 4 * 3 > sizeof whole)
		return -1;
	int n = EVP_DecodeBlock(whole, (const unsigned char *)text, (int)len);
	if (n < 0)
		return -1;
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	if ((size_t)n > size)
		return -1;
	memcpy(out, whole, (size_t)n);
	return n;
}

int binary_decode(const char *text, uint8_t *out, size_t size)
{
	if (text[0] != '0')
		return -1;
	switch (text[1]) {
	case 'x':
	case 'X': return hex_decode(text + 2, out, size);
	case 'b':
	case 'B': return base64_decode(text + 2, out, size);
	}
	return -1;
}

void binary_encode(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	*out++ = '0';
	*out++ = 'x';
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}
