/* SPDX-License-Identifier: Apache-2.0 */
/* PERSISTENT RESERVE IN (SPC-5 6.16). */
#include <string.h>

#include "vtl/scsi/pr.h"

enum {
	PTPL_C = 0x01, /* capabilities byte 2: persist through power loss */
	TMV = 0x80,
	PTPL_A = 0x01, /* byte 3 */
	TYPES_LOW = 0xea,
	TYPES_HIGH = 0x01, /* types 1 3 5 6 7, and 8 */
	R_HOLDER = 0x01,
	ISCSI_PORT = 0x45,
	ISCSI_DEVICE = 0x05,
	FULL_DESCRIPTOR = 24,
	TRANSPORT_ID_MAX = 4 + 260
};

/* SPC-2: while a nexus holds a RESERVE, these commands conflict for every nexus. */
static bool held_off(struct task *task)
{
	if (!task->lu->reserved_by)
		return false;
	task->status = STATUS_RESERVATION_CONFLICT;
	return true;
}

static void reply(struct task *task, uint8_t *data, const struct wire *w)
{
	put_be32(data, task->lu->pr->generation);
	put_be32(data + 4, (uint32_t)wire_len(w) - 8);
	task_reply(task, data, wire_len(w), cdb_field(task, "allocation_length"));
}

void scsi_pr_in_keys(struct task *task)
{
	const struct pr_state *pr = task->lu->pr;
	uint8_t data[8 + 8 * PR_REGISTRATIONS_MAX];
	struct wire w = wire_over(data, sizeof data);

	if (held_off(task))
		return;
	wire_zero(&w, 8);
	for (unsigned i = 0; i < pr->count; i++)
		wire_be64(&w, pr->regs[i].key);
	reply(task, data, &w);
}

void scsi_pr_in_reservation(struct task *task)
{
	const struct pr_state *pr = task->lu->pr;
	uint8_t data[24];
	struct wire w = wire_over(data, sizeof data);

	if (held_off(task))
		return;
	wire_zero(&w, 8);
	if (pr->type) {
		/* When all registrants hold, the key is zero. */
		wire_be64(&w, pr->holder < 0 ? 0 : pr->regs[pr->holder].key);
		wire_zero(&w, 5);
		wire_u8(&w, pr->type);
		wire_zero(&w, 2);
	}
	reply(task, data, &w);
}

void scsi_pr_in_capabilities(struct task *task)
{
	const struct lu *lu = task->lu;
	uint8_t data[8] = { 0, 8, lu->store.save ? PTPL_C : 0, TMV | (lu->pr->aptpl ? PTPL_A : 0), TYPES_LOW,
		TYPES_HIGH };

	if (!held_off(task))
		task_reply(task, data, sizeof data, cdb_field(task, "allocation_length"));
}

/* iSCSI TransportID (SPC-5 7.6.4.6): the name, NUL-terminated, padded to a multiple of four. */
static void transport_id(struct wire *w, const char *name)
{
	size_t len = strlen(name) + 1;
	size_t padded = (len + 3) & ~(size_t)3;

	if (padded < 20)
		padded = 20;
	wire_u8(w, strstr(name, ",i,0x") ? ISCSI_PORT : ISCSI_DEVICE);
	wire_u8(w, 0);
	wire_be16(w, (uint32_t)padded);
	wire_mem(w, name, len);
	wire_zero(w, padded - len);
}

void scsi_pr_in_full_status(struct task *task)
{
	const struct pr_state *pr = task->lu->pr;
	uint8_t data[8 + PR_REGISTRATIONS_MAX * (FULL_DESCRIPTOR + TRANSPORT_ID_MAX)];
	struct wire w = wire_over(data, sizeof data);

	if (held_off(task))
		return;
	wire_zero(&w, 8);
	for (unsigned i = 0; i < pr->count; i++) {
		const struct pr_registration *reg = &pr->regs[i];
		bool holds = pr_holds(pr, (int)i);
		wire_be64(&w, reg->key);
		wire_zero(&w, 4);
		wire_u8(&w, holds ? R_HOLDER : 0);
		wire_u8(&w, holds ? pr->type : 0);
		wire_zero(&w, 4);
		wire_be16(&w, reg->target_port);
		uint8_t *len = wire_room(&w, 4);
		size_t before = wire_len(&w);
		transport_id(&w, reg->initiator_port);
		if (len)
			put_be32(len, (uint32_t)(wire_len(&w) - before));
	}
	if (w.over)
		task_fail(task, SENSE_TARGET_FAILURE);
	else
		reply(task, data, &w);
}
