/* SPDX-License-Identifier: Apache-2.0 */
/* Log parameters about the data of this mount: 1Bh and 32h (Data Compression), 38h (blocks and bytes). A reset by
 * LOG SELECT sets the counters of a page to zero until the next load does so for all. */
#include "vtl/ssc/log_rows.h"

#include "vtl/ssc/tape.h"

enum { KIB = 1 << 10, MIB = 1 << 20, PERCENT = 100 };

/* --- 1Bh and 32h --------------------------------------------------------------------------------- */

enum { FROM_HOST_MB = 0x06 };

/* Parameters 0002h to 0005h count what was read, 0006h to 0009h what was written. Nothing is compressed, so that
 * the medium has as many bytes as the host. */
static uint64_t compressed_bytes(const struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return code < FROM_HOST_MB ? tape->mount.read - tape->forgotten_compression.read
				   : tape->mount.written - tape->forgotten_compression.written;
}

static uint64_t whole_mb(struct lu *lu, uint16_t code)
{
	return compressed_bytes(lu, code) / MIB;
}

static uint64_t rest_bytes(struct lu *lu, uint16_t code)
{
	return compressed_bytes(lu, code) % MIB;
}

static uint64_t compresses(struct lu *lu, uint16_t code)
{
	enum { PAGE = 0x0f, BYTE = 2, DCE = 0x80 };
	const uint8_t *page = lu_mode(lu, PAGE, 0);
	return page && page[BYTE] & DCE;
}

void log_forget_compression(struct lu *lu)
{
	tape_of(lu)->forgotten_compression = tape_of(lu)->mount;
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

static uint64_t capacity_kib(struct lu *lu, uint16_t code)
{
	return log_usage_of(tape_of(lu)).capacity / KIB;
}

static uint64_t remaining_kib(struct lu *lu, uint16_t code)
{
	return log_usage_of(tape_of(lu)).remaining / KIB;
}

static uint64_t used_percent(struct lu *lu, uint16_t code)
{
	const struct cart_usage usage = log_usage_of(tape_of(lu));
	return usage.capacity ? usage.used * PERCENT / usage.capacity : 0;
}

void log_forget_transferred(struct lu *lu)
{
	tape_of(lu)->forgotten_transfer = tape_of(lu)->mount;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* clang-format off */
#define COMPRESSION \
	VALUE(0x0000, 2, log_ratio, "read compression ratio, x 100", .flag = true), \
	VALUE(0x0001, 2, log_ratio, "write compression ratio, x 100", .flag = true), \
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
	VALUE(0x0009, 6, written_kib, "sent to the medium", .unit = "KiB"),
	VALUE(0x000a, 4, log_zero, "data sets received from the medium"),
	VALUE(0x000b, 6, read_kib, "received from the medium", .unit = "KiB"),
	FACT(0x000c, 8, capacity_kib, "nominal capacity of the partition", .unit = "KiB"),
	FACT(0x000d, 1, used_percent, "used part of the partition", .unit = "%"),
	FACT(0x000e, 8, capacity_kib, "nominal capacity of the volume", .unit = "KiB"),
	FACT(0x000f, 1, used_percent, "used part of the volume", .unit = "%"),
	FACT(0x0010, 8, remaining_kib, "remaining capacity of the volume", .unit = "KiB"),
	FACT(0x0011, 8, remaining_kib, "remaining capacity of the partition", .unit = "KiB"),
	END };
/* clang-format on */
