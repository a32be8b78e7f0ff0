/* SPDX-License-Identifier: Apache-2.0 */
/* One row per PDU that an initiator may send: in which phase it is allowed, and its handler. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/iscsi/conn.h"

static int snack_request(struct conn *c, struct pdu *pdu);

/* request() reads the data segment itself. run() is for requests with a CmdSN that are not SCSI commands: it
 * is called in CmdSN order, with the data in a buffer. */
static const struct pdu_op {
	uint8_t code;
	uint8_t phases;
	const char *name;
	int (*request)(struct conn *c, struct pdu *pdu);
	bool (*run)(struct conn *c, const uint8_t *bhs, uint8_t *data, uint32_t len);
} pdu_ops[] = {
	{ PDU_SCSI_COMMAND, CONN_FULL, "SCSI Command", .request = command_request },
	{ PDU_DATA_OUT, CONN_FULL, "SCSI Data-Out", .request = data_out },
	{ PDU_NOP_OUT, CONN_FULL | CONN_DISCOVERY, "NOP-Out", .run = nop_out },
	{ PDU_TMF_REQUEST, CONN_FULL, "Task Management Function Request", .run = tmf_request },
	{ PDU_TEXT_REQUEST, CONN_FULL | CONN_DISCOVERY, "Text Request", .run = text_request },
	{ PDU_LOGOUT_REQUEST, CONN_FULL | CONN_DISCOVERY, "Logout Request", .run = logout_request },
	{ PDU_SNACK_REQUEST, CONN_FULL, "SNACK Request", .request = snack_request },
	{ PDU_LOGIN_REQUEST, CONN_LOGIN, "Login Request" },
};

static const struct pdu_op *op_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof pdu_ops / sizeof pdu_ops[0]; i++)
		if (pdu_ops[i].code == code)
			return &pdu_ops[i];
	return NULL;
}

/* --- refusals ------------------------------------------------------------------------------------- */

void reject(struct conn *c, const uint8_t *bhs, enum reject_reason reason)
{
	struct short_pdu *out = short_pdu_get(c);

	const struct pdu_op *op = op_of(pdu_code(bhs));
	const struct actor peer = conn_actor(c);
	log_few(LOG_INFO, &peer, "%s (opcode %02Xh) rejected: %s (reason %02Xh)",
		op ? op->name : "unknown PDU", pdu_code(bhs), reject_reason_text(reason), reason);
	out->bhs[BHS_OPCODE] = PDU_REJECT;
	out->bhs[BHS_FLAGS] = PDU_FINAL;
	out->bhs[BHS_RESPONSE] = (uint8_t)reason;
	put_be32(out->bhs + BHS_ITT, NO_TAG);
	memcpy(out->inline_data, bhs, BHS_LEN);
	out->data = out->inline_data;
	out->len = BHS_LEN;
	short_pdu_send(c, out);
}

int reject_whole(struct conn *c, const struct pdu *pdu, enum reject_reason reason)
{
	bool ok;
	int err = rx_data_end(c, &ok);

	if (!err)
		reject(c, pdu->bhs, reason);
	return err;
}

/* There is no SNACK at error recovery level 0 (11.16). */
static int snack_request(struct conn *c, struct pdu *pdu)
{
	return reject_whole(c, pdu, REJECT_SNACK);
}

/* --- order ---------------------------------------------------------------------------------------- */

uint8_t *request_buffer_get(struct conn *c)
{
	struct session *s = &c->s;

	while (s->aside_out && !c->closing)
		waitq_wait(&c->tx.moved);
	if (!s->request_buffer)
		s->request_buffer = malloc(OUR_SEGMENT);
	if (c->closing || !s->request_buffer)
		return NULL;
	s->aside_out = true;
	return s->request_buffer;
}

void request_buffer_put(struct conn *c)
{
	c->s.aside_out = false;
}

/* Stores a request that arrived before its turn in a command object. */
static int hold_request(struct conn *c, const struct pdu *pdu)
{
	struct session *s = &c->s;
	struct command *cmd = session_command_get(s, false);
	uint32_t got = 0;
	bool ok;

	if (cmd && pdu->data_len > s->hold_size) {
		session_command_put(s, cmd);
		cmd = NULL;
	}
	if (!cmd)
		return reject_whole(c, pdu, REJECT_RESOURCES);
	cmd->conn = c;
	cmd->cmd_sn = pdu_cmd_sn(pdu->bhs);
	memcpy(cmd->bhs, pdu->bhs, BHS_LEN);
	cmd->held_len = pdu->data_len;
	int err = 0;
	if (pdu->data_len && session_hold_get(s, cmd))
		err = rx_data(c, cmd->in.hold, pdu->data_len, &got);
	if (!err)
		err = rx_data_end(c, &ok);
	if (err || !ok) {
		session_command_put(s, cmd);
		if (!err)
			reject(c, pdu->bhs, REJECT_DATA_DIGEST);
		return err;
	}
	session_defer(s, cmd);
	return 0;
}

static int run_request(struct conn *c, const struct pdu_op *op, struct pdu *pdu)
{
	uint8_t *data = pdu->data_len ? request_buffer_get(c) : NULL;
	uint32_t got = 0;
	bool ok;

	if (pdu->data_len && !data)
		return -ENOMEM;
	int err = data ? rx_data(c, data, pdu->data_len, &got) : 0;
	if (!err)
		err = rx_data_end(c, &ok);
	if (!err && !ok)
		reject(c, pdu->bhs, REJECT_DATA_DIGEST);
	bool kept = false;
	if (!err && ok) {
		if (!pdu_immediate(pdu->bhs))
			session_advance(&c->s);
		kept = op->run(c, pdu->bhs, data, pdu->data_len);
	}
	if (data && !kept)
		request_buffer_put(c);
	return err;
}

void pdu_run_held(struct conn *c)
{
	struct command *cmd;

	while (!c->closing && (cmd = session_next_held(&c->s))) {
		const struct pdu_op *op = cmd->placeholder ? NULL : op_of(pdu_code(cmd->bhs));
		if (op && !op->run) {
			command_deliver_held(c, cmd);
			continue;
		}
		uint8_t *data = op && cmd->held_len ? request_buffer_get(c) : NULL;
		if (data)
			memcpy(data, cmd->in.hold, cmd->held_len);
		session_advance(&c->s);
		if (op && !(op->run(c, cmd->bhs, data, data ? cmd->held_len : 0)) && data)
			request_buffer_put(c);
		session_command_put(&c->s, cmd);
	}
}

int pdu_dispatch(struct conn *c, struct pdu *pdu)
{
	const struct pdu_op *op = op_of(pdu_code(pdu->bhs));
	bool ok;

	if (!op)
		return reject_whole(c, pdu, REJECT_UNSUPPORTED);
	if (!(op->phases & c->phase))
		return reject_whole(c, pdu, REJECT_PROTOCOL);
	if (op->request)
		return op->request(c, pdu);
	if (pdu_immediate(pdu->bhs))
		return run_request(c, op, pdu);
	switch (session_order(&c->s, pdu_cmd_sn(pdu->bhs))) {
	case ORDER_NOW: return run_request(c, op, pdu);
	case ORDER_LATER: return hold_request(c, pdu);
	case ORDER_IGNORE: break;
	}
	return rx_data_end(c, &ok);
}
