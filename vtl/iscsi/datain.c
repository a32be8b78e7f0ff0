/* SPDX-License-Identifier: Apache-2.0 */
/* Data to the initiator: SCSI Data-In PDUs that refer to the LU's buffer, with status in the last one where
 * possible. */
#include <errno.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/iscsi/conn.h"

enum { FLAG_STATUS = 0x01, STALL_MS = 5000 };

/* Answers the LU, which may then use its buffer again. */
static void answer(struct command *cmd, int err)
{
	cmd->give = NULL;
	task_data_done(&cmd->task, err);
}

/* Copies short data that end the task, so that the LU need not wait until they are sent: it runs its next
 * command meanwhile, and the answers to several go out together. They are sent when the task is done: until
 * then it belongs to the LU, which may run on another worker. */
static void copy_short(struct command *cmd)
{
	cmd->copied = cmd->give_len <= sizeof cmd->copy && cmd->task.last && !cmd->task.out_len &&
		!cmd->conn->tx.dead;
	if (!cmd->copied)
		return;
	memcpy(cmd->copy, cmd->give, cmd->give_len);
	cmd->give = cmd->copy;
}

void data_in_send(struct task *task, const void *buf, size_t len)
{
	struct command *cmd = command_of(task);
	struct conn *c = cmd->conn;
	uint32_t room = task->in_len - cmd->sent;

	cmd->give = buf;
	cmd->give_len = len < room ? (uint32_t)len : room;
	cmd->give_at = cmd->burst_at = 0;
	if (c->closing || !cmd->give_len) {
		answer(cmd, c->closing ? -EPIPE : 0);
		return;
	}
	copy_short(cmd);
	if (cmd->copied)
		task_data_done(task, 0);
	else
		tx_push(c, &cmd->tx);
}

static void peer_stalls(struct timer *timer)
{
	struct conn *c = container_of(timer, struct conn, stall);
	conn_drop(c, "the initiator does not read the data of an aborted task");
}

void data_in_cancel(struct command *cmd)
{
	struct conn *c = cmd->conn;

	if (!cmd->give)
		return;
	cmd->give_len = cmd->give_at;
	cmd->give_cancelled = true;
	if (!cmd->in_flight)
		answer(cmd, -ECANCELED);
	else if (!c->stall.armed)
		timer_arm(&c->stall, STALL_MS, peer_stalls);
}

void data_in_sent(struct command *cmd, bool ok)
{
	struct conn *c = cmd->conn;

	cmd->in_flight--;
	if (!ok)
		cmd->give_len = cmd->give_at;
	if (cmd->in_flight || !cmd->give || cmd->give_at < cmd->give_len)
		return;
	if (cmd->copied) {
		cmd->give = NULL;
		if (cmd->finished)
			command_advance(cmd);
		return;
	}
	timer_stop(&c->stall);
	answer(cmd, cmd->give_cancelled ? -ECANCELED : ok ? 0 : -EPIPE);
}

void data_in_drop(struct command *cmd)
{
	if (!cmd->give)
		return;
	cmd->give_len = cmd->give_at;
	if (cmd->in_flight)
		return;
	if (cmd->copied)
		cmd->give = NULL;
	else
		answer(cmd, -EPIPE);
}

/* Puts status GOOD into the last Data-In PDU when the LU has completed the task (11.7.2). */
static void status(struct command *cmd, struct tx_slot *slot)
{
	slot->header[BHS_FLAGS] |= FLAG_STATUS;
	slot->header[BHS_STATUS] = cmd->task.status;
	command_residual(cmd, slot->header);
	slot->stat_sn = STAT_SN_TAKE;
	cmd->status_sent = true;
}

bool data_in_next(struct conn *c, struct command *cmd, struct tx_slot *slot)
{
	const struct params *p = &c->s.params;
	uint32_t n = cmd->give ? cmd->give_len - cmd->give_at : 0;

	if (!n || (cmd->copied && !cmd->finished))
		return false;
	if (n > p->max_send)
		n = p->max_send;
	if (n > p->max_burst - cmd->burst_at)
		n = p->max_burst - cmd->burst_at;
	uint8_t *h = slot->header;
	h[BHS_OPCODE] = PDU_DATA_IN;
	put_be32(h + BHS_ITT, cmd->itt);
	put_be32(h + BHS_TTT, NO_TAG);
	put_be32(h + BHS_DATA_SN, cmd->in_sn++);
	put_be32(h + BHS_BUFFER_OFFSET, cmd->sent);
	slot->data = cmd->give + cmd->give_at;
	slot->len = n;
	slot->notify = &cmd->tx;
	cmd->in_flight++;
	cmd->give_at += n;
	cmd->burst_at += n;
	cmd->sent += n;
	bool last = cmd->give_at == cmd->give_len;
	if (last || cmd->burst_at == p->max_burst) {
		h[BHS_FLAGS] = PDU_FINAL;
		cmd->burst_at = 0;
	}
	if (last && cmd->task.last && cmd->task.status == STATUS_GOOD && !command_owed(cmd) &&
		cmd->fault == SENSE_NONE)
		status(cmd, slot);
	return true;
}
