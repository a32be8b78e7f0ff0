/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A logical unit: identity, queue, unit attentions, reservations and pages,
 * common to all device types (SAM-5, SPC-5).  It lives on one worker; its
 * commands run one after another in its fiber, in order of arrival.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/fiber.h"
#include "vtl/scsi/op.h"
#include "vtl/scsi/page.h"
#include "vtl/scsi/task.h"

struct target;
TAILQ_HEAD(task_list, task);

/* The names an initiator can see; minted elsewhere, never computed here. Text is NUL-terminated,
 * unpadded. */
struct lu_identity {
	char vendor[9], product[17], revision[5];
	char serial[33];
	uint64_t naa;           /* NAA locally assigned (3h) designator */
	uint8_t version;        /* standard INQUIRY byte 2 */
	const uint8_t *inquiry; /* the personality's standard INQUIRY, inquiry_len bytes; the core */
	uint8_t inquiry_len;    /* puts device type, vendor, product and revision over it */
};

/* Per-LU persistence, offered by the server; keys are short words ("mode", "pr"). Called in the
 * LU's fiber; may wait. */
struct lu_store {
	int (*save)(void *arg, const char *key, const void *blob, size_t len);
	/* Bytes read (<= size), or -ENOENT. */
	int64_t (*load)(void *arg, const char *key, void *blob, size_t size);
	void *arg;
};

/* What a device-type room provides.  All tables end with a nameless or zero row. */
struct lu_type {
	uint8_t device_type; /* 01h, 08h */
	/* GATE_READY and GATE_WRITE: true, or false with the task failed. */
	bool (*ready)(struct task *task);
	bool (*writable)(struct task *task);
	/* Mode parameter header and block descriptor; medium type and device-specific parameter. */
	void (*mode_header)(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type,
		uint8_t *ret_specific);
	/* The 8-byte block descriptor of this nexus, or NULL when the type has none. */
	void (*mode_block)(struct lu *lu, struct lu_nexus *nexus, uint8_t block[static 8]);
	/* MODE SELECT's header byte and block descriptor (block NULL when none was sent).  Called
	 * twice: with apply false it only checks.  The byte of the list that is wrong, counted as in
	 * MODE SELECT(6) (2: the header byte, 4..11: the block), or -1. */
	int (*mode_select)(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
		bool apply);
	/* A nexus came or went (PREVENT, block length, flags of its own); a reset. May be NULL. */
	void (*nexus_gone)(struct lu *lu, struct lu_nexus *nexus);
	void (*reset)(struct lu *lu);
	/* REQUEST SENSE with nothing pending: not-ready or progress sense; may be NULL. */
	void (*current_sense)(struct lu *lu, struct sense_data *ret_sense);
};

/* What one LU knows of one I_T nexus. */
struct lu_nexus {
	TAILQ_ENTRY(lu_nexus) link;
	struct nexus *nexus;
	uint64_t ua_pending; /* bit per unit attention: 1 << (id - SENSE_UA_POWER_ON) */
	bool leaving;        /* takes no new tasks */
	bool prevent;        /* PREVENT ALLOW MEDIUM REMOVAL of this nexus */
	bool deferred;       /* deferred_sense waits to be reported */
	struct sense_data deferred_sense;
	uint32_t block_length; /* tape: fixed block length, 0 variable */
	uint64_t flags;        /* the device type's own per-nexus memory */
	uint64_t alerts;       /* TapeAlert flags it has not read yet, flag 1 in bit 0 */
	uint8_t *mode;         /* current values of per-nexus pages (mode.c) */
};

struct pr_state;
struct op_table;
struct nobody;
struct known_ports;

enum {
	LU_TASKS_MAX = 512,        /* queued and running; one more is answered TASK SET FULL */
	ABORT_PATIENCE_MS = 5000,  /* below the 15 s after which initiators escalate an abort */
	PARAMETER_LIST_MAX = 65536 /* bytes; nobody may make us take a longer parameter list */
};

struct lu {
	const struct lu_type *type;
	const struct scsi_op *const *ops;   /* NULL-ended list of row tables */
	const struct mode_page *mode_pages; /* ends with len 0 */
	const struct log_page *log_pages;   /* ends with name NULL */
	const struct vpd_page *vpd_pages;   /* the same; ascending, without 00h */
	struct lu_identity id;
	struct lu_store store;
	struct worker *worker;
	struct target *target;
	uint16_t lun;
	void *device;               /* the device type's object */
	unsigned abort_patience_ms; /* how long an abort waits for a command; 0: the usual */

	/* --- the core's own ---------------------------------------------------------------- */
	struct task_list queue, running;
	TAILQ_HEAD(, lu_nexus) nexuses;
	struct waitq work; /* woken when the queue has grown, or to stop */
	struct waitq idle; /* woken when a task or run() has ended */
	bool open, stopping;
	unsigned tasks, fibers;             /* queued and running tasks; fibers inside this LU */
	unsigned parked;                    /* handlers whose task has ended before them */
	bool stalled;                       /* what they wait for does not answer */
	struct nobody *nobody;              /* whom they serve then */
	uint64_t aborts;                    /* counted, to tell an earlier from a later one */
	struct op_table *table;             /* every row, sorted, with its usage map */
	const struct lu_nexus *reserved_by; /* RESERVE(6/10) holder */
	struct pr_state *pr;                /* persistent reservations */
	struct turn pr_turn;                /* one PERSISTENT RESERVE OUT at a time */
	uint8_t *mode, *mode_saved;         /* current and saved values of the pages */
	size_t mode_size;                   /* bytes of all pages */
	struct known_ports *known;          /* initiator ports seen since lu_open() */
	struct lu_nexus *asking;            /* whose LOG SENSE is being answered, else NULL */
};

/* Makes the LU work: loads saved pages and registrations, starts its fiber on lu->worker. The
 * caller has filled everything above the core's part and zeroed the rest. From a fiber. -errno;
 * -EINVAL when a table of rows breaks a rule of op_selftest(). */
int lu_open(struct lu *lu);
/* Aborts what runs, waits for it, and forgets every nexus.  From a fiber, not the LU's own; after
 * target_remove().  A late task may still be on its way to look at the struct: it may go after
 * workers_settle() from all workers that submit to it, or when no session of its target is left. */
void lu_close(struct lu *lu);

/* The rest is for the LU's own worker. */

/* The record of a nexus, NULL when that has gone.  A running task's is task->lu_nexus. */
struct lu_nexus *lu_nexus_of(struct lu *lu, const struct nexus *nexus);
/* Queues a unit attention for every nexus but one (NULL: for all). */
void lu_raise(struct lu *lu, enum sense ua, const struct nexus *except);
/* A deferred error, for the nexus whose data it was (NULL or gone: for all). */
void lu_defer(struct lu *lu, const struct nexus *nexus, const struct sense_data *sense);
/* True while any nexus prevents medium removal. */
bool lu_removal_prevented(const struct lu *lu);
/* Current values of a shared mode page (len bytes, header included), to read. NULL: no such page. */
const uint8_t *lu_mode(const struct lu *lu, uint8_t page, uint8_t subpage);
/* True, with status RESERVATION CONFLICT, when a reservation of another nexus forbids a command with
 * these gates to this one: for commands that conflict only with some CDBs (PREVENT with 1 in it). */
bool lu_reservation_conflict(struct task *task, unsigned gates);
/* Who holds a reservation of the LU, of either kind. */
struct lu_holder {
	char initiator[224]; /* the initiator's name */
	unsigned session;    /* its session, 0: it is not logged in */
	bool persistent;     /* PERSISTENT RESERVE OUT, else RESERVE */
};
/* Of several (all registrants), one.  False when nobody holds one. */
bool lu_reserved(const struct lu *lu, struct lu_holder *ret_holder);
/* What the device's commands wait for (its store) has not answered for so long that hosts shall not wait
 * any more, or answers again.  While it does not, commands end with HARDWARE ERROR, 3Eh/02h; those
 * that have begun do so now, and unit attention 29h/04h tells hosts that such a one has ended after all.
 * May be said again. */
void lu_stall(struct lu *lu, bool stalled);
/* Sets a TapeAlert flag (1..64), for every nexus until it has read it. */
void lu_alert(struct lu *lu, unsigned flag);
/* Forgets every PREVENT, as a reset does. */
void lu_allow_removal(struct lu *lu);
/* Rows of the commands that every device type has (vtl/scsi/primary.c). */
extern const struct scsi_op primary_ops[];
