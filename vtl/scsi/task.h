/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task: one SCSI command between a front end (iSCSI, TCMU) and a logical
 * unit (SAM-5 4.5.7).  The front end fills it and calls lu_submit(); the LU
 * runs it on its own worker and asks the front end for data by the transport
 * services below; done() comes exactly once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/mail.h"
#include "vtl/scsi/sense.h"

struct lu;
struct nexus;
struct scsi_op;
struct task;

enum task_attr { TASK_SIMPLE, TASK_ORDERED, TASK_HEAD_OF_QUEUE, TASK_ACA };

enum scsi_status {
	STATUS_GOOD = 0x00,
	STATUS_CHECK_CONDITION = 0x02,
	STATUS_BUSY = 0x08,
	STATUS_RESERVATION_CONFLICT = 0x18,
	STATUS_TASK_SET_FULL = 0x28,
};

/*
 * SAM-5's transport protocol services, as a front end offers them.  All are called in the loop or
 * a fiber of task->home, never block, and at most one receive or send is outstanding per task.
 */
struct task_port {
	/* Receive Data-Out: the next len bytes of the command's data, in order, into buf.
	 * The front end answers with task_data_done(). */
	void (*receive)(struct task *task, void *buf, size_t len);
	/* Send Data-In: the next len bytes.  Answered when buf may be used again.  With task->last
	 * set nothing but done() follows and status is final, so a GOOD may ride on the last PDU. */
	void (*send)(struct task *task, const void *buf, size_t len);
	/* The LU no longer wants an answer to the outstanding receive or send (abort): the front end
	 * stops using the buffer, then calls task_data_done(task, -ECANCELED) if it had not yet. */
	void (*cancel)(struct task *task);
	/* Send Command Complete: status, sense and counts are final.  The task is the front end's
	 * again.  Not to be answered to the initiator when task->aborted is set. */
	void (*done)(struct task *task);
};

struct task {
	/* --- filled by the front end ------------------------------------------------------- */
	const struct task_port *port;
	struct worker *home; /* where the front end lives */
	struct nexus *nexus;
	uint64_t tag;
	uint16_t lun; /* as decoded from SAM's 8 bytes */
	enum task_attr attr;
	uint8_t cdb[16];
	uint8_t cdb_len;          /* bytes the transport carried, <= 16 */
	bool cdb_long;            /* the transport carried a longer CDB: refused */
	uint32_t out_len, in_len; /* bytes the initiator offers to send / to take */

	/* --- the answer -------------------------------------------------------------------- */
	uint8_t status;
	uint8_t sense_len;
	uint8_t sense[SENSE_LEN];
	uint64_t want;              /* bytes the command would have moved in its direction */
	uint32_t out_done, in_done; /* bytes moved */
	bool last;                  /* see task_port.send */
	bool aborted;               /* a task management function or nexus loss took it */

	/* --- the core's own ---------------------------------------------------------------- */
	/* A command's handler has a copy of the task, so that the front end can have its own back before
	 * the handler comes to an end (park.c). */
	struct task *front;        /* of the copy: the front end's; NULL: that has ended already */
	struct task *own;          /* of the front end's: the copy, while the handler runs */
	bool parked;               /* of the copy: it has ended without the handler */
	struct lu *lu;             /* NULL: an absent LU, answered where the front end lives */
	struct lu_nexus *lu_nexus; /* what the LU knows of the nexus; for device servers too */
	const struct scsi_op *op;
	TAILQ_ENTRY(task) link; /* in lu->queue, lu->running or nexus->strays */
	struct fiber *fiber;    /* waits for the outstanding receive or send */
	bool queued;            /* in lu->queue */
	bool moving;            /* a receive or send is outstanding */
	bool asked;             /* the front end owes a task_data_done(); task->home's */
	bool inward;            /* the outstanding one is a send (Data-In) */
	int moved;              /* what became of the last one: 0 or -errno */
	uint64_t abort;         /* which of the LU's aborts took it */
	int64_t abort_ms;       /* and when */
	bool removed;           /* it was the LU's removal: the initiator is told that there is none */
	void *buf;
	size_t len;
	struct msg msg, data_msg, cancel_msg;
};

/* --- for front ends ---------------------------------------------------------------------- */

/* Hands the task to the LU that task->nexus sees at task->lun (also when there is none: the core
 * answers for an absent LU).  From task->home; done() may come before this returns. */
void lu_submit(struct task *task);
/* Answers receive or send: 0, or -errno when the data will never move: the LU then ends the task,
 * with B/47/05 (CRC) for -EBADMSG, else B/00/00.  From task->home. */
void task_data_done(struct task *task, int err);

/* --- for device servers, in the task's fiber ------------------------------------------------ */

/* Takes the next len bytes of data-out into buf.  0; -ENODATA when the initiator offers fewer than
 * that (nothing moved); -ECANCELED when the task is aborted. After an error return at once. */
int task_receive(struct task *task, void *buf, size_t len);
/* Sends len bytes; what exceeds in_len is counted in want, not sent.  buf may be used again after
 * the return.  0 or -ECANCELED. */
int task_send(struct task *task, const void *buf, size_t len);
/* The same, as the last act of a command whose status is now final. */
int task_send_last(struct task *task, const void *buf, size_t len);
/* The answer to a command with ALLOCATION LENGTH: sends at most alloc of the len bytes at buf,
 * last; residuals come out as the standard wants. */
void task_reply(struct task *task, const void *buf, size_t len, size_t alloc);
/* Takes a whole parameter list of len bytes (bounded by the caller) into buf. False, with sense
 * set (5/1A/00 when the initiator offers fewer bytes), when it cannot. */
bool task_parameter_list(struct task *task, void *buf, size_t len);

/* CHECK CONDITION with the row's sense; the last one said before done() wins. */
void task_fail(struct task *task, enum sense id);
/* The same with everything sense data can carry. */
void task_fail_with(struct task *task, const struct sense_data *sense);
/* 5/24/00 pointing at a byte (and bit, or -1) of the CDB; 5/26/00 at one of the parameter list. */
void task_fail_cdb(struct task *task, unsigned byte, int bit);
void task_fail_list(struct task *task, unsigned byte, int bit);
/* Sends the status now, from inside run(): for IMMED=1 work that goes on in the LU's fiber.  The
 * task must not be touched afterwards (keep the lu pointer). */
void task_complete_now(struct task *task);
