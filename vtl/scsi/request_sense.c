/* SPDX-License-Identifier: Apache-2.0 */
/* REQUEST SENSE and TEST UNIT READY (SPC-5 6.39, 6.47). */
#include "vtl/scsi/core.h"

/* All other sense was sent as autosense. A unit attention, a deferred error or the state of the device can be
 * pending. */
void scsi_request_sense(struct task *task)
{
	struct lu *lu = task->lu;
	struct lu_nexus *n = task->lu_nexus;
	struct sense_data s = { .id = SENSE_NONE };
	uint8_t data[SENSE_LEN];

	if (ua_pop(n, &s.id)) {
		/* reported by this command, and cleared */
	} else if (n->deferred) {
		n->deferred = false;
		s = n->deferred_sense;
	} else if (held_up(lu) != SENSE_NONE) {
		s.id = held_up(lu);
	} else if (lu->type->current_sense) {
		lu->type->current_sense(lu, &s);
	}
	sense_build(&s, data);
	task_reply(task, data, sizeof data, cdb_field(task, "allocation_length"));
}

void scsi_test_unit_ready(struct task *task)
{
	/* The gates have checked everything. */
}
