/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of medium changer commands (SMC-3). */
#include "vtl/smc/changer.h"

enum {
	GATES_LOOK = GATE_UA | GATE_RESERVED | GATE_READ_ONLY,
	GATES_MOVE = GATE_UA | GATE_RESERVED,
	GATES_BY_CDB = GATE_UA, /* the handler checks reservations, because some CDBs pass them */
};

/* clang-format off */
const struct scsi_op smc_ops[] = {
	{ .code = OPCODE_REZERO_UNIT, .sa = SA_NONE, .len = 6, .name = "REZERO UNIT", .dir = DIR_NONE,
	  .gates = GATES_MOVE, .timeout = 600, .run = smc_rezero_unit, .fields = NO_FIELDS,
	  .note = "moves nothing; Windows sends this command to reinitialise a changer" },
	{ .code = OPCODE_INITIALIZE_ELEMENT_STATUS, .sa = SA_NONE, .len = 6, .name = "INITIALIZE ELEMENT STATUS", .dir = DIR_NONE,
	  .gates = GATES_MOVE, .timeout = 600, .run = smc_initialize_element_status,
	  .fields = FIELDS({ "no_barcode", 5, 7, 2 }),
	  .note = "returns at once, because the inventory is always up to date; "
		  "accepts the vendor bits for a scan without barcodes, which Windows drivers set" },
	{ .code = OPCODE_OPEN_CLOSE_ELEMENT, .sa = SA_NONE, .len = 6, .name = "OPEN/CLOSE IMPORT/EXPORT ELEMENT",
	  .dir = DIR_NONE, .gates = GATES_MOVE, .timeout = 60, .run = smc_import_export,
	  .fields = FIELDS({ "element", 2, 7, 16 }, { "action", 4, 4, 5 }),
	  .note = "moves nothing; refused while removal is prevented (an operator uses "
		  "`mailslot open`)" },
	{ .code = OPCODE_PREVENT_ALLOW, .sa = SA_NONE, .len = 6, .name = "PREVENT ALLOW MEDIUM REMOVAL",
	  .dir = DIR_NONE, .gates = GATES_BY_CDB, .timeout = 60, .run = smc_prevent_allow,
	  .fields = FIELDS({ "prevent", 4, 1, 2 }),
	  .note = "locks the mail slots for operators, not for the changer" },
	{ .code = OPCODE_POSITION_TO_ELEMENT, .sa = SA_NONE, .len = 10, .name = "POSITION TO ELEMENT", .dir = DIR_NONE,
	  .gates = GATES_MOVE, .timeout = 300, .run = smc_position_to_element,
	  .fields = FIELDS({ "transport_element", 2, 7, 16 }, { "destination_element", 4, 7, 16 }) },
	{ .code = OPCODE_INITIALIZE_RANGE, .sa = SA_NONE, .len = 10, .name = "INITIALIZE ELEMENT STATUS WITH RANGE",
	  .dir = DIR_NONE, .gates = GATES_MOVE, .timeout = 600, .run = smc_initialize_element_range,
	  .fields = FIELDS({ "fast", 1, 1, 1 }, { "range", 1, 0, 1 }, { "starting_element", 2, 7, 16 },
		{ "number_of_elements", 6, 7, 16 }) },
	{ .code = OPCODE_MOVE_MEDIUM, .sa = SA_NONE, .len = 12, .name = "MOVE MEDIUM", .dir = DIR_NONE,
	  .gates = GATES_MOVE, .timeout = 300, .run = smc_move_medium,
	  .fields = FIELDS({ "transport_element", 2, 7, 16 }, { "source_element", 4, 7, 16 },
		{ "destination_element", 6, 7, 16 }),
	  .note = "refuses INVERT=1" },
	{ .code = OPCODE_EXCHANGE_MEDIUM, .sa = SA_NONE, .len = 12, .name = "EXCHANGE MEDIUM", .dir = DIR_NONE,
	  .gates = GATES_MOVE, .timeout = 300, .run = smc_exchange_medium,
	  .fields = FIELDS({ "transport_element", 2, 7, 16 }, { "source_element", 4, 7, 16 },
		{ "first_destination_element", 6, 7, 16 },
		{ "second_destination_element", 8, 7, 16 }) },
	{ .code = OPCODE_REQUEST_VOLUME_ELEMENT_ADDRESS, .sa = SA_NONE, .len = 12, .name = "REQUEST VOLUME ELEMENT ADDRESS",
	  .dir = DIR_IN, .gates = GATES_LOOK, .timeout = 60,
	  .run = smc_request_volume_element_address,
	  .fields = FIELDS({ "voltag", 1, 4, 1 }, { "element_type", 1, 3, 4 },
		{ "starting_element", 2, 7, 16 }, { "number_of_elements", 4, 7, 16 },
		{ "allocation_length", 7, 7, 24 }) },
	{ .code = OPCODE_SEND_VOLUME_TAG, .sa = SA_NONE, .len = 12, .name = "SEND VOLUME TAG", .dir = DIR_OUT,
	  .gates = GATES_LOOK, .timeout = 60, .run = smc_send_volume_tag,
	  .fields = FIELDS({ "element_type", 1, 3, 4 }, { "starting_element", 2, 7, 16 },
		{ "send_action_code", 5, 4, 5 }, { "parameter_list_length", 8, 7, 16 }) },
	{ .code = OPCODE_READ_ELEMENT_STATUS, .sa = SA_NONE, .len = 12, .name = "READ ELEMENT STATUS", .dir = DIR_IN,
	  .gates = GATES_BY_CDB, .timeout = 200, .run = smc_read_element_status,
	  .fields = FIELDS({ "voltag", 1, 4, 1 }, { "element_type", 1, 3, 4 },
		{ "starting_element", 2, 7, 16 }, { "number_of_elements", 4, 7, 16 },
		{ "curdata", 6, 1, 1 }, { "dvcid", 6, 0, 1 }, { "allocation_length", 7, 7, 24 }) },
	{ .code = OPCODE_INITIALIZE_RANGE_VENDOR, .sa = SA_NONE, .len = 10, .name = "INITIALIZE ELEMENT STATUS WITH RANGE (vendor)",
	  .dir = DIR_NONE, .gates = GATES_MOVE, .timeout = 600, .run = smc_initialize_element_range,
	  .fields = FIELDS({ "range", 1, 0, 1 }, { "starting_element", 2, 7, 16 },
		{ "number_of_elements", 6, 7, 16 }, { "no_barcode", 9, 7, 2 }),
	  .note = "works as 37h; the vendor form, which Windows drivers use" },
	{ 0 },
};
/* clang-format on */
