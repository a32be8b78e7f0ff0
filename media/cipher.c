// SPDX-License-Identifier: Apache-2.0
/* AES-256-GCM over a record, by OpenSSL.  Runs on threads of the crew. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"

enum { PLACE = 12, AAD_MAX = PLACE + ENVELOPE_MAX };

/* What the tag covers besides the data: the record's place, and the envelope without the tag itself. */
static int aad_put(const struct envelope *v, const struct stage_data *d, uint8_t out[static AAD_MAX])
{
	struct envelope covered = *v;
	put_le64(out, d->object);
	put_le32(out + 8, d->partition);
	covered.stored_len = d->len;
	covered.host_crc = 0;
	memset(covered.tag, 0, sizeof covered.tag);
	return PLACE + (int)envelope_put(&covered, out + PLACE);
}

static bool encrypted(EVP_CIPHER_CTX *ctx, const uint8_t *key, struct envelope *v, struct stage_data *d)
{
	uint8_t aad[AAD_MAX];
	int aad_len = aad_put(v, d, aad), n = 0, rest = 0;
	return EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, v->nonce, NULL) == 1 &&
		EVP_EncryptUpdate(ctx, NULL, &n, aad, aad_len) == 1 &&
		EVP_EncryptUpdate(ctx, d->out, &n, d->in, (int)d->len) == 1 &&
		EVP_EncryptFinal_ex(ctx, d->out + n, &rest) == 1 && (uint32_t)(n + rest) == d->len &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof v->tag, v->tag) == 1;
}

static int encrypt(const void *arg, struct envelope *v, struct stage_data *d)
{
	struct crypt *crypt = (struct crypt *)arg;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return -ENOMEM;
	v->cipher = CIPHER_AES_256_GCM;
	memcpy(v->key_id, crypt->key_id, sizeof v->key_id);
	memset(v->nonce, 0, sizeof v->nonce);
	put_le64(v->nonce, atomic_fetch_add(&crypt->records, 1));
	memcpy(v->attached, crypt->attached, crypt->attached_len);
	v->attached_len = crypt->attached_len;
	bool done = encrypted(ctx, crypt->record_key, v, d);
	EVP_CIPHER_CTX_free(ctx);
	d->out_len = d->len;
	return done ? STAGE_CHANGED : -EIO;
}

/* The record's key into d, if it is not there.  0; -ENOKEY, -EKEYREJECTED, -ENOMEM. */
static int key_of(const struct crypt *crypt, struct derived *d, const struct envelope *v)
{
	uint8_t len;
	const uint8_t *salt = crypt_item(v, ITEM_SALT, &len);
	if (crypt->decryption != CART_DECRYPT && crypt->decryption != CART_MIXED)
		return -ENOKEY;
	if (!salt || len != SALT)
		return -EKEYREJECTED;
	if (!d->there || memcmp(d->salt, salt, SALT) != 0) {
		d->there = false;
		int err = crypt_derive(crypt->key, salt, d->record_key, d->key_id);
		if (err)
			return err;
		memcpy(d->salt, salt, SALT);
		d->there = true;
	}
	return CRYPTO_memcmp(d->key_id, v->key_id, sizeof d->key_id) ? -EKEYREJECTED : 0;
}

static int can_decrypt(const void *arg, const struct envelope *v)
{
	struct crypt *crypt = (struct crypt *)arg;
	return key_of(crypt, &crypt->at_hand, v);
}

static bool decrypted(EVP_CIPHER_CTX *ctx, const uint8_t *key, const struct envelope *v, struct stage_data *d)
{
	uint8_t aad[AAD_MAX], tag[sizeof v->tag];
	int aad_len = aad_put(v, d, aad), n = 0, rest = 0;
	memcpy(tag, v->tag, sizeof tag);
	return EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, v->nonce, NULL) == 1 &&
		EVP_DecryptUpdate(ctx, NULL, &n, aad, aad_len) == 1 &&
		EVP_DecryptUpdate(ctx, d->out, &n, d->in, (int)d->len) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
		EVP_DecryptFinal_ex(ctx, d->out + n, &rest) == 1 && (uint32_t)(n + rest) == d->len;
}

static int decrypt(const void *arg, const struct envelope *v, struct stage_data *d)
{
	struct crypt *crypt = (struct crypt *)arg;
	struct derived *key = &crypt->of_slot[d->slot];
	int err = key_of(crypt, key, v);
	EVP_CIPHER_CTX *ctx = err ? NULL : EVP_CIPHER_CTX_new();
	if (!err && !ctx)
		err = -ENOMEM;
	if (!err && !decrypted(ctx, key->record_key, v, d))
		err = -EILSEQ;
	EVP_CIPHER_CTX_free(ctx);
	d->out_len = d->len;
	return err;
}

const struct stage stage_cipher = {
	.name = "AES-256-GCM",
	.cipher = CIPHER_AES_256_GCM,
	.apply = encrypt,
	.can_undo = can_decrypt,
	.undo = decrypt,
};
