/* SPDX-License-Identifier: Apache-2.0 */
/* The library's elements as SMC has them: four types, each a range of addresses. */
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

/* The groups in order of address, so that a host can continue a limited answer at the next address. */
void element_groups(const struct library *library, struct element_group ret_groups[static ELEMENT_GROUPS]);
/* Whether address is a transport; 0 stands for the default transport (SMC-3 6.5). */
bool transport_ok(const struct library *library, uint16_t address);
