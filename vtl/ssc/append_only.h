/* SPDX-License-Identifier: Apache-2.0 */
/* Append-only mode (SSC-5 4.2.20): records are kept unless a host allows one overwrite. */
#pragma once

#include "vtl/ssc/work.h"

/* Whether data may be written at the position. False with the command failed: it would overwrite data of a WORM
 * cartridge (7/30/0C), or of any other in append-only mode (7/5A/02). Other errors are reported by the write itself. */
bool append_allowed(struct work *w);
/* Whether everything from the position on may be erased, or, with all, the whole cartridge. False as above. */
bool erase_allowed(struct work *w, bool all);
/* The mode, or the cartridge, is another one: what ALLOW OVERWRITE has allowed ends. */
void overwrite_forbid(struct tape *tape);
/* Checks new values of mode page 10h/01h. Returns the byte that is wrong, or 0. */
int append_only_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page);
