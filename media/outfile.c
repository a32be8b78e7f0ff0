// SPDX-License-Identifier: Apache-2.0
/*
 * The files that segments are written to: makes extents, reserves their space in advance, and begins
 * generations.  A cut makes older data void, so its header is on stable storage before the first object
 * behind it is accepted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "media/cart.h"
#include "vtl/base/file.h"
#include "vtl/base/log.h"

/* EFBIG: the file system has room, but its limit for one file is reached. */
static bool no_space(int64_t err)
{
	return no_room(err) || err == -EFBIG;
}

/* Records whether space is short, and logs it once, so that the log explains a cartridge that ends early. */
static void space_is_short(struct cart *cart, bool is)
{
	if (is && !cart->part->own.space_short)
		log_cartridge(LOG_WARN, cart->label.barcode,
			": the file system is nearly full, the cartridge will end early");
	cart->part->own.space_short = is;
}

/* Returns how much to reserve: twice as much each time, at most what the capacity can still need. */
static uint64_t allocate_size(struct cart *cart, uint64_t need)
{
	struct part *part = cart->part;
	uint64_t left = part->capacity > part->end.charge ? part->capacity - part->end.charge : 0;
	uint64_t size = part->allocate_step;
	if (part->allocate_step < ALLOCATE_STEP)
		part->allocate_step *= 2;
	if (size > left + ALLOCATE_SPARE)
		size = round_up(left + ALLOCATE_SPARE, BLOCK);
	return size > need ? size : need;
}

/* Extends the reservation of the file to `to` bytes or more. 0, MEDIA_FULL or -errno. */
static int allocate(struct cart *cart, struct outfile *f, uint64_t to)
{
	uint64_t need = round_up(to - f->allocated, BLOCK), size = allocate_size(cart, need);
	uint64_t enough = size < SPACE_IS_SHORT ? size : SPACE_IS_SHORT;
	int64_t until = 0;
	for (bool buried = false;;) {
		int64_t res = engine_do(cart->engine, ENGINE_ALLOCATE, f->fd, NULL, size, f->allocated);
		if (res == -EOPNOTSUPP || res == -ENOSYS)
			res = 0; /* the file system allocates when data are written */
		if (res == 0) {
			f->allocated += size;
			space_is_short(cart, size < enough);
			return 0;
		}
		if (!no_space(res))
			return (int)res;
		if (!buried) { /* frees the space of void data */
			extents_bury(cart, SIZE_MAX);
			cart->engine->ops->settle(cart->engine);
			buried = true;
		} else if (size > enough) {
			size = size / 4 > enough ? round_up(size / 4, BLOCK) : enough;
		} else if (engine_room_again(cart->engine, res, &until)) {
			continue; /* once more, before the host gets early warning */
		} else if (size > need) {
			size = size / 4 > need ? round_up(size / 4, BLOCK) : need;
		} else {
			space_is_short(cart, true);
			return MEDIA_FULL;
		}
	}
}

static inline int reserve(struct cart *cart, struct outfile *f, uint64_t to)
{
	return to <= f->allocated ? 0 : allocate(cart, f, to);
}

/* Creates the file of an extent. It does not count before its header is written. */
static int outfile_make(struct cart *cart, uint32_t generation, uint32_t number, struct outfile *ret)
{
	int64_t until = 0;
	int fd;
	do
		fd = extent_open_file(cart, generation, number, O_RDWR | O_CREAT | O_EXCL);
	while (engine_room_again(cart->engine, fd, &until));
	if (fd < 0)
		return no_space(fd) ? MEDIA_FULL : fd;
	*ret = (struct outfile){ .fd = fd, .generation = generation, .number = number };
	return 0;
}

/* The file of an extent: a void one if there is any, else a new one. */
static int outfile_take(struct cart *cart, uint32_t generation, uint32_t number, struct outfile *ret)
{
	int err = recycle(cart, generation, number, ret);
	return err == MEDIA_FULL ? outfile_make(cart, generation, number, ret) : err;
}

static void outfile_unmake(struct cart *cart, struct outfile *f)
{
	char name[EXTENT_NAME_MAX];
	if (f->fd < 0)
		return;
	extent_name(name, cart->part->number, f->generation, f->number);
	cart->engine->ops->close(cart->engine, f->fd);
	cart->engine->ops->unlink(cart->engine, cart->dirfd, name);
	f->fd = -1;
}

void outfile_drop(struct cart *cart)
{
	struct generation *g = &cart->part->own;
	if (!g->reuses) {
		outfile_unmake(cart, &g->next);
		return;
	}
	cart->engine->ops->close(cart->engine, g->next.fd); /* the file keeps its old data */
	g->next.fd = -1;
	g->reuses = false;
}

/* Lists the generations with objects in front of the cut, at most the latest ANCESTORS_MAX. */
static void ancestors_find(const struct cart *cart, struct extent_head *h)
{
	const struct part *part = cart->part;
	uint32_t n = 0;
	for (size_t i = 0; i < part->index.count; i++) {
		const struct run *r = &part->index.runs[i];
		if (r->object >= h->cut.object)
			break;
		uint32_t generation = r->blocks ? part->extents[r->extent].generation : 0;
		if (!r->blocks || generation >= h->generation ||
			(n > 0 && h->ancestors[n - 1].generation == generation))
			continue;
		if (n == ANCESTORS_MAX)
			memmove(h->ancestors, h->ancestors + 1, --n * sizeof h->ancestors[0]);
		h->ancestors[n++] = (struct ancestor){ generation, r->object, r->filemarks };
	}
	h->ancestor_count = n;
}

/* Returns the header of an extent that begins at the position. */
static struct extent_head head_of(const struct cart *cart, const struct outfile *f, const struct spot *cut)
{
	const struct part *part = cart->part;
	struct extent_head head = {
		.features = part->own.features,
		.uuid = cart->uuid,
		.partition = part->number,
		.generation = f->generation,
		.number = f->number,
		.sequence = f->number ? part->own.sequence : 0,
		.at = part->pos,
		.cut = *cut,
	};
	ancestors_find(cart, &head);
	return head;
}

/* Writes the extent's header and syncs file and folder. */
static int outfile_begin(struct cart *cart, const struct outfile *f, const struct spot *cut)
{
	struct buf *b = window_buf(cart);
	if (!b)
		return -ENOMEM;
	const struct extent_head head = head_of(cart, f, cut);
	for (unsigned i = 0; i < EXTENT_HEAD_BLOCKS; i++)
		extent_head_put(&head, b->mem + i * BLOCK);
	int64_t n, until = 0;
	do
		n = engine_do(cart->engine, ENGINE_WRITE, f->fd, b->mem, EXTENT_HEAD_BLOCKS * BLOCK, 0);
	while (engine_room_again(cart->engine, n, &until));
	buf_put(cart, b);
	int err = n < 0 ? (int)n : cart->engine->ops->fsync(cart->engine, f->fd);
	return err ? err : cart->engine->ops->fsync(cart->engine, cart->dirfd);
}

int outfile_trim(struct cart *cart)
{
	struct generation *g = &cart->part->own;
	if (!g->open)
		return 0;
	uint64_t size = (uint64_t)g->block * BLOCK;
	g->now.allocated = size;
	return cart->engine->ops->truncate(cart->engine, g->now.fd, size);
}

void generation_leave(struct cart *cart)
{
	if (!cart->part->own.open)
		return;
	outfile_trim(cart);
	checkpoint_write(cart); /* only a shortcut */
	cart->part->own.open = cart->part->stretch = false;
}

/* Notes where each extent ends, before a cut shortens the index. */
static void extents_measure(struct cart *cart)
{
	struct part *part = cart->part;
	for (size_t i = 0; i < part->index.count; i++) {
		const struct run *r = &part->index.runs[i];
		uint32_t end = r->block + (uint32_t)r->count * r->blocks;
		if (r->blocks > 0 && end > part->extents[r->extent].blocks)
			part->extents[r->extent].blocks = end;
	}
}

/* Marks the extents without objects as void.  taken: UINT32_MAX, or the one whose file has another name now. */
static int extents_void(struct cart *cart, uint32_t taken)
{
	struct part *part = cart->part;
	bool *used = calloc(part->extent_count + 1u, sizeof *used);
	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < part->index.count; i++)
		if (part->index.runs[i].blocks > 0)
			used[part->index.runs[i].extent] = true;
	int err = 0;
	for (uint32_t i = 0; i < part->extent_count && !err; i++) {
		struct extent *x = &part->extents[i];
		if (used[i] || x->dead)
			continue;
		x->dead = true;
		if (x->fd >= 0)
			cart->engine->ops->close(cart->engine, x->fd);
		x->fd = -1;
		if (i != taken)
			err = extent_dead(cart, x->generation, x->number, (uint64_t)x->blocks * BLOCK);
	}
	free(used);
	return err;
}

/* Begins the generation of own.next at the position. */
static int generation_begin(struct cart *cart)
{
	struct part *part = cart->part;
	struct generation *g = &part->own;
	features_add(cart, g->features);
	const struct extent_head head = head_of(cart, &g->next, &part->pos);
	uint32_t taken = g->reuses ? g->reused : UINT32_MAX;
	int err = g->reuses ? reuse_begin(cart, &head) : outfile_begin(cart, &g->next, &part->pos);
	if (err)
		return err;
	extents_measure(cart);
	err = index_cut(&part->index, part->pos.object, part->pos.filemarks);
	if (err)
		return err;
	if (taken != g->extent)
		outfile_trim(cart); /* of the former generation; an error costs only space */
	g->open = false;
	part->end_missing = false; /* end of data is at the position now */
	err = extents_void(cart, taken);
	uint32_t at = 0;
	if (!err)
		err = extent_add(cart, g->next.generation, g->next.number, g->next.fd, &at);
	if (err)
		return err;
	g->now = g->next;
	g->next.fd = -1;
	g->open = true;
	g->extent = at;
	g->block = EXTENT_HEAD_BLOCKS;
	g->sequence = 0;
	g->cut = part->end = part->pos;
	window_restart(cart);
	return 0;
}

int generation_commit(struct cart *cart)
{
	struct part *part = cart->part;
	struct generation *g = &part->own;
	if (g->open && part->pos.object == part->end.object)
		return 0;
	int err = generation_begin(cart);
	if (!err)
		return 0;
	fault_raise(cart, err, part->pos);
	return cart->failed;
}

/* The extent is full: syncs it, then begins the generation's next extent. */
static int extent_begin(struct cart *cart)
{
	struct generation *g = &cart->part->own;
	int err = cart_sync(cart);
	if (err)
		return err;
	struct outfile f = { .fd = -1 };
	err = outfile_take(cart, g->now.generation, g->now.number + 1, &f);
	if (!err)
		err = reserve(cart, &f, (EXTENT_HEAD_BLOCKS + 2ull * SEGMENT_MAX / BLOCK) * BLOCK);
	uint32_t at = 0;
	if (!err)
		err = outfile_begin(cart, &f, &g->cut);
	if (!err)
		err = extent_add(cart, f.generation, f.number, f.fd, &at);
	if (err) {
		outfile_unmake(cart, &f);
		return no_space(err) ? MEDIA_FULL : err;
	}
	outfile_trim(cart);
	g->now = f;
	g->extent = at;
	g->block = EXTENT_HEAD_BLOCKS;
	return 0;
}

/* Reserves so many bytes in own.next, for a generation that begins at the position: in a file that its cut makes void, if
 * there is one. */
static int fresh_find(struct cart *cart, uint64_t bytes)
{
	struct part *part = cart->part;
	struct generation *g = &part->own;
	int err = 0;
	if (g->reuses)
		outfile_drop(cart); /* it was chosen for another position */
	if (g->next.fd < 0) {
		if (part->generation_max == UINT32_MAX)
			return -EROFS; /* the numbers are used up; a smaller one would count as older */
		if (reuse_take(cart, bytes) == MEDIA_OK)
			return 0;
		err = outfile_take(cart, part->generation_max + 1, 0, &g->next);
		part->generation_max += !err;
	}
	return err ? err : reserve(cart, &g->next, bytes);
}

/* Returns the block where the present extent ends once everything in memory is written. */
static uint32_t blocks_end(const struct cart *cart)
{
	const struct part *part = cart->part;
	return part->own.block + cart->stages.blocks + (part->window.fill ? SEGMENT_MAX / BLOCK : 0);
}

/* Makes room for blocks that do not fit behind those in memory. */
static int extent_make_room(struct cart *cart, uint32_t blocks)
{
	/* Records in the stages may have become shorter than their worst case. */
	int err = stages_settle(cart, &cart->stages);
	if (err || blocks_end(cart) + blocks <= cart->extent_blocks_max)
		return err;
	return extent_begin(cart);
}

static int room_find(struct cart *cart, uint32_t blocks, bool filemark)
{
	struct part *part = cart->part;
	struct generation *g = &part->own;
	bool fresh = !g->open || part->pos.object != part->end.object;
	uint64_t want = (uint64_t)blocks * BLOCK + (filemark ? 0 : SPACE_RESERVE);
	if (fresh)
		return fresh_find(cart, EXTENT_HEAD_BLOCKS * BLOCK + want);
	uint32_t end = blocks_end(cart);
	if (end + blocks > cart->extent_blocks_max) {
		int err = extent_make_room(cart, blocks);
		if (err)
			return err;
		end = blocks_end(cart);
	}
	return reserve(cart, &g->now, (uint64_t)end * BLOCK + want);
}

int generation_room(struct cart *cart, uint32_t blocks, bool filemark)
{
	int err = room_find(cart, blocks, filemark);
	if (err == -EROFS) { /* no data are lost */
		cart->read_only = true;
		cart->part->stretch = false;
	}
	return err;
}
