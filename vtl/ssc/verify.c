/* SPDX-License-Identifier: Apache-2.0 */
/* VERIFY(6) and VERIFY(16) (SSC-5 7.17): read and check like READ, but send no data. */
#include <errno.h>

#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/transfer.h"

/* Reads the whole record at the position, which verifies its checksums. */
static int check_record(struct work *w, uint32_t len)
{
	for (uint32_t at = 0; at < len;) {
		const void *data;
		size_t n;
		int err = cart_read_chunk(w->cart, at, &data, &n);
		if (err)
			return err;
		at += n < len - at ? (uint32_t)n : len - at;
		if (work_step(w))
			return -ECANCELED;
	}
	return 0;
}

static void stopped(struct work *w, int result, int64_t left)
{
	result_fail(w, result, MEDIA_READING, left);
	if (result == MEDIA_FILEMARK || result == -EBADMSG || result == -EILSEQ || result == -EIO)
		cart_skip(w->cart);
}

static void verify_records(struct work *w, const struct transfer *t)
{
	uint32_t records = t->fixed ? t->length : 1;
	uint32_t unit = t->fixed ? 1 : t->length;
	uint32_t right = t->fixed ? t->block_length : t->length;
	for (uint32_t left = records; left > 0; left--) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result == MEDIA_OK)
			result = check_record(w, len);
		if (result != MEDIA_OK) {
			stopped(w, result, (int64_t)left * unit);
			return;
		}
		cart_skip(w->cart);
		if (len != right) {
			work_fail(w,
				&(struct sense_data){ .id = SENSE_NONE,
					.ili = true,
					.valid = true,
					.information = t->fixed ? left : (int64_t)right - len });
			return;
		}
	}
}

/* Records and filemarks up to the marks-th filemark; marks 0: up to end of data, which is success then. */
static void verify_span(struct work *w, uint32_t marks)
{
	for (uint32_t left = marks; left || !marks;) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result == MEDIA_OK)
			result = check_record(w, len);
		if (result == MEDIA_EOD && !marks)
			return;
		if (result != MEDIA_OK && result != MEDIA_FILEMARK) {
			stopped(w, result, left);
			return;
		}
		cart_skip(w->cart);
		if (result == MEDIA_FILEMARK && marks)
			left--;
		if (work_step(w))
			return;
	}
}

/* How much is verified. */
enum extent { BY_LENGTH, TO_EOD, BY_FILEMARKS };

/* False, with the task failed: VTE and VBF exclude each other and FIXED. */
static bool extent_decode(struct task *task, enum extent *ret)
{
	enum { FLAGS_BYTE = 1, VBF_BIT = 3, FIXED_BIT = 0 };
	bool vte = cdb_field(task, "vte"), vbf = cdb_field(task, "vbf");
	*ret = vte ? TO_EOD : vbf ? BY_FILEMARKS : BY_LENGTH;
	if (vte && vbf)
		task_fail_cdb(task, FLAGS_BYTE, VBF_BIT);
	else if ((vte || vbf) && cdb_field(task, "fixed"))
		task_fail_cdb(task, FLAGS_BYTE, FIXED_BIT);
	return !task->status;
}

void ssc_verify(struct task *task)
{
	struct transfer t;
	enum extent extent;
	bool early = cdb_field(task, "immed");
	if (!extent_decode(task, &extent) || !transfer_decode(task, false, &t))
		return;
	if (t.length == 0 && extent != TO_EOD)
		return;
	struct work w;
	if (!work_begin(&w, task, DRIVE_READING))
		return;
	if (work_sync(&w) && work_keys(&w, false) && place_go(&w, &t.place)) {
		if (early)
			work_early(&w);
		if (extent == BY_LENGTH)
			verify_records(&w, &t);
		else
			verify_span(&w, extent == TO_EOD ? 0 : t.length);
	}
	work_end(&w);
}
