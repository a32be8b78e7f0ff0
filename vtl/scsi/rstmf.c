/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-5 6.35): the functions of tmf.c. */
#include "vtl/scsi/core.h"

enum {
	ABORT_TASK = 0x80,
	ABORT_TASK_SET = 0x40,
	CLEAR_TASK_SET = 0x10,
	LU_RESET = 0x08,
	QUERY_TASK = 0x04,
	TARGET_RESET = 0x02,   /* byte 0 */
	QUERY_TASK_SET = 0x02, /* byte 1 */
	LEN = 4,
	EXTENDED_LEN = 16
};

void scsi_report_tmf(struct task *task)
{
	bool extended = cdb_field(task, "repd");
	uint8_t data[EXTENDED_LEN] = {
		ABORT_TASK | ABORT_TASK_SET | CLEAR_TASK_SET | LU_RESET | QUERY_TASK | TARGET_RESET,
		QUERY_TASK_SET,
		0,
		extended ? EXTENDED_LEN - 4 : 0,
	};
	size_t alloc = cdb_field(task, "allocation_length");

	/* The timeouts of the extended form stay zero: none is specified. */
	if (alloc < 4)
		task_fail_cdb(task, 6, 7);
	else
		task_reply(task, data, extended ? EXTENDED_LEN : LEN, alloc);
}
