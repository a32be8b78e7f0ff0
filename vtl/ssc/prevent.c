/* SPDX-License-Identifier: Apache-2.0 */
/* PREVENT ALLOW MEDIUM REMOVAL (SPC-5): one state per nexus. */
#include "vtl/ssc/tape.h"

void ssc_prevent_allow(struct task *task)
{
	bool prevent = cdb_field(task, "prevent");
	/* ALLOW passes every reservation; PREVENT does not. */
	if (prevent && lu_reservation_conflict(task, GATE_RESERVED))
		return;
	task->lu_nexus->prevent = prevent;
}
