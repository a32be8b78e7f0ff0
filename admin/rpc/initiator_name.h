/* SPDX-License-Identifier: Apache-2.0 */
/* Initiator names in requests. */
#pragma once

#include <stdbool.h>

#include "vtl/library/library.h"

/* Accepts an iqn., eui. or naa. name (RFC 7143 4.2.7), or "*" for the default rule. */
bool initiator_ok(const char *name, char why[static WHY_LEN]);
/* Writes the lower-case form of a name that is initiator_ok().  Names are compared without case. */
void initiator_fold(const char *name, char out[static IQN_MAX + 1]);
