/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to READ ELEMENT STATUS, taken apart without believing its lengths. */
#pragma once

#include "admin/initiator/initiator.h"

enum { REPORT_HEADER = 8 };

/* Adds the elements of one type; answers of any length do no harm.  -EPROTO: some that it announces
 * are not there; those that are have been added. */
int report_decode(const uint8_t *buf, size_t len, uint8_t type, struct inventory *inv);
/* The length the whole report has by its own word, at most max. */
uint32_t report_whole(const uint8_t *buf, size_t len, uint32_t max);
