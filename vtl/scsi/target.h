/* SPDX-License-Identifier: Apache-2.0 */
/* A SCSI target device with its LUs, and the I_T nexuses of front ends (SAM-5 4). */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/actor.h"
#include "vtl/base/fiber.h"
#include "vtl/scsi/lu.h"

enum { TARGET_LUNS = 256, TARGET_NAME_MAX = 223, PORT_NAME_MAX = 255, PEER_ADDRESS_MAX = 63 };

/* Initialize with target_init() on worker 0. */
struct target {
	char name[TARGET_NAME_MAX + 1]; /* iSCSI name */
	uint16_t tpgt;                  /* target portal group tag */
	uint16_t port;                  /* relative target port identifier */
	/* LUs are added and removed on worker 0 and read on any worker. */
	_Atomic(struct lu *) lus[TARGET_LUNS];
	/* Worker of the LUs that move data; the front end should use it too. NULL: any worker. */
	struct worker *lus_worker;

	/* --- private to the core; owned by the worker that called target_init() ----------------------- */
	struct worker *worker;
	struct turn turn; /* serializes changes of nexuses and LUs */
	TAILQ_HEAD(, nexus) nexuses;
};

/* Initializes a target without LUs, owned by the calling worker (worker 0). It must outlive its nexuses. */
void target_init(struct target *target, const char *name, uint16_t tpgt, uint16_t port);

/* An I_T nexus. The front end owns the memory, from target_attach() to after target_detach(). */
struct nexus {
	struct target *target;
	char initiator_port[PORT_NAME_MAX + 1]; /* name,i,0xISID (RFC 7143 4.4: initiator port name) */
	char initiator[TARGET_NAME_MAX + 1];    /* name of the initiator device */
	char address[PEER_ADDRESS_MAX + 1];     /* address and port, for messages */
	unsigned session;                       /* TSIH, for messages */
	uint64_t hidden[TARGET_LUNS / 64];      /* bit set: this LUN appears absent; constant */
	atomic_bool logged_out; /* the initiator logged out; it will not continue this session */
	void *front;

	/* --- private to the core ---------------------------------------------------------------------- */
	TAILQ_ENTRY(nexus) link;       /* in target->nexuses */
	struct worker *home;           /* worker that submits its tasks */
	struct task_list absent_tasks; /* tasks for absent LUs; owned by home */
	unsigned tasks;                /* submitted tasks that are not done; owned by home */
	struct waitq quiet;            /* woken when one of its tasks is done */
	atomic_bool luns_changed;      /* unit attention 3Fh/0Eh is pending, once for all LUs */
	bool detaching;
};

/* The initiator for log lines; its strings belong to the nexus. */
struct actor nexus_actor(const struct nexus *nexus);

/* Attaches a nexus to every LU of its target: unit attention 29h/00h for a port that is new since the LU was
 * opened, 29h/07h for a known port. Call from a fiber on the worker that will submit its tasks (home).
 * -errno. */
int target_attach(struct nexus *nexus);
/* I_T nexus loss: aborts the tasks of the nexus (done() is called for each before this returns) and ends its
 * SPC-2 reservations and PREVENT. Call from a fiber on home. */
void target_detach(struct nexus *nexus);

/* target_add() adds an open LU at that LUN. Every nexus of the target gets unit attention 3Fh/0Eh once, from the LU it
 * uses first, and none after REPORT LUNS. An LU may be in several targets, once in each; its queue, reservations and
 * mode pages are shared. -EINVAL, -EEXIST (the LUN is in use, or the target has the LU), -ENOMEM. target_remove() first
 * ends the tasks that came through this target, with 5/25/00. Call both from a fiber on the target's worker. */
int target_add(struct target *target, struct lu *lu, uint16_t lun);
void target_remove(struct target *target, uint16_t lun);
/* The LU that a nexus sees at lun, or NULL. */
struct lu *target_lu(const struct nexus *nexus, uint16_t lun);
/* True when no LUN is hidden from the nexus. Otherwise its target reset resets only what it sees. */
bool nexus_sees_all(const struct nexus *nexus);

/* Task management functions (SAM-5 7). Call from a fiber on home. Each waits until the tasks that it aborted
 * have ended; done() was then called, with task->aborted set, for those of this nexus. */
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

/* Convert the 8-byte LUN of SAM-5 4.7 to a number, or -1 for an unsupported form; and back. */
int lun_decode(const uint8_t lun[static 8]);
void lun_encode(uint16_t number, uint8_t lun[static 8]);
