/* SPDX-License-Identifier: Apache-2.0 */
/* RESERVE and RELEASE of SPC-2, and the check for conflicts with any reservation. */
#include <stdio.h>
#include <string.h>

#include "vtl/scsi/core.h"
#include "vtl/scsi/pr.h"

bool lu_reservation_conflict(struct task *task, unsigned gates)
{
	const struct lu *lu = task->lu;

	if ((lu->reserved_by && lu->reserved_by != task->lu_nexus) ||
		pr_conflict(lu->pr, task->nexus, gates)) {
		task->status = STATUS_RESERVATION_CONFLICT;
		return true;
	}
	return false;
}

bool lu_has_reservation(const struct lu *lu)
{
	return lu->reserved_by || lu->pr->type;
}

/* While registrations exist both commands conflict, because CRH is not supported (SPC-3 5.6.1). */
static bool held_off(struct task *task)
{
	if (!task->lu->pr->count)
		return false;
	task->status = STATUS_RESERVATION_CONFLICT;
	return true;
}

void scsi_reserve(struct task *task)
{
	struct lu *lu = task->lu;

	if (held_off(task))
		return;
	if (lu->reserved_by && lu->reserved_by != task->lu_nexus)
		task->status = STATUS_RESERVATION_CONFLICT;
	else
		lu->reserved_by = task->lu_nexus;
}

/* RELEASE by a nexus without a reservation returns GOOD and does nothing. */
void scsi_release(struct task *task)
{
	struct lu *lu = task->lu;

	if (held_off(task) || lu->reserved_by != task->lu_nexus)
		return;
	lu->reserved_by = NULL;
	reservations_changed(lu, false);
}

bool lu_port_reserves(const struct lu *lu, const char *initiator_port, uint16_t target_port)
{
	const struct nexus *by = lu->reserved_by ? lu->reserved_by->nexus : NULL;
	const struct pr_state *pr = lu->pr;

	if (by && by->target->port == target_port && strcmp(by->initiator_port, initiator_port) == 0)
		return true;
	for (unsigned i = 0; i < pr->count; i++)
		if (pr->regs[i].target_port == target_port &&
			strcmp(pr->regs[i].initiator_port, initiator_port) == 0)
			return pr_holds(pr, (int)i) || (pr->type && pr_type_registrants(pr->type));
	return false;
}

void reservations_changed(struct lu *lu, bool preempted)
{
	if (lu->type->reservations_changed)
		lu->type->reservations_changed(lu, preempted);
}

/* --- for operators ---------------------------------------------------------------------------- */

_Static_assert(sizeof((struct lu_holder *)0)->initiator == TARGET_NAME_MAX + 1, "a name fits");

static void holder_nexus(const struct nexus *nexus, struct lu_holder *holder)
{
	memcpy(holder->initiator, nexus->initiator, sizeof holder->initiator);
	holder->session = nexus->session;
}

/* A registration outlives its session; the initiator name is part of the port name (RFC 7143 4.4). */
static void holder_registered(const struct lu *lu, int i, struct lu_holder *holder)
{
	const struct pr_registration *reg = &lu->pr->regs[i];
	const struct lu_nexus *n;
	const char *end = strstr(reg->initiator_port, ",i,0x");
	size_t len = end ? (size_t)(end - reg->initiator_port) : strlen(reg->initiator_port);
	snprintf(holder->initiator, sizeof holder->initiator, "%.*s", (int)len, reg->initiator_port);
	TAILQ_FOREACH(n, &lu->nexuses, link)
		if (pr_find(lu->pr, n->nexus) == i)
			holder_nexus(n->nexus, holder);
}

bool lu_reserved(const struct lu *lu, struct lu_holder *ret_holder)
{
	struct lu_holder holder = { 0 };
	if (lu->reserved_by) {
		holder_nexus(lu->reserved_by->nexus, &holder);
		*ret_holder = holder;
		return true;
	}
	for (unsigned i = 0; i < lu->pr->count; i++) {
		if (!pr_holds(lu->pr, (int)i))
			continue;
		holder.persistent = true;
		holder_registered(lu, (int)i, &holder);
		*ret_holder = holder;
		return true;
	}
	return false;
}
