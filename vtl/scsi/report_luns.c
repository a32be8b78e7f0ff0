/* SPDX-License-Identifier: Apache-2.0 */
/* REPORT LUNS (SPC-5 6.33): the LUNs that this nexus sees, from any LUN. */
#include <string.h>

#include "vtl/scsi/core.h"

enum { SELECT_ADDRESSABLE = 0, SELECT_WELL_KNOWN = 1, SELECT_ALL = 2, ALLOCATION_MIN = 16 };

void scsi_report_luns(struct task *task)
{
	unsigned select = (unsigned)cdb_field(task, "select_report");
	size_t alloc = cdb_field(task, "allocation_length");
	uint8_t data[8 + 8 * TARGET_LUNS] = { 0 };
	uint32_t len = 0;

	if (select > SELECT_ALL) {
		task_fail_cdb(task, 2, 7);
		return;
	}
	if (alloc < ALLOCATION_MIN) {
		task_fail_cdb(task, 6, 7);
		return;
	}
	/* There are no well-known logical units. */
	for (unsigned lun = 0; lun < TARGET_LUNS && select != SELECT_WELL_KNOWN; lun++)
		if (target_lu(task->nexus, (uint16_t)lun)) {
			lun_encode((uint16_t)lun, data + 8 + len);
			len += 8;
		}
	put_be32(data, len);

	/* A nexus that has read the list needs no unit attention about its change (SPC-5 6.33.1). */
	atomic_store(&task->nexus->luns_changed, false);
	if (task->lu_nexus)
		ua_drop(task->lu_nexus, SENSE_UA_LUNS_CHANGED);
	task_reply(task, data, 8 + len, alloc);
}
