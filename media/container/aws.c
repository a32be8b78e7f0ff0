// SPDX-License-Identifier: Apache-2.0
/*
 * AWSTAPE and HET (the tapes of Hercules): chained blocks of up to 65535 bytes, each behind a header of 6 bytes: its
 * length, the length of the block before, both little-endian, and two bytes of flags.  A record is one block or
 * several; a HET record is compressed as a whole, and then divided into blocks.
 */
#include <bzlib.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "media/container/formats.h"
#include "vtl/base/bytes.h"

enum { AWS_HEAD = 6, BLOCK_MAX = 65535 };
enum {
	FLAG_NEW = 0x80,
	FLAG_MARK = 0x40,
	FLAG_END = 0x20,
	PACKED = 0x03,
	PACKED_ZLIB = 0x01,
	PACKED_BZIP2 = 0x02
};
enum { FLAG2_ZLIB = 0x80 }; /* as some other programs mark the same */

struct head {
	uint16_t len, previous;
	uint8_t flags, flags2;
};

static struct head head_of(const uint8_t p[static AWS_HEAD])
{
	return (struct head){ get_le16(p), get_le16(p + 2), p[4], p[5] };
}

static bool is_packed(const struct head *h)
{
	return (h->flags & PACKED) || (h->flags2 & FLAG2_ZLIB);
}

/* Reads the blocks of the record that begins with this head into `to`. */
static int record_take(struct image *im, struct head h, uint8_t *to, uint32_t *ret_len)
{
	for (*ret_len = 0;;) {
		uint8_t bytes[AWS_HEAD];
		if (*ret_len + h.len > IMAGE_DATA)
			return image_bad(im, "a record longer than 8 MiB");
		if (image_take(im, to + *ret_len, h.len) < h.len)
			return image_short(im);
		*ret_len += h.len;
		im->previous = h.len;
		if (h.flags & FLAG_END)
			return 0;
		if (image_take(im, bytes, sizeof bytes) < sizeof bytes)
			return image_short(im);
		h = head_of(bytes);
		if (h.previous != im->previous || (h.flags & (FLAG_NEW | FLAG_MARK)))
			return image_bad(im, "a record has no last block");
	}
}

/* Undoes the compression of the record in im->packed.  0 or an error with why. */
static int record_undo(struct image *im, const struct head *h, uint32_t *len)
{
	uLongf zlib_len = IMAGE_DATA;
	unsigned bzip2_len = IMAGE_DATA;
	bool good;
	if ((h->flags & PACKED) == PACKED_BZIP2)
		good = BZ2_bzBuffToBuffDecompress((char *)im->data, &bzip2_len, (char *)im->packed, *len, 0,
			       0) == BZ_OK;
	else if ((h->flags & PACKED) == PACKED)
		return image_bad(im, "a record is compressed with an unknown method");
	else
		good = uncompress(im->data, &zlib_len, im->packed, *len) == Z_OK;
	*len = (h->flags & PACKED) == PACKED_BZIP2 ? bzip2_len : (uint32_t)zlib_len;
	return good ? 0 : image_bad(im, "a compressed record cannot be decompressed");
}

int aws_step(struct image *im)
{
	uint8_t bytes[AWS_HEAD];
	uint32_t len;
	int res = image_begin(im, bytes, sizeof bytes);
	if (res)
		return res;
	const struct head h = head_of(bytes);
	if (h.previous != im->previous)
		return image_bad(im, "the length of the block before is another");
	if (h.flags & FLAG_MARK) {
		im->previous = 0;
		return h.len ? image_bad(im, "a filemark with data") : image_mark(im);
	}
	if (!(h.flags & FLAG_NEW) || h.len == 0)
		return image_bad(im, "no record begins where one should");
	int err = record_take(im, h, is_packed(&h) ? im->packed : im->data, &len);
	if (!err && is_packed(&h))
		err = record_undo(im, &h, &len);
	if (!err && len == 0)
		err = image_bad(im, "a record of no bytes");
	return err ? err : image_record(im, false, len);
}

/* Counts blocks behind which a head agrees, or the file ends. */
static size_t look(const uint8_t *p, size_t n, bool packed)
{
	size_t blocks = 0, at = 0;
	bool any = false;
	uint16_t previous = 0;
	while (at + AWS_HEAD <= n) {
		const struct head h = head_of(p + at);
		bool mark = h.flags & FLAG_MARK;
		if (h.previous != previous || (mark ? h.len != 0 : h.len == 0) || (h.flags2 & ~FLAG2_ZLIB) ||
			(at == 0 && !mark && !(h.flags & FLAG_NEW)))
			break;
		size_t next = at + AWS_HEAD + h.len;
		if (next != n && (next + AWS_HEAD > n || get_le16(p + next + 2) != h.len))
			break;
		blocks += h.len > 0;
		any |= h.len > 0 && is_packed(&h);
		previous = h.len;
		at = next;
	}
	return any == packed ? blocks : 0;
}

size_t aws_look(const uint8_t *p, size_t n)
{
	return look(p, n, false);
}

size_t het_look(const uint8_t *p, size_t n)
{
	return look(p, n, true);
}

static void put_head(struct image_out *out, uint32_t len, uint8_t flags)
{
	uint8_t bytes[AWS_HEAD] = { 0 };
	put_le16(bytes, (uint16_t)len);
	put_le16(bytes + 2, (uint16_t)out->previous);
	bytes[4] = flags;
	stream_write(out->s, bytes, sizeof bytes);
	out->previous = len;
}

static void put_blocks(struct image_out *out, const uint8_t *data, uint32_t len, uint8_t flags)
{
	for (uint32_t at = 0, n; at < len; at += n) {
		n = len - at < BLOCK_MAX ? len - at : BLOCK_MAX;
		put_head(out, n, (uint8_t)(flags | (at ? 0 : FLAG_NEW) | (at + n < len ? 0 : FLAG_END)));
		stream_write(out->s, data + at, n);
	}
}

static int no_damage(char why[static 128], const char *words)
{
	snprintf(why, 128, "%s cannot hold a damaged record: export in the format native or tap", words);
	return -EINVAL;
}

static int aws_record(struct image_out *out, const void *data, uint32_t len, bool damaged,
	char why[static 128])
{
	if (damaged)
		return no_damage(why, container_formats[CART_AWSTAPE].words);
	put_blocks(out, data, len, 0);
	return 0;
}

static int het_record(struct image_out *out, const void *data, uint32_t len, bool damaged,
	char why[static 128])
{
	uLongf packed = IMAGE_DATA;
	if (damaged)
		return no_damage(why, container_formats[CART_HET].words);
	if (compress2(out->packed, &packed, data, len, Z_BEST_SPEED) == Z_OK && packed < len)
		put_blocks(out, out->packed, (uint32_t)packed, PACKED_ZLIB);
	else
		put_blocks(out, data, len, 0);
	return 0;
}

static void aws_mark(struct image_out *out)
{
	put_head(out, 0, FLAG_MARK);
}

static void aws_end(struct image_out *out)
{
}

const struct image_writer aws_writer = { aws_record, aws_mark, aws_end };
const struct image_writer het_writer = { het_record, aws_mark, aws_end };
