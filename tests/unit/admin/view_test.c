/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of answers are whole, every method has an answer, and values become JSON as the flags say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin/cli/verb.h"
#include "admin/rpc/method.h"
#include "admin/view/keys.h"
#include "admin/view/put.h"

/* --- rows ---------------------------------------------------------------------------------------------- */

static void one_field(const struct view_object *object, const struct view_field *field)
{
	bool nested = field->type == FIELD_OBJECT || field->type == FIELD_LIST;
	if (!field->help || !*field->help || nested != !!field->of || (field->title && !*field->title))
		fail_msg("%s.%s is not whole", object->name, field->key);
	assert_ptr_equal(view_find(object, field->key), field);
}

static void every_object_and_field_is_whole(void **state)
{
	const struct view_object *object;
	for (size_t i = 0; (object = view_object_at(i)); i++) {
		assert_true(*object->name && *object->help);
		assert_true(object->fields->key || object->fields->of);
		for (const struct view_field *f = object->fields; f->key || f->of; f++) {
			if (f->key)
				one_field(object, f);
			for (const struct view_field *g = f + 1; f->key && (g->key || g->of); g++)
				if (g->key && strcmp(f->key, g->key) == 0)
					fail_msg("%s.%s has two rows", object->name, f->key);
		}
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(object->name, view_object_at(k)->name);
	}
}

static void every_method_has_one_answer_and_every_answer_a_method(void **state)
{
	const struct view_answer *a;
	for (const struct method *m = methods; m->name; m++)
		if (!view_answer(m->name, NULL))
			fail_msg("%s has no row in answers.def", m->name);
	for (size_t i = 0; (a = view_answer_at(i)); i++) {
		if (!strchr(a->name, ' ') && !method_find(a->name))
			fail_msg("%s answers, but is no method", a->name);
		assert_ptr_equal(view_answer(a->name, a->when), a->object);
	}
	assert_null(view_answer("nothing", NULL));
	assert_null(view_answer("drive.list", "deleted"));
}

static void a_path_leads_to_the_row_of_a_field(void **state)
{
	const struct view_object *shown = view_answer("drive.show", NULL);
	const struct view_field *found = view_find(shown, "health.since");
	assert_non_null(found);
	assert_string_equal(found->key, drive_health_keys.since);
	assert_int_equal(found->type, FIELD_TIME);
	assert_non_null(view_find(shown, "serial"));     /* in a part of a part */
	assert_non_null(view_find(shown, "usage.used")); /* in an object of a part */
	assert_non_null(view_find(view_answer("drive.list", NULL), "drives.last_used_by.ms"));
	assert_null(view_find(shown, "serials"));
	assert_null(view_find(shown, "seria"));
	assert_null(view_find(shown, "serial.number"));
	assert_null(view_find(shown, "health.nothing"));
	assert_null(view_find(shown, ""));
}

static void a_later_field_replaces_one_of_a_part(void **state)
{
	assert_int_equal(view_find(view_answer("library.list", NULL), "libraries.drives")->type,
		FIELD_NUMBER);
	assert_int_equal(view_find(view_answer("library.show", NULL), "drives")->type, FIELD_LIST);
	assert_non_null(view_find(view_answer("evertape top", NULL), "drives.write_rate"));
}

/* --- what the command prints --------------------------------------------------------------------------- */

/* Keys of a section whose list is `of`; a title that says what the row says is a second description. */
static void columns_have_rows(const struct verb *v, const struct section *s, const struct view_object *of)
{
	size_t n = 0;
	for (const struct column *c = s->columns; c->key; c++, n++) {
		const struct view_field *field = of ? view_find(of, c->key) : NULL;
		if (!field)
			fail_msg("%s %s: the answer has no %s.%s", v->noun, v->verb, s->key, c->key);
		if (c->title && strcasecmp(c->title, field->title ? field->title : field->key) == 0)
			fail_msg("%s %s: %s has that title in its row", v->noun, v->verb, c->key);
	}
	assert_in_range(n, 1, COLUMNS_MAX);
}

static void sections_have_rows(const struct verb *v, const struct section *sections)
{
	for (const struct section *s = sections; s && s->columns; s++) {
		const struct view_object *of = verb_object(v);
		const struct view_field *field = s->key ? view_find(of, s->key) : NULL;
		bool list = s->kind == SECTION_TABLE || s->kind == SECTION_LINES;
		if (s->key && (!field || field->type != (list ? FIELD_LIST : FIELD_OBJECT)))
			fail_msg("%s %s: the answer has no such %s", v->noun, v->verb, s->key);
		columns_have_rows(v, s, field ? field->of : of);
	}
}

/* "{drives drive} of {library}" */
static void texts_have_rows(const struct verb *v, const char *say)
{
	char key[64];
	for (const char *p = say; p && (p = strchr(p, '{')); p++) {
		snprintf(key, sizeof key, "%.*s", (int)strcspn(p + 1, " }"), p + 1);
		if (!view_find(verb_object(v), key))
			fail_msg("%s %s: the answer has no {%s}", v->noun, v->verb, key);
	}
}

static void every_printed_key_is_a_field_of_the_answer(void **state)
{
	for (const struct verb *v = verbs; v->noun; v++) {
		if ((v->sections || v->say) && !verb_object(v))
			fail_msg("%s %s: nothing describes its answer", v->noun, v->verb);
		sections_have_rows(v, v->sections);
		texts_have_rows(v, v->say);
		texts_have_rows(v, v->say_none);
		texts_have_rows(v, v->say_each);
		if (v->say_none && strcmp(v->noun, "initiator") != 0)
			assert_non_null(view_find(verb_object(v), purge_keys.count));
		if (v->run == run_cartridge_list)
			sections_have_rows(&(struct verb){ .noun = "cartridge",
						   .verb = "list --deleted",
						   .method = v->method,
						   .when = "deleted" },
				cartridge_list_deleted_sections);
	}
}

/* --- values -------------------------------------------------------------------------------------------- */

static void is(json_t *object, const char *text)
{
	char *got = json_dumps(object, JSON_COMPACT);
	assert_string_equal(got, text);
	free(got);
	json_decref(object);
}

static void what_is_not_known_is_null_or_absent(void **state)
{
	json_t *o = json_object();
	put_text(o, "a", NULLABLE, NULL);
	put_text(o, "b", NULLABLE, "");
	put_number(o, "c", NULLABLE, UNKNOWN);
	put_time(o, "d", NULLABLE, 0);
	put_json(o, "e", NULLABLE, NULL);
	is(o, "{\"a\":null,\"b\":null,\"c\":null,\"d\":null,\"e\":null}");
	o = json_object();
	put_text(o, "a", OPTIONAL, "");
	put_number(o, "b", OPTIONAL, UNKNOWN);
	put_number(o, "c", OPTIONAL, (uint64_t)INT64_MAX);
	put_json(o, "d", OPTIONAL | NULLABLE, NULL);
	put_json(o, "e", OPTIONAL | NULLABLE, json_null());
	is(o, "{\"e\":null}");
}

static void what_is_known_is_set_whatever_the_flags(void **state)
{
	for (unsigned flags = 0; flags <= (NULLABLE | OPTIONAL); flags++) {
		json_t *o = json_object();
		PUT_TEXT(o, "a", flags, "x");
		PUT_NUMBER(o, "b", flags, 0u);
		PUT_TIME(o, "c", flags, 5u);
		PUT_FLAG(o, "d", flags, false);
		PUT_TEXT(o, "e", flags, json_string("made"));
		is(o, "{\"a\":\"x\",\"b\":0,\"c\":5,\"d\":false,\"e\":\"made\"}");
	}
}

static void an_empty_text_and_time_zero_are_values_where_one_must_be(void **state)
{
	json_t *o = json_object();
	put_text(o, "a", 0, "");
	put_time(o, "b", 0, 0);
	is(o, "{\"a\":\"\",\"b\":0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_object_and_field_is_whole),
		cmocka_unit_test(every_method_has_one_answer_and_every_answer_a_method),
		cmocka_unit_test(a_path_leads_to_the_row_of_a_field),
		cmocka_unit_test(a_later_field_replaces_one_of_a_part),
		cmocka_unit_test(every_printed_key_is_a_field_of_the_answer),
		cmocka_unit_test(what_is_not_known_is_null_or_absent),
		cmocka_unit_test(what_is_known_is_set_whatever_the_flags),
		cmocka_unit_test(an_empty_text_and_time_zero_are_values_where_one_must_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
