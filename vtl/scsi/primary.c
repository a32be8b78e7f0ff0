/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands that every device type supports (SPC-5). */
#include "vtl/scsi/core.h"

/* clang-format off */
#define ALLOCATION_6   { "allocation_length", 4, 7, 8 }
#define ALLOCATION_10  { "allocation_length", 7, 7, 16 }
#define ALLOCATION_12  { "allocation_length", 6, 7, 32 }
#define LIST_6         { "parameter_list_length", 4, 7, 8 }
#define LIST_10        { "parameter_list_length", 7, 7, 16 }
#define PR_OUT_FIELDS  FIELDS({ "scope", 2, 7, 4 }, { "type", 2, 3, 4 }, \
                              { "parameter_list_length", 5, 7, 32 })

enum {
	GATES_PLAIN = GATE_UA | GATE_DEFERRED,
	GATES_READ = GATES_PLAIN | GATE_RESERVED | GATE_READ_ONLY,
	GATES_CHANGE = GATES_PLAIN | GATE_RESERVED,
	SHORT = 30, LONG = 120
};

#define PR_IN(number, text, handler) \
	{ .code = OPCODE_PERSISTENT_RESERVE_IN, .sa = number, .len = 10, .name = "PERSISTENT RESERVE IN (" text ")", \
	  .dir = DIR_IN, .gates = GATES_PLAIN, .timeout = SHORT, .run = handler, \
	  .fields = FIELDS(ALLOCATION_10) }
#define PR_OUT(number, text) \
	{ .code = OPCODE_PERSISTENT_RESERVE_OUT, .sa = number, .len = 10, .name = "PERSISTENT RESERVE OUT (" text ")", \
	  .dir = DIR_OUT, .gates = GATES_PLAIN, .timeout = LONG, .run = scsi_pr_out, \
	  .fields = PR_OUT_FIELDS }

/* clang-format off */
const struct scsi_op primary_ops[] = {
	{ .code = OPCODE_TEST_UNIT_READY, .sa = SA_NONE, .len = 6, .name = "TEST UNIT READY", .dir = DIR_NONE,
	  .gates = GATES_CHANGE | GATE_PR_FREE | GATE_READY, .at_once = true, .timeout = SHORT,
	  .run = scsi_test_unit_ready, .fields = NO_FIELDS },

	{ .code = OPCODE_REQUEST_SENSE, .sa = SA_NONE, .len = 6, .name = "REQUEST SENSE", .dir = DIR_IN,
	  .at_once = true, .timeout = SHORT, .run = scsi_request_sense,
	  .fields = FIELDS({ "desc", 1, 0, 1 }, ALLOCATION_6),
	  .note = "reports and clears a unit attention; in descriptor format with DESC=1" },

	{ .code = OPCODE_INQUIRY, .sa = SA_NONE, .len = 6, .name = "INQUIRY", .dir = DIR_IN,
	  .at_once = true, .timeout = SHORT, .run = scsi_inquiry,
	  .fields = FIELDS(
		{ "evpd",              1, 0,  1 },
		{ "page_code",         2, 7,  8 },
		{ "allocation_length", 3, 7, 16 }) },

	{ .code = OPCODE_MODE_SELECT_6, .sa = SA_NONE, .len = 6, .name = "MODE SELECT(6)", .dir = DIR_OUT,
	  .gates = GATES_CHANGE, .timeout = LONG, .run = scsi_mode_select6,
	  .fields = FIELDS({ "pf", 1, 4, 1 }, { "sp", 1, 0, 1 }, LIST_6),
	  .note = "accepts PF=0 when no pages follow the block descriptor" },

	{ .code = OPCODE_RESERVE_6, .sa = SA_NONE, .len = 6, .name = "RESERVE(6)", .dir = DIR_NONE,
	  .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_reserve, .fields = NO_FIELDS },

	{ .code = OPCODE_RELEASE_6, .sa = SA_NONE, .len = 6, .name = "RELEASE(6)", .dir = DIR_NONE,
	  .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_release, .fields = NO_FIELDS },

	{ .code = OPCODE_MODE_SENSE_6, .sa = SA_NONE, .len = 6, .name = "MODE SENSE(6)", .dir = DIR_IN,
	  .gates = GATES_READ, .timeout = SHORT, .run = scsi_mode_sense6,
	  .fields = FIELDS(
		{ "dbd",               1, 3, 1 },
		{ "pc",                2, 7, 2 },
		{ "page_code",         2, 5, 6 },
		{ "subpage_code",      3, 7, 8 },
		ALLOCATION_6) },

	{ .code = OPCODE_SEND_DIAGNOSTIC, .sa = SA_NONE, .len = 6, .name = "SEND DIAGNOSTIC", .dir = DIR_OUT,
	  .gates = GATES_CHANGE, .timeout = LONG, .run = scsi_send_diagnostic,
	  .fields = FIELDS(
		{ "self_test_code",        1, 7,  3 },
		{ "pf",                    1, 4,  1 },
		{ "selftest",              1, 2,  1 },
		{ "devoffl",               1, 1,  1 },
		{ "unitoffl",              1, 0,  1 },
		{ "parameter_list_length", 3, 7, 16 }),
	  .note = "supports the default self-test, which passes, and the diagnostic pages of the device" },

	{ .code = OPCODE_LOG_SELECT, .sa = SA_NONE, .len = 10, .name = "LOG SELECT", .dir = DIR_OUT,
	  .gates = GATES_CHANGE, .timeout = SHORT, .run = scsi_log_select,
	  .fields = FIELDS(
		{ "pcr",               1, 1, 1 },
		{ "pc",                2, 7, 2 },
		{ "page_code",         2, 5, 6 },
		{ "subpage_code",      3, 7, 8 },
		LIST_10),
	  .partly = "single values cannot be set: the counters count what was done",
	  .note = "clears counters (PCR=1, or PC=11b without a list)" },

	{ .code = OPCODE_LOG_SENSE, .sa = SA_NONE, .len = 10, .name = "LOG SENSE", .dir = DIR_IN,
	  .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_log_sense,
	  .fields = FIELDS(
		{ "pc",                2, 7, 2 },
		{ "page_code",         2, 5, 6 },
		{ "subpage_code",      3, 7, 8 },
		{ "parameter_pointer", 5, 7, 16 },
		ALLOCATION_10) },

	{ .code = OPCODE_MODE_SELECT_10, .sa = SA_NONE, .len = 10, .name = "MODE SELECT(10)", .dir = DIR_OUT,
	  .gates = GATES_CHANGE, .timeout = LONG, .run = scsi_mode_select10,
	  .fields = FIELDS({ "pf", 1, 4, 1 }, { "sp", 1, 0, 1 }, LIST_10) },

	{ .code = OPCODE_RESERVE_10, .sa = SA_NONE, .len = 10, .name = "RESERVE(10)", .dir = DIR_NONE,
	  .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_reserve, .fields = NO_FIELDS,
	  .partly = "no reservations for a third party: SPC-3 made them obsolete" },

	{ .code = OPCODE_RELEASE_10, .sa = SA_NONE, .len = 10, .name = "RELEASE(10)", .dir = DIR_NONE,
	  .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_release, .fields = NO_FIELDS },

	{ .code = OPCODE_MODE_SENSE_10, .sa = SA_NONE, .len = 10, .name = "MODE SENSE(10)", .dir = DIR_IN,
	  .gates = GATES_READ, .timeout = SHORT, .run = scsi_mode_sense10,
	  .fields = FIELDS(
		{ "dbd",               1, 3, 1 },
		{ "pc",                2, 7, 2 },
		{ "page_code",         2, 5, 6 },
		{ "subpage_code",      3, 7, 8 },
		ALLOCATION_10) },

	PR_IN(0x00, "READ KEYS", scsi_pr_in_keys),
	PR_IN(0x01, "READ RESERVATION", scsi_pr_in_reservation),
	PR_IN(0x02, "REPORT CAPABILITIES", scsi_pr_in_capabilities),
	PR_IN(0x03, "READ FULL STATUS", scsi_pr_in_full_status),

	PR_OUT(0x00, "REGISTER"),
	PR_OUT(0x01, "RESERVE"),
	PR_OUT(0x02, "RELEASE"),
	PR_OUT(0x03, "CLEAR"),
	PR_OUT(0x04, "PREEMPT"),
	/* Not through the queue, because it must be able to end a task that blocks the queue. */
	{ .code = OPCODE_PERSISTENT_RESERVE_OUT, .sa = 0x05, .len = 10, .name = "PERSISTENT RESERVE OUT (PREEMPT AND ABORT)",
	  .dir = DIR_OUT, .gates = GATES_PLAIN, .at_once = true, .timeout = LONG,
	  .run = scsi_pr_out, .fields = PR_OUT_FIELDS },
	PR_OUT(0x06, "REGISTER AND IGNORE EXISTING KEY"),

	{ .code = OPCODE_REPORT_LUNS, .sa = SA_NONE, .len = 12, .name = "REPORT LUNS", .dir = DIR_IN,
	  .at_once = true, .timeout = SHORT, .run = scsi_report_luns,
	  .fields = FIELDS({ "select_report", 2, 7, 8 }, ALLOCATION_12) },

	{ .code = OPCODE_MAINTENANCE_IN, .sa = 0x0c, .len = 12, .name = "REPORT SUPPORTED OPERATION CODES",
	  .dir = DIR_IN, .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_report_opcodes,
	  .fields = FIELDS(
		{ "rctd",                       2, 7,  1 },
		{ "reporting_options",          2, 2,  3 },
		{ "requested_operation_code",   3, 7,  8 },
		{ "requested_service_action",   4, 7, 16 },
		ALLOCATION_12) },

	{ .code = OPCODE_MAINTENANCE_IN, .sa = 0x0d, .len = 12, .name = "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
	  .dir = DIR_IN, .gates = GATES_PLAIN, .timeout = SHORT, .run = scsi_report_tmf,
	  .fields = FIELDS({ "repd", 2, 7, 1 }, ALLOCATION_12) },
	{ .name = NULL },
};
/* clang-format on */
