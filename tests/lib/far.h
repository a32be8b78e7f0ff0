/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions of so many objects that no test can write them. */
#pragma once

#include "media/media.h"

/* The partition in use ends at that object, as if the files with those from its end up to there were gone.  0, -ENOMEM. */
int cart_begin_at(struct cart *cart, uint64_t object);
