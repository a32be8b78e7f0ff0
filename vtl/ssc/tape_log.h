/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines about a cartridge in a drive. */
#pragma once

#include "vtl/base/log.h"
#include "vtl/ssc/work.h"

/* Logs "library L: drive:N: cartridge B WHAT". */
void tape_log(const struct tape *tape, enum log_event_id id, const struct actor *by, const char *what);
/* The same, with the initiator of the present command as actor; call before its status is sent. */
void work_log(const struct work *w, enum log_event_id id, const char *what);

/* The data that a write at the beginning of the tape destroys. */
struct overwrite {
	uint64_t objects, bytes;
};
/* Whether the next write starts at the beginning of a tape with data. Call before the write; log after it. */
bool overwrite_begins(const struct work *w, struct overwrite *ret_overwrite);
void overwrite_log(const struct work *w, const struct overwrite *overwrite);
