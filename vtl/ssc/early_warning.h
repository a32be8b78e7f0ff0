/* SPDX-License-Identifier: Apache-2.0 */
/* Early warning, and the programmable zone before it (SSC-5 4.2.5, 4.2.6). */
#pragma once

#include "vtl/ssc/work.h"

/* Objects were written, and the command would end with GOOD: reports that the zone or early warning is reached. */
void warn_of_end(struct work *w);
/* A READ has passed records, and would end with GOOD. True: it has failed, because early warning is to be reported to
 * reads (REW of mode page 10h). left: INFORMATION. */
bool warn_reader(struct work *w, int64_t left);
/* Whether reads report early warning. */
bool warns_readers(const struct tape *tape);
/* Whether the position is in the programmable zone or behind it. */
bool in_warning_zone(const struct tape *tape, const struct cart_position *at);
/* A command ends: out of the zone, the next write in it reports it again. The caller holds the medium. */
void warning_settle(struct tape *tape);
/* After MODE SELECT. Of another zone nothing has been reported, and READ POSITION is to know whether the tape is in it. */
void warning_zone_set(struct tape *tape);
/* After a reset: there is no zone. */
void warning_reset(struct tape *tape);
