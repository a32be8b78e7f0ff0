// SPDX-License-Identifier: Apache-2.0
/* What a cartridge does about encryption: the key at hand, a key for each time it is taken, who may read what. */
#include "media/crypt.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "vtl/base/locked.h"

static bool hkdf(EVP_KDF *kdf, const uint8_t *key, const uint8_t *salt, uint8_t *out, size_t len)
{
	static const char purpose[] = "Evertape record 1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, CART_KEY),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, SALT),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)purpose, sizeof purpose - 1),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	bool done = ctx && EVP_KDF_derive(ctx, out, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	return done;
}

int crypt_derive(const uint8_t key[static CART_KEY], const uint8_t salt[static SALT],
	uint8_t ret_record_key[static CART_KEY], uint8_t ret_key_id[static KEY_ID])
{
	uint8_t out[CART_KEY + KEY_ID];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	bool done = kdf && hkdf(kdf, key, salt, out, sizeof out);
	EVP_KDF_free(kdf);
	if (done) {
		memcpy(ret_record_key, out, CART_KEY);
		memcpy(ret_key_id, out + CART_KEY, KEY_ID);
	}
	OPENSSL_cleanse(out, sizeof out);
	return done ? 0 : -ENOMEM;
}

/* --- items of the envelope ---------------------------------------------------------------------------- */

enum { ITEM_HEAD = 2 };

static void item_add(struct crypt *c, enum crypt_item kind, const void *bytes, uint8_t len)
{
	uint8_t *p = c->attached + c->attached_len;
	p[0] = (uint8_t)kind;
	p[1] = len;
	memcpy(p + ITEM_HEAD, bytes, len);
	c->attached_len += ITEM_HEAD + len;
}

const uint8_t *crypt_item(const struct envelope *v, enum crypt_item kind, uint8_t *ret_len)
{
	for (uint32_t at = 0; at + ITEM_HEAD <= v->attached_len; at += ITEM_HEAD + v->attached[at + 1]) {
		if (v->attached[at] != kind)
			continue;
		*ret_len = v->attached[at + 1];
		return v->attached + at + ITEM_HEAD;
	}
	return NULL;
}

static bool is_never_raw(const struct envelope *v)
{
	uint8_t len;
	const uint8_t *manner = crypt_item(v, ITEM_MANNER, &len);
	return manner && len > 0 && manner[0] & MANNER_NEVER_RAW;
}

/* --- reading ------------------------------------------------------------------------------------------ */

void crypt_judge(const struct crypt *crypt, const struct envelope *v, struct stored *how)
{
	if (!v || !v->cipher) {
		if (crypt->decryption == CART_DECRYPT)
			how->err = -ENOMSG;
		return;
	}
	if (crypt->decryption != CART_RAW) {
		if (crypt->external && !how->err)
			how->err = -EBADE;
		return; /* the stage has decided */
	}
	how->undo = false;
	how->from = 0;
	how->host_len = how->len;
	how->err = is_never_raw(v) ? -EKEYREVOKED : 0;
}

/* --- taking a key ------------------------------------------------------------------------------------- */

/* What each record written with the key has in its envelope.  The salt is drawn each time a key is taken, so the key
 * of the records, and with it its nonces, are never those of another time. */
static int writing_begin(struct crypt *c, const struct cart_crypt *from)
{
	uint8_t salt[SALT];
	if (RAND_bytes(salt, sizeof salt) != 1)
		return -EIO;
	for (unsigned i = 0; i < CART_KADS; i++)
		if (from->kad[i].there)
			item_add(c, ITEM_KAD_PLAIN + i, from->kad[i].bytes, from->kad[i].len);
	item_add(c, ITEM_SALT, salt, SALT);
	if (from->never_raw)
		item_add(c, ITEM_MANNER, (const uint8_t[]){ MANNER_NEVER_RAW }, 1);
	return crypt_derive(c->key, salt, c->record_key, c->key_id);
}

static int crypt_new(const struct cart_crypt *from, struct crypt **ret_crypt)
{
	struct crypt *c = locked_new(sizeof *c, true);
	if (!c)
		return -ENOMEM;
	c->decryption = from->decryption;
	c->encrypt = from->encrypt;
	c->external = from->external;
	if (from->key)
		memcpy(c->key, from->key, CART_KEY);
	int err = from->encrypt ? writing_begin(c, from) : 0;
	if (err)
		crypt_free(c);
	else
		*ret_crypt = c;
	return err;
}

void crypt_free(struct crypt *crypt)
{
	locked_free(crypt, sizeof *crypt);
}

static bool is_sound(const struct cart_crypt *from)
{
	bool needs_key = from->encrypt || from->decryption == CART_DECRYPT || from->decryption == CART_MIXED;
	for (unsigned i = 0; i < CART_KADS; i++)
		if (from->kad[i].len > CART_KAD_MAX)
			return false;
	return from->key || !needs_key;
}

int cart_use_crypt(struct cart *cart, const struct cart_crypt *from)
{
	struct crypt *crypt = NULL;
	if (from && !is_sound(from))
		return -EINVAL;
	int err = from ? crypt_new(from, &crypt) : 0;
	if (err)
		return err;
	err = compress_and_crypt(cart, cart->compression, crypt);
	if (err) {
		crypt_free(crypt);
		return err;
	}
	crypt_free(cart->crypt);
	cart->crypt = crypt;
	return cart_held(cart, 0);
}

/* --- looking ------------------------------------------------------------------------------------------ */

void crypt_tell(const struct envelope *v, struct cart_block *block)
{
	block->encrypted = v->cipher != CIPHER_NONE;
	block->compressed = v->compression != COMPRESSION_NONE;
	block->never_raw = block->encrypted && is_never_raw(v);
	for (unsigned i = 0; i < CART_KADS && block->encrypted; i++) {
		struct cart_kad *kad = &block->kad[i];
		const uint8_t *bytes = crypt_item(v, ITEM_KAD_PLAIN + i, &kad->len);
		kad->there = bytes && kad->len <= CART_KAD_MAX;
		if (kad->there)
			memcpy(kad->bytes, bytes, kad->len);
	}
}
