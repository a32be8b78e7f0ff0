/* SPDX-License-Identifier: Apache-2.0 */
/* Services of a task: data transfer between LU and front end, and failing. */
#include "vtl/scsi/task.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/base/worker.h"
#include "vtl/scsi/core.h"

static struct worker *task_worker(const struct task *task)
{
	return task->lu ? task->lu->worker : task->home;
}

struct task *task_of_msg(struct msg *msg)
{
	return container_of(msg, struct task, msg);
}

void task_post_home(struct task *task, void (*fn)(struct msg *msg))
{
	task->msg.run = fn;
	if (task->home == worker_self())
		fn(&task->msg);
	else
		worker_post(task->home, &task->msg);
}

static void task_is_home(struct msg *msg)
{
	struct task *task = container_of(msg, struct task, msg);
	struct nexus *nexus = task->nexus;

	assert(task->state == TASK_ENDED && nexus->tasks);
	task_must_hold(task);
	task->state = TASK_IDLE;
	if (task->began_us)
		trace_command(task);
	task->port->done(task);
	nexus->tasks--;
	waitq_wake(&nexus->quiet);
}

void task_go_home(struct task *task)
{
	assert(task->state == TASK_SENT || task->state == TASK_QUEUED || task->state == TASK_RUNNING);
	task->state = TASK_ENDED;
	task_post_home(task, task_is_home);
}

/* --- data, between the task's worker and its home ---------------------------------------------- */

static void ask(struct msg *msg)
{
	struct task *task = container_of(msg, struct task, data_msg);

	task->asked = true;
	if (task->inward)
		task->port->send(task, task->buf, task->len);
	else
		task->port->receive(task, task->buf, task->len);
}

static void answered(struct msg *msg)
{
	struct task *task = container_of(msg, struct task, data_msg);
	struct fiber *fiber = task->fiber;

	task->state = TASK_RUNNING;
	task->fiber = NULL;
	task_must_hold(task);
	if (fiber)
		fiber_wake(fiber);
}

static void data_post(struct task *task, struct worker *to, void (*fn)(struct msg *msg))
{
	task->data_msg.run = fn;
	if (to == worker_self())
		fn(&task->data_msg);
	else
		worker_post(to, &task->data_msg);
}

void task_data_done(struct task *task, int err)
{
	assert(task->asked);
	task->asked = false;
	task->moved = err;
	data_post(task, task_worker(task), answered);
}

static void cancel_at_home(struct msg *msg)
{
	struct task *task = container_of(msg, struct task, cancel_msg);

	if (task->asked)
		task->port->cancel(task);
}

void task_cancel(struct task *task)
{
	if (task->state != TASK_MOVING)
		return;
	task->cancel_msg.run = cancel_at_home;
	if (task->home == worker_self())
		cancel_at_home(&task->cancel_msg);
	else
		worker_post(task->home, &task->cancel_msg);
}

/* Copies the handler's results to the front end's task. */
static void answer_give(const struct task *task, struct task *front)
{
	if (front == task)
		return;
	front->status = task->status;
	front->sense_len = task->sense_len;
	memcpy(front->sense, task->sense, sizeof front->sense);
	front->want = task->want;
	front->out_done = task->out_done;
	front->in_done = task->in_done;
	front->last = task->last;
}

static int task_move(struct task *task, void *buf, size_t len, bool inward)
{
	struct task *front = task->front;

	if (!front || front->aborted || front->moved)
		return -ECANCELED;
	answer_give(task, front);
	front->buf = buf;
	front->len = len;
	front->inward = inward;
	front->state = TASK_MOVING;
	task_must_hold(front);
	data_post(front, front->home, ask);
	while (front->state == TASK_MOVING) { /* a task with a transfer under way is never parked */
		front->fiber = fiber_self();
		fiber_suspend();
	}
	if (!front->moved)
		return front->aborted ? -ECANCELED : 0;
	if (!front->aborted)
		task_fail(task, front->moved == -EBADMSG ? SENSE_PROTOCOL_CRC_ERROR : SENSE_ABORTED_COMMAND);
	return -ECANCELED;
}

int task_receive(struct task *task, void *buf, size_t len)
{
	task->want += len;
	if (len > task->out_len - task->out_done)
		return -ENODATA;
	int err = len ? task_move(task, buf, len, false) : 0;
	if (!err)
		task->out_done += (uint32_t)len;
	return err;
}

static int send_some(struct task *task, const void *buf, size_t len, bool last)
{
	size_t room = task->in_len - task->in_done;
	size_t n = len < room ? len : room;

	task->want += len;
	if (!n)
		return task->aborted ? -ECANCELED : 0;
	task->last = last;
	int err = task_move(task, (void *)buf, n, true);
	if (!err)
		task->in_done += (uint32_t)n;
	return err;
}

int task_send(struct task *task, const void *buf, size_t len)
{
	return send_some(task, buf, len, false);
}

int task_send_last(struct task *task, const void *buf, size_t len)
{
	return send_some(task, buf, len, true);
}

void task_reply(struct task *task, const void *buf, size_t len, size_t alloc)
{
	task_send_last(task, buf, len < alloc ? len : alloc);
}

bool task_parameter_list(struct task *task, void *buf, size_t len)
{
	int err = task_receive(task, buf, len);

	if (err == -ENODATA)
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
	return !err;
}

void task_complete_now(struct task *task)
{
	struct task *front = task->front;

	if (!front)
		return;
	answer_give(task, front);
	task->front = front->own = NULL;
	task_end(front);
}

/* --- failing ------------------------------------------------------------------------------------- */

void task_fail_with(struct task *task, const struct sense_data *sense)
{
	task->status = STATUS_CHECK_CONDITION;
	task->sense_len = SENSE_LEN;
	sense_build(sense, task->sense);
}

void task_fail(struct task *task, enum sense id)
{
	task_fail_with(task, &(struct sense_data){ .id = id });
}

static void fail_at(struct task *task, enum sense id, bool in_cdb, unsigned byte, int bit)
{
	task_fail_with(task,
		&(struct sense_data){ .id = id,
			.pointer = true,
			.in_cdb = in_cdb,
			.byte = (uint16_t)byte,
			.bit = (int8_t)bit });
}

void task_fail_cdb(struct task *task, unsigned byte, int bit)
{
	fail_at(task, SENSE_FIELD_IN_CDB, true, byte, bit);
}

void task_fail_list(struct task *task, unsigned byte, int bit)
{
	fail_at(task, SENSE_FIELD_IN_PARAMETER_LIST, false, byte, bit);
}
