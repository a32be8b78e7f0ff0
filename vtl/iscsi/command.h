/* SPDX-License-Identifier: Apache-2.0 */
/* One SCSI command of a session: its task, its data on the way in and out, its response. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/iscsi/pdu.h"
#include "vtl/iscsi/tx.h"
#include "vtl/scsi/scsi.h"

enum { R2TS_MAX = 8 };

struct conn;

/* An R2T that waits for its data. */
struct r2t {
	uint32_t ttt, offset, len;
	bool told; /* the R2T PDU was made */
};

struct command {
	struct task task; /* first, so that a task is its command */
	struct tx_item tx;
	TAILQ_ENTRY(command) link; /* free, held */
	TAILQ_ENTRY(command) by_itt;
	struct conn *conn;
	uint8_t bhs[BHS_LEN]; /* as it came; held PDUs that are no SCSI commands too */
	uint32_t itt, cmd_sn;
	uint32_t held_len; /* bytes of data segment that a held PDU keeps in hold */
	bool immediate;
	bool listed, counted; /* session.c's */

	bool plug; /* stands for a CmdSN whose command will never come */

	/* --- data from the initiator: cursors, since everything comes in order ------------------ */
	uint8_t *hold; /* bytes [taken, arrived) at offset % hold_size, or NULL */
	uint32_t arrived, taken, granted;
	uint8_t *ask; /* the LU's buffer, outstanding */
	uint32_t ask_len, ask_at;
	uint32_t direct;           /* bytes of the PDU being read that go straight into ask */
	bool direct_now;           /* the socket is writing into ask at this moment */
	bool ask_cancelled;        /* and the LU has given it up: answer when it has stopped */
	bool unsolicited;          /* Data-Out without R2T still comes */
	bool separate;             /* some has come, besides immediate data */
	bool receiving;            /* the connection's fiber is inside this command */
	bool dropping;             /* what still comes is thrown away */
	enum sense fault;          /* SENSE_NONE, or what was wrong with the data */
	struct r2t r2ts[R2TS_MAX]; /* in order; the first is the one whose data comes */
	unsigned r2t_count;
	uint32_t r2t_sn, data_sn; /* next R2TSN; next DataSN of the sequence that comes */

	/* --- data to the initiator ---------------------------------------------------------------- */
	const uint8_t *give; /* the LU's buffer, outstanding */
	uint32_t give_len, give_at, burst_at;
	uint32_t sent, in_sn; /* bytes and Data-In PDUs made */
	unsigned in_flight;   /* PDUs of give in a batch under way */
	bool give_cancelled;
	bool status_sent; /* GOOD rode on the last of them */

	bool finished; /* the LU is done with it */
};

static inline struct command *command_of(struct task *task)
{
	return (struct command *)(void *)task;
}

struct session;

/* SCSI Command PDU. 0, or -errno. */
int command_request(struct conn *c, struct pdu *pdu);
/* Hands a held command whose turn has come to its LU. */
void command_deliver_held(struct conn *c, struct command *cmd);
/* Does what can be done now: R2Ts, the response, the end. */
void command_settle(struct command *cmd);
/* Something was wrong with its data: the rest is thrown away, and the response will say so. err is
 * what the LU is told when it waits for data. */
void command_fault(struct command *cmd, enum sense fault, int err);
/* True while Data-Out that the initiator owes still comes; the response must wait for it (11.4). */
bool command_owed(const struct command *cmd);
/* Ends a finished command without a response. */
void command_forget(struct command *cmd);
/* O or U and the residual count, into a response header. */
void command_residual(const struct command *cmd, uint8_t *bhs);

/* --- dataout.c ---------------------------------------------------------------------------- */

/* SCSI Data-Out PDU. 0, or -errno. */
int data_out(struct conn *c, struct pdu *pdu);
/* Reads the data segment that is in the stream now into the command. *ret_ok: its digest is right.
 * 0, or -errno. */
int data_out_segment(struct conn *c, struct command *cmd, bool *ret_ok);
/* Gives the LU a moment to say where the data that comes next should go: what is in its buffer at once
 * need not be copied.  One that lets the moment pass is not waited for again until it is prompt; and none
 * is while another command's data is asked for, since that may be next in the stream. */
void data_out_await(struct conn *c, struct command *cmd);
/* Counts what that brought (len bytes), after it was found right. */
void data_out_commit(struct command *cmd, uint32_t len);
/* The LU's buffer is not outstanding any more. */
void data_out_unask(struct command *cmd);
/* Asks for more where there is room for it. */
void data_out_grant(struct command *cmd);
/* The unsolicited sequence has ended: was it as long as it had to be? */
void data_out_unsolicited_end(struct command *cmd);
/* task_port.receive, and its cancel. */
void data_out_receive(struct task *task, void *buf, size_t len);
void data_out_cancel(struct command *cmd);
/* Makes the next R2T; false when none is due. */
bool data_out_r2t(struct conn *c, struct command *cmd, struct tx_slot *slot);

/* --- datain.c ----------------------------------------------------------------------------- */

/* task_port.send, and its cancel. */
void data_in_send(struct task *task, const void *buf, size_t len);
void data_in_cancel(struct command *cmd);
/* Makes the next Data-In; false when none is due. */
bool data_in_next(struct conn *c, struct command *cmd, struct tx_slot *slot);
/* One of those is out, or lost. */
void data_in_sent(struct command *cmd, bool ok);
/* The connection is dead: the LU waits in vain. */
void data_in_drop(struct command *cmd);
