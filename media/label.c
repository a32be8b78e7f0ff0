// SPDX-License-Identifier: Apache-2.0
/* The label: JSON with a checksum of itself, field by field from one table. */
#include "media/label.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "media/engine.h"
#include "media/folder.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/crc32c.h"

#define LABEL_FILE "label.json"

enum member_type { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_BOOL };

/* size: of the char array, with its zero. */
static const struct member {
	const char *name;
	enum member_type type;
	size_t at, size;
} members[] = {
#define TEXT(field)   { #field, MEMBER_TEXT, offsetof(struct cart_label, field), \
	sizeof(((struct cart_label *)0)->field) }
#define NUMBER(field) { #field, MEMBER_NUMBER, offsetof(struct cart_label, field), 0 }
#define FLAG(field)   { #field, MEMBER_BOOL, offsetof(struct cart_label, field), 0 }
	TEXT(uuid), TEXT(barcode), TEXT(generation), TEXT(library), TEXT(element),
	NUMBER(capacity), NUMBER(created), NUMBER(loads), NUMBER(written), NUMBER(read),
	FLAG(worm), FLAG(write_protected),
};
enum { MEMBERS = sizeof members / sizeof members[0] };

void uuid_text(const uint8_t uuid[static 16], char text[static 37])
{
	uuid_unparse_lower(uuid, text);
}

bool uuid_bytes(const char *text, uint8_t uuid[static 16])
{
	char again[37];
	if (strnlen(text, 37) != 36 || uuid_parse(text, uuid) != 0)
		return false;
	uuid_unparse_lower(uuid, again);
	return strcmp(text, again) == 0;
}

int label_check(const struct cart_label *label)
{
	uint8_t uuid[16];
	if (!barcode_is_sound(label->barcode) || !uuid_bytes(label->uuid, uuid))
		return -EINVAL;
	for (size_t i = 0; i < MEMBERS; i++) {
		const char *p = (const char *)label + members[i].at;
		uint64_t n;
		if (members[i].type == MEMBER_TEXT &&
			strnlen(p, members[i].size) == members[i].size)
			return -EINVAL;
		if (members[i].type != MEMBER_NUMBER)
			continue;
		memcpy(&n, p, sizeof n);
		if (n > INT64_MAX)
			return -EINVAL;
	}
	return 0;
}

static json_t *member_build(const struct cart_label *label, const struct member *m)
{
	const char *p = (const char *)label + m->at;
	uint64_t n;
	bool b;
	switch (m->type) {
	case MEMBER_TEXT:
		return json_string(p);
	case MEMBER_NUMBER:
		memcpy(&n, p, sizeof n);
		return json_integer((json_int_t)n);
	case MEMBER_BOOL:
		memcpy(&b, p, sizeof b);
		return json_boolean(b);
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

char *label_build(const struct cart_label *label)
{
	json_t *object = json_object();
	int err = json_object_set_new(object, "format", json_integer(LABEL_FORMAT));
	for (size_t i = 0; i < MEMBERS; i++)
		err |= json_object_set_new(object, members[i].name,
			member_build(label, &members[i]));
	uint32_t crc = 0;
	char *text = NULL;
	if (!err && object_crc(object, &crc) &&
		json_object_set_new(object, "crc32c", json_integer(crc)) == 0)
		text = json_dumps(object, JSON_INDENT(2) | JSON_SORT_KEYS);
	json_decref(object);
	return text;
}

static bool member_take(const json_t *value, const struct member *m, struct cart_label *label)
{
	char *p = (char *)label + m->at;
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

static const char *object_take(json_t *object, struct cart_label *label)
{
	if (!json_is_object(object))
		return "the label is not JSON";
	const json_t *format = json_object_get(object, "format");
	if (!json_is_integer(format) || json_integer_value(format) != LABEL_FORMAT)
		return "the label is of an unknown format";
	const json_t *crc = json_object_get(object, "crc32c");
	json_int_t want = json_is_integer(crc) ? json_integer_value(crc) : -1;
	json_object_del(object, "crc32c");
	uint32_t have = 0;
	if (!object_crc(object, &have) || want != (json_int_t)have)
		return "the label's checksum is wrong";
	if (json_object_size(object) != MEMBERS + 1)
		return "the label has members it should not have";
	for (size_t i = 0; i < MEMBERS; i++)
		if (!member_take(json_object_get(object, members[i].name), &members[i], label))
			return "a member of the label is missing or wrong";
	return label_check(label) == 0 ? NULL : "the label's barcode or uuid is not sound";
}

int label_decode(const char *text, size_t len, struct cart_label *ret_label, char why[static 128])
{
	if (len > LABEL_MAX) {
		snprintf(why, 128, "the label is too large");
		return -EUCLEAN;
	}
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct cart_label label = { 0 };
	if (json_integer_value(json_object_get(object, "format")) > LABEL_FORMAT) {
		json_decref(object);
		snprintf(why, 128, "the label was written by a newer version of Evertape");
		return -EPROTONOSUPPORT;
	}
	const char *fault = object_take(object, &label);
	json_decref(object);
	if (fault) {
		snprintf(why, 128, "%s", fault);
		return -EUCLEAN;
	}
	*ret_label = label;
	return 0;
}

int label_read_in(struct engine *e, int dirfd, struct cart_label *ret_label)
{
	autofree void *text = NULL;
	size_t len = 0;
	int err = file_read(e, dirfd, LABEL_FILE, LABEL_MAX, &text, &len);
	if (err)
		return err == -ENOENT ? -EUCLEAN : err;
	char why[128];
	return label_decode(text, len, ret_label, why);
}

int label_write_in(struct engine *e, int dirfd, const struct cart_label *label)
{
	int err = label_check(label);
	if (err)
		return err;
	autofree char *text = label_build(label);
	return text ? file_replace(e, dirfd, LABEL_FILE, text, strlen(text)) : -ENOMEM;
}

int label_count(struct engine *e, int dirfd, uint64_t loads, uint64_t written, uint64_t read)
{
	int lock = folder_lock(e, dirfd, LOCK_LABEL);
	if (lock < 0)
		return lock;
	struct cart_label label;
	int err = label_read_in(e, dirfd, &label);
	if (!err) {
		label.loads += loads;
		label.written += written;
		label.read += read;
		err = label_write_in(e, dirfd, &label);
	}
	e->ops->close(e, lock);
	return err;
}

int cart_label_read(struct engine *engine, const char *root, const char *barcode,
	struct cart_label *ret_label)
{
	if (!barcode_is_sound(barcode))
		return -EINVAL;
	int dirfd = folder_open(engine, root, barcode);
	if (dirfd < 0)
		return dirfd;
	struct cart_label label;
	int err = label_read_in(engine, dirfd, &label);
	engine->ops->close(engine, dirfd);
	if (err)
		return err;
	if (strcmp(label.barcode, barcode) != 0)
		return -EUCLEAN;
	*ret_label = label;
	return 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int cart_label_write(struct engine *engine, const char *root, const struct cart_label *label)
{
	if (label_check(label))
		return -EINVAL;
	int dirfd = folder_open(engine, root, label->barcode);
	if (dirfd < 0)
		return dirfd;
	int lock = folder_lock(engine, dirfd, LOCK_LABEL);
	int err = lock < 0 ? lock : 0;
	struct cart_label now = *label, old;
	int known = err ? err : label_read_in(engine, dirfd, &old);
	if (known == -EPROTONOSUPPORT)
		err = known; /* never written over */
	if (!known) {
		if (strcmp(now.uuid, old.uuid) != 0 || now.worm < old.worm)
			err = -EINVAL;
		/* a drive may have counted since the caller read it */
		now.loads = larger(now.loads, old.loads);
		now.written = larger(now.written, old.written);
		now.read = larger(now.read, old.read);
	}
	if (!err)
		err = label_write_in(engine, dirfd, &now);
	if (lock >= 0)
		engine->ops->close(engine, lock);
	engine->ops->close(engine, dirfd);
	return err;
}
