/* SPDX-License-Identifier: Apache-2.0 */
/* Log parameters about the data of this mount: 02h and 03h (error counters), 1Bh and 32h (Data Compression), 38h
 * (blocks and bytes). A reset by LOG SELECT sets the counters of a page to zero until the next load does so for all. */
#include "vtl/ssc/log_rows.h"

#include "vtl/ssc/compression.h"

enum { KIB = 1 << 10, MIB = 1 << 20, PERCENT = 100 };

/* --- 02h and 03h --------------------------------------------------------------------------------- */

static uint64_t bytes_written(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.written - tape_of(lu)->forgotten_writes.written;
}

static uint64_t bytes_read(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.read - tape_of(lu)->forgotten_reads.read;
}

static uint64_t writes_failed(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.write_errors - tape_of(lu)->forgotten_writes.write_errors;
}

static uint64_t reads_failed(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.read_errors - tape_of(lu)->forgotten_reads.read_errors;
}

void log_forget_writes(struct lu *lu)
{
	tape_of(lu)->forgotten_writes = tape_of(lu)->mount;
}

void log_forget_reads(struct lu *lu)
{
	tape_of(lu)->forgotten_reads = tape_of(lu)->mount;
}

/* --- 1Bh and 32h --------------------------------------------------------------------------------- */

/* The parameter behind each has the rest of the bytes. */
enum { TO_HOST_MB = 0x02, FROM_MEDIUM_MB = 0x04, FROM_HOST_MB = 0x06, TO_MEDIUM_MB = 0x08 };

/* Bytes since the load, or since a host cleared the counters. */
struct moved {
	uint64_t read, written; /* of hosts */
	struct tape_stored medium;
};

static struct moved moved_of(const struct lu *lu)
{
	const struct tape *tape = tape_of(lu);
	const struct tape_counters *since = &tape->forgotten_compression;
	return (struct moved){
		.read = tape->mount.read - since->read,
		.written = tape->mount.written - since->written,
		.medium = compression_stored(tape, since),
	};
}

static uint64_t compressed_bytes(const struct lu *lu, uint16_t code)
{
	const struct moved moved = moved_of(lu);
	switch (code) {
	case TO_HOST_MB: return moved.read;
	case FROM_MEDIUM_MB: return moved.medium.read;
	case FROM_HOST_MB: return moved.written;
	default: return moved.medium.written;
	}
}

static uint64_t read_ratio(struct lu *lu, uint16_t code)
{
	const struct moved moved = moved_of(lu);
	return compression_ratio(moved.read, moved.medium.read);
}

static uint64_t write_ratio(struct lu *lu, uint16_t code)
{
	const struct moved moved = moved_of(lu);
	return compression_ratio(moved.written, moved.medium.written);
}

static uint64_t whole_mb(struct lu *lu, uint16_t code)
{
	return compressed_bytes(lu, code) / MIB;
}

static uint64_t rest_bytes(struct lu *lu, uint16_t code)
{
	return compressed_bytes(lu, code - 1) % MIB;
}

static uint64_t compresses(struct lu *lu, uint16_t code)
{
	return compression_enabled(tape_of(lu));
}

void log_forget_compression(struct lu *lu)
{
	tape_of(lu)->forgotten_compression = compression_mount(tape_of(lu));
}

/* --- 38h ----------------------------------------------------------------------------------------- */

static uint64_t records(struct lu *lu, uint16_t code)
{
	enum { WRITTEN = 0x0000 };
	const struct tape *tape = tape_of(lu);
	return code == WRITTEN ? tape->mount.records_written - tape->forgotten_transfer.records_written
			       : tape->mount.records_read - tape->forgotten_transfer.records_read;
}

static uint64_t written_kib(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return (tape->mount.written - tape->forgotten_transfer.written) / KIB;
}

static uint64_t read_kib(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return (tape->mount.read - tape->forgotten_transfer.read) / KIB;
}

static uint64_t to_medium_kib(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return compression_stored(tape, &tape->forgotten_transfer).written / KIB;
}

static uint64_t from_medium_kib(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return compression_stored(tape, &tape->forgotten_transfer).read / KIB;
}

static uint64_t capacity_kib(struct lu *lu, uint16_t code)
{
	return log_usage_of(tape_of(lu)).capacity / KIB;
}

static uint64_t remaining_kib(struct lu *lu, uint16_t code)
{
	return log_usage_of(tape_of(lu)).remaining / KIB;
}

static uint64_t percent_of(const struct cart_usage *usage)
{
	return usage->capacity ? usage->used * PERCENT / usage->capacity : 0;
}

static uint64_t used_percent(struct lu *lu, uint16_t code)
{
	const struct cart_usage usage = log_usage_of(tape_of(lu));
	return percent_of(&usage);
}

static uint64_t here_capacity_kib(struct lu *lu, uint16_t code)
{
	return log_usage_here(tape_of(lu)).capacity / KIB;
}

static uint64_t here_remaining_kib(struct lu *lu, uint16_t code)
{
	return log_usage_here(tape_of(lu)).remaining / KIB;
}

static uint64_t here_used_percent(struct lu *lu, uint16_t code)
{
	const struct cart_usage usage = log_usage_here(tape_of(lu));
	return percent_of(&usage);
}

void log_forget_transferred(struct lu *lu)
{
	tape_of(lu)->forgotten_transfer = compression_mount(tape_of(lu));
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* clang-format off */
const struct log_param log_write_errors[] = {
	VALUE(0x0000, 4, log_zero, "errors corrected without delay"),
	VALUE(0x0001, 4, log_zero, "errors corrected with delay"),
	VALUE(0x0002, 4, log_zero, "rewrites"),
	VALUE(0x0003, 4, log_zero, "errors corrected"),
	VALUE(0x0004, 4, log_zero, "times corrected"),
	VALUE(0x0005, 6, bytes_written, "bytes processed", .unit = "bytes"),
	VALUE(0x0006, 4, writes_failed, "uncorrected errors"),
	VALUE(0x8000, 8, log_zero, "vendor counter"),
	VALUE(0x8001, 4, log_zero, "vendor counter"),
	END };

const struct log_param log_read_errors[] = {
	VALUE(0x0000, 4, log_zero, "errors corrected without delay"),
	VALUE(0x0001, 4, log_zero, "errors corrected with delay"),
	VALUE(0x0002, 4, log_zero, "rereads"),
	VALUE(0x0003, 4, log_zero, "errors corrected"),
	VALUE(0x0004, 4, log_zero, "times corrected"),
	VALUE(0x0005, 6, bytes_read, "bytes processed", .unit = "bytes"),
	VALUE(0x0006, 4, reads_failed, "uncorrected errors"),
	VALUE(0x8000, 8, log_zero, "vendor counter"),
	END };

#define COMPRESSION \
	VALUE(0x0000, 2, read_ratio, "read compression ratio, x 100", .flag = true), \
	VALUE(0x0001, 2, write_ratio, "write compression ratio, x 100", .flag = true), \
	VALUE(0x0002, 4, whole_mb, "sent to hosts", .unit = "MiB"), \
	VALUE(0x0003, 4, rest_bytes, "sent to hosts, remainder", .unit = "bytes"), \
	VALUE(0x0004, 4, whole_mb, "read from the medium", .unit = "MiB"), \
	VALUE(0x0005, 4, rest_bytes, "read from the medium, remainder", .unit = "bytes"), \
	VALUE(0x0006, 4, whole_mb, "received from hosts", .unit = "MiB"), \
	VALUE(0x0007, 4, rest_bytes, "received from hosts, remainder", .unit = "bytes"), \
	VALUE(0x0008, 4, whole_mb, "written to the medium", .unit = "MiB"), \
	VALUE(0x0009, 4, rest_bytes, "written to the medium, remainder", .unit = "bytes")

const struct log_param log_compression_1b[] = {
	COMPRESSION, VALUE(0x0100, 2, compresses, "compression enabled", .flag = true), END };
const struct log_param log_compression_32[] = { COMPRESSION, END };

/* Codes and lengths as captured from LTO-7 and LTO-9 drives; there are no data sets here. */
const struct log_param log_transferred[] = {
	VALUE(0x0000, 8, records, "records written by hosts"),
	VALUE(0x0001, 8, written_kib, "written by hosts", .unit = "KiB"),
	VALUE(0x0002, 8, records, "records read by hosts"),
	VALUE(0x0003, 8, read_kib, "read by hosts", .unit = "KiB"),
	VALUE(0x0004, 4, log_zero, "data sets written"),
	VALUE(0x0005, 6, written_kib, "processed for writing", .unit = "KiB"),
	VALUE(0x0006, 4, log_zero, "data sets read"),
	VALUE(0x0007, 6, read_kib, "processed for reading", .unit = "KiB"),
	VALUE(0x0008, 4, log_zero, "data sets sent to the medium"),
	VALUE(0x0009, 6, to_medium_kib, "sent to the medium", .unit = "KiB"),
	VALUE(0x000a, 4, log_zero, "data sets received from the medium"),
	VALUE(0x000b, 6, from_medium_kib, "received from the medium", .unit = "KiB"),
	FACT(0x000c, 8, here_capacity_kib, "nominal capacity of the partition", .unit = "KiB"),
	FACT(0x000d, 1, here_used_percent, "used part of the partition", .unit = "%"),
	FACT(0x000e, 8, capacity_kib, "nominal capacity of the volume", .unit = "KiB"),
	FACT(0x000f, 1, used_percent, "used part of the volume", .unit = "%"),
	FACT(0x0010, 8, remaining_kib, "remaining capacity of the volume", .unit = "KiB"),
	FACT(0x0011, 8, here_remaining_kib, "remaining capacity of the partition", .unit = "KiB"),
	END };
/* clang-format on */
