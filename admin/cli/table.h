/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of an answer as tables and records. */
#pragma once

#include "admin/cli/verb.h"

/* Prints a part of an answer as its section says.  object: what the answer holds. */
void section_print(const struct section *section, const struct view_object *object, const json_t *part);
