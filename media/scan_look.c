// SPDX-License-Identifier: Apache-2.0
/* What a scan sees in an extent file: how it begins, and the segment headers in it. */
#include <errno.h>
#include <string.h>

#include "media/scan.h"

bool scan_read(struct scan *sc, void *mem, size_t len, uint32_t block)
{
	int64_t n = engine_do(sc->cart->engine, ENGINE_READ, sc->fd, mem, len, (uint64_t)block * BLOCK);
	if (n < 0)
		sc->io_error = (int)n;
	return n >= 0;
}

/* Reads the segment header at a block of the open file.  0, or as segment_head_decode(). */
static int head_read(struct scan *sc, uint32_t block, struct segment_head *ret_head)
{
	uint64_t left = sc->file_blocks > block ? sc->file_blocks - block : 0;
	size_t len = left < SEGMENT_HEAD_MAX / BLOCK ? left * BLOCK : SEGMENT_HEAD_MAX;
	if (len == 0 || !scan_read(sc, sc->mem, len, block))
		return -EBADMSG;
	return segment_head_decode(sc->mem, len, ret_head);
}

bool scan_head_at(struct scan *sc, uint32_t block, struct segment_head *ret_head)
{
	struct segment_head h;
	if (head_read(sc, block, &h) || memcmp(h.uuid, sc->cart->uuid, 16) != 0 ||
		(!sc->any_features && memcmp(&h.features, &sc->features, sizeof h.features) != 0) ||
		h.partition != sc->cart->part->number || h.generation != sc->generation ||
		h.number != sc->number || h.block != block ||
		block + (uint64_t)segment_size(&h) / BLOCK > sc->file_blocks)
		return false;
	*ret_head = h;
	return true;
}

uint32_t scan_look_ahead(struct scan *sc, uint32_t block, struct segment_head *ret_head)
{
	const uint32_t step = SEGMENT_DATA / BLOCK;
	for (uint32_t from = block; from < sc->file_blocks; from += step) {
		uint32_t n = sc->file_blocks - from < step ? (uint32_t)(sc->file_blocks - from) : step;
		uint8_t *window = sc->mem + SEGMENT_HEAD_MAX;
		if (!scan_read(sc, window, (size_t)n * BLOCK, from))
			window = NULL; /* one block of them cannot be read: read them one by one */
		for (uint32_t i = 0; i < n; i++) {
			struct segment_head h;
			if (window && segment_head_probe(window + (size_t)i * BLOCK) == 0)
				continue;
			if (!scan_head_at(sc, from + i, &h) || h.sequence <= sc->sequence ||
				h.at.object < sc->end.object || h.at.filemarks < sc->end.filemarks)
				continue;
			*ret_head = h;
			return from + i;
		}
	}
	return 0;
}

/* Whether a header belongs to an earlier extent of this cartridge than the open one. */
static bool is_earlier(const struct scan *sc, const uint8_t *uuid, uint32_t partition, uint32_t generation,
	uint32_t number)
{
	return memcmp(uuid, sc->cart->uuid, 16) == 0 && partition == sc->cart->part->number &&
		(generation < sc->generation || (generation == sc->generation && number < sc->number));
}

/* Whether an extent's header is one that is never in the first block of the open file, under its name: that of a later
 * extent of this partition.  Somebody gave the file another name. */
static bool is_renamed(const struct scan *sc, const struct extent_head *h)
{
	return memcmp(h->uuid, sc->cart->uuid, 16) == 0 && h->partition == sc->cart->part->number &&
		(h->generation > sc->generation ||
			(h->generation == sc->generation && h->number > sc->number));
}

/* How the open extent begins by its first segment that is left: 1; 0 there is none.  -EPROTOTYPE and
 * -EPROTONOSUPPORT: a sound segment of another version. */
static int begins_with_segment(struct scan *sc, struct extent_head *ret_head)
{
	struct segment_head s;
	struct scan any = *sc; /* accepts any sequence and spot */
	any.sequence = 0;
	any.end = (struct spot){ 0 };
	any.any_features = true;
	int other = head_read(&any, EXTENT_HEAD_BLOCKS, &s);
	if (media_other_version(other))
		return other;
	sc->prepared |= other == 0 && is_earlier(sc, s.uuid, s.partition, s.generation, s.number);
	bool found = scan_head_at(&any, EXTENT_HEAD_BLOCKS, &s) ||
		scan_look_ahead(&any, EXTENT_HEAD_BLOCKS + 1, &s) > 0;
	sc->io_error = any.io_error;
	if (found)
		*ret_head = (struct extent_head){ .features = s.features,
			.sequence = s.sequence,
			.at = s.at,
			.cut = s.cut };
	return found;
}

/* How the open extent begins: from its header, else its first segment.  1; 0 when it never began: nothing was
 * written to its file, or only what the file was before; -EBADMSG when there is nothing in it that can be understood; -EPROTOTYPE when it is of
 * format 1, -EPROTONOSUPPORT when it needs a newer version of Evertape; -EUCLEAN when it is that of a later extent. */
static int extent_begins(struct scan *sc, struct extent_head *ret_head)
{
	const struct cart *cart = sc->cart;
	struct extent_head h;
	bool blank = true;
	sc->prepared = false;
	for (uint32_t i = 0; i < EXTENT_HEAD_BLOCKS && i < sc->file_blocks; i++) {
		if (!scan_read(sc, sc->mem, BLOCK, i))
			continue;
		blank = blank && is_blank(sc->mem, BLOCK);
		int err = extent_head_decode(sc->mem, &h);
		if (media_other_version(err))
			return err;
		if (!err && i == 0 && is_renamed(sc, &h))
			return -EUCLEAN;
		sc->prepared |= !err && is_earlier(sc, h.uuid, h.partition, h.generation, h.number);
		if (err || memcmp(h.uuid, cart->uuid, 16) != 0 || h.partition != cart->part->number ||
			h.generation != sc->generation || h.number != sc->number)
			continue;
		*ret_head = h;
		return 1;
	}
	int res = begins_with_segment(sc, ret_head);
	if (res == 0 && sc->io_error)
		return sc->io_error; /* an I/O error is no evidence of damage */
	return res ? res : blank || sc->prepared ? 0 : -EBADMSG;
}

int scan_extent_look(struct scan *sc, struct extent_file *f, struct extent_head *ret_head)
{
	sc->generation = f->generation;
	sc->number = f->number;
	sc->file_blocks = f->size / BLOCK;
	if (sc->file_blocks > EXTENT_BLOCKS_MAX)
		sc->file_blocks = EXTENT_BLOCKS_MAX;
	sc->fd = extent_open_file(sc->cart, f->generation, f->number, O_RDONLY);
	int res = sc->fd < 0 ? sc->fd : extent_begins(sc, ret_head);
	if (res > 0) {
		sc->features = ret_head->features;
		features_add(sc->cart, ret_head->features);
	}
	f->garbage = res == -EBADMSG;
	f->prepared = res == 0 && sc->prepared;
	if (res <= 0 && sc->fd >= 0)
		sc->cart->engine->ops->close(sc->cart->engine, sc->fd);
	return f->garbage ? 0 : res;
}
