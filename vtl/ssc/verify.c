/* SPDX-License-Identifier: Apache-2.0 */
/* VERIFY(6) and VERIFY(16) (SSC-5 7.17): read and check like READ, but send no data. */
#include <errno.h>

#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/transfer.h"

/* Reads the whole record at the position, which verifies its checksums and its protection value.  method: that the
 * record must have, or LBP_NONE; -EDOM: it has another or none. */
static int check_record(struct work *w, uint32_t len, enum lbp_method method)
{
	enum lbp_method has = LBP_NONE;
	if (method && cart_peek_protection(w->cart, &has) == MEDIA_OK && has != method)
		return -EDOM;
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
	if (result == -EDOM) {
		work_fail(w,
			&(struct sense_data){ .id = SENSE_PROTECTION_METHOD,
				.valid = true,
				.information = left });
		cart_skip(w->cart);
		return;
	}
	transfer_stopped(w, result, left);
}

static void verify_records(struct work *w, const struct transfer *t, enum lbp_method method)
{
	uint32_t records = t->fixed ? t->length : 1;
	uint32_t unit = t->fixed ? 1 : t->length;
	uint32_t right = t->fixed ? t->block_length : t->length;
	for (uint32_t left = records; left > 0; left--) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result == MEDIA_OK)
			result = check_record(w, len, method);
		if (result != MEDIA_OK) {
			stopped(w, result, (int64_t)left * unit);
			return;
		}
		cart_skip(w->cart);
		if (len + t->extra != right) {
			work_fail(w,
				&(struct sense_data){ .id = SENSE_NONE,
					.ili = true,
					.valid = true,
					.information = t->fixed ? left : (int64_t)right - len - t->extra });
			return;
		}
		if (warn_reader(w, t->fixed ? left - 1 : right))
			return;
	}
}

/* Records and filemarks up to the marks-th filemark; marks 0: up to end of data, which is success then. */
static void verify_span(struct work *w, uint32_t marks, enum lbp_method method)
{
	for (uint32_t left = marks; left || !marks;) {
		uint32_t len;
		int result = cart_peek(w->cart, &len);
		if (result == MEDIA_OK)
			result = check_record(w, len, method);
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

/* The method that VLBPM=1 asks for; there must be one. */
static bool method_decode(struct task *task, enum lbp_method *ret)
{
	enum { FLAGS_BYTE = 1, VLBPM_BIT = 4 };
	bool asked = cdb_field(task, "vlbpm");
	*ret = asked ? protection_method(task->lu, task->lu_nexus) : LBP_NONE;
	if (asked && !*ret)
		task_fail_cdb(task, FLAGS_BYTE, VLBPM_BIT);
	return !task->status;
}

void ssc_verify(struct task *task)
{
	struct transfer t;
	enum extent extent;
	enum lbp_method method;
	bool early = cdb_field(task, "immed");
	if (!extent_decode(task, &extent) || !method_decode(task, &method) ||
		!transfer_decode(task, false, &t))
		return;
	if (t.length == 0 && extent != TO_EOD)
		return;
	struct work w;
	if (!work_begin(&w, task, DRIVE_READING))
		return;
	if (work_integrity(&w) && work_sync(&w) && work_keys(&w, false) && place_go(&w, &t.place)) {
		if (early)
			work_early(&w);
		cart_read_protected(w.cart, LBP_NONE);
		if (extent == BY_LENGTH)
			verify_records(&w, &t, method);
		else
			verify_span(&w, extent == TO_EOD ? 0 : t.length, method);
	}
	work_end(&w);
}
