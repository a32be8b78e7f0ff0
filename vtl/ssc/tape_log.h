/* SPDX-License-Identifier: Apache-2.0 */
/* Who did what to a cartridge in a drive, said in the log. */
#pragma once

#include "vtl/base/log.h"
#include "vtl/ssc/work.h"

/* "library L: drive:N: cartridge B " and what happened to it. */
void tape_log(const struct tape *tape, enum log_event_id id, const struct actor *by, const char *what);
/* The same by the initiator of the command at work, before its status has gone. */
void work_log(const struct work *w, enum log_event_id id, const char *what);

/* What a write at the beginning of the tape puts an end to. */
struct overwrite {
	uint64_t objects, bytes;
};
/* Whether the next thing written begins at the beginning and something is there; asked before it is
 * written, logged after. */
bool overwrite_begins(const struct work *w, struct overwrite *ret_overwrite);
void overwrite_log(const struct work *w, const struct overwrite *overwrite);
