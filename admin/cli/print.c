/* SPDX-License-Identifier: Apache-2.0 */
/* Prints answers: tables and records as the rows of their fields say, or JSON as it came. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "admin/cli/size.h"
#include "admin/cli/verb.h"
#include "admin/view/keys.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"

enum { CELL = 1024, TITLE = 40 };

/* Replaces control characters: an initiator's name is chosen by a peer and must not control a terminal. */
static void control_chars_replace(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void complain(const char *format, ...)
{
	char line[2 * LINE_LEN];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	control_chars_replace(line);
	fprintf(stderr, "evertape: %s\n", line);
}

void error_print(const struct cli *cli, const json_t *error)
{
	if (cli->results) {
		json_array_append_new(cli->results,
			json_pack("{s:s,s:O}", batch_result_keys.name, cli->about, batch_result_keys.error,
				error));
		return;
	}
	json_t *document = json_pack("{s:O}", reply_keys.error, error);
	json_dumpf(document, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(document);
}

/* Replaces bytes above ASCII in a line that is not UTF-8, so that every line fits into a document. */
static json_t *text_of(char *line)
{
	json_t *text = json_string(line);
	for (char *c = line; !text && *c; c++)
		if (*c & 0x80)
			*c = '?';
	return text ? text : json_string(line);
}

void complain_about(const struct cli *cli, const char *line)
{
	if (cli->about && !strstr(line, cli->about))
		complain("%s: %s", cli->about, line);
	else
		complain("%s", line);
}

int verb_fail(const struct cli *cli, const char *code, const char *format, ...)
{
	char line[2 * LINE_LEN];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	control_chars_replace(line);
	complain_about(cli, line);
	json_t *error = cli->json || cli->results
		? json_pack("{s:s,s:o}", error_keys.code, code, error_keys.message, text_of(line))
		: NULL;
	if (error)
		error_print(cli, error);
	json_decref(error);
	return exit_of(code);
}

int exit_of(const char *code)
{
	static const struct {
		const char *code;
		int exit;
	} rows[] = { { FAIL_USAGE, EXIT_USAGE }, { FAIL_INTERRUPTED, EXIT_INTERRUPTED } };
	for (size_t i = 0; code && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].exit;
	return EXIT_REFUSED;
}

/* Finds a member; "position.object" is a member of a member. */
static const json_t *look_up(const json_t *value, const char *key)
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

static void cell_text(const json_t *value, enum field_type type, char out[static CELL])
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

/* Numbers stand on the right, unless they are printed as something else. */
static bool is_number(const json_t *value, enum field_type type)
{
	return json_is_integer(value) && type != FIELD_TIME && type != FIELD_SECONDS && type != FIELD_ADDRESS;
}

/* The columns of a section, or the lines of a record, with what their rows in admin/view say. */
struct layout {
	size_t n;
	struct {
		const char *key;
		enum field_type type;
		char title[TITLE];
	} columns[COLUMNS_MAX];
};

static void layout_read(struct layout *layout, const struct section *section,
	const struct view_object *object)
{
	bool record = section->kind == SECTION_RECORD;
	layout->n = 0;
	for (const struct column *c = section->columns; c->key && layout->n < COLUMNS_MAX; c++, layout->n++) {
		const struct view_field *field = view_find(object, c->key);
		const char *of_row = !field ? c->key : field->title ? field->title : field->key;
		char *title = layout->columns[layout->n].title;
		snprintf(title, TITLE, "%s", c->title ? c->title : of_row);
		for (char *p = title; !record && *p; p++)
			*p = (char)toupper((unsigned char)*p);
		layout->columns[layout->n].key = c->key;
		layout->columns[layout->n].type = field ? field->type : FIELD_ANY;
		if (record && field && field->type == FIELD_MARK) /* only tables leave it blank */
			layout->columns[layout->n].type = FIELD_FLAG;
	}
}

static void widths_of(const json_t *list, const struct layout *layout, size_t width[])
{
	char cell[CELL];
	size_t i;
	json_t *item;
	for (size_t c = 0; c < layout->n; c++)
		width[c] = strlen(layout->columns[c].title);
	json_array_foreach((json_t *)list, i, item) {
		for (size_t c = 0; c < layout->n; c++) {
			cell_text(look_up(item, layout->columns[c].key), layout->columns[c].type, cell);
			if (strlen(cell) > width[c])
				width[c] = strlen(cell);
		}
	}
}

/* The cells of a line; no blanks are printed after the last cell that has text. */
struct line {
	size_t gap; /* blanks to print before the next cell */
};

static void put_cell(struct line *line, const char *cell, size_t width, bool right)
{
	size_t len = strlen(cell), fill = width > len ? width - len : 0;
	if (right)
		line->gap += fill;
	if (len)
		printf("%*s%s", (int)line->gap, "", cell);
	line->gap = (len ? 0 : line->gap) + (right ? 0 : fill) + 2;
}

static void print_row(const json_t *item, const struct layout *layout, size_t shown, const size_t width[])
{
	char cell[CELL];
	struct line line = { 0 };
	for (size_t c = 0; c < shown; c++) {
		const json_t *value = look_up(item, layout->columns[c].key);
		cell_text(value, layout->columns[c].type, cell);
		put_cell(&line, cell, width[c], is_number(value, layout->columns[c].type));
	}
	putchar('\n');
}

/* How many columns of a table fit on the terminal without wrapping; a pipe or file gets all. */
static size_t columns_shown(const struct layout *layout, const size_t width[])
{
	unsigned room = UINT_MAX, rows;
	size_t used = 0, n = 0;
	if (isatty(STDOUT_FILENO))
		terminal_size(STDOUT_FILENO, &room, &rows);
	for (; n < layout->n; n++) {
		used += width[n] + (n ? 2 : 0);
		if (n && used > room)
			break;
	}
	return n;
}

/* Names the columns that did not fit. */
static void print_left_out(const struct layout *layout, size_t shown)
{
	for (size_t c = shown; c < layout->n; c++)
		printf("%s%s", c == shown ? "(columns that do not fit: " : ", ", layout->columns[c].title);
	if (shown < layout->n)
		puts(")");
}

static void print_table(const struct section *section, const struct layout *layout, const json_t *list)
{
	size_t width[COLUMNS_MAX], i;
	json_t *item;
	if (!json_array_size(list)) {
		printf("%s\n", section->empty ? section->empty : "none");
		return;
	}
	struct line line = { 0 };
	widths_of(list, layout, width);
	size_t shown = columns_shown(layout, width);
	for (size_t c = 0; c < shown; c++)
		put_cell(&line, layout->columns[c].title, width[c], false);
	putchar('\n');
	json_array_foreach((json_t *)list, i, item)
		print_row(item, layout, shown, width);
	print_left_out(layout, shown);
}

/* Absent members get no line. */
static void print_record(const struct section *section, const struct layout *layout, const json_t *object)
{
	(void)section;
	char cell[CELL];
	int width = 0;
	for (size_t c = 0; c < layout->n; c++) {
		int len = (int)strlen(layout->columns[c].title);
		if (len > width && look_up(object, layout->columns[c].key))
			width = len;
	}
	for (size_t c = 0; c < layout->n; c++) {
		const json_t *value = look_up(object, layout->columns[c].key);
		if (!value)
			continue;
		cell_text(value, layout->columns[c].type, cell);
		printf("%-*s  %s\n", width, layout->columns[c].title, cell);
	}
}

/* Prints "{drives drive} of {library}": {key} becomes the answer's member; a word after the key is the
 * counted noun and gets an s unless the count is 1. */
static void print_say(const char *say, const json_t *answer)
{
	char key[64], cell[CELL];
	while (*say) {
		size_t len = strcspn(say, "{");
		printf("%.*s", (int)len, say);
		say += len;
		if (*say != '{')
			continue;
		len = strcspn(say, "}");
		snprintf(key, sizeof key, "%.*s", (int)len - 1, say + 1);
		char *counted = strchr(key, ' ');
		if (counted)
			*counted++ = '\0';
		const json_t *value = look_up(answer, key);
		cell_text(value, FIELD_ANY, cell);
		printf("%s", cell);
		if (counted)
			printf(" %s%s", counted, json_integer_value(value) == 1 ? "" : "s");
		say += len + 1;
	}
	putchar('\n');
}

static void print_lines(const struct section *section, const struct layout *layout, const json_t *list)
{
	(void)section;
	char cell[CELL];
	size_t i;
	json_t *item;
	json_array_foreach((json_t *)list, i, item) {
		cell_text(look_up(item, layout->columns[0].key), layout->columns[0].type, cell);
		puts(cell);
	}
}

/* Prints one object as a table with one row. */
static void print_row_of(const struct section *section, const struct layout *layout, const json_t *object)
{
	json_t *list = json_pack("[O]", object);
	print_table(section, layout, list);
	json_decref(list);
}

/* object: what the answer holds. */
static void print_section(const struct section *section, const struct view_object *object, const json_t *part)
{
	static void (*const print[])(const struct section *section, const struct layout *layout,
		const json_t *part) = {
		[SECTION_TABLE] = print_table,
		[SECTION_RECORD] = print_record,
		[SECTION_LINES] = print_lines,
		[SECTION_ROW] = print_row_of,
	};
	const struct view_field *field = section->key ? view_find(object, section->key) : NULL;
	struct layout layout;
	layout_read(&layout, section, field ? field->of : object);
	print[section->kind](section, &layout, part);
}

static void print_text(const struct verb *verb, const json_t *answer)
{
	bool first = true;
	const struct view_object *object = verb_object(verb);
	const json_t *count = json_object_get(answer, purge_keys.count);
	bool none = verb->say_none && count && json_integer_value(count) == 0;
	if (verb->say)
		print_say(none ? verb->say_none : verb->say, answer);
	for (const struct section *s = verb->sections; s && s->columns; s++) {
		const json_t *part = s->key ? look_up(answer, s->key) : answer;
		if (s->empty && !*s->empty && !json_array_size(part))
			continue;
		if (!first || verb->say)
			putchar('\n');
		first = false;
		if (s->title)
			printf("%s\n", s->title);
		print_section(s, object, part);
	}
}

static void print_warnings(const json_t *answer)
{
	size_t i;
	json_t *text;
	json_array_foreach(json_object_get(answer, warnings_keys.warnings), i, text)
		if (json_is_string(text))
			complain("warning: %s", json_string_value(text));
}

bool output_ok(void)
{
	bool good = fflush(stdout) == 0 && !ferror(stdout);
	int err = errno;
	if (good || err == EPIPE) /* as with "evertape cartridge list | head" */
		return true;
	clearerr(stdout); /* report the error only once */
	complain("cannot write the answer to stdout: %s", error_text(-err));
	return false;
}

int print_answer(const struct cli *cli, const struct verb *verb, const json_t *answer)
{
	if (cli->results)
		json_array_append_new(cli->results,
			json_pack("{s:s,s:O}", batch_result_keys.name, cli->about, batch_result_keys.result,
				answer));
	if (cli->results && !cli->json) {
		print_say(verb->say_each ? verb->say_each : verb->say, answer);
	} else if (cli->json && !cli->results) {
		json_dumpf(answer, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!cli->json) {
		print_text(verb, answer);
	}
	print_warnings(answer);
	return output_ok() ? EXIT_DONE : EXIT_REFUSED;
}
