/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions of methods use: parameters, refusals, lookups, the writers' turn. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/method.h"
#include "admin/rpc/rpc_internal.h"
#include "vtl/base/error_text.h"

/* clang-format off */
static const struct handler *const tables[] = {
	adopt_handlers, status_handlers,  library_handlers,  drive_handlers,     cartridge_handlers, media_handlers,
	wastebasket_handlers, mailslot_handlers, identity_handlers, initiator_handlers, session_handlers,
	methods_handlers,
};
/* clang-format on */

const struct handler *handler_at(size_t i)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct handler *h = tables[t]; h->method; h++)
			if (i-- == 0)
				return h;
	return NULL;
}

const struct handler *handler_find(const char *method)
{
	const struct handler *h;
	for (size_t i = 0; (h = handler_at(i)); i++)
		if (strcmp(h->method, method) == 0)
			return h;
	return NULL;
}

static const char *default_of(const struct call *call, const char *name)
{
	const struct param *row = param_find(call->method, name);
	return row ? row->default_value : NULL;
}

const char *call_text(const struct call *call, const char *name)
{
	const json_t *value = json_object_get(call->params, name);
	return value ? json_string_value(value) : default_of(call, name);
}

int64_t call_number(const struct call *call, const char *name)
{
	const json_t *value = json_object_get(call->params, name);
	const char *otherwise = value ? NULL : default_of(call, name);
	return otherwise ? strtoll(otherwise, NULL, 10) : json_integer_value(value);
}

bool call_flag(const struct call *call, const char *name)
{
	return json_is_true(json_object_get(call->params, name));
}

const json_t *call_list(const struct call *call, const char *name)
{
	return json_object_get(call->params, name);
}

json_t *call_refuse(struct call *call, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(call->why, WHY_LEN, format, args);
	va_end(args);
	call->code = code;
	return NULL;
}

/* clang-format off */
static const struct {
	int err;
	const char *code;
} codes[] = {
	{ ENOENT, CODE_NOT_FOUND },   { EEXIST, CODE_EXISTS },     { EBUSY, CODE_BUSY },
	{ EINVAL, CODE_REFUSED },     { EACCES, CODE_PERMISSION }, { EPERM, CODE_PERMISSION },
	{ EROFS, CODE_PERMISSION },   { ENOSPC, CODE_NO_SPACE },   { EDQUOT, CODE_NO_SPACE },
	{ EBADMSG, CODE_DAMAGED },    { EUCLEAN, CODE_DAMAGED },   { ECANCELED, CODE_CANCELLED },
	{ EAFNOSUPPORT, CODE_REFUSED }, { EXDEV, CODE_REFUSED },   { ENOTSUP, CODE_REFUSED },
	{ ENOLINK, CODE_DAMAGED },      { ENOTEMPTY, CODE_REFUSED },    { EALREADY, CODE_REFUSED },
};
/* clang-format on */

json_t *call_refuse_err(struct call *call, int err, const char *why)
{
	char text[WHY_LEN];
	call->code = CODE_FAILED;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].err == -err)
			call->code = codes[i].code;
	snprintf(text, sizeof text, "%s", why && *why ? why : error_text(err));
	memcpy(call->why, text, sizeof text);
	return NULL;
}

struct library *call_library(struct call *call)
{
	struct library *library = library_find(call->inst, call_text(call, "library"), call->why);
	bool which = !call_text(call, "library") && library_first(call->inst);
	if (!library)
		call->code = which ? CODE_BAD_PARAMS : CODE_NOT_FOUND;
	return library;
}

struct cartridge *call_cartridge(struct call *call, struct library **ret_library)
{
	const char *barcode = call_text(call, "barcode");
	struct library *library = NULL;
	if (call_text(call, "library")) {
		library = call_library(call);
		if (!library)
			return NULL;
	}
	for (struct library *l = library ? library : library_first(call->inst); l;
		l = library ? NULL : library_next(l)) {
		struct cartridge *cartridge = cartridge_find(l, barcode);
		if (cartridge) {
			*ret_library = l;
			return cartridge;
		}
	}
	call_refuse(call, CODE_NOT_FOUND, "no cartridge %s%s%s", barcode, library ? " in library " : "",
		library ? library->name : "");
	return NULL;
}

struct drive *call_drive(struct call *call, struct library **ret_library)
{
	struct library *library = call_library(call);
	if (!library)
		return NULL;
	unsigned number = (unsigned)call_number(call, "drive");
	struct drive *drive = drive_find(library, number);
	if (!drive)
		call_refuse(call, CODE_NOT_FOUND, "library %s has no drive:%u", library->name, number);
	else
		*ret_library = library;
	return drive;
}

void call_turn_acquire(struct call *call)
{
	turn_take(&call->rpc->writers);
}

void call_turn_release(struct call *call)
{
	turn_give(&call->rpc->writers);
}
