/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names that only this room uses. */
#pragma once

#include <stdbool.h>

#include "vtl/library/library.h"

/* name_ok(), and no word that rules use for every library. */
bool library_name_ok(const char *name, char why[static WHY_LEN]);
/* A world-wide name of a target or an initiator, in its normal form (lower case). */
bool target_ok(const char *target);
