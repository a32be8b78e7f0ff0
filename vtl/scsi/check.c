/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a task's states and of an LU's lists, each as a sentence. */
#include <stdlib.h>

#include "vtl/base/log.h"
#include "vtl/scsi/core.h"

/* --- a task ------------------------------------------------------------------------------------ */

static bool waits(const struct task *task)
{
	return task->state == TASK_SENT || task->state == TASK_QUEUED;
}

static bool runs(const struct task *task)
{
	return task->state == TASK_RUNNING || task->state == TASK_MOVING;
}

static bool waiting_is_untouched(const struct task *task)
{
	return !waits(task) ||
		(!task->own && !task->fiber && !task->want && !task->out_done && !task->in_done);
}

static bool ended_is_let_go(const struct task *task)
{
	return task->state != TASK_ENDED || (!task->own && !task->fiber);
}

static bool handler_is_its_own(const struct task *task)
{
	const struct task *own = task->own;
	return !own ||
		(runs(task) && own->front == task && !own->parked && own->tag == task->tag &&
			own->nexus == task->nexus && own->lu_nexus == task->lu_nexus &&
			own->aborted == task->aborted);
}

static bool fiber_waits_for_data(const struct task *task)
{
	return !task->fiber || task->state == TASK_MOVING;
}

static bool counts_within(const struct task *task)
{
	return task->out_done <= task->out_len && task->in_done <= task->in_len &&
		(uint64_t)task->out_done + task->in_done <= task->want;
}

static bool moves_what_is_offered(const struct task *task)
{
	size_t out = task->out_len - task->out_done, in = task->in_len - task->in_done;
	return counts_within(task) && (!task->own || counts_within(task->own)) &&
		(task->state != TASK_MOVING || (task->len && task->len <= (task->inward ? in : out)));
}

static bool sense_with_check_condition(const struct task *task)
{
	return task->state != TASK_ENDED || task->aborted ||
		(task->status == STATUS_CHECK_CONDITION) == (task->sense_len != 0);
}

static bool removed_is_answered(const struct task *task)
{
	return task->state != TASK_ENDED || !task->removed || !task->aborted;
}

static bool absent_has_no_record(const struct task *task)
{
	return task->lu || !task->lu_nexus;
}

static const struct {
	const char *sentence;
	bool (*holds)(const struct task *task);
} task_rules[] = {
	{ "a task that waits has no handler and has moved no data", waiting_is_untouched },
	{ "a task that ended has no handler", ended_is_let_go },
	{ "a handler works with a copy of its task", handler_is_its_own },
	{ "a fiber waits only for data under way", fiber_waits_for_data },
	{ "no more data move than the initiator offers and the command wants", moves_what_is_offered },
	{ "CHECK CONDITION has sense data, and no other status has", sense_with_check_condition },
	{ "a task of a removed LU is answered", removed_is_answered },
	{ "a task without an LU has no record of its nexus", absent_has_no_record },
};

const char *task_check(const struct task *task)
{
	for (size_t i = 0; i < sizeof task_rules / sizeof task_rules[0]; i++)
		if (!task_rules[i].holds(task))
			return task_rules[i].sentence;
	return NULL;
}

/* --- the tasks of an LU -------------------------------------------------------------------------- */

static bool queued_tasks_wait(const struct lu *lu)
{
	const struct task *task;

	TAILQ_FOREACH(task, &lu->queue, link)
		if (task->lu != lu || task->state != TASK_QUEUED || task->aborted)
			return false;
	return true;
}

static bool running_tasks_run(const struct lu *lu)
{
	const struct task *task;

	TAILQ_FOREACH(task, &lu->running, link)
		if (task->lu != lu || !runs(task) || !task->own)
			return false;
	return true;
}

static bool tasks_are_counted(const struct lu *lu)
{
	const struct task *task;
	unsigned n = 0;

	TAILQ_FOREACH(task, &lu->queue, link)
		n++;
	TAILQ_FOREACH(task, &lu->running, link)
		n++;
	return n == lu->tasks && n <= LU_TASKS_MAX;
}

static bool one_runs_from_queue(const struct lu *lu)
{
	const struct task *task;
	unsigned n = 0;

	TAILQ_FOREACH(task, &lu->running, link)
		n += !task->op || !task->op->at_once;
	return n <= 1;
}

/* SAM-5 8.7: SIMPLE and ORDERED tasks run in order of arrival here; a HEAD OF QUEUE task passes all that wait. */
static bool in_order(const struct task *task, const struct task *next)
{
	bool head = task->attr == TASK_HEAD_OF_QUEUE;
	if (head != (next->attr == TASK_HEAD_OF_QUEUE))
		return head;
	return head ? task->arrival > next->arrival : task->arrival < next->arrival;
}

static bool queue_is_in_order(const struct lu *lu)
{
	const struct task *task, *next;

	for (task = TAILQ_FIRST(&lu->queue); task && (next = TAILQ_NEXT(task, link)); task = next)
		if (!in_order(task, next))
			return false;
	return true;
}

static bool nexuses_are_known(const struct lu *lu, const struct task_list *list)
{
	const struct task *task;
	const struct lu_nexus *n;

	TAILQ_FOREACH(task, list, link) {
		TAILQ_FOREACH(n, &lu->nexuses, link)
			if (n == task->lu_nexus)
				break;
		if (!n || n->nexus != task->nexus)
			return false;
	}
	return true;
}

static bool tasks_have_a_nexus(const struct lu *lu)
{
	return nexuses_are_known(lu, &lu->queue) && nexuses_are_known(lu, &lu->running);
}

static bool aborts_are_counted(const struct lu *lu)
{
	const struct task *task;

	TAILQ_FOREACH(task, &lu->running, link)
		if (task->aborted && (!task->abort || task->abort > lu->aborts))
			return false;
	return true;
}

static bool stalled_has_no_queue(const struct lu *lu)
{
	return !lu->stalled || TAILQ_EMPTY(&lu->queue);
}

static bool parked_have_fibers(const struct lu *lu)
{
	return lu->parked <= lu->fibers;
}

/* --- its pages: hosts get them in the order of the rows, and SPC-5 wants it to ascend ---------------------- */

static bool mode_pages_ascend(const struct lu *lu)
{
	for (const struct mode_page *p = lu->mode_pages; p && p->len && p[1].len; p++)
		if ((p[0].page << 8 | p[0].subpage) >= (p[1].page << 8 | p[1].subpage))
			return false;
	return true;
}

static bool vpd_pages_ascend(const struct lu *lu)
{
	for (const struct vpd_page *p = lu->vpd_pages; p && p->name && p[1].name; p++)
		if (p[0].page >= p[1].page)
			return false;
	return true;
}

static bool parameters_ascend(const struct log_param *p)
{
	for (; p && p->name && p[1].name; p++)
		if (p[0].code >= p[1].code)
			return false;
	return true;
}

static bool log_pages_ascend(const struct lu *lu)
{
	for (const struct log_page *p = lu->log_pages; p && p->name; p++)
		if (!parameters_ascend(p->params) ||
			(p[1].name && (p[0].page << 8 | p[0].subpage) >= (p[1].page << 8 | p[1].subpage)))
			return false;
	return true;
}

static const struct {
	const char *sentence;
	bool (*holds)(const struct lu *lu);
} lu_rules[] = {
	{ "the queue holds tasks that wait and are not aborted", queued_tasks_wait },
	{ "a running task has a handler", running_tasks_run },
	{ "the LU counts its tasks", tasks_are_counted },
	{ "one command of the queue runs at a time", one_runs_from_queue },
	{ "the queue is in order of arrival, behind HEAD OF QUEUE", queue_is_in_order },
	{ "a task comes from a nexus of the LU", tasks_have_a_nexus },
	{ "an abort of a running task is counted", aborts_are_counted },
	{ "an LU whose store does not respond has no queue", stalled_has_no_queue },
	{ "a parked handler is a fiber of the LU", parked_have_fibers },
	{ "mode pages ascend", mode_pages_ascend },
	{ "VPD pages ascend", vpd_pages_ascend },
	{ "log pages and their parameters ascend", log_pages_ascend },
};

static const char *list_check(const struct task_list *list)
{
	const struct task *task;
	const char *sentence;

	TAILQ_FOREACH(task, list, link)
		if ((sentence = task_check(task)))
			return sentence;
	return NULL;
}

const char *lu_check(const struct lu *lu)
{
	for (size_t i = 0; i < sizeof lu_rules / sizeof lu_rules[0]; i++)
		if (!lu_rules[i].holds(lu))
			return lu_rules[i].sentence;
	const char *sentence = list_check(&lu->queue);
	return sentence ? sentence : list_check(&lu->running);
}

#ifdef EVERTAPE_CHECKS
void task_must_hold(const struct task *task)
{
	const char *sentence = task_check(task);
	if (!sentence)
		return;
	log_fatal("command %02xh, tag %llu, state %d: not true any more: %s", task->cdb[0],
		(unsigned long long)task->tag, task->state, sentence);
	abort();
}

void lu_must_hold(const struct lu *lu)
{
	const char *sentence = lu_check(lu);
	if (!sentence)
		return;
	log_fatal("LU %s: not true any more: %s", lu->id.serial, sentence);
	abort();
}
#endif
