/* SPDX-License-Identifier: Apache-2.0 */
/* INITIALIZE ELEMENT STATUS: does nothing, because the inventory is always up to date. */
#include "vtl/smc/changer.h"

void smc_initialize_element_status(struct task *task)
{
}

void smc_initialize_element_range(struct task *task)
{
	/* RANGE=0 means all elements; the address is ignored (SMC-3 6.4). */
	if (!cdb_field(task, "range"))
		return;
	uint16_t start = (uint16_t)cdb_field(task, "starting_element");
	if (!element_at(changer_library(task->lu), start))
		task_fail(task, SENSE_INVALID_ELEMENT);
}
