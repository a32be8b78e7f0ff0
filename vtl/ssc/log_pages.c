/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages as rows over the drive's counters. Counters of events that cannot occur are zero. */
#include <string.h>

#include "vtl/ssc/log_rows.h"
#include "vtl/ssc/tape.h"

/* clang-format off */

static const struct log_param device[] = {
	VALUE(0x0000, 8, log_mount_written, "data received by WRITE", .unit = "bytes"),
	VALUE(0x0001, 8, log_to_medium, "data written to the medium", .unit = "bytes"),
	VALUE(0x0002, 8, log_from_medium, "data read from the medium", .unit = "bytes"),
	VALUE(0x0003, 8, log_mount_read, "data sent by READ", .unit = "bytes"),
	VALUE(0x0004, 4, log_here_used_mb, "beginning of partition to end of data", .unit = "MB"),
	VALUE(0x0005, 4, log_here_warning_mb, "beginning of partition to early warning", .unit = "MB"),
	VALUE(0x0006, 4, log_here_warned_mb, "early warning to end of partition", .unit = "MB"),
	VALUE(0x0007, 4, log_unknown, "beginning of partition to the position", .unit = "MB"),
	VALUE(0x0008, 4, log_buffer_mb, "object buffer", .unit = "MB"),
	VALUE(0x0100, 8, log_zero, "cleaning required", .flag = true),
	VALUE(0x8000, 4, log_since_cleaning_mb, "data since cleaning", .unit = "MB"),
	VALUE(0x8001, 4, log_loads, "loads of the cartridge"),
	VALUE(0x8002, 4, log_cleanings, "cleanings"),
	END };

static const struct log_param status[] = {
	BUILT(0x0000, 4, log_very_high_frequency, "very high frequency data"),
	FACT(0x0001, 2, log_poll_ms, "very high frequency polling delay", .unit = "ms"),
	BUILT(0x8000, 8, log_volume_serial, "volume serial"),
	END };

static const struct log_param volume[] = {
	FACT(0x0000, 1, log_loaded, "page valid"),
	FACT(0x0001, 4, log_loads, "threads"),
	FACT(0x0002, 8, log_zero, "data sets written"),
	FACT(0x0003, 4, log_zero, "recovered write errors"),
	FACT(0x0004, 2, log_mount_write_errors, "unrecovered write errors"),
	FACT(0x0005, 2, log_zero, "suspended writes"),
	FACT(0x0006, 2, log_zero, "fatal suspended writes"),
	FACT(0x0007, 8, log_zero, "data sets read"),
	FACT(0x0008, 4, log_zero, "recovered read errors"),
	FACT(0x0009, 2, log_mount_read_errors, "unrecovered read errors"),
	FACT(0x000c, 2, log_zero, "unrecovered write errors of the last mount"),
	FACT(0x000d, 2, log_zero, "unrecovered read errors of the last mount"),
	FACT(0x000e, 4, log_mount_written_mb, "written in this mount", .unit = "MB"),
	FACT(0x000f, 4, log_mount_read_mb, "read in this mount", .unit = "MB"),
	FACT(0x0010, 8, log_life_written_mb, "written in the cartridge's life", .unit = "MB"),
	FACT(0x0011, 8, log_life_read_mb, "read in the cartridge's life", .unit = "MB"),
	FACT(0x0012, 2, log_write_ratio, "write compression ratio of the last mount, x 100"),
	FACT(0x0013, 2, log_read_ratio, "read compression ratio of the last mount, x 100"),
	FACT(0x0014, 6, log_mounted_ms, "medium mount time", .unit = "ms"),
	FACT(0x0015, 6, log_mounted_ms, "medium ready time", .unit = "ms"),
	FACT(0x0016, 4, log_capacity_mb, "native capacity", .unit = "MB"),
	FACT(0x0017, 4, log_used_mb, "used native capacity", .unit = "MB"),
	FACT(0x0018, 4, log_design_mb, "application design capacity", .unit = "MB"),
	FACT(0x0019, 1, log_life_left, "life remaining", .unit = "%"),
	TEXT(0x0040, 32, log_volume_serial, "volume serial number"),
	TEXT(0x0042, 32, log_barcode, "volume barcode"),
	TEXT(0x0043, 8, log_manufacturer, "volume manufacturer"),
	FACT(0x0080, 1, log_protected, "write protected"),
	FACT(0x0081, 1, log_worm, "write once, read many"),
	FACT(0x0082, 1, log_zero, "temperature limit exceeded"),
	FACT(0x0101, 4, log_loads, "beginning of medium passes"),
	FACT(0x0102, 4, log_zero, "middle of medium passes"),
	BUILT(0x0200, 10, log_first_encrypted, "first encrypted object of each partition"),
	BUILT(0x0201, 10, log_first_encrypted, "first unencrypted object behind it, of each partition"),
	BUILT(0x0202, 8, log_partition_native, "native capacity of each partition"),
	BUILT(0x0203, 8, log_partition_used, "used capacity of each partition"),
	BUILT(0x0204, 8, log_partition_left, "remaining capacity of each partition"),
	END };

static const struct log_param capacity[] = {
	VALUE(0x0001, 4, log_left_mib, "remaining capacity, partition 0", .unit = "MiB"),
	VALUE(0x0002, 4, log_left_mib, "remaining capacity, partition 1", .unit = "MiB"),
	VALUE(0x0003, 4, log_capacity_mib, "maximum capacity, partition 0", .unit = "MiB"),
	VALUE(0x0004, 4, log_capacity_mib, "maximum capacity, partition 1", .unit = "MiB"),
	VALUE(0x0005, 4, log_left_mib, "remaining capacity, partition 2", .unit = "MiB", .present = log_many_partitions),
	VALUE(0x0006, 4, log_left_mib, "remaining capacity, partition 3", .unit = "MiB", .present = log_many_partitions),
	VALUE(0x0007, 4, log_capacity_mib, "maximum capacity, partition 2", .unit = "MiB", .present = log_many_partitions),
	VALUE(0x0008, 4, log_capacity_mib, "maximum capacity, partition 3", .unit = "MiB", .present = log_many_partitions),
	END };

#define FLAG(n)   { .code = (n), .len = 1, .control = ALERT, .flag = true, .value = log_alert, .name = "TapeAlert flag" }
#define FLAG4(n)  FLAG(n), FLAG((n) + 1), FLAG((n) + 2), FLAG((n) + 3)
#define FLAG16(n) FLAG4(n), FLAG4((n) + 4), FLAG4((n) + 8), FLAG4((n) + 12)
static const struct log_param alerts[] = { FLAG16(1), FLAG16(17), FLAG16(33), FLAG16(49), END };

/* clang-format on */

/* clang-format off */
#define PAGE_00 { .page = 0x00, .name = "Supported Log Pages" }
#define PAGE_02 { .page = 0x02, .name = "Write Error Counters", .params = log_write_errors, .reset = log_forget_writes }
#define PAGE_03 { .page = 0x03, .name = "Read Error Counters", .params = log_read_errors, .reset = log_forget_reads }
#define PAGE_06 { .page = 0x06, .name = "Non-Medium Errors", .params = log_non_medium }
#define PAGE_0C { .page = 0x0c, .name = "Sequential-Access Device", .params = device }
#define PAGE_11 { .page = 0x11, .name = "DT Device Status", .params = status }
#define PAGE_12 { .page = 0x12, .name = "TapeAlert Response", .params = log_alert_response }
#define PAGE_13 { .page = 0x13, .name = "Requested Recovery", .params = log_recovery }
#define PAGE_14 { .page = 0x14, .name = "Device Statistics", .params = log_device_statistics }
#define PAGE_15 { .page = 0x15, .name = "Service Buffers Information", .params = log_service_buffers }
#define PAGE_16 { .page = 0x16, .name = "Tape Diagnostic Data", .params = log_diagnostic_data }
#define PAGE_17 { .page = 0x17, .name = "Volume Statistics", .params = volume }
#define PAGE_18 { .page = 0x18, .name = "Protocol Specific Port", .params = log_port }
#define PAGE_1A { .page = 0x1a, .name = "Power Condition Transitions", .params = log_power }
#define PAGE_1B { .page = 0x1b, .name = "Data Compression", .params = log_compression_1b, .reset = log_forget_compression }
#define PAGE_2E { .page = 0x2e, .name = "TapeAlert", .params = alerts, .sent = log_alert_sent }
#define PAGE_30(list) { .page = 0x30, .name = "Tape Usage", .params = list }
#define PAGE_31 { .page = 0x31, .name = "Tape Capacity", .params = capacity }
#define PAGE_32 { .page = 0x32, .name = "Data Compression (vendor)", .params = log_compression_32, .reset = log_forget_compression }
#define PAGE_33 { .page = 0x33, .name = "Device Write Errors", .params = log_write_forward }
#define PAGE_34 { .page = 0x34, .name = "Device Read Forward Errors", .params = log_read_forward }
#define PAGE_37 { .page = 0x37, .name = "Performance Characteristics", .params = log_quality_mount }
/* 4xh and 5xh tell about this mount, 8xh and 9xh about the life of the drive. */
#define PAGE_37_SUB(number, list) { .page = 0x37, .subpage = number, .name = "Performance Characteristics", .params = list }
#define PAGES_37 PAGE_37, PAGE_37_SUB(0x10, log_quality_mount), PAGE_37_SUB(0x40, log_quality_mount), \
	PAGE_37_SUB(0x51, log_commands_mount), PAGE_37_SUB(0x80, log_quality_life), PAGE_37_SUB(0x91, log_commands_life)
#define PAGE_38 { .page = 0x38, .name = "Blocks and Bytes Transferred", .params = log_transferred, .reset = log_forget_transferred }

/* IBM drives, and HP and HPE drives from LTO-7 on: the list of LTO-7 and LTO-9 drives, as far as the pages have
 * values here. */
const struct log_page log_pages_ibm[] = {
	PAGE_00, PAGE_02, PAGE_03, PAGE_06, PAGE_0C, PAGE_11, PAGE_12, PAGE_14, PAGE_16, PAGE_17, PAGE_18, PAGE_1A,
	PAGE_1B, PAGE_2E, PAGE_30(log_usage_ibm), PAGE_31, PAGE_32, PAGE_33, PAGE_34, PAGES_37,
	PAGE_38, { 0 },
};
/* HP drives up to LTO-6: the list of an LTO-6 drive. */
const struct log_page log_pages_hp[] = {
	PAGE_00, PAGE_02, PAGE_03, PAGE_0C, PAGE_11, PAGE_12, PAGE_13, PAGE_14, PAGE_15, PAGE_16, PAGE_17, PAGE_18,
	PAGE_1B, PAGE_2E, PAGE_30(log_usage_hp), PAGE_31, PAGE_32, PAGE_33, PAGE_34, { 0 },
};
/* clang-format on */
