/* SPDX-License-Identifier: Apache-2.0 */
/* The list of deleted cartridges in memory. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/library/wastebasket.h"

struct deleted_cartridge *deleted_new(const struct cart_deletion *what, const struct cart_label *label,
	const char *entry)
{
	struct deleted_cartridge *deleted = calloc(1, sizeof *deleted);
	if (!deleted)
		return NULL;
	deleted->what = *what;
	snprintf(deleted->entry, sizeof deleted->entry, "%s", entry);
	memcpy(deleted->generation, label->generation, sizeof deleted->generation);
	deleted->capacity = label->capacity;
	deleted->worm = label->worm;
	deleted->write_protected = label->write_protected;
	return deleted;
}

void deleted_add(struct installation *inst, struct deleted_cartridge *deleted)
{
	struct deleted_cartridge *after = TAILQ_LAST(&inst->deleted, deleted_list);
	atomic_fetch_add(&inst->room.deleted, 1);
	while (after && after->what.deleted > deleted->what.deleted)
		after = TAILQ_PREV(after, deleted_list, link);
	if (after)
		TAILQ_INSERT_AFTER(&inst->deleted, after, deleted, link);
	else
		TAILQ_INSERT_HEAD(&inst->deleted, deleted, link);
}

void deleted_forget(struct installation *inst, struct deleted_cartridge *deleted)
{
	TAILQ_REMOVE(&inst->deleted, deleted, link);
	atomic_fetch_sub(&inst->room.deleted, 1);
	free(deleted);
}

struct deleted_cartridge *deleted_find(struct installation *inst, const char *entry)
{
	struct deleted_cartridge *deleted;
	TAILQ_FOREACH(deleted, &inst->deleted, link)
		if (!strcmp(deleted->entry, entry))
			return deleted;
	return NULL;
}

const struct deleted_cartridge *deleted_first(struct installation *inst)
{
	return TAILQ_FIRST(&inst->deleted);
}

const struct deleted_cartridge *deleted_next(const struct deleted_cartridge *deleted)
{
	return TAILQ_NEXT(deleted, link);
}
