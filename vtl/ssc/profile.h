/* SPDX-License-Identifier: Apache-2.0 */
/* Whose drive we speak as: everything a personality differs in, as const data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

struct tape_profile {
	const char *vendor;           /* chosen by vendor and generation */
	uint8_t generation;
	const uint8_t *inquiry;       /* standard INQUIRY; identity is put over it by the core */
	uint8_t inquiry_len;
	bool type_by_generation;      /* medium type 58h.. by generation; else 00h data, 01h WORM */
	const struct mode_page *mode_pages;
	const struct vpd_page *vpd_pages;
};

/* The profile of a personality, or NULL when none fits. */
const struct tape_profile *tape_profile_find(const struct personality *personality);
