/* SPDX-License-Identifier: Apache-2.0 */
/* What distinguishes one changer's answers from another's: data, never code. */
#pragma once

#include <stdint.h>

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

enum { INQUIRY_MAX = 96 };

struct profile {
	const char *vendor, *product;
	/* Standard INQUIRY; the core puts type, vendor, product and revision over it. */
	uint8_t inquiry_len;
	const uint8_t *inquiry;
	/* The serial repeated inside standard INQUIRY, right-justified over zeros; len 0: it is
	 * not. */
	uint8_t serial_at, serial_len;
	const struct mode_page *mode_pages;
	const struct vpd_page *vpd_pages;
};

/* The profile of a changer personality; a plain SMC-3 one when it has no row of its own. */
const struct profile *profile_of(const struct personality *personality);
