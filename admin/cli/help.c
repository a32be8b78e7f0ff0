/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the help; all of it comes from the rows. */
#include <stdio.h>
#include <string.h>

#include "admin/cli/verb.h"
#include "media/container/container.h"

enum { NAME_WIDTH = 24 };

static void append(char *line, size_t size, const char *text)
{
	size_t len = strlen(line);
	snprintf(line + len, size - len, "%s", text);
}

static void append_option(char *line, size_t size, const struct option_row *row)
{
	append(line, size, row->required ? " " : " [");
	append(line, size, row->name);
	if (option_is_named(row) && row->type != OPTION_FLAG) {
		append(line, size, " ");
		append(line, size, row->value ? row->value : "VALUE");
	}
	if (!option_is_named(row) && option_is_list(row))
		append(line, size, "...");
	if (!row->required)
		append(line, size, "]");
}

static void append_options(char *line, size_t size, const struct option_row *row, bool named)
{
	for (; row->name; row++)
		if (option_is_named(row) == named)
			append_option(line, size, row);
}

void usage_line(const struct verb *verb, char *line, size_t size)
{
	snprintf(line, size, "%s", verb->noun);
	if (verb->verb) {
		append(line, size, " ");
		append(line, size, verb->verb);
	}
	if (verb->usage) {
		append(line, size, " ");
		append(line, size, verb->usage);
	}
	struct option_row rows[OPTIONS_MAX];
	verb_options(verb, rows);
	append_options(line, size, rows, false);
	append_options(line, size, rows, true);
}

static void print_rows(const char *noun)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		char name[64];
		if (noun && strcmp(noun, v->noun) != 0)
			continue;
		snprintf(name, sizeof name, "%s %s", v->noun, v->verb ? v->verb : "");
		printf("  %-*s %s\n", NAME_WIDTH, name, verb_help(v));
	}
}

void help_all(void)
{
	printf("usage: evertape [--state DIR] [--timeout SECONDS] [--json] NOUN VERB ...\n\n");
	print_rows(NULL);
	printf("\n"
	       "  evertape NOUN VERB --help   shows the arguments of a verb\n"
	       "  --state DIR   the daemon's state directory, else $EVERTAPE_STATE, else\n"
	       "                /var/lib/evertape for root, else $XDG_STATE_HOME/evertape\n"
	       "  --timeout SECONDS   longest wait for the daemon; default 10 for verbs that only\n"
	       "                read, 0 (no limit) for the others\n"
	       "  --json        one JSON document instead of text\n"
	       "\n"
	       "Exit status: 0 done, 1 refused or failed (one line on stderr says why), 2 bad usage,\n"
	       "130 interrupted.\n");
}

void help_noun(const char *noun)
{
	printf("usage: evertape [--state DIR] [--timeout SECONDS] [--json] %s VERB ...\n\n", noun);
	print_rows(noun);
}

/* Writes the help of an option, with what follows from its row. */
static void option_help(const struct option_row *row, char out[static LINE_LEN])
{
	const char *value = row->default_value;
	snprintf(out, LINE_LEN, "%s%s%s%s%s", row->help ? row->help : "",
		option_is_list(row) && option_is_named(row) ? "; may be repeated" : "",
		value ? " (default " : "", value ? value : "", value ? ")" : "");
}

static bool has_formats(const struct option_row *row)
{
	while (row->name && strcmp(row->name, "--format") != 0)
		row++;
	return row->name;
}

/* The formats that --format takes. */
static void print_formats(void)
{
	printf("\nFORMAT:\n");
	for (unsigned i = 0; i < CART_FORMATS; i++) {
		const struct cart_format_row format = cart_format_row((enum cart_container)i);
		printf("  %-*s %s%s\n", NAME_WIDTH, format.name, format.words,
			format.writes ? "" : "; import only");
	}
}

void help_verb(const struct verb *verb)
{
	struct option_row rows[OPTIONS_MAX];
	char line[1024], text[LINE_LEN];
	verb_options(verb, rows);
	usage_line(verb, line, sizeof line);
	printf("usage: evertape [--state DIR] [--json] %s\n\n%s.\n", line, verb_help(verb));
	if (!rows->name)
		return;
	putchar('\n');
	for (const struct option_row *row = rows; row->name; row++) {
		char name[80];
		bool value = option_is_named(row) && row->type != OPTION_FLAG;
		snprintf(name, sizeof name, "%s%s%s", row->name, value ? " " : "",
			value ? row->value ? row->value : "VALUE" : "");
		bool wide = strlen(name) > NAME_WIDTH; /* then the help text goes to a line of its own */
		option_help(row, text);
		printf("  %-*s%s%*s %s\n", NAME_WIDTH, name, wide ? "\n" : "", wide ? NAME_WIDTH + 2 : 0, "",
			text);
	}
	if (has_formats(rows))
		print_formats();
}

/* Prints text with roff escapes. */
static void roff_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '\'')
			fputs("\\(aq", stdout);
		else
			putchar(*text);
	}
}

static void roff_options(const struct verb *verb)
{
	struct option_row rows[OPTIONS_MAX];
	char text[LINE_LEN];
	verb_options(verb, rows);
	for (const struct option_row *row = rows; row->name; row++) {
		if (!row->help)
			continue;
		fputs(".RS 4\n.TP\n.B ", stdout);
		roff_text(row->name);
		if (option_is_named(row) && row->type != OPTION_FLAG) {
			putchar(' ');
			roff_text(row->value ? row->value : "VALUE");
		}
		putchar('\n');
		option_help(row, text);
		roff_text(text);
		fputs(".\n.RE\n", stdout);
	}
}

static void roff_formats(void)
{
	fputs(".SH FORMATS\nWhat\n.B \\-\\-format\nof\n.BR \"cartridge import\" \" and \" \"cartridge export\"\ntakes:\n",
		stdout);
	for (unsigned i = 0; i < CART_FORMATS; i++) {
		const struct cart_format_row format = cart_format_row((enum cart_container)i);
		fputs(".TP\n.B ", stdout);
		roff_text(format.name);
		putchar('\n');
		roff_text(format.words);
		if (format.suffix[0])
			printf(" (.%s)", format.suffix);
		printf("%s.\n", format.writes ? "" : "; import only");
	}
}

void help_roff(void)
{
	char line[1024];
	for (const struct verb *v = verbs; v->noun; v++) {
		usage_line(v, line, sizeof line);
		fputs(".TP\n.B ", stdout);
		roff_text(line);
		putchar('\n');
		roff_text(verb_help(v));
		fputs(".\n", stdout);
		roff_options(v);
	}
	roff_formats();
}
