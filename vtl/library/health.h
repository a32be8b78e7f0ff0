/* SPDX-License-Identifier: Apache-2.0 */
/* Health of cartridges and drives: faults, how often, since when, and the result of the last verify. Part of
 * this room's door. The catalog has a row for each cartridge (by uuid) and drive (by id) with something to
 * report. Rows are written in the background, several at once, so that nothing waits for them. Functions run
 * on worker 0, except health_report(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/library/library.h"

struct cart_report; /* media/container/container.h */

/* --- faults: a closed list of rows ------------------------------------------------------------ */

enum severity { SEVERITY_NONE, SEVERITY_WARNING, SEVERITY_CRITICAL };
/* "none", "warning", "critical" */
const char *severity_name(enum severity severity);

/* Stored in the catalog by number: never change a number, only append. */
enum health_kind {
	HEALTH_NONE,
	HEALTH_READ,     /* data could not be read or found */
	HEALTH_WRITE,    /* a write failed with an error */
	HEALTH_SYNC,     /* written data was lost */
	HEALTH_OPEN,     /* the cartridge could not be opened */
	HEALTH_FILES,    /* data files are missing */
	HEALTH_DAMAGED,  /* objects cannot be read by any means */
	HEALTH_TAMPERED, /* the files of a WORM cartridge were changed otherwise than by drives */
	N_HEALTH_KINDS,
};

struct health_row {
	const char *id;     /* stable name for programs: "read-errors" */
	const char *text;   /* for tables: "read errors" */
	const char *what;   /* in a sentence about a cartridge: "data could not be read" */
	const char *remedy; /* what to do; %s: the barcode */
	enum severity severity;
	const char *unit; /* a level: count is the present number of these, not the number of occurrences */
	bool ends_with_open; /* cleared when the cartridge is opened or inspected and is complete */
};
extern const struct health_row health_rows[N_HEALTH_KINDS];
/* The error in words; "" for 0. */
const char *health_error_text(enum health_kind kind, int err);

/* TapeAlert flags (SSC-5, annex) that can be set: ALERT(NAME, number, severity, id, text). Faults that are
 * reported for the cartridge, or that are not the drive's, have none. */
/* clang-format off */
#define DRIVE_ALERTS(ALERT) \
	ALERT(HARD_ERROR, 3, CRITICAL, "hard-error", "hard error") \
	ALERT(READ_FAILURE, 5, NONE, "read-failure", "read failure") \
	ALERT(WRITE_FAILURE, 6, NONE, "write-failure", "write failure") \
	ALERT(WRITE_PROTECT, 9, NONE, "write-protect", "a write was attempted on a write-protected cartridge") \
	ALERT(NO_REMOVAL, 10, NONE, "no-removal", "an unload was attempted while removal is prevented") \
	ALERT(CLEANING_MEDIA, 11, NONE, "cleaning-media", "a cleaning cartridge is in the drive") \
	ALERT(UNSUPPORTED_FORMAT, 12, NONE, "unsupported-format", "the cartridge cannot be used: its format is damaged or unknown") \
	ALERT(MEMORY_CHIP, 15, WARNING, "memory-chip", "the memory of the cartridge (its file mam) is damaged or missing") \
	ALERT(CLEANER_EXPIRED, 22, WARNING, "cleaner-expired", "the cleaning cartridge has expired") \
	ALERT(WORM_INTEGRITY, 59, NONE, "worm-integrity", "the files of a WORM cartridge were tampered with") \
	ALERT(WORM_OVERWRITE, 60, NONE, "worm-overwrite", "a write would have overwritten data of a WORM cartridge")
#define ALERT_ENUM(name, number, severity, id, text) ALERT_##name = (number),
enum drive_alert { DRIVE_ALERTS(ALERT_ENUM) };
#undef ALERT_ENUM
#define ALERT_ONE(name, number, severity, id, text) +1
enum { N_DRIVE_ALERTS = 0 DRIVE_ALERTS(ALERT_ONE) };
#undef ALERT_ONE
/* clang-format on */
struct alert_row {
	uint8_t number;
	enum severity severity;
	const char *id, *text;
};
extern const struct alert_row alert_rows[N_DRIVE_ALERTS];

/* --- recorded health -------------------------------------------------------------------------- */

enum { HEALTH_WITH = 32 };
#define NO_OBJECT UINT64_MAX

struct health_fault {
	uint64_t count;             /* 0: no such fault */
	uint64_t since, last;       /* seconds since 1970 */
	uint64_t object;            /* object of the last fault, or the first lost one; NO_OBJECT: unknown */
	int err;                    /* error of the last fault, -errno of media/; 0: none */
	char with[HEALTH_WITH + 1]; /* of a cartridge: the drive, "drive:1"; of a drive: the barcode */
};

struct health {
	struct health_fault faults[N_HEALTH_KINDS];
	uint64_t verified; /* time of the last verify, seconds since 1970; 0: never */
	bool verified_good;
	uint64_t bad, first_bad;         /* objects that the last verify could not read */
	uint64_t cleaned;                /* drives: time of the last cleaning; 0: never */
	uint64_t alerts[N_DRIVE_ALERTS]; /* drives, by row: time when the flag was set; 0: not set */
};

/* Never NULL; valid until the caller waits. */
const struct health *cartridge_health(const struct cartridge *cartridge);
const struct health *drive_health(const struct drive *drive);
/* The most severe fault; HEALTH_NONE: none. */
enum health_kind health_worst(const struct health *health);

/* The i-th cartridge in the catalog whose folder was missing when the installation was opened, or NULL.
 * Cartridges that have returned, or whose barcode another cartridge has now, are not listed. */
struct lost_cartridge {
	char barcode[BARCODE_LEN + 1], library[NAME_MAX_LEN + 1];
	uint64_t since; /* seconds since 1970 */
};
const struct lost_cartridge *cartridge_lost_at(struct installation *inst, size_t i);

/* --- sources ---------------------------------------------------------------------------------- */

/* What a drive's device server has collected about the drive and its cartridge since the last report. */
struct health_report {
	struct {
		uint64_t count, object;
		int err;
	} faults[N_HEALTH_KINDS];
	bool renewed; /* written from the beginning, or erased there: old faults no longer apply */
	bool opened;  /* the cartridge was opened; then: */
	uint64_t lost_objects, first_lost, lost_files;
	bool tampered;
	/* flags that were set; flags that were cleared before those. Flag 1 is bit 0 */
	uint64_t alerts, alerts_over;
	bool cleaned;
};
void health_fault_add(struct health_report *report, enum health_kind kind, int err, uint64_t object);
/* struct drive `report`: call on the drive's worker; does not wait. label: the cartridge in the drive, NULL:
 * none. */
void health_report(struct drive *drive, const struct cart_label *label, const struct health_report *report);

/* A whole cartridge was read: err 0 or -EBADMSG; any other err: it could not be read. */
void cartridge_verified(struct cartridge *cartridge, int err, const struct cart_report *report);
/* Result of cart_glance(). */
void cartridge_glanced(struct cartridge *cartridge, int err, const struct cart_usage *usage);
