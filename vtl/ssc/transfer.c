/* SPDX-License-Identifier: Apache-2.0 */
/* FIXED, SILI and TRANSFER LENGTH of the transfer commands. */
#include "vtl/ssc/transfer.h"

#include <errno.h>

#include "vtl/ssc/result_sense.h"

enum { LENGTH_BYTE = 2, LENGTH_BYTE_LONG = 12, FLAGS_BYTE = 1, FIXED_BIT = 0, SILI_BIT = 1 };

unsigned transfer_length_byte(const struct task *task)
{
	return task->op->len == 16 ? LENGTH_BYTE_LONG : LENGTH_BYTE;
}

bool transfer_decode(struct task *task, bool has_sili, struct transfer *ret)
{
	const struct lu_nexus *nexus = task->lu_nexus;
	struct transfer t = {
		.fixed = task->cdb[FLAGS_BYTE] & 1 << FIXED_BIT,
		.sili = has_sili && task->cdb[FLAGS_BYTE] & 1 << SILI_BIT,
		.length = get_be24(task->cdb + transfer_length_byte(task)),
		.block_length = nexus->block_length,
		.lbp = task->op->dir == DIR_OUT ? protection_written(task->lu, nexus)
						: protection_read(task->lu, nexus),
	};
	t.extra = t.lbp ? LBP_VALUE : 0;
	/* SSC-5 7.5: SILI is invalid with FIXED, and FIXED needs a block length. */
	if (t.fixed && t.sili) {
		task_fail_cdb(task, FLAGS_BYTE, SILI_BIT);
		return false;
	}
	if (t.fixed && t.block_length == 0) {
		task_fail_cdb(task, FLAGS_BYTE, FIXED_BIT);
		return false;
	}
	t.place = place_decode(task);
	*ret = t;
	return true;
}

bool transfer_bad_length(struct task *task, const struct transfer *t)
{
	if (t->fixed)
		task_fail_cdb(task, FLAGS_BYTE, FIXED_BIT);
	else
		task_fail_cdb(task, transfer_length_byte(task), 7);
	return false;
}

void transfer_stopped(struct work *w, int result, int64_t left)
{
	result_fail(w, result, MEDIA_READING, left);
	if (result == MEDIA_FILEMARK || result == -EBADMSG || result == -EILSEQ || result == -ECOMM ||
		result == -EIO)
		cart_skip(w->cart);
}
