/* SPDX-License-Identifier: Apache-2.0 */
/* Prints docs/json.md: what the control socket can be asked, from the rows of admin/method, and what it answers
 * (json_answers.c). */
#include "docs/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "admin/method/method.h"

static void print_head(void)
{
	printf("# The control protocol and --json\n\n"
	       "`evertaped` listens on the UNIX stream socket `control.sock` in its state directory. A request is one "
	       "line, a JSON object:\n\n"
	       "```\n{\"method\": \"drive.show\", \"params\": {\"drive\": 1}}\n```\n\n"
	       "`params` may be left out. An unknown or missing parameter, or one of the wrong type, is refused. "
	       "A method that wants a file gets its descriptor with the first byte of the line (`SCM_RIGHTS`).\n\n"
	       "The answer is one line: `{\"result\": {...}}`, or `{\"error\": {\"code\": \"...\", \"message\": \"...\"}}` "
	       "with a `code` that stays the same for scripts. While a long method works, lines "
	       "`{\"progress\": {\"done\": N, \"total\": N}}` come before it. `evertape --json` prints the `result`: [reply](#object-reply).\n\n"
	       "The option is how `evertape` spells the parameter; it has none where `evertape` uses a file or another "
	       "argument instead.\n");
}

static void print_type(const struct param *p)
{
	const char *unit = param_unit_name(p->unit);
	printf("%s%s%s", param_type_name(p->type), *unit ? ", " : "", unit);
}

static void print_range(const struct param *p)
{
	if (p->type == PARAM_TEXTS && !p->min)
		printf("at most %" PRId64, p->max);
	else if (p->type == PARAM_TEXTS || p->type == PARAM_NUMBER)
		printf("%" PRId64 " to %" PRId64, p->min, p->max);
}

/* A bar would end the cell of the table. */
static void print_cell(const char *text)
{
	for (; text && *text; text++)
		printf(*text == '|' ? "\\|" : "%c", *text);
}

static void print_param(const struct param *p)
{
	printf("| %s%s%s | ", p->required ? "**" : "", p->name, p->required ? "**" : "");
	print_type(p);
	printf(" | ");
	print_range(p);
	printf(" | %s | ", p->default_value ? p->default_value : "");
	print_cell(p->option);
	printf("%s", p->option && p->placeholder ? " " : "");
	print_cell(p->placeholder);
	printf(" | ");
	print_cell(p->help);
	printf(" |\n");
}

static void print_method(const struct method *m)
{
	printf("\n### %s\n\n%s. Role: %s.%s\n", m->name, m->help, role_name(m->role),
		m->wants_fd ? " Wants a file." : "");
	print_answers(m->name);
	if (!m->params->name)
		return;
	printf("\n| parameter | type | range | default | option | meaning |\n|---|---|---|---|---|---|\n");
	for (const struct param *p = m->params; p->name; p++)
		print_param(p);
}

void print_json(void)
{
	print_head();
	printf("\n## Methods\n\n"
	       "Role *read* changes nothing; *write* waits for its turn and is logged with the person who asked; *long* "
	       "is logged too and reports progress. A parameter in bold must be given.\n");
	for (const struct method *m = methods; m->name; m++)
		print_method(m);
	print_objects();
}
