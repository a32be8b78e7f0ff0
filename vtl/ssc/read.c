/* SPDX-License-Identifier: Apache-2.0 */
/* READ(6) and READ(16) (SSC-5 7.5): records are sent from the buffer of media/ without a copy. */
#include <errno.h>

#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/transfer.h"

/* Sends the first len bytes of the record at the position. final: they are the last data and status is GOOD.
 * 0, a media -errno, or -ECANCELED. */
static int send_record(struct work *w, uint32_t len, bool final)
{
	for (uint32_t at = 0; at < len;) {
		const void *data;
		size_t n;
		int err = cart_read_chunk(w->cart, at, &data, &n);
		if (err)
			return err;
		if (n > len - at)
			n = len - at;
		at += (uint32_t)n;
		err = final && at == len ? task_send_last(w->task, data, n) : task_send(w->task, data, n);
		if (err)
			return -ECANCELED;
	}
	return 0;
}

static void wrong_length(struct work *w, int64_t information)
{
	work_fail(w,
		&(struct sense_data){ .id = SENSE_NONE,
			.ili = true,
			.valid = true,
			.information = information });
}

/* saved: what compression had spared before. */
static void count_read(struct work *w, uint32_t len, uint64_t saved)
{
	struct tape *tape = w->tape;
	tape->mount.saved_read += cart_savings(w->cart).read - saved;
	tape->total.read += len;
	tape->mount.read += len;
	tape->mount.records_read++;
}

/* The next object is not a record, or cannot be read: moves after it and sets the sense. */
static void read_stopped(struct work *w, int result, int64_t left)
{
	struct tape *tape = w->tape;
	result_fail(w, result, MEDIA_READING, left);
	if (result == MEDIA_FILEMARK || result == -EBADMSG || result == -EILSEQ || result == -EIO)
		cart_skip(tape->cart);
}

/* Reads one record of any length; INFORMATION counts bytes. */
static void read_variable(struct work *w, const struct transfer *t)
{
	uint32_t len;
	int result = cart_peek(w->cart, &len);
	if (result != MEDIA_OK) {
		read_stopped(w, result, t->length);
		return;
	}
	/* SILI suppresses ILI for short records always, for long ones only when the block length is 0. */
	bool ili = len < t->length ? !t->sili : len > t->length ? !t->sili || t->block_length != 0 : false;
	uint64_t saved = cart_savings(w->cart).read;
	result = send_record(w, len < t->length ? len : t->length, !ili);
	if (result) {
		if (result != -ECANCELED)
			read_stopped(w, result, t->length);
		return;
	}
	count_read(w, len, saved);
	result = cart_skip(w->cart);
	if (result < 0)
		result_fail(w, result, MEDIA_READING, t->length);
	else if (ili)
		wrong_length(w, (int64_t)t->length - len);
}

/* Reads records of the block length; INFORMATION counts records. */
static void read_fixed(struct work *w, const struct transfer *t)
{
	for (uint32_t left = t->length; left > 0; left--) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result != MEDIA_OK) {
			read_stopped(w, result, left);
			return;
		}
		bool right = len == t->block_length;
		uint64_t saved = cart_savings(w->cart).read;
		result = send_record(w, len < t->block_length ? len : t->block_length, right && left == 1);
		if (result) {
			if (result != -ECANCELED)
				read_stopped(w, result, left);
			return;
		}
		count_read(w, len, saved);
		cart_skip(w->cart);
		if (!right) {
			wrong_length(w, left);
			return;
		}
		if (left > 1 && work_step(w))
			return;
	}
}

void ssc_read(struct task *task)
{
	struct transfer t;
	if (!transfer_decode(task, true, &t) || t.length == 0)
		return;
	struct work w;
	if (!work_begin(&w, task, DRIVE_READING))
		return;
	if (work_sync(&w) && work_keys(&w, false) && place_go(&w, &t.place)) {
		if (t.fixed)
			read_fixed(&w, &t);
		else
			read_variable(&w, &t);
	}
	work_end(&w);
}
