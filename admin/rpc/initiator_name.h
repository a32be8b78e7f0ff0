/* SPDX-License-Identifier: Apache-2.0 */
/* Initiator names as a person types them. */
#pragma once

#include <stdbool.h>

#include "vtl/library/library.h"

/* iqn., eui. or naa. name (RFC 7143 4.2.7), or "*" for the default rule. */
bool initiator_ok(const char *name, char why[static WHY_LEN]);
/* Names compare without case: the lower-case form, of a name that is initiator_ok(). */
void initiator_fold(const char *name, char out[static IQN_MAX + 1]);
