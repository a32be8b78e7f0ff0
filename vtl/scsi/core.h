/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room know of each other; nobody else includes it. */
#pragma once

#include "vtl/scsi/scsi.h"

/* --- op.c ----------------------------------------------------------------------------------- */

struct op_entry {
	const struct scsi_op *op;
	uint8_t usage[16];
};

/* Every row an LU answers, in order of (code, service action). */
struct op_table {
	unsigned count;
	uint16_t first[256]; /* 1 + index of the code's first entry; 0: none */
	struct op_entry entries[];
};
int op_table_new(const struct lu *lu, struct op_table **ret_table);
const struct op_entry *op_entry_find(const struct op_table *table, uint8_t code, int sa);
/* False when the code has no entry at all; *ret_has_sa tells which kind it has. */
bool op_code_known(const struct op_table *table, uint8_t code, bool *ret_has_sa);
/* Finds the row of a CDB in a table of rows, for when there is no LU. */
const struct scsi_op *op_find_in(const struct scsi_op *rows, const uint8_t *cdb);
bool op_usage_ok(const struct scsi_op *op, const uint8_t usage[static 16], const uint8_t *cdb,
	unsigned *ret_byte, int *ret_bit);

/* --- queue.c -------------------------------------------------------------------------------- */

/* Starts the fiber that runs the queue. -ENOMEM. */
int queue_start(struct lu *lu);
/* Ends a task that runs: takes it off its list and sends it home for done(). */
void task_end(struct task *task);
/* Which tasks of an LU are meant. */
struct task_set {
	const struct nexus *nexus; /* NULL: of every nexus */
	bool by_tag;
	uint64_t tag;
	bool removal;   /* the LU goes: what is taken is answered, not dropped */
	uint64_t abort; /* the number of this abort, for queue_wait() */
};
bool task_set_has(const struct task_set *set, const struct task *task);
/* Aborts the set: what is queued ends at once, what runs is told. How many.  Does not wait. */
unsigned queue_tell(struct lu *lu, struct task_set *set);
/* Waits for those told by this abort or an earlier one; never for those of a later one, so that a
 * command that aborts others can itself be aborted without the two waiting for each other.  One that
 * does not end within seconds is parked. */
void queue_wait(struct lu *lu, const struct task_set *set);
/* Both. */
unsigned queue_abort(struct lu *lu, struct task_set set);

/* --- park.c --------------------------------------------------------------------------------- */

/* Whom a parked handler sees in the place of its nexus. */
struct nobody;
int nobody_new(struct lu *lu);
void nobody_free(struct lu *lu);
/* Ends a running task in front of its handler, which waits for something that does not come.  The
 * handler goes on with its copy when that has come, and nobody hears of it. */
bool can_park(const struct task *task);
void park(struct task *task);
/* The handler has come to its end after all. */
void unpark(struct lu *lu);
/* Why commands that would wait for a parked one are refused; SENSE_NONE: they are not. */
enum sense held_up(const struct lu *lu);

/* --- task.c --------------------------------------------------------------------------------- */

/* Tells the front end that the LU wants no more data; from the task's worker. */
void task_cancel(struct task *task);
/* Lets done() come, on the task's home. */
void task_go_home(struct task *task);
/* Runs fn(task) on its home: there, or by message. */
void task_post_home(struct task *task, void (*fn)(struct msg *msg));
struct task *task_of_msg(struct msg *msg);

/* --- gates.c -------------------------------------------------------------------------------- */

/* False, with 5/0E/03, for a CDB that moves data one way when the initiator offers a buffer for the
 * other way only.  SAM-5 5.4.3 has no such transfer, RFC 7143 no rule for it; an answer of GOOD without
 * data would be taken for the data.  The code is the one FCP-4 9.4.2 has for a buffer that does not go
 * with the CDB. Too small a buffer of the right direction is no error: that is what residuals are for. */
bool direction_pass(struct task *task);
/* Everything that must hold before run(); false with status and sense set. */
bool gates_pass(struct task *task);

/* --- ua.c ----------------------------------------------------------------------------------- */

/* Takes the unit attention to report next off the nexus's list. */
bool ua_take(struct lu_nexus *n, enum sense *ret_ua);
void ua_raise(struct lu_nexus *n, enum sense ua);
void ua_drop(struct lu_nexus *n, enum sense ua);

/* --- nexus.c: what an LU knows of a nexus; on the LU's worker --------------------------------- */

int lu_attach(struct lu *lu, struct nexus *nexus);
void lu_detach(struct lu *lu, struct nexus *nexus);
/* Of every nexus, since the LU goes. */
void lu_detach_all(struct lu *lu);
int known_ports_new(struct lu *lu);

/* --- absent.c ------------------------------------------------------------------------------- */

/* Answers for an LU that is not there, on the task's home. */
void stray_start(struct task *task);

/* --- mode.c --------------------------------------------------------------------------------- */

/* Walks pages and their places in lu->mode, lu->mode_saved and lu_nexus.mode. */
const struct mode_page *mode_find(const struct lu *lu, unsigned page, unsigned subpage, size_t *ret_off);
/* The current values of a page, in the LU or (per_nexus) in the nexus. */
uint8_t *mode_current(const struct lu *lu, const struct lu_nexus *n, const struct mode_page *pg, size_t off);
/* Takes from another image of a page only the bits that may change. */
void mode_merge(const struct mode_page *pg, uint8_t *value, const uint8_t *from);
/* Saves the saved values. -errno. */
int mode_save(struct lu *lu);
int mode_open(struct lu *lu);
void mode_close(struct lu *lu);
int mode_attach(struct lu *lu, struct lu_nexus *n);
/* Current values back to saved or default, for the LU and every nexus. */
void mode_reset(struct lu *lu);

/* --- tmf.c ---------------------------------------------------------------------------------- */

/* Logical unit reset (SAM-5 6.3.3): everything but persistent reservations. */
void lu_reset(struct lu *lu);

/* --- handlers ------------------------------------------------------------------------------- */

void scsi_inquiry(struct task *task);
void scsi_report_luns(struct task *task);
void scsi_request_sense(struct task *task);
void scsi_test_unit_ready(struct task *task);
void scsi_mode_sense6(struct task *task);
void scsi_mode_sense10(struct task *task);
void scsi_mode_select6(struct task *task);
void scsi_mode_select10(struct task *task);
void scsi_log_sense(struct task *task);
void scsi_log_select(struct task *task);
void scsi_reserve(struct task *task);
void scsi_release(struct task *task);
void scsi_pr_in_keys(struct task *task);
void scsi_pr_in_reservation(struct task *task);
void scsi_pr_in_capabilities(struct task *task);
void scsi_pr_in_full_status(struct task *task);
void scsi_pr_out(struct task *task);
void scsi_report_opcodes(struct task *task);
void scsi_report_tmf(struct task *task);
void scsi_send_diagnostic(struct task *task);
