/* SPDX-License-Identifier: Apache-2.0 */
/* Parking: a command whose handler does not return, because a disk does not respond. The handler is a fiber,
 * and nothing can interrupt its wait; but without it the host can be answered, tasks can be aborted and
 * sessions can end. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "vtl/scsi/core.h"

struct nobody {
	struct nexus nexus;
	struct lu_nexus lu_nexus;
};

int nobody_new(struct lu *lu)
{
	struct nobody *nobody = calloc(1, sizeof *nobody);

	if (!nobody)
		return -ENOMEM;
	nobody->lu_nexus.nexus = &nobody->nexus;
	lu->nobody = nobody;
	return mode_attach(lu, &nobody->lu_nexus);
}

void nobody_free(struct lu *lu)
{
	if (lu->nobody)
		free(lu->nobody->lu_nexus.mode);
	free(lu->nobody);
	lu->nobody = NULL;
}

bool can_park(const struct task *task)
{
	return task->own && task->state == TASK_RUNNING;
}

void park(struct task *task)
{
	struct lu *lu = task->lu;
	struct task *own = task->own;

	assert(can_park(task));
	own->front = task->own = NULL;
	own->parked = own->aborted = true;
	own->nexus = &lu->nobody->nexus;
	own->lu_nexus = &lu->nobody->lu_nexus;
	lu->parked++;
	task_end(task);
}

/* The effect that the host believes did not happen may have happened: a unit attention makes the host check. */
void unpark(struct lu *lu)
{
	lu->parked--;
	lu_raise(lu, SENSE_UA_INTERNAL_RESET, NULL);
}

enum sense held_up(const struct lu *lu)
{
	return lu->stalled ? SENSE_NO_ANSWER : lu->parked ? SENSE_NOT_ENDED : SENSE_NONE;
}

/* The running command that uses the queue (not a command that runs at once). */
static struct task *stalled_one(struct lu *lu)
{
	struct task *task;

	TAILQ_FOREACH(task, &lu->running, link)
		if (can_park(task) && task->op && !task->op->at_once)
			return task;
	return NULL;
}

void lu_stall(struct lu *lu, bool stalled)
{
	struct task *task;

	lu->stalled = stalled;
	if (!stalled)
		return;
	while ((task = stalled_one(lu))) {
		task_fail(task, SENSE_NO_ANSWER);
		park(task);
	}
	while ((task = TAILQ_FIRST(&lu->queue))) {
		task_fail(task, SENSE_NO_ANSWER);
		task_end(task);
	}
	lu_must_hold(lu);
}
