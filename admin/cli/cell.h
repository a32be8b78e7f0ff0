/* SPDX-License-Identifier: Apache-2.0 */
/* A value of an answer as text. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "admin/view/view.h"

enum { CELL = 1024 };

/* Finds a member; "position.object" is a member of a member.  NULL: there is none. */
const json_t *member_at(const json_t *value, const char *path);
/* Writes a value as its type says, without control characters; "-" for null. */
void cell_text(const json_t *value, enum field_type type, char out[static CELL]);
/* Numbers stand on the right, unless they are printed as something else. */
bool cell_is_number(const json_t *value, enum field_type type);
/* Replaces control characters: an initiator's name is chosen by a peer and must not control a terminal. */
void control_chars_replace(char *text);
