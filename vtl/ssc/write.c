/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE(6) and WRITE(16) (SSC-5 7.18): data is received directly into the buffer of media/. */
#include <errno.h>

#include "vtl/ssc/append_only.h"
#include "vtl/ssc/compression.h"
#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"
#include "vtl/ssc/transfer.h"

static int receive(struct work *w, void *buf, size_t len)
{
	int err = task_receive(w->task, buf, len);
	return err && err != -ENODATA ? -ECANCELED : err;
}

/* The data of a record, and the protection value behind them. */
static int receive_data(struct work *w, enum lbp_method lbp)
{
	uint8_t value[LBP_VALUE];
	void *room;
	size_t n = 0;
	while ((room = cart_write_room(w->cart, &n))) {
		int err = receive(w, room, n);
		if (err)
			return err;
		cart_write_filled(w->cart, n);
	}
	if (!lbp)
		return 0;
	int err = receive(w, value, sizeof value);
	return err ? err : cart_write_value(w->cart, protection_get(lbp, value));
}

/* Writes one record from the initiator. MEDIA_OK or MEDIA_FULL, a media -errno, -ECANCELED, or -ENODATA when
 * the initiator offers less; after an error nothing of the record is on the medium. */
static int receive_record(struct work *w, uint32_t len, enum lbp_method lbp)
{
	struct cart *cart = w->cart;
	int result = cart_write_begin_protected(cart, len, lbp);
	if (result != MEDIA_OK)
		return result;
	result = receive_data(w, lbp);
	if (result) {
		cart_write_cancel(cart);
		return result;
	}
	result = cart_write_end(cart);
	if (result == MEDIA_OK) {
		w->tape->dirty = true;
		w->tape->writer = w->nexus;
		w->tape->total.written += len;
		w->tape->mount.written += len;
		partition_count(w->tape, len, 0);
		w->tape->mount.records_written++;
	}
	return result;
}

/* How many of the n objects before the position a failed sync has lost. */
static int64_t lost_of(struct work *w, uint64_t first, uint32_t n)
{
	struct cart_position at;
	cart_position(w->cart, &at);
	if (at.object <= first)
		return n;
	return at.object - first < n ? (int64_t)(n - (at.object - first)) : 0;
}

/* Buffered mode 0: syncs before the status. False: the command has failed. */
static bool write_through(struct work *w, uint64_t first, uint32_t n, uint32_t unit)
{
	if (w->tape->buffered_mode != 0)
		return true;
	int err = cart_sync(w->cart);
	w->tape->dirty = false;
	if (!err)
		return true;
	result_sync_fail(w, err, lost_of(w, first, n) * unit);
	return false;
}

static void write_stopped(struct work *w, int result, int64_t left)
{
	if (result == -ENODATA)
		task_fail(w->task, SENSE_DATA_PHASE_LENGTH);
	else
		result_write_fail(w, result, left);
}

static void write_records(struct work *w, const struct transfer *t)
{
	/* INFORMATION counts bytes for a variable record, records with FIXED. */
	uint32_t records = t->fixed ? t->length : 1;
	uint32_t len = (t->fixed ? t->block_length : t->length) - t->extra;
	uint32_t unit = t->fixed ? 1 : t->length;
	struct cart_position at;
	cart_position(w->cart, &at);
	uint64_t first = at.object;
	struct overwrite overwrite;
	bool overwrites = !first && overwrite_begins(w, &overwrite);

	for (uint32_t left = records; left > 0; left--) {
		int result = receive_record(w, len, t->lbp);
		if (result != MEDIA_OK) {
			write_stopped(w, result, (int64_t)left * unit);
			return;
		}
		if (overwrites && left == records)
			overwrite_log(w, &overwrite);
		if (left > 1 && work_step(w))
			return;
	}
	if (!write_through(w, first, records, unit))
		return;
	warn_of_end(w);
}

/* A block has at least one byte besides its protection value. */
static bool block_length_ok(struct task *task, const struct transfer *t)
{
	uint32_t length = t->fixed ? t->block_length : t->length;
	return (length > t->extra && length - t->extra <= MEDIA_RECORD_MAX) || transfer_bad_length(task, t);
}

void ssc_write(struct task *task)
{
	struct transfer t;
	if (!transfer_decode(task, false, &t) || t.length == 0)
		return;
	if (!block_length_ok(task, &t))
		return;
	/* Checked first, because data that the initiator does not offer cannot be written. */
	uint64_t bytes = t.fixed ? (uint64_t)t.length * t.block_length : t.length;
	if (task->out_len < bytes) {
		task->want = bytes;
		task_fail(task, SENSE_DATA_PHASE_LENGTH);
		return;
	}
	struct work w;
	if (!work_begin(&w, task, DRIVE_WRITING))
		return;
	if (place_go(&w, &t.place) && append_allowed(&w) && work_keys(&w, true) && work_compression(&w))
		write_records(&w, &t);
	work_end(&w);
}
