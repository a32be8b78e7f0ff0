/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong in this drive, for the log and for the library, which keeps it. */
#pragma once

#include "vtl/ssc/tape.h"

/* Something went wrong with the cartridge that is seated: err is what media/ said, object where, or NO_OBJECT.
 * A line in the log for the first of its kind since the cartridge was loaded; the others are counted. */
void tape_fault(struct tape *tape, enum health_kind kind, int err, uint64_t object);
/* Raises a TapeAlert flag: for hosts (SSC-5, log page 2Eh), and until it is over for the operator. */
void tape_alert(struct tape *tape, enum drive_alert flag);
/* A cartridge was opened: what was wrong with the one before is over; what this one has lost is told. */
void tape_health_opened(struct tape *tape, const struct actor *by);
/* What was on the cartridge is gone: it is written from the beginning, or erased there. */
void tape_health_renewed(struct tape *tape);
void tape_health_cleaned(struct tape *tape);
/* The cartridge was closed: the log has how often what went wrong. */
void tape_health_closed(struct tape *tape);
/* The seated cartridge leaves: what there is to tell of it is told. */
void tape_health_leaves(struct tape *tape);
