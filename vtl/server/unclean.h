/* SPDX-License-Identifier: Apache-2.0 */
/* After a stop that was not clean. */
#pragma once

#include "vtl/library/library.h"

/* When the last stop was not clean, logs which cartridges were in drives and how many objects they have. Call
 * from a fiber, after cartridges were opened again. */
void unclean_tell(struct installation *inst);
