/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a verb's arguments according to its rows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli/range.h"
#include "admin/cli/size.h"
#include "admin/cli/verb.h"

struct parse {
	struct option_row rows[OPTIONS_MAX];
	struct cli *cli;
	struct parsed *out;
	int argc, at;
	char **argv;
	char *why;
};

static bool wrong(struct parse *p, const char *format, const char *what)
{
	snprintf(p->why, LINE_LEN, format, what);
	return false;
}

static json_t *text_value(const char *text)
{
	return json_string(text); /* NULL when it is not UTF-8 */
}

/* A path is bytes, not UTF-8; it stays in this program and enters no JSON document. */
static json_t *path_value(const char *text)
{
	return json_string_nocheck(text);
}

static json_t *number_value(const char *text)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno || end == text || *end || *text == ' ' || *text == '+')
		return NULL;
	return json_integer(n);
}

static json_t *size_value(const char *text)
{
	uint64_t bytes;
	return size_read(text, &bytes) ? json_integer((json_int_t)bytes) : NULL;
}

/* "2" or "drive:2". */
static json_t *drive_value(const char *text)
{
	return number_value(strncmp(text, "drive:", 6) == 0 ? text + 6 : text);
}

static const struct {
	json_t *(*value)(const char *text);
	const char *what;
} types[] = {
	[OPTION_TEXT] = { text_value, "UTF-8 text" },
	[OPTION_TEXTS] = { text_value, "UTF-8 text" },
	[OPTION_BARCODES] = { text_value, "UTF-8 text" },
	[OPTION_NUMBER] = { number_value, "a whole number" },
	[OPTION_SIZE] = { size_value, "a size like 500G, 12TB or 1.5TiB" },
	[OPTION_PATH] = { path_value, "a path" },
	[OPTION_DRIVE] = { drive_value, "a drive's number" },
};

static json_t *object_of(const struct parse *p, const struct option_row *row, const char **ret_key)
{
	bool local = row->param[0] == '@';
	*ret_key = row->param + local;
	return local ? p->out->local : p->out->params;
}

/* A list that stays in this program holds bytes, so that a path may stand in place of a barcode. */
static json_t *value_of(const struct option_row *row, const char *text)
{
	if (row->type == OPTION_FLAG)
		return json_true();
	if (row->type == OPTION_BARCODES && row->param[0] == '@')
		return path_value(text);
	return types[row->type].value(text);
}

static bool value_add(struct parse *p, const struct option_row *row, const char *text)
{
	const char *key;
	json_t *object = object_of(p, row, &key);
	json_t *value = value_of(row, text);
	if (!value) {
		snprintf(p->why, LINE_LEN, "%s: \"%.100s\" is not %s", row->name, text,
			types[row->type].what);
		return false;
	}
	json_t *list = json_object_get(object, key);
	if (!option_is_list(row)) {
		if (list) {
			json_decref(value);
			return wrong(p, "%s is given twice", row->name);
		}
		return json_object_set_new(object, key, value) == 0;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(object, key, list);
	}
	return json_array_append_new(list, value) == 0;
}

/* Adds one word to a list, or every label of a range. */
static bool values_add(struct parse *p, const struct option_row *row, const char *text)
{
	char label[RANGE_LABEL_LEN + 1];
	struct range range;
	switch (row->type == OPTION_BARCODES ? range_read(text, &range) : RANGE_NONE) {
	case RANGE_NONE: return value_add(p, row, text);
	case RANGE_BACKWARDS:
		return wrong(p, "range %.100s: its first label has a higher number than its last", text);
	case RANGE_TOO_LONG:
		snprintf(p->why, LINE_LEN, "range %.100s has more than %d labels", text, RANGE_MOST);
		return false;
	case RANGE_GOOD: break;
	}
	for (unsigned long n = range.first; n <= range.last; n++) {
		range_label(&range, n, label);
		if (!value_add(p, row, label))
			return false;
	}
	return true;
}

static const struct option_row *named_find(const struct parse *p, const char *name, size_t len)
{
	for (const struct option_row *row = p->rows; row->name; row++)
		if (option_is_named(row) && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
			return row;
	return NULL;
}

bool timeout_read(const char *text, int *ret_seconds)
{
	json_t *value = number_value(text);
	json_int_t n = value ? json_integer_value(value) : -1;
	json_decref(value);
	if (n < 0 || n > TIMEOUT_MAX_S)
		return false;
	*ret_seconds = (int)n;
	return true;
}

/* Parses --timeout SECONDS and --timeout=SECONDS. */
static bool timeout_option(struct parse *p, const char *value)
{
	if (!value && p->at == p->argc)
		return wrong(p, "%s needs a value", "--timeout");
	if (timeout_read(value ? value : p->argv[p->at++], &p->cli->timeout_s))
		return true;
	snprintf(p->why, LINE_LEN, "--timeout must be 0 (no limit) to %d seconds", TIMEOUT_MAX_S);
	return false;
}

/* Parses --state, --timeout and --help, which every verb has. */
static bool common(struct parse *p, const char *name, bool *ret_taken)
{
	*ret_taken = true;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		p->out->help = true;
	} else if (strncmp(name, "--state=", 8) == 0) {
		p->cli->state = name + 8;
	} else if (strcmp(name, "--state") == 0) {
		if (p->at == p->argc)
			return wrong(p, "%s needs a value", name);
		p->cli->state = p->argv[p->at++];
	} else if (strcmp(name, "--timeout") == 0 || strncmp(name, "--timeout=", 10) == 0) {
		return timeout_option(p, name[9] ? name + 10 : NULL);
	} else {
		*ret_taken = false;
	}
	return true;
}

static bool named(struct parse *p, const char *arg)
{
	bool taken;
	if (!common(p, arg, &taken))
		return false;
	if (taken)
		return true;
	size_t len = strcspn(arg, "=");
	const struct option_row *row = named_find(p, arg, len);
	if (!row)
		return wrong(p, "unknown option %.100s", arg);
	if (row->type == OPTION_FLAG)
		return arg[len] ? wrong(p, "%s takes no value", row->name) : value_add(p, row, "");
	if (arg[len])
		return value_add(p, row, arg + len + 1);
	if (p->at == p->argc)
		return wrong(p, "%s needs a value", row->name);
	return value_add(p, row, p->argv[p->at++]);
}

/* Returns the row for positional argument `at` of n.  Each row takes one argument; a list takes all
 * arguments that the rows after it do not need. */
static const struct option_row *unnamed_find(const struct parse *p, int at, int n)
{
	int behind = 0; /* rows after the list */
	const struct option_row *list = NULL;
	for (const struct option_row *row = p->rows; row->name; row++) {
		behind += list && !option_is_named(row);
		if (!option_is_named(row) && option_is_list(row))
			list = row;
	}
	for (const struct option_row *row = p->rows; row->name; row++) {
		if (option_is_named(row))
			continue;
		if (at == 0 || (row == list && at < n - behind))
			return row;
		at -= row == list ? n - behind : 1;
		n -= row == list ? 0 : 1;
	}
	return NULL;
}

static bool required_given(struct parse *p)
{
	const char *key;
	for (const struct option_row *row = p->rows; row->name; row++)
		if (row->required &&
			!json_object_get(object_of(p, row, &key), row->param + (row->param[0] == '@')))
			return wrong(p, "%s is missing", row->name);
	return true;
}

/* Sets the verb's own options that are not given; the daemon knows the defaults of the others. */
static bool defaults_set(struct parse *p)
{
	const char *key;
	for (const struct option_row *row = p->rows; row->name; row++)
		if (row->default_value && row->param[0] == '@' &&
			!json_object_get(object_of(p, row, &key), row->param + 1) &&
			!value_add(p, row, row->default_value))
			return false;
	return true;
}

/* Assigns the positional arguments once all of them are known. */
static bool unnamed(struct parse *p, char *const words[], int n)
{
	for (int i = 0; i < n; i++) {
		const struct option_row *row = unnamed_find(p, i, n);
		if (!row)
			return wrong(p, "unexpected argument \"%.100s\"", words[i]);
		if (!values_add(p, row, words[i]))
			return false;
	}
	return true;
}

bool options_parse(const struct verb *verb, struct cli *cli, int argc, char **argv, struct parsed *ret_parsed,
	char why[static LINE_LEN])
{
	struct parse p = { .cli = cli, .out = ret_parsed, .argc = argc, .argv = argv, .why = why };
	bool names = true;
	int n = 0;
	verb_options(verb, p.rows);
	*ret_parsed = (struct parsed){ .params = json_object(), .local = json_object() };
	while (p.at < argc) {
		char *arg = argv[p.at++];
		if (names && strcmp(arg, "--") == 0) {
			names = false;
		} else if (names && arg[0] == '-' && arg[1]) {
			if (!named(&p, arg))
				return false;
		} else {
			argv[n++] = arg; /* overwrites arguments already parsed */
		}
	}
	if (!unnamed(&p, argv, n))
		return false;
	return ret_parsed->help || (required_given(&p) && defaults_set(&p));
}

void parsed_fini(struct parsed *parsed)
{
	json_decref(parsed->params);
	json_decref(parsed->local);
	*parsed = (struct parsed){ 0 };
}

const char *parsed_text(const struct parsed *parsed, const char *name)
{
	return json_string_value(json_object_get(parsed->local, name));
}

bool parsed_flag(const struct parsed *parsed, const char *name)
{
	return json_is_true(json_object_get(parsed->local, name));
}
