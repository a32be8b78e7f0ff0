/* SPDX-License-Identifier: Apache-2.0 */
/* A logical unit: identity, queue, unit attentions, reservations and pages, for all device types (SAM-5,
 * SPC-5). It belongs to one worker. Its fiber runs commands one after another, in order of arrival. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "vtl/base/fiber.h"
#include "vtl/scsi/op.h"
#include "vtl/scsi/page.h"
#include "vtl/scsi/task.h"

TAILQ_HEAD(task_list, task);

/* The names that an initiator can see. They are made elsewhere and never computed here. Text is
 * NUL-terminated and unpadded. */
struct lu_identity {
	char vendor[9], product[17], revision[5];
	char serial[33];
	uint64_t naa;           /* NAA locally assigned (3h) designator */
	uint8_t version;        /* standard INQUIRY byte 2 */
	const uint8_t *inquiry; /* standard INQUIRY data of the personality, inquiry_len bytes; the core */
	uint8_t inquiry_len;    /* overwrites device type, vendor, product and revision */
	bool protects; /* logical blocks can have protection information: PROTECT, and SPT in VPD page 86h */
};

/* Persistent state of an LU, offered by the server. Keys are short words ("mode", "pr"). Called in the LU's
 * fiber; may wait. */
struct lu_store {
	int (*save)(void *arg, const char *key, const void *blob, size_t len);
	/* Returns the bytes read (<= size), or -ENOENT. */
	int64_t (*load)(void *arg, const char *key, void *blob, size_t size);
	void *arg;
};

/* What a device type provides. All tables end with a nameless or zero row. */
struct lu_type {
	uint8_t device_type; /* 01h, 08h */
	/* For GATE_READY and GATE_WRITE: true, or false with the task failed. */
	bool (*ready)(struct task *task);
	bool (*writable)(struct task *task);
	/* For GATE_OIR: whether such commands need a reservation at present.  May be NULL. */
	bool (*only_reserved)(const struct lu *lu);
	/* Medium type and device-specific parameter of the mode parameter header. */
	void (*mode_header)(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type,
		uint8_t *ret_specific);
	/* The 8-byte block descriptor for this nexus, or NULL when the type has none. */
	void (*mode_block)(struct lu *lu, struct lu_nexus *nexus, uint8_t block[static 8]);
	/* Handles the header byte and the block descriptor of MODE SELECT (block NULL: none was sent). Called
	 * twice; with apply false it only checks. Returns the position of the wrong byte, counted as in MODE
	 * SELECT(6) (2: the header byte, 4..11: the block), or -1. */
	int (*mode_select)(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
		bool apply);
	/* A nexus was attached or detached (PREVENT, block length, flags of the type), or the LU was reset.
	 * May be NULL. */
	void (*nexus_gone)(struct lu *lu, struct lu_nexus *nexus);
	void (*reset)(struct lu *lu);
	/* A reservation has ended, or may have; preempted: by another nexus that took it.  Look with
	 * lu_port_reserves().  Must not wait.  May be NULL. */
	void (*reservations_changed)(struct lu *lu, bool preempted);
	/* Adds the type's own bytes to fixed-format sense data for REQUEST SENSE; out holds SENSE_LEN bytes, then
	 * zeros. Returns the length. May be NULL. */
	size_t (*full_sense)(struct lu *lu, uint8_t out[static SENSE_FULL_MAX]);
	/* Recommended seconds for commands with this code, in REPORT SUPPORTED OPERATION CODES; 0: those of the row.  May
	 * be NULL. */
	uint32_t (*timeout)(const struct lu *lu, uint8_t code);
	const struct scsi_refused *refused;             /* ascending; ends with name NULL; may be NULL */
	const struct diagnostic_page *diagnostic_pages; /* ends with name NULL; may be NULL */
	/* Sense for REQUEST SENSE when nothing is pending: not ready, or progress. May be NULL. */
	void (*current_sense)(struct lu *lu, struct sense_data *ret_sense);
};

/* An LU's record of one I_T nexus. */
struct lu_nexus {
	TAILQ_ENTRY(lu_nexus) link;
	struct nexus *nexus;
	uint64_t ua_pending; /* one bit per unit attention: 1 << (id - SENSE_UA_POWER_ON) */
	bool leaving;        /* being detached: takes no new tasks */
	bool prevent;        /* PREVENT ALLOW MEDIUM REMOVAL of this nexus */
	bool deferred;       /* deferred_sense has not been reported */
	struct sense_data deferred_sense;
	uint32_t block_length; /* tape: fixed block length; 0: variable */
	uint64_t flags;        /* free for the device type */
	uint64_t alerts;       /* TapeAlert flags that this nexus has not read; flag 1 is bit 0 */
	uint8_t *mode;         /* current values of the per-nexus pages (mode.c) */
};

struct pr_state;
struct op_table;
struct nobody;
struct known_ports;

/* LU_CLOSED before lu_open() and after lu_close(); LU_CLOSING: takes no new tasks, its tasks end. While it is
 * open, commands of the queue are refused when its store does not respond, or a handler is parked. */
enum lu_state { LU_CLOSED, LU_OPEN, LU_CLOSING };

enum {
	LU_TASKS_MAX = 512,        /* queued and running tasks; one more gets TASK SET FULL */
	ABORT_PATIENCE_MS = 5000,  /* less than the 15 s after which initiators escalate an abort */
	PARAMETER_LIST_MAX = 65536 /* bytes; longer parameter lists are refused */
};

struct lu {
	const struct lu_type *type;
	const struct scsi_op *const *ops;   /* NULL-terminated list of tables of rows */
	const struct mode_page *mode_pages; /* ends with len 0; ascending */
	const struct log_page *log_pages;   /* ends with name NULL; ascending, with 00h */
	const struct vpd_page *vpd_pages;   /* ends with name NULL; ascending, without 00h */
	const struct security_page
		*security_pages; /* ends with name NULL; ascending; NULL: none, and no such commands */
	struct lu_identity id;
	struct lu_store store;
	struct worker *worker;
	void *device;               /* the object of the device type */
	unsigned abort_patience_ms; /* how long an abort waits for a command; 0: ABORT_PATIENCE_MS */

	/* --- private to the core ---------------------------------------------------------------------- */
	struct task_list queue, running;
	TAILQ_HEAD(, lu_nexus) nexuses;
	struct waitq work; /* woken when the queue has grown, or to stop */
	struct waitq idle; /* woken when a task or a handler has ended */
	enum lu_state state;
	unsigned tasks, fibers;             /* queued and running tasks; fibers inside this LU */
	unsigned parked;                    /* parked handlers: their task ended before they returned */
	bool stalled;                       /* the store of the device does not respond */
	struct nobody *nobody;              /* nexus that parked handlers see */
	uint64_t arrivals, aborts;          /* numbers of them so far, to order them */
	struct op_table *table;             /* all rows, sorted, with usage maps */
	const struct lu_nexus *reserved_by; /* RESERVE(6/10) holder */
	struct pr_state *pr;                /* persistent reservations */
	struct turn pr_turn;                /* serializes PERSISTENT RESERVE OUT */
	uint8_t *mode, *mode_saved;         /* current and saved values of the mode pages */
	size_t mode_size;                   /* bytes of all pages */
	struct known_ports *known;          /* initiator ports seen since lu_open() */
	struct lu_nexus *asking;            /* nexus whose LOG SENSE is being answered, else NULL */
};

/* Opens the LU: loads saved pages and registrations, and starts its fiber on lu->worker. The caller has
 * filled the members above the core's part and zeroed the rest. Call from a fiber. -errno; -EINVAL when a
 * table of rows breaks a rule of op_selftest(). */
int lu_open(struct lu *lu);
/* Aborts running tasks, waits for them, and removes the records of all nexuses. Call from a fiber that is not
 * the LU's own, after target_remove(). A late task may still look at the struct: free it after
 * workers_settle() from all workers that submit to it, or when its target has no session. */
void lu_close(struct lu *lu);

/* The functions below are for the LU's own worker. */

/* The record of a nexus; NULL when it was detached. A running task has task->lu_nexus. */
struct lu_nexus *lu_nexus_of(struct lu *lu, const struct nexus *nexus);
/* Queues a unit attention for every nexus except one (NULL: for all). */
void lu_raise(struct lu *lu, enum sense ua, const struct nexus *except);
/* Queues a unit attention for one nexus. */
void lu_raise_to(struct lu_nexus *nexus, enum sense ua);
/* Queues a deferred error for the nexus whose data it was (NULL or detached: for all). */
void lu_defer(struct lu *lu, const struct nexus *nexus, const struct sense_data *sense);
/* True while any nexus prevents medium removal. */
bool lu_removal_prevented(const struct lu *lu);
/* Current values of a shared mode page (len bytes, header included), read only. NULL: no such page. */
const uint8_t *lu_mode(const struct lu *lu, uint8_t page, uint8_t subpage);
/* The same of a page with values of its own for each nexus. */
const uint8_t *lu_nexus_mode(const struct lu *lu, const struct lu_nexus *nexus, uint8_t page,
	uint8_t subpage);
/* True, with status RESERVATION CONFLICT, when a reservation of another nexus forbids this nexus a command
 * with these gates. For commands that conflict only with some CDBs (PREVENT=1). */
bool lu_reservation_conflict(struct task *task, unsigned gates);
/* The holder of a reservation of either kind, as shown to operators. */
struct lu_holder {
	char initiator[224]; /* name of the initiator */
	unsigned session;    /* number of its session; 0: not logged in */
	bool persistent;     /* true: PERSISTENT RESERVE OUT; false: RESERVE */
};
/* Returns one of several holders (all registrants). False: no reservation. */
bool lu_reserved(const struct lu *lu, struct lu_holder *ret_holder);
/* Whether the initiator port has a reservation of either kind, by this target port; as a registrant, too, where
 * registrants share it. */
bool lu_port_reserves(const struct lu *lu, const char *initiator_port, uint16_t target_port);
/* Reports that the device's store does not respond, or responds again. While it does not, commands end with
 * HARDWARE ERROR, 3Eh/02h; commands that are running end so now. When such a command ends after all, hosts
 * get unit attention 29h/04h. Calling it again with the same value is allowed. */
void lu_stall(struct lu *lu, bool stalled);
/* Sets a TapeAlert flag (1..64) for every nexus, until that nexus has read it. */
void lu_alert(struct lu *lu, unsigned flag);
/* Clears every PREVENT, as a reset does. */
void lu_allow_removal(struct lu *lu);
/* Rows of the commands that every device type has (vtl/scsi/primary.c). */
extern const struct scsi_op primary_ops[];
