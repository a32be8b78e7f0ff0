/* SPDX-License-Identifier: Apache-2.0 */
/* REQUEST SENSE and TEST UNIT READY (SPC-5 6.39, 6.47). */
#include "vtl/scsi/core.h"

void sense_reply(struct task *task, const struct sense_data *s)
{
	uint8_t data[SENSE_FULL_MAX] = { 0 };
	struct lu *lu = task->lu;
	size_t len = SENSE_LEN;

	if (cdb_field(task, "desc"))
		len = sense_build_descriptors(s, data);
	else
		sense_build(s, data);
	/* The length in the data says what is returned: an initiator with room for 18 bytes gets 18. */
	bool more = cdb_field(task, "allocation_length") > SENSE_LEN && !cdb_field(task, "desc");
	if (more && lu && lu->type->full_sense)
		len = lu->type->full_sense(lu, data);
	task_reply(task, data, len, cdb_field(task, "allocation_length"));
}

/* All other sense was sent as autosense. A unit attention, a deferred error or the state of the device can be
 * pending. */
void scsi_request_sense(struct task *task)
{
	struct lu *lu = task->lu;
	struct lu_nexus *n = task->lu_nexus;
	struct sense_data s = { .id = SENSE_NONE };

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
	sense_reply(task, &s);
}

void scsi_test_unit_ready(struct task *task)
{
	/* The gates have checked everything. */
}
