// SPDX-License-Identifier: Apache-2.0
/* Small JSON files with a checksum of themselves, field by field from one table. */
#include "media/shelf/members.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"

static json_t *member_build(const void *from, const struct member *m)
{
	const char *p = (const char *)from + m->at;
	uint64_t n;
	bool b;
	switch (m->type) {
	case MEMBER_TEXT: return json_string(p);
	case MEMBER_NUMBER: memcpy(&n, p, sizeof n); return json_integer((json_int_t)n);
	case MEMBER_BOOL: memcpy(&b, p, sizeof b); return json_boolean(b);
	}
	return NULL;
}

/* The checksum of the object, which has no member crc32c. */
static bool object_crc(const json_t *object, uint32_t *ret_crc)
{
	autofree char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	if (text)
		*ret_crc = crc32c(0, text, strlen(text));
	return text != NULL;
}

char *members_build(const struct member *members, size_t n, int format, const void *from)
{
	json_t *object = json_object();
	int err = json_object_set_new(object, "format", json_integer(format));
	for (size_t i = 0; i < n; i++)
		err |= json_object_set_new(object, members[i].name, member_build(from, &members[i]));
	uint32_t crc = 0;
	char *text = NULL;
	if (!err && object_crc(object, &crc) && json_object_set_new(object, "crc32c", json_integer(crc)) == 0)
		text = json_dumps(object, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(object);
	return text;
}

static bool member_take(const json_t *value, const struct member *m, void *to)
{
	char *p = (char *)to + m->at;
	uint64_t n;
	bool b;
	switch (m->type) {
	case MEMBER_TEXT:
		if (!json_is_string(value) || json_string_length(value) >= m->size ||
			strlen(json_string_value(value)) != json_string_length(value))
			return false;
		memcpy(p, json_string_value(value), json_string_length(value) + 1);
		return true;
	case MEMBER_NUMBER:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return false;
		n = (uint64_t)json_integer_value(value);
		memcpy(p, &n, sizeof n);
		return true;
	case MEMBER_BOOL:
		if (!json_is_boolean(value))
			return false;
		b = json_is_true(value);
		memcpy(p, &b, sizeof b);
		return true;
	}
	return false;
}

/* What is wrong with the object as a whole, or NULL. */
static const char *object_fault(json_t *object)
{
	const json_t *crc = json_object_get(object, "crc32c");
	json_int_t want = json_is_integer(crc) ? json_integer_value(crc) : -1;
	uint32_t have = 0;
	if (!json_is_object(object))
		return "is not JSON";
	json_object_del(object, "crc32c");
	return object_crc(object, &have) && want == (json_int_t)have ? NULL : "has a wrong checksum";
}

static const char *fields_take(json_t *object, const struct member *members, size_t n, void *ret)
{
	if (json_object_size(object) != n + 1)
		return "has members it should not have";
	for (size_t i = 0; i < n; i++)
		if (!member_take(json_object_get(object, members[i].name), &members[i], ret))
			return "has a member that is missing or wrong";
	return NULL;
}

int members_take(json_t *object, const struct member *members, size_t n, int format, void *ret,
	const char **ret_fault)
{
	const char *fault = object_fault(object);
	json_int_t version = json_integer_value(json_object_get(object, "format"));
	if (!fault && version <= 0)
		fault = "is of an unknown format";
	if (!fault && version != format)
		return version < format ? -EPROTOTYPE : -EPROTONOSUPPORT;
	if (!fault)
		fault = fields_take(object, members, n, ret);
	if (fault)
		*ret_fault = fault;
	return fault ? -EUCLEAN : 0;
}

bool members_sound(const struct member *members, size_t n, const void *from)
{
	for (size_t i = 0; i < n; i++) {
		const char *p = (const char *)from + members[i].at;
		uint64_t number;
		if (members[i].type == MEMBER_TEXT && strnlen(p, members[i].size) == members[i].size)
			return false;
		if (members[i].type != MEMBER_NUMBER)
			continue;
		memcpy(&number, p, sizeof number);
		if (number > INT64_MAX)
			return false;
	}
	return true;
}
