/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a task in an LU: arrival, queue, execution, end, abort (SAM-5 8). */
#include <assert.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/base/worker.h"
#include "vtl/scsi/core.h"

/* --- execution -------------------------------------------------------------------------------- */

void task_end(struct task *task)
{
	struct lu *lu = task->lu;

	/* The nexus stays, so the initiator needs a response; else it would wait until it resets something. */
	if (task->removed) {
		task->aborted = false;
		task_fail(task, SENSE_LUN_NOT_SUPPORTED);
	}
	if (lu) {
		TAILQ_REMOVE(task->state == TASK_QUEUED ? &lu->queue : &lu->running, task, link);
		lu->tasks--;
		waitq_wake(&lu->idle);
	} else {
		TAILQ_REMOVE(&task->nexus->absent_tasks, task, link);
	}
	task_go_home(task);
}

static void task_run(struct task *front)
{
	struct lu *lu = front->lu;
	struct task own = *front;

	front->own = &own;
	lu_must_hold(lu);
	if (gates_pass(&own))
		own.op->run(&own);
	if (own.parked)
		unpark(lu);
	else
		task_complete_now(&own);
	lu_must_hold(lu);
}

static void queue_loop(void *arg)
{
	struct lu *lu = arg;

	for (;;) {
		struct task *task = TAILQ_FIRST(&lu->queue);
		if (!task && lu->state == LU_CLOSING)
			break;
		if (!task) {
			waitq_wait(&lu->work);
			continue;
		}
		TAILQ_REMOVE(&lu->queue, task, link);
		task->state = TASK_RUNNING;
		TAILQ_INSERT_TAIL(&lu->running, task, link);
		task_run(task);
	}
	lu->fibers--;
	waitq_wake(&lu->idle);
}

int queue_start(struct lu *lu)
{
	lu->fibers++;
	int err = fiber_start("lu", queue_loop, lu);
	if (err)
		lu->fibers--;
	return err;
}

static void at_once(void *arg)
{
	struct task *task = arg;
	struct lu *lu = task->lu;

	lu->fibers++;
	task_run(task);
	lu->fibers--;
	waitq_wake(&lu->idle);
}

/* --- arrival --------------------------------------------------------------------------------- */

static void refuse(struct task *task, uint8_t status)
{
	task->status = status;
	task_go_home(task);
}

static void stray_home(struct msg *msg)
{
	absent_start(task_of_msg(msg));
}

static void accept_task(struct lu *lu, struct task *task)
{
	bool known;

	lu->tasks++;
	task->op = op_find(lu, task->cdb, &known);
	if (task->op && task->op->at_once) {
		task->state = TASK_RUNNING;
		TAILQ_INSERT_TAIL(&lu->running, task, link);
		if (fiber_start("scsi", at_once, task)) {
			task->status = STATUS_BUSY;
			task_end(task);
		}
		return;
	}
	enum sense busy = held_up(lu);
	if (busy != SENSE_NONE) {
		lu->tasks--;
		task_fail(task, busy);
		task_go_home(task);
		return;
	}
	task->state = TASK_QUEUED;
	task->arrival = lu->arrivals++;
	if (task->attr == TASK_HEAD_OF_QUEUE)
		TAILQ_INSERT_HEAD(&lu->queue, task, link);
	else
		TAILQ_INSERT_TAIL(&lu->queue, task, link);
	waitq_run(&lu->work);
}

static void arrive(struct msg *msg)
{
	struct task *task = task_of_msg(msg);
	struct lu *lu = task->lu;

	/* The LU was removed while the task was being submitted: the task is answered as for an absent LU. */
	task->lu_nexus = lu->state != LU_OPEN ? NULL : lu_nexus_of(lu, task->nexus);
	if (!task->lu_nexus || task->lu_nexus->leaving)
		task_post_home(task, stray_home);
	else if (lu->tasks >= LU_TASKS_MAX)
		refuse(task, STATUS_TASK_SET_FULL);
	else
		accept_task(lu, task);
	lu_must_hold(lu);
}

static void answer_clear(struct task *task)
{
	task->status = STATUS_GOOD;
	task->sense_len = 0;
	task->want = 0;
	task->out_done = task->in_done = 0;
	task->last = task->aborted = task->removed = false;
	task->lu_nexus = NULL;
	task->op = NULL;
	task->fiber = NULL;
	task->asked = task->parked = false;
	task->front = task;
	task->own = NULL;
	task->moved = 0;
	task->began_us = log_on(ROOM_SCSI, LOG_TRACE) ? now_us() : 0;
}

void lu_submit(struct task *task)
{
	struct nexus *nexus = task->nexus;

	assert(task->home == worker_self() && nexus->home == task->home);
	assert(task->state == TASK_IDLE);
	task->state = TASK_SENT;
	answer_clear(task);
	if (task->cdb_len < sizeof task->cdb)
		memset(task->cdb + task->cdb_len, 0, sizeof task->cdb - task->cdb_len);
	nexus->tasks++;
	task->lu = target_lu(nexus, task->lun);
	if (!task->lu) {
		absent_start(task);
		return;
	}
	task->msg.run = arrive;
	if (task->lu->worker == worker_self())
		arrive(&task->msg);
	else
		worker_post(task->lu->worker, &task->msg);
}

/* --- abort ----------------------------------------------------------------------------------- */

bool task_set_has(const struct task_set *set, const struct task *task)
{
	return (!set->nexus || task->nexus == set->nexus) && (!set->by_tag || task->tag == set->tag);
}

static unsigned abort_queued(struct lu *lu, const struct task_set *set)
{
	unsigned n = 0;

	/* done() may change the queue: start again after each task. */
	for (struct task *task = TAILQ_FIRST(&lu->queue); task;) {
		if (!task_set_has(set, task)) {
			task = TAILQ_NEXT(task, link);
			continue;
		}
		task->aborted = true;
		task->removed = set->removal;
		task_end(task);
		n++;
		task = TAILQ_FIRST(&lu->queue);
	}
	return n;
}

unsigned queue_tell(struct lu *lu, struct task_set *set)
{
	unsigned n = abort_queued(lu, set);
	struct task *task;

	set->abort = ++lu->aborts;
	TAILQ_FOREACH(task, &lu->running, link) {
		if (!task_set_has(set, task))
			continue;
		task->removed = set->removal && (!task->aborted || task->removed);
		if (task->aborted)
			continue;
		task->aborted = true;
		task->abort = set->abort;
		task->abort_ms = now_ms();
		if (task->own)
			task->own->aborted = true;
		task_cancel(task);
		n++;
	}
	lu_must_hold(lu);
	return n;
}

/* A told task whose time is over, or NULL; *ret_ms: how long to wait for the next (0: there is none). */
static struct task *late_one(struct lu *lu, const struct task_set *set, unsigned *ret_ms)
{
	struct task *task;
	int64_t now = now_ms(), least = INT64_MAX;

	*ret_ms = 0;
	TAILQ_FOREACH(task, &lu->running, link) {
		if (!task->aborted || task->abort > set->abort || !task_set_has(set, task))
			continue;
		int64_t left = task->abort_ms + lu->abort_patience_ms - now;
		if (left <= 0 && can_park(task))
			return task;
		/* The front end still uses the data of this task; it was told and will stop. */
		if (left <= 0)
			left = lu->abort_patience_ms;
		if (left < least)
			*ret_ms = (unsigned)(least = left);
	}
	return NULL;
}

void queue_wait(struct lu *lu, const struct task_set *set)
{
	struct task *late;
	unsigned ms;

	while ((late = late_one(lu, set, &ms)) || ms) {
		if (late)
			park(late);
		else
			waitq_wait_ms(&lu->idle, ms);
	}
	lu_must_hold(lu);
}

unsigned queue_abort(struct lu *lu, struct task_set set)
{
	unsigned n = queue_tell(lu, &set);

	queue_wait(lu, &set);
	return n;
}
