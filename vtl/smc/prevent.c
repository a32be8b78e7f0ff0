/* SPDX-License-Identifier: Apache-2.0 */
/* PREVENT ALLOW MEDIUM REMOVAL: whether a person may use the mail slots. */
#include "vtl/smc/changer.h"

void smc_prevent_allow(struct task *task)
{
	uint8_t prevent = (uint8_t)cdb_field(task, "prevent");

	/* 10b and 11b are of drives that keep prevention over power cycles. */
	if (prevent > 1) {
		task_fail_cdb(task, 4, 1);
		return;
	}
	struct lu_nexus *nexus = lu_nexus_of(task->lu, task->nexus);
	if (nexus)
		nexus->prevent = prevent;
}
