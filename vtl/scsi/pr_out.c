/* SPDX-License-Identifier: Apache-2.0 */
/* PERSISTENT RESERVE OUT (SPC-5 6.17). Every service action changes a copy of the state and marks the nexuses
 * that get a unit attention; the copy is put in place after it is saved. */
#include <stdlib.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/scsi/pr.h"

enum { REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT, REGISTER_IGNORE, ACTIONS };
enum { LIST_LEN = 24, SPEC_I_PT = 0x08, ALL_TG_PT = 0x04, APTPL = 0x01, SCOPE_LU = 0 };

struct pr_call {
	struct task *task;
	uint64_t key, new_key; /* RESERVATION KEY, SERVICE ACTION RESERVATION KEY */
	bool aptpl;
	unsigned scope, type;
	struct pr_state *next; /* the copy that is changed */
	int me;                /* our registration in the copy; -1: none */
	bool changed;
	bool dropped[PR_REGISTRATIONS_MAX];    /* old registrations that are removed */
	enum sense tell[PR_REGISTRATIONS_MAX]; /* unit attention for the nexus of each old registration */
};

static void conflict(struct pr_call *c)
{
	c->task->status = STATUS_RESERVATION_CONFLICT;
}

/* --- helpers ---------------------------------------------------------------------------------- */

static void tell_others(struct pr_call *c, enum sense ua)
{
	for (unsigned i = 0; i < c->next->count; i++)
		if ((int)i != c->me && !c->dropped[i])
			c->tell[i] = ua;
}

static void end_reservation(struct pr_state *pr)
{
	pr->type = PR_NONE;
	pr->holder = -1;
}

static bool anyone_left(const struct pr_call *c)
{
	for (unsigned i = 0; i < c->next->count; i++)
		if (!c->dropped[i])
			return true;
	return false;
}

/* Marks a registration as removed, and ends the reservation that depended on it (SPC-5 5.13.11.2). */
static void drop(struct pr_call *c, unsigned i)
{
	struct pr_state *pr = c->next;
	bool held = pr_holds(pr, (int)i);

	c->dropped[i] = true;
	c->changed = true;
	if (!held || (pr_type_all(pr->type) && anyone_left(c)))
		return;
	if (pr_type_registrants(pr->type))
		tell_others(c, SENSE_UA_RESERVATIONS_RELEASED);
	end_reservation(pr);
}

/* Closes the gaps of removed registrations. */
static void compact(struct pr_call *c)
{
	struct pr_state *pr = c->next;
	int holder = -1;
	unsigned n = 0;

	for (unsigned i = 0; i < pr->count; i++) {
		if (c->dropped[i])
			continue;
		if ((int)i == pr->holder)
			holder = (int)n;
		if (n != i)
			pr->regs[n] = pr->regs[i];
		n++;
	}
	pr->count = n;
	pr->holder = holder;
}

/* --- service actions; each with the states in which it is valid ------------------------------- */

static void add_me(struct pr_call *c)
{
	const struct nexus *nexus = c->task->nexus;
	struct pr_state *pr = c->next;

	if (pr->count == PR_REGISTRATIONS_MAX) {
		task_fail(c->task, SENSE_INSUFFICIENT_REGISTRATIONS);
		return;
	}
	struct pr_registration *reg = &pr->regs[pr->count++];
	reg->key = c->new_key;
	reg->target_port = nexus->target->port;
	memcpy(reg->initiator_port, nexus->initiator_port, sizeof reg->initiator_port);
	c->changed = true;
}

/* REGISTER and REGISTER AND IGNORE EXISTING KEY. */
static void act_register(struct pr_call *c)
{
	if (c->me < 0 && !c->new_key)
		return;
	if (c->me < 0)
		add_me(c);
	else if (!c->new_key)
		drop(c, (unsigned)c->me);
	else
		c->next->regs[c->me].key = c->new_key;
	if (c->task->status)
		return;
	c->next->aptpl = c->aptpl;
	c->next->generation++;
	c->changed = true;
}

static bool check_type(struct pr_call *c)
{
	if (c->scope != SCOPE_LU)
		task_fail_cdb(c->task, 2, 7);
	else if (!pr_type_ok(c->type))
		task_fail_cdb(c->task, 2, 3);
	else
		return true;
	return false;
}

static void reserve_for_me(struct pr_call *c)
{
	c->next->type = (enum pr_type)c->type;
	c->next->holder = pr_type_all(c->next->type) ? -1 : c->me;
	c->changed = true;
}

static void act_reserve(struct pr_call *c)
{
	if (!check_type(c))
		return;
	if (!c->next->type)
		reserve_for_me(c);
	else if (!pr_holds(c->next, c->me) || c->next->type != c->type)
		conflict(c);
}

static void act_release(struct pr_call *c)
{
	struct pr_state *pr = c->next;

	if (!pr_holds(pr, c->me))
		return;
	if (c->scope != SCOPE_LU || c->type != pr->type) {
		task_fail(c->task, SENSE_INVALID_RELEASE);
		return;
	}
	if (pr_type_registrants(pr->type))
		tell_others(c, SENSE_UA_RESERVATIONS_RELEASED);
	end_reservation(pr);
	c->changed = true;
}

static void act_clear(struct pr_call *c)
{
	end_reservation(c->next);
	tell_others(c, SENSE_UA_RESERVATIONS_PREEMPTED);
	for (unsigned i = 0; i < c->next->count; i++)
		c->dropped[i] = true;
	c->next->generation++;
	c->changed = true;
}

/* Removes every registration with the key (0: every one); false when there is none. */
static bool preempt_key(struct pr_call *c, uint64_t key, bool spare_me)
{
	bool any = false;

	for (unsigned i = 0; i < c->next->count; i++) {
		if (c->next->regs[i].key != key && key)
			continue;
		any = true;
		if ((int)i == c->me && spare_me)
			continue;
		c->dropped[i] = true;
		if ((int)i != c->me)
			c->tell[i] = SENSE_UA_REGISTRATIONS_PREEMPTED;
	}
	return any;
}

/* The preempting nexus gets the reservation (SPC-5 5.13.11.5.3). */
static void preempt_reservation(struct pr_call *c)
{
	enum pr_type before = c->next->type;

	if (!check_type(c))
		return;
	preempt_key(c, c->new_key, true);
	reserve_for_me(c);
	if (before == c->next->type)
		return;
	for (unsigned i = 0; i < c->next->count; i++)
		if ((int)i != c->me && !c->dropped[i])
			c->tell[i] = SENSE_UA_RESERVATIONS_RELEASED;
}

/* PREEMPT and PREEMPT AND ABORT (SPC-5 5.13.11.5, table 63). */
static void act_preempt(struct pr_call *c)
{
	struct pr_state *pr = c->next;
	bool all = pr_type_all(pr->type);

	if (pr->type && (all ? !c->new_key : pr->regs[pr->holder].key == c->new_key)) {
		preempt_reservation(c);
	} else if (!c->new_key) {
		task_fail_list(c->task, 8, 7);
	} else if (!preempt_key(c, c->new_key, false)) {
		conflict(c);
	} else if (all && !anyone_left(c)) {
		end_reservation(pr);
	}
	if (c->task->status)
		return;
	pr->generation++;
	c->changed = true;
}

static void (*const actions[ACTIONS])(struct pr_call *) = {
	[REGISTER] = act_register,
	[RESERVE] = act_reserve,
	[RELEASE] = act_release,
	[CLEAR] = act_clear,
	[PREEMPT] = act_preempt,
	[PREEMPT_AND_ABORT] = act_preempt,
	[REGISTER_IGNORE] = act_register,
};

/* --- the command --------------------------------------------------------------------------------- */

/* Checks the reservation key: zero for REGISTER by an unregistered nexus, the registered key otherwise. */
static bool key_ok(const struct pr_call *c, int action)
{
	if (action == REGISTER_IGNORE)
		return true;
	if (c->me < 0)
		return action == REGISTER && !c->key;
	return c->next->regs[c->me].key == c->key;
}

static void tell(struct pr_call *c, const struct pr_state *old)
{
	struct lu_nexus *n;

	TAILQ_FOREACH(n, &c->task->lu->nexuses, link) {
		int i = pr_find(old, n->nexus);
		if (i >= 0 && c->tell[i])
			ua_raise(n, c->tell[i]);
	}
}

/* Aborts the commands of nexuses that lost their registration. All are told before any is waited for, because
 * nexuses may be attached and detached meanwhile. */
static void abort_dropped(struct pr_call *c, const struct pr_state *old)
{
	struct lu *lu = c->task->lu;
	struct task_set sets[PR_REGISTRATIONS_MAX];
	struct lu_nexus *n;
	unsigned count = 0;

	TAILQ_FOREACH(n, &lu->nexuses, link) {
		int i = pr_find(old, n->nexus);
		if (i < 0 || !c->dropped[i] || n->nexus == c->task->nexus)
			continue;
		if (count == PR_REGISTRATIONS_MAX)
			break;
		n->prevent = false;
		sets[count] = (struct task_set){ .nexus = n->nexus };
		queue_tell(lu, &sets[count++]);
	}
	while (count > 0)
		queue_wait(lu, &sets[--count]);
}

/* With the turn taken: decides, saves, puts in place. True: the state is new, and the caller owns the old
 * one. */
static bool change(struct pr_call *c, int action, struct pr_state **ret_old)
{
	struct lu *lu = c->task->lu;
	autofree struct pr_state *next = malloc(sizeof *next);

	if (!next) {
		c->task->status = STATUS_BUSY;
		return false;
	}
	*next = *lu->pr;
	c->next = next;
	c->me = pr_find(next, c->task->nexus);
	if (!key_ok(c, action)) {
		conflict(c);
		return false;
	}
	actions[action](c);
	if (c->task->status || !c->changed)
		return false;
	compact(c);
	if ((next->aptpl || lu->pr->aptpl) && pr_save(lu, next)) {
		task_fail(c->task, SENSE_TARGET_FAILURE);
		return false;
	}
	*ret_old = lu->pr;
	lu->pr = take_ptr(next);
	return true;
}

static bool receive_list(struct pr_call *c, int action)
{
	struct task *task = c->task;
	uint64_t len = cdb_field(task, "parameter_list_length");
	uint8_t list[LIST_LEN];

	/* A longer list would hold TransportIDs, for SPEC_I_PT, which is not supported. */
	if (len < LIST_LEN || len > PARAMETER_LIST_MAX) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return false;
	}
	if (!task_parameter_list(task, list, LIST_LEN))
		return false;
	if (list[20] & SPEC_I_PT) {
		task_fail_list(task, 20, 3);
		return false;
	}
	if (len != LIST_LEN) {
		task_fail(task, SENSE_PARAMETER_LIST_LENGTH);
		return false;
	}
	bool registering = action == REGISTER || action == REGISTER_IGNORE;
	if (registering && (list[20] & ALL_TG_PT)) {
		task_fail_list(task, 20, 2);
		return false;
	}
	c->aptpl = registering && (list[20] & APTPL);
	if (c->aptpl && !task->lu->store.save) {
		task_fail_list(task, 20, 0);
		return false;
	}
	c->key = get_be64(list);
	c->new_key = get_be64(list + 8);
	return true;
}

void scsi_pr_out(struct task *task)
{
	struct lu *lu = task->lu;
	struct pr_call c = { .task = task };
	int action = task->op->sa;
	autofree struct pr_state *old = NULL;

	c.scope = (unsigned)cdb_field(task, "scope");
	c.type = (unsigned)cdb_field(task, "type");
	if (!receive_list(&c, action))
		return;
	turn_take(&lu->pr_turn);
	/* SPC-2: while a nexus holds a RESERVE, this conflicts for every nexus. */
	bool done = false;
	if (task->aborted)
		task->status = STATUS_BUSY; /* no unit attentions */
	else if (lu->reserved_by)
		conflict(&c);
	else
		done = change(&c, action, &old);
	if (done) {
		tell(&c, old);
		reservations_changed(lu, action == PREEMPT || action == PREEMPT_AND_ABORT);
	}
	turn_give(&lu->pr_turn);
	if (done && action == PREEMPT_AND_ABORT)
		abort_dropped(&c, old);
}
