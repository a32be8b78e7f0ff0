/* SPDX-License-Identifier: Apache-2.0 */
/* The library's elements grouped by SMC's types, in order of address. */
#include "vtl/smc/elements.h"

static unsigned group_first(const struct element_group *group)
{
	return group->n ? group->at[0].address : UINT16_MAX + 1u;
}

void element_groups(const struct library *library, struct element_group ret_groups[static ELEMENT_GROUPS])
{
	const struct element_group all[ELEMENT_GROUPS] = {
		{ TYPE_MT, library->transports, library->n_transports },
		{ TYPE_ST, library->slots, library->n_slots },
		{ TYPE_IE, library->mailslots, library->n_mailslots },
		{ TYPE_DT, library->drive_elements, library->n_drive_elements },
	};
	for (unsigned i = 0; i < ELEMENT_GROUPS; i++) {
		unsigned at = i;
		for (; at && group_first(&ret_groups[at - 1]) > group_first(&all[i]); at--)
			ret_groups[at] = ret_groups[at - 1];
		ret_groups[at] = all[i];
	}
}

bool transport_ok(const struct library *library, uint16_t address)
{
	for (unsigned i = 0; i < library->n_transports; i++)
		if (library->transports[i].address == address)
			return true;
	return address == 0;
}
