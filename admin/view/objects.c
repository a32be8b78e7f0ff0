/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of every object as tables, and the search in them. */
#include <string.h>

#include "admin/view/keys.h"
#include "admin/view/view.h"

/* clang-format off */
/* Declared first: an object may have itself or a later one in a field. */
#define OBJECT(NAME, TYPE, HELP) static const struct view_object NAME##_object;
#define FIELD(...)
#define NESTED(...)
#define LISTED(...)
#define PART(...)
#define PART_ADDED(...)
#define END(NAME)
#include "admin/view/all.def"
#include "admin/view/end.h"

#define OBJECT(NAME, TYPE, HELP) \
	static const char NAME##_help[] = HELP; static const struct view_field NAME##_fields[] = {
#define FIELD(KEY, TYPE, FLAGS, TITLE, HELP, ...) { #KEY, FIELD_##TYPE, FLAGS, TITLE, HELP, NULL },
#define NESTED(KEY, OF, FLAGS, TITLE, HELP, ...)  { #KEY, FIELD_OBJECT, FLAGS, TITLE, HELP, &OF##_object },
#define LISTED(KEY, OF, FLAGS, TITLE, HELP, ...)  { #KEY, FIELD_LIST, FLAGS, TITLE, HELP, &OF##_object },
#define PART(OF, VALUE)                           { .type = FIELD_PART, .of = &OF##_object },
#define PART_ADDED(OF)                            { .type = FIELD_PART, .of = &OF##_object },
#define END(NAME) { 0 } }; \
	static const struct view_object NAME##_object = { #NAME, NAME##_help, NAME##_fields };
#include "admin/view/all.def"
#include "admin/view/end.h"

#define OBJECT(NAME, TYPE, HELP) const struct NAME##_keys NAME##_keys = {
#define FIELD(KEY, ...)          .KEY = #KEY,
#define NESTED(KEY, ...)         .KEY = #KEY,
#define LISTED(KEY, ...)         .KEY = #KEY,
#define PART(...)
#define PART_ADDED(...)
#define END(NAME) };
#include "admin/view/all.def"
#include "admin/view/end.h"

static const struct view_object *const objects[] = {
#define OBJECT(NAME, TYPE, HELP) &NAME##_object,
#define FIELD(...)
#define NESTED(...)
#define LISTED(...)
#define PART(...)
#define PART_ADDED(...)
#define END(NAME)
#include "admin/view/all.def"
#include "admin/view/end.h"
};

static const struct view_answer answers[] = {
#define ANSWER(NAME, WHEN, OBJECT) { NAME, WHEN, &OBJECT##_object },
#include "admin/view/answers.def"
#undef ANSWER
};
/* clang-format on */

const struct view_object *view_object_at(size_t i)
{
	return i < sizeof objects / sizeof *objects ? objects[i] : NULL;
}

const struct view_answer *view_answer_at(size_t i)
{
	return i < sizeof answers / sizeof *answers ? &answers[i] : NULL;
}

const struct view_object *view_answer(const char *name, const char *when)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct view_answer *a = &answers[i];
		if (strcmp(a->name, name) == 0 &&
			(a->when == when || (a->when && when && !strcmp(a->when, when))))
			return a->object;
	}
	return NULL;
}

static bool is_end(const struct view_field *field)
{
	return !field->key && !field->of;
}

/* Finds the field whose key is the first len bytes of a text.  A field of the object's own comes before one of a
 * part, and a later part before an earlier one: that is the order in which values replace each other. */
static const struct view_field *find_key(const struct view_object *object, const char *key, size_t len)
{
	const struct view_field *found = NULL;
	for (const struct view_field *f = object->fields; !is_end(f); f++)
		if (f->key && strncmp(f->key, key, len) == 0 && !f->key[len])
			return f;
	for (const struct view_field *f = object->fields; !is_end(f); f++) {
		const struct view_field *in_part = f->key ? NULL : find_key(f->of, key, len);
		found = in_part ? in_part : found;
	}
	return found;
}

const struct view_field *view_find(const struct view_object *object, const char *path)
{
	const struct view_field *field = NULL;
	for (const char *key = path; key; object = field->of) {
		size_t len = strcspn(key, ".");
		field = object ? find_key(object, key, len) : NULL;
		if (!field)
			return NULL;
		key = key[len] ? key + len + 1 : NULL;
	}
	return field;
}

const char *field_type_name(enum field_type type)
{
	static const char *const names[] = {
		[FIELD_TEXT] = "string",
		[FIELD_TEXTS] = "list of strings",
		[FIELD_NUMBER] = "number",
		[FIELD_BYTES] = "number, bytes",
		[FIELD_RATE] = "number, bytes per second",
		[FIELD_TIME] = "number, seconds since 1970",
		[FIELD_SECONDS] = "number, seconds",
		[FIELD_MILLISECONDS] = "number, milliseconds",
		[FIELD_ADDRESS] = "number, element address",
		[FIELD_FLAG] = "true or false",
		[FIELD_MARK] = "true or false",
		[FIELD_OBJECT] = "object",
		[FIELD_LIST] = "list of objects",
		[FIELD_ANY] = "any value",
		[FIELD_PART] = "",
	};
	return names[type];
}
