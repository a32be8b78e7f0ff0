/* SPDX-License-Identifier: Apache-2.0 */
/* Task management functions (SAM-5 7). */
#include <assert.h>

#include "vtl/base/worker.h"
#include "vtl/scsi/core.h"

struct tmf_call {
	struct lu *lu;
	struct nexus *nexus;
	enum tmf function;
	uint64_t tag;
	enum tmf_response response;
};

void lu_reset(struct lu *lu)
{
	struct lu_nexus *n;

	queue_abort(lu, (struct task_set){ 0 });
	lu->reserved_by = NULL;
	lu_allow_removal(lu);
	mode_reset(lu);
	TAILQ_FOREACH(n, &lu->nexuses, link)
		n->deferred = false;
	reservations_changed(lu, false);
	if (lu->type->reset)
		lu->type->reset(lu);
	lu_raise(lu, SENSE_UA_LU_RESET, NULL);
}

/* CLEAR TASK SET raises a unit attention for the other nexuses that lost a command. */
static void clear_task_set(struct lu *lu, const struct nexus *by)
{
	struct task *task;

	TAILQ_FOREACH(task, &lu->queue, link)
		if (task->nexus != by)
			ua_raise(task->lu_nexus, SENSE_UA_COMMANDS_CLEARED);
	TAILQ_FOREACH(task, &lu->running, link)
		if (task->nexus != by)
			ua_raise(task->lu_nexus, SENSE_UA_COMMANDS_CLEARED);
	queue_abort(lu, (struct task_set){ 0 });
}

static bool is_there(const struct lu *lu, const struct task_set *set)
{
	const struct task *task;

	TAILQ_FOREACH(task, &lu->queue, link)
		if (task_set_has(set, task))
			return true;
	TAILQ_FOREACH(task, &lu->running, link)
		if (task_set_has(set, task))
			return true;
	return false;
}

static void perform(struct tmf_call *call)
{
	struct lu *lu = call->lu;
	struct task_set own = { .nexus = call->nexus };
	struct task_set one = { .nexus = call->nexus, .by_tag = true, .tag = call->tag };

	call->response = TMF_COMPLETE;
	switch (call->function) {
	case TMF_ABORT_TASK:
		if (!queue_abort(lu, one))
			call->response = TMF_NO_TASK;
		return;
	case TMF_ABORT_TASK_SET: queue_abort(lu, own); return;
	case TMF_CLEAR_TASK_SET: clear_task_set(lu, call->nexus); return;
	case TMF_CLEAR_ACA: call->response = TMF_UNSUPPORTED; return;
	case TMF_LU_RESET:
	case TMF_TARGET_RESET: lu_reset(lu); return;
	case TMF_QUERY_TASK:
		if (is_there(lu, &one))
			call->response = TMF_SUCCEEDED;
		return;
	case TMF_QUERY_TASK_SET:
		if (is_there(lu, &own))
			call->response = TMF_SUCCEEDED;
		return;
	}
}

static void tmf_here(void *arg)
{
	struct tmf_call *call = arg;
	struct lu *lu = call->lu;

	if (lu->state != LU_OPEN) {
		call->response = TMF_NO_LUN;
		return;
	}
	lu->fibers++; /* lu_close() waits for it */
	perform(call);
	lu->fibers--;
	waitq_wake(&lu->idle);
}

static struct task *find_stray(struct nexus *nexus, uint64_t tag, bool aborted)
{
	struct task *task;

	TAILQ_FOREACH(task, &nexus->absent_tasks, link)
		if (task->tag == tag && task->aborted == aborted)
			return task;
	return NULL;
}

/* A task for an absent LU ends by itself unless it waits in send. */
static bool abort_absent(struct nexus *nexus, uint64_t tag)
{
	struct task *task = find_stray(nexus, tag, false);

	if (!task)
		return false;
	task->aborted = true;
	task_cancel(task);
	while (find_stray(nexus, tag, true))
		waitq_wait(&nexus->quiet);
	return true;
}

static void tell_here(void *arg)
{
	struct tmf_call *call = arg;
	struct task_set all = { 0 };

	if (call->lu->state != LU_CLOSED)
		queue_tell(call->lu, &all);
}

static void each_lu(struct nexus *nexus, void (*fn)(void *))
{
	for (unsigned lun = 0; lun < TARGET_LUNS; lun++) {
		struct lu *lu = target_lu(nexus, (uint16_t)lun);
		struct tmf_call call = { .lu = lu, .nexus = nexus, .function = TMF_TARGET_RESET };
		if (lu)
			worker_call(lu->worker, fn, &call);
	}
}

/* All LUs are told before one is waited for, because a command may wait for another LU. */
static void reset_target(struct nexus *nexus)
{
	each_lu(nexus, tell_here);
	each_lu(nexus, tmf_here);
}

enum tmf_response target_tmf(struct nexus *nexus, enum tmf function, uint16_t lun, uint64_t tag)
{
	assert(nexus->home == worker_self());
	if (function == TMF_TARGET_RESET) {
		reset_target(nexus);
		return TMF_COMPLETE;
	}
	if (function == TMF_ABORT_TASK && abort_absent(nexus, tag))
		return TMF_COMPLETE;

	struct tmf_call call = { .lu = target_lu(nexus, lun),
		.nexus = nexus,
		.function = function,
		.tag = tag };
	if (!call.lu)
		return TMF_NO_LUN;
	worker_call(call.lu->worker, tmf_here, &call);
	return call.response;
}
