/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the data of READ ELEMENT STATUS; all its lengths are untrusted. */
#pragma once

#include "admin/initiator/initiator.h"

enum { REPORT_HEADER = 8 };

/* Appends the elements of one type to the inventory.  Any length of data is safe.  -EPROTO: the data are
 * shorter than they announce; the elements that are there have been appended. */
int report_decode(const uint8_t *buf, size_t len, uint8_t type, struct inventory *inv);
/* Returns the length that the report announces for itself, at most max. */
uint32_t report_whole(const uint8_t *buf, size_t len, uint32_t max);
