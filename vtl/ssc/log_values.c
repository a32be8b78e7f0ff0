/* SPDX-License-Identifier: Apache-2.0 */
/* Values of log parameters, one function per value. */
#include "vtl/ssc/log_values.h"

#include "vtl/ssc/compression.h"

enum { MB = 1000000, MIB = 1 << 20, BUFFER_MB = 16, POLL_MS = 500 };

struct cart_usage log_usage_of(const struct tape *tape)
{
	struct cart_usage usage = { 0 };
	if (tape->cart)
		cart_usage(tape->cart, &usage);
	return usage;
}

uint64_t log_zero(struct lu *lu, uint16_t code)
{
	return 0;
}

uint64_t log_unknown(struct lu *lu, uint16_t code)
{
	return UINT32_MAX;
}

uint64_t log_mount_written(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.written;
}

uint64_t log_mount_read(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.read;
}

uint64_t log_mount_written_mb(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.written / MB;
}

uint64_t log_mount_read_mb(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.read / MB;
}

uint64_t log_mount_write_errors(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.write_errors;
}

uint64_t log_mount_read_errors(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->mount.read_errors;
}

uint64_t log_life_written_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? (tape->counters.written + tape->mount.written) / MB : 0;
}

uint64_t log_life_read_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? (tape->counters.read + tape->mount.read) / MB : 0;
}

uint64_t log_life_left(struct lu *lu, uint16_t code)
{
	return 100;
}

uint64_t log_cleanings(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->cleanings;
}

uint64_t log_since_cleaning_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return (tape->total.written + tape->total.read - tape->cleaned_at) / MB;
}

uint64_t log_loads(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? tape->counters.loads + 1 : 0;
}

uint64_t log_loaded(struct lu *lu, uint16_t code)
{
	return tape_of(lu)->cart != NULL;
}

uint64_t log_protected(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart && tape_protection(tape) != DRIVE_WRITABLE;
}

uint64_t log_worm(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart && tape->label.worm;
}

uint64_t log_capacity_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? log_usage_of(tape).capacity / MB : UINT32_MAX;
}

/* Part of the native capacity, in GB (IBM LTO SCSI Reference, GA32-0928-06, table 5); an LTO-9 drive was seen with it. */
uint64_t log_design_mb(struct lu *lu, uint16_t code)
{
	static const struct {
		enum medium_format format;
		unsigned design, native;
	} designs[] = { { FORMAT_M8, 8400, 9000 }, { FORMAT_LTO8, 11600, 12000 },
		{ FORMAT_LTO9, 17400, 18000 } };
	const struct tape *tape = tape_of(lu);
	uint64_t megabytes = log_capacity_mb(lu, code);
	for (size_t i = 0; tape->cart && i < sizeof designs / sizeof *designs; i++)
		if (designs[i].format == tape->generation->format)
			return megabytes * designs[i].design / designs[i].native;
	return megabytes;
}

uint64_t log_used_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? log_usage_of(tape).used / MB : UINT32_MAX;
}

struct cart_usage log_usage_here(const struct tape *tape)
{
	struct cart_position at;
	struct cart_usage usage = { 0 };
	if (!tape->cart)
		return usage;
	cart_position(tape->cart, &at);
	cart_partition_usage(tape->cart, at.partition, &usage);
	return usage;
}

uint64_t log_here_warning_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	const struct cart_usage usage = log_usage_here(tape);
	return tape->cart ? (usage.capacity - usage.warned) / MB : UINT32_MAX;
}

uint64_t log_here_warned_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? log_usage_here(tape).warned / MB : UINT32_MAX;
}

uint64_t log_here_used_mb(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? log_usage_here(tape).used / MB : UINT32_MAX;
}

/* Codes 1 and 3 are those of partition 0, 2 and 4 those of partition 1, 5 and 7 of partition 2, 6 and 8 of partition 3. */
static struct cart_usage usage_by_code(const struct tape *tape, uint16_t code)
{
	struct cart_usage usage = { 0 };
	if (tape->cart)
		cart_partition_usage(tape->cart, (code - 1u) % 2 + (code > 4 ? 2 : 0), &usage);
	return usage;
}

bool log_many_partitions(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart && cart_partitions(tape->cart) > 2;
}

uint64_t log_capacity_mib(struct lu *lu, uint16_t code)
{
	return usage_by_code(tape_of(lu), code).capacity / MIB;
}

uint64_t log_left_mib(struct lu *lu, uint16_t code)
{
	return usage_by_code(tape_of(lu), code).remaining / MIB;
}

uint64_t log_buffer_mb(struct lu *lu, uint16_t code)
{
	return BUFFER_MB;
}

uint64_t log_poll_ms(struct lu *lu, uint16_t code)
{
	return POLL_MS;
}

uint64_t log_read_ratio(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return compression_ratio(tape->mount.read, compression_stored(tape, NULL).read);
}

uint64_t log_write_ratio(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return compression_ratio(tape->mount.written, compression_stored(tape, NULL).written);
}

uint64_t log_to_medium(struct lu *lu, uint16_t code)
{
	return compression_stored(tape_of(lu), NULL).written;
}

uint64_t log_from_medium(struct lu *lu, uint16_t code)
{
	return compression_stored(tape_of(lu), NULL).read;
}

uint64_t log_mounted_ms(struct lu *lu, uint16_t code)
{
	const struct tape *tape = tape_of(lu);
	return tape->cart ? (uint64_t)(now_ms() - tape->loaded_ms) : 0;
}

/* The drive's activity, in the code of the automation interface (ADC-4). */
static uint8_t activity_code(const struct tape *tape)
{
	/* clang-format off */
	static const uint8_t codes[] = {
		[DRIVE_IDLE] = 0x00, [DRIVE_READING] = 0x05, [DRIVE_WRITING] = 0x06,
		[DRIVE_POSITIONING] = 0x07, [DRIVE_REWINDING] = 0x08, [DRIVE_LOADING] = 0x02,
		[DRIVE_UNLOADING] = 0x03, [DRIVE_ERASING] = 0x09,
		[DRIVE_CLEANING] = 0x01,
	};
	/* clang-format on */
	return codes[tape->activity];
}

void log_very_high_frequency(struct lu *lu, uint16_t code, struct wire *w)
{
	enum { PAMR = 0x80, MACC = 0x20, CMPR = 0x10, WRTP = 0x08, DINIT = 0x01 };
	enum { INXTN = 0x80, RAA = 0x20, MPRSNT = 0x10, MSTD = 0x04, MTHRD = 0x02, MOUNTED = 0x01 };
	const struct tape *tape = tape_of(lu);
	bool present = tape->state != TAPE_EMPTY;
	bool loaded = tape->cart != NULL;
	bool cleaning = tape->state == TAPE_CLEANING;
	bool moving = tape->state == TAPE_LOADING || tape->state == TAPE_UNLOADING || cleaning;
	bool protected = loaded && tape_protection(tape) != DRIVE_WRITABLE;
	wire_u8(w,
		(uint32_t)((lu_removal_prevented(lu) ? PAMR : 0) | (present ? MACC : 0) | CMPR |
			(protected ? WRTP : 0) | DINIT));
	wire_u8(w,
		(uint32_t)((moving ? INXTN : 0) | (loaded || cleaning ? 0 : RAA) |
			(present ? MPRSNT | MSTD : 0) | (loaded ? MTHRD | MOUNTED : 0)));
	wire_u8(w, activity_code(tape));
	wire_u8(w, 0);
}

static const char *barcode_of(const struct tape *tape)
{
	return tape->state == TAPE_EMPTY ? "" : tape->label.barcode;
}

void log_volume_serial(struct lu *lu, uint16_t code, struct wire *w)
{
	enum { SHORT_CODE = 0x8000 };
	wire_ascii(w, barcode_of(tape_of(lu)), code == SHORT_CODE ? 8 : 32);
}

void log_barcode(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_ascii(w, barcode_of(tape_of(lu)), 32);
}

void log_manufacturer(struct lu *lu, uint16_t code, struct wire *w)
{
	wire_ascii(w, tape_of(lu)->cart ? "EVERTAPE" : "", 8);
}

/* A record of 10 bytes per partition: 48 bits of ones stand for none, the number before for one at an unknown place.
 * Where encrypted objects are is not known without reading them. */
void log_first_encrypted(struct lu *lu, uint16_t code, struct wire *w)
{
	enum { RECORD_REST = 9 };
	const struct tape *tape = tape_of(lu);
	unsigned n = tape->cart ? cart_partitions(tape->cart) : 1;
	bool encrypted = tape->cart && cart_features(tape->cart).read & FEATURE_ENCRYPTED;
	for (unsigned i = 0; i < n; i++) {
		wire_u8(w, RECORD_REST);
		wire_u8(w, 0);
		wire_be16(w, i);
		wire_be16(w, UINT16_MAX);
		wire_be32(w, encrypted ? UINT32_MAX - 1 : UINT32_MAX);
	}
}

/* One record per partition: length of the rest, reserved, partition number, megabytes. Without a cartridge there is
 * one of zeros. */
static void partition_records(const struct tape *tape, struct wire *w,
	uint64_t (*bytes)(const struct cart_usage *usage))
{
	unsigned n = tape->cart ? cart_partitions(tape->cart) : 1;
	for (unsigned i = 0; i < n; i++) {
		struct cart_usage usage = { 0 };
		if (tape->cart)
			cart_partition_usage(tape->cart, i, &usage);
		wire_u8(w, 7);
		wire_u8(w, 0);
		wire_be16(w, i);
		wire_be32(w, (uint32_t)(bytes(&usage) / MB));
	}
}

static uint64_t native_of(const struct cart_usage *usage)
{
	return usage->capacity;
}

static uint64_t used_of(const struct cart_usage *usage)
{
	return usage->used;
}

static uint64_t left_of(const struct cart_usage *usage)
{
	return usage->remaining;
}

void log_partition_native(struct lu *lu, uint16_t code, struct wire *w)
{
	partition_records(tape_of(lu), w, native_of);
}

void log_partition_used(struct lu *lu, uint16_t code, struct wire *w)
{
	partition_records(tape_of(lu), w, used_of);
}

void log_partition_left(struct lu *lu, uint16_t code, struct wire *w)
{
	partition_records(tape_of(lu), w, left_of);
}
