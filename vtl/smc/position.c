/* SPDX-License-Identifier: Apache-2.0 */
/* POSITION TO ELEMENT and REZERO UNIT: no motion is needed. */
#include "vtl/smc/changer.h"

#include "vtl/smc/elements.h"

void smc_position_to_element(struct task *task)
{
	struct library *library = changer_library(task->lu);

	if (!transport_ok(library, (uint16_t)cdb_field(task, "transport_element")) ||
		!element_at(library, (uint16_t)cdb_field(task, "destination_element")))
		task_fail(task, SENSE_INVALID_ELEMENT);
}

void smc_rezero_unit(struct task *task)
{
}
