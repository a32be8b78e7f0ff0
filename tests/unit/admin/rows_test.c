/* SPDX-License-Identifier: Apache-2.0 */
/* The command's rows and the daemon's rows agree, and both are whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/cli/client.h"
#include "admin/cli/verb.h"
#include "admin/rpc/checks.h"
#include "admin/rpc/method.h"

static const struct param *param_named(const struct method *m, const char *name)
{
	for (const struct param *p = m->params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool types_agree(enum option_type option, enum param_type param)
{
	switch (option) {
	case OPTION_FLAG: return param == PARAM_FLAG;
	case OPTION_TEXT: return param == PARAM_TEXT;
	case OPTION_NUMBER:
	case OPTION_SIZE:
	case OPTION_DRIVE: return param == PARAM_NUMBER;
	case OPTION_BARCODES:
	case OPTION_TEXTS: return param == PARAM_TEXTS;
	case OPTION_PATH: return false; /* it stays in the command */
	}
	return false;
}

static void every_method_is_whole_and_named_once(void **state)
{
	const struct method *m;
	for (size_t i = 0; (m = method_at(i)); i++) {
		assert_non_null(m->run);
		assert_non_null(m->params);
		assert_non_null(m->help);
		assert_ptr_equal(method_find(m->name), m);
		for (const struct param *p = m->params; p->name; p++) {
			assert_ptr_equal(param_named(m, p->name), p);
			if (p->type == PARAM_NUMBER || p->type == PARAM_TEXTS)
				assert_true(p->max > p->min);
		}
	}
	assert_null(method_find("nothing"));
	assert_null(method_find(""));
}

/* Whose answer is waited for ten seconds: what only looks. */
static void questions_are_what_only_reads(void **state)
{
	const struct method *m;
	for (size_t i = 0; (m = method_at(i)); i++)
		if (method_asks(m->name) != (m->role == ROLE_READ))
			fail_msg("%s", m->name);
}

static void every_verb_asks_what_the_daemon_knows(void **state)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		const struct method *m = v->method ? method_find(v->method) : NULL;
		assert_non_null(v->help);
		assert_true(v->method || v->run || v->raw);
		if (!v->method)
			continue;
		if (!m)
			fail_msg("%s %s asks %s, which is no method", v->noun, v->verb, v->method);
		assert_true(v->say || v->sections);
		if (v->run == run_each || v->say_each)
			assert_non_null(param_named(m, "barcode"));
		if (v->run == run_each)
			assert_non_null(v->say);
		for (const struct option_row *row = v->options; row->name; row++) {
			if (row->param[0] == '@')
				continue;
			const struct param *p = param_named(m, row->param);
			if (!p || !types_agree(row->type, p->type))
				fail_msg("%s: %s does not fit", v->method, row->name);
			if (p->required && !row->required)
				fail_msg("%s: %s is needed", v->method, row->name);
		}
	}
}

static void every_method_has_a_verb(void **state)
{
	static const char *const without[] = { "methods" };
	const struct method *m;
	for (size_t i = 0; (m = method_at(i)); i++) {
		bool found = false;
		for (const struct verb *v = verbs; v->noun; v++)
			found |= v->method && strcmp(v->method, m->name) == 0;
		for (size_t k = 0; k < sizeof without / sizeof *without; k++)
			found |= strcmp(without[k], m->name) == 0;
		if (!found)
			fail_msg("%s has no verb", m->name);
	}
}

static void tables_fit_the_printer(void **state)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		for (const struct section *s = v->sections; s && s->columns; s++) {
			size_t n = 0;
			for (const struct column *c = s->columns; c->key; c++, n++)
				assert_non_null(c->title);
			assert_in_range(n, 1, s->kind == SECTION_TABLE ? 16 : 64);
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
		cmocka_unit_test(every_method_is_whole_and_named_once),
		cmocka_unit_test(questions_are_what_only_reads),
		cmocka_unit_test(every_verb_asks_what_the_daemon_knows),
		cmocka_unit_test(every_method_has_a_verb),
		cmocka_unit_test(tables_fit_the_printer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
