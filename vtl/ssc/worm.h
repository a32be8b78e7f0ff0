/* SPDX-License-Identifier: Apache-2.0 */
/* Write once, read many: where such a cartridge may still be written. */
#pragma once

#include "vtl/ssc/work.h"

/* True for every other cartridge; else false with the command failed (7/30/0C). */
bool worm_allows_write(struct work *w);
