// SPDX-License-Identifier: Apache-2.0
/* The records in the stages: begun in the order in which they came, and stored in it. */
#include "media/stages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

/* --- slots ------------------------------------------------------------------------------------------ */

void stages_init(struct stages *stages)
{
	TAILQ_INIT(&stages->free);
	TAILQ_INIT(&stages->queue);
	TAILQ_INIT(&stages->ahead);
	TAILQ_INIT(&stages->leaving);
	TAILQ_INIT(&stages->record.held);
	for (size_t i = 0; i < STAGED_SLOTS; i++)
		TAILQ_INSERT_TAIL(&stages->free, &stages->slots[i], link);
}

static void slot_free(struct staged *slot)
{
	free(slot->mem[0]);
	free(slot->mem[1]);
	slot->mem[0] = slot->mem[1] = NULL;
	slot->room = 0;
}

void stages_free(struct stages *stages)
{
	for (size_t i = 0; i < STAGED_SLOTS; i++) {
		slot_free(&stages->slots[i]);
		scratch_free(&stages->slots[i].scratch);
	}
}

static int slot_grow(struct staged *slot, uint32_t len)
{
	enum { STEP = 64 << 10 };
	if (len <= slot->room)
		return 0;
	slot_free(slot);
	uint32_t room = (uint32_t)round_up(len, STEP);
	slot->mem[0] = malloc(ENVELOPE_MAX + room);
	slot->mem[1] = malloc(ENVELOPE_MAX + room);
	if (!slot->mem[0] || !slot->mem[1]) {
		slot_free(slot);
		return -ENOMEM;
	}
	slot->room = room;
	return 0;
}

void slot_put(struct stages *stages, struct staged *slot)
{
	if (slot->work.fn && !slot->work.ended)
		TAILQ_INSERT_TAIL(&stages->leaving, slot, link);
	else
		TAILQ_INSERT_HEAD(&stages->free, slot, link); /* the next record finds its memory warm */
}

/* Those that were left while work was under way, and whose work has ended. */
static void slots_reclaim(struct stages *stages)
{
	struct staged *slot, *next;
	for (slot = TAILQ_FIRST(&stages->leaving); slot; slot = next) {
		next = TAILQ_NEXT(slot, link);
		if (!slot->work.ended)
			continue;
		TAILQ_REMOVE(&stages->leaving, slot, link);
		slot_put(stages, slot);
	}
}

void stages_rest(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	while (slots_reclaim(stages), !TAILQ_EMPTY(&stages->leaving))
		cart->engine->ops->wait(cart->engine);
}

bool stages_have_room(const struct stages *stages, uint32_t len)
{
	if (TAILQ_EMPTY(&stages->queue))
		return true;
	return stages->objects < STAGED_RECORDS && stages->charge + staged_max(len) <= STAGED_BYTES;
}

static int queue_store(struct cart *cart);

int stages_slot(struct cart *cart, uint32_t len, struct staged **ret_slot)
{
	struct stages *stages = &cart->stages;
	int err = 0;
	while (!err && !stages_have_room(stages, len))
		err = queue_store(cart);
	while (!err && (err = stages_slot_now(cart, len, ret_slot)) == -EAGAIN) {
		cart->engine->ops->wait(cart->engine); /* for one that is leaving */
		err = 0;
	}
	return err;
}

int stages_slot_now(struct cart *cart, uint32_t len, struct staged **ret_slot)
{
	struct stages *stages = &cart->stages;
	if (!TAILQ_EMPTY(&stages->leaving))
		slots_reclaim(stages);
	struct staged *slot = TAILQ_FIRST(&stages->free);
	int err = slot ? slot_grow(slot, len + LBP_VALUE) : -EAGAIN;
	if (err)
		return err;
	TAILQ_REMOVE(&stages->free, slot, link);
	slot->stages = stages;
	slot->work = (struct engine_work){ 0 };
	slot->source = NULL;
	slot->piece_count = 0;
	slot->at = 0;
	slot->len = slot->host_len = len;
	slot->done = slot->skip = 0;
	slot->hurried = slot->core_lost = false;
	slot->err = 0;
	slot->envelope = (struct envelope){ .host_len = len };
	slot->object = cart->part->pos.object;
	slot->partition = cart->part->number;
	*ret_slot = slot;
	return 0;
}

/* --- a job ------------------------------------------------------------------------------------------- */

int staged_step(struct staged *slot, const struct stage_use *use, bool undo)
{
	struct stage_data data = {
		.in = slot->source ? slot->source : staged_bytes(slot),
		.out = slot->mem[!slot->at] + ENVELOPE_MAX,
		.len = slot->len,
		.room = undo ? slot->room : slot->len,
		.object = slot->object,
		.partition = slot->partition,
		.slot = (unsigned)(slot - slot->stages->slots),
		.scratch = &slot->scratch,
	};
	int res = undo ? use->stage->undo(use->arg, &slot->envelope, &data)
		       : use->stage->apply(use->arg, &slot->envelope, &data);
	if (res < 0 || (!undo && res == STAGE_PASSED))
		return res < 0 ? res : 0;
	if (!undo && use->stage->compression ? data.out_len >= data.len : !undo && data.out_len != data.len)
		return -EINVAL;
	if (data.out_len == 0 || data.out_len > data.room)
		return -EINVAL;
	slot->at = !slot->at;
	slot->source = NULL;
	slot->len = data.out_len;
	return 0;
}

static bool is_transformed(const struct envelope *v)
{
	return v->compression || v->cipher || v->lbp;
}

/* Puts the envelope in front of what the stages made. */
static int envelope_add(struct staged *slot, uint32_t host_crc)
{
	struct envelope *v = &slot->envelope, sound;
	uint8_t head[ENVELOPE_MAX];
	v->host_len = slot->host_len;
	v->stored_len = slot->len;
	v->host_crc = v->cipher ? 0 : host_crc; /* it would tell who has no key what the record may be */
	slot->skip = envelope_put(v, head);
	memcpy(staged_bytes(slot) - slot->skip, head, slot->skip);
	return envelope_decode(head, slot->skip, slot->skip + slot->len, &sound) ? -EINVAL : 0;
}

/* What is behind the data goes through the cipher with them: a value in clear would confirm a guess of the data. */
static void value_hide(struct staged *slot)
{
	struct envelope *v = &slot->envelope;
	if (!v->lbp)
		return;
	put_le32(staged_bytes(slot) + slot->len, v->lbp_value);
	v->lbp_value = 0;
	slot->len += LBP_VALUE;
}

/* Whether the data are still those of the host's value. */
static int value_check(const struct staged *slot, uint32_t crc)
{
	const struct envelope *v = &slot->envelope;
	uint32_t value = v->lbp == LBP_CRC32C ? crc : lbp_value(v->lbp, 0, staged_bytes(slot), slot->len);
	return value == v->lbp_value ? 0 : -ECOMM;
}

/* Whether a stage that hides the record's bytes is applied: then their checksum is not kept. */
static bool is_hidden(const struct stages *stages)
{
	bool hidden = false;
	for (unsigned i = 0; i < stages->count; i++)
		hidden |= stages->uses[i].applies && stages->uses[i].stage->cipher;
	return hidden;
}

static void apply_all(struct staged *slot)
{
	const struct stages *stages = slot->stages;
	bool summed = slot->envelope.lbp == LBP_CRC32C || !is_hidden(stages);
	uint32_t crc = summed ? crc32c(0, staged_bytes(slot), slot->len) : 0;
	slot->err = value_check(slot, crc);
	for (unsigned i = 0; i < stages->count && !slot->err; i++) {
		const struct stage_use *use = &stages->uses[i];
		const struct envelope before = slot->envelope;
		if (!use->applies || (slot->hurried && use->stage->optional))
			continue;
		if (use->stage->cipher)
			value_hide(slot);
		slot->err = staged_step(slot, use, false);
		if (slot->err && use->stage->optional) {
			slot->envelope = before;
			slot->err = 0;
		}
	}
	slot->crc = crc;
	if (slot->err || !is_transformed(&slot->envelope))
		return;
	slot->err = envelope_add(slot, crc);
	slot->crc = crc32c(0, staged_bytes(slot) - slot->skip,
		slot->skip + slot->len); /* warm in this cache */
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void apply_run(void *arg)
{
	struct staged *slot = arg;
	if (!slot->stages->pace.on) {
		apply_all(slot);
		return;
	}
	int64_t began = clock_us(CLOCK_MONOTONIC), used = clock_us(CLOCK_THREAD_CPUTIME_ID);
	apply_all(slot);
	used = clock_us(CLOCK_THREAD_CPUTIME_ID) - used;
	slot->core_lost = clock_us(CLOCK_MONOTONIC) - began - used > PACE_CORE_LOST_US;
}

void staged_start(struct cart *cart, struct staged *slot, void (*fn)(void *slot))
{
	slot->work = (struct engine_work){ .fn = fn, .arg = slot };
	if (cart->engine->ops->compute(cart->engine, &slot->work))
		return;
	slot->hurried = true;
	fn(slot);
	slot->work.ended = true;
}

void staged_wait(struct cart *cart, const struct staged *slot)
{
	while (!slot->work.ended)
		cart->engine->ops->wait(cart->engine);
}

/* --- the queue --------------------------------------------------------------------------------------- */

void stages_send(struct cart *cart, struct staged *slot)
{
	struct stages *stages = &cart->stages;
	slot->object = cart->part->pos.object + stages->objects;
	TAILQ_INSERT_TAIL(&stages->queue, slot, link);
	stages->objects++;
	stages->charge += staged_max(slot->host_len);
	stages->blocks += staged_blocks(slot->host_len);
	bool hurried = slot->hurried;
	staged_start(cart, slot, apply_run);
	if (stages->pace.on && slot->hurried && !hurried)
		pace_behind(&stages->pace);
}

static struct staged *queue_take(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	struct staged *slot = TAILQ_FIRST(&stages->queue);
	staged_wait(cart, slot);
	TAILQ_REMOVE(&stages->queue, slot, link);
	stages->objects--;
	stages->charge -= staged_max(slot->host_len);
	stages->blocks -= staged_blocks(slot->host_len);
	return slot;
}

/* Puts the record into segments. */
static int slot_store(struct cart *cart, struct staged *slot)
{
	struct record *record = &cart->stages.record;
	int err = record_begin(cart, record, slot->skip + slot->len);
	if (err)
		return err;
	record->transformed = slot->skip > 0;
	record->host_len = slot->host_len;
	record->saved = slot->host_len + envelope_tail(&slot->envelope) - slot->len;
	record_fill_summed(cart, record, staged_bytes(slot) - slot->skip, slot->crc);
	return record_end(cart, record, slot->skip ? ENTRY_TRANSFORMED : ENTRY_RECORD);
}

/* Takes the oldest record out of the stages and stores it. */
static int queue_store(struct cart *cart)
{
	struct staged *slot = queue_take(cart);
	int failed = slot->err, err = failed ? failed : slot_store(cart, slot);
	if (cart->stages.pace.on)
		pace_passed(&cart->stages.pace, slot);
	slot_put(&cart->stages, slot);
	if (failed)
		fault_note(cart, failed);
	return err;
}

int stages_reap(struct cart *cart, bool all)
{
	const struct staged *slot;
	int err = 0;
	while (!err && (slot = TAILQ_FIRST(&cart->stages.queue)) && (all || slot->work.ended))
		err = queue_store(cart);
	return err;
}

void stages_drop(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	while (!TAILQ_EMPTY(&stages->queue))
		slot_put(stages, queue_take(cart));
}

void stages_announce(struct cart *cart)
{
	struct stages *stages = &cart->stages;
	struct features *features = &cart->part->own.features;
	uint32_t needs = 0;
	for (unsigned i = 0; i < stages->count; i++)
		if (stages->uses[i].applies)
			needs |= FEATURE_TRANSFORMED |
				(stages->uses[i].stage->cipher ? FEATURE_ENCRYPTED : 0) |
				(stages->uses[i].stage->compression ? FEATURE_COMPRESSED : 0);
	if (needs & ~features->read) {
		generation_leave(cart);
		features->read |= needs;
	}
}

/* What the stages in use are for records being written. */
static void applied_note(struct stages *stages)
{
	bool optional = false;
	stages->on = stages->bound = false;
	for (unsigned i = 0; i < stages->count; i++) {
		const struct stage_use *use = &stages->uses[i];
		stages->on |= use->applies;
		stages->bound |= use->applies && !use->stage->optional;
		optional |= use->applies && use->stage == &stage_lz4_spare;
	}
	pace_begin(&stages->pace, optional);
}

int generation_transforms(struct cart *cart)
{
	struct features *features = &cart->part->own.features;
	if (features->read & FEATURE_TRANSFORMED)
		return 0;
	int err = cart_sync(cart);
	if (err)
		return err;
	generation_leave(cart);
	features->read |= FEATURE_TRANSFORMED;
	return 0;
}

int cart_use_stages(struct cart *cart, const struct stage_use *uses, unsigned n)
{
	struct stages *stages = &cart->stages;
	if (n > STAGES_MAX || cart->part->intake.active)
		return -EINVAL;
	int err = cart_sync(cart);
	if (err) {
		stages_drop(cart);
		return err;
	}
	reader_drop(cart);
	if (n > 0)
		memcpy(stages->uses, uses, n * sizeof *uses);
	stages->count = n;
	applied_note(stages);
	if (!stages->on)
		stages_free(stages);
	stages_announce(cart);
	return 0;
}
