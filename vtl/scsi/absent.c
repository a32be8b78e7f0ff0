/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for a logical unit that does not exist (SPC-5 6.6.2, SAM-5 4.7.1). They are made on the front end's
 * worker, because there is no LU. */
#include <string.h>

#include "vtl/scsi/core.h"
#include "vtl/scsi/opcode.h"

static void inquiry_absent(struct task *task)
{
	/* clang-format off */
	/* Peripheral qualifier 3, device type 1Fh: no device can be at this LUN. */
	static const uint8_t standard[36] = {
		0x7f, 0, 0x06, 0x02, 31, 0, 0, 0x02,
		' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
		' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
		' ', ' ', ' ', ' ',
	};
	/* clang-format on */
	static const uint8_t no_pages[] = { 0x7f, 0, 0, 1, 0 };
	size_t alloc = cdb_field(task, "allocation_length");
	bool evpd = cdb_field(task, "evpd");

	if (cdb_field(task, "page_code"))
		task_fail_cdb(task, 2, 7);
	else if (evpd)
		task_reply(task, no_pages, sizeof no_pages, alloc);
	else
		task_reply(task, standard, sizeof standard, alloc);
}

static void sense_absent(struct task *task)
{
	sense_reply(task, &(struct sense_data){ .id = SENSE_LUN_NOT_SUPPORTED });
}

static const struct {
	uint8_t code;
	void (*run)(struct task *task);
} answers[] = {
	{ OPCODE_INQUIRY, inquiry_absent },
	{ OPCODE_REQUEST_SENSE, sense_absent },
	{ OPCODE_REPORT_LUNS, scsi_report_luns },
};

static void answer(void *arg)
{
	struct task *task = arg;
	unsigned byte;
	int bit;

	if (task->cdb_long || task->cdb_len < task->op->len)
		task_fail(task, SENSE_FIELD_IN_CDB);
	else if (!op_cdb_ok(task->op, task->cdb, &byte, &bit))
		task_fail_cdb(task, byte, bit);
	else if (direction_pass(task))
		for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
			if (answers[i].code == task->op->code)
				answers[i].run(task);
	task_end(task);
}

void absent_start(struct task *task)
{
	task->lu = NULL;
	task->lu_nexus = NULL;
	task->state = TASK_RUNNING;
	TAILQ_INSERT_TAIL(&task->nexus->absent_tasks, task, link);
	if (task->nexus->detaching) {
		task->aborted = true;
		task_end(task);
		return;
	}
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (answers[i].code == task->cdb[0])
			task->op = op_find_in(primary_ops, task->cdb);
	if (!task->op) {
		task_fail(task, SENSE_LUN_NOT_SUPPORTED);
		task_end(task);
	} else if (fiber_start("absent", answer, task)) {
		task->status = STATUS_BUSY;
		task_end(task);
	}
}
