/* SPDX-License-Identifier: Apache-2.0 */
/* Prints answers, as text or as JSON as it came, and errors. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli/cell.h"
#include "admin/cli/table.h"
#include "admin/view/keys.h"
#include "vtl/base/error_text.h"

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
		const json_t *value = member_at(answer, key);
		cell_text(value, FIELD_ANY, cell);
		printf("%s", cell);
		if (counted)
			printf(" %s%s", counted, json_integer_value(value) == 1 ? "" : "s");
		say += len + 1;
	}
	putchar('\n');
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
		const json_t *part = s->key ? member_at(answer, s->key) : answer;
		if (s->empty && !*s->empty && !json_array_size(part))
			continue;
		if (!first || verb->say)
			putchar('\n');
		first = false;
		if (s->title)
			printf("%s\n", s->title);
		section_print(s, object, part);
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
