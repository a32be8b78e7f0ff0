/* SPDX-License-Identifier: Apache-2.0 */
/* Mode, log and VPD pages are rows; the core answers them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtl/base/field.h"
#include "vtl/base/wire.h"

struct lu;
struct task;
struct lu_nexus;

enum { MODE_PAGE_MAX = 64 };
enum { MODE_ROUNDED = -1 };

/* A mode page. length counts the whole page with its header. The core writes byte 0 and the length field (PS
 * from savable, SPF from subpage). */
struct mode_page {
	uint8_t page, subpage;
	uint8_t len;
	bool savable;
	bool per_nexus;          /* each I_T nexus has its own current values */
	bool hidden;             /* not part of the answer to page 3Fh */
	bool live;               /* the device has the values: fill() tells and commit() keeps them */
	const uint8_t *defaults; /* len bytes; bytes 0..1 (0..3 with SPF) are ignored */
	const uint8_t *mask;     /* len bytes: bits that MODE SELECT may change; NULL: none */
	const struct field *fields;
	/* Writes live values into a copy of the current page before it is sent. May be NULL. */
	void (*fill)(struct lu *lu, struct lu_nexus *nexus, uint8_t *page);
	/* Applies new values. Returns the byte of the page that is wrong (refused, nothing changed), 0, or
	 * MODE_ROUNDED: applied, but other values than those of the list (SPC-5 5.12).
	 * May be NULL. Called only for MODE SELECT, also to undo earlier pages of a refused list. Values
	 * restored by a reset or from the store can be read with lu_mode(). */
	int (*commit)(struct lu *lu, struct lu_nexus *nexus, const uint8_t *page);
};

/* A log parameter. value() returns a number, sent big-endian in len bytes; build() replaces it when the value
 * is not one number. lu->asking is the nexus that asks. */
struct log_param {
	uint16_t code;
	uint8_t len;
	uint8_t control; /* byte 2 of the parameter: DU, TSD, format and linking */
	uint64_t (*value)(struct lu *lu, uint16_t code);
	void (*build)(struct lu *lu, uint16_t code, struct wire *w);
	const char *name, *unit;
	bool flag; /* not a counter, whatever control says: it has no threshold */
	bool (*present)(struct lu *lu, uint16_t code); /* NULL: always */
};

struct log_page {
	uint8_t page, subpage;
	const char *name;
	const struct log_param *params; /* ends with a nameless row; NULL for the core's own lists */
	/* Clears the counters of the page (LOG SELECT PCR). NULL: nothing can be cleared. */
	void (*reset)(struct lu *lu);
	/* Called after a parameter was sent whole to this nexus, with its value (TapeAlert flags clear then).
	 * May be NULL. A host that reads only the header, to learn the page length, has not read the value. */
	void (*sent)(struct lu *lu, struct lu_nexus *nexus, uint16_t code, const uint8_t *value);
};

/* For the rows of the TapeAlert page: the flag with number code, as the asking nexus sees it. A flag that was
 * read is cleared (SPC-5: read deactivates). */
uint64_t log_alert(struct lu *lu, uint16_t code);
void log_alert_sent(struct lu *lu, struct lu_nexus *nexus, uint16_t code, const uint8_t *value);

/* A page of a security protocol (SPC-5 6.40, 6.41): one row for SECURITY PROTOCOL IN, with build(), or for SECURITY
 * PROTOCOL OUT, with apply().  build() writes the whole page, header included, at most 1024 bytes; false: the task has
 * failed.  apply() gets 1 to 4096 bytes, in memory that is wiped afterwards. */
struct security_page {
	uint8_t protocol;
	uint16_t page;
	const char *name;
	bool (*build)(struct task *task, struct wire *w);
	void (*apply)(struct task *task, const uint8_t *list, size_t len);
};
/* Pages that follow from the rows: the protocols, no certificate, the pages of the protocol that the CDB names. */
bool security_protocols(struct task *task, struct wire *w);   /* 00h/0000h */
bool security_certificate(struct task *task, struct wire *w); /* 00h/0001h */
bool security_pages_in(struct task *task, struct wire *w);
bool security_pages_out(struct task *task, struct wire *w);
/* Handlers, for the rows of a device type that has such pages. */
void scsi_security_in(struct task *task);
void scsi_security_out(struct task *task);

/* A diagnostic page that SEND DIAGNOSTIC accepts. len counts the whole page. */
struct diagnostic_page {
	uint8_t page;
	uint8_t len;
	const char *name;
	/* Performs it. Returns the byte of the page that is wrong (nothing was done), or 0. */
	unsigned (*run)(struct lu *lu, const uint8_t *page);
};
/* RECEIVE DIAGNOSTIC RESULTS, for the rows of device types with diagnostic pages. */
void scsi_receive_diagnostic(struct task *task);

/* A VPD page. build() writes what follows the 4-byte header. The core makes page 00h from the rows. */
struct vpd_page {
	uint8_t page;
	const char *name;
	void (*build)(struct lu *lu, const struct task *task, struct wire *w);
};
/* The standard pages, for the rows of every device type. */
void vpd_serial(struct lu *lu, const struct task *task, struct wire *w);         /* 80h */
void vpd_identification(struct lu *lu, const struct task *task, struct wire *w); /* 83h */
void vpd_extended(struct lu *lu, const struct task *task, struct wire *w);       /* 86h */
void vpd_mode_policy(struct lu *lu, const struct task *task, struct wire *w);    /* 87h */
void vpd_ports(struct lu *lu, const struct task *task, struct wire *w);          /* 88h */
