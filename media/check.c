// SPDX-License-Identifier: Apache-2.0
/* The rules of index, write window and position, each as a sentence. */
#include "media/check.h"

#include <stdlib.h>
#include <string.h>

#include "vtl/base/log.h"

enum { RUNS_LOOKED_AT = 4 }; /* after each call */

struct rule {
	const char *sentence;
	bool (*holds)(const struct cart *cart);
};

static bool spot_before(const struct spot *a, const struct spot *b)
{
	return a->object <= b->object && a->filemarks <= b->filemarks;
}

static bool spot_same(const struct spot *a, const struct spot *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* --- position -------------------------------------------------------------------------------------- */

static bool position_in_partition(const struct cart *cart)
{
	const struct part *part = cart->part;
	return part->pos.object <= part->end.object && part->end.filemarks <= part->end.object;
}

static bool position_at_end(const struct cart *cart)
{
	const struct part *part = cart->part;
	return part->pos.object < part->end.object || !part->exact || spot_same(&part->pos, &part->end);
}

/* --- index ----------------------------------------------------------------------------------------- */

/* Objects that are in no segment yet: of the segment being filled. */
static uint64_t unfilled(const struct cart *cart)
{
	return cart->part->window.fill ? cart->part->window.fill->objects : 0;
}

static bool index_ends_with_data(const struct cart *cart)
{
	return cart->failed || cart->part->index.objects + unfilled(cart) == cart->part->end.object;
}

static bool run_holds(const struct cart *cart, size_t i)
{
	const struct part *part = cart->part;
	const struct run *r = &part->index.runs[i], *next = i + 1 < part->index.count ? r + 1 : NULL;
	uint64_t objects = next ? next->object : part->index.objects;
	uint64_t marks = next ? next->filemarks : part->index.filemarks;
	if (r->object > objects || r->filemarks > marks || r->marks > r->objects)
		return false;
	if (!r->blocks) /* a loss */
		return !r->count;
	if (!r->count || r->extent >= part->extent_count || part->extents[r->extent].dead)
		return false;
	return r->object + (uint64_t)r->count * r->objects <= objects &&
		r->filemarks + (uint64_t)r->count * r->marks <= marks;
}

static bool runs_hold(const struct cart *cart, size_t from)
{
	for (size_t i = from; i < cart->part->index.count; i++)
		if (!run_holds(cart, i))
			return false;
	return true;
}

static bool last_runs_hold(const struct cart *cart)
{
	return runs_hold(cart,
		cart->part->index.count > RUNS_LOOKED_AT ? cart->part->index.count - RUNS_LOOKED_AT : 0);
}

/* --- write window ---------------------------------------------------------------------------------- */

static bool durable_before_written(const struct cart *cart)
{
	const struct generation *own = &cart->part->own;
	const struct window *window = &cart->part->window;
	if (!own->open || cart->failed)
		return true;
	return spot_before(&window->durable, &window->written) &&
		spot_before(&window->written, &cart->part->end) &&
		window->synced <= window->written_sequence && window->written_sequence <= own->sequence;
}

static bool window_in_order(const struct cart *cart)
{
	const struct part *part = cart->part;
	const struct buf *b;
	uint64_t next = part->window.written_sequence;
	if (cart->failed)
		return TAILQ_EMPTY(&part->window.flying);
	TAILQ_FOREACH(b, &part->window.flying, link)
		if (b->sequence != next++)
			return false;
	return !part->own.open || next == part->own.sequence;
}

static bool record_under_way(const struct cart *cart)
{
	const struct record *record = &cart->part->intake.record;
	const struct buf *fill = cart->part->window.fill;
	if (!cart->part->intake.active || cart->part->intake.staged)
		return TAILQ_EMPTY(&record->held);
	return record->part <= record->done && record->done <= record->len &&
		(!fill || fill->data_len + record->part <= SEGMENT_DATA);
}

static bool stretch_is_allowed(const struct cart *cart)
{
	return !cart->part->stretch || (cart->part->exact && !cart->failed && !cart_is_read_only(cart));
}

static unsigned length(const struct bufs *list)
{
	const struct buf *b;
	unsigned n = 0;
	TAILQ_FOREACH(b, list, link)
		n++;
	return n;
}

static bool buffers_are_somewhere(const struct cart *cart)
{
	const struct part *part = cart->part;
	return length(&cart->free) + length(&part->intake.record.held) + length(&part->window.flying) +
		!!part->window.fill + part->r.count + !!part->r.head + cart->dropping ==
		BUFS;
}

static bool staged_at_end(const struct cart *cart)
{
	const struct part *part = cart->part;
	const struct stages *stages = &cart->stages;
	if (TAILQ_EMPTY(&stages->queue))
		return !stages->objects && !stages->blocks && !stages->charge;
	return part->own.open && !cart->failed && part->pos.object == part->end.object &&
		stages->objects <= STAGED_RECORDS;
}

static bool staged_has_place(const struct cart *cart)
{
	const struct part *part = cart->part;
	uint64_t end = part->own.block + cart->stages.blocks;
	if (part->window.fill)
		end += SEGMENT_MAX / BLOCK;
	return TAILQ_EMPTY(&cart->stages.queue) ||
		(end <= cart->extent_blocks_max && end * BLOCK <= part->own.now.allocated);
}

static bool slots_are_somewhere(const struct cart *cart)
{
	const struct part *part = cart->part;
	const struct staged *slot;
	unsigned n = cart->stages.objects + cart->stages.ahead_count + !!part->intake.staged +
		!!part->r.undone;
	TAILQ_FOREACH(slot, &cart->stages.free, link)
		n++;
	TAILQ_FOREACH(slot, &cart->stages.leaving, link)
		n++;
	return n == STAGED_SLOTS;
}

/* Other partitions wait with everything on stable storage. */
static bool others_are_at_rest(const struct cart *cart)
{
	for (unsigned i = 0; i < MEDIA_PARTITIONS; i++) {
		const struct part *part = &cart->parts[i];
		if (part != cart->part &&
			(part->intake.active || part->window.fill || !TAILQ_EMPTY(&part->window.flying) ||
				part->window.sync.busy || part->r.count || part->r.head || part->r.undone ||
				(part->window.dirty && !cart->failed)))
			return false;
	}
	return true;
}

static const struct rule rules[] = {
	{ "the position lies in the partition", position_in_partition },
	{ "a position at end of data is the end", position_at_end },
	{ "the index and the segment being filled hold all objects", index_ends_with_data },
	{ "the last runs of the index follow each other, in extents that count", last_runs_hold },
	{ "what is durable was written, and what was written exists", durable_before_written },
	{ "segments under way are in order, and none is missing", window_in_order },
	{ "the record under way fits its segment, and without one nothing is held back", record_under_way },
	{ "a stretch of writing is at a known position of a cartridge that can be written",
		stretch_is_allowed },
	{ "every buffer is in one place", buffers_are_somewhere },
	{ "records are in the stages only at the end of a generation that is open", staged_at_end },
	{ "what is in the stages has its place on disk", staged_has_place },
	{ "every slot of the stages is in one place", slots_are_somewhere },
	{ "a partition that is not in use holds no buffer and nothing that is not durable",
		others_are_at_rest },
};

static const char *broken(const struct cart *cart)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!rules[i].holds(cart))
			return rules[i].sentence;
	return NULL;
}

const char *cart_check(const struct cart *cart)
{
	const char *sentence = broken(cart);
	return sentence || runs_hold(cart, 0) ? sentence : "all runs of the index follow each other";
}

#ifdef EVERTAPE_CHECKS
void cart_must_hold(const struct cart *cart)
{
	const char *sentence = broken(cart);
	if (!sentence)
		return;
	log_fatal("cartridge %s: not true any more: %s", cart->label.barcode, sentence);
	abort();
}
#endif
