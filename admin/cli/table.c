/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and records: titles, widths, and what fits on the terminal. */
#include "admin/cli/table.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/cell.h"

enum { TITLE = 40 };

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
			cell_text(member_at(item, layout->columns[c].key), layout->columns[c].type, cell);
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
		const json_t *value = member_at(item, layout->columns[c].key);
		cell_text(value, layout->columns[c].type, cell);
		put_cell(&line, cell, width[c], cell_is_number(value, layout->columns[c].type));
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
		if (len > width && member_at(object, layout->columns[c].key))
			width = len;
	}
	for (size_t c = 0; c < layout->n; c++) {
		const json_t *value = member_at(object, layout->columns[c].key);
		if (!value)
			continue;
		cell_text(value, layout->columns[c].type, cell);
		printf("%-*s  %s\n", width, layout->columns[c].title, cell);
	}
}

static void print_lines(const struct section *section, const struct layout *layout, const json_t *list)
{
	(void)section;
	char cell[CELL];
	size_t i;
	json_t *item;
	json_array_foreach((json_t *)list, i, item) {
		cell_text(member_at(item, layout->columns[0].key), layout->columns[0].type, cell);
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

void section_print(const struct section *section, const struct view_object *object, const json_t *part)
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
