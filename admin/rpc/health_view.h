/* SPDX-License-Identifier: Apache-2.0 */
/* How well things are, as JSON with stable names.  None of these waits. */
#pragma once

#include <jansson.h>

#include "vtl/library/health.h"

/* What is worst ("state", "text", "severity", "since"), all "faults", and what verify found.  usage: how full it is,
 * NULL when that is not known just now. */
json_t *cartridge_health_view(const struct cartridge *cartridge, const struct cart_usage *usage);
/* The same with "alerts" (TapeAlert flags that are set) and when it was cleaned. */
json_t *drive_health_view(const struct drive *drive);
