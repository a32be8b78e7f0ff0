/* SPDX-License-Identifier: Apache-2.0 */
/* Translates results of media/ to sense data. */
#pragma once

#include "vtl/ssc/work.h"

/* What the drive was doing when the result was returned. */
enum media_verb { MEDIA_READING, MEDIA_WRITING, MEDIA_MOVING, MEDIA_LOADING, MEDIA_REMEMBERING };

/* The sense for a media result. The caller adds information and valid. */
struct sense_data result_sense(struct tape *tape, int result, enum media_verb verb);
/* As result_sense() without sense: sets the alert and records the fault, if the result is one. */
void result_trouble(struct tape *tape, int result, enum media_verb verb);
/* Fails the command with that sense. left: INFORMATION, what was requested and not done. */
void result_fail(struct work *w, int result, enum media_verb verb, int64_t left);
/* As result_fail() for write errors: an error of an earlier command is reported as deferred. */
void result_write_fail(struct work *w, int result, int64_t left);
/* As result_fail() for a command that promised the sync which has failed: current sense, also for data of earlier
 * commands.  If another nexus wrote them, the core gets its deferred error, too. */
void result_sync_fail(struct work *w, int result, int64_t left);
/* Buffered data was lost. True: it was this nexus's; the caller must report *ret_sense on the present
 * command. For another nexus the core gets a deferred error. */
bool result_fault(struct tape *tape, const struct nexus *nexus, struct sense_data *ret_sense);
