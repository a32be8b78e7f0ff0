/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers of extents and segments, and envelopes. An input is a byte (bits 0-1: which; bit 2: its checksum is made
 * right), then the bytes.
 */
#include <string.h>

#include "fuzz.h"
#include "media/envelope.h"
#include "media/format.h"
#include "media/media.h"
#include "vtl/base/bytes.h"

enum { EXTENT, SEGMENT, ENVELOPE, MEND = 4 };

static uint8_t block[SEGMENT_MAX];

static void mend(const char *name, size_t len)
{
	struct features features = { get_le32(block + 16), get_le32(block + 20) };
	preamble_put(block, name, preamble_units(block), features, len);
}

/* What is taken is put again as the same bytes. */
static void extent_try(bool mended)
{
	uint8_t again[BLOCK];
	struct extent_head h;
	if (mended)
		mend("EVTEXTN", BLOCK);
	if (extent_head_decode(block, &h))
		return;
	FUZZ_CHECK(h.ancestor_count <= ANCESTORS_MAX);
	extent_head_put(&h, again);
	FUZZ_CHECK(memcmp(again + 16, block + 16, 112) == 0); /* behind the checksum, up to the spare bytes */
}

static void entries_check(const struct segment_head *h)
{
	uint64_t sum = 0, objects = 0, filemarks = 0;
	for (uint32_t i = 0; i < h->entries; i++) {
		struct entry e = entry_at(block, i);
		FUZZ_CHECK(entry_part(e.kind) != PART_NONE);
		sum += e.len;
		objects += entry_begins(e.kind);
		filemarks += e.kind == ENTRY_FILEMARK;
	}
	FUZZ_CHECK(sum == h->data_len && objects == h->objects && filemarks == h->filemarks);
}

static void segment_try(bool mended, size_t len)
{
	struct segment_head h;
	uint32_t size = segment_head_probe(block);
	if (mended && size >= BLOCK)
		mend("EVTSEGM", size);
	if (segment_head_decode(block, len, &h))
		return;
	FUZZ_CHECK(h.size <= SEGMENT_HEAD_MAX && h.size <= len && segment_size(&h) <= SEGMENT_MAX);
	FUZZ_CHECK(segment_end(&h).object >= h.at.object && segment_end(&h).charge >= h.at.charge);
	FUZZ_CHECK(segment_end(&h).filemarks <= segment_end(&h).object);
	entries_check(&h);
	segment_data_whole(block, &h);
}

static void envelope_try(size_t len)
{
	struct envelope e, same;
	uint8_t again[ENVELOPE_MAX];
	if (envelope_decode(block, len, (uint32_t)len, &e))
		return;
	FUZZ_CHECK(e.size <= ENVELOPE_MAX && e.size + (uint64_t)e.stored_len == len);
	FUZZ_CHECK(e.attached_len <= ENVELOPE_ATTACHED && e.host_len <= MEDIA_RECORD_MAX);
	FUZZ_CHECK(envelope_put(&e, again) == e.size);
	FUZZ_CHECK(envelope_decode(again, e.size, (uint32_t)len, &same) == 0);
	FUZZ_CHECK(memcmp(&e, &same, sizeof e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	uint8_t how = fuzz_byte(&f);
	size_t len = f.left;
	fuzz_quiet();
	memset(block, 0, sizeof block);
	fuzz_bytes(&f, block, len < sizeof block ? len : sizeof block);
	switch (how & 3) {
	case EXTENT: extent_try(how & MEND); break;
	case SEGMENT: segment_try(how & MEND, SEGMENT_MAX); break;
	case ENVELOPE: envelope_try(len < sizeof block ? len : sizeof block); break;
	}
	return 0;
}
