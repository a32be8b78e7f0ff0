/* SPDX-License-Identifier: Apache-2.0 */
/* Views that need no daemon, with the same members as the daemon's. */
#pragma once

#include <jansson.h>

#include "media/container/container.h"

/* Returns {"personalities":[...]}, a new reference. */
json_t *personalities_view(void);

/* Returns the result of a verify.  name: the barcode or the file name.  A new reference, or NULL. */
json_t *report_view(const char *name, const struct cart_report *report);
/* Adds the duration in milliseconds and the rate to a report; view may be NULL. */
void report_rate(json_t *view, const struct cart_report *report, int64_t ms);
/* Returns the result of an export or import that took ms milliseconds.  A new reference, or NULL. */
json_t *transfer_view(const char *barcode, const struct cart_report *report, int64_t ms);
/* Writes what is damaged, as one line. */
void report_text(const char *name, const struct cart_report *report, char *line, size_t size);
