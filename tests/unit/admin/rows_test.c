/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler cannot check in the rows of methods, verbs and checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/cli/verb.h"
#include "admin/rpc/checks.h"
#include "admin/rpc/method.h"

static void a_default_passes_the_check_of_its_row(const struct method *m, const struct param *p)
{
	const struct param alone[] = { *p, { 0 } };
	const struct method one = { .name = m->name, .params = alone };
	char why[WHY_LEN] = "", *end = NULL;
	json_t *params = json_object();
	json_t *value = p->type == PARAM_NUMBER ? json_integer(strtoll(p->default_value, &end, 10))
						: json_string(p->default_value);
	json_object_set_new(params, p->name, value);
	if ((end && *end) || !params_check(&one, params, why))
		fail_msg("%s: default of %s: %s", m->name, p->name, why);
	json_decref(params);
}

static void every_method_has_one_function_and_good_rows(void **state)
{
	size_t n = 0;
	for (const struct method *m = methods; m->name; m++, n++) {
		assert_non_null(m->help);
		assert_ptr_equal(method_find(m->name), m);
		if (!handler_find(m->name))
			fail_msg("%s has no function", m->name);
		for (const struct param *p = m->params; p->name; p++) {
			assert_non_null(p->help);
			assert_ptr_equal(param_find(m, p->name), p);
			if (p->type == PARAM_NUMBER || p->type == PARAM_TEXTS)
				assert_true(p->max > p->min);
			if (p->default_value)
				a_default_passes_the_check_of_its_row(m, p);
			assert_false(p->default_value && p->required);
			assert_false(p->option && p->type == PARAM_SECRET);
		}
	}
	assert_null(method_find("nothing"));
	assert_null(method_find(""));
	assert_null(handler_at(n)); /* no function without a method, none twice */
	assert_non_null(handler_at(n - 1));
}

/* --- verbs ----------------------------------------------------------------------------------------- */

static void options_have_names_of_their_own(const struct verb *v)
{
	struct option_row rows[OPTIONS_MAX];
	bool may_be_missing = false;
	verb_options(v, rows);
	for (size_t i = 0; rows[i].name; i++) {
		assert_true(rows[i].help || strcmp(v->noun, "help") == 0);
		for (size_t k = 0; k < i; k++)
			if (strcmp(rows[i].name, rows[k].name) == 0 ||
				strcmp(rows[i].param, rows[k].param) == 0)
				fail_msg("%s %s: %s is there twice", v->noun, v->verb, rows[i].name);
		if (option_is_named(&rows[i]))
			continue;
		assert_false(
			rows[i].required && may_be_missing); /* it could not be told from the one before */
		may_be_missing |= !rows[i].required;
	}
}

/* What the command cannot learn from the method. */
static void own_options_stay_in_the_command(const struct verb *v, const struct method *m)
{
	for (const struct option_row *row = v->options; row && row->name; row++) {
		assert_int_equal(row->param[0], '@');
		if (row->in_place_of && !param_find(m, row->in_place_of))
			fail_msg("%s: %s stands for nothing", v->method, row->name);
	}
}

static void every_verb_calls_a_method_that_exists(void **state)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		const struct method *m = v->method ? method_find(v->method) : NULL;
		assert_true(v->method || v->run || v->raw);
		assert_true(v->method || v->help);
		options_have_names_of_their_own(v);
		own_options_stay_in_the_command(v, m);
		if (!v->method)
			continue;
		if (!m)
			fail_msg("%s %s calls %s, which is no method", v->noun, v->verb, v->method);
		assert_true(v->say || v->sections);
		if (v->run == run_each)
			assert_true(v->say && param_find(m, "barcode") && v->options);
	}
}

static bool settable(const struct verb *v, const struct param *p)
{
	bool found = false;
	struct option_row rows[OPTIONS_MAX];
	verb_options(v, rows);
	for (const struct option_row *row = rows; row->name; row++)
		found |= strcmp(row->param, p->name) == 0 ||
			(row->in_place_of && strcmp(row->in_place_of, p->name) == 0);
	return found;
}

/* Parameters without an option of their own: the command sets them from another one, or by itself. */
static const struct {
	const char *method, *param;
} by_command[] = { { "session.drop", "initiator" }, { "status", "quick" } };

static void every_method_has_a_verb_that_can_set_its_parameters(void **state)
{
	for (const struct method *m = methods; m->name; m++) {
		const struct verb *v = verbs;
		while (v->noun && !(v->method && strcmp(v->method, m->name) == 0))
			v++;
		if (!v->noun && strcmp(m->name, "methods") != 0)
			fail_msg("%s has no verb", m->name);
		for (const struct param *p = m->params; v->noun && p->name; p++) {
			bool found = settable(v, p);
			for (size_t i = 0; i < sizeof by_command / sizeof *by_command; i++)
				found |= strcmp(by_command[i].method, m->name) == 0 &&
					strcmp(by_command[i].param, p->name) == 0;
			if (!found)
				fail_msg("%s: no option sets %s", m->name, p->name);
		}
	}
}

/* --- checks ---------------------------------------------------------------------------------------- */

/* The manual, its "\-" as a person reads them. */
static char *manual(void)
{
	enum { SIZE = 256 << 10 };
	char *text = calloc(1, SIZE);
	FILE *file = fopen(MANUAL, "r");
	assert_non_null(file);
	assert_in_range(fread(text, 1, SIZE - 1, file), 1, SIZE - 2);
	fclose(file);
	for (char *p; (p = strstr(text, "\\-"));)
		memmove(p, p + 1, strlen(p));
	return text;
}

static void documented(const char *text, const char *id)
{
	if (!strstr(text, id))
		fail_msg("%s is not in the manual", id);
}

static void checks_are_whole_and_in_the_manual(void **state)
{
	struct check check, other;
	enum severity before = SEVERITY_CRITICAL;
	char *text = manual();
	for (size_t i = 0; check_at(i, &check); i++) {
		assert_true(*check.id && *check.what && *check.remedy && check.look);
		assert_true(check.severity > SEVERITY_NONE && check.severity <= before); /* the worst first */
		before = check.severity;
		documented(text, check.id);
		for (size_t k = 0; k < i && check_at(k, &other); k++)
			assert_string_not_equal(check.id, other.id);
	}
	for (int kind = 0; kind < N_HEALTH_KINDS; kind++) {
		documented(text, health_rows[kind].id);
		bool checked = kind == HEALTH_NONE;
		for (size_t i = 0; check_at(i, &check) && !checked; i++)
			checked = check.what == health_rows[kind].what;
		assert_true(checked);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_are_whole_and_in_the_manual),
		cmocka_unit_test(every_method_has_one_function_and_good_rows),
		cmocka_unit_test(every_verb_calls_a_method_that_exists),
		cmocka_unit_test(every_method_has_a_verb_that_can_set_its_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
