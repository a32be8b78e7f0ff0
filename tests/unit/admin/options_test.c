/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's arguments become a request's members, or one line that says what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/cli/verb.h"

static const struct verb paint = {
	"wall", "paint", "wall.paint", OPTIONS(
		{ "COLOUR", OPTION_TEXT, "colour", true },
		{ "PLACE", OPTION_TEXTS, "places", false },
		{ "--coats", OPTION_NUMBER, "coats", false, "N" },
		{ "--area", OPTION_SIZE, "area", false, "SIZE" },
		{ "--drive", OPTION_DRIVE, "drive", false, "N" },
		{ "--gloss", OPTION_FLAG, "gloss", false },
		{ "--note", OPTION_TEXT, "@note", false, "TEXT" }),
};

enum { WORDS = 10 };

static const struct {
	const char *name;
	const char *words[WORDS];
	const char *params; /* NULL: refused */
	const char *said;   /* part of the local members, or of why */
} rows[] = {
	{ "one word", { "red" }, "{\"colour\": \"red\"}", "{}" },
	{ "words after the first are the list", { "red", "a", "b" },
	  "{\"colour\": \"red\", \"places\": [\"a\", \"b\"]}", "{}" },
	{ "options before, between, behind", { "--gloss", "red", "--coats", "2", "a", "--area=1K" },
	  "{\"area\": 1024, \"coats\": 2, \"colour\": \"red\", \"gloss\": true, \"places\": [\"a\"]}", "{}" },
	{ "a value with an equal sign", { "red", "--note=a=b" }, "{\"colour\": \"red\"}", "a=b" },
	{ "an empty value", { "red", "--note=" }, "{\"colour\": \"red\"}", "\"\"" },
	{ "a value that looks like an option", { "red", "--note", "--gloss" }, "{\"colour\": \"red\"}",
	  "--gloss" },
	{ "behind -- all is plain", { "--", "--gloss" }, "{\"colour\": \"--gloss\"}", "{}" },
	{ "a lone dash is plain", { "-" }, "{\"colour\": \"-\"}", "{}" },
	{ "a drive by number", { "red", "--drive", "3" }, "{\"colour\": \"red\", \"drive\": 3}", "{}" },
	{ "a drive by element", { "red", "--drive", "drive:3" }, "{\"colour\": \"red\", \"drive\": 3}", "{}" },
	{ "a negative number is the daemon's to refuse", { "red", "--coats=-1" },
	  "{\"coats\": -1, \"colour\": \"red\"}", "{}" },
	{ "nothing", { NULL }, NULL, "COLOUR is missing" },
	{ "only options", { "--gloss" }, NULL, "COLOUR is missing" },
	{ "an unknown option", { "red", "--matt" }, NULL, "unknown option --matt" },
	{ "the beginning of an option", { "red", "--glo" }, NULL, "unknown option --glo" },
	{ "more than an option", { "red", "--glossy" }, NULL, "unknown option --glossy" },
	{ "a short option", { "red", "-g" }, NULL, "unknown option -g" },
	{ "a value missing", { "red", "--coats" }, NULL, "--coats needs a value" },
	{ "no number", { "red", "--coats", "two" }, NULL, "whole number" },
	{ "an empty number", { "red", "--coats=" }, NULL, "whole number" },
	{ "a blank before a number", { "red", "--coats", " 2" }, NULL, "whole number" },
	{ "a number with a sign", { "red", "--coats", "+2" }, NULL, "whole number" },
	{ "a number beyond 64 bits", { "red", "--coats", "9223372036854775808" }, NULL, "whole number" },
	{ "no size", { "red", "--area", "big" }, NULL, "a size" },
	{ "no drive", { "red", "--drive", "drive:" }, NULL, "drive's number" },
	{ "twice", { "red", "--coats", "1", "--coats", "1" }, NULL, "twice" },
	{ "a flag twice", { "red", "--gloss", "--gloss" }, NULL, "twice" },
	{ "a flag with a value", { "red", "--gloss=1" }, NULL, "takes no value" },
	{ "not UTF-8", { "\xff" }, NULL, "UTF-8" },
};

static int count(const char *const words[])
{
	int n = 0;
	while (n < WORDS && words[n])
		n++;
	return n;
}

static void arguments_are_sorted_out(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[LINE_LEN] = "";
		struct cli cli = { .state = "s" };
		struct parsed parsed;
		bool good = options_parse(&paint, &cli, count(rows[i].words), (char **)rows[i].words, &parsed,
		                          why);
		char *params = json_dumps(parsed.params, JSON_SORT_KEYS);
		char *local = json_dumps(parsed.local, JSON_SORT_KEYS);
		const char *said = good ? local : why;
		if (good != (rows[i].params != NULL) || (good && strcmp(params, rows[i].params) != 0) ||
		    !strstr(said, rows[i].said))
			fail_msg("%s: %s %s, %s", rows[i].name, good ? "taken" : "refused", params, said);
		free(params);
		free(local);
		parsed_fini(&parsed);
	}
}

static void what_belongs_to_every_verb_stands_anywhere(void **state)
{
	char why[LINE_LEN];
	struct cli cli = { .state = "s" };
	struct parsed parsed;
	char *words[] = { "red", "--state", "elsewhere" };
	assert_true(options_parse(&paint, &cli, 3, words, &parsed, why));
	assert_string_equal(cli.state, "elsewhere");
	parsed_fini(&parsed);

	char *help[] = { "--help" };
	assert_true(options_parse(&paint, &cli, 1, help, &parsed, why)); /* nothing is missing then */
	assert_true(parsed.help);
	parsed_fini(&parsed);

	char *cut[] = { "red", "--state" };
	assert_false(options_parse(&paint, &cli, 2, cut, &parsed, why));
	parsed_fini(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_sorted_out),
		cmocka_unit_test(what_belongs_to_every_verb_stands_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
