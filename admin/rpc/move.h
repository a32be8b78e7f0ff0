/* SPDX-License-Identifier: Apache-2.0 */
/* Moves cartridges, for methods of several nouns. */
#pragma once

#include "admin/rpc/method.h"
#include "vtl/library/robot.h"

/* Moves the cartridge.  Returns its barcode and where it went from and to; NULL: refused.  Waits. */
json_t *move_cartridge(struct call *call, struct library *library, struct cartridge *cartridge,
	struct element *to);
/* Returns the element the cartridge came from if that is a free slot, else the first free slot, else NULL. */
struct element *move_home(struct library *library, const struct element *from);
/* Refuses the call because of a failed move.  Always returns NULL. */
json_t *move_refuse(struct call *call, const char *barcode, enum move_result result);
