/* SPDX-License-Identifier: Apache-2.0 */
/* The library's elements as the wire sees them: four types, each a run of addresses. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/library/library.h"

/* Element type codes (SMC-3 table 11); 0 in a CDB asks for all. */
enum element_type { TYPE_ALL = 0, TYPE_MT = 1, TYPE_ST = 2, TYPE_IE = 3, TYPE_DT = 4 };

struct element_group {
	enum element_type type;
	const struct element *at;
	uint16_t n;
};

enum { ELEMENT_GROUPS = 4 };

/* The groups in order of their addresses, so that "from this address on" reads on where an answer
 * limited in number ended. */
void element_groups(const struct library *library, struct element_group ret_groups[static ELEMENT_GROUPS]);
/* Whether address names a transport; 0 stands for the default one (SMC-3 6.5). */
bool transport_ok(const struct library *library, uint16_t address);
