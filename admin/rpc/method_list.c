/* SPDX-License-Identifier: Apache-2.0 */
/* methods: what the control socket can be asked. */
#include <stdlib.h>

#include "admin/rpc/method.h"

static bool has_range(const struct param *p)
{
	return p->type == PARAM_NUMBER || p->type == PARAM_TEXTS;
}

static json_t *default_view(const struct param *p)
{
	if (!p->default_value)
		return NULL;
	return p->type == PARAM_NUMBER ? json_integer(strtoll(p->default_value, NULL, 10))
				       : json_string(p->default_value);
}

static json_t *params_view(const struct method *method);
static json_t *list_view(const struct method *all);

#include "admin/view/build.h"
#include "admin/view/methods.def"
#include "admin/view/end.h"

static json_t *params_view(const struct method *method)
{
	json_t *list = json_array();
	for (const struct param *p = method->params; p->name; p++)
		json_array_append_new(list, param_put(json_object(), p));
	return list;
}

static json_t *list_view(const struct method *all)
{
	json_t *list = json_array();
	for (const struct method *m = all; m->name; m++)
		json_array_append_new(list, method_put(json_object(), m));
	return list;
}

static json_t *list(struct call *call)
{
	(void)call;
	return methods_put(json_object(), methods);
}

const struct handler methods_handlers[] = {
	{ "methods", list },
	{ 0 },
};
