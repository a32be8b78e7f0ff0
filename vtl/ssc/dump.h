/* SPDX-License-Identifier: Apache-2.0 */
/* The dump of a drive: its state as text, for READ BUFFER. */
#pragma once

#include "vtl/ssc/tape.h"

enum { TAPE_DUMP_MAX = 4096 };

/* Writes the state, one line for each fact. Returns the bytes, without a terminating zero. */
uint32_t tape_dump(const struct tape *tape, char out[static TAPE_DUMP_MAX]);
