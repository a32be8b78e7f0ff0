/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of this drive, for the log and for the library, which records them. */
#pragma once

#include "vtl/ssc/tape.h"

/* Records a fault of the seated cartridge. err: the error of media/; object: where, or NO_OBJECT. Logs the
 * first fault of each kind since the load and counts the others. */
void tape_fault(struct tape *tape, enum health_kind kind, int err, uint64_t object);
/* Sets a TapeAlert flag for hosts (SSC-5, log page 2Eh) and, until its cause is gone, for the operator. */
void tape_alert(struct tape *tape, enum drive_alert flag);
/* A cartridge was opened: ends the faults of the previous one, and reports data that this one lost. */
void tape_health_opened(struct tape *tape, const struct actor *by);
/* All data on the cartridge is gone: written from the beginning, or erased there. */
void tape_health_renewed(struct tape *tape);
void tape_health_cleaned(struct tape *tape);
/* The cartridge was closed: logs how often each fault occurred. */
void tape_health_closed(struct tape *tape);
/* The seated cartridge leaves the drive: reports what has not been reported. */
void tape_health_leaves(struct tape *tape);
