/* SPDX-License-Identifier: Apache-2.0 */
/* A door of vtl/library: all identities as text, as in identity.json. */
#pragma once

#include "vtl/library/library.h"

/* Returns identity.json as text; the caller frees it. NULL: out of memory. */
char *identity_export(struct installation *inst);
/* Imports an exported identity. Refused when the installation has libraries. */
int identity_import(struct installation *inst, const char *json, char why[static WHY_LEN]);
/* Checks that every serial, NAA, address and name is present, well formed and unique; why: the first fault. */
int identity_verify(struct installation *inst, char why[static WHY_LEN]);
