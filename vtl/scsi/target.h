/* SPDX-License-Identifier: Apache-2.0 */
/* A SCSI target device with its LUs, and the I_T nexuses that front ends make to it (SAM-5 4). */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/actor.h"
#include "vtl/base/fiber.h"
#include "vtl/scsi/lu.h"

enum { TARGET_LUNS = 256, TARGET_NAME_MAX = 223, PORT_NAME_MAX = 255, PEER_ADDRESS_MAX = 63 };

/* Made with target_init(), which sets the rest from worker 0. */
struct target {
	char name[TARGET_NAME_MAX + 1]; /* iSCSI name */
	uint16_t tpgt;                  /* target portal group tag */
	uint16_t port;                  /* relative target port identifier */
	/* LUs are added and removed from worker 0, read anywhere. */
	_Atomic(struct lu *) lus[TARGET_LUNS];
	void *front; /* the front end's own */
	/* Where the LUs live that move data; a front end does well to live there too.  NULL: anywhere. */
	struct worker *lus_worker;

	/* --- the core's own: of the worker that called target_init() --------------------------- */
	struct worker *worker;
	struct turn turn; /* one change of nexuses or LUs at a time */
	TAILQ_HEAD(, nexus) nexuses;
};

/* Makes an empty target of the calling worker (worker 0), which must outlive its nexuses. */
void target_init(struct target *target, const char *name, uint16_t tpgt, uint16_t port);

/* An I_T nexus, owned by the front end from target_attach() to after target_detach(). */
struct nexus {
	struct target *target;
	char initiator_port[PORT_NAME_MAX + 1]; /* name,i,0xISID (RFC 7143 4.4: initiator port name) */
	char initiator[TARGET_NAME_MAX + 1];    /* the initiator device's name alone */
	char address[PEER_ADDRESS_MAX + 1];     /* where it comes from, with port; for people */
	unsigned session;                       /* its number (TSIH); for people */
	uint64_t hidden[TARGET_LUNS / 64];      /* bit set: this LUN looks absent; fixed */
	atomic_bool logged_out;                 /* it has taken its leave: it will not come back to go on */
	void *front;

	/* --- the core's own ------------------------------------------------------------------- */
	TAILQ_ENTRY(nexus) link;  /* in target->nexuses */
	struct worker *home;      /* where its tasks come from */
	struct task_list strays;  /* tasks for absent LUs; home's */
	unsigned tasks;           /* submitted and not yet done; home's */
	struct waitq quiet;       /* woken when a task of it is done */
	atomic_bool luns_changed; /* unit attention 3Fh/0Eh, once for all LUs */
	bool detaching;
};

/* Who it is, for the log; the texts are the nexus's. */
struct actor nexus_actor(const struct nexus *nexus);

/* Introduces a nexus to every LU of its target: unit attention 29h/00h for a port that is new since
 * the LU was opened, 29h/07h for one that was here before.  From a fiber on the worker that will
 * submit its tasks (their home).  -errno. */
int target_attach(struct nexus *nexus);
/* I_T nexus loss: its tasks are aborted (done() comes for each before this returns), SPC-2
 * reservations and PREVENT of it end.  From a fiber on the nexus's home. */
void target_detach(struct nexus *nexus);

/* Puts an open LU at its lun (lu->target, lu->lun set); every nexus of the target gets unit attention
 * 3Fh/0Eh, once, from whichever LU it asks first, and none after a REPORT LUNS.  -EEXIST, -ENOMEM.
 * Taking one away ends its tasks first, with 5/25/00.  Both from a fiber on the target's worker. */
int target_add(struct target *target, struct lu *lu);
void target_remove(struct target *target, uint16_t lun);
/* The LU a nexus sees at lun, or NULL. */
struct lu *target_lu(const struct nexus *nexus, uint16_t lun);
/* True unless some LUN is hidden from it: what it resets is then not the whole target. */
bool nexus_sees_all(const struct nexus *nexus);

/* Task management (SAM-5 7), from a fiber on the nexus's home. Each waits until the tasks it took
 * have ended; for those of this nexus done() has come, with task->aborted set. */
enum tmf {
	TMF_ABORT_TASK,
	TMF_ABORT_TASK_SET,
	TMF_CLEAR_TASK_SET,
	TMF_CLEAR_ACA,
	TMF_LU_RESET,
	TMF_TARGET_RESET,
	TMF_QUERY_TASK,
	TMF_QUERY_TASK_SET
};
enum tmf_response { TMF_COMPLETE, TMF_SUCCEEDED, TMF_NO_TASK, TMF_NO_LUN, TMF_UNSUPPORTED };
enum tmf_response target_tmf(struct nexus *nexus, enum tmf function, uint16_t lun, uint64_t tag);

/* SAM-5 4.7: the 8-byte LUN to a number, or -1 for a form we do not use; and back. */
int lun_decode(const uint8_t lun[static 8]);
void lun_encode(uint16_t number, uint8_t lun[static 8]);
