/* SPDX-License-Identifier: Apache-2.0 */
/* One SCSI command of a session: its task, its data-out and data-in, and its response. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/iscsi/inflow.h"
#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/tx.h"
#include "vtl/scsi/scsi.h"

enum { R2TS_MAX = 8, DATA_COPY_MAX = 512 };

struct conn;

/* An R2T whose data has not arrived. */
struct r2t {
	uint32_t ttt, offset, len;
	bool told; /* the R2T PDU was sent */
};

struct command {
	struct task task; /* first member: a task pointer is a command pointer */
	struct tx_item tx;
	TAILQ_ENTRY(command) link; /* in session.free or session.held */
	TAILQ_ENTRY(command) by_itt;
	struct conn *conn;
	uint8_t bhs[BHS_LEN]; /* header as received; also of held PDUs that are not SCSI commands */
	uint32_t itt, cmd_sn;
	uint32_t held_len; /* data segment length of a held PDU, stored in hold */
	bool immediate;
	bool listed, counted; /* see session_list(), session_count() */

	bool placeholder; /* placeholder for a CmdSN whose command will never arrive */

	/* --- data-out --------------------------------------------------------------------------------- */
	struct inflow in;
	uint32_t granted;          /* end of the data that the initiator may send */
	bool unsolicited;          /* unsolicited Data-Out may still arrive */
	bool separate;             /* unsolicited Data-Out has arrived, besides immediate data */
	bool receiving;            /* the connection's fiber is reading data of this command */
	enum sense fault;          /* SENSE_NONE, or what was wrong with the data */
	struct r2t r2ts[R2TS_MAX]; /* in order; the next solicited data belongs to the first */
	unsigned r2t_count;
	uint32_t r2t_sn, data_sn; /* next R2TSN; next DataSN of the current sequence */

	/* --- data-in ---------------------------------------------------------------------------------- */
	const uint8_t *give; /* the data while it is being sent: the LU's buffer, or copy */
	uint32_t give_len, give_at, burst_at;
	uint32_t sent, in_sn; /* bytes sent and Data-In PDUs made */
	unsigned in_flight;   /* Data-In PDUs of give in the batch being sent */
	bool give_cancelled;
	bool copied;      /* the LU does not wait for give */
	bool status_sent; /* a PDU with the status was made */

	bool finished;               /* the LU has completed the task */
	uint8_t copy[DATA_COPY_MAX]; /* last member: session_command_get() does not clear it */
};

static inline struct command *command_of(struct task *task)
{
	return (struct command *)(void *)task;
}

struct session;

/* Handles a SCSI Command PDU. 0, or -errno: the connection ends. */
int command_request(struct conn *c, struct pdu *pdu);
/* Submits a held command whose CmdSN is now due. */
void command_deliver_held(struct conn *c, struct command *cmd);
/* Does what is due: R2Ts, the response, the end of the command. */
void command_advance(struct command *cmd);
/* Records a fault of the data-out: discards the rest; the response carries the sense. err is passed to an LU
 * that waits for data. */
void command_fault(struct command *cmd, enum sense fault, int err);
/* True while the initiator still has to send Data-Out; the response must wait for it (RFC 7143 11.4). */
bool command_owed(const struct command *cmd);
/* Ends a finished command without a response. */
void command_forget(struct command *cmd);
/* Writes the O or U flag and the residual count into a response header. */
void command_residual(const struct command *cmd, uint8_t *bhs);

/* --- dataout.c ---------------------------------------------------------------------------- */

/* Handles a SCSI Data-Out PDU. 0, or -errno: the connection ends. */
int data_out(struct conn *c, struct pdu *pdu);
/* Reads the data segment at the head of the stream into the command. *ret_ok: its digest is correct. 0, or
 * -errno. */
int data_out_segment(struct conn *c, struct command *cmd, bool *ret_ok);
/* Waits a short time (PATIENCE_MS) for the LU to supply a buffer, so that the next data can be received into
 * it without a copy. An LU that missed the time once is not waited for again until it is prompt. Does not
 * wait while another command waits for data, because that data may be next in the stream. */
void data_out_await(struct conn *c, struct command *cmd);
/* Accounts for len bytes that data_out_segment() read and the caller found correct. */
void data_out_commit(struct command *cmd, uint32_t len);
/* Answers an LU that waited for data. */
void data_out_answer(struct command *cmd, int err);
/* Sends R2Ts for as much data as there is room for. */
void data_out_grant(struct command *cmd);
/* Ends the unsolicited data; checks its length. */
void data_out_unsolicited_end(struct command *cmd);
/* task_port.receive and task_port.cancel. */
void data_out_receive(struct task *task, void *buf, size_t len);
void data_out_cancel(struct command *cmd);
/* Makes the next R2T PDU; false: none is due. */
bool data_out_r2t(struct conn *c, struct command *cmd, struct tx_slot *slot);

/* --- datain.c ----------------------------------------------------------------------------- */

/* task_port.send and task_port.cancel. */
void data_in_send(struct task *task, const void *buf, size_t len);
void data_in_cancel(struct command *cmd);
/* Makes the next Data-In PDU; false: none is due. */
bool data_in_next(struct conn *c, struct command *cmd, struct tx_slot *slot);
/* A Data-In PDU was sent (ok), or the connection was lost. */
void data_in_sent(struct command *cmd, bool ok);
/* The connection is lost: answers the LU that waits in send. */
void data_in_drop(struct command *cmd);
