/* SPDX-License-Identifier: Apache-2.0 */
/* VERIFY(6) (SSC-5 7.17): reads and checks like READ, but sends no data. */
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

void ssc_verify6(struct task *task)
{
	struct transfer t;
	bool early = cdb_field(task, "immed");
	if (!transfer_decode(task, false, &t) || t.length == 0)
		return;
	struct work w;
	if (!work_begin(&w, task, DRIVE_READING))
		return;
	if (work_sync(&w) && work_keys(&w, false)) {
		if (early)
			work_early(&w);
		verify_records(&w, &t);
	}
	work_end(&w);
}
