/* SPDX-License-Identifier: Apache-2.0 */
/* A command that uses the medium. It keeps the changer out of the drive, sets the activity, and may continue
 * after its status was sent (IMMED). */
#pragma once

#include "vtl/ssc/tape.h"

struct work {
	struct tape *tape;
	struct cart *cart;
	struct task *task;         /* NULL after the early status */
	bool stopped;              /* after it: nobody waits for the rest any more */
	const struct nexus *nexus; /* nexus of the command; compared, never dereferenced */
	unsigned steps;
	struct tape_overwrite overwrite; /* what was allowed before this command */
};

/* False with the task failed: not ready, or an earlier write of this nexus was lost. */
bool work_begin(struct work *w, struct task *task, enum drive_activity activity);
void work_end(struct work *w);
/* Sends GOOD now. Later failures are deferred errors. */
void work_early(struct work *w);
/* Fails the command; defers the sense when the status was sent. Data that an aborted command lost is deferred
 * too, because a later sync point would otherwise report success. */
void work_fail(struct work *w, const struct sense_data *sense);
/* Syncs before the command's own work. False: buffered data was lost, the command has failed and must not be
 * performed. */
bool work_sync(struct work *w);
/* For READ, VERIFY, SPACE and LOCATE: false, with the command failed, when the medium is a WORM cartridge that was tampered
 * with, unless WTRE of mode page 10h is 01b (SSC-5 8.5.3). */
bool work_integrity(struct work *w);
/* Call between the steps of long work; lets other fibers run. -ECANCELED: aborted, or stopped. */
int work_step(struct work *w);
/* The work whose status was sent goes no further than its present step: of that nexus, NULL: of any. */
void work_stop(struct tape *tape, const struct nexus *nexus);
