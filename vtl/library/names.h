/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names that only this room uses. */
#pragma once

#include <stdbool.h>

/* A world-wide name of a target or an initiator, in its normal form (lower case). */
bool target_ok(const char *target);
