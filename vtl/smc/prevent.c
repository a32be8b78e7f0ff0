/* SPDX-License-Identifier: Apache-2.0 */
/* PREVENT ALLOW MEDIUM REMOVAL and OPEN/CLOSE: whether an operator may use the mail slots. */
#include "vtl/smc/changer.h"

#include "vtl/smc/elements.h"

/* OPEN/CLOSE IMPORT/EXPORT ELEMENT (SMC-3). An operator opens the mail slots; OPEN fails while a host
 * prevents removal. */
void smc_import_export(struct task *task)
{
	enum { OPEN, CLOSE };
	uint16_t address = (uint16_t)cdb_field(task, "element");
	uint8_t action = (uint8_t)cdb_field(task, "action");
	const struct element *element = element_at(changer_library(task->lu), address);

	if (action != OPEN && action != CLOSE)
		task_fail_cdb(task, 4, 4);
	else if (!element || element->kind != ELEMENT_MAILSLOT)
		task_fail(task, SENSE_INVALID_ELEMENT);
	else if (action == OPEN && lu_removal_prevented(task->lu))
		task_fail(task, SENSE_REMOVAL_PREVENTED);
}

void smc_prevent_allow(struct task *task)
{
	uint8_t prevent = (uint8_t)cdb_field(task, "prevent");

	/* 10b and 11b are for drives that keep prevention over power cycles. */
	if (prevent > 1) {
		task_fail_cdb(task, 4, 1);
		return;
	}
	/* ALLOW passes every reservation; PREVENT does not. */
	if (prevent && lu_reservation_conflict(task, GATE_RESERVED))
		return;
	struct lu_nexus *nexus = lu_nexus_of(task->lu, task->nexus);
	if (nexus)
		nexus->prevent = prevent;
}
