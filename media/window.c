// SPDX-License-Identifier: Apache-2.0
/* Fills segments, and writes them: several at once, taken in as finished in their order. */
#include "media/window.h"

#include <errno.h>
#include <string.h>

#include "media/cart.h"

/* --- the segment being filled ---------------------------------------------------------------------- */

int window_begin(struct cart *cart)
{
	struct window *window = &cart->part->window;
	if (window->fill)
		return 0;
	struct buf *b = window_buf(cart);
	if (!b)
		return cart->failed ? cart->failed : -ENOMEM;
	b->at = b->good = b->end = cart->part->pos;
	window->fill = b;
	return 0;
}

static bool is_full(const struct buf *b)
{
	return b->data_len == SEGMENT_DATA || b->entries == ENTRIES_MAX;
}

int window_add(struct cart *cart, struct entry e)
{
	struct part *part = cart->part;
	struct buf *b = part->window.fill;
	bool filemark = e.kind == ENTRY_FILEMARK;
	entry_put(b->mem + SEGMENT_FIXED + b->entries * ENTRY_SIZE, &e);
	b->entries++;
	b->data_len += e.len;
	b->objects += entry_begins(e.kind);
	b->filemarks += filemark;
	part->pos.object++;
	part->pos.filemarks += filemark;
	part->pos.charge += filemark ? FILEMARK_CHARGE : e.len;
	part->end = b->end = part->pos;
	return is_full(b) ? window_close(cart) : 0;
}

int window_close(struct cart *cart)
{
	struct buf *b = cart->part->window.fill;
	cart->part->window.fill = NULL;
	return b ? window_submit(cart, b) : 0;
}

/* --- segments on their way ------------------------------------------------------------------------- */

void window_restart(struct cart *cart)
{
	struct window *window = &cart->part->window;
	window->written = window->durable = cart->part->pos;
	window->written_sequence = window->synced = 0;
	window->dirty = false;
}

static void written(struct engine_io *io)
{
	struct buf *b = io->owner;
	b->busy = false;
}

/* Puts the header right before the data; the entries were gathered at the buffer's start. */
static uint8_t *segment_seal(struct cart *cart, struct buf *b, size_t *ret_len)
{
	const struct generation *own = &cart->part->own;
	uint32_t size = segment_head_size(b->entries);
	uint8_t *head = b->mem + SEGMENT_HEAD_MAX - size;
	uint32_t entries = b->entries * ENTRY_SIZE;
	memmove(head + SEGMENT_FIXED, b->mem + SEGMENT_FIXED, entries);
	memset(head + SEGMENT_FIXED + entries, 0, size - SEGMENT_FIXED - entries);
	uint32_t data = (uint32_t)round_up(b->data_len, BLOCK);
	memset(b->mem + SEGMENT_HEAD_MAX + b->data_len, 0, data - b->data_len);
	struct segment_head h = {
		.features = own->features,
		.uuid = cart->uuid,
		.partition = cart->part->number,
		.generation = own->now.generation,
		.number = own->now.number,
		.block = own->block,
		.sequence = own->sequence,
		.synced = cart->part->window.synced,
		.at = b->at,
		.cut = own->cut,
		.data_len = b->data_len,
		.entries = b->entries,
		.split_len = b->split_len,
		.split_offset = b->split_offset,
	};
	segment_head_put(&h, head);
	*ret_len = size + data;
	return head;
}

/* Gives the segment its place in the index and the file. */
static int segment_place(struct cart *cart, const struct buf *b, uint32_t blocks)
{
	struct generation *own = &cart->part->own;
	struct segment s = {
		.objects = b->objects,
		.marks = b->filemarks,
		.extent = own->extent,
		.block = own->block,
		.blocks = blocks,
		.continues = b->continues,
	};
	int err = index_add(&cart->part->index, &s);
	if (err)
		return err;
	own->sequence++;
	own->block += blocks;
	return 0;
}

int window_submit(struct cart *cart, struct buf *b)
{
	struct window *window = &cart->part->window;
	const struct generation *own = &cart->part->own;
	size_t len = 0;
	uint8_t *head = segment_seal(cart, b, &len);
	b->sequence = own->sequence;
	b->io = (struct engine_io){ .done = written,
		.owner = b,
		.fd = own->now.fd,
		.buf = head,
		.len = len,
		.off = (uint64_t)own->block * BLOCK };
	int err = segment_place(cart, b, (uint32_t)(len / BLOCK));
	if (err) {
		struct spot good = b->good;
		buf_put(cart, b);
		fault_raise(cart, err, good);
		return err;
	}
	window->dirty = true;
	window->since_sync += len;
	window->since_checkpoint++;
	b->busy = true;
	b->room_until = 0;
	TAILQ_INSERT_TAIL(&window->flying, b, link);
	engine_start(cart->engine, ENGINE_WRITE, &b->io);
	err = window_reap(cart, false);
	if (!err && window->since_sync >= SYNC_EVERY && !window->sync.busy)
		sync_start(cart);
	return err;
}

/* Where no space can be reserved it may be missing only now: the write is made once more when there is some.
 * What was written behind it does not count before. */
static bool write_again(struct cart *cart, struct buf *b)
{
	if (!engine_room_again(cart->engine, b->io.res, &b->room_until))
		return false;
	b->busy = true;
	engine_start(cart->engine, ENGINE_WRITE, &b->io);
	return true;
}

int window_reap(struct cart *cart, bool all)
{
	struct window *window = &cart->part->window;
	struct buf *b;
	while ((b = TAILQ_FIRST(&window->flying))) {
		while (all && b->busy)
			cart->engine->ops->wait(cart->engine);
		if (b->busy)
			break;
		if (b->io.res < 0 && write_again(cart, b))
			continue;
		if (b->io.res < 0) {
			fault_raise(cart, (int)b->io.res, b->good);
			return cart->failed;
		}
		TAILQ_REMOVE(&window->flying, b, link);
		window->written = b->end;
		window->written_sequence = b->sequence + 1;
		buf_put(cart, b);
	}
	return window->sync.io.owner ? sync_reap(cart, all) : 0;
}

struct buf *window_buf(struct cart *cart)
{
	struct part *part = cart->part;
	struct buf *b;
	while (!(b = buf_get(cart))) {
		if (part->r.count || part->r.head)
			reader_drop(cart);
		else if (cart->dropping)
			cart->engine->ops->wait(cart->engine);
		else if (TAILQ_EMPTY(&part->window.flying) || window_reap(cart, false))
			return NULL;
		else if (TAILQ_EMPTY(&cart->free))
			cart->engine->ops->wait(cart->engine);
	}
	return b;
}

void window_drop(struct cart *cart)
{
	struct window *window = &cart->part->window;
	struct buf *b;
	while ((b = TAILQ_FIRST(&window->flying))) {
		while (b->busy)
			cart->engine->ops->wait(cart->engine);
		TAILQ_REMOVE(&window->flying, b, link);
		buf_put(cart, b);
	}
	if (window->fill)
		buf_put(cart, window->fill);
	window->fill = NULL;
}
