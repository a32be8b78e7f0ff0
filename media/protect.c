// SPDX-License-Identifier: Apache-2.0
/* Protection values of hosts (FORMAT.md section 4.4): checked before a record counts, kept in its envelope, checked
 * again when it is read.  CRC32C values follow from the checksums of entries, so that data are summed up once. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "media/cart.h"
#include "media/check.h"
#include "vtl/base/crc32c.h"
#include "vtl/base/reed_solomon.h"

uint32_t lbp_value(enum lbp_method method, uint32_t value, const void *buf, size_t len)
{
	switch (method) {
	case LBP_CRC32C: return crc32c(value, buf, len);
	case LBP_REED_SOLOMON: return reed_solomon(value, buf, len);
	default: return 0;
	}
}

/* --- writing -------------------------------------------------------------------------------------------- */

int record_protect(struct cart *cart, struct record *record, uint32_t host_len)
{
	size_t room = 0;
	record->transformed = true;
	record->host_len = host_len;
	record->envelope = record_room(cart, record, &room);
	if (!record->envelope)
		return record->err;
	assert(room >= ENVELOPE_MIN); /* a record that does not fit behind others begins a segment */
	record->part = record->done = ENVELOPE_MIN;
	return 0;
}

/* What was received in place has a checksum already, which is the value with the one method. */
static bool has_crc(const struct intake *intake)
{
	return intake->lbp == LBP_CRC32C && !intake->staged;
}

void intake_sum(struct cart *cart, size_t n)
{
	struct intake *intake = &cart->part->intake;
	const struct staged *slot = intake->staged;
	if (has_crc(intake))
		return;
	const struct buf *b = cart->part->window.fill;
	const uint8_t *p = slot ? staged_bytes(slot) + slot->done
				: b->mem + SEGMENT_HEAD_MAX + b->data_len + intake->record.part;
	intake->value = lbp_value(intake->lbp, intake->value, p, n);
}

/* CRC of all data of the record. */
static uint32_t data_crc(const struct record *record)
{
	return crc32c_join(record->held_crc, record->crc, record_data_part(record));
}

/* Puts the envelope in its place, and into the checksum of the fragment with which the record begins. */
static void envelope_fill(struct record *record, enum lbp_method method, uint32_t value)
{
	uint8_t bytes[ENVELOPE_MAX];
	struct envelope v = { .lbp = method,
		.lbp_value = value,
		.host_len = record->host_len,
		.stored_len = record->host_len,
		.host_crc = data_crc(record) };
	uint32_t size = envelope_put(&v, bytes), crc = crc32c(0, bytes, size);
	struct buf *b = TAILQ_FIRST(&record->held);
	memcpy(record->envelope, bytes, size);
	if (b) {
		struct entry e = entry_at(b->mem, 0);
		e.crc = crc32c_join(crc, e.crc, e.len - size);
		entry_put(b->mem + SEGMENT_FIXED, &e);
	} else {
		record->crc = crc32c_join(crc, record->crc, record_data_part(record));
	}
	record->envelope = NULL;
}

int cart_write_value(struct cart *cart, uint32_t value)
{
	struct intake *intake = &cart->part->intake;
	struct staged *slot = intake->staged;
	struct record *record = &intake->record;
	if (intake->active && !slot && record->err)
		return record->err;
	bool whole = slot ? slot->done == slot->len : record->done == record->len && !record->err;
	if (!intake->active || !intake->lbp || intake->valued || !whole)
		return -EINVAL;
	if (value != (has_crc(intake) ? data_crc(record) : intake->value))
		return -ECOMM;
	intake->valued = true;
	if (slot) {
		slot->envelope.lbp = intake->lbp;
		slot->envelope.lbp_value = value;
	} else {
		envelope_fill(record, intake->lbp, value);
	}
	return 0;
}

/* --- reading -------------------------------------------------------------------------------------------- */

void cart_read_protected(struct cart *cart, enum lbp_method method)
{
	cart->read_protected = method;
}

uint32_t cart_read_value(const struct cart *cart)
{
	return cart->part->sums.value[cart->read_protected];
}

/* CRC of n bytes that were just lent.  That of an entry is known; with the envelope in front it is its rest. */
static uint32_t chunk_crc(const struct cart *cart, const struct stored *how, const uint8_t *data, size_t n)
{
	const struct reader *r = &cart->part->r;
	uint32_t head = cart->part->sums.done ? 0 : how->from;
	if (how->undo || r->good_len != n + head)
		return crc32c(0, data, n);
	return head ? crc32c_join(crc32c(0, data - head, head), r->good_crc, n) : r->good_crc;
}

static uint32_t value_more(const struct cart *cart, const struct stored *how, enum lbp_method method,
	const void *data, size_t n)
{
	uint32_t value = cart->part->sums.value[method];
	return method == LBP_CRC32C ? crc32c_join(value, chunk_crc(cart, how, data, n), n)
				    : lbp_value(method, value, data, n);
}

int chunk_protected(struct cart *cart, const struct stored *how, uint32_t offset, const void *data, size_t n)
{
	struct sums *sums = &cart->part->sums;
	bool kept = how->lbp && !how->undo && how->from > 0;
	if (!kept && !cart->read_protected)
		return 0;
	if (offset == 0)
		*sums = (struct sums){ .object = cart->part->pos.object };
	if (sums->object != cart->part->pos.object || sums->done != offset)
		return -EINVAL;
	for (unsigned m = LBP_NONE + 1; m < N_LBP_METHODS; m++)
		if (m == cart->read_protected || (kept && m == how->lbp))
			sums->value[m] = value_more(cart, how, m, data, n);
	sums->done += (uint32_t)n;
	return kept && sums->done == how->host_len && sums->value[how->lbp] != how->lbp_value ? -ECOMM : 0;
}
