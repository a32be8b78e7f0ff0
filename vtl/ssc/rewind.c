/* SPDX-License-Identifier: Apache-2.0 */
/* REWIND (SSC-5 7.10): buffered data is on stable storage before the status is sent, also with IMMED. */
#include "vtl/ssc/result_sense.h"

void ssc_rewind(struct task *task)
{
	struct work w;
	bool early = cdb_field(task, "immed");
	if (!work_begin(&w, task, DRIVE_REWINDING))
		return;
	if (work_sync(&w)) {
		if (early)
			work_early(&w);
		int err = cart_rewind(w.cart);
		if (err < 0)
			result_fail(&w, err, MEDIA_MOVING, 0);
	}
	work_end(&w);
}
