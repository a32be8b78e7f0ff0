// SPDX-License-Identifier: Apache-2.0
/*
 * The write window: segments on their way to the disk, sync points, and what
 * happens when one of them fails.
 */
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"

static void written(struct engine_io *io)
{
	struct buf *b = io->owner;
	b->busy = false;
}

/* Puts the header right before the data; the entries were gathered at the buffer's start. */
static uint8_t *segment_close(struct cart *cart, struct buf *b, size_t *ret_len)
{
	struct writer *w = &cart->part->w;
	uint32_t size = segment_head_size(b->entries);
	uint8_t *head = b->mem + SEGMENT_HEAD_MAX - size;
	uint32_t entries = b->entries * ENTRY_SIZE;
	memmove(head + SEGMENT_FIXED, b->mem + SEGMENT_FIXED, entries);
	memset(head + SEGMENT_FIXED + entries, 0, size - SEGMENT_FIXED - entries);
	uint32_t data = (uint32_t)round_up(b->data_len, BLOCK);
	memset(b->mem + SEGMENT_HEAD_MAX + b->data_len, 0, data - b->data_len);
	struct segment_head h = {
		.features = w->features,
		.uuid = cart->uuid,
		.partition = cart->part->number,
		.generation = w->now.generation,
		.number = w->now.number,
		.block = w->block,
		.sequence = w->sequence,
		.synced = w->synced,
		.at = b->at,
		.cut = w->cut,
		.data_len = b->data_len,
		.entries = b->entries,
		.split_len = b->split_len,
		.split_offset = b->split_offset,
	};
	segment_head_put(&h, head);
	*ret_len = size + data;
	return head;
}

static void synced(struct engine_io *io)
{
	((struct cart *)io->owner)->part->w.sync_busy = false;
}

/* Syncs what has been written so far without waiting for it. */
static void sync_start(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	w->since_sync = 0;
	w->sync_sequence = w->written_sequence;
	w->sync_spot = w->written;
	w->sync_busy = true;
	w->sync_io = (struct engine_io){ .done = synced, .owner = cart, .fd = w->now.fd };
	engine_start(cart->engine, ENGINE_DATASYNC, &w->sync_io);
}

int writer_submit(struct cart *cart, struct buf *b)
{
	struct writer *w = &cart->part->w;
	size_t len = 0;
	uint8_t *head = segment_close(cart, b, &len);
	struct segment s = {
		.objects = b->objects,
		.marks = b->filemarks,
		.extent = w->extent,
		.block = w->block,
		.blocks = (uint32_t)(len / BLOCK),
		.continues = b->continues,
	};
	int err = index_add(&cart->part->index, &s);
	if (err) {
		struct spot good = b->good;
		buf_put(cart, b);
		writer_fault(cart, err, good);
		return err;
	}
	b->sequence = w->sequence++;
	uint64_t off = (uint64_t)w->block * BLOCK;
	w->block += s.blocks;
	w->dirty = true;
	w->since_sync += len;
	w->since_checkpoint++;
	b->busy = true;
	b->room_until = 0;
	b->io = (struct engine_io){ .done = written,
		.owner = b,
		.fd = w->now.fd,
		.buf = head,
		.len = len,
		.off = off };
	TAILQ_INSERT_TAIL(&w->flying, b, link);
	engine_start(cart->engine, ENGINE_WRITE, &b->io);
	err = writer_reap(cart, false);
	if (!err && w->since_sync >= SYNC_EVERY && !w->sync_busy)
		sync_start(cart);
	return err;
}

/* Takes in a background sync that has ended. */
static int sync_reap(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	if (w->sync_busy || !w->sync_io.owner)
		return 0;
	w->sync_io.owner = NULL;
	if (w->sync_io.res < 0) {
		writer_fault(cart, (int)w->sync_io.res, w->durable);
		return cart->failed;
	}
	w->synced = w->sync_sequence;
	w->durable = w->sync_spot;
	return 0;
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

int writer_reap(struct cart *cart, bool all)
{
	struct writer *w = &cart->part->w;
	struct buf *b;
	while ((b = TAILQ_FIRST(&w->flying))) {
		while (all && b->busy)
			cart->engine->ops->wait(cart->engine);
		if (b->busy)
			break;
		if (b->io.res < 0 && write_again(cart, b))
			continue;
		if (b->io.res < 0) {
			writer_fault(cart, (int)b->io.res, b->good);
			return cart->failed;
		}
		TAILQ_REMOVE(&w->flying, b, link);
		w->written = b->end;
		w->written_sequence = b->sequence + 1;
		buf_put(cart, b);
	}
	while (all && w->sync_busy)
		cart->engine->ops->wait(cart->engine);
	return sync_reap(cart);
}

struct buf *writer_buf(struct cart *cart)
{
	struct part *part = cart->part;
	struct buf *b;
	while (!(b = buf_get(cart))) {
		if (part->r.count || part->r.head)
			reader_drop(cart);
		else if (cart->dropping)
			cart->engine->ops->wait(cart->engine);
		else if (TAILQ_EMPTY(&part->w.flying) || writer_reap(cart, false))
			return NULL;
		else if (TAILQ_EMPTY(&cart->free))
			cart->engine->ops->wait(cart->engine);
	}
	return b;
}

void writer_cancel(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	struct buf *b;
	while ((b = TAILQ_FIRST(&w->held))) {
		TAILQ_REMOVE(&w->held, b, link);
		buf_put(cart, b);
	}
	if (w->fill && w->fill->entries == 0) {
		buf_put(cart, w->fill);
		w->fill = NULL;
	}
	w->active = false;
}

/* Lets go of all buffers of the write window, waiting for those the engine has; how a background sync
 * went that nobody had heard of yet. */
static int window_drop(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	struct buf *b;
	while ((b = TAILQ_FIRST(&w->flying))) {
		while (b->busy)
			cart->engine->ops->wait(cart->engine);
		TAILQ_REMOVE(&w->flying, b, link);
		buf_put(cart, b);
	}
	while (w->sync_busy)
		cart->engine->ops->wait(cart->engine);
	int err = w->sync_io.owner && w->sync_io.res < 0 ? (int)w->sync_io.res : 0;
	w->sync_io.owner = NULL;
	bool active = w->active;
	if (w->fill)
		w->fill->entries = 0;
	writer_cancel(cart);
	w->active = active; /* until its writer hears of the fault */
	return err;
}

/* Buffered data are lost from good on: the cartridge can only be read from now on. */
void writer_fault(struct cart *cart, int err, struct spot good)
{
	struct part *part = cart->part;
	struct writer *w = &part->w;
	if (cart->failed)
		return;
	if (err == -EROFS) { /* data are lost all the same; what comes next is refused as read-only */
		cart->read_only = true;
		err = -EIO;
	}
	cart->failed = err;
	w->err = err;
	w->stretch = false;
	int64_t res = window_drop(cart);
	if (w->open && w->dirty && good.object > w->durable.object) {
		/* sync what was written before the failed segment, once; a failed sync is never tried again */
		if (res == 0)
			res = engine_do(cart->engine, ENGINE_DATASYNC, w->now.fd, NULL, 0, 0);
		if (res < 0)
			good = w->durable;
	}
	cart->fault_pending = true;
	cart->fault_first = good.object;
	if (good.object < part->index.objects)
		index_cut(&part->index, good.object, good.filemarks); /* without memory: EOD guards */
	part->pos = part->end = w->durable = good;
	part->exact = true;
	reader_drop(cart);
}

/* A failed one is never tried again: what was not durable then may be gone from every cache. */
static int durable_now(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	int64_t res = engine_do(cart->engine, ENGINE_DATASYNC, w->now.fd, NULL, 0, 0);
	if (res < 0) {
		writer_fault(cart, (int)res, w->durable);
		return cart->failed;
	}
	w->dirty = false;
	w->since_sync = 0;
	w->synced = w->written_sequence;
	w->durable = w->written;
	return 0;
}

int cart_sync(struct cart *cart)
{
	struct writer *w = &cart->part->w;
	if (cart->failed)
		return cart->fault_pending ? cart->failed : 0;
	int err = 0;
	if (w->fill && w->fill->entries && !w->active) {
		struct buf *b = w->fill;
		w->fill = NULL;
		err = writer_submit(cart, b);
	}
	if (!err)
		err = writer_reap(cart, true);
	if (!err && w->dirty)
		err = durable_now(cart);
	if (!err && w->open && w->since_checkpoint >= CHECKPOINT_EVERY)
		checkpoint_write(cart); /* only a shortcut: without it the next mount looks longer */
	return cart_held(cart, err);
}

bool cart_fault_take(struct cart *cart, int *ret_err, uint64_t *ret_first)
{
	writer_reap(cart, false);
	if (!cart->fault_pending)
		return false;
	cart->fault_pending = false;
	*ret_err = cart->failed;
	*ret_first = cart->fault_first;
	return true;
}
