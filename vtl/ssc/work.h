/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command at work on the medium: it holds the drive against the robot,
 * shows on the front panel, and may go on after its status was sent (IMMED).
 */
#pragma once

#include "vtl/ssc/tape.h"

struct work {
	struct tape *tape;
	struct cart *cart;
	struct task *task;         /* NULL once the status has gone early */
	const struct nexus *nexus; /* whose command; compared, never followed */
	unsigned steps;
};

/* False with the task failed: no longer ready, or an earlier write of this nexus was lost. */
bool work_begin(struct work *w, struct task *task, enum drive_activity activity);
void work_end(struct work *w);
/* Sends GOOD now; what follows reports its failures as deferred errors. */
void work_early(struct work *w);
/* Fails the command, or defers the sense when its status has gone.  That an aborted command has lost
 * data is deferred too: else a later sync point would say that all is well. */
void work_fail(struct work *w, const struct sense_data *sense);
/* Whether the position may be written to.  False with the command failed (7/30/0C): a WORM cartridge's data would be
 * overwritten.  Any other error is met, and told, by the write itself. */
bool work_may_append(struct work *w);
/* A sync point before the command's own work: what was buffered is safe, or false with the
 * command failed and not to be performed. */
bool work_sync(struct work *w);
/* To be called between the steps of long work: lets others run now and then. -ECANCELED. */
int work_step(struct work *w);
