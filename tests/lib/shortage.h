/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lets one allocation of this thread fail: list tests/lib/shortage.c among the sources and link with
 * -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc.
 *
 *	for (unsigned n = 1; shortage_at(n), thing_open(&thing), shortage_met(); n++)
 *		... the error was -ENOMEM, and nothing is left;
 */
#pragma once

#include <stdbool.h>

/* The nth allocation of this thread from now on gets NULL; 0: all succeed. */
void shortage_at(unsigned n);
/* Whether that has happened; then and otherwise all allocations succeed from now on. */
bool shortage_met(void);
/* For wraps of other functions that allocate: whether this call is the one that fails. */
bool shortage_here(void);
