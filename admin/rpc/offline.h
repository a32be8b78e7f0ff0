/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told without a daemon, in the words and members it would use. */
#pragma once

#include <jansson.h>

#include "media/media.h"

/* {"personalities":[{...}]}, a new reference. */
json_t *personalities_view(void);

/* The result of checking a cartridge.  name: the barcode, or the file's.  A new reference. */
json_t *report_view(const char *name, const struct cart_report *report);
/* What is wrong with it, in one line. */
void report_text(const char *name, const struct cart_report *report, char *line, size_t size);
