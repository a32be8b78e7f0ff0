/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the 16-byte commands that name the place where they work (SSC-5 6). */
#include "vtl/ssc/tape.h"

enum {
	READS = GATE_UA | GATE_DEFERRED | GATE_RESERVED | GATE_READ_ONLY | GATE_READY | GATE_OIR,
	WRITES = GATE_UA | GATE_DEFERRED | GATE_RESERVED | GATE_READY | GATE_WRITE | GATE_OIR,
};

/* clang-format off */
#define PLACE    { "partition", 3, 7, 8 }, { "logical_object_identifier", 4, 7, 64 }
#define SEQUENCE { "fcs", 1, 3, 1 }, { "lcs", 1, 2, 1 }
#define FIXED    { "fixed", 1, 0, 1 }
#define GOES     "moves to the object first; "
#define BEGINS   "moves to the object first with FCS=1, must be there with FCS=0"

const struct scsi_op ssc_long_ops[] = {
	{ .code = OPCODE_WRITE_FILEMARKS_16, .sa = SA_NONE, .len = 16, .name = "WRITE FILEMARKS(16)", .dir = DIR_NONE,
	  .gates = WRITES, .run = ssc_write_filemarks16,
	  .fields = FIELDS(SEQUENCE, { "immed", 1, 0, 1 }, PLACE, { "filemark_count", 12, 7, 24 }),
	  .note = BEGINS },

	{ .code = OPCODE_READ_16, .sa = SA_NONE, .len = 16, .name = "READ(16)", .dir = DIR_IN,
	  .gates = READS, .run = ssc_read,
	  .fields = FIELDS({ "sili", 1, 1, 1 }, FIXED, PLACE, { "transfer_length", 12, 7, 24 }),
	  .note = GOES "works as READ(6) then" },

	{ .code = OPCODE_WRITE_16, .sa = SA_NONE, .len = 16, .name = "WRITE(16)", .dir = DIR_OUT,
	  .gates = WRITES, .run = ssc_write,
	  .fields = FIELDS(SEQUENCE, FIXED, PLACE, { "transfer_length", 12, 7, 24 }),
	  .note = BEGINS },

	{ .code = OPCODE_VERIFY_16, .sa = SA_NONE, .len = 16, .name = "VERIFY(16)", .dir = DIR_NONE,
	  .gates = READS, .run = ssc_verify,
	  .fields = FIELDS({ "vte", 1, 5, 1 }, { "vlbpm", 1, 4, 1 }, { "vbf", 1, 3, 1 }, { "immed", 1, 2, 1 }, FIXED, PLACE,
		{ "verification_length", 12, 7, 24 }),
	  .note = GOES "works as VERIFY(6) then" },

	{ .code = OPCODE_ERASE_16, .sa = SA_NONE, .len = 16, .name = "ERASE(16)", .dir = DIR_NONE,
	  .gates = WRITES, .run = ssc_erase,
	  .fields = FIELDS(SEQUENCE, { "immed", 1, 1, 1 }, { "long", 1, 0, 1 }, PLACE),
	  .note = BEGINS },

	{ 0 },
};
/* clang-format on */
