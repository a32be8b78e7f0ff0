/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of commands about the drive itself: buffers, diagnostics, time (SPC-5). */
#include "vtl/ssc/tape.h"

enum {
	LOOKS = GATE_UA | GATE_DEFERRED | GATE_RESERVED | GATE_READ_ONLY,
	CHANGES = GATE_UA | GATE_DEFERRED | GATE_RESERVED,
};

/* clang-format off */
const struct scsi_op ssc_service_ops[] = {
	{ .code = OPCODE_RECEIVE_DIAGNOSTIC_RESULTS, .sa = SA_NONE, .len = 6, .name = "RECEIVE DIAGNOSTIC RESULTS",
	  .dir = DIR_IN, .gates = LOOKS, .timeout = 60, .run = scsi_receive_diagnostic,
	  .fields = FIELDS({ "pcv", 1, 0, 1 }, { "page_code", 2, 7, 8 }, { "allocation_length", 3, 7, 16 }),
	  .partly = "the list of diagnostic pages only: no page has results" },

	{ .code = OPCODE_WRITE_BUFFER, .sa = SA_NONE, .len = 10, .name = "WRITE BUFFER", .dir = DIR_OUT,
	  .gates = CHANGES, .run = ssc_write_buffer,
	  .fields = FIELDS({ "mode", 1, 4, 5 }, { "buffer_id", 2, 7, 8 }, { "buffer_offset", 3, 7, 24 },
		{ "parameter_list_length", 6, 7, 24 }),
	  .note = "modes 02h (buffer 00h, 64 KiB) and 0Ah (echo, 4 KiB)",
	  .partly = "no firmware can be loaded: there is none" },

	{ .code = OPCODE_READ_BUFFER, .sa = SA_NONE, .len = 10, .name = "READ BUFFER", .dir = DIR_IN,
	  .gates = LOOKS, .run = ssc_read_buffer,
	  .fields = FIELDS({ "mode", 1, 4, 5 }, { "buffer_id", 2, 7, 8 }, { "buffer_offset", 3, 7, 24 },
		{ "allocation_length", 6, 7, 24 }),
	  .note = "modes 02h, 03h, 0Ah, 0Bh and 1Ch; buffer 01h is the drive's dump, a text" },

	{ .code = OPCODE_MAINTENANCE_IN, .sa = 0x0f, .len = 12, .name = "REPORT TIMESTAMP", .dir = DIR_IN,
	  .gates = GATE_UA | GATE_DEFERRED, .timeout = 60, .run = ssc_report_timestamp,
	  .fields = FIELDS({ "allocation_length", 6, 7, 32 }),
	  .note = "returns the daemon's clock until SET TIMESTAMP" },

	{ .code = OPCODE_MAINTENANCE_OUT, .sa = 0x0f, .len = 12, .name = "SET TIMESTAMP", .dir = DIR_OUT,
	  .gates = CHANGES, .timeout = 60, .run = ssc_set_timestamp,
	  .fields = FIELDS({ "parameter_list_length", 6, 7, 32 }),
	  .note = "is forgotten when the daemon ends" },

	{ 0 },
};

/* Drives from LTO-7 on. */
const struct scsi_op ssc_wrap_ops[] = {
	{ .code = OPCODE_MAINTENANCE_IN, .sa = 0x1f, .len = 12, .name = "READ END OF WRAP POSITION", .dir = DIR_IN,
	  .gates = LOOKS | GATE_READY, .timeout = 60, .run = ssc_read_end_of_wrap,
	  .fields = FIELDS({ "qualifier", 2, 7, 8 }, { "ra", 3, 1, 1 }, { "wnv", 3, 0, 1 }, { "wrap_number", 4, 7, 16 },
		{ "allocation_length", 6, 7, 32 }),
	  .note = "divides the tape into as many parts as its generation has wraps" },
	{ 0 },
};

/* IBM LTO-9 drives of full height. */
const struct scsi_op ssc_access_order_ops[] = {
	{ .code = OPCODE_MAINTENANCE_IN, .sa = 0x1d, .len = 12, .name = "RECEIVE RECOMMENDED ACCESS ORDER", .dir = DIR_IN,
	  .gates = LOOKS | GATE_READY, .timeout = 60, .run = ssc_receive_access_order,
	  .fields = FIELDS({ "uds_limits", 1, 7, 1 }, { "list_offset", 2, 7, 32 }, { "allocation_length", 6, 7, 32 },
		{ "uds_type", 10, 2, 3 }),
	  .note = "returns the order of the last GENERATE RECOMMENDED ACCESS ORDER of this load" },

	{ .code = OPCODE_MAINTENANCE_OUT, .sa = 0x1d, .len = 12, .name = "GENERATE RECOMMENDED ACCESS ORDER",
	  .dir = DIR_OUT, .gates = CHANGES | GATE_READY, .timeout = 60, .run = ssc_generate_access_order,
	  .fields = FIELDS({ "process", 2, 2, 3 }, { "uds_type", 3, 2, 3 }, { "parameter_list_length", 6, 7, 32 }),
	  .note = "orders up to 2730 segments by their first objects" },
	{ 0 },
};
/* clang-format on */
