/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT SUPPORTED OPERATION CODES (SPC-5 6.34), from the rows. */
#include <stdlib.h>

#include "vtl/scsi/core.h"

enum { REPORT_ALL, REPORT_CODE, REPORT_CODE_AND_SA, REPORT_IF_SUPPORTED };
enum {
	HAS_SA = 0x01,
	HAS_TIMEOUTS = 0x02, /* command descriptor byte 5 */
	TIMEOUTS_FOLLOW = 0x80,
	NOT_SUPPORTED = 0x01,
	AS_STANDARD = 0x03,
	TIMEOUTS_LEN = 12
};

static void timeouts(struct wire *w, const struct lu *lu, const struct scsi_op *op)
{
	uint32_t own = lu->type->timeout ? lu->type->timeout(lu, op->code) : 0;
	wire_be16(w, TIMEOUTS_LEN - 2);
	wire_u8(w, 0);
	wire_u8(w, 0);
	wire_be32(w, 0); /* no nominal time */
	wire_be32(w, own ? own : op->timeout);
}

static void report_all(struct wire *w, const struct lu *lu, bool rctd)
{
	const struct op_table *table = lu->table;
	uint32_t each = rctd ? 8 + TIMEOUTS_LEN : 8;

	wire_be32(w, table->count * each);
	for (unsigned i = 0; i < table->count; i++) {
		const struct scsi_op *op = table->entries[i].op;
		wire_u8(w, op->code);
		wire_u8(w, 0);
		wire_be16(w, op->sa == SA_NONE ? 0 : (uint32_t)op->sa);
		wire_u8(w, 0);
		wire_u8(w, (op->sa == SA_NONE ? 0 : HAS_SA) | (rctd ? HAS_TIMEOUTS : 0));
		wire_be16(w, op->len);
		if (rctd)
			timeouts(w, lu, op);
	}
}

static void report_one(struct wire *w, const struct lu *lu, const struct op_entry *e, bool rctd)
{
	wire_u8(w, 0);
	wire_u8(w, e ? AS_STANDARD | (rctd ? TIMEOUTS_FOLLOW : 0) : NOT_SUPPORTED);
	wire_be16(w, e ? e->op->len : 0);
	if (!e)
		return;
	wire_mem(w, e->usage, e->op->len);
	if (rctd)
		timeouts(w, lu, e->op);
}

/* Finds the entry that was asked for. False, with sense set, when the reporting option does not fit the code. */
static bool find(struct task *task, unsigned options, const struct op_entry **ret_entry)
{
	const struct op_table *table = task->lu->table;
	uint8_t code = (uint8_t)cdb_field(task, "requested_operation_code");
	int sa = (int)cdb_field(task, "requested_service_action");
	bool has_sa = false;
	bool known = op_code_known(table, code, &has_sa);

	if (known && options == REPORT_CODE && has_sa) {
		task_fail_cdb(task, 2, 2);
		return false;
	}
	if (known && options == REPORT_CODE_AND_SA && !has_sa) {
		task_fail_cdb(task, 2, 2);
		return false;
	}
	/* For a code without service actions the field must be zero. */
	*ret_entry = !has_sa && options == REPORT_IF_SUPPORTED && sa
		? NULL
		: op_entry_find(table, code, has_sa ? sa : SA_NONE);
	return true;
}

void scsi_report_opcodes(struct task *task)
{
	const struct op_table *table = task->lu->table;
	unsigned options = (unsigned)cdb_field(task, "reporting_options");
	bool rctd = cdb_field(task, "rctd");
	const struct op_entry *e = NULL;

	if (options > REPORT_IF_SUPPORTED) {
		task_fail_cdb(task, 2, 2);
		return;
	}
	if (options != REPORT_ALL && !find(task, options, &e))
		return;

	size_t room = 4 + 16 + (size_t)(table->count + 1) * (8 + TIMEOUTS_LEN);
	uint8_t *data = malloc(room);
	if (!data) {
		task->status = STATUS_BUSY;
		return;
	}
	struct wire w = wire_over(data, room);
	if (options == REPORT_ALL)
		report_all(&w, task->lu, rctd);
	else
		report_one(&w, task->lu, e, rctd);
	task_reply(task, data, wire_len(&w), cdb_field(task, "allocation_length"));
	free(data);
}
