/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where the store's words become SCSI's. */
#pragma once

#include "vtl/ssc/work.h"

/* What the drive was doing when the result came. */
enum media_verb { MEDIA_READING, MEDIA_WRITING, MEDIA_MOVING, MEDIA_LOADING };

/* The sense of a media result; information and valid are the caller's to add. */
struct sense_data media_sense(struct tape *tape, int result, enum media_verb verb);
/* The same without sense: raises the alert and tells of the fault that a result is, if it is one. */
void media_trouble(struct tape *tape, int result, enum media_verb verb);
/* Fails the work with that sense and INFORMATION: what was asked for and did not happen. */
void media_fail(struct work *w, int result, enum media_verb verb, int64_t left);
/* The same when writing met an error: one that is an earlier command's is told as deferred. */
void media_write_fail(struct work *w, int result, int64_t left);
/* Buffered data was lost.  True when it was this nexus's (then *ret_sense is to be reported on its
 * command); for another nexus it is left with the core as a deferred error. */
bool media_fault(struct tape *tape, const struct nexus *nexus, struct sense_data *ret_sense);
