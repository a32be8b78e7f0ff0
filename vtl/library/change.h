/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a change by an operator. One change at a time runs in an installation; a change of elements also
 * excludes moves in its library.
 *
 *	struct change c;
 *	int err = change_begin(&c, inst, library, why);
 *	if (!err)
 *		err = check, record rows in c.txn, change_commit(), put the new state in place
 *	change_settle(&c);
 *	if (!err)
 *		tell the listeners
 *	return change_end(&c, err);
 *
 * The new state is a copy, or new objects, until the commit has succeeded; so there is nothing to undo. */
#pragma once

#include "vtl/library/installation.h"

struct change {
	struct installation *inst;
	struct library_private *lib; /* NULL: a change of the installation */
	char *why;                   /* WHY_LEN bytes for the reason of a refusal */
	struct catalog_txn txn;      /* rows of the change; ended by change_commit() or change_end() */
	bool elements;               /* the turn of lib is held */
};

/* Waits for the turn of the installation. -ENOENT with why when the library (may be NULL) was deleted meanwhile.
 * change_end() is due whatever it returns. */
int change_begin(struct change *c, struct installation *inst, struct library *library,
	char why[static WHY_LEN]);
/* Also waits for the turn of the library, so that no move is under way. */
int change_begin_elements(struct change *c, struct installation *inst, struct library *library,
	char why[static WHY_LEN]);
/* Commits the rows in c->txn; with a draft (or NULL), also writes identity.json from it. 0: the change counts, and
 * the caller puts the new state in place. -errno: nothing has changed. */
int change_commit(struct change *c, const struct draft *draft);
/* Gives the turn of the library back: hosts may move cartridges while listeners are told. */
void change_settle(struct change *c);
/* Ends the change; rows that were not committed are dropped. Returns err. */
int change_end(struct change *c, int err);
/* The same; when err is 0, the listeners learn that an operator changed elements. */
int change_end_elements(struct change *c, int err);
