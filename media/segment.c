// SPDX-License-Identifier: Apache-2.0
/*
 * Reads segments: with read-ahead while a host reads in order; the header alone for
 * positioning; piece by piece where part of a segment cannot be read.
 */
#include <errno.h>
#include <string.h>

#include "media/cart.h"

static void arrived(struct engine_io *io)
{
	struct buf *b = io->owner;
	b->busy = false;
	if (b->dropped) {
		b->cart->dropping--;
		buf_put(b->cart, b);
	}
}

/* Starts reading the first len bytes of the segment. */
static int read_start(struct cart *cart, struct buf *b, size_t len)
{
	int fd = extent_fd(cart, b->segment.extent);
	if (fd < 0)
		return fd;
	b->busy = true;
	b->io = (struct engine_io){ .done = arrived,
		.owner = b,
		.fd = fd,
		.buf = b->mem,
		.len = len,
		.off = (uint64_t)b->segment.block * BLOCK };
	engine_start(cart->engine, ENGINE_READ, &b->io);
	return 0;
}

static void read_wait(struct cart *cart, const struct buf *b)
{
	while (b->busy)
		cart->engine->ops->wait(cart->engine);
}

static void drop(struct cart *cart, struct buf *b)
{
	if (b->busy) {
		b->dropped = true;
		cart->dropping++;
	} else {
		buf_put(cart, b);
	}
}

void reader_clear(struct cart *cart)
{
	struct reader *r = &cart->part->r;
	if (!TAILQ_EMPTY(&cart->stages.ahead))
		ahead_drop(cart, NULL);
	if (r->undone)
		slot_put(&cart->stages, r->undone);
	for (unsigned i = 0; i < r->count; i++)
		drop(cart, r->window[i]);
	if (r->head)
		drop(cart, r->head);
	*r = (struct reader){ 0 };
}

/* Whether the header in memory is that of this segment and no other. */
static bool head_fits(const struct cart *cart, const struct segment *s, const struct segment_head *h)
{
	const struct extent *x = &cart->part->extents[s->extent];
	return memcmp(h->uuid, cart->uuid, sizeof cart->uuid) == 0 && h->partition == cart->part->number &&
		h->generation == x->generation && h->number == x->number && h->block == s->block &&
		h->at.object == s->object && h->at.filemarks == s->filemarks && h->objects >= s->objects &&
		h->continues == s->continues && segment_size(h) == s->blocks * BLOCK;
}

/* Takes the header apart, of which len bytes are in memory. */
static int decode(const struct cart *cart, struct buf *b, size_t len)
{
	if (segment_head_decode(b->mem, len, &b->head) || !head_fits(cart, &b->segment, &b->head))
		return -EBADMSG;
	b->decoded = true;
	return 0;
}

static size_t head_len(const struct segment *s)
{
	size_t len = (size_t)s->blocks * BLOCK;
	return len < SEGMENT_HEAD_MAX ? len : SEGMENT_HEAD_MAX;
}

/* Reads only the header into b.  When that fails, the first block alone, which is the whole header of most
 * segments. */
static int head_read(struct cart *cart, struct buf *b)
{
	size_t len = head_len(&b->segment);
	int err = read_start(cart, b, len);
	if (err)
		return err;
	read_wait(cart, b);
	if (b->io.res == -EIO && len > BLOCK) {
		len = BLOCK;
		err = read_start(cart, b, len);
		if (err)
			return err;
		read_wait(cart, b);
	}
	return b->io.res < 0 ? (int)b->io.res : decode(cart, b, len);
}

/* Waits for the read of b, then decodes it.  After an error it reads the header alone. */
static int arrive(struct cart *cart, struct buf *b)
{
	read_wait(cart, b);
	if (b->decoded)
		return 0;
	if (b->err)
		return b->err;
	if (b->io.res < 0) {
		b->piecemeal = true;
		b->err = head_read(cart, b);
	} else {
		b->err = decode(cart, b, (size_t)b->segment.blocks * BLOCK);
	}
	return b->err;
}

bool segment_there(const struct cart *cart, struct buf *b)
{
	if (b->busy || b->err || b->piecemeal || b->io.res < 0)
		return false;
	if (!b->decoded)
		b->err = decode(cart, b, (size_t)b->segment.blocks * BLOCK);
	return !b->err;
}

static struct buf *fetch(struct cart *cart, const struct segment *s)
{
	struct buf *b = buf_get(cart);
	if (!b)
		return NULL;
	b->segment = *s;
	b->err = s->loss ? -EBADMSG : read_start(cart, b, (size_t)s->blocks * BLOCK);
	return b;
}

static bool same(const struct segment *a, const struct segment *b)
{
	return a->place.run == b->place.run && a->place.nth == b->place.nth;
}

static void ahead(struct cart *cart)
{
	struct reader *r = &cart->part->r;
	while (r->count < READ_AHEAD) {
		struct segment next;
		struct buf *b = NULL;
		if (index_next(&cart->part->index, &r->window[r->count - 1]->segment, &next))
			b = fetch(cart, &next);
		if (!b)
			return;
		r->window[r->count++] = b;
	}
}

/* Whether reading the segment goes on from the window; i: its place in there, or r->count. */
static bool goes_on(struct cart *cart, const struct segment *s, unsigned i)
{
	const struct reader *r = &cart->part->r;
	struct segment next;
	if (r->count == 0)
		return false;
	if (i == 0)
		return r->sequential; /* it is read already */
	if (i < r->count)
		return true;
	return index_next(&cart->part->index, &r->window[r->count - 1]->segment, &next) && same(&next, s);
}

/* The window moves on from the buffer. */
static void leave(struct cart *cart, struct buf *b)
{
	struct ahead *at = &cart->part->r.ahead;
	if (!TAILQ_EMPTY(&cart->stages.ahead))
		ahead_drop(cart, b);
	if (at->buf == b)
		at->buf = NULL;
	drop(cart, b);
}

/* Brings the segment to the front of the window. */
static bool window_to(struct cart *cart, const struct segment *s)
{
	struct reader *r = &cart->part->r;
	unsigned i = 0;
	while (i < r->count && !same(&r->window[i]->segment, s))
		i++;
	r->sequential = goes_on(cart, s, i);
	for (unsigned k = 0; k < i; k++)
		leave(cart, r->window[k]);
	r->count -= i;
	memmove(r->window, r->window + i, r->count * sizeof *r->window);
	if (i > 0)
		r->walk = r->good = NULL; /* the buffer may be reused for other data */
	if (r->count > 0)
		return true;
	struct buf *b;
	while (!(b = fetch(cart, s)) && cart->dropping)
		cart->engine->ops->wait(cart->engine);
	if (!b)
		return false;
	r->window[r->count++] = b;
	r->walk = r->good = NULL;
	return true;
}

struct buf *segment_get(struct cart *cart, const struct segment *s, int *ret_err)
{
	*ret_err = -ENOMEM;
	if (!window_to(cart, s))
		return NULL;
	if (cart->part->r.sequential)
		ahead(cart);
	struct buf *b = cart->part->r.window[0];
	*ret_err = arrive(cart, b);
	return *ret_err ? NULL : b;
}

int segment_look(struct cart *cart, const struct segment *s, const struct buf **ret_buf)
{
	struct reader *r = &cart->part->r;
	if (s->loss)
		return -EBADMSG;
	if (r->count > 0 && same(&r->window[0]->segment, s)) {
		*ret_buf = r->window[0];
		return arrive(cart, r->window[0]);
	}
	if (!r->head) {
		while (!(r->head = buf_get(cart)) && cart->dropping)
			cart->engine->ops->wait(cart->engine);
		if (!r->head)
			return -ENOMEM;
	} else if (r->head->decoded && same(&r->head->segment, s)) {
		*ret_buf = r->head;
		return 0;
	}
	r->head->segment = *s;
	r->head->decoded = false;
	*ret_buf = r->head;
	return head_read(cart, r->head);
}

/* Reads the blocks that hold len bytes of data at offset into their place. */
int segment_piece(struct cart *cart, struct buf *b, uint32_t offset, uint32_t len)
{
	int fd = extent_fd(cart, b->segment.extent);
	if (fd < 0)
		return fd;
	uint32_t from = (b->head.size + offset) / BLOCK * BLOCK;
	uint32_t to = (uint32_t)round_up(b->head.size + offset + len, BLOCK);
	int64_t n = engine_do(cart->engine, ENGINE_READ, fd, b->mem + from, to - from,
		(uint64_t)b->segment.block * BLOCK + from);
	return n < 0 ? (int)n : 0;
}
