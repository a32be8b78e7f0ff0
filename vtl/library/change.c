/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of changes, and the memory of deleted objects while calls are under way. */
#include <errno.h>
#include <stdlib.h>

#include "vtl/library/change.h"

/* --- calls under way -------------------------------------------------------------------------- */

void objects_hold(struct installation *inst)
{
	inst->working++;
}

void objects_free_deleted(struct installation *inst)
{
	struct cartridge *cartridge;
	struct library *library;
	while ((cartridge = TAILQ_FIRST(&inst->retired_cartridges))) {
		TAILQ_REMOVE(&inst->retired_cartridges, cartridge, link);
		free(priv_of(cartridge));
	}
	while ((library = TAILQ_FIRST(&inst->retired_libraries))) {
		TAILQ_REMOVE(&inst->retired_libraries, library, link);
		lib_free(lib_of(library));
	}
}

void objects_release(struct installation *inst)
{
	if (!--inst->working)
		objects_free_deleted(inst);
}

/* --- the frame -------------------------------------------------------------------------------- */

int change_begin(struct change *c, struct installation *inst, struct library *library,
	char why[static WHY_LEN])
{
	*c = (struct change){ .inst = inst, .lib = library ? lib_of(library) : NULL, .why = why };
	objects_hold(inst);
	turn_take(&inst->turn);
	catalog_begin(inst->catalog, &c->txn);
	return c->lib && c->lib->deleted ? refuse(why, -ENOENT, "the library was deleted") : 0;
}

int change_begin_elements(struct change *c, struct installation *inst, struct library *library,
	char why[static WHY_LEN])
{
	int err = change_begin(c, inst, library, why);
	turn_take(&c->lib->turn);
	c->elements = true;
	return err;
}

int change_commit(struct change *c, const struct draft *draft)
{
	return draft ? identity_commit(c->inst, &c->txn, draft) : catalog_commit(&c->txn);
}

void change_settle(struct change *c)
{
	if (c->elements)
		turn_give(&c->lib->turn);
	c->elements = false;
}

int change_end(struct change *c, int err)
{
	change_settle(c);
	catalog_abandon(&c->txn);
	turn_give(&c->inst->turn);
	objects_release(c->inst);
	return err;
}

int change_end_elements(struct change *c, int err)
{
	change_settle(c);
	if (!err)
		listeners_tell(c->inst, elements_changed, &c->lib->pub, true);
	return change_end(c, err);
}
