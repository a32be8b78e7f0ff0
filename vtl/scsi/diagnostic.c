/* SPDX-License-Identifier: Apache-2.0 */
/* SEND DIAGNOSTIC (SPC-5 6.42): the default self-test always passes. There are no other tests and no
 * diagnostic pages. */
#include "vtl/scsi/core.h"

void scsi_send_diagnostic(struct task *task)
{
	if (cdb_field(task, "self_test_code"))
		task_fail_cdb(task, 1, 7);
	else if (cdb_field(task, "parameter_list_length"))
		task_fail_cdb(task, 3, 7);
}
