/* SPDX-License-Identifier: Apache-2.0 */
/* How LTO cartridges are divided into partitions: whole units, by generation. */
#pragma once

#include "vtl/ssc/tape.h"

/* Most partitions of a cartridge of this generation; 1: it cannot be divided. */
unsigned partitions_most(const struct generation *generation);
/* One partition of all that is available. */
struct cart_layout partitions_one(uint64_t available);
/* The smallest partition of the loaded cartridge, in bytes: all partitions are multiples of it. */
uint64_t partitions_unit(const struct tape *tape);
/* Units that n partitions of it share. */
unsigned partitions_units(const struct tape *tape, unsigned n);
/* The layout of n partitions of so many units each. */
struct cart_layout partitions_of(const struct tape *tape, unsigned n, const unsigned *units);

/* Mode page 11h: partition_page.c. */
enum { PARTITION_SLOTS_5 = 2, PARTITION_SLOTS = 4 };
void partition_page_fill(struct lu *lu, struct lu_nexus *nexus, uint8_t *page);
int partition_page_commit(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page);
