/* SPDX-License-Identifier: Apache-2.0 */
/* SCSI Command PDUs, SCSI Response PDUs, and the life of a command between them. */
#include "vtl/iscsi/command.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "vtl/base/container.h"
#include "vtl/base/worker.h"
#include "vtl/iscsi/conn.h"

enum { FLAG_READ = 0x40, FLAG_WRITE = 0x20, ATTR_MASK = 0x07 };
enum { DEEP = 8, SHORT_WRITE = 8192, GATHER_US = 30 };
enum { AHS_EXTENDED_CDB = 1, AHS_READ_LENGTH = 2 };
enum { RESIDUAL_OVER = 0x04, RESIDUAL_UNDER = 0x02, READ_OVER = 0x10, READ_UNDER = 0x08 };

/* --- response --------------------------------------------------------------------------------- */

static void residual(uint8_t *bhs, size_t at, uint64_t want, uint32_t expected, uint32_t moved, uint8_t over,
	uint8_t under)
{
	if (want > expected) {
		uint64_t n = want - expected;
		bhs[BHS_FLAGS] |= over;
		put_be32(bhs + at, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
	} else if (moved < expected) {
		bhs[BHS_FLAGS] |= under;
		put_be32(bhs + at, expected - moved);
	}
}

void command_residual(const struct command *cmd, uint8_t *bhs)
{
	const struct task *t = &cmd->task;
	bool bidirectional = t->out_len && t->in_len;

	if (t->out_len)
		residual(bhs, BHS_RESIDUAL, t->want, t->out_len, cmd->in.taken, RESIDUAL_OVER,
			RESIDUAL_UNDER);
	if (bidirectional)
		residual(bhs, BHS_READ_RESIDUAL, 0, t->in_len, cmd->sent, READ_OVER, READ_UNDER);
	if (!t->out_len)
		residual(bhs, BHS_RESIDUAL, t->want, t->in_len, cmd->sent, RESIDUAL_OVER, RESIDUAL_UNDER);
}

static void response(struct command *cmd, struct tx_slot *slot)
{
	const struct task *t = &cmd->task;
	uint8_t *h = slot->header;

	assert(!t->aborted); /* an aborted task is not answered (SAM-5 5.3.1) */
	h[BHS_OPCODE] = PDU_SCSI_RESPONSE;
	h[BHS_FLAGS] = PDU_FINAL;
	h[BHS_STATUS] = t->status;
	put_be32(h + BHS_ITT, cmd->itt);
	put_be32(h + BHS_EXP_DATA_SN, cmd->in_sn + cmd->r2t_sn);
	command_residual(cmd, h);
	slot->stat_sn = STAT_SN_TAKE;
	if (t->sense_len) {
		put_be16(slot->inline_data, t->sense_len);
		memcpy(slot->inline_data + 2, t->sense, t->sense_len);
		slot->data = slot->inline_data;
		slot->len = 2u + t->sense_len;
	}
}

static enum tx_next command_next(struct conn *c, struct tx_item *item, struct tx_slot *slot)
{
	struct command *cmd = container_of(item, struct command, tx);

	if (data_out_r2t(c, cmd, slot) || data_in_next(c, cmd, slot))
		return TX_MORE;
	if (!cmd->finished || cmd->status_sent || command_owed(cmd) || cmd->receiving)
		return TX_NOTHING;
	response(cmd, slot);
	cmd->status_sent = true;
	if (!cmd->in_flight) /* else data_in_sent() */
		command_forget(cmd);
	return TX_LAST;
}

static void command_sent(struct conn *c, struct tx_item *item, bool ok)
{
	(void)c;
	data_in_sent(container_of(item, struct command, tx), ok);
}

static void command_drop(struct conn *c, struct tx_item *item)
{
	struct command *cmd = container_of(item, struct command, tx);
	(void)c;
	data_in_drop(cmd);
	if (cmd->finished && !cmd->receiving && !cmd->in_flight)
		command_forget(cmd);
}

/* --- life ------------------------------------------------------------------------------------- */

bool command_owed(const struct command *cmd)
{
	return cmd->unsolicited || cmd->r2t_count;
}

void command_forget(struct command *cmd)
{
	struct conn *c = cmd->conn;

	tx_pull(c, &cmd->tx);
	session_command_put(&c->s, cmd);
}

void command_advance(struct command *cmd)
{
	struct conn *c = cmd->conn;

	if (!cmd->finished)
		data_out_grant(
			cmd); /* also while data is being read, so that the next data follows it at once */
	if (cmd->receiving)
		return;
	if (cmd->in.state == INFLOW_DROPPING || cmd->finished || cmd->in.taken == cmd->task.out_len)
		session_hold_put(&c->s, cmd);
	if (!cmd->finished || cmd->in_flight)
		return; /* until data_in_sent() */
	if (cmd->task.aborted || c->tx.dead || (cmd->status_sent && !command_owed(cmd)))
		command_forget(cmd);
	else if (!command_owed(cmd))
		tx_push(c, &cmd->tx);
}

void command_fault(struct command *cmd, enum sense fault, int err)
{
	if (cmd->fault == SENSE_NONE)
		cmd->fault = fault;
	if (inflow_drop(&cmd->in))
		data_out_answer(cmd, err);
}

static void port_done(struct task *task)
{
	struct command *cmd = command_of(task);

	cmd->finished = true;
	inflow_drop(&cmd->in);
	waitq_wake(&cmd->conn->asked);
	if (cmd->fault != SENSE_NONE && !cmd->status_sent) {
		task->status = STATUS_CHECK_CONDITION;
		task->sense_len = SENSE_LEN;
		sense_build(&(struct sense_data){ .id = cmd->fault }, task->sense);
	}
	/* R2Ts that were not sent are not needed any more. */
	while (cmd->r2t_count && !cmd->r2ts[cmd->r2t_count - 1].told)
		cmd->r2t_count--;
	command_advance(cmd);
}

static void port_cancel(struct task *task)
{
	struct command *cmd = command_of(task);

	data_out_cancel(cmd);
	data_in_cancel(cmd);
}

static const struct task_port port = {
	.receive = data_out_receive,
	.send = data_in_send,
	.cancel = port_cancel,
	.done = port_done,
};

/* --- request ---------------------------------------------------------------------------------- */

/* Additional header segments: a longer CDB, and the read length of a bidirectional command. */
static bool ahs_parse(struct command *cmd, const struct pdu *pdu, uint32_t *ret_read_len)
{
	for (uint32_t at = 0; at < pdu->ahs_len;) {
		const uint8_t *ahs = pdu->ahs + at;
		uint32_t len = get_be16(ahs);
		if (len == 0 || at + 3 + len > pdu->ahs_len)
			return false;
		if (ahs[2] == AHS_EXTENDED_CDB)
			cmd->task.cdb_long = true;
		else if (ahs[2] == AHS_READ_LENGTH && len == 5)
			*ret_read_len = get_be32(ahs + 4);
		else
			return false;
		at += (3 + len + 3) & ~3u;
	}
	return true;
}

static enum task_attr attribute(uint8_t flags)
{
	static const enum task_attr attributes[8] = {
		TASK_SIMPLE,
		TASK_SIMPLE,
		TASK_ORDERED,
		TASK_HEAD_OF_QUEUE,
		TASK_ACA,
	};
	return attributes[flags & ATTR_MASK];
}

static bool command_fill(struct conn *c, struct command *cmd, const struct pdu *pdu)
{
	const uint8_t *bhs = pdu->bhs;
	bool reads = bhs[BHS_FLAGS] & FLAG_READ, writes = bhs[BHS_FLAGS] & FLAG_WRITE;
	uint32_t expected = get_be32(bhs + BHS_EXPECTED_LEN), read_len = 0;
	int lun = lun_decode(bhs + BHS_LUN);

	cmd->conn = c;
	cmd->tx = (struct tx_item){ .next = command_next, .sent = command_sent, .drop = command_drop };
	cmd->itt = pdu_itt(bhs);
	cmd->cmd_sn = pdu_cmd_sn(bhs);
	memcpy(cmd->bhs, bhs, BHS_LEN);
	if (!ahs_parse(cmd, pdu, &read_len))
		return false;
	cmd->task.port = &port;
	cmd->task.home = c->worker;
	cmd->task.nexus = &c->s.nexus;
	cmd->task.tag = cmd->itt;
	cmd->task.lun = lun < 0 ? UINT16_MAX : (uint16_t)lun;
	cmd->task.attr = attribute(bhs[BHS_FLAGS]);
	memcpy(cmd->task.cdb, bhs + BHS_CDB, CDB_LEN);
	cmd->task.cdb_len = CDB_LEN;
	cmd->task.out_len = writes ? expected : 0;
	cmd->task.in_len = !reads ? 0 : writes ? read_len : expected;
	cmd->unsolicited = !pdu_final(bhs);
	return true;
}

/* Checks that unsolicited data is allowed and has the right length. */
static void check_immediate(struct conn *c, struct command *cmd, uint32_t len)
{
	const struct params *p = &c->s.params;

	if ((len && !p->immediate_data) || (cmd->unsolicited && p->initial_r2t))
		command_fault(cmd, SENSE_UNEXPECTED_DATA, -EIO);
	else if (len > p->first_burst || len > cmd->task.out_len)
		command_fault(cmd, SENSE_DATA_OUT_ERROR, -EIO);
	cmd->granted = len;
}

static void command_deliver(struct conn *c, struct command *cmd)
{
	atomic_fetch_add_explicit(&c->commands, 1, memory_order_relaxed);
	session_admit(&c->s, cmd);
	lu_submit(&cmd->task);
}

void command_deliver_held(struct conn *c, struct command *cmd)
{
	cmd->receiving = true; /* port_done() may run before lu_submit() returns */
	command_deliver(c, cmd);
	cmd->receiving = false;
	command_advance(cmd);
}

/* Lets the LU say how much data it needs, and where unread bytes of immediate data go. An idle LU has said so
 * when lu_submit() returns. Long data is read a turn later in any case: more of it has arrived then, and one
 * receive takes it. */
static void command_settle(struct conn *c, struct command *cmd, uint32_t unread, bool more)
{
	if (unread >= RX_BIG || ((unread || more) && cmd->in.state == INFLOW_HOLDING))
		conn_yield(c);
	if (unread >= RX_BIG)
		data_out_await(c, cmd);
}

/* Submits the command and reads its immediate data. Data is read first when its digest must be checked before
 * the LU may see the data, or when the data is already in the receive buffer. Otherwise the LU is submitted
 * first, so that it can supply a buffer. */
static int command_start(struct conn *c, struct command *cmd, uint32_t len, enum order order)
{
	bool here = len <= c->rx.end - c->rx.at;
	bool first = order == ORDER_LATER || (c->data_digest && len) || here;
	bool ok = true;
	int err = 0;

	cmd->receiving = true;
	if (first)
		err = data_out_segment(c, cmd, &ok);
	if (!err && !ok) {
		session_command_put(&c->s, cmd);
		reject(c, c->pdu.bhs, REJECT_DATA_DIGEST);
		return 0;
	}
	if (err) {
		session_command_put(&c->s, cmd);
		return err;
	}
	if (first)
		data_out_commit(cmd, len);
	if (order == ORDER_LATER) {
		cmd->receiving = false;
		session_defer(&c->s, cmd);
		return 0;
	}
	command_deliver(c, cmd);
	command_advance(cmd);
	command_settle(c, cmd, first ? 0 : len, cmd->task.out_len > len);
	if (!first) {
		err = data_out_segment(c, cmd, &ok);
		if (!err)
			data_out_commit(cmd, len);
	}
	cmd->receiving = false;
	command_advance(cmd);
	return err;
}

/* An initiator that has left DEEP responses unread sends its next WRITEs without waiting for us. When they are
 * short, each would cost a receive, a send and a wake-up, so the worker pauses until several have arrived. */
static void gather_writes(struct conn *c, const struct pdu *pdu)
{
	uint32_t unread = c->stat_sn - get_be32(pdu->bhs + BHS_EXP_STAT_SN);
	uint32_t len = get_be32(pdu->bhs + BHS_EXPECTED_LEN);
	if (unread >= DEEP && pdu->data_len == len && len <= SHORT_WRITE)
		worker_pause(c->worker, GATHER_US);
}

int command_request(struct conn *c, struct pdu *pdu)
{
	const uint8_t *bhs = pdu->bhs;
	bool immediate = pdu_immediate(bhs), writes = bhs[BHS_FLAGS] & FLAG_WRITE;
	enum order order = immediate ? ORDER_NOW : session_order(&c->s, pdu_cmd_sn(bhs));
	bool ok;

	if (order == ORDER_IGNORE) { /* outside the command window, or a duplicate (4.2.2.1) */
		return rx_data_end(c, &ok);
	}
	if (pdu_itt(bhs) == NO_TAG || (!writes && (pdu->data_len || !pdu_final(bhs))))
		return reject_whole(c, pdu, REJECT_FIELD);
	if (session_find(&c->s, pdu_itt(bhs)))
		return reject_whole(c, pdu, REJECT_IN_PROGRESS);
	struct command *cmd = session_command_get(&c->s, immediate);
	if (!cmd)
		return reject_whole(c, pdu, immediate ? REJECT_IMMEDIATE : REJECT_RESOURCES);
	if (!command_fill(c, cmd, pdu)) {
		session_command_put(&c->s, cmd);
		return reject_whole(c, pdu, REJECT_FIELD);
	}
	if ((cmd->task.out_len || pdu->data_len) && !session_hold_get(&c->s, cmd)) {
		session_command_put(&c->s, cmd);
		return reject_whole(c, pdu, REJECT_RESOURCES);
	}
	session_list(&c->s, cmd);
	check_immediate(c, cmd, pdu->data_len);
	if (writes)
		gather_writes(c, pdu);
	return command_start(c, cmd, pdu->data_len, order);
}
