/* SPDX-License-Identifier: Apache-2.0 */
/* Changes records in memory after they were received, as a fault of the memory would. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cart;

/* A byte of the oldest record in the stages.  False: it is not this object. */
bool spoil_staged(struct cart *cart, uint64_t object, size_t byte);
/* The byte so many before the end of the data in the segment that is being filled.  False: there are not as many. */
bool spoil_window(struct cart *cart, size_t before_end);
