/* SPDX-License-Identifier: Apache-2.0 */
/* A request's parameters against its row: what is let through, what is said, what is wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/rpc/method.h"

static bool red_or_blue(const char *text, char why[static WHY_LEN])
{
	if (strcmp(text, "red") == 0 || strcmp(text, "blue") == 0)
		return true;
	snprintf(why, WHY_LEN, "must be red or blue");
	return false;
}

static const struct method paint = {
	.name = "wall.paint",
	.params = PARAMS({ .name = "colour", .type = PARAM_TEXT, .required = true, .check = red_or_blue },
		{ .name = "note", .type = PARAM_TEXT, .default_value = "none" },
		{ .name = "key", .type = PARAM_SECRET },
		{ .name = "coats", .type = PARAM_NUMBER, .min = 1, .max = 3, .default_value = "2" },
		{ .name = "hours", .type = PARAM_NUMBER, .max = 9 }, { .name = "gloss", .type = PARAM_FLAG },
		{ .name = "places", .type = PARAM_TEXTS, .max = 2, .check = red_or_blue },
		{ .name = "tools", .type = PARAM_TEXTS, .min = 1, .max = 3 }),
};

static const struct {
	const char *params;
	const char *why; /* NULL: good */
} rows[] = {
	{ "{\"colour\":\"red\"}", NULL },
	{ "{\"colour\":\"red\",\"coats\":1,\"gloss\":false,\"places\":[],\"note\":\"\"}", NULL },
	{ "{\"colour\":\"red\",\"coats\":3,\"gloss\":true,\"places\":[\"red\",\"blue\"]}", NULL },
	{ "{\"colour\":\"red\",\"key\":\"\\u0001 is a byte like any other\"}", NULL },
	{ "{}", "wall.paint: missing parameter \"colour\"" },
	{ "{\"colour\":\"green\"}", "colour: must be red or blue" },
	{ "{\"colour\":null}", "colour: must be a string" },
	{ "{\"colour\":[\"red\"]}", "colour: must be a string" },
	{ "{\"colour\":\"red\",\"coats\":0}", "coats: must be a whole number from 1 to 3" },
	{ "{\"colour\":\"red\",\"coats\":4}", "coats: must be a whole number from 1 to 3" },
	{ "{\"colour\":\"red\",\"coats\":2.0}", "coats: must be a whole number from 1 to 3" },
	{ "{\"colour\":\"red\",\"coats\":\"2\"}", "coats: must be a whole number from 1 to 3" },
	{ "{\"colour\":\"red\",\"gloss\":1}", "gloss: must be true or false" },
	{ "{\"colour\":\"red\",\"places\":\"red\"}", "places: must be a list of at most 2 strings" },
	{ "{\"colour\":\"red\",\"places\":[\"red\",\"red\",\"red\"]}",
		"places: must be a list of at most 2 strings" },
	{ "{\"colour\":\"red\",\"tools\":[\"a\"]}", NULL },
	{ "{\"colour\":\"red\",\"tools\":[]}", "tools: must be a list of 1 to 3 strings" },
	{ "{\"colour\":\"red\",\"tools\":[\"a\",\"b\",\"c\",\"d\"]}",
		"tools: must be a list of 1 to 3 strings" },
	{ "{\"colour\":\"red\",\"tools\":\"a\"}", "tools: must be a list of 1 to 3 strings" },
	{ "{\"colour\":\"red\",\"places\":[\"green\"]}", "places: must be red or blue" },
	{ "{\"colour\":\"red\",\"places\":[1]}", "places: must be a string" },
	{ "{\"colour\":\"red\",\"note\":\"a\\nb\"}", "note: control characters are not allowed" },
	{ "{\"colour\":\"red\",\"note\":\"\\u007f\"}", "note: control characters are not allowed" },
	{ "{\"colour\":\"red\",\"size\":1}", "wall.paint: unknown parameter \"size\"" },
	{ "[]", "\"params\" must be an object" },
};

static void parameters_are_checked(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[WHY_LEN] = "";
		json_t *params = json_loads(rows[i].params, 0, NULL);
		assert_non_null(params);
		bool good = params_check(&paint, params, why);
		if (good != !rows[i].why || (rows[i].why && strcmp(why, rows[i].why) != 0))
			fail_msg("%s: %s \"%s\"", rows[i].params, good ? "taken" : "refused", why);
		json_decref(params);
	}
	char why[WHY_LEN];
	assert_false(params_check(&paint, NULL, why));
}

static void a_long_name_does_not_overflow_the_answer(void **state)
{
	char name[5000], why[WHY_LEN];
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	json_t *params = json_pack("{s:s}", name, "red");
	assert_false(params_check(&paint, params, why));
	assert_in_range(strlen(why), 1, WHY_LEN - 1);
	json_decref(params);
}

static void secrets_are_wiped_and_not_logged(void **state)
{
	char text[200];
	json_t *params = json_loads("{\"colour\":\"red\",\"key\":\"hushhush\",\"coats\":2}", 0, NULL);
	json_t *key = json_object_get(params, "key");
	params_text(&paint, params, text, sizeof text);
	assert_null(strstr(text, "hush"));
	assert_string_equal(text, " colour=\"red\" key=... coats=2");
	params_wipe(&paint, params);
	for (size_t i = 0; i < json_string_length(key); i++)
		assert_int_equal(json_string_value(key)[i], 0);
	assert_string_equal(json_string_value(json_object_get(params, "colour")), "red");
	json_decref(params);
}

static void the_log_line_is_cut_to_fit(void **state)
{
	char text[16];
	json_t *params = json_loads("{\"colour\":\"red\",\"note\":\"0123456789012345678901234567890\"}", 0,
		NULL);
	params_text(&paint, params, text, sizeof text);
	assert_int_equal(strlen(text), 15);
	json_decref(params);
}

static void what_is_not_given_has_the_default_of_its_row(void **state)
{
	json_t *given = json_loads("{\"colour\":\"red\",\"note\":\"\",\"coats\":3}", 0, NULL);
	const struct call nothing = { .method = &paint }, all = { .method = &paint, .params = given };
	assert_int_equal(call_number(&nothing, "coats"), 2);
	assert_int_equal(call_number(&all, "coats"), 3);
	assert_int_equal(call_number(&nothing, "hours"), 0);
	assert_string_equal(call_text(&nothing, "note"), "none");
	assert_string_equal(call_text(&all, "note"), "");
	assert_null(call_text(&nothing, "colour"));
	assert_null(call_text(&nothing, "library")); /* no parameter of this method */
	assert_false(call_flag(&nothing, "gloss"));
	assert_null(call_list(&nothing, "places"));
	json_decref(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(a_long_name_does_not_overflow_the_answer),
		cmocka_unit_test(secrets_are_wiped_and_not_logged),
		cmocka_unit_test(the_log_line_is_cut_to_fit),
		cmocka_unit_test(what_is_not_given_has_the_default_of_its_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
