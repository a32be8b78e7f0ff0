/* SPDX-License-Identifier: Apache-2.0 */
/* The result of checking a cartridge, as JSON and as a line; needs no daemon. */
#pragma once

#include <jansson.h>

#include "media/media.h"

/* name: the barcode, or the file's. A new reference. */
json_t *report_view(const char *name, const struct cart_report *report);
/* What is wrong, in one line. */
void report_text(const char *name, const struct cart_report *report, char *line, size_t size);
