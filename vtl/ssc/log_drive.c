/* SPDX-License-Identifier: Apache-2.0 */
/* Log parameters about the drive: errors, TapeAlert flags, life, usage, efficiency. Counters of events that cannot
 * occur are zero. What is counted over a drive's life is counted since the daemon started, except cleanings. */
#include "vtl/ssc/log_rows.h"

#include "vtl/ssc/tape.h"

enum { HOUR_MS = 3600 * 1000, RATED = 0x60 };

/* --- 12h ----------------------------------------------------------------------------------------- */

/* 64 flags, flag 1 first. They stay until their condition ends; reading does not clear them (SSC-5 8.3.4). */
static void alert_bits(struct lu *lu, uint16_t code, struct wire *w)
{
	uint64_t set = tape_of(lu)->health.alerts, bits = 0;
	for (unsigned flag = 0; flag < 64; flag++)
		bits |= (set >> flag & 1) << (63 - flag);
	wire_be64(w, bits);
}

/* --- 13h and 18h --------------------------------------------------------------------------------- */

/* SSC-5 8.3.5: one recovery procedure, which says that none is requested. */
static void no_recovery(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_u8(w, 0);
}

/* Only the protocol identifier: iSCSI has no counters of a port (SPC-5 7.3.17). */
static void port_protocol(struct lu *lu, uint16_t code, struct wire *w)
{
	enum { ISCSI = 0x05 };
	wire_u8(w, ISCSI);
	wire_zero(w, 3);
}

/* --- 14h ----------------------------------------------------------------------------------------- */

static uint64_t mounts(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mounts;
}

static uint64_t power_on_hours(struct lu *lu, uint16_t code)
{
	return (uint64_t)(now_ms() - tape_of(lu)->began_ms) / HOUR_MS;
}

static uint64_t hard_write_errors(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->total.write_errors;
}

static uint64_t hard_read_errors(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->total.read_errors;
}

static uint64_t one(struct lu *lu, uint16_t code)
{
	return 1;
}

static uint64_t removal_prevented(struct lu *lu, uint16_t code)
{
	return lu_removal_prevented(lu);
}

/* --- 37h ----------------------------------------------------------------------------------------- */

/* Nothing is read or written twice to correct an error: full efficiency, if there were data at all. */
static uint64_t percent(uint64_t bytes)
{
	enum { ALL = 100 << 16 };
	return bytes ? ALL : 0;
}

static uint64_t mount_read_percent(struct lu *lu, uint16_t code)
{
	return percent(tape_of(lu)->mount.read);
}

static uint64_t mount_write_percent(struct lu *lu, uint16_t code)
{
	return percent(tape_of(lu)->mount.written);
}

static uint64_t life_read_percent(struct lu *lu, uint16_t code)
{
	return percent(tape_of(lu)->total.read);
}

static uint64_t life_write_percent(struct lu *lu, uint16_t code)
{
	return percent(tape_of(lu)->total.written);
}

/* From 1 (full efficiency) to 255; 0 as long as there is nothing to rate. */
static uint64_t rating(const struct tape_counters *counters)
{
	return counters->read || counters->written;
}

static uint64_t mount_rating(struct lu *lu, uint16_t code)
{
	return rating(&tape_of(lu)->mount);
}

static uint64_t life_rating(struct lu *lu, uint16_t code)
{
	return rating(&tape_of(lu)->total);
}

static void serial(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_ascii(w, lu->id.serial, SERIAL_LEN);
}

/* clang-format off */
const struct log_param log_non_medium[] = { VALUE(0x0000, 4, log_zero, "non-medium errors"), END };

const struct log_param log_alert_response[] = { BUILT(0x0000, 8, alert_bits, "TapeAlert flags"), END };

const struct log_param log_recovery[] = { BUILT(0x0000, 1, no_recovery, "requested recovery procedures"), END };

const struct log_param log_device_statistics[] = {
	FACT(0x0000, 8, mounts, "loads"),
	FACT(0x0001, 8, log_cleanings, "cleanings"),
	FACT(0x0002, 8, power_on_hours, "power on", .unit = "hours"),
	FACT(0x0003, 8, log_zero, "medium motion", .unit = "hours"),
	FACT(0x0004, 8, log_zero, "tape processed", .unit = "metres"),
	FACT(0x0005, 8, log_zero, "medium motion at the last incompatible load", .unit = "hours"),
	FACT(0x0006, 8, log_zero, "power on at the last temperature condition", .unit = "hours"),
	FACT(0x0007, 8, log_zero, "power on at the last power consumption condition", .unit = "hours"),
	FACT(0x0008, 8, log_zero, "medium motion since the last cleaning", .unit = "hours"),
	FACT(0x000c, 8, one, "power cycles"),
	FACT(0x000d, 8, mounts, "loads since the last reset of the counters"),
	FACT(0x000e, 8, hard_write_errors, "hard write errors"),
	FACT(0x000f, 8, hard_read_errors, "hard read errors"),
	TEXT(0x0040, SERIAL_LEN, serial, "drive manufacturer's serial number"),
	TEXT(0x0041, SERIAL_LEN, serial, "drive serial number"),
	FACT(0x0080, 1, removal_prevented, "medium removal prevented"),
	FACT(0x0081, 1, log_zero, "temperature limit exceeded"),
	END };

/* No service buffer is announced: READ BUFFER needs no page to find the dump. */
const struct log_param log_service_buffers[] = { END };
#define DIAGNOSTIC(n) BUILT(n, 68, log_diagnostic_record, "error, the newest first")
const struct log_param log_diagnostic_data[] = {
	DIAGNOSTIC(0x0000), DIAGNOSTIC(0x0001), DIAGNOSTIC(0x0002), DIAGNOSTIC(0x0003), DIAGNOSTIC(0x0004), DIAGNOSTIC(0x0005),
	DIAGNOSTIC(0x0006), DIAGNOSTIC(0x0007), DIAGNOSTIC(0x0008), DIAGNOSTIC(0x0009), DIAGNOSTIC(0x000a), DIAGNOSTIC(0x000b),
	END };
_Static_assert(sizeof log_diagnostic_data / sizeof *log_diagnostic_data == DIAGNOSTIC_RECORDS + 1, "a row for each record");

const struct log_param log_port[] = { BUILT(0x0001, 4, port_protocol, "target port 1"), END };

const struct log_param log_power[] = {
	VALUE(0x0001, 4, log_zero, "transitions to active"),
	VALUE(0x0008, 4, log_zero, "transitions to idle_c"),
	END };

#define USAGE \
	{ .code = 0x0001, .len = 4, .control = ALERT, .value = log_loads, .name = "threads" }, \
	{ .code = 0x0002, .len = 8, .control = ALERT, .value = log_zero, .name = "data sets written" }, \
	{ .code = 0x0003, .len = 4, .control = ALERT, .value = log_zero, .name = "write retries" }, \
	{ .code = 0x0004, .len = 2, .control = ALERT, .value = log_mount_write_errors, .name = "unrecovered write errors" }, \
	{ .code = 0x0005, .len = 2, .control = ALERT, .value = log_zero, .name = "suspended writes" }, \
	{ .code = 0x0006, .len = 2, .control = ALERT, .value = log_zero, .name = "fatal suspended writes" }, \
	{ .code = 0x0007, .len = 8, .control = ALERT, .value = log_zero, .name = "data sets read" }, \
	{ .code = 0x0008, .len = 4, .control = ALERT, .value = log_zero, .name = "read retries" }, \
	{ .code = 0x0009, .len = 2, .control = ALERT, .value = log_mount_read_errors, .name = "unrecovered read errors" }
const struct log_param log_usage_hp[] = { USAGE, END };
const struct log_param log_usage_ibm[] = {
	USAGE,
	{ .code = 0x000a, .len = 2, .control = ALERT, .value = log_zero, .name = "suspended reads" },
	{ .code = 0x000b, .len = 2, .control = ALERT, .value = log_zero, .name = "fatal suspended reads" },
	END };

/* As many counters as LTO-7 and LTO-9 drives have; all count corrections of signals, which do not occur. */
#define ERROR(c) VALUE(c, 2, log_zero, "corrected error")
const struct log_param log_write_forward[] = {
	ERROR(0x0000), ERROR(0x0001), ERROR(0x0002), ERROR(0x0003), ERROR(0x0004), ERROR(0x0005),
	ERROR(0x0006), ERROR(0x0007), ERROR(0x0008), ERROR(0x0009), ERROR(0x000a), ERROR(0x000b),
	ERROR(0x000c), ERROR(0x000d), ERROR(0x000e), ERROR(0x000f), ERROR(0x0010), ERROR(0x0011),
	END };
const struct log_param log_read_forward[] = {
	ERROR(0x0000), ERROR(0x0001), ERROR(0x0002), ERROR(0x0003), ERROR(0x0004), ERROR(0x0005),
	ERROR(0x0006), ERROR(0x0007), ERROR(0x0008), ERROR(0x0009), ERROR(0x000a), ERROR(0x000b),
	ERROR(0x000c), ERROR(0x000d), ERROR(0x000e), ERROR(0x000f), ERROR(0x0010), ERROR(0x0011),
	ERROR(0x0012), ERROR(0x0013), ERROR(0x0014), ERROR(0x0015), ERROR(0x0016), ERROR(0x0017),
	ERROR(0x0018), ERROR(0x0019), ERROR(0x001a), ERROR(0x001b), ERROR(0x001c), ERROR(0x001d),
	ERROR(0x001e),
	END };

#define RATING(c, v, t) { .code = c, .len = 1, .control = RATED, .value = v, .name = t, .flag = true }
#define QUALITY(v) \
	RATING(0x0000, v, "efficiency of the drive"), \
	RATING(0x0001, v, "efficiency of the medium"), \
	RATING(0x0010, v, "efficiency of the interfaces"), \
	RATING(0x0011, v, "efficiency of interface 0"), \
	RATING(0x0012, log_zero, "efficiency of interface 1, which is not there"), \
	RATING(0x001a, log_zero, "efficiency of the library interface"), \
	END
const struct log_param log_quality_mount[] = { QUALITY(mount_rating) };
const struct log_param log_quality_life[] = { QUALITY(life_rating) };
#define PERCENT(c, v, t) { .code = c, .len = 4, .control = RATED, .value = v, .name = t, .unit = "% / 65536", .flag = true }
const struct log_param log_commands_mount[] = {
	PERCENT(0x03d0, mount_read_percent, "efficiency of reading"),
	PERCENT(0x04d0, mount_write_percent, "efficiency of writing"),
	END };
const struct log_param log_commands_life[] = {
	PERCENT(0x03d0, life_read_percent, "efficiency of reading"),
	PERCENT(0x04d0, life_write_percent, "efficiency of writing"),
	END };
/* clang-format on */
