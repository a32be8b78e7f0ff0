/* SPDX-License-Identifier: Apache-2.0 */
/* Moving cartridges, for the methods of several nouns. */
#pragma once

#include "admin/rpc/method.h"

/* Moves and tells from where to where; or refuses in the mover's words. */
json_t *move_cartridge(struct call *call, struct library *library, struct cartridge *cartridge,
	struct element *to);
/* Where the cartridge of an element came from when that is free, else the first free slot or NULL. */
struct element *move_home(struct library *library, const struct element *from);
/* Refuses, saying which cartridge and what the mover said. */
json_t *move_refuse(struct call *call, const char *barcode, enum move_result result);
/* Every drive of every library with what it is doing; waits. (drive_methods.c) */
json_t *drives_view(struct installation *inst);
