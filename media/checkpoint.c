// SPDX-License-Identifier: Apache-2.0
/* The index on disk (FORMAT.md section 5).  A mount can do without it: it then reads all extents. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"
#include "vtl/base/cleanup.h"

static const char index_magic[] = "EVTINDX";

enum { INDEX_UNIT = 8, INDEX_FIXED = 192, INDEX_EXTENT = 8, INDEX_RUN = 32 };

static void index_name(const struct cart *cart, char name[static 16])
{
	snprintf(name, 16, "index-p%u", cart->part->number & 7);
}

static void run_put(uint8_t *p, const struct run *r)
{
	put_le64(p, r->object);
	put_le64(p + 8, r->filemarks);
	put_le32(p + 16, r->extent);
	put_le32(p + 20, r->block);
	put_le16(p + 24, r->count);
	put_le16(p + 26, r->blocks | (uint32_t)r->continues << 15);
	put_le16(p + 28, r->objects);
	put_le16(p + 30, r->marks);
}

static struct run run_take(const uint8_t *p)
{
	uint32_t blocks = get_le16(p + 26);
	return (struct run){
		.object = get_le64(p),
		.filemarks = get_le64(p + 8),
		.extent = get_le32(p + 16),
		.block = get_le32(p + 20),
		.count = get_le16(p + 24),
		.continues = blocks >> 15,
		.blocks = blocks & 0x7fff,
		.objects = get_le16(p + 28),
		.marks = get_le16(p + 30),
	};
}

/* Numbers the extents that are still in use; map[i] is the place of extent i in the file's list. */
static uint32_t extents_number(const struct cart *cart, uint32_t *map)
{
	const struct part *part = cart->part;
	uint32_t count = 0;
	for (uint32_t i = 0; i < part->extent_count; i++)
		map[i] = UINT32_MAX;
	for (size_t i = 0; i < part->index.count; i++) {
		const struct run *r = &part->index.runs[i];
		if (r->blocks > 0 && map[r->extent] == UINT32_MAX)
			map[r->extent] = count++;
	}
	return count;
}

static void index_head_put(const struct cart *cart, uint8_t *buf, uint32_t extents)
{
	const struct part *part = cart->part;
	const struct generation *own = &part->own;
	memcpy(buf + 32, cart->uuid, 16);
	put_le32(buf + 48, part->number);
	put_le32(buf + 52, own->now.generation);
	put_le32(buf + 56, own->now.number);
	put_le32(buf + 60, own->block);
	put_le64(buf + 64, own->sequence);
	put_le64(buf + 72, part->end.object);
	put_le64(buf + 80, part->end.filemarks);
	put_le64(buf + 88, part->end.charge);
	put_le32(buf + 96, extents);
	put_le32(buf + 100, (uint32_t)part->index.count);
}

/* The caller has made everything durable that the index names. */
int checkpoint_write(struct cart *cart)
{
	struct part *part = cart->part;
	if (!part->own.open)
		return 0;
	autofree uint32_t *map = calloc(part->extent_count, sizeof *map);
	if (!map)
		return -ENOMEM;
	uint32_t extents = extents_number(cart, map);
	size_t len = INDEX_FIXED + extents * (size_t)INDEX_EXTENT + part->index.count * INDEX_RUN;
	autofree uint8_t *buf = len > CHECKPOINT_MAX ? NULL : calloc(1, len);
	if (!buf)
		return -ENOMEM;
	index_head_put(cart, buf, extents);
	uint8_t *p = buf + INDEX_FIXED;
	for (uint32_t i = 0; i < part->extent_count; i++) {
		if (map[i] == UINT32_MAX)
			continue;
		put_le32(p + map[i] * INDEX_EXTENT, part->extents[i].generation);
		put_le32(p + map[i] * INDEX_EXTENT + 4, part->extents[i].number);
	}
	p += extents * INDEX_EXTENT;
	for (size_t i = 0; i < part->index.count; i++, p += INDEX_RUN) {
		struct run r = part->index.runs[i];
		r.extent = r.blocks > 0 ? map[r.extent] : 0;
		run_put(p, &r);
	}
	preamble_put(buf, index_magic, INDEX_FIXED / INDEX_UNIT, cart->features, len);
	char name[16];
	index_name(cart, name);
	int err = file_replace(cart->engine, cart->dirfd, name, buf, len);
	if (!err)
		part->window.since_checkpoint = 0;
	return err;
}

/* Whether the runs are in order and lie in what the checkpoint names, up to its end. */
static bool runs_sane(const struct checkpoint *c)
{
	uint64_t object = 0, filemarks = 0;
	if (!spot_sane(&c->end))
		return false;
	for (size_t i = 0; i < c->index.count; i++) {
		const struct run *r = &c->index.runs[i];
		bool loss = r->blocks == 0;
		bool after_loss = i > 0 && c->index.runs[i - 1].blocks == 0;
		if (r->object < object || r->filemarks < filemarks || r->object > c->end.object ||
			r->filemarks > c->end.filemarks || (!loss && r->extent >= c->extent_count) ||
			loss != (r->count == 0) || r->marks > r->objects ||
			(!after_loss && (r->object != object || r->filemarks != filemarks)) ||
			r->block + (uint64_t)r->count * r->blocks > UINT32_MAX)
			return false;
		object = r->object + (uint64_t)r->count * r->objects;
		filemarks = r->filemarks + (uint64_t)r->count * r->marks;
	}
	bool open_end = c->index.count > 0 && c->index.runs[c->index.count - 1].blocks == 0;
	return open_end ? object <= c->end.object && filemarks <= c->end.filemarks
			: object == c->end.object && filemarks == c->end.filemarks;
}

static int checkpoint_lists(const uint8_t *p, uint32_t runs, struct checkpoint *c)
{
	c->extents = calloc(c->extent_count + 1u, sizeof *c->extents);
	c->index.runs = calloc(runs + 1u, sizeof *c->index.runs);
	if (!c->extents || !c->index.runs)
		return -ENOMEM;
	c->index.count = runs;
	c->index.room = runs + 1u;
	c->index.objects = c->end.object;
	c->index.filemarks = c->end.filemarks;
	for (uint32_t i = 0; i < c->extent_count; i++, p += INDEX_EXTENT)
		c->extents[i] = (struct extent_file){ .generation = get_le32(p), .number = get_le32(p + 4) };
	for (uint32_t i = 0; i < runs; i++, p += INDEX_RUN)
		c->index.runs[i] = run_take(p);
	return runs_sane(c) ? 0 : -EUCLEAN;
}

int checkpoint_read(struct cart *cart, size_t max, struct checkpoint *ret_checkpoint)
{
	autofree uint8_t *buf = NULL;
	size_t len = 0;
	char name[16];
	index_name(cart, name);
	int err = file_read(cart->engine, cart->dirfd, name, max, (void **)&buf, &len);
	if (err)
		return err;
	struct checkpoint c = { 0 };
	err = len < PREAMBLE_SIZE ? -EUCLEAN : preamble_check(buf, index_magic, len, &c.features);
	if (err)
		return media_other_version(err) ? err : -EUCLEAN;
	if (len < INDEX_FIXED || preamble_units(buf) * INDEX_UNIT != INDEX_FIXED ||
		memcmp(buf + 32, cart->uuid, 16) != 0 || get_le32(buf + 48) != cart->part->number ||
		!is_blank(buf + 104, 24))
		return -EUCLEAN;
	c.generation = get_le32(buf + 52);
	if (c.generation < cart->layout.floor)
		return -ENOENT; /* void */
	c.number = get_le32(buf + 56);
	c.block = get_le32(buf + 60);
	c.sequence = get_le64(buf + 64);
	c.end = (struct spot){ get_le64(buf + 72), get_le64(buf + 80), get_le64(buf + 88) };
	c.extent_count = get_le32(buf + 96);
	uint32_t runs = get_le32(buf + 100);
	if (len != INDEX_FIXED + (uint64_t)c.extent_count * INDEX_EXTENT + (uint64_t)runs * INDEX_RUN)
		return -EUCLEAN;
	err = checkpoint_lists(buf + INDEX_FIXED, runs, &c);
	if (err) {
		free(c.extents);
		index_free(&c.index);
		return err;
	}
	*ret_checkpoint = c;
	return 0;
}
