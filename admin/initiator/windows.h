/* SPDX-License-Identifier: Apache-2.0 */
/* The names that Windows derives from INQUIRY data. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HARDWARE_ID_LEN = 64, HARDWARE_ID_COUNT = 6 };

/* Writes up to HARDWARE_ID_COUNT hardware IDs, in the order in which Windows matches drivers.  inquiry: at
 * least 36 bytes of standard INQUIRY data.  Returns their number. */
size_t windows_hardware_ids(const uint8_t *inquiry, char ids[static HARDWARE_ID_COUNT][HARDWARE_ID_LEN]);

/* A designation descriptor of VPD page 83h. */
struct designator {
	uint8_t code_set, type, association;
	const uint8_t *bytes;
	size_t len;
};

/* Steps through a whole page 83h; *at starts at 0.  Returns 0 at the end. */
int designator_next(const uint8_t *page, size_t len, size_t *at, struct designator *ret);

/* Selects the designator by which a host identifies the unit: associated with the unit before others, then
 * type 8, 3, 2, 1, 0, then the longest.  False: the page has no suitable one. */
int windows_duid(const uint8_t *page, size_t len, struct designator *ret);

/* Returns the name of a designator type. */
const char *designator_name(uint8_t type);
