/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of tape drive commands (SSC-5 7); the core has the commands of every device type. */
#include "vtl/ssc/tape.h"

/* Gates for commands that use the medium, read it, or write it. */
enum {
	ANY = GATE_UA | GATE_DEFERRED | GATE_RESERVED,
	MOVES = ANY | GATE_READY | GATE_OIR,
	READS = MOVES | GATE_READ_ONLY,
	WRITES = MOVES | GATE_WRITE,
	TELLS = GATE_UA | GATE_DEFERRED, /* for facts about the drive, which no reservation protects */
};

/* clang-format off */

/* clang-format off */
const struct scsi_op ssc_ops[] = {
	{ .code = OPCODE_REWIND, .sa = SA_NONE, .len = 6, .name = "REWIND", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_rewind,
	  .fields = FIELDS({ "immed", 1, 0, 1 }),
	  .note = "writes buffered data before it returns status, also with IMMED=1" },

	{ .code = OPCODE_FORMAT_MEDIUM, .sa = SA_NONE, .len = 6, .name = "FORMAT MEDIUM", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_format_medium,
	  .fields = FIELDS({ "verify", 1, 1, 1 }, { "immed", 1, 0, 1 }, { "format", 2, 3, 4 },
		{ "transfer_length", 3, 7, 16 }),
	  .note = "makes the partitions of mode page 11h, or one; a power failure leaves the "
		  "old partitions or the new ones" },

	{ .code = OPCODE_READ_BLOCK_LIMITS, .sa = SA_NONE, .len = 6, .name = "READ BLOCK LIMITS", .dir = DIR_IN,
	  .gates = TELLS, .timeout = 60, .run = ssc_read_block_limits,
	  .fields = FIELDS({ "mloi", 1, 0, 1 }),
	  .note = "reports 1 byte to 8 MiB, with and without a cartridge" },

	{ .code = OPCODE_READ_6, .sa = SA_NONE, .len = 6, .name = "READ(6)", .dir = DIR_IN,
	  .gates = READS, .run = ssc_read,
	  .fields = FIELDS({ "sili", 1, 1, 1 }, { "fixed", 1, 0, 1 }, { "transfer_length", 2, 7, 24 }),
	  .note = "never returns bytes whose checksum is wrong" },

	{ .code = OPCODE_WRITE_6, .sa = SA_NONE, .len = 6, .name = "WRITE(6)", .dir = DIR_OUT,
	  .gates = WRITES, .run = ssc_write,
	  .fields = FIELDS({ "fixed", 1, 0, 1 }, { "transfer_length", 2, 7, 24 }),
	  .note = "returns status when the data are in the buffer (buffered mode 1) or "
		  "on stable storage (buffered mode 0); protection values are checked before it, and once more before a "
		  "block is compressed or encrypted: what is wrong then is deferred sense 4/10/01" },

	{ .code = OPCODE_SET_CAPACITY, .sa = SA_NONE, .len = 6, .name = "SET CAPACITY", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_set_capacity,
	  .fields = FIELDS({ "immed", 1, 0, 1 }, { "capacity_proportion", 3, 7, 16 }),
	  .note = "makes one partition of a proportion of the cartridge, at least a twentieth" },

	{ .code = OPCODE_WRITE_FILEMARKS_6, .sa = SA_NONE, .len = 6, .name = "WRITE FILEMARKS(6)", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_write_filemarks6,
	  .fields = FIELDS({ "immed", 1, 0, 1 }, { "filemark_count", 2, 7, 24 }),
	  .note = "with IMMED=0 returns status when all earlier data are on stable "
		  "storage, also with count 0" },

	{ .code = OPCODE_SPACE_6, .sa = SA_NONE, .len = 6, .name = "SPACE(6)", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_space6,
	  .fields = FIELDS({ "code", 1, 3, 4 }, { "count", 2, 7, 24 }),
	  .note = "supports blocks, filemarks and end of data" },

	{ .code = OPCODE_VERIFY_6, .sa = SA_NONE, .len = 6, .name = "VERIFY(6)", .dir = DIR_NONE,
	  .gates = READS, .run = ssc_verify,
	  .fields = FIELDS({ "vte", 1, 5, 1 }, { "vlbpm", 1, 4, 1 }, { "vbf", 1, 3, 1 }, { "immed", 1, 2, 1 }, { "fixed", 1, 0, 1 },
		{ "verification_length", 2, 7, 24 }),
	  .note = "checks every checksum and protection value; to end of data with VTE=1, over filemarks with VBF=1" },

	{ .code = OPCODE_ERASE_6, .sa = SA_NONE, .len = 6, .name = "ERASE(6)", .dir = DIR_NONE,
	  .gates = WRITES, .run = ssc_erase,
	  .fields = FIELDS({ "immed", 1, 1, 1 }, { "long", 1, 0, 1 }),
	  .note = "sets end of data at the current position" },

	{ .code = OPCODE_LOAD_UNLOAD, .sa = SA_NONE, .len = 6, .name = "LOAD UNLOAD", .dir = DIR_NONE,
	  .gates = ANY | GATE_OIR, .run = ssc_load_unload,
	  .fields = FIELDS({ "immed", 1, 0, 1 }, { "hold", 4, 3, 1 }, { "reten", 4, 1, 1 },
		{ "load", 4, 0, 1 }),
	  .note = "leaves an unloaded cartridge seated until the changer removes it" },

	{ .code = OPCODE_PREVENT_ALLOW, .sa = SA_NONE, .len = 6, .name = "PREVENT ALLOW MEDIUM REMOVAL",
	  .dir = DIR_NONE, .gates = GATE_UA | GATE_DEFERRED, .timeout = 60, .run = ssc_prevent_allow,
	  .fields = FIELDS({ "prevent", 4, 0, 1 }),
	  .note = "keeps one PREVENT state per I_T nexus" },

	{ .code = OPCODE_LOCATE_10, .sa = SA_NONE, .len = 10, .name = "LOCATE(10)", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_locate10,
	  .fields = FIELDS({ "bt", 1, 2, 1 }, { "cp", 1, 1, 1 }, { "immed", 1, 0, 1 },
		{ "logical_object_identifier", 3, 7, 32 }, { "partition", 8, 7, 8 }),
	  .note = "changes the partition with CP=1; stops at end of data with BLANK CHECK; accepts BT=1, which mt seek "
		  "on Linux sets, and uses the same object numbers" },

	{ .code = OPCODE_READ_POSITION, .sa = 0x00, .len = 10, .name = "READ POSITION, short form", .dir = DIR_IN,
	  .gates = READS, .timeout = 60, .run = ssc_read_position_short, .fields = NO_FIELDS,
	  .note = "returns 20 bytes" },

	{ .code = OPCODE_READ_POSITION, .sa = 0x01, .len = 10, .name = "READ POSITION, short form, vendor specific",
	  .dir = DIR_IN, .gates = READS, .timeout = 60, .run = ssc_read_position_short,
	  .fields = NO_FIELDS,
	  .note = "returns the same 20 bytes as the short form; mt tell on Linux uses it" },

	{ .code = OPCODE_READ_POSITION, .sa = 0x06, .len = 10, .name = "READ POSITION, long form", .dir = DIR_IN,
	  .gates = READS, .timeout = 60, .run = ssc_read_position_long, .fields = NO_FIELDS,
	  .note = "returns 32 bytes, with the number of filemarks before the position" },

	{ .code = OPCODE_READ_POSITION, .sa = 0x08, .len = 10, .name = "READ POSITION, extended form", .dir = DIR_IN,
	  .gates = READS, .timeout = 60, .run = ssc_read_position_extended,
	  .fields = FIELDS({ "allocation_length", 7, 7, 16 }),
	  .note = "returns 32 bytes, with the number of objects and bytes in the buffer" },

	{ .code = OPCODE_REPORT_DENSITY_SUPPORT, .sa = SA_NONE, .len = 10, .name = "REPORT DENSITY SUPPORT", .dir = DIR_IN,
	  .gates = TELLS, .timeout = 60, .run = ssc_report_density_support,
	  .fields = FIELDS({ "medium_type", 1, 1, 1 }, { "media", 1, 0, 1 },
		{ "allocation_length", 7, 7, 16 }),
	  .note = "reports the densities, or the types of cartridges, that the drive supports, or those of the loaded one" },

	{ .code = OPCODE_ALLOW_OVERWRITE, .sa = SA_NONE, .len = 16, .name = "ALLOW OVERWRITE", .dir = DIR_NONE,
	  .gates = MOVES, .timeout = 60, .run = ssc_allow_overwrite,
	  .fields = FIELDS({ "allow_overwrite", 2, 3, 4 }, { "partition", 3, 7, 8 },
		{ "logical_object_identifier", 4, 7, 64 }),
	  .note = "in append-only mode allows the next command to overwrite, or to format" },

	{ .code = OPCODE_READ_ATTRIBUTE, .sa = 0x00, .len = 16, .name = "READ ATTRIBUTE, ATTRIBUTE VALUES", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = ssc_attribute_values,
	  .fields = FIELDS({ "logical_volume_number", 5, 7, 8 }, { "partition_number", 7, 7, 8 },
		{ "first_attribute_identifier", 8, 7, 16 }, { "allocation_length", 10, 7, 32 },
		{ "cache", 14, 0, 1 }),
	  .note = "returns the attributes from the first one on, which must exist" },

	{ .code = OPCODE_READ_ATTRIBUTE, .sa = 0x01, .len = 16, .name = "READ ATTRIBUTE, ATTRIBUTE LIST", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = ssc_attribute_list,
	  .fields = FIELDS({ "logical_volume_number", 5, 7, 8 }, { "partition_number", 7, 7, 8 },
		{ "first_attribute_identifier", 8, 7, 16 }, { "allocation_length", 10, 7, 32 },
		{ "cache", 14, 0, 1 }),
	  .note = "returns the identifiers of the attributes that exist; ignores the first identifier" },

	{ .code = OPCODE_READ_ATTRIBUTE, .sa = 0x02, .len = 16, .name = "READ ATTRIBUTE, LOGICAL VOLUME LIST", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = ssc_logical_volume_list,
	  .fields = FIELDS({ "logical_volume_number", 5, 7, 8 }, { "partition_number", 7, 7, 8 },
		{ "first_attribute_identifier", 8, 7, 16 }, { "allocation_length", 10, 7, 32 },
		{ "cache", 14, 0, 1 }),
	  .note = "returns one volume, number 0" },

	{ .code = OPCODE_READ_ATTRIBUTE, .sa = 0x03, .len = 16, .name = "READ ATTRIBUTE, PARTITION LIST", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = ssc_partition_list,
	  .fields = FIELDS({ "logical_volume_number", 5, 7, 8 }, { "partition_number", 7, 7, 8 },
		{ "first_attribute_identifier", 8, 7, 16 }, { "allocation_length", 10, 7, 32 },
		{ "cache", 14, 0, 1 }),
	  .note = "returns the partitions of the cartridge" },

	{ .code = OPCODE_READ_ATTRIBUTE, .sa = 0x05, .len = 16, .name = "READ ATTRIBUTE, SUPPORTED ATTRIBUTES", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = ssc_supported_attributes,
	  .fields = FIELDS({ "logical_volume_number", 5, 7, 8 }, { "partition_number", 7, 7, 8 },
		{ "first_attribute_identifier", 8, 7, 16 }, { "allocation_length", 10, 7, 32 },
		{ "cache", 14, 0, 1 }),
	  .note = "also returns the identifiers of attributes that a host may store; vendor specific ones only when they exist" },

	{ .code = OPCODE_WRITE_ATTRIBUTE, .sa = SA_NONE, .len = 16, .name = "WRITE ATTRIBUTE", .dir = DIR_OUT,
	  .gates = ANY, .timeout = 60, .run = ssc_write_attribute,
	  .fields = FIELDS({ "wtc", 1, 0, 1 }, { "logical_volume_number", 5, 7, 8 },
		{ "partition_number", 7, 7, 8 }, { "parameter_list_length", 10, 7, 32 }),
	  .note = "stores all attributes of the list or none; returns status when they and all "
		  "earlier data are on stable storage, also with WTC=0" },

	{ .code = OPCODE_SPACE_16, .sa = SA_NONE, .len = 16, .name = "SPACE(16)", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_space16,
	  .fields = FIELDS({ "code", 1, 3, 4 }, { "count", 4, 7, 64 }),
	  .note = "works as SPACE(6), with a 64-bit count" },

	{ .code = OPCODE_LOCATE_16, .sa = SA_NONE, .len = 16, .name = "LOCATE(16)", .dir = DIR_NONE,
	  .gates = MOVES, .run = ssc_locate16,
	  .fields = FIELDS({ "dest_type", 1, 5, 3 }, { "cp", 1, 1, 1 }, { "immed", 1, 0, 1 },
		{ "partition", 3, 7, 8 }, { "logical_identifier", 4, 7, 64 }),
	  .note = "locates an object, a file or end of data; changes the partition with CP=1" },

	{ .code = OPCODE_SECURITY_PROTOCOL_IN, .sa = SA_NONE, .len = 12, .name = "SECURITY PROTOCOL IN", .dir = DIR_IN,
	  .gates = ANY | GATE_READ_ONLY, .timeout = 60, .run = scsi_security_in,
	  .fields = FIELDS({ "security_protocol", 1, 7, 8 }, { "security_protocol_specific", 2, 7, 16 },
		{ "allocation_length", 6, 7, 32 }),
	  .note = "returns the state of encryption and a public key, never another; LTO drives do not have the pages 0002h and 0022h of protocol 20h" },

	{ .code = OPCODE_SECURITY_PROTOCOL_OUT, .sa = SA_NONE, .len = 12, .name = "SECURITY PROTOCOL OUT", .dir = DIR_OUT,
	  .gates = ANY, .timeout = 60, .run = scsi_security_out,
	  .fields = FIELDS({ "security_protocol", 1, 7, 8 }, { "security_protocol_specific", 2, 7, 16 },
		{ "parameter_list_length", 6, 7, 32 }),
	  .partly = "ENCRYPTION MODE EXTERNAL is refused (5/26/00, byte 6): the capabilities of LTO drives name no external mode (EEMC_C 00b)",
	  .note = "sets the key with which records are encrypted and decrypted; from LTO-7 on it may be wrapped with the public key" },

	{ 0 },
};
/* clang-format on */
