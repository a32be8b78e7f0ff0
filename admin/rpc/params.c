/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a request's parameters against the rows of its method. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/method.h"

static bool plain_text(const char *text, char why[static WHY_LEN])
{
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			snprintf(why, WHY_LEN, "control characters are not allowed");
			return false;
		}
	}
	return true;
}

static bool text_ok(const struct param *row, const json_t *value, char why[static WHY_LEN])
{
	const char *text = json_string_value(value);
	if (!text) {
		snprintf(why, WHY_LEN, "must be a string");
		return false;
	}
	if (row->check)
		return row->check(text, why);
	return row->type == PARAM_SECRET || plain_text(text, why);
}

static bool texts_ok(const struct param *row, const json_t *value, char why[static WHY_LEN])
{
	size_t i;
	json_t *item;
	size_t n = json_array_size(value);
	if (!json_is_array(value) || n < (size_t)row->min || n > (size_t)row->max) {
		if (row->min)
			snprintf(why, WHY_LEN, "must be a list of %" PRId64 " to %" PRId64 " strings",
				row->min, row->max);
		else
			snprintf(why, WHY_LEN, "must be a list of at most %" PRId64 " strings", row->max);
		return false;
	}
	json_array_foreach((json_t *)value, i, item)
		if (!text_ok(row, item, why))
			return false;
	return true;
}

static bool number_ok(const struct param *row, const json_t *value, char why[static WHY_LEN])
{
	json_int_t n = json_integer_value(value);
	if (json_is_integer(value) && n >= row->min && n <= row->max)
		return true;
	snprintf(why, WHY_LEN, "must be a whole number from %" PRId64 " to %" PRId64, row->min, row->max);
	return false;
}

static bool flag_ok(const struct param *row, const json_t *value, char why[static WHY_LEN])
{
	if (!json_is_boolean(value))
		snprintf(why, WHY_LEN, "must be true or false");
	return json_is_boolean(value);
}

static bool (*const value_ok[])(const struct param *, const json_t *, char *) = {
	[PARAM_TEXT] = text_ok,
	[PARAM_SECRET] = text_ok,
	[PARAM_NUMBER] = number_ok,
	[PARAM_FLAG] = flag_ok,
	[PARAM_TEXTS] = texts_ok,
};

static bool known_ok(const struct method *method, const json_t *params, char why[static WHY_LEN])
{
	const char *key;
	json_t *value;
	char reason[WHY_LEN];
	json_object_foreach((json_t *)params, key, value) {
		const struct param *row = param_find(method, key);
		if (!row) {
			snprintf(why, WHY_LEN, "%s: unknown parameter \"%.60s\"", method->name, key);
			return false;
		}
		if (!value_ok[row->type](row, value, reason)) {
			snprintf(why, WHY_LEN, "%s: %.160s", row->name, reason);
			return false;
		}
	}
	return true;
}

bool params_check(const struct method *method, const json_t *params, char why[static WHY_LEN])
{
	if (params && !json_is_object(params)) {
		snprintf(why, WHY_LEN, "\"params\" must be an object");
		return false;
	}
	if (params && !known_ok(method, params, why))
		return false;
	for (const struct param *p = method->params; p->name; p++) {
		if (p->required && !json_object_get(params, p->name)) {
			snprintf(why, WHY_LEN, "%s: missing parameter \"%s\"", method->name, p->name);
			return false;
		}
	}
	return true;
}

void params_text(const struct method *method, const json_t *params, char *out, size_t size)
{
	size_t len = 0;
	out[0] = '\0';
	for (const struct param *p = method->params; p->name && len < size; p++) {
		const json_t *value = json_object_get(params, p->name);
		if (!value)
			continue;
		char *text = p->type == PARAM_SECRET ? NULL : json_dumps(value, JSON_ENCODE_ANY);
		int n = snprintf(out + len, size - len, " %s=%s", p->name, text ? text : "...");
		len += n > 0 ? (size_t)n : 0;
		free(text);
	}
}

void params_wipe(const struct method *method, json_t *params)
{
	for (const struct param *p = method->params; p->name; p++) {
		json_t *value = json_object_get(params, p->name);
		if (p->type == PARAM_SECRET && json_is_string(value))
			explicit_bzero((char *)json_string_value(value), json_string_length(value));
	}
}
