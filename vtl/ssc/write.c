/* SPDX-License-Identifier: Apache-2.0 */
/* WRITE(6) and WRITE(16) (SSC-5 7.18): data is received directly into the buffer of media/. */
#include <errno.h>

#include "vtl/ssc/compression.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"
#include "vtl/ssc/transfer.h"

/* Writes one record from the initiator. MEDIA_OK or MEDIA_FULL, a media -errno, -ECANCELED, or -ENODATA when
 * the initiator offers less; after an error nothing of the record is on the medium. */
static int receive_record(struct work *w, uint32_t len)
{
	struct cart *cart = w->cart;
	int result = cart_write_begin(cart, len);
	if (result != MEDIA_OK)
		return result;
	for (;;) {
		size_t n;
		void *room = cart_write_room(cart, &n);
		if (!room)
			break;
		int err = task_receive(w->task, room, n);
		if (err) {
			cart_write_cancel(cart);
			return err == -ENODATA ? err : -ECANCELED;
		}
		cart_write_filled(cart, n);
	}
	result = cart_write_end(cart);
	if (result == MEDIA_OK) {
		w->tape->dirty = true;
		w->tape->writer = w->nexus;
		w->tape->total.written += len;
		w->tape->mount.written += len;
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
	uint32_t len = t->fixed ? t->block_length : t->length;
	uint32_t unit = t->fixed ? 1 : t->length;
	struct cart_position at;
	cart_position(w->cart, &at);
	uint64_t first = at.object;
	struct overwrite overwrite;
	bool overwrites = !first && overwrite_begins(w, &overwrite);

	for (uint32_t left = records; left > 0; left--) {
		int result = receive_record(w, len);
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
	cart_position(w->cart, &at);
	if (at.early_warning)
		work_fail(w, &(struct sense_data){ .id = SENSE_EARLY_WARNING, .eom = true, .valid = true });
}

void ssc_write(struct task *task)
{
	struct transfer t;
	if (!transfer_decode(task, false, &t) || t.length == 0)
		return;
	if (!t.fixed && t.length > MEDIA_RECORD_MAX) {
		task_fail_cdb(task, transfer_length_byte(task), 7);
		return;
	}
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
	if (place_go(&w, &t.place) && work_may_append(&w) && work_keys(&w, true) && work_compression(&w))
		write_records(&w, &t);
	work_end(&w);
}
