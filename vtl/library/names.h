/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names that only this room uses. */
#pragma once

#include <stdbool.h>

#include "vtl/library/library.h"

/* As name_ok(); also refuses words that stand for all libraries in rules. */
bool library_name_ok(const char *name, char why[static WHY_LEN]);
