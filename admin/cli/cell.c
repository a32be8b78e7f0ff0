/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text: sizes, rates, times, lists. */
#include "admin/cli/cell.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/cli/size.h"

void control_chars_replace(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

const json_t *member_at(const json_t *value, const char *key)
{
	char name[64];
	while (key && value) {
		size_t len = strcspn(key, ".");
		snprintf(name, sizeof name, "%.*s", (int)len, key);
		value = json_object_get(value, name);
		key = key[len] ? key + len + 1 : NULL;
	}
	return value;
}

static void list_text(const json_t *list, char out[static CELL])
{
	size_t i, len = 0;
	json_t *item;
	out[0] = '\0';
	json_array_foreach((json_t *)list, i, item) {
		const char *text = json_string_value(item);
		int n = snprintf(out + len, CELL - len, "%s%s", i ? ", " : "", text ? text : "");
		len += (size_t)n;
		if (len >= CELL) /* truncated */
			return;
	}
}

static void duration_text(json_int_t seconds, char out[static CELL])
{
	if (seconds >= 86400)
		snprintf(out, CELL, "%lld d %lld h", seconds / 86400, seconds / 3600 % 24);
	else if (seconds >= 3600)
		snprintf(out, CELL, "%lld h %lld min", seconds / 3600, seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(out, CELL, "%lld min %lld s", seconds / 60, seconds % 60);
	else
		snprintf(out, CELL, "%lld s", seconds);
}

/* The format of a number that is not simply printed. */
static void address_text(json_int_t n, char out[static CELL])
{
	snprintf(out, CELL, "0x%04llx", n);
}

static void bytes_text(json_int_t n, char out[static CELL])
{
	if (n < 0)
		snprintf(out, CELL, "-");
	else
		size_text((uint64_t)n, out);
}

static void rate_text(json_int_t n, char out[static CELL])
{
	if (n <= 0) {
		snprintf(out, CELL, "-");
		return;
	}
	size_text((uint64_t)n, out);
	strcat(out, "/s");
}

static void time_text(json_int_t n, char out[static CELL])
{
	time_t when = (time_t)n;
	struct tm tm;
	if (!localtime_r(&when, &tm) || !strftime(out, CELL, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, CELL, "-");
}

static void number_text(json_int_t n, enum field_type type, char out[static CELL])
{
	static void (*const texts[])(json_int_t n, char out[static CELL]) = {
		[FIELD_BYTES] = bytes_text,
		[FIELD_RATE] = rate_text,
		[FIELD_TIME] = time_text,
		[FIELD_SECONDS] = duration_text,
		[FIELD_ADDRESS] = address_text,
		[FIELD_PART] = NULL,
	};
	if (texts[type])
		texts[type](n, out);
	else
		snprintf(out, CELL, "%lld", n);
}

void cell_text(const json_t *value, enum field_type type, char out[static CELL])
{
	if (json_is_string(value))
		snprintf(out, CELL, "%s", json_string_value(value));
	else if (json_is_integer(value))
		number_text(json_integer_value(value), type, out);
	else if (json_is_boolean(value))
		snprintf(out, CELL, "%s", json_is_true(value) ? "yes" : type == FIELD_MARK ? "" : "no");
	else if (json_array_size(value))
		list_text(value, out);
	else
		snprintf(out, CELL, "-");
	control_chars_replace(out);
}

bool cell_is_number(const json_t *value, enum field_type type)
{
	return json_is_integer(value) && type != FIELD_TIME && type != FIELD_SECONDS && type != FIELD_ADDRESS;
}
