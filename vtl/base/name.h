/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of names that people type and hosts send: of libraries, initiators and targets; and what such checks are
 * made of. ASCII only, independent of the locale. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vtl/base/why.h"

enum { NAME_MAX_LEN = 32, IQN_MAX = 223 };

/* Check the name of a library, or of what else an operator names: true, or false with why. */
bool name_ok(const char *name, char why[static WHY_LEN]);
/* Checks an initiator or target name in normal form (lower case, RFC 3722). */
bool iqn_ok(const char *name);
/* The normal form of an initiator or target name, cut to IQN_MAX: such names compare without case. */
void iqn_fold(const char *name, char out[static IQN_MAX + 1]);

/* Checks the length, 1 to max; what: "name", for the text in why. */
bool length_ok(const char *what, const char *text, size_t max, char why[static WHY_LEN]);
/* A character of a refused text, made printable. */
enum { CHAR_SHOWN = 8 };
const char *char_shown(char c, char out[static CHAR_SHOWN]);

static inline bool char_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool char_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
