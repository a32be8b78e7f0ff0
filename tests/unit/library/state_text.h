/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an installation remembers, as text to compare: memory, the catalog's rows, files, folders. */
#pragma once

#include "bench.h"

/* The caller frees it. */
char *state_text(struct bench *b);
/* Fails and names the first line that differs. */
void assert_same_state(const char *kind, const char *before, const char *after);
