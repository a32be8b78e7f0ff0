/* SPDX-License-Identifier: Apache-2.0 */
/* Nexuses and LUs are added to a target and removed, one change at a time, on the target's worker. */
#include "vtl/scsi/target.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/worker.h"
#include "vtl/scsi/core.h"

void target_init(struct target *target, const char *name, uint16_t tpgt, uint16_t port)
{
	memset(target, 0, sizeof *target);
	snprintf(target->name, sizeof target->name, "%s", name);
	target->tpgt = tpgt;
	target->port = port;
	target->worker = worker_self();
	turn_init(&target->turn);
	TAILQ_INIT(&target->nexuses);
}

static bool hidden(const struct nexus *nexus, uint16_t lun)
{
	return nexus->hidden[lun / 64] >> lun % 64 & 1;
}

struct lu *target_lu(const struct nexus *nexus, uint16_t lun)
{
	if (lun >= TARGET_LUNS || hidden(nexus, lun))
		return NULL;
	return atomic_load(&nexus->target->lus[lun]);
}

bool nexus_sees_all(const struct nexus *nexus)
{
	uint64_t any = 0;

	for (size_t i = 0; i < TARGET_LUNS / 64; i++)
		any |= nexus->hidden[i];
	return !any;
}

/* --- one LU and one nexus, on the LU's worker --------------------------------------------------- */

struct pairing {
	struct lu *lu;
	struct nexus *nexus; /* NULL: all nexuses of the target (to remove the LU) */
	const struct target *target;
	int err;
};

static void pair(void *arg)
{
	struct pairing *p = arg;

	p->err = lu_attach(p->lu, p->nexus);
}

static void tell(void *arg)
{
	struct pairing *p = arg;
	struct task_set own = { .nexus = p->nexus };

	if (p->lu->state != LU_CLOSED)
		queue_tell(p->lu, &own);
}

static void unpair(void *arg)
{
	struct pairing *p = arg;

	if (!p->nexus)
		lu_detach_all(p->lu, p->target);
	else if (p->lu->state != LU_CLOSED)
		lu_detach(p->lu, p->nexus);
}

static int pair_call(struct lu *lu, struct nexus *nexus, void (*fn)(void *))
{
	struct pairing p = { .lu = lu, .nexus = nexus };

	worker_call(lu->worker, fn, &p);
	return p.err;
}

/* --- nexuses ------------------------------------------------------------------------------------ */

static void each_lu(struct nexus *nexus, void (*fn)(void *))
{
	for (unsigned lun = 0; lun < TARGET_LUNS; lun++) {
		struct lu *lu = target_lu(nexus, (uint16_t)lun);
		if (lu)
			pair_call(lu, nexus, fn);
	}
}

/* All LUs are told before one is waited for: a command of one LU may wait for another LU, as a move waits for
 * the drive that it unloads. */
static void unpair_all(struct nexus *nexus)
{
	each_lu(nexus, tell);
	each_lu(nexus, unpair);
}

static void attach_here(void *arg)
{
	struct pairing *p = arg;
	struct target *target = p->nexus->target;

	turn_take(&target->turn);
	for (unsigned lun = 0; lun < TARGET_LUNS && !p->err; lun++) {
		struct lu *lu = target_lu(p->nexus, (uint16_t)lun);
		if (lu)
			p->err = pair_call(lu, p->nexus, pair);
	}
	if (p->err)
		unpair_all(p->nexus);
	else
		TAILQ_INSERT_TAIL(&target->nexuses, p->nexus, link);
	turn_give(&target->turn);
}

int target_attach(struct nexus *nexus)
{
	struct pairing p = { .nexus = nexus };

	nexus->home = worker_self();
	nexus->tasks = 0;
	nexus->detaching = false;
	TAILQ_INIT(&nexus->absent_tasks);
	waitq_init(&nexus->quiet);
	atomic_store(&nexus->luns_changed, false);
	worker_call(nexus->target->worker, attach_here, &p);
	return p.err;
}

static void detach_here(void *arg)
{
	struct nexus *nexus = arg;
	struct target *target = nexus->target;

	turn_take(&target->turn);
	TAILQ_REMOVE(&target->nexuses, nexus, link);
	turn_give(&target->turn);
	/* Not within the turn, so that a hanging task does not keep other hosts out of the target. */
	unpair_all(nexus);
}

void target_detach(struct nexus *nexus)
{
	struct task *task;

	assert(nexus->home == worker_self());
	nexus->detaching = true;
	worker_call(nexus->target->worker, detach_here, nexus);
	TAILQ_FOREACH(task, &nexus->absent_tasks, link) {
		task->aborted = true;
		task_cancel(task);
	}
	/* Wait for tasks that are still between the workers. */
	while (nexus->tasks)
		waitq_wait(&nexus->quiet);
}

/* --- LUs ---------------------------------------------------------------------------------------- */

static void announce(struct target *target, uint16_t lun)
{
	struct nexus *nexus;

	TAILQ_FOREACH(nexus, &target->nexuses, link)
		if (!hidden(nexus, lun))
			atomic_store(&nexus->luns_changed, true);
}

static void unpair_target(struct target *target, struct lu *lu)
{
	struct pairing p = { .lu = lu, .target = target };

	worker_call(lu->worker, unpair, &p);
}

static bool shows(const struct target *target, const struct lu *lu)
{
	for (unsigned lun = 0; lun < TARGET_LUNS; lun++)
		if (atomic_load(&target->lus[lun]) == lu)
			return true;
	return false;
}

int target_add(struct target *target, struct lu *lu, uint16_t lun)
{
	struct nexus *nexus;
	int err = 0;

	assert(target->worker == worker_self());
	if (lun >= TARGET_LUNS)
		return -EINVAL;
	turn_take(&target->turn);
	if (atomic_load(&target->lus[lun]) || shows(target, lu))
		err = -EEXIST;
	else
		TAILQ_FOREACH(nexus, &target->nexuses, link)
			if (!err && !hidden(nexus, lun))
				err = pair_call(lu, nexus, pair);
	if (!err) {
		atomic_store(&target->lus[lun], lu);
		announce(target, lun);
	} else if (err != -EEXIST) {
		unpair_target(target, lu);
	}
	turn_give(&target->turn);
	return err;
}

void target_remove(struct target *target, uint16_t lun)
{
	assert(target->worker == worker_self());
	if (lun >= TARGET_LUNS)
		return;
	turn_take(&target->turn);
	struct lu *lu = atomic_exchange(&target->lus[lun], NULL);
	if (lu) {
		unpair_target(target, lu);
		announce(target, lun);
	}
	turn_give(&target->turn);
}
