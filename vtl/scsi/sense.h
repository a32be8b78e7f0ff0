/* SPDX-License-Identifier: Apache-2.0 */
/* Sense data in fixed and descriptor format (SPC-5 4.4): one row per meaning. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sense {
#define SENSE(id, key, asc, ascq, text) SENSE_##id,
#include "vtl/scsi/sense.def"
#undef SENSE
	SENSE_COUNT
};

enum { SENSE_LEN = 18 };

struct sense_row {
	uint8_t key, asc, ascq;
	const char *text;
};
const struct sense_row *sense_row(enum sense id);
/* The words for key, ASC and ASCQ; "" when no row has them. */
const char *sense_words(uint8_t key, uint8_t asc, uint8_t ascq);

/* Sense data beyond the row. Zero-initialize and set what applies. */
struct sense_data {
	enum sense id;
	bool deferred; /* response code 71h */
	bool filemark, eom, ili;
	bool valid;          /* INFORMATION holds information */
	int64_t information; /* two's complement in 32 bits on the wire */
	bool pointer;        /* sense-key specific: field pointer */
	bool in_cdb;         /* pointer is into the CDB, else the parameter list */
	uint16_t byte;
	int8_t bit;             /* -1: no bit pointer */
	bool progress;          /* sense-key specific: progress indication */
	uint16_t progress_done; /* of 65536 */
};
/* Writes SENSE_LEN bytes. */
void sense_build(const struct sense_data *s, uint8_t out[static SENSE_LEN]);
enum { SENSE_FULL_MAX = 252 }; /* sense data of a device with bytes of its own behind the 18 */
/* The same in descriptor format (SPC-5 4.4.2). Returns the length. */
enum { SENSE_DESCRIPTORS_MAX = 8 + 12 + 8 + 4 };
size_t sense_build_descriptors(const struct sense_data *s, uint8_t out[static SENSE_DESCRIPTORS_MAX]);
