// SPDX-License-Identifier: Apache-2.0
/* Gives the host's record back: the stages undone, the last one first. */
#include <errno.h>

#include "media/cart.h"
#include "vtl/base/bytes.h"
#include "vtl/base/crc32c.h"

/* The stage that undoes this cipher (compression NONE), or this compression (cipher NONE): 0; else what is missing. */
static int use_find(const struct stages *stages, const struct envelope *envelope,
	enum compression compression, enum cipher cipher, const struct stage_use **ret_use)
{
	int err = cipher ? -ENOKEY : -ENOPKG;
	for (unsigned i = 0; i < stages->count; i++) {
		const struct stage_use *use = &stages->uses[i];
		const struct stage *stage = use->stage;
		if (!stage->undo || stage->compression != compression || stage->cipher != cipher)
			continue;
		err = stage->can_undo ? stage->can_undo(use->arg, envelope) : 0;
		*ret_use = use;
		if (!err)
			break;
	}
	return err;
}

/* The stages to undo, in order. *ret_count of at most 2. */
static int uses_find(const struct stages *stages, const struct envelope *v,
	const struct stage_use *ret_uses[static 2], unsigned *ret_count)
{
	unsigned n = 0;
	int err = 0;
	if (v->cipher)
		err = use_find(stages, v, COMPRESSION_NONE, v->cipher, &ret_uses[n++]);
	if (!err && v->compression)
		err = use_find(stages, v, v->compression, CIPHER_NONE, &ret_uses[n++]);
	*ret_count = n;
	return err;
}

int stages_can_undo(const struct stages *stages, const struct envelope *envelope)
{
	const struct stage_use *uses[2];
	unsigned n;
	return uses_find(stages, envelope, uses, &n);
}

/* Passes the record back through one stage.  *value: what was encrypted behind the data. */
static int undo_step(struct staged *slot, const struct stage_use *use, uint32_t *value)
{
	uint32_t tail = use->stage->cipher ? envelope_tail(&slot->envelope) : 0;
	int err = staged_step(slot, use, true);
	if (err || !tail)
		return err;
	if (slot->len <= tail)
		return -EBADMSG;
	slot->len -= tail;
	*value = get_le32(staged_bytes(slot) + slot->len);
	return 0;
}

/* Whether these are the host's data. */
static int data_check(const struct staged *slot, uint32_t value)
{
	const struct envelope *v = &slot->envelope;
	const uint8_t *data = staged_bytes(slot);
	if (slot->len != v->host_len || (v->host_crc && crc32c(0, data, slot->len) != v->host_crc))
		return -EBADMSG;
	return lbp_value(v->lbp, 0, data, slot->len) == value ? 0 : -ECOMM;
}

int undo_prepare(struct staged *slot)
{
	return uses_find(slot->stages, &slot->envelope, slot->undoes, &slot->undo_count);
}

void undo_run(void *arg)
{
	struct staged *slot = arg;
	uint32_t value = slot->envelope.lbp_value;
	int err = 0;
	for (unsigned i = 0; i < slot->undo_count && !err; i++)
		err = undo_step(slot, slot->undoes[i], &value);
	slot->err = err ? err : data_check(slot, value);
}
