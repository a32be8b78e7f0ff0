/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: what its files share. */
#pragma once

#include "vtl/scsi/scsi.h"

/* --- op.c ----------------------------------------------------------------------------------- */

struct op_entry {
	const struct scsi_op *op;
	uint8_t usage[16];
};

/* All rows that an LU answers, in order of (code, service action). */
struct op_table {
	unsigned count;
	uint16_t first[256]; /* 1 + index of the first entry with this code; 0: none */
	struct op_entry entries[];
};
int op_table_new(const struct lu *lu, struct op_table **ret_table);
const struct op_entry *op_entry_find(const struct op_table *table, uint8_t code, int sa);
/* False when the table has no row with this code. *ret_has_sa: the code has service actions. */
bool op_code_known(const struct op_table *table, uint8_t code, bool *ret_has_sa);
/* Finds the row of a CDB in one list of rows, for use without an LU. */
const struct scsi_op *op_find_in(const struct scsi_op *rows, const uint8_t *cdb);
bool op_usage_ok(const struct scsi_op *op, const uint8_t usage[static 16], const uint8_t *cdb,
	unsigned *ret_byte, int *ret_bit);

/* --- queue.c -------------------------------------------------------------------------------- */

/* Starts the fiber that runs the queue of an LU. -ENOMEM. */
int queue_start(struct lu *lu);
/* Ends a running task: removes it from its list and sends it to its home worker for done(). */
void task_end(struct task *task);
/* A selection of an LU's tasks. */
struct task_set {
	const struct nexus *nexus; /* NULL: of all nexuses */
	bool by_tag;
	uint64_t tag;
	bool removal;   /* the LU is being removed: the tasks are answered, not dropped */
	uint64_t abort; /* number of this abort, for queue_wait() */
};
bool task_set_has(const struct task_set *set, const struct task *task);
/* Aborts the selected tasks: queued tasks end at once, running tasks are told. Returns how many. Does not
 * wait. */
unsigned queue_tell(struct lu *lu, struct task_set *set);
/* Waits for the tasks that this abort or an earlier one told; never for those of a later one, so that a
 * command that aborts others can itself be aborted without a deadlock. A task that does not end within
 * abort_patience_ms is parked. */
void queue_wait(struct lu *lu, const struct task_set *set);
/* queue_tell(), then queue_wait(). */
unsigned queue_abort(struct lu *lu, struct task_set set);

/* --- park.c --------------------------------------------------------------------------------- */

/* Stands in for the nexus of a parked handler. */
struct nobody;
int nobody_new(struct lu *lu);
void nobody_free(struct lu *lu);
/* park() ends a running task before its handler returns, because the handler waits for something that does
 * not come. The handler continues with its copy of the task later; its result is discarded. */
bool can_park(const struct task *task);
void park(struct task *task);
/* A parked handler has returned. */
void unpark(struct lu *lu);
/* The sense for commands that would have to wait for a parked one; SENSE_NONE: commands are accepted. */
enum sense held_up(const struct lu *lu);

/* --- task.c --------------------------------------------------------------------------------- */

/* Tells the front end that the LU needs no more data. On the task's worker. */
void task_cancel(struct task *task);
/* Calls done() on the task's home worker. */
void task_go_home(struct task *task);
/* trace.c: a log line about a command that has ended. */
void trace_command(const struct task *task);
/* Runs fn(task) on the task's home worker, directly or by message. */
void task_post_home(struct task *task, void (*fn)(struct msg *msg));
struct task *task_of_msg(struct msg *msg);

/* --- check.c: what always holds of a task, and of the tasks of an LU between two operations --------- */

/* NULL when all of it holds; otherwise the first rule that is broken, as a sentence. On the worker that has the
 * task or the LU. */
const char *task_check(const struct task *task);
const char *lu_check(const struct lu *lu);
/* Abort when a rule is broken; nothing without the option `checks` of the build. */
#ifdef EVERTAPE_CHECKS
void task_must_hold(const struct task *task);
void lu_must_hold(const struct lu *lu);
#else
static inline void task_must_hold(const struct task *task)
{
}
static inline void lu_must_hold(const struct lu *lu)
{
}
#endif

/* --- gates.c -------------------------------------------------------------------------------- */

/* False, with 5/0E/03, for a CDB that moves data one way when the initiator offers a buffer for the other way
 * only. SAM-5 5.4.3 has no such transfer and RFC 7143 no rule for it; GOOD without data would be taken for
 * the data. FCP-4 9.4.2 has this code for a buffer that does not match the CDB. A buffer that is too small is
 * no error; residuals report that. */
bool direction_pass(struct task *task);
/* Checks everything that must hold before run(). False: status and sense are set. */
bool gates_pass(struct task *task);

/* --- ua.c ----------------------------------------------------------------------------------- */

/* Removes the unit attention to report next from the nexus's list and returns it. */
bool ua_pop(struct lu_nexus *n, enum sense *ret_ua);
void ua_raise(struct lu_nexus *n, enum sense ua);
void ua_drop(struct lu_nexus *n, enum sense ua);

/* --- nexus.c: an LU's records of nexuses; on the LU's worker ---------------------------------- */

int lu_attach(struct lu *lu, struct nexus *nexus);
void lu_detach(struct lu *lu, struct nexus *nexus);
/* Removes the records of all nexuses to that target (NULL: to any), because the LU is removed from it. */
void lu_detach_all(struct lu *lu, const struct target *target);
int known_ports_new(struct lu *lu);

/* --- absent.c ------------------------------------------------------------------------------- */

/* Answers a task for an absent LU, on the task's home worker. */
void absent_start(struct task *task);

/* --- mode.c --------------------------------------------------------------------------------- */

/* Finds a page and its offset in lu->mode, lu->mode_saved and lu_nexus.mode. */
const struct mode_page *mode_find(const struct lu *lu, unsigned page, unsigned subpage, size_t *ret_off);
/* The current values of a page, in the LU or (per_nexus) in the record of the nexus. */
uint8_t *mode_current(const struct lu *lu, const struct lu_nexus *n, const struct mode_page *pg, size_t off);
/* Copies only the changeable bits of a page from another image. */
void mode_merge(const struct mode_page *pg, uint8_t *value, const uint8_t *from);
/* Writes the saved values to the store. -errno. */
int mode_save(struct lu *lu);
int mode_open(struct lu *lu);
void mode_close(struct lu *lu);
int mode_attach(struct lu *lu, struct lu_nexus *n);
/* Sets current values to saved or default values, for the LU and every nexus. */
void mode_reset(struct lu *lu);

/* --- tmf.c ---------------------------------------------------------------------------------- */

/* Logical unit reset (SAM-5 6.3.3). Persistent reservations stay. */
void lu_reset(struct lu *lu);

/* --- reserve.c ------------------------------------------------------------------------------ */

/* Whether any nexus has a reservation of either kind. */
bool lu_has_reservation(const struct lu *lu);
/* Tells the device type: see lu_type.reservations_changed. */
void reservations_changed(struct lu *lu, bool preempted);

/* --- handlers ------------------------------------------------------------------------------- */

void scsi_inquiry(struct task *task);
void scsi_report_luns(struct task *task);
void scsi_request_sense(struct task *task);
/* The answer to REQUEST SENSE, in the format that the CDB wants. */
void sense_reply(struct task *task, const struct sense_data *s);
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
