/* SPDX-License-Identifier: Apache-2.0 */
/* Values of attributes that the drive maintains, and of those of the medium. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vtl/ssc/attribute.h"
#include "vtl/ssc/tape.h"

enum { MIB = 1 << 20, DRIVES = 4, LAST_DRIVE = 0x020a, DRIVE_LEN = 40 };

/* Bytes of a cartridge's memory, up to LTO-5 and from LTO-6 on; what the drive keeps of it for itself. */
enum { LAST_SMALL = 5, MEMORY_SMALL = 8160, MEMORY = 16352, OWN_ROOM = 4096 };

static size_t memory_of(const struct tape *tape)
{
	return tape->generation->number <= LAST_SMALL ? MEMORY_SMALL : MEMORY;
}

size_t attribute_room(const struct tape *tape)
{
	return memory_of(tape) - OWN_ROOM;
}

size_t attribute_used(const struct cart *cart)
{
	size_t used = 0;
	struct cart_attribute a;
	for (const struct attribute *row = tape_attributes; row->name; row++) {
		uint32_t last = row->last ? row->last : row->id;
		for (uint32_t p = 0; attribute_is_hosts(row) && p < MEDIA_PARTITIONS; p++)
			for (uint32_t id = row->id;
				id <= last && cart_attribute_from(cart, p, (uint16_t)id, &a) && a.id <= last;
				id = a.id + 1u)
				used += ATTRIBUTE_HEAD + a.len;
	}
	return used;
}

/* --- device ------------------------------------------------------------------------------------------ */

static struct cart_usage usage_of(const struct attribute_ask *ask)
{
	struct cart_usage usage;
	cart_partition_usage(ask->tape->cart, ask->partition, &usage);
	return usage;
}

void attribute_remaining(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, usage_of(ask).remaining / MIB);
}

void attribute_maximum(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, usage_of(ask).capacity / MIB);
}

/* Flag 1 is the most significant bit. Reading them here does not clear them. */
void attribute_alerts(const struct attribute_ask *ask, struct wire *w)
{
	uint64_t flags = 0;
	for (unsigned i = 0; i < 64; i++)
		flags |= (ask->nexus ? ask->nexus->alerts >> i & 1 : 0) << (63 - i);
	wire_be64(w, flags);
}

void attribute_loads(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, ask->tape->counters.loads + 1);
}

void attribute_space(const struct attribute_ask *ask, struct wire *w)
{
	size_t room = attribute_room(ask->tape), used = attribute_used(ask->tape->cart);
	wire_be64(w, used < room ? room - used : 0);
}

void attribute_organization(const struct attribute_ask *ask, struct wire *w)
{
	wire_ascii(w, "LTO-CVE", 8);
}

void attribute_density(const struct attribute_ask *ask, struct wire *w)
{
	wire_u8(w, density_code(ask->tape->generation));
}

enum { INITIALIZATIONS = 0x0007 };

static uint16_t initializations_of(const struct tape *tape)
{
	struct cart_attribute stored;
	bool there = cart_attribute(tape->cart, 0, INITIALIZATIONS, &stored) && stored.len == 2;
	return there ? get_be16(stored.value) : 1;
}

uint32_t attribute_formats(const struct tape *tape)
{
	return initializations_of(tape);
}

void attribute_initializations(const struct attribute_ask *ask, struct wire *w)
{
	wire_be16(w, initializations_of(ask->tape));
}

void attribute_count_format(const struct tape *tape)
{
	uint8_t bytes[2];
	uint16_t times = initializations_of(tape);
	put_be16(bytes, times < UINT16_MAX ? times + 1u : times);
	cart_attribute_note(tape->cart,
		&(struct cart_attribute){ .id = INITIALIZATIONS, .len = sizeof bytes, .value = bytes });
}

void attribute_volume(const struct attribute_ask *ask, struct wire *w)
{
	wire_ascii(w, ask->tape->label.barcode, 32);
}

void attribute_changes(const struct attribute_ask *ask, struct wire *w)
{
	wire_be32(w, cart_changes(ask->tape->cart));
}

/* --- the drives of the last loads ----------------------------------------------------------------------- */

static void drive_of_load(const struct attribute_ask *ask, unsigned back, struct wire *w)
{
	struct cart_attribute stored;
	uint16_t id = (uint16_t)(LAST_DRIVE + back);
	if (cart_attribute(ask->tape->cart, 0, id, &stored) && stored.len == DRIVE_LEN)
		wire_mem(w, stored.value, DRIVE_LEN);
	else
		wire_ascii(w, "", DRIVE_LEN);
}

void attribute_drive_0(const struct attribute_ask *ask, struct wire *w)
{
	drive_of_load(ask, 0, w);
}

void attribute_drive_1(const struct attribute_ask *ask, struct wire *w)
{
	drive_of_load(ask, 1, w);
}

void attribute_drive_2(const struct attribute_ask *ask, struct wire *w)
{
	drive_of_load(ask, 2, w);
}

void attribute_drive_3(const struct attribute_ask *ask, struct wire *w)
{
	drive_of_load(ask, 3, w);
}

void attribute_remember_drive(const struct tape *tape)
{
	uint8_t drives[DRIVES][DRIVE_LEN];
	struct wire w = wire_over(drives, sizeof drives);
	const struct attribute_ask ask = { .tape = tape };
	wire_ascii(&w, tape->lu.id.vendor, 8);
	wire_ascii(&w, tape->lu.id.serial, 32);
	for (unsigned i = 0; i + 1 < DRIVES; i++)
		drive_of_load(&ask, i, &w);
	for (unsigned i = 0; i < DRIVES; i++)
		cart_attribute_note(tape->cart,
			&(struct cart_attribute){ .format = ATTRIBUTE_ASCII,
				.id = (uint16_t)(LAST_DRIVE + i),
				.len = DRIVE_LEN,
				.value = drives[i] });
}

/* --- amounts of data ------------------------------------------------------------------------------------- */

void attribute_life_written(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, (ask->tape->counters.written + ask->tape->mount.written) / MIB);
}

void attribute_life_read(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, (ask->tape->counters.read + ask->tape->mount.read) / MIB);
}

void attribute_load_written(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, ask->tape->mount.written / MIB);
}

void attribute_load_read(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, ask->tape->mount.read / MIB);
}

/* Where encrypted records are is not known without reading them. */
void attribute_first_encrypted(const struct attribute_ask *ask, struct wire *w)
{
	bool encrypted = cart_features(ask->tape->cart).read & FEATURE_ENCRYPTED;
	wire_be64(w, encrypted ? UINT64_MAX - 1 : UINT64_MAX);
}

static uint64_t stored_number(const struct tape *tape, uint16_t id)
{
	struct cart_attribute stored;
	return cart_attribute(tape->cart, 0, id, &stored) && stored.len == 8 ? get_be64(stored.value) : 0;
}

static void wire_be48(struct wire *w, uint64_t v)
{
	wire_be16(w, (uint32_t)(v >> 32) & 0xffff);
	wire_be32(w, (uint32_t)v);
}

/* SPC-5 table 443. Nothing is ever retried, and partitions are not counted. */
void attribute_medium_history(const struct attribute_ask *ask, struct wire *w)
{
	const struct tape *tape = ask->tape;
	const uint64_t written[] = { tape->mount.written / MIB, stored_number(tape, 0x0222),
		(tape->counters.written + tape->mount.written) / MIB };
	const uint64_t read[] = { tape->mount.read / MIB, stored_number(tape, 0x0223),
		(tape->counters.read + tape->mount.read) / MIB };
	for (unsigned i = 0; i < 3; i++) {
		wire_be48(w, written[i]);
		wire_be48(w, 0);
		wire_be48(w, read[i]);
		wire_be48(w, 0);
	}
	wire_be48(w, tape->counters.loads + 1);
	wire_be48(w, 0);
	wire_be48(w, 0);
}

/* --- medium ---------------------------------------------------------------------------------------------- */

void attribute_manufacturer(const struct attribute_ask *ask, struct wire *w)
{
	wire_ascii(w, "EVERTAPE", 8);
}

/* The 32 digits of the cartridge's uuid. */
static void serial_of(const struct tape *tape, char serial[static 33])
{
	for (const char *p = tape->label.uuid; *p; p++)
		if (*p != '-')
			*serial++ = *p;
	*serial = 0;
}

void attribute_serial(const struct attribute_ask *ask, struct wire *w)
{
	char serial[sizeof ask->tape->label.uuid];
	serial_of(ask->tape, serial);
	wire_ascii(w, serial, 32);
}

void attribute_length(const struct attribute_ask *ask, struct wire *w)
{
	wire_be32(w, tape_metres(ask->tape->generation));
}

void attribute_width(const struct attribute_ask *ask, struct wire *w)
{
	wire_be32(w, TAPE_WIDTH);
}

void attribute_made(const struct attribute_ask *ask, struct wire *w)
{
	char text[32] = "";
	struct tm day;
	time_t created = (time_t)ask->tape->label.created;
	if (gmtime_r(&created, &day))
		strftime(text, sizeof text, "%Y%m%d", &day);
	wire_ascii(w, text, 8);
}

void attribute_capacity(const struct attribute_ask *ask, struct wire *w)
{
	wire_be64(w, memory_of(ask->tape));
}

void attribute_medium_type(const struct attribute_ask *ask, struct wire *w)
{
	wire_u8(w, ask->tape->label.worm ? 0x80 : 0x00);
}

void attribute_type_information(const struct attribute_ask *ask, struct wire *w)
{
	wire_be16(w, 0);
}

void attribute_identity(const struct attribute_ask *ask, struct wire *w)
{
	char serial[sizeof ask->tape->label.uuid];
	serial_of(ask->tape, serial);
	wire_ascii(w, "EVERTAPE", 8);
	wire_ascii(w, serial, 20);
}

void attribute_other_identity(const struct attribute_ask *ask, struct wire *w)
{
	enum { BEHIND_THE_FIRST = 20 };
	char serial[sizeof ask->tape->label.uuid];
	serial_of(ask->tape, serial);
	wire_ascii(w, "EVERTAPE", 8);
	wire_ascii(w, serial + BEHIND_THE_FIRST, 16);
}

/* --- optimization of LTO-9 tapes ------------------------------------------------------------------------- */

enum { OPTIMIZATION_NEEDED = 0x1010, OPTIMIZATION_VERSION = 0x1a, FIRST_OPTIMIZED = 9 };

bool attribute_tape_blank(const struct tape *tape)
{
	return cart_is_blank(tape->cart);
}

void attribute_optimization_needed(const struct attribute_ask *ask, struct wire *w)
{
	struct cart_attribute stored;
	bool there = cart_attribute(ask->tape->cart, 0, OPTIMIZATION_NEEDED, &stored);
	wire_u8(w, there && stored.len == 1 ? stored.value[0] : 0);
}

void attribute_optimization_version(const struct attribute_ask *ask, struct wire *w)
{
	wire_u8(w, ask->tape->generation->number >= FIRST_OPTIMIZED ? OPTIMIZATION_VERSION : 0);
}

/* It takes no time: a virtual tape does not differ from another. */
void attribute_optimized(const struct tape *tape)
{
	struct cart_attribute stored;
	if (attribute_find(tape, OPTIMIZATION_NEEDED) &&
		cart_attribute(tape->cart, 0, OPTIMIZATION_NEEDED, &stored))
		cart_attribute_note(tape->cart, &(struct cart_attribute){ .id = OPTIMIZATION_NEEDED });
}
