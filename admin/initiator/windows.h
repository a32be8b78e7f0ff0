/* SPDX-License-Identifier: Apache-2.0 */
/* The names Windows makes from what a unit answers to INQUIRY. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HARDWARE_ID_LEN = 64, HARDWARE_ID_COUNT = 6 };

/* Fills up to HARDWARE_ID_COUNT hardware IDs from standard INQUIRY data of at least 36 bytes, in
 * the order in which Windows tries them, and returns how many. */
size_t windows_hardware_ids(const uint8_t *inquiry, char ids[static HARDWARE_ID_COUNT][HARDWARE_ID_LEN]);

/* One identification descriptor of VPD page 83h. */
struct designator {
	uint8_t code_set, type, association;
	const uint8_t *bytes;
	size_t len;
};

/* Steps through a whole page 83h; *at starts at 0; returns 0 at the end. */
int designator_next(const uint8_t *page, size_t len, size_t *at, struct designator *ret);

/* The designator a host keys a unit by: the unit's own before others, then type 8, 3, 2, 1, 0,
 * then the longer one.  False when the page has none that serves. */
int windows_duid(const uint8_t *page, size_t len, struct designator *ret);

/* What the designator type is called. */
const char *designator_name(uint8_t type);
