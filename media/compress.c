// SPDX-License-Identifier: Apache-2.0
/* LZ4 and zstd over a record.  Runs on threads of the crew. */
#include "media/compress.h"

#include <errno.h>
#include <lz4.h>
#include <stdlib.h>
#include <zstd.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"

enum {
	GAIN_PART = 16, /* less than 1/16 is not worth the work of reading */
	ZSTD_SPEED = 1, /* zstd's level: as much as a thread of the crew can do for a drive */
	ZSTD_MAGIC = 4, /* bytes of it, in front of a frame */
	PIECES = 3,
};

void scratch_free(struct scratch *scratch)
{
	free(scratch->lz4);
	ZSTD_freeCCtx(scratch->zstd);
	ZSTD_freeDCtx(scratch->unzstd);
	*scratch = (struct scratch){ 0 };
}

/* --- one piece of memory ----------------------------------------------------------------------------- */

/* Bytes in out; 0: it does not fit there. */
typedef uint32_t (
	*squeeze)(struct scratch *scratch, const uint8_t *in, uint32_t len, uint8_t *out, uint32_t room);

static uint32_t squeeze_lz4(struct scratch *scratch, const uint8_t *in, uint32_t len, uint8_t *out,
	uint32_t room)
{
	if (!scratch->lz4)
		scratch->lz4 = malloc((size_t)LZ4_sizeofState());
	if (!scratch->lz4)
		return 0;
	int n = LZ4_compress_fast_extState(scratch->lz4, (const char *)in, (char *)out, (int)len, (int)room,
		1);
	return n > 0 ? (uint32_t)n : 0;
}

static uint32_t squeeze_zstd(struct scratch *scratch, const uint8_t *in, uint32_t len, uint8_t *out,
	uint32_t room)
{
	if (!scratch->zstd)
		scratch->zstd = ZSTD_createCCtx();
	if (!scratch->zstd)
		return 0;
	size_t n = ZSTD_compressCCtx(scratch->zstd, out, room, in, len, ZSTD_SPEED);
	return ZSTD_isError(n) ? 0 : (uint32_t)n;
}

/* Most bytes that are worth it; 0: none are. */
static uint32_t worth(uint32_t len)
{
	uint32_t gain = len / GAIN_PART > ENVELOPE_MIN ? len / GAIN_PART : ENVELOPE_MIN;
	return len > gain ? len - gain : 0;
}

/* Whether any of a few pieces of a long record becomes smaller. */
static bool promises(squeeze fn, struct stage_data *d)
{
	if (d->len <= COMPRESS_WHOLE)
		return true;
	for (uint32_t i = 0; i < PIECES; i++)
		if (fn(d->scratch, d->in + (d->len - COMPRESS_PIECE) / (PIECES - 1) * i, COMPRESS_PIECE,
			    d->out, worth(COMPRESS_PIECE)))
			return true;
	return false;
}

static int compress(squeeze fn, enum compression compression, struct envelope *v, struct stage_data *d)
{
	uint32_t room = worth(d->len);
	if (!room || !promises(fn, d))
		return STAGE_PASSED;
	d->out_len = fn(d->scratch, d->in, d->len, d->out, room);
	if (!d->out_len)
		return STAGE_PASSED;
	v->compression = compression;
	return STAGE_CHANGED;
}

bool compress_looks_good(const uint8_t *p, uint32_t len)
{
	LZ4_stream_t state;
	uint8_t out[COMPRESS_PIECE];
	struct scratch scratch = { .lz4 = &state };
	if (len > COMPRESS_PIECE)
		len = COMPRESS_PIECE;
	uint32_t room = worth(len);
	return room && squeeze_lz4(&scratch, p, len, out, room);
}

/* --- stages ------------------------------------------------------------------------------------------ */

static int apply_lz4(const void *arg, struct envelope *v, struct stage_data *d)
{
	return compress(squeeze_lz4, COMPRESSION_LZ4, v, d);
}

static int undo_lz4(const void *arg, const struct envelope *v, struct stage_data *d)
{
	if (v->host_len > d->room)
		return -EBADMSG;
	int n = LZ4_decompress_safe((const char *)d->in, (char *)d->out, (int)d->len, (int)v->host_len);
	if (n < 0 || (uint32_t)n != v->host_len)
		return -EBADMSG;
	d->out_len = v->host_len;
	return 0;
}

static int apply_zstd(const void *arg, struct envelope *v, struct stage_data *d)
{
	return compress(squeeze_zstd, COMPRESSION_ZSTD, v, d);
}

/* Exactly one frame: nothing in front of it, nothing behind it. */
static bool is_one_frame(const struct stage_data *d)
{
	return d->len > ZSTD_MAGIC && get_le32(d->in) == ZSTD_MAGICNUMBER &&
		ZSTD_findFrameCompressedSize(d->in, d->len) == d->len;
}

static int undo_zstd(const void *arg, const struct envelope *v, struct stage_data *d)
{
	struct scratch *scratch = d->scratch;
	if (v->host_len > d->room || !is_one_frame(d))
		return -EBADMSG;
	if (!scratch->unzstd)
		scratch->unzstd = ZSTD_createDCtx();
	if (!scratch->unzstd)
		return -ENOMEM;
	if (ZSTD_decompressDCtx(scratch->unzstd, d->out, v->host_len, d->in, d->len) != v->host_len)
		return -EBADMSG;
	d->out_len = v->host_len;
	return 0;
}

const struct stage stage_lz4 = {
	.name = "LZ4",
	.compression = COMPRESSION_LZ4,
	.apply = apply_lz4,
	.undo = undo_lz4,
};

const struct stage stage_lz4_spare = {
	.name = "LZ4, while the crew has time",
	.optional = true,
	.compression = COMPRESSION_LZ4,
	.apply = apply_lz4,
	.undo = undo_lz4,
};

const struct stage stage_zstd = {
	.name = "zstd",
	.compression = COMPRESSION_ZSTD,
	.apply = apply_zstd,
	.undo = undo_zstd,
};

/* --- use --------------------------------------------------------------------------------------------- */

static unsigned uses_put(enum cart_compression compression, const struct crypt *crypt,
	struct stage_use ret_uses[static STAGES_MAX])
{
	const struct stage *lz4 = compression == CART_COMPRESS_AUTO ? &stage_lz4_spare : &stage_lz4;
	bool by_lz4 = compression == CART_COMPRESS_AUTO || compression == CART_COMPRESS_LZ4;
	unsigned n = 0;
	ret_uses[n++] = (struct stage_use){ lz4, NULL, by_lz4 };
	ret_uses[n++] = (struct stage_use){ &stage_zstd, NULL, compression == CART_COMPRESS_ZSTD };
	if (crypt)
		ret_uses[n++] = (struct stage_use){ &stage_cipher, crypt, crypt->encrypt };
	return n;
}

int compress_and_crypt(struct cart *cart, enum cart_compression compression, const struct crypt *crypt)
{
	struct stage_use uses[STAGES_MAX];
	unsigned n = uses_put(compression, crypt, uses);
	return cart_use_stages(cart, uses, n);
}

void compress_begin(struct cart *cart)
{
	cart->stages.count = uses_put(CART_COMPRESS_OFF, NULL, cart->stages.uses);
}

int cart_use_compression(struct cart *cart, enum cart_compression compression)
{
	int err = compress_and_crypt(cart, compression, cart->crypt);
	if (!err)
		cart->compression = compression;
	return err;
}

enum cart_compression cart_compression(const struct cart *cart)
{
	return cart->compression;
}

struct cart_savings cart_savings(const struct cart *cart)
{
	return cart->savings;
}
