/* SPDX-License-Identifier: Apache-2.0 */
/* After a stop that was not clean. */
#pragma once

#include "vtl/library/library.h"

/* One line if the daemon before this one did not stop cleanly: which cartridges were in drives, and what
 * of them is there.  Once cartridges are threaded again, from a fiber. */
void unclean_tell(struct installation *inst);
