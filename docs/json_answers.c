/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the answers in docs/json.md: which object each method returns, and the fields of every object, from the rows
 * of admin/view. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "admin/view/view.h"
#include "docs/json.h"

static void print_link(const struct view_object *object)
{
	printf("[%s](#object-%s)", object->name, object->name);
}

void print_answers(const char *method)
{
	const struct view_answer *a;
	printf("\nAnswer: ");
	for (size_t i = 0, n = 0; (a = view_answer_at(i)); i++) {
		if (strcmp(a->name, method) != 0)
			continue;
		printf("%s", n++ ? "; " : "");
		print_link(a->object);
		if (a->when)
			printf(" with `%s`", a->when);
	}
	printf("\n");
}

static void print_documents(void)
{
	const struct view_answer *a;
	printf("\n## Documents of the command\n\nWhat `evertape --json` prints where it is not the answer of a method.\n\n"
	       "| command | document |\n|---|---|\n");
	for (size_t i = 0; (a = view_answer_at(i)); i++) {
		if (strncmp(a->name, "evertape ", 9) != 0)
			continue;
		printf("| `%s` | ", a->name);
		print_link(a->object);
		printf(" |\n");
	}
}

static void print_field(const struct view_field *f)
{
	printf("| %s | %s", f->key, field_type_name(f->type));
	if (f->of) {
		printf(" ");
		print_link(f->of);
	}
	printf(" | %s%s%s | %s |\n", f->flags & NULLABLE ? "null" : "",
		f->flags == (NULLABLE | OPTIONAL) ? ", " : "", f->flags & OPTIONAL ? "absent" : "", f->help);
}

static void print_object(const struct view_object *object)
{
	size_t parts = 0, own = 0;
	printf("\n### object %s\n\n%c%s.", object->name, toupper((unsigned char)*object->help),
		object->help + 1);
	for (const struct view_field *f = object->fields; f->key || f->of; f++) {
		own += f->key != NULL;
		if (f->key)
			continue;
		printf("%s", parts++ ? ", " : " The fields of ");
		print_link(f->of);
	}
	printf("%s\n", !parts ? "" : own ? ", and" : ".");
	if (own)
		printf("\n| field | type | may be | meaning |\n|---|---|---|---|\n");
	for (const struct view_field *f = object->fields; f->key || f->of; f++)
		if (f->key)
			print_field(f);
}

void print_objects(void)
{
	const struct view_object *object;
	print_documents();
	printf("\n## Objects\n\n"
	       "A field that may be null is null when the value is not known, or when there is none. Of two fields of the "
	       "same name, one in the table replaces those of the objects named above it, and a later object those of an "
	       "earlier one. Fields may be added in later versions.\n");
	for (size_t i = 0; (object = view_object_at(i)); i++)
		print_object(object);
}
