/* SPDX-License-Identifier: Apache-2.0 */
/* RESERVE and RELEASE of SPC-2, and who may do what under any reservation. */
#include "vtl/scsi/core.h"
#include "vtl/scsi/pr.h"

bool lu_reservation_conflict(struct task *task, unsigned gates)
{
	const struct lu *lu = task->lu;

	if ((lu->reserved_by && lu->reserved_by != task->lu_nexus) ||
	    pr_conflict(lu->pr, task->nexus, gates)) {
		task->status = STATUS_RESERVATION_CONFLICT;
		return true;
	}
	return false;
}

/* With registrations present both commands conflict, for CRH is not offered (SPC-3 5.6.1). */
static bool held_off(struct task *task)
{
	if (!task->lu->pr->count)
		return false;
	task->status = STATUS_RESERVATION_CONFLICT;
	return true;
}

void scsi_reserve(struct task *task)
{
	struct lu *lu = task->lu;

	if (held_off(task))
		return;
	if (lu->reserved_by && lu->reserved_by != task->lu_nexus)
		task->status = STATUS_RESERVATION_CONFLICT;
	else
		lu->reserved_by = task->lu_nexus;
}

/* A release by someone who holds nothing is GOOD and does nothing. */
void scsi_release(struct task *task)
{
	struct lu *lu = task->lu;

	if (!held_off(task) && lu->reserved_by == task->lu_nexus)
		lu->reserved_by = NULL;
}
