/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well cartridges and drives are: what went wrong, how often, since when,
 * and what the last verify found.  A part of the room's door.
 *
 * It is kept in the catalog, a row for each cartridge (by uuid) and drive (by
 * id) that has something to tell; written behind, several changes at once, so
 * that nobody waits for it.  All on worker 0, but for health_report().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/library/library.h"

struct cart_report; /* media/container/container.h */

/* --- what can be wrong: a closed list of rows ------------------------------------------------------ */

enum severity { SEVERITY_NONE, SEVERITY_WARNING, SEVERITY_CRITICAL };
/* "none", "warning", "critical" */
const char *severity_name(enum severity severity);

/* In the catalog by number: never change one, append. */
enum health_kind {
	HEALTH_NONE,
	HEALTH_READ,    /* data could not be read or found */
	HEALTH_WRITE,   /* a write was refused with an error */
	HEALTH_SYNC,    /* data that were taken were lost */
	HEALTH_OPEN,    /* the cartridge could not be opened */
	HEALTH_FILES,   /* files with its data are missing */
	HEALTH_DAMAGED, /* objects of it cannot be read, whoever tries */
	N_HEALTH_KINDS,
};

struct health_row {
	const char *id;     /* stable, for programs: "read-errors" */
	const char *text;   /* in a table: "read errors" */
	const char *what;   /* in a sentence about a cartridge: "data could not be read" */
	const char *remedy; /* what to do, %s: the barcode */
	enum severity severity;
	const char
		*unit; /* of a level: count is how many of these there are now, not how often it happened */
	bool ends_with_open; /* over when the cartridge is opened, or looked at, and all is there */
};
extern const struct health_row health_rows[N_HEALTH_KINDS];
/* What the store said, in words; "" for 0. */
const char *health_error_text(enum health_kind kind, int err);

/* TapeAlert flags (SSC-5, annex) that we have a cause for: ALERT(NAME, number, severity, id, text).  What is
 * told of the cartridge, or is nobody's fault, has none. */
/* clang-format off */
#define DRIVE_ALERTS(ALERT) \
	ALERT(HARD_ERROR, 3, CRITICAL, "hard-error", "hard error") \
	ALERT(READ_FAILURE, 5, NONE, "read-failure", "read failure") \
	ALERT(WRITE_FAILURE, 6, NONE, "write-failure", "write failure") \
	ALERT(WRITE_PROTECT, 9, NONE, "write-protect", "a write was attempted on a write-protected cartridge") \
	ALERT(NO_REMOVAL, 10, NONE, "no-removal", "an unload was attempted while removal is prevented") \
	ALERT(CLEANING_MEDIA, 11, NONE, "cleaning-media", "a cleaning cartridge is in the drive") \
	ALERT(UNSUPPORTED_FORMAT, 12, NONE, "unsupported-format", "the cartridge cannot be used: its format is damaged or unknown") \
	ALERT(CLEANER_EXPIRED, 22, WARNING, "cleaner-expired", "the cleaning cartridge has expired")
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

/* --- what is known ------------------------------------------------------------------------------------ */

enum { HEALTH_WITH = 32 };
#define NO_OBJECT UINT64_MAX

struct health_fault {
	uint64_t count;       /* 0: nothing of the kind */
	uint64_t since, last; /* seconds since 1970 */
	uint64_t object;      /* of the last one, or the first that is lost; NO_OBJECT: not known */
	int err;              /* of the last one, -errno of media/; 0: none */
	char with[HEALTH_WITH +
		1]; /* a cartridge's: the drive it was in, "drive:1"; a drive's: the barcode */
};

struct health {
	struct health_fault faults[N_HEALTH_KINDS];
	uint64_t verified; /* when, seconds since 1970; 0: never */
	bool verified_good;
	uint64_t bad, first_bad;         /* objects that verify could not read */
	uint64_t cleaned;                /* a drive's: when last; 0: never */
	uint64_t alerts[N_DRIVE_ALERTS]; /* a drive's, by row: since when; 0: not set */
};

/* Never NULL; valid until the caller waits. */
const struct health *cartridge_health(const struct cartridge *cartridge);
const struct health *drive_health(const struct drive *drive);
/* What is worst; HEALTH_NONE: nothing. */
enum health_kind health_worst(const struct health *health);

/* Cartridges that the catalog knows and whose folders were not there when the installation was opened: the i-th, or
 * NULL.  One that has come back, or whose barcode is another's now, is none of them. */
struct lost_cartridge {
	char barcode[BARCODE_LEN + 1], library[NAME_MAX_LEN + 1];
	uint64_t since; /* seconds since 1970 */
};
const struct lost_cartridge *cartridge_lost_at(struct installation *inst, size_t i);

/* --- who tells --------------------------------------------------------------------------------------- */

/* What a drive's server has gathered about its drive and the cartridge in it since it told last. */
struct health_report {
	struct {
		uint64_t count, object;
		int err;
	} faults[N_HEALTH_KINDS];
	bool renewed; /* written from its beginning, or erased there: old faults are gone with the data */
	bool opened;  /* the cartridge was opened; then: */
	uint64_t lost_objects, first_lost, lost_files;
	uint64_t alerts, alerts_over; /* raised; ended before those were raised. Flag 1 in bit 0 */
	bool cleaned;
};
void health_fault_add(struct health_report *report, enum health_kind kind, int err, uint64_t object);
/* A drive's `report`: on its worker, does not wait.  label: of the cartridge in it, NULL: none. */
void health_report(struct drive *drive, const struct cart_label *label, const struct health_report *report);

/* A whole cartridge was read: err 0 or -EBADMSG, else it could not be. */
void cartridge_verified(struct cartridge *cartridge, int err, const struct cart_report *report);
/* What cart_glance() said. */
void cartridge_glanced(struct cartridge *cartridge, int err, const struct cart_usage *usage);
