/* SPDX-License-Identifier: Apache-2.0 */
/* A task: one SCSI command between a front end (iSCSI, TCMU) and a logical unit (SAM-5 4.5.7). The front end
 * fills the task and calls lu_submit(). The LU runs it on its own worker and requests data through the
 * transport services below. done() is called exactly once. */
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

/* Where a task is. The rules of each state are in check.c. */
enum task_state {
	TASK_IDLE,    /* the front end has it: not submitted yet, or done */
	TASK_SENT,    /* submitted, on its way to the LU; in no list */
	TASK_QUEUED,  /* in lu->queue: waits for other commands */
	TASK_RUNNING, /* in lu->running; without an LU in nexus->absent_tasks */
	TASK_MOVING,  /* as TASK_RUNNING, and a receive or send is outstanding */
	TASK_ENDED,   /* on its way home for done(); in no list */
};

/* The transport protocol services of SAM-5, provided by a front end. All are called in the loop or a fiber of
 * task->home and must not block. At most one receive or send is outstanding per task. */
struct task_port {
	/* Receive Data-Out: puts the next len bytes of the command's data, in order, into buf. The front end
	 * answers with task_data_done(). */
	void (*receive)(struct task *task, void *buf, size_t len);
	/* Send Data-In: sends the next len bytes. The front end answers when buf may be used again. With
	 * task->last set only done() follows and status is final, so GOOD may be sent in the last PDU. */
	void (*send)(struct task *task, const void *buf, size_t len);
	/* The LU needs no more data (abort): the front end stops using the buffer of the outstanding receive
	 * or send, then calls task_data_done(task, -ECANCELED) unless it has already answered. */
	void (*cancel)(struct task *task);
	/* Send Command Complete: status, sense and counts are final. The task belongs to the front end again.
	 * When task->aborted is set, the initiator gets no response. */
	void (*done)(struct task *task);
};

struct task {
	/* --- filled by the front end ------------------------------------------------------- */
	const struct task_port *port;
	struct worker *home; /* worker of the front end */
	struct nexus *nexus;
	uint64_t tag;
	uint16_t lun; /* decoded from the 8 bytes of SAM */
	enum task_attr attr;
	uint8_t cdb[16];
	uint8_t cdb_len;          /* bytes of the CDB, at most 16 */
	bool cdb_long;            /* the CDB was longer than 16 bytes; the core refuses it */
	uint32_t out_len, in_len; /* bytes the initiator offers to send, to receive */

	/* --- the answer -------------------------------------------------------------------- */
	uint8_t status;
	uint8_t sense_len;
	uint8_t sense[SENSE_LEN];
	uint64_t want;              /* bytes the command would transfer in its direction */
	uint32_t out_done, in_done; /* bytes transferred */
	bool last;                  /* see task_port.send */
	bool aborted;               /* aborted by a task management function or nexus loss */

	/* --- private to the core ---------------------------------------------------------------------- */
	/* The handler of a command works with a copy of the task, so that the front end can have its task
	 * back before the handler returns (park.c). */
	struct task *front;        /* in the copy: the front end's task; NULL: that has ended already */
	struct task *own;          /* in the front end's task: the copy, while the handler runs */
	bool parked;               /* in the copy: the task ended before the handler returned */
	struct lu *lu;             /* NULL: absent LU, answered on the home worker */
	struct lu_nexus *lu_nexus; /* the LU's record of the nexus; device servers may use it */
	const struct scsi_op *op;
	enum task_state state;  /* zero when the front end submits a task for the first time */
	TAILQ_ENTRY(task) link; /* in the list of its state */
	uint64_t arrival;       /* order of arrival in lu->queue */
	struct fiber *fiber;    /* waits for the outstanding receive or send */
	bool asked;             /* the front end owes a task_data_done(); owned by task->home */
	bool inward;            /* the outstanding one is a send (Data-In) */
	int moved;              /* result of the last receive or send: 0 or -errno */
	uint64_t abort;         /* number of the abort that aborted this task */
	int64_t abort_ms;       /* time of that abort */
	bool removed;           /* aborted because the LU is removed: the initiator gets a response */
	int64_t began_us;       /* when it was submitted, while commands are traced; else 0 */
	void *buf;
	size_t len;
	struct msg msg, data_msg, cancel_msg;
};

/* --- for front ends ---------------------------------------------------------------------- */

/* Submits the task to the LU that task->nexus sees at task->lun. When there is none, the core answers for an
 * absent LU. Call on task->home; receive(), send() and done() may be called before this returns. An idle LU on
 * that worker runs the task before this returns, until it waits: a front end that reads data after the call
 * knows by then where the LU wants it. */
void lu_submit(struct task *task);
/* Answers a receive or send: 0; or -errno when the data cannot be transferred, then the LU ends the task with
 * B/47/05 (CRC) for -EBADMSG, else with B/00/00. Call on task->home. */
void task_data_done(struct task *task, int err);

/* --- for device servers, in the task's fiber ------------------------------------------------ */

/* Receives the next len bytes of data-out into buf. 0; -ENODATA when the initiator offers fewer bytes
 * (nothing was transferred); -ECANCELED when the task is aborted. After an error the handler must return at
 * once. */
int task_receive(struct task *task, void *buf, size_t len);
/* Sends len bytes. Bytes beyond in_len are counted in want, not sent. buf may be used again after the return.
 * 0 or -ECANCELED. */
int task_send(struct task *task, const void *buf, size_t len);
/* As task_send(), as the last transfer of a command whose status is final. */
int task_send_last(struct task *task, const void *buf, size_t len);
/* The answer to a command with ALLOCATION LENGTH: sends at most alloc of the len bytes at buf, as the last
 * transfer, and sets the residual counts. */
void task_reply(struct task *task, const void *buf, size_t len, size_t alloc);
/* Receives a whole parameter list of len bytes (bounded by the caller) into buf. False, with sense set
 * (5/1A/00 when the initiator offers fewer bytes). */
bool task_parameter_list(struct task *task, void *buf, size_t len);

/* Sets CHECK CONDITION with the row's sense. The last call before done() counts. */
void task_fail(struct task *task, enum sense id);
/* As task_fail(), with additional sense data. */
void task_fail_with(struct task *task, const struct sense_data *sense);
/* 5/24/00 with a pointer to a byte (and bit, or -1) of the CDB; 5/26/00 with a pointer to the parameter list. */
void task_fail_cdb(struct task *task, unsigned byte, int bit);
void task_fail_list(struct task *task, unsigned byte, int bit);
/* Sends the status now, from inside run(), for IMMED=1: the work continues in the LU's fiber. The task must
 * not be used afterwards (keep the lu pointer). */
void task_complete_now(struct task *task);
