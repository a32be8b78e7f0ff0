/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's arguments, read by the rows that describe them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli/size.h"
#include "admin/cli/verb.h"

struct parse {
	const struct verb *verb;
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

/* A path is bytes: it stays in this program, so that no document has to hold it. */
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

/* "2", or "drive:2" as the element is written elsewhere. */
static json_t *drive_value(const char *text)
{
	return number_value(strncmp(text, "drive:", 6) == 0 ? text + 6 : text);
}

static const struct {
	json_t *(*value)(const char *text);
	const char *what;
} types[] = {
	[OPTION_TEXT] = { text_value, "a text in UTF-8" },
	[OPTION_TEXTS] = { text_value, "a text in UTF-8" },
	[OPTION_NUMBER] = { number_value, "a whole number" },
	[OPTION_SIZE] = { size_value, "a size like 500G, 12TB or 1.5TiB" },
	[OPTION_PATH] = { path_value, "a path" },
	[OPTION_DRIVE] = { drive_value, "a drive's number" },
};

static json_t *home_of(const struct parse *p, const struct option_row *row, const char **ret_key)
{
	bool local = row->param[0] == '@';
	*ret_key = row->param + local;
	return local ? p->out->local : p->out->params;
}

static bool put(struct parse *p, const struct option_row *row, const char *text)
{
	const char *key;
	json_t *home = home_of(p, row, &key);
	json_t *value = row->type == OPTION_FLAG ? json_true() : types[row->type].value(text);
	if (!value) {
		snprintf(p->why, LINE_LEN, "%s: \"%.100s\" is not %s", row->name, text,
		         types[row->type].what);
		return false;
	}
	json_t *list = json_object_get(home, key);
	if (row->type != OPTION_TEXTS) {
		if (list) {
			json_decref(value);
			return wrong(p, "%s is given twice", row->name);
		}
		return json_object_set_new(home, key, value) == 0;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(home, key, list);
	}
	return json_array_append_new(list, value) == 0;
}

static bool is_named(const struct option_row *row)
{
	return row->name[0] == '-';
}

static const struct option_row *named_find(const struct parse *p, const char *name, size_t len)
{
	for (const struct option_row *row = p->verb->options; row->name; row++)
		if (is_named(row) && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
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

/* --timeout SECONDS, with the value behind a '=' or in the next word. */
static bool timeout_take(struct parse *p, const char *value)
{
	if (!value && p->at == p->argc)
		return wrong(p, "%s needs a value", "--timeout");
	if (timeout_read(value ? value : p->argv[p->at++], &p->cli->timeout_s))
		return true;
	snprintf(p->why, LINE_LEN, "--timeout takes 0 (no limit) to %d seconds", TIMEOUT_MAX_S);
	return false;
}

/* --state, --timeout and --help belong to every verb. */
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
		return timeout_take(p, name[9] ? name + 10 : NULL);
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
		return arg[len] ? wrong(p, "%s takes no value", row->name) : put(p, row, "");
	if (arg[len])
		return put(p, row, arg + len + 1);
	if (p->at == p->argc)
		return wrong(p, "%s needs a value", row->name);
	return put(p, row, p->argv[p->at++]);
}

/* The n-th row without a name; the last one may take many. */
static const struct option_row *unnamed_find(const struct parse *p, unsigned n)
{
	for (const struct option_row *row = p->verb->options; row->name; row++) {
		if (is_named(row))
			continue;
		if (n == 0 || row->type == OPTION_TEXTS)
			return row;
		n--;
	}
	return NULL;
}

static bool all_there(struct parse *p)
{
	const char *key;
	for (const struct option_row *row = p->verb->options; row->name; row++)
		if (row->required && !json_object_get(home_of(p, row, &key), row->param +
		                                      (row->param[0] == '@')))
			return wrong(p, "%s is missing", row->name);
	return true;
}

bool options_parse(const struct verb *verb, struct cli *cli, int argc, char **argv,
                   struct parsed *ret_parsed, char why[static LINE_LEN])
{
	struct parse p = { .verb = verb, .cli = cli, .out = ret_parsed, .argc = argc, .argv = argv,
		           .why = why };
	bool names = true;
	unsigned n = 0;
	*ret_parsed = (struct parsed){ .params = json_object(), .local = json_object() };
	while (p.at < argc) {
		const char *arg = argv[p.at++];
		if (names && strcmp(arg, "--") == 0) {
			names = false;
		} else if (names && arg[0] == '-' && arg[1]) {
			if (!named(&p, arg))
				return false;
		} else {
			const struct option_row *row = unnamed_find(&p, n++);
			if (!row)
				return wrong(&p, "\"%.100s\" is one argument too many", arg);
			if (!put(&p, row, arg))
				return false;
		}
	}
	return ret_parsed->help || all_there(&p);
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
