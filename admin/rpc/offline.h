/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told without a daemon, in the words and members it would use. */
#pragma once

#include <jansson.h>

#include "media/container/container.h"

/* {"personalities":[{...}]}, a new reference. */
json_t *personalities_view(void);

/* The result of checking a cartridge.  name: the barcode, or the file's.  A new reference. */
json_t *report_view(const char *name, const struct cart_report *report);
/* How long it took and how fast that was, into the view of it (NULL: nothing). */
void report_rate(json_t *view, const struct cart_report *report, int64_t ms);
/* What an export or an import of the barcode has moved in ms milliseconds, and as what.  A new reference, or NULL. */
json_t *transfer_view(const char *barcode, enum cart_container container, const struct cart_report *report,
	int64_t ms);
/* What is wrong with it, in one line. */
void report_text(const char *name, const struct cart_report *report, char *line, size_t size);
