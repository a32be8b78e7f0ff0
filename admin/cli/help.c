/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the help; all of it comes from the rows. */
#include <stdio.h>
#include <string.h>

#include "admin/cli/verb.h"

enum { NAME_WIDTH = 24 };

static bool is_named(const struct option_row *row)
{
	return row->name[0] == '-';
}

static void append(char *line, size_t size, const char *text)
{
	size_t len = strlen(line);
	snprintf(line + len, size - len, "%s", text);
}

static void append_option(char *line, size_t size, const struct option_row *row)
{
	append(line, size, row->required ? " " : " [");
	append(line, size, row->name);
	if (is_named(row) && row->type != OPTION_FLAG) {
		append(line, size, " ");
		append(line, size, row->value ? row->value : "VALUE");
	}
	if (!is_named(row) && (row->type == OPTION_TEXTS || row->type == OPTION_BARCODES))
		append(line, size, "...");
	if (!row->required)
		append(line, size, "]");
}

static void append_options(char *line, size_t size, const struct verb *verb, bool named)
{
	for (const struct option_row *row = verb->options; row->name; row++)
		if (is_named(row) == named)
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
	if (verb->options) {
		append_options(line, size, verb, false);
		append_options(line, size, verb, true);
	}
}

static void print_rows(const char *noun)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		char name[64];
		if (noun && strcmp(noun, v->noun) != 0)
			continue;
		snprintf(name, sizeof name, "%s %s", v->noun, v->verb ? v->verb : "");
		printf("  %-*s %s\n", NAME_WIDTH, name, v->help);
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

void help_verb(const struct verb *verb)
{
	char line[1024];
	usage_line(verb, line, sizeof line);
	printf("usage: evertape [--state DIR] [--json] %s\n\n%s.\n", line, verb->help);
	if (!verb->options || !verb->options->name)
		return;
	putchar('\n');
	for (const struct option_row *row = verb->options; row->name; row++) {
		char name[80];
		bool value = is_named(row) && row->type != OPTION_FLAG;
		snprintf(name, sizeof name, "%s%s%s", row->name, value ? " " : "",
			value ? row->value ? row->value : "VALUE" : "");
		bool wide = strlen(name) > NAME_WIDTH; /* then the help text goes to a line of its own */
		printf("  %-*s%s%*s %s\n", NAME_WIDTH, name, wide ? "\n" : "", wide ? NAME_WIDTH + 2 : 0, "",
			row->help ? row->help : "");
	}
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
	for (const struct option_row *row = verb->options; row && row->name; row++) {
		if (!row->help)
			continue;
		fputs(".RS 4\n.TP\n.B ", stdout);
		roff_text(row->name);
		if (is_named(row) && row->type != OPTION_FLAG) {
			putchar(' ');
			roff_text(row->value ? row->value : "VALUE");
		}
		putchar('\n');
		roff_text(row->help);
		fputs(".\n.RE\n", stdout);
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
		roff_text(v->help);
		fputs(".\n", stdout);
		roff_options(v);
	}
}
