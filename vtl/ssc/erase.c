/* SPDX-License-Identifier: Apache-2.0 */
/* ERASE(6) (SSC-5 7.1): end of data comes to the position.  LONG differs only in time on a drive
 * whose store forgets at once. */
#include "vtl/ssc/media_sense.h"

void ssc_erase6(struct task *task)
{
	struct work w;
	bool early = cdb_field(task, "immed");
	if (!work_begin(&w, task, DRIVE_ERASING))
		return;
	if (tape_is_worm(w.tape)) {
		task_fail(task, SENSE_WORM_OVERWRITE);
	} else if (work_sync(&w)) {
		if (early)
			work_early(&w);
		w.tape->writer = w.nexus;
		int err = cart_erase(w.cart);
		if (err)
			media_fail(&w, err, MEDIA_WRITING, 0);
	}
	work_end(&w);
}
