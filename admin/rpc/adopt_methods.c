/* SPDX-License-Identifier: Apache-2.0 */
/* library.adopt, drive.adopt, identity.adopt: devices take over the names of those of a real library. */
#include <stdlib.h>
#include <string.h>

#include "admin/rpc/adopt.h"
#include "admin/rpc/guard.h"
#include "admin/rpc/identity_file.h"
#include "admin/rpc/session.h"
#include "admin/rpc/view.h"
#include "vtl/base/cleanup.h"

/* Everything is checked before a session ends. False: refused. */
static bool adopt(struct call *call, struct library *library, const struct adopted *given, size_t n)
{
	char why[WHY_LEN] = "";
	struct noticing noticing;
	int err = library_adoptable(call->inst, library, given, n, why);
	if (err)
		return call_refuse_err(call, err, why) != NULL;
	if (!guard_rename(call, library, &noticing))
		return false;
	struct front_hold hold; /* refuse logins until the change is made */
	sessions_hold(call->context, library->target, &hold);
	noticing_end(call, &noticing);
	noticing_free(&noticing);
	err = library_adopt(call->inst, library, given, n, why);
	sessions_release(call->context, &hold);
	return err ? call_refuse_err(call, err, why) != NULL : true;
}

/* The options of library.adopt and drive.adopt. False: none is given. */
static bool options_read(struct call *call, unsigned number, struct adopted *ret)
{
	*ret = (struct adopted){ .number = number,
		.serial = call_text(call, "serial"),
		.naa = call_text(call, "naa"),
		.revision = call_text(call, "revision"),
		.target = call_text(call, "target") };
	if (ret->serial || ret->naa || ret->revision || ret->target)
		return true;
	call_refuse(call, CODE_BAD_PARAMS,
		"give what it takes over: a serial, an NAA, a revision or a target name");
	return false;
}

static json_t *library_takes(struct call *call)
{
	struct adopted given;
	struct library *library = call_library(call);
	bool done = library && options_read(call, 0, &given) && adopt(call, library, &given, 1);
	return done ? library_view(library) : NULL;
}

static json_t *drive_takes(struct call *call)
{
	struct adopted given;
	struct library *library;
	struct drive *drive = call_drive(call, &library);
	bool done = drive && options_read(call, drive->number, &given) && adopt(call, library, &given, 1);
	return done ? drive_view(drive, NULL) : NULL;
}

static json_t *passport_taken(struct call *call)
{
	struct library *library = call_library(call);
	autofree char *text = library ? identity_file_text(call, "a passport") : NULL;
	if (!text)
		return NULL;
	struct passport_names *names = calloc(1, sizeof *names);
	json_t *passport = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	bool done = names && passport_names_read(call, passport, library, names) &&
		adopt(call, library, names->rows, names->n);
	json_decref(passport);
	free(names);
	return done ? library_view(library) : NULL;
}

const struct handler adopt_handlers[] = {
	{ "library.adopt", library_takes },
	{ "drive.adopt", drive_takes },
	{ "identity.adopt", passport_taken },
	{ 0 },
};
