// SPDX-License-Identifier: Apache-2.0
/*
 * SIMH .tap: each record between two copies of its length, padded to an even number of bytes; markers for
 * filemarks, gaps and the end of the medium.  The four highest bits of a word are its class ("SIMH Magtape
 * Representation and Handling", January 2022): readers skip the objects of classes they do not use.
 * E11 writes the same without padding; some programs of big-endian machines turn the words round.
 */
#include <errno.h>

#include "media/container/formats.h"
#include "vtl/base/bytes.h"

#define TAP_MARK     0x00000000u
#define TAP_END      0xffffffffu
#define TAP_GAP      0xfffffffeu
#define TAP_HALF_GAP 0xfffeffffu /* the second half of it may begin a whole one */
#define TAP_DAMAGED  0x80000000u
#define TAP_LENGTH   0x0fffffffu

/* Classes of objects: those with data stand between two words, the others are one word. */
static const struct {
	bool has_data, used;
} classes[16] = {
	[0x0] = { true, true },  /* good data record */
	[0x1] = { true, false }, /* private data records */
	[0x2] = { true, false },
	[0x3] = { true, false },
	[0x4] = { true, false },
	[0x5] = { true, false },
	[0x6] = { true, false },
	[0x7] = { false, false }, /* private marker */
	[0x8] = { true, true },   /* bad data record */
	[0x9] = { true, false },  /* reserved data records */
	[0xa] = { true, false },
	[0xb] = { true, false },
	[0xc] = { true, false },
	[0xd] = { true, false },
	[0xe] = { true, false },  /* tape description */
	[0xf] = { false, false }, /* reserved markers; the known ones are dealt with before */
};

struct variant {
	bool big_endian, unpadded;
};
static const struct variant of_simh = { false, false }, of_e11 = { false, true }, of_big = { true, false };

static uint32_t word_of(const struct variant *v, const uint8_t *p)
{
	return v->big_endian ? get_be32(p) : get_le32(p);
}

static size_t padding(const struct variant *v, uint32_t word)
{
	return v->unpadded ? 0 : word & 1;
}

/* The padding behind a record's data, and the second copy of its word. */
static int tap_trailer(struct image *im, const struct variant *v, uint32_t word)
{
	uint8_t end[5];
	size_t pad = padding(v, word);
	if (image_take(im, end, pad + 4) < pad + 4)
		return image_short(im);
	return word_of(v, end + pad) == word ? 0 : image_bad(im, "a record's two lengths differ");
}

/* An object of a class that readers do not use. */
static int tap_skip(struct image *im, const struct variant *v, uint32_t word)
{
	int err = 0;
	if (classes[word >> 28].has_data) {
		for (uint32_t left = word & TAP_LENGTH, n; left && !err; left -= n) {
			n = left < IMAGE_DATA ? left : IMAGE_DATA;
			err = image_take(im, im->data, n) < n ? image_short(im) : 0;
		}
		if (!err)
			err = tap_trailer(im, v, word);
	}
	im->report->skipped += !err;
	return err;
}

static int tap_record(struct image *im, const struct variant *v, uint32_t word)
{
	uint32_t len = word & TAP_LENGTH;
	if (!classes[word >> 28].used)
		return tap_skip(im, v, word);
	if (len > MEDIA_RECORD_MAX)
		return image_bad(im, "a record longer than 8 MiB");
	if (image_take(im, im->data, len) < len)
		return image_short(im);
	int err = tap_trailer(im, v, word);
	return err ? err : image_record(im, word & TAP_DAMAGED, len);
}

static int tap_step(struct image *im, const struct variant *v)
{
	uint8_t bytes[4];
	int res = image_begin(im, bytes, sizeof bytes);
	if (res)
		return res;
	uint32_t word = word_of(v, bytes);
	switch (word) {
	case TAP_MARK: return image_mark(im);
	case TAP_END: return IMAGE_MARKER;
	case TAP_GAP: return 0;
	case TAP_HALF_GAP:
		im->back[0] = bytes[2];
		im->back[1] = bytes[3];
		im->back_left = 2;
		im->at -= 2;
		return 0;
	default: return tap_record(im, v, word);
	}
}

int simh_step(struct image *im)
{
	return tap_step(im, &of_simh);
}

int e11_step(struct image *im)
{
	return tap_step(im, &of_e11);
}

int big_step(struct image *im)
{
	return tap_step(im, &of_big);
}

/* Counts records with data whose two words agree.  One that reaches beyond the n bytes is not judged. */
static size_t tap_look(const uint8_t *p, size_t n, const struct variant *v)
{
	size_t records = 0;
	for (size_t at = 0; at + 4 <= n;) {
		uint32_t word = word_of(v, p + at), len = word & TAP_LENGTH;
		if (word == TAP_END)
			break;
		at += word == TAP_HALF_GAP ? 2 : 4;
		if (word == TAP_MARK || word == TAP_GAP || word == TAP_HALF_GAP ||
			!classes[word >> 28].has_data)
			continue;
		size_t end = at + len + padding(v, word);
		if ((classes[word >> 28].used && len > MEDIA_RECORD_MAX) || end + 4 > n ||
			word_of(v, p + end) != word)
			break;
		records += len > 0;
		at = end + 4;
	}
	return records;
}

size_t simh_look(const uint8_t *p, size_t n)
{
	return tap_look(p, n, &of_simh);
}

size_t e11_look(const uint8_t *p, size_t n)
{
	return tap_look(p, n, &of_e11);
}

size_t big_look(const uint8_t *p, size_t n)
{
	return tap_look(p, n, &of_big);
}

static void put_word(struct image_out *out, uint32_t word)
{
	uint8_t bytes[4];
	put_le32(bytes, word);
	stream_write(out->s, bytes, sizeof bytes);
}

static void put_record(struct image_out *out, const void *data, uint32_t len, bool damaged, size_t pad)
{
	uint32_t word = len | (damaged ? TAP_DAMAGED : 0);
	put_word(out, word);
	stream_write(out->s, data, len);
	stream_write(out->s, "", pad);
	put_word(out, word);
}

static int simh_record(struct image_out *out, const void *data, uint32_t len, bool damaged,
	char why[static 128])
{
	put_record(out, data, len, damaged, padding(&of_simh, len));
	return 0;
}

static int e11_record(struct image_out *out, const void *data, uint32_t len, bool damaged,
	char why[static 128])
{
	put_record(out, data, len, damaged, 0);
	return 0;
}

static void simh_mark(struct image_out *out)
{
	put_word(out, TAP_MARK);
}

static void simh_end(struct image_out *out)
{
	put_word(out, TAP_END);
}

const struct image_writer simh_writer = { simh_record, simh_mark, simh_end };
const struct image_writer e11_writer = { e11_record, simh_mark, simh_end };
