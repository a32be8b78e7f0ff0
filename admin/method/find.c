/* SPDX-License-Identifier: Apache-2.0 */
/* Finds rows of the description, and names their kinds. */
#include <string.h>

#include "admin/method/method.h"

const struct method *method_find(const char *name)
{
	for (const struct method *m = methods; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

const struct param *param_find(const struct method *method, const char *name)
{
	for (const struct param *p = method->params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

const char *role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_READ] = "read",
		[ROLE_WRITE] = "write",
		[ROLE_LONG] = "long",
	};
	return names[role];
}

const char *param_type_name(enum param_type type)
{
	static const char *const names[] = {
		[PARAM_TEXT] = "text",
		[PARAM_SECRET] = "secret",
		[PARAM_NUMBER] = "number",
		[PARAM_FLAG] = "flag",
		[PARAM_TEXTS] = "texts",
	};
	return names[type];
}

const char *param_unit_name(enum param_unit unit)
{
	static const char *const names[] = {
		[UNIT_NONE] = "",
		[UNIT_BYTES] = "bytes",
		[UNIT_DRIVE] = "drive",
		[UNIT_BARCODE] = "barcode",
	};
	return names[unit];
}
