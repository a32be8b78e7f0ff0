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
	"wall",
	"paint",
	"wall.paint",
	.options = OPTIONS({ "COLOUR", OPTION_TEXT, "colour", true },
		{ "PLACE", OPTION_TEXTS, "places", false }, { "--coats", OPTION_NUMBER, "coats", false, "N" },
		{ "--area", OPTION_SIZE, "area", false, "SIZE" },
		{ "--drive", OPTION_DRIVE, "drive", false, "N" }, { "--gloss", OPTION_FLAG, "gloss", false },
		{ "--note", OPTION_TEXT, "@note", false, "TEXT" }),
};

static const struct verb carry = {
	"wall",
	"carry",
	"wall.carry",
	.options = OPTIONS({ "LABEL", OPTION_BARCODES, "@labels", true },
		{ "--gloss", OPTION_FLAG, "gloss", false }, { "TO", OPTION_TEXT, "to", true }),
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
		"{\"area\": 1024, \"coats\": 2, \"colour\": \"red\", \"gloss\": true, \"places\": [\"a\"]}",
		"{}" },
	{ "a value with an equal sign", { "red", "--note=a=b" }, "{\"colour\": \"red\"}", "a=b" },
	{ "an empty value", { "red", "--note=" }, "{\"colour\": \"red\"}", "\"\"" },
	{ "a value that looks like an option", { "red", "--note", "--gloss" }, "{\"colour\": \"red\"}",
		"--gloss" },
	{ "behind -- all is plain", { "--", "--gloss" }, "{\"colour\": \"--gloss\"}", "{}" },
	{ "a lone dash is plain", { "-" }, "{\"colour\": \"-\"}", "{}" },
	{ "a drive by number", { "red", "--drive", "3" }, "{\"colour\": \"red\", \"drive\": 3}", "{}" },
	{ "a drive by element", { "red", "--drive", "drive:3" }, "{\"colour\": \"red\", \"drive\": 3}",
		"{}" },
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

static const struct {
	const char *name;
	const char *words[WORDS];
	const char *labels; /* NULL: refused */
	const char *to;     /* or a part of why */
} ranges[] = {
	{ "one and where to", { "E00001L8", "x" }, "[\"E00001L8\"]", "x" },
	{ "the last word is where to", { "A", "--gloss", "B", "C", "x" }, "[\"A\", \"B\", \"C\"]", "x" },
	{ "a range", { "E00009L8-E00011L8", "x" }, "[\"E00009L8\", \"E00010L8\", \"E00011L8\"]", "x" },
	{ "a range and more", { "A", "E00001L8-E00002L8", "x" }, "[\"A\", \"E00001L8\", \"E00002L8\"]", "x" },
	{ "a range of one", { "E00007L8-E00007L8", "x" }, "[\"E00007L8\"]", "x" },
	{ "the number may stand at the end", { "TAPE08-TAPE10", "x" }, "[\"TAPE08\", \"TAPE09\", \"TAPE10\"]",
		"x" },
	{ "another prefix is no range", { "E00001L8-F00002L8", "x" }, "[\"E00001L8-F00002L8\"]", "x" },
	{ "two numbers that differ are none", { "E00001L7-E00002L8", "x" }, "[\"E00001L7-E00002L8\"]", "x" },
	{ "two lengths are none", { "E00001L8-E0002L8", "x" }, "[\"E00001L8-E0002L8\"]", "x" },
	{ "a short label with a dash is none", { "AB1-AB2", "x" }, "[\"AB1-AB2\"]", "x" },
	{ "bytes that are no text stay here", { "\xff/a", "x" }, "[", "x" },
	{ "where to is missing", { "E00001L8" }, NULL, "TO is missing" },
	{ "all is missing", { NULL }, NULL, "LABEL is missing" },
	{ "backwards", { "E00003L8-E00001L8", "x" }, NULL, "higher number" },
	{ "too long", { "E00001L8-E90001L8", "x" }, NULL, "more than 10000" },
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
		const char *words[WORDS];
		memcpy(words, rows[i].words, sizeof words);
		bool good = options_parse(&paint, &cli, count(words), (char **)words, &parsed, why);
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

static void ranges_of_labels_are_written_out(void **state)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		char why[LINE_LEN] = "";
		const char *words[WORDS];
		struct cli cli = { .state = "s" };
		struct parsed parsed;
		memcpy(words, ranges[i].words, sizeof words);
		bool good = options_parse(&carry, &cli, count(words), (char **)words, &parsed, why);
		char *labels = json_dumps(json_object_get(parsed.local, "labels"), JSON_ENCODE_ANY);
		const char *to = json_string_value(json_object_get(parsed.params, "to"));
		if (good != (ranges[i].labels != NULL) || !strstr(good ? to : why, ranges[i].to) ||
			(good && labels && strcmp(labels, ranges[i].labels) != 0))
			fail_msg("%s: %s %s, %s", ranges[i].name, good ? "taken" : "refused", labels,
				good ? to : why);
		free(labels);
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

/* The method has barcode, format, resume and library. */
static const struct verb bring = {
	"cartridge",
	"export",
	"cartridge.export",
	.options = OPTIONS({ "FIRST", OPTION_TEXT, "@first" },
		{ "LABEL", OPTION_BARCODES, "@labels", .in_place_of = "barcode" },
		{ "--speed", OPTION_NUMBER, "@speed", .default_value = "3" }),
};

static void options_follow_from_the_method(void **state)
{
	static const char *const names[] = { "FIRST", "LABEL", "--speed", "--format", "--resume",
		"--library" };
	struct option_row found[OPTIONS_MAX];
	size_t n = 0;
	verb_options(&bring, found);
	for (; found[n].name; n++)
		assert_string_equal(found[n].name, names[n]);
	assert_int_equal(n, sizeof names / sizeof *names);
	assert_string_equal(verb_help(&bring), "Export a cartridge to one file");
}

static void what_the_command_keeps_has_the_default_of_its_row(void **state)
{
	char why[LINE_LEN] = "";
	struct cli cli = { .state = "s" };
	struct parsed parsed;
	char *none[] = { "x" }, *given[] = { "x", "--speed", "5", "--format", "tap" };
	assert_true(options_parse(&bring, &cli, 1, none, &parsed, why));
	assert_int_equal(json_integer_value(json_object_get(parsed.local, "speed")), 3);
	assert_int_equal(json_object_size(parsed.params), 0); /* the daemon has its own defaults */
	parsed_fini(&parsed);
	assert_true(options_parse(&bring, &cli, 5, given, &parsed, why));
	assert_int_equal(json_integer_value(json_object_get(parsed.local, "speed")), 5);
	assert_string_equal(json_string_value(json_object_get(parsed.params, "format")), "tap");
	parsed_fini(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_sorted_out),
		cmocka_unit_test(ranges_of_labels_are_written_out),
		cmocka_unit_test(what_belongs_to_every_verb_stands_anywhere),
		cmocka_unit_test(options_follow_from_the_method),
		cmocka_unit_test(what_the_command_keeps_has_the_default_of_its_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
