/* SPDX-License-Identifier: Apache-2.0 */
/* What distinguishes one changer personality from another, as constant data. */
#pragma once

#include <stdint.h>

#include "vtl/library/library.h"
#include "vtl/scsi/scsi.h"

enum { INQUIRY_MAX = 96 };

struct profile {
	const char *vendor, *product;
	/* Standard INQUIRY data; the core overwrites type, vendor, product and revision. */
	uint8_t inquiry_len;
	const uint8_t *inquiry;
	/* Place of the serial in standard INQUIRY data, right-justified and padded with zeros; len 0: none. */
	uint8_t serial_at, serial_len;
	/* READ ELEMENT STATUS tells media and transport domain and type, as StorageTek's SL libraries do. */
	bool domains;
	const struct mode_page *mode_pages;
	const struct vpd_page *vpd_pages;
	const struct log_page *log_pages; /* NULL: those that SMC-3 has */
};

/* The profile of a changer personality; without a row of its own, a plain SMC-3 profile. */
const struct profile *profile_of(const struct personality *personality);
