// SPDX-License-Identifier: Apache-2.0
/* Small JSON files with a checksum of themselves, field by field from one table: FORMAT.md section 3. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum member_type { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_BOOL };

/* A field of a structure: a char array of that size (with its zero), an uint64_t, a bool. */
struct member {
	const char *name;
	enum member_type type;
	size_t at, size;
};
/* clang-format off */
#define MEMBER_TEXT_OF(type, field) { #field, MEMBER_TEXT, offsetof(type, field), sizeof(((type *)0)->field) }
#define MEMBER_NUMBER_OF(type, field) { #field, MEMBER_NUMBER, offsetof(type, field), 0 }
#define MEMBER_BOOL_OF(type, field) { #field, MEMBER_BOOL, offsetof(type, field), 0 }
/* clang-format on */

/* The file's text, malloc'd; NULL when there is no memory. */
char *members_build(const struct member *members, size_t n, int format, const void *from);
/* 0 and the fields filled.  -EUCLEAN: *ret_fault says what is wrong, as "is not JSON".  With a right checksum:
 * -EPROTOTYPE an earlier format, -EPROTONOSUPPORT a later one.  Takes the checksum out of the object. */
int members_take(json_t *object, const struct member *members, size_t n, int format, void *ret,
	const char **ret_fault);
/* Whether every field may stand in such a file. */
bool members_sound(const struct member *members, size_t n, const void *from);
