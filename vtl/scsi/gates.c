/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are checked before a command runs, in the order of SAM and SPC (SAM-5 5.3.3). */
#include "vtl/scsi/core.h"

static bool cdb_pass(struct task *task)
{
	const struct scsi_op *op = task->op;
	bool known = false;
	unsigned byte;
	int bit;

	if (!op) {
		op_find(task->lu, task->cdb, &known);
		if (known)
			task_fail_cdb(task, 1, 4); /* the SERVICE ACTION field begins there */
		else
			task_fail(task, SENSE_INVALID_OPCODE);
		return false;
	}
	if (task->cdb_long || task->cdb_len < op->len) {
		task_fail(task, SENSE_FIELD_IN_CDB);
		return false;
	}
	const struct op_entry *e = op_entry_find(task->lu->table, op->code, op->sa);
	if (op_usage_ok(op, e->usage, task->cdb, &byte, &bit))
		return true;
	task_fail_cdb(task, byte, bit);
	return false;
}

bool direction_pass(struct task *task)
{
	const struct scsi_op *op = task->op;
	bool backwards = (op->dir == DIR_IN && task->out_len && !task->in_len) ||
		(op->dir == DIR_OUT && task->in_len && !task->out_len);
	if (!backwards || !op_moves(op, task->cdb))
		return true;
	task_fail(task, SENSE_FIELD_IN_COMMAND_IU);
	return false;
}

static bool attention_pass(struct task *task)
{
	struct lu_nexus *n = task->lu_nexus;
	enum sense ua;

	if ((task->op->gates & GATE_UA) && ua_pop(n, &ua)) {
		task_fail(task, ua);
		return false;
	}
	if ((task->op->gates & GATE_DEFERRED) && n->deferred) {
		n->deferred = false;
		task_fail_with(task, &n->deferred_sense);
		return false;
	}
	return true;
}

static bool reservation_pass(struct task *task)
{
	const struct lu *lu = task->lu;
	unsigned gates = task->op->gates;

	if ((gates & GATE_RESERVED) && lu_reservation_conflict(task, gates))
		return false;
	bool needed = (gates & GATE_OIR) && lu->type->only_reserved && lu->type->only_reserved(lu);
	if (!needed || lu_has_reservation(lu))
		return true;
	task_fail(task, SENSE_NOT_RESERVED);
	return false;
}

bool gates_pass(struct task *task)
{
	const struct lu *lu = task->lu;

	if (task->aborted)
		return false;
	/* NACA is not supported, so no ACA condition can exist (SAM-5 8.9). */
	if (task->attr == TASK_ACA) {
		task_fail(task, SENSE_INVALID_MESSAGE);
		return false;
	}
	if (!cdb_pass(task) || !attention_pass(task))
		return false;

	unsigned gates = task->op->gates;
	if (!reservation_pass(task))
		return false;
	enum sense busy = gates & GATE_READY ? held_up(lu) : SENSE_NONE;
	if (busy != SENSE_NONE) {
		task_fail(task, busy);
		return false;
	}
	if ((gates & GATE_READY) && lu->type->ready && !lu->type->ready(task))
		return false;
	if ((gates & GATE_WRITE) && lu->type->writable && !lu->type->writable(task))
		return false;
	return direction_pass(task);
}
