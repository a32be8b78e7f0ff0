/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a verb: its own, and those that follow from the parameters of its method. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "admin/cli/verb.h"
#include "admin/method/method.h"

static enum option_type type_of(const struct param *p)
{
	static const enum option_type numbers[] = {
		[UNIT_NONE] = OPTION_NUMBER,
		[UNIT_BYTES] = OPTION_SIZE,
		[UNIT_DRIVE] = OPTION_DRIVE,
	};
	switch (p->type) {
	case PARAM_FLAG: return OPTION_FLAG;
	case PARAM_NUMBER: return numbers[p->unit];
	case PARAM_TEXTS: return p->unit == UNIT_BARCODE ? OPTION_BARCODES : OPTION_TEXTS;
	case PARAM_TEXT:
	case PARAM_SECRET: break; /* a secret has no option: the command reads it from a file */
	}
	return OPTION_TEXT;
}

static struct option_row row_of(const struct param *p)
{
	return (struct option_row){
		.name = p->option,
		.type = type_of(p),
		.param = p->name,
		.required = p->required,
		.value = p->placeholder,
		.help = p->help,
		.default_value = p->default_value,
	};
}

static const struct option_row *own_at(const struct option_row *own, const char *param)
{
	for (; own && own->name; own++)
		if (own->in_place_of && strcmp(own->in_place_of, param) == 0)
			return own;
	return NULL;
}

/* Adds rows up to the next one that has a place of its own. */
static size_t own_add(const struct option_row *own, struct option_row out[static OPTIONS_MAX], size_t n)
{
	do {
		assert(n < OPTIONS_MAX - 1);
		out[n++] = *own++;
	} while (own->name && !own->in_place_of);
	return n;
}

void verb_options(const struct verb *verb, struct option_row out[static OPTIONS_MAX])
{
	const struct method *method = verb->method ? method_find(verb->method) : NULL;
	const struct option_row *own = verb->options;
	size_t n = own && own->name && !own->in_place_of ? own_add(own, out, 0) : 0;
	for (const struct param *p = method ? method->params : NO_PARAMS; p->name; p++) {
		const struct option_row *instead = own_at(own, p->name);
		assert(n < OPTIONS_MAX - 1);
		if (instead)
			n = own_add(instead, out, n);
		else if (p->option)
			out[n++] = row_of(p);
	}
	out[n] = (struct option_row){ 0 };
}

const char *verb_help(const struct verb *verb)
{
	return verb->help ? verb->help : method_find(verb->method)->help;
}

bool option_is_named(const struct option_row *row)
{
	return row->name[0] == '-';
}

bool option_is_list(const struct option_row *row)
{
	return row->type == OPTION_TEXTS || row->type == OPTION_BARCODES;
}
