/* SPDX-License-Identifier: Apache-2.0 */
/* What distinguishes one drive personality from another, as constant data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

/* Sense that REQUEST SENSE returns while a command is in progress. */
struct tape_progress {
	uint8_t opcode;
	enum sense sense; /* SENSE_NONE ends the rows */
};

/* Differences in behaviour between makes. */
struct tape_manners {
	enum sense unloading;    /* NOT READY sense during an unload */
	enum sense unload_empty; /* UNLOAD without a cartridge; SENSE_NONE: GOOD */
	enum sense unload_again; /* UNLOAD after an unload; SENSE_NONE: GOOD */
	bool load_tells_sender;  /* the sender of LOAD gets 6/28/00 too */
	bool rounding_told;      /* MODE SELECT reports 1/37/00 when it has rounded */
	const struct tape_progress *progress;
};

struct tape_profile {
	const char *vendor; /* key: vendor and generation */
	uint8_t generation;
	const char *product;    /* for this product only; NULL: for all that have no row of their own */
	const uint8_t *inquiry; /* standard INQUIRY data; the core overwrites the identity */
	uint8_t inquiry_len;
	bool type_by_generation; /* medium type 58h.. by generation; else 00h data, 01h WORM */
	const struct tape_manners *manners;
	const struct scsi_op *const *ops; /* tables of rows; ends with NULL */
	const struct mode_page *mode_pages;
	const struct vpd_page *vpd_pages;
	const struct security_page *security_pages;
	const struct log_page *log_pages;
};

/* The profile of a personality, or NULL. */
const struct tape_profile *tape_profile_find(const struct personality *personality);
