/* SPDX-License-Identifier: Apache-2.0 */
/* The health of cartridges and drives as JSON.  No function here waits. */
#pragma once

#include <jansson.h>

#include "vtl/library/health.h"

/* Returns the worst fault ("state", "text", "severity", "since"), all "faults", and the result of the last
 * verify.  usage: how full the cartridge is; NULL: unknown. */
json_t *cartridge_health_view(const struct cartridge *cartridge, const struct cart_usage *usage);
/* Returns the same for a drive, with "alerts" (TapeAlert flags that are set) and the time of the last
 * cleaning. */
json_t *drive_health_view(const struct drive *drive);
