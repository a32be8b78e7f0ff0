/* SPDX-License-Identifier: Apache-2.0 */
/* Whose drive we speak as: everything a personality differs in, as const data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

/* What REQUEST SENSE answers while a command is at work. */
struct tape_progress {
	uint8_t opcode;
	enum sense sense; /* SENSE_NONE: the end of the rows */
};

/* What makes differ in beyond their bytes. */
struct tape_manners {
	enum sense unloading;    /* NOT READY while a cartridge is let go of */
	enum sense unload_empty; /* UNLOAD without a cartridge; SENSE_NONE: GOOD */
	enum sense unload_again; /* UNLOAD of one that is unloaded; SENSE_NONE: GOOD */
	bool load_tells_sender;  /* 6/28/00 after LOAD also for who sent it */
	const struct tape_progress *progress;
};

struct tape_profile {
	const char *vendor; /* chosen by vendor and generation */
	uint8_t generation;
	const uint8_t *inquiry; /* standard INQUIRY; identity is put over it by the core */
	uint8_t inquiry_len;
	bool type_by_generation; /* medium type 58h.. by generation; else 00h data, 01h WORM */
	const struct tape_manners *manners;
	const struct mode_page *mode_pages;
	const struct vpd_page *vpd_pages;
};

/* The profile of a personality, or NULL when none fits. */
const struct tape_profile *tape_profile_find(const struct personality *personality);
