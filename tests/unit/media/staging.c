// SPDX-License-Identifier: Apache-2.0
#include "staging.h"

#include <errno.h>
#include <string.h>

#include "support.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

/* --- pack -------------------------------------------------------------------------------------------- */

enum { RUN_HEAD = 5 }; /* length of what is kept, the byte of the run */

static int pack(const void *arg, struct envelope *v, struct stage_data *d)
{
	uint32_t kept = d->len;
	if (d->len == PACK_FAILS) {
		v->lbp = LBP_CRC32C; /* what it noted before it failed must not count */
		return -EIO;
	}
	while (kept > 0 && d->in[kept - 1] == d->in[d->len - 1])
		kept--;
	if (kept + RUN_HEAD >= d->len)
		return STAGE_PASSED;
	put_le32(d->out, kept);
	d->out[4] = d->in[d->len - 1];
	memcpy(d->out + RUN_HEAD, d->in, kept);
	d->out_len = kept + RUN_HEAD;
	v->compression = COMPRESSION_LZ4;
	return STAGE_CHANGED;
}

static int unpack(const void *arg, const struct envelope *v, struct stage_data *d)
{
	uint32_t kept = d->len < RUN_HEAD ? UINT32_MAX : get_le32(d->in);
	if (kept != d->len - RUN_HEAD || kept > v->host_len || v->host_len > d->room)
		return -EBADMSG;
	memcpy(d->out, d->in + RUN_HEAD, kept);
	memset(d->out + kept, d->in[4], v->host_len - kept);
	d->out_len = v->host_len;
	return 0;
}

const struct stage stage_pack = {
	.name = "pack",
	.optional = true,
	.compression = COMPRESSION_LZ4,
	.apply = pack,
	.undo = unpack,
};

/* --- scramble ---------------------------------------------------------------------------------------- */

static void flip(const struct scramble_key *key, struct stage_data *d)
{
	for (uint32_t i = 0; i < d->len; i++)
		d->out[i] = (uint8_t)(d->in[i] ^ (key->id + key->wrong + i * 7));
	d->out_len = d->len;
}

static int scramble(const void *arg, struct envelope *v, struct stage_data *d)
{
	const struct scramble_key *key = arg;
	if (d->len == key->fails_at)
		return -EOVERFLOW;
	flip(key, d);
	v->cipher = CIPHER_AES_256_GCM;
	v->key_id[0] = key->id;
	put_le32(v->tag, crc32c(0, d->in, d->len));
	return STAGE_CHANGED;
}

static int can_unscramble(const void *arg, const struct envelope *v)
{
	return v->key_id[0] == ((const struct scramble_key *)arg)->id ? 0 : -ENOKEY;
}

static int unscramble(const void *arg, const struct envelope *v, struct stage_data *d)
{
	flip(arg, d);
	return crc32c(0, d->out, d->len) == get_le32(v->tag) ? 0 : -EBADMSG;
}

const struct stage stage_scramble = {
	.name = "scramble",
	.cipher = CIPHER_AES_256_GCM,
	.apply = scramble,
	.can_undo = can_unscramble,
	.undo = unscramble,
};

/* --- use --------------------------------------------------------------------------------------------- */

const struct scramble_key staging_ways[STAGING_WAYS] = {
	{ "as they come" },
	{ "two stages", .id = 1 },
	{ "encrypted", .id = 1, .real = true },
	{ "compressed", .compression = CART_COMPRESS_LZ4 },
	{ "compressed while there is time", .compression = CART_COMPRESS_AUTO },
	{ "Reed-Solomon", .protection = LBP_REED_SOLOMON },
	{ "CRC32C", .protection = LBP_CRC32C },
	{ "compressed while there is time, CRC32C", .compression = CART_COMPRESS_AUTO,
		.protection = LBP_CRC32C },
	{ "zstd, encrypted, Reed-Solomon", .id = 1, .real = true, .compression = CART_COMPRESS_ZSTD,
		.protection = LBP_REED_SOLOMON },
	{ "LZ4, encrypted, CRC32C", .id = 1, .real = true, .compression = CART_COMPRESS_LZ4,
		.protection = LBP_CRC32C },
};

static const struct scramble_key *always;

int staging_use(struct cart *cart, const struct scramble_key *key)
{
	const uint8_t bytes[CART_KEY] = { key->id };
	const struct cart_crypt crypt = { .encrypt = true, .decryption = CART_DECRYPT, .key = bytes };
	int err = key->real ? cart_use_crypt(cart, &crypt) : 0;
	if (key->compression && !err)
		err = cart_use_compression(cart, key->compression);
	if (key->real || key->compression || key->protection)
		return err;
	if (!key->id)
		return 0; /* as they come */
	const struct stage_use uses[] = { { &stage_pack, NULL, true }, { &stage_scramble, key, true } };
	return cart_use_stages(cart, uses, 2);
}

void staging_always(const struct scramble_key *key)
{
	always = key;
	pattern_shrinks(key && key->compression);
}

enum lbp_method staging_protection(void)
{
	return always ? always->protection : LBP_NONE;
}

void staging_begin(struct cart *cart)
{
	if (always && staging_use(cart, always))
		fail_msg("the stages cannot be used");
	cart_read_protected(cart, staging_protection());
}
