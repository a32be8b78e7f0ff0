// SPDX-License-Identifier: Apache-2.0
/*
 * Void extents are used again in place: a block that was written once takes new data faster than a new one, and a full
 * disk has room for what takes the place of old data.
 * Data that a cut makes void may not go before the cut is durable, so the cut is made in one of their own files: the
 * second copy of its header becomes the new generation's, which says nothing under the file's old name, and then one
 * rename makes the file the new generation's first extent (FORMAT.md 4.1).  Files that are void already get the name of
 * a later extent, and its header when it begins.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "media/cart.h"

/* Whether the run has data in front of the position. */
static bool is_kept(const struct cart *cart, const struct run *r)
{
	return r->object < cart->part->pos.object || (r->object == cart->part->pos.object && r->continues);
}

/* Blocks of the run's extent that are known to be allocated. */
static uint64_t room_of(const struct part *part, const struct run *r)
{
	const struct generation *g = &part->own;
	return g->open && r->extent == g->extent ? g->now.allocated / BLOCK
						 : r->block + (uint64_t)r->count * r->blocks;
}

/* The largest of the extents that have nothing in front of the position, the first of several; false: none has so many
 * blocks. */
static bool choose(const struct cart *cart, uint64_t blocks, uint32_t *ret_extent, uint64_t *ret_blocks)
{
	const struct index *ix = &cart->part->index;
	size_t first = ix->count;
	while (first > 0 && !is_kept(cart, &ix->runs[first - 1]))
		first--;
	uint32_t kept = first > 0 && ix->runs[first - 1].blocks ? ix->runs[first - 1].extent : UINT32_MAX;
	bool found = false;
	for (size_t i = first; i < ix->count; i++) {
		const struct run *r = &ix->runs[i];
		uint64_t end = room_of(cart->part, r);
		if (!r->blocks || r->extent == kept || cart->part->extents[r->extent].missing ||
			end < blocks + found)
			continue;
		blocks = *ret_blocks = end;
		*ret_extent = r->extent;
		found = true;
	}
	return found;
}

int reuse_take(struct cart *cart, uint64_t bytes)
{
	struct part *part = cart->part;
	struct generation *g = &part->own;
	uint64_t blocks = 0;
	outfile_drop(cart);
	if (!choose(cart, (bytes + BLOCK - 1) / BLOCK, &g->reused, &blocks) ||
		part->generation_max == UINT32_MAX)
		return MEDIA_FULL;
	const struct extent *x = &part->extents[g->reused];
	int fd = extent_open_file(cart, x->generation, x->number, O_RDWR);
	if (fd < 0)
		return MEDIA_FULL;
	g->next = (struct outfile){ .fd = fd,
		.generation = ++part->generation_max,
		.allocated = blocks * BLOCK };
	g->reuses = true;
	return MEDIA_OK;
}

/* Writes one copy of the header. */
static int head_put(struct cart *cart, const struct extent_head *head, unsigned copy)
{
	struct buf *b = window_buf(cart);
	if (!b)
		return -ENOMEM;
	extent_head_put(head, b->mem);
	int64_t n = engine_do(cart->engine, ENGINE_WRITE, cart->part->own.next.fd, b->mem, BLOCK,
		(uint64_t)copy * BLOCK);
	buf_put(cart, b);
	return n < 0 ? (int)n : 0;
}

int reuse_begin(struct cart *cart, const struct extent_head *head)
{
	struct part *part = cart->part;
	struct engine *e = cart->engine;
	struct generation *g = &part->own;
	const struct extent *x = &part->extents[g->reused];
	char from[EXTENT_NAME_MAX], to[EXTENT_NAME_MAX];
	extent_name(from, part->number, x->generation, x->number);
	extent_name(to, part->number, g->next.generation, g->next.number);
	int err = head_put(cart, head, 1);
	if (!err)
		err = e->ops->fsync(e, g->next.fd);
	if (!err)
		err = e->ops->rename(e, cart->dirfd, from, to);
	if (!err)
		err = e->ops->fsync(e, cart->dirfd);
	if (!err)
		err = head_put(cart, head, 0);
	g->reuses = err != 0; /* until it has succeeded, own.next is the file of that extent */
	return err;
}

/* Takes the largest file out of the void ones, the first of several.  False: there is none. */
static bool dead_take(struct part *part, struct extent_file *ret)
{
	size_t best = 0;
	for (size_t i = 1; i < part->dead_count; i++)
		if (part->dead[i].size > part->dead[best].size)
			best = i;
	if (part->dead_count == 0)
		return false;
	*ret = part->dead[best];
	part->dead_count--;
	memmove(part->dead + best, part->dead + best + 1, (part->dead_count - best) * sizeof *ret);
	return true;
}

int recycle(struct cart *cart, uint32_t generation, uint32_t number, struct outfile *ret)
{
	struct engine *e = cart->engine;
	struct extent_file file;
	char from[EXTENT_NAME_MAX], to[EXTENT_NAME_MAX];
	extent_name(to, cart->part->number, generation, number);
	while (dead_take(cart->part, &file)) {
		int fd = extent_open_file(cart, file.generation, file.number, O_RDWR);
		if (fd < 0)
			continue;
		extent_name(from, cart->part->number, file.generation, file.number);
		int err = e->ops->rename(e, cart->dirfd, from, to);
		if (!err)
			err = e->ops->fsync(e, cart->dirfd);
		if (err) {
			e->ops->close(e, fd);
			return err;
		}
		*ret = (struct outfile){ .fd = fd,
			.generation = generation,
			.number = number,
			.allocated = file.size - file.size % BLOCK };
		return 0;
	}
	return MEDIA_FULL;
}
