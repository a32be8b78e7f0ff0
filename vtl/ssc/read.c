/* SPDX-License-Identifier: Apache-2.0 */
/* READ(6) and READ(16) (SSC-5 7.5): records are sent from the buffer of media/ without a copy. */
#include <errno.h>

#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/transfer.h"

/* The record at the position as the host gets it. */
struct sending {
	uint32_t len;  /* bytes of the record */
	uint32_t want; /* bytes to send, of the record and its protection value */
	bool final;    /* they are the last data and status is GOOD */
};

/* Sends n bytes that begin at `at`. */
static int send(struct work *w, const struct sending *s, uint32_t at, const void *data, size_t n)
{
	if (at >= s->want)
		return 0;
	if (n > s->want - at)
		n = s->want - at;
	int err = s->final && at + n == s->want ? task_send_last(w->task, data, n)
						: task_send(w->task, data, n);
	return err ? -ECANCELED : 0;
}

static int send_value(struct work *w, const struct sending *s, enum lbp_method lbp)
{
	uint8_t value[LBP_VALUE];
	protection_put(lbp, cart_read_value(w->cart), value);
	return send(w, s, s->len, value, sizeof value);
}

/* 0, a media -errno, or -ECANCELED.  What the host does not want of a protected record is read all the same, because
 * only all of it can be checked. */
static int send_record(struct work *w, const struct sending *s, enum lbp_method lbp)
{
	enum lbp_method kept = LBP_NONE;
	if (s->want < s->len && cart_peek_protection(w->cart, &kept) != MEDIA_OK)
		kept = LBP_NONE;
	for (uint32_t at = 0; at < (kept || s->want > s->len ? s->len : s->want);) {
		const void *data;
		size_t n;
		int err = cart_read_chunk(w->cart, at, &data, &n);
		if (!err)
			err = send(w, s, at, data, n);
		if (err)
			return err;
		at += (uint32_t)n;
	}
	return s->want > s->len ? send_value(w, s, lbp) : 0;
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
	partition_count(tape, 0, len);
	tape->mount.records_read++;
}

/* Reads one record of any length; INFORMATION counts bytes. */
static void read_variable(struct work *w, const struct transfer *t)
{
	uint32_t len;
	int result = cart_peek(w->cart, &len);
	if (result != MEDIA_OK) {
		transfer_stopped(w, result, t->length);
		return;
	}
	/* SILI suppresses ILI for short records always, for long ones only when the block length is 0. */
	uint32_t block = len + t->extra;
	bool ili = block < t->length ? !t->sili
		: block > t->length  ? !t->sili || t->block_length != 0
				     : false;
	const struct sending s = { len, block < t->length ? block : t->length,
		!ili && !warns_readers(w->tape) };
	uint64_t saved = cart_savings(w->cart).read;
	result = send_record(w, &s, t->lbp);
	if (result) {
		if (result != -ECANCELED)
			transfer_stopped(w, result, t->length);
		return;
	}
	count_read(w, len, saved);
	result = cart_skip(w->cart);
	if (result < 0)
		result_fail(w, result, MEDIA_READING, t->length);
	else if (ili)
		wrong_length(w, (int64_t)t->length - block);
	else
		warn_reader(w, t->length);
}

/* Reads records of the block length; INFORMATION counts records. */
static void read_fixed(struct work *w, const struct transfer *t)
{
	for (uint32_t left = t->length; left > 0; left--) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result != MEDIA_OK) {
			transfer_stopped(w, result, left);
			return;
		}
		uint32_t block = len + t->extra;
		bool right = block == t->block_length;
		const struct sending s = { len, right || block < t->block_length ? block : t->block_length,
			right && left == 1 && !warns_readers(w->tape) };
		uint64_t saved = cart_savings(w->cart).read;
		result = send_record(w, &s, t->lbp);
		if (result) {
			if (result != -ECANCELED)
				transfer_stopped(w, result, left);
			return;
		}
		count_read(w, len, saved);
		cart_skip(w->cart);
		if (!right) {
			wrong_length(w, left);
			return;
		}
		if (warn_reader(w, left - 1) || (left > 1 && work_step(w)))
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
	if (work_integrity(&w) && work_sync(&w) && work_keys(&w, false) && place_go(&w, &t.place)) {
		cart_read_protected(w.cart, t.lbp);
		if (t.fixed)
			read_fixed(&w, &t);
		else
			read_variable(&w, &t);
	}
	work_end(&w);
}
