// SPDX-License-Identifier: Apache-2.0
/* Encoding and decoding of extent and segment headers (FORMAT.md section 4). */
#include "media/format.h"

#include <errno.h>
#include <string.h>

#include "media/envelope.h"
#include "media/media.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

static const char extent_magic[] = "EVTEXTN", segment_magic[] = "EVTSEGM";

enum { ANCESTORS_AT = 192, ANCESTOR_SIZE = 20 };
_Static_assert(ANCESTORS_AT + ANCESTORS_MAX * ANCESTOR_SIZE <= BLOCK, "ancestors fit a header");

static void spot_put(uint8_t *p, const struct spot *s)
{
	put_le64(p, s->object);
	put_le64(p + 8, s->filemarks);
	put_le64(p + 16, s->charge);
}

static struct spot spot_take(const uint8_t *p)
{
	return (struct spot){ get_le64(p), get_le64(p + 8), get_le64(p + 16) };
}

bool spot_sane(const struct spot *s)
{
	const uint64_t max = 1ull << 60;
	return s->object < max && s->filemarks <= s->object && s->charge < max;
}

void extent_head_put(const struct extent_head *h, uint8_t block[static BLOCK])
{
	memset(block, 0, BLOCK);
	memcpy(block + 32, h->uuid, 16);
	put_le32(block + 48, h->partition);
	put_le32(block + 52, h->generation);
	put_le32(block + 56, h->number);
	put_le32(block + 60, h->ancestor_count);
	put_le64(block + 64, h->sequence);
	spot_put(block + 72, &h->at);
	spot_put(block + 96, &h->cut);
	uint8_t *p = block + ANCESTORS_AT;
	for (uint32_t i = 0; i < h->ancestor_count; i++, p += ANCESTOR_SIZE) {
		put_le32(p, h->ancestors[i].generation);
		put_le64(p + 4, h->ancestors[i].object);
		put_le64(p + 12, h->ancestors[i].filemarks);
	}
	preamble_put(block, extent_magic, 1, h->features, BLOCK);
}

int extent_head_decode(const uint8_t block[static BLOCK], struct extent_head *ret_head)
{
	struct extent_head h = {
		.uuid = block + 32,
		.partition = get_le32(block + 48),
		.generation = get_le32(block + 52),
		.number = get_le32(block + 56),
		.ancestor_count = get_le32(block + 60),
		.sequence = get_le64(block + 64),
		.at = spot_take(block + 72),
		.cut = spot_take(block + 96),
	};
	int err = preamble_check(block, extent_magic, BLOCK, &h.features);
	if (err)
		return err;
	if (preamble_units(block) != 1 || h.ancestor_count > ANCESTORS_MAX || !is_blank(block + 120, 8) ||
		!spot_sane(&h.at) || !spot_sane(&h.cut))
		return -EBADMSG;
	const uint8_t *p = block + ANCESTORS_AT;
	for (uint32_t i = 0; i < h.ancestor_count; i++, p += ANCESTOR_SIZE)
		h.ancestors[i] = (struct ancestor){ get_le32(p), get_le64(p + 4), get_le64(p + 12) };
	if (!is_blank(p, (size_t)(block + BLOCK - p)))
		return -EBADMSG;
	*ret_head = h;
	return 0;
}

uint32_t segment_head_size(uint32_t entries)
{
	return (uint32_t)round_up(SEGMENT_FIXED + entries * ENTRY_SIZE, BLOCK);
}

void segment_head_put(const struct segment_head *h, uint8_t *buf)
{
	uint32_t size = segment_head_size(h->entries);
	memset(buf, 0, SEGMENT_FIXED);
	memcpy(buf + 32, h->uuid, 16);
	put_le32(buf + 48, h->partition);
	put_le32(buf + 52, h->generation);
	put_le32(buf + 56, h->number);
	put_le32(buf + 60, h->block);
	put_le64(buf + 64, h->sequence);
	put_le64(buf + 72, h->synced);
	spot_put(buf + 80, &h->at);
	spot_put(buf + 104, &h->cut);
	put_le32(buf + 128, h->data_len);
	put_le32(buf + 132, h->entries);
	put_le32(buf + 136, h->split_len);
	put_le32(buf + 140, h->split_offset);
	preamble_put(buf, segment_magic, size / BLOCK, h->features, size);
}

uint32_t segment_head_probe(const uint8_t *buf)
{
	uint32_t size = preamble_units(buf) * (uint32_t)BLOCK;
	return memcmp(buf, segment_magic, MAGIC_NAME) == 0 && size <= SEGMENT_HEAD_MAX ? size : 0;
}

void entry_put(uint8_t *p, const struct entry *e)
{
	put_le32(p, e->len | (uint32_t)e->kind << 24);
	put_le32(p + 4, e->crc);
}

struct entry entry_at(const uint8_t *header, uint32_t i)
{
	const uint8_t *p = header + SEGMENT_FIXED + i * ENTRY_SIZE;
	uint32_t word = get_le32(p);
	return (struct entry){ word & 0xffffff, (enum entry_kind)(word >> 24), get_le32(p + 4) };
}

static const struct {
	enum entry_part part;
	bool transformed;
} kinds[ENTRY_KINDS] = {
	[ENTRY_RECORD] = { PART_WHOLE, false },
	[ENTRY_FILEMARK] = { PART_FILEMARK, false },
	[ENTRY_BEGIN] = { PART_BEGIN, false },
	[ENTRY_MIDDLE] = { PART_MIDDLE, false },
	[ENTRY_END] = { PART_END, false },
	[ENTRY_DAMAGED] = { PART_DAMAGED, false },
	[ENTRY_TRANSFORMED] = { PART_WHOLE, true },
	[ENTRY_TRANSFORMED_BEGIN] = { PART_BEGIN, true },
	[ENTRY_TRANSFORMED_MIDDLE] = { PART_MIDDLE, true },
	[ENTRY_TRANSFORMED_END] = { PART_END, true },
};

enum entry_part entry_part(enum entry_kind kind)
{
	return kind < ENTRY_KINDS ? kinds[kind].part : PART_NONE;
}

bool entry_transformed(enum entry_kind kind)
{
	return kind < ENTRY_KINDS && kinds[kind].transformed;
}

/* Whether a fragment may stand where it does: only at the edges of a segment. */
static bool fragment_sane(const struct segment_head *h, const struct entry *e, uint32_t i)
{
	bool transformed = entry_transformed(e->kind);
	uint64_t end = (uint64_t)h->split_offset + e->len;
	if (e->len == 0 ||
		h->split_len > (transformed ? (uint32_t)TRANSFORMED_MAX : (uint32_t)MEDIA_RECORD_MAX))
		return false;
	switch (entry_part(e->kind)) {
	case PART_BEGIN:
		return h->entries == 1 && h->split_offset == 0 && end < h->split_len &&
			(!transformed || e->len >= ENVELOPE_MIN);
	case PART_MIDDLE: return h->entries == 1 && h->split_offset > 0 && end < h->split_len;
	case PART_END: return i == 0 && h->split_offset > 0 && end == h->split_len;
	default: return false;
	}
}

/* Whether entry i of h may stand where it does. */
static bool entry_sane(const struct segment_head *h, const struct entry *e, uint32_t i)
{
	bool transformed = entry_transformed(e->kind);
	if (e->len > SEGMENT_DATA || (transformed && !(h->features.read & FEATURE_TRANSFORMED)))
		return false;
	switch (entry_part(e->kind)) {
	case PART_WHOLE: return e->len >= (transformed ? TRANSFORMED_MIN : 1);
	case PART_FILEMARK: return e->len == 0;
	case PART_DAMAGED: return true;
	default: return fragment_sane(h, e, i);
	}
}

static bool entries_take(const uint8_t *buf, struct segment_head *h)
{
	uint64_t sum = 0;
	struct entry e = { 0 };
	for (uint32_t i = 0; i < h->entries; i++) {
		e = entry_at(buf, i);
		if (!entry_sane(h, &e, i))
			return false;
		sum += e.len;
		h->objects += entry_begins(e.kind);
		h->filemarks += e.kind == ENTRY_FILEMARK;
		if (i == 0) {
			h->continues = !entry_begins(e.kind);
			bool split = h->continues || entry_part(e.kind) == PART_BEGIN;
			if (split != (h->split_len != 0) || (!split && h->split_offset))
				return false;
		}
	}
	h->unfinished = entry_part(e.kind) == PART_BEGIN || entry_part(e.kind) == PART_MIDDLE;
	return sum == h->data_len;
}

int segment_head_decode(const uint8_t *buf, size_t size, struct segment_head *ret_head)
{
	uint32_t head_size = size >= BLOCK ? segment_head_probe(buf) : 0;
	if (head_size == 0 || head_size > size)
		return -EBADMSG;
	struct segment_head h = {
		.uuid = buf + 32,
		.partition = get_le32(buf + 48),
		.generation = get_le32(buf + 52),
		.number = get_le32(buf + 56),
		.block = get_le32(buf + 60),
		.sequence = get_le64(buf + 64),
		.synced = get_le64(buf + 72),
		.at = spot_take(buf + 80),
		.cut = spot_take(buf + 104),
		.data_len = get_le32(buf + 128),
		.entries = get_le32(buf + 132),
		.split_len = get_le32(buf + 136),
		.split_offset = get_le32(buf + 140),
		.size = head_size,
	};
	int err = preamble_check(buf, segment_magic, head_size, &h.features);
	if (err)
		return err;
	if (!spot_sane(&h.at) || !spot_sane(&h.cut) || h.data_len > SEGMENT_DATA ||
		h.split_len > TRANSFORMED_MAX || h.entries == 0 || h.entries > ENTRIES_MAX ||
		segment_head_size(h.entries) != head_size || !entries_take(buf, &h))
		return -EBADMSG;
	*ret_head = h;
	return 0;
}

uint32_t segment_size(const struct segment_head *h)
{
	return h->size + (uint32_t)round_up(h->data_len, BLOCK);
}

struct spot segment_end(const struct segment_head *h)
{
	return (struct spot){
		.object = h->at.object + h->objects,
		.filemarks = h->at.filemarks + h->filemarks,
		.charge = h->at.charge + h->data_len + (uint64_t)h->filemarks * FILEMARK_CHARGE,
	};
}

bool segment_data_whole(const uint8_t *segment, const struct segment_head *h)
{
	const uint8_t *data = segment + h->size;
	for (uint32_t i = 0; i < h->entries; i++) {
		struct entry e = entry_at(segment, i);
		if (crc32c(0, data, e.len) != e.crc)
			return false;
		data += e.len;
	}
	return true;
}
