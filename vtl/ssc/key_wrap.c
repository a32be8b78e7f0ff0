/* SPDX-License-Identifier: Apache-2.0 */
/* The key pair of a drive: RSA-2048, keys wrapped by RSAES-OAEP with SHA-256 (RFC 8017 7.1). */
#include "vtl/ssc/key_wrap.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "vtl/base/job.h"
#include "vtl/base/locked.h"

enum { BITS = 8 * KEY_WRAP_LEN };

bool key_wrap_offered(const struct lu *lu)
{
	enum { PROTOCOL = 0x20, PUBLIC_KEY = 0x0031 };
	for (const struct security_page *pg = lu->security_pages; pg && pg->name; pg++)
		if (pg->protocol == PROTOCOL && pg->page == PUBLIC_KEY)
			return true;
	return false;
}

/* --- the pair ------------------------------------------------------------------------------------ */

static bool number(const EVP_PKEY *pair, const char *name, uint8_t out[static KEY_WRAP_LEN])
{
	BIGNUM *n = NULL;
	bool done = EVP_PKEY_get_bn_param(pair, name, &n) == 1 &&
		BN_bn2binpad(n, out, KEY_WRAP_LEN) == KEY_WRAP_LEN;
	BN_free(n);
	return done;
}

/* On a helper thread: finding the primes takes some tenths of a second. */
static void make(void *arg)
{
	struct key_wrap *w = arg;
	uint8_t *end = w->pair;
	EVP_PKEY *pair = EVP_RSA_gen(BITS);
	if (pair && number(pair, OSSL_PKEY_PARAM_RSA_N, w->modulus) &&
		number(pair, OSSL_PKEY_PARAM_RSA_E, w->exponent) &&
		i2d_PrivateKey(pair, NULL) <= (int)sizeof w->pair && i2d_PrivateKey(pair, &end) > 0)
		w->pair_len = (size_t)(end - w->pair);
	EVP_PKEY_free(pair); /* overwrites it */
}

struct key_wrap *key_wrap_new(void)
{
	struct key_wrap *w = locked_new(sizeof *w, true);
	if (!w)
		return NULL;
	job_call(make, w);
	if (w->pair_len)
		return w;
	key_wrap_free(w);
	return NULL;
}

void key_wrap_free(struct key_wrap *wrap)
{
	locked_free(wrap, sizeof *wrap);
}

/* --- a key --------------------------------------------------------------------------------------- */

struct unwrapping {
	const struct key_wrap *wrap;
	const struct wrapped_key *from;
	uint8_t *key;
	size_t len;
	bool done;
};

/* The context takes the copy of the label. */
static bool set_label(EVP_PKEY_CTX *ctx, const struct wrapped_key *from)
{
	void *label = OPENSSL_memdup(from->label, from->label_len);
	if (label && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, (int)from->label_len) == 1)
		return true;
	OPENSSL_free(label);
	return false;
}

static bool set_up(EVP_PKEY_CTX *ctx, const struct wrapped_key *from)
{
	return ctx && EVP_PKEY_decrypt_init(ctx) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1 && set_label(ctx, from);
}

static void unwrap(void *arg)
{
	struct unwrapping *u = arg;
	const uint8_t *der = u->wrap->pair;
	uint8_t out[KEY_WRAP_LEN];
	size_t len = sizeof out;
	EVP_PKEY *pair = d2i_AutoPrivateKey(NULL, &der, (long)u->wrap->pair_len);
	EVP_PKEY_CTX *ctx = pair ? EVP_PKEY_CTX_new(pair, NULL) : NULL;
	u->done = set_up(ctx, u->from) &&
		EVP_PKEY_decrypt(ctx, out, &len, u->from->bytes, KEY_WRAP_LEN) == 1 && len == u->len;
	if (u->done)
		memcpy(u->key, out, len);
	explicit_bzero(out, sizeof out);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pair);
}

bool key_unwrap(const struct key_wrap *wrap, const struct wrapped_key *from, uint8_t *ret_key, size_t len)
{
	struct unwrapping u = { wrap, from, ret_key, len, false };
	job_call(unwrap, &u);
	return u.done;
}
