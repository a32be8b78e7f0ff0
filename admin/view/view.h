/* SPDX-License-Identifier: Apache-2.0 */
/* The door of admin/view: what answers hold.  Each field of an answer is one row of a .def file: its key, type,
 * title, help and value.  From the rows follow the JSON objects of admin/rpc (build.h), the keys in C (keys.h), the
 * titles and formats of admin/cli, and docs/json.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The type says what a value is in JSON, and how it is printed. */
enum field_type {
	FIELD_TEXT,
	FIELD_TEXTS, /* a list of strings */
	FIELD_NUMBER,
	FIELD_BYTES,
	FIELD_RATE, /* bytes per second */
	FIELD_TIME, /* seconds since 1970, UTC */
	FIELD_SECONDS,
	FIELD_MILLISECONDS,
	FIELD_ADDRESS, /* an element address */
	FIELD_FLAG,
	FIELD_MARK,   /* a flag that tables leave blank when it is false */
	FIELD_OBJECT, /* the object `of` */
	FIELD_LIST,   /* a list of objects `of` */
	FIELD_ANY,    /* any JSON value */
	FIELD_PART,   /* not a field: the fields of the object `of` stand here */
};

enum field_flags {
	NULLABLE = 1, /* may be null: unknown, or none */
	OPTIONAL = 2, /* may be absent */
};

struct view_field {
	const char *key; /* NULL: FIELD_PART, or the end of the rows if `of` is NULL too */
	enum field_type type;
	unsigned flags;
	const char *title; /* in text output; NULL: the key */
	const char *help;
	const struct view_object *of;
};

struct view_object {
	const char *name;
	const char *help;
	const struct view_field *fields;
};

/* Returns the field at a path: "health.text" is a field of the object "health".  A list is passed through like an
 * object.  NULL: there is none. */
const struct view_field *view_find(const struct view_object *object, const char *path);
/* Returns the i-th object, or NULL. */
const struct view_object *view_object_at(size_t i);

/* What a method of the control socket, or a verb that makes a document of its own, answers. */
struct view_answer {
	const char *name; /* of the method, or "evertape VERB" */
	const char *
		when; /* the parameter that makes it answer this; NULL: always, or without such a parameter */
	const struct view_object *object;
};
/* Returns the i-th answer, or NULL. */
const struct view_answer *view_answer_at(size_t i);
/* Returns the object that is answered, or NULL. */
const struct view_object *view_answer(const char *name, const char *when);

/* The name of a type in docs/json.md: "string", "number, bytes". */
const char *field_type_name(enum field_type type);
