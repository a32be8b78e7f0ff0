/* SPDX-License-Identifier: Apache-2.0 */
/* Data from the initiator: immediate, unsolicited, and solicited by R2T (RFC 7143 11.7, 11.8). */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "vtl/iscsi/conn.h"

/* How long the connection waits for the LU to supply a buffer before it stores the data in a hold buffer. LUs
 * that missed this once are not waited for again until they are prompt. */
enum { PATIENCE_MS = 10 };

/* --- to the LU ----------------------------------------------------------------------------------- */

void data_out_answer(struct command *cmd, int err)
{
	cmd->conn->s.asking--;
	task_data_done(&cmd->task, err);
}

/* The invariant of a command's data-out, between two events. */
static void check(const struct command *cmd)
{
	inflow_check(&cmd->in);
	if (cmd->in.state != INFLOW_DROPPING && cmd->in.state != INFLOW_STOPPING)
		assert(cmd->unsolicited || cmd->in.arrived <= cmd->granted);
}

/* Gives the LU held data; answers it when its buffer is full. */
static void feed(struct command *cmd)
{
	if (inflow_feed(&cmd->in))
		data_out_answer(cmd, 0);
	check(cmd);
}

void data_out_receive(struct task *task, void *buf, size_t len)
{
	struct command *cmd = command_of(task);
	struct conn *c = cmd->conn;

	if (cmd->in.state == INFLOW_DROPPING || c->closing) {
		task_data_done(task, cmd->fault == SENSE_PROTOCOL_CRC_ERROR ? -EBADMSG : -EIO);
		return;
	}
	inflow_ask(&cmd->in, buf, (uint32_t)len);
	c->s.asking++;
	if (cmd->receiving && !cmd->in.arrived)
		c->s.slow[task->lun % TARGET_LUNS] = false;
	waitq_wake(&c->asked);
	feed(cmd);
	command_advance(cmd);
}

void data_out_cancel(struct command *cmd)
{
	switch (inflow_cancel(&cmd->in)) {
	case INFLOW_NOT_WAITING: return;
	case INFLOW_ANSWER: data_out_answer(cmd, -ECANCELED); return;
	case INFLOW_INTERRUPT: rx_cancel(cmd->conn); return;
	}
}

void data_out_await(struct conn *c, struct command *cmd)
{
	bool *slow = &c->s.slow[cmd->task.lun % TARGET_LUNS]; /* absent LUNs share an entry */
	int64_t until = now_ms() + PATIENCE_MS;

	/* Another command that waits for data may need what is next in the stream. */
	while (!c->s.asking && cmd->in.state != INFLOW_DROPPING && !c->closing && !c->leaving && !*slow) {
		int64_t left = until - now_ms();
		if (left <= 0)
			*slow = true;
		else
			waitq_wait_ms(&c->asked, (unsigned)left);
	}
}

/* --- from the stream ------------------------------------------------------------------------------ */

/* Reads one part of the data segment, which goes to one place. */
static int read_part(struct conn *c, struct command *cmd, uint32_t *at)
{
	uint32_t n = c->rx.left, got = 0;
	uint8_t *to = inflow_place(&cmd->in, *at, &n);

	if (!to)
		return rx_skip(c, c->rx.left);
	inflow_receiving(&cmd->in, *at);
	int err = rx_data(c, to, n, &got);
	*at += got;
	if (inflow_received(&cmd->in))
		data_out_answer(cmd, -ECANCELED);
	return err == -ECANCELED ? 0 : err;
}

int data_out_segment(struct conn *c, struct command *cmd, bool *ret_ok)
{
	uint32_t at = cmd->in.arrived;
	int err = 0;

	inflow_segment(&cmd->in, c->rx.left);
	while (!err && c->rx.left)
		err = read_part(c, cmd, &at);
	return err ? err : rx_data_end(c, ret_ok);
}

void data_out_commit(struct command *cmd, uint32_t len)
{
	inflow_commit(&cmd->in, len);
	feed(cmd);
}

/* --- R2T ------------------------------------------------------------------------------------------ */

void data_out_grant(struct command *cmd)
{
	struct conn *c = cmd->conn;
	const struct params *p = &c->s.params;
	uint32_t most = p->max_r2t < R2TS_MAX ? p->max_r2t : R2TS_MAX;
	uint32_t needed = cmd->in.taken + inflow_wanted(&cmd->in);

	if (cmd->in.state == INFLOW_DROPPING || cmd->unsolicited || !(cmd->counted || cmd->immediate))
		return; /* in the last case: its CmdSN is not due yet */
	uint64_t limit = cmd->in.hold ? (uint64_t)cmd->in.taken + c->s.hold_size : needed;
	if (limit < needed)
		limit = needed;
	if (limit > cmd->task.out_len)
		limit = cmd->task.out_len;
	while (cmd->granted < limit && cmd->r2t_count < most) {
		uint32_t n = (uint32_t)limit - cmd->granted;
		/* A little more room is not worth an R2T, unless the LU waits or this is the end of the data. */
		if (cmd->granted >= needed && n < c->s.hold_size / 2 && limit < cmd->task.out_len)
			break;
		if (n > p->max_burst)
			n = p->max_burst;
		cmd->r2ts[cmd->r2t_count++] = (struct r2t){ .ttt = session_ttt(&c->s),
			.offset = cmd->granted,
			.len = n };
		cmd->granted += n;
		tx_push(c, &cmd->tx);
	}
}

bool data_out_r2t(struct conn *c, struct command *cmd, struct tx_slot *slot)
{
	unsigned i = 0;
	(void)c;

	while (i < cmd->r2t_count && cmd->r2ts[i].told)
		i++;
	if (i == cmd->r2t_count)
		return false;
	struct r2t *r = &cmd->r2ts[i];
	uint8_t *h = slot->header;
	h[BHS_OPCODE] = PDU_R2T;
	h[BHS_FLAGS] = PDU_FINAL;
	memcpy(h + BHS_LUN, cmd->bhs + BHS_LUN, BHS_LUN_LEN);
	put_be32(h + BHS_ITT, cmd->itt);
	put_be32(h + BHS_TTT, r->ttt);
	put_be32(h + BHS_R2T_SN, cmd->r2t_sn++);
	put_be32(h + BHS_BUFFER_OFFSET, r->offset);
	put_be32(h + BHS_DESIRED_LEN, r->len);
	slot->stat_sn = STAT_SN_NEXT;
	r->told = true;
	return true;
}

/* --- Data-Out ------------------------------------------------------------------------------------- */

void data_out_unsolicited_end(struct command *cmd)
{
	const struct params *p = &cmd->conn->s.params;
	uint32_t whole = cmd->task.out_len < p->first_burst ? cmd->task.out_len : p->first_burst;

	cmd->unsolicited = false;
	cmd->granted = cmd->in.arrived;
	/* Incorrect amount of data (11.4.7.2). */
	if (cmd->separate && cmd->in.arrived != whole)
		command_fault(cmd, SENSE_DATA_OUT_ERROR, -EIO);
}

/* The header fields of a Data-Out PDU. */
struct data_out {
	uint32_t itt, ttt, data_sn, offset, len;
	bool solicited, final;
};

static struct data_out data_out_decode(const struct pdu *pdu)
{
	const uint8_t *bhs = pdu->bhs;
	uint32_t ttt = get_be32(bhs + BHS_TTT);

	return (struct data_out){ .itt = pdu_itt(bhs),
		.ttt = ttt,
		.data_sn = get_be32(bhs + BHS_DATA_SN),
		.offset = get_be32(bhs + BHS_BUFFER_OFFSET),
		.len = pdu->data_len,
		.solicited = ttt != NO_TAG,
		.final = pdu_final(bhs) };
}

/* Whether the PDU continues the current sequence: of the first R2T, or unsolicited. */
static bool sequence_ok(const struct command *cmd, const struct data_out *d)
{
	if (d->data_sn != cmd->data_sn || d->offset != cmd->in.arrived)
		return false;
	if (!d->solicited)
		return cmd->unsolicited;
	const struct r2t *r = &cmd->r2ts[0];
	return !cmd->unsolicited && cmd->r2t_count && r->told && r->ttt == d->ttt &&
		d->len <= r->offset + r->len - cmd->in.arrived;
}

/* Accounts for a data segment that was read; it may have ended its sequence. */
static void segment_arrived(struct command *cmd, const struct data_out *d, bool digest_ok)
{
	uint32_t first_burst = cmd->conn->s.params.first_burst;

	if (!digest_ok)
		command_fault(cmd, SENSE_PROTOCOL_CRC_ERROR, -EBADMSG);
	data_out_commit(cmd, d->len);
	cmd->data_sn = d->final ? 0 : cmd->data_sn + 1;
	if (!d->solicited) {
		cmd->separate = true;
		if (d->final)
			data_out_unsolicited_end(cmd);
		else if (cmd->in.arrived > first_burst || cmd->in.arrived > cmd->task.out_len)
			command_fault(cmd, SENSE_DATA_OUT_ERROR, -EIO);
	} else if (d->final) {
		struct r2t *r = &cmd->r2ts[0];
		if (cmd->in.arrived != r->offset + r->len) {
			command_fault(cmd, SENSE_DATA_OUT_ERROR, -EIO);
			cmd->in.arrived = r->offset + r->len;
		}
		cmd->r2t_count--;
		memmove(cmd->r2ts, cmd->r2ts + 1, cmd->r2t_count * sizeof cmd->r2ts[0]);
	}
}

/* A PDU that does not continue the current sequence. 0, or -errno. */
static int out_of_sequence(struct conn *c, struct pdu *pdu, struct command *cmd, const struct data_out *d)
{
	bool ok;

	/* Unsolicited data that was not allowed is a fault of the task. Any other mismatch means that both sides
	 * disagree about the sequence, and error recovery level 0 cannot repair that. */
	if (!d->solicited && !cmd->unsolicited) {
		command_fault(cmd, SENSE_UNEXPECTED_DATA, -EIO);
		return rx_data_end(c, &ok);
	}
	int err = reject_whole(c, pdu, REJECT_PROTOCOL);
	if (!err)
		conn_leave(c);
	return err;
}

/* Whether unsolicited data exceeds the command's length or FirstBurstLength. */
static bool too_long(const struct command *cmd, const struct data_out *d)
{
	return !d->solicited &&
		(d->len > cmd->task.out_len || cmd->in.arrived > cmd->task.out_len - d->len ||
			cmd->in.arrived + d->len > cmd->conn->s.params.first_burst);
}

int data_out(struct conn *c, struct pdu *pdu)
{
	const struct data_out d = data_out_decode(pdu);
	struct command *cmd = session_find(&c->s, d.itt);
	bool ok;

	/* Data of an aborted task may still arrive. */
	if (!cmd)
		return rx_data_end(c, &ok);
	if (!sequence_ok(cmd, &d))
		return out_of_sequence(c, pdu, cmd, &d);
	if (too_long(cmd, &d)) /* then the data is discarded */
		command_fault(cmd, SENSE_DATA_OUT_ERROR, -EIO);
	cmd->receiving = true;
	int err = data_out_segment(c, cmd, &ok);
	if (!err) {
		segment_arrived(cmd, &d, ok);
		if (!ok)
			reject(c, pdu->bhs, REJECT_DATA_DIGEST);
	}
	cmd->receiving = false;
	command_advance(cmd);
	return err;
}
