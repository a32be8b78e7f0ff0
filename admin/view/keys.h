/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of every object as members of a structure: drive_keys.serial is "serial".  A key that no row has does not
 * compile. */
#pragma once

/* clang-format off */
#define OBJECT(NAME, TYPE, HELP) struct NAME##_keys {
#define FIELD(KEY, ...)          const char *KEY;
#define NESTED(KEY, ...)         const char *KEY;
#define LISTED(KEY, ...)         const char *KEY;
#define PART(OF, VALUE)
#define PART_ADDED(OF)
#define END(NAME)                }; extern const struct NAME##_keys NAME##_keys;
/* clang-format on */
#include "admin/view/all.def"
#include "admin/view/end.h"
