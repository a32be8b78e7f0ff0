/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lets workers run out of memory for new stacks: list tests/lib/scarce.c among
 * the sources and link with -Wl,--wrap=mmap -Wl,--wrap=mmap64.
 */
#pragma once

#include <stdbool.h>

struct worker;

/* From now on this worker gets no new stack (those at rest it may use again); NULL: all get them. */
void scarce(struct worker *worker);
/* Nobody gets one. */
void scarce_for_all(bool on);
