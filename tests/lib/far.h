/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions with more objects or bytes than a test can write. */
#pragma once

#include "media/media.h"

/* The partition in use ends at that object, behind so many bytes of capacity, as if the files with what is between its end
 * and there were gone.  0, -ENOMEM. */
int cart_begin_at(struct cart *cart, uint64_t object, uint64_t charge);
