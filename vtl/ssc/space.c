/* SPDX-License-Identifier: Apache-2.0 */
/* SPACE(6) and SPACE(16) (SSC-5 7.15): over records, over filemarks, to end of data. */
#include "vtl/ssc/result_sense.h"

enum space_code { SPACE_BLOCKS = 0, SPACE_FILEMARKS = 1, SPACE_EOD = 3 };
enum { CODE_BYTE = 1, CODE_MSB = 3 };

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

static void space_over(struct work *w, unsigned code, int64_t count)
{
	uint64_t done = 0;
	int result = code == SPACE_BLOCKS ? cart_space_blocks(w->cart, count, &done)
					  : cart_space_filemarks(w->cart, count, &done);
	if (result == MEDIA_OK)
		return;
	/* INFORMATION: what was left to do, without sign in both directions. */
	uint64_t left = magnitude(count) - done;
	result_fail(w, result, MEDIA_MOVING, left > INT64_MAX ? INT64_MAX : (int64_t)left);
}

static void space_to_end(struct work *w)
{
	int result = cart_space_eod(w->cart);
	if (result < 0)
		result_fail(w, result, MEDIA_MOVING, 0);
}

static void space(struct task *task, int64_t count)
{
	unsigned code = (unsigned)cdb_field(task, "code");
	if (code != SPACE_BLOCKS && code != SPACE_FILEMARKS && code != SPACE_EOD) {
		task_fail_cdb(task, CODE_BYTE, CODE_MSB);
		return;
	}
	if (count == 0 && code != SPACE_EOD)
		return; /* no motion, so no sync is needed */
	struct work w;
	if (!work_begin(&w, task, DRIVE_POSITIONING))
		return;
	if (work_integrity(&w) && work_sync(&w)) {
		if (code == SPACE_EOD)
			space_to_end(&w);
		else
			space_over(&w, code, count);
	}
	work_end(&w);
}

void ssc_space6(struct task *task)
{
	uint32_t raw = get_be24(task->cdb + 2);
	space(task, raw & 0x800000 ? (int64_t)raw - 0x1000000 : (int64_t)raw);
}

void ssc_space16(struct task *task)
{
	space(task, (int64_t)get_be64(task->cdb + 4));
}
