/* SPDX-License-Identifier: Apache-2.0 */
/* Tape diagnostic data (SSC-5, log page 16h): the last errors of the drive with sense key MEDIUM ERROR or HARDWARE ERROR. */
#pragma once

#include "vtl/scsi/scsi.h"

struct tape;

/* As many as IBM's drives keep; the page always has all of them. */
enum { DIAGNOSTIC_RECORDS = 12 };

/* What was, when the error occurred. A record with sense key 0 is empty. */
struct diagnostic_record {
	uint8_t key, asc, ascq;
	bool repeat;    /* the same error occurred more than once */
	uint8_t opcode; /* 00h: no command, but the changer or the drive itself */
	uint8_t density, medium_type;
	uint8_t time_origin; /* as in REPORT TIMESTAMP */
	uint64_t time_ms;
	char barcode[33];
};

/* The newest first. */
struct diagnostics {
	struct diagnostic_record records[DIAGNOSTIC_RECORDS];
};

/* Records an error; other sense keys are ignored. An error that is the same as the newest one marks that as repeated. */
void diagnostics_add(struct tape *tape, enum sense id);
/* The parameter of log page 16h with this code: the record with this number. */
void log_diagnostic_record(struct lu *lu, uint16_t code, struct wire *w);
