/* SPDX-License-Identifier: Apache-2.0 */
/* Creates libraries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/library/change.h"
#include "vtl/library/names.h"

struct plan {
	const struct personality *drive, *changer;
};

static int plan_check(struct installation *inst, const struct library_plan *plan, struct plan *ret_plan,
	char why[static WHY_LEN])
{
	const char *drive = plan->drive_personality ? plan->drive_personality : DRIVE_DEFAULT;
	const char *changer = plan->changer_personality ? plan->changer_personality : CHANGER_DEFAULT;
	if (!plan->name || !library_name_ok(plan->name, why))
		return plan->name ? -EINVAL : refuse(why, -EINVAL, "a library needs a name");
	if (library_named(inst, plan->name))
		return refuse(why, -EEXIST, "there is already a library '%s'", plan->name);
	int err = personality_wanted(drive, KIND_DRIVE, &ret_plan->drive, why);
	if (!err)
		err = personality_wanted(changer, KIND_CHANGER, &ret_plan->changer, why);
	if (err)
		return err;
	if (plan->layout != LAYOUT_ONE_TARGET && plan->layout != LAYOUT_TARGET_PER_DEVICE)
		return refuse(why, -EINVAL, "the layout must be one-target or target-per-device");
	if (plan->slots < 1 || plan->slots >= NO_ADDRESS || plan->mailslots >= NO_ADDRESS)
		return refuse(why, -ERANGE, "a library must have 1 to 65534 slots and 0 to 65534 mail slots");
	return 0;
}

static uint32_t next_ordinal(struct installation *inst)
{
	struct library *last = TAILQ_LAST(&inst->libraries, libraries);
	return last ? lib_of(last)->ordinal + 1 : 1;
}

static int lib_plan(struct library_private *lib, const struct library_plan *plan,
	const struct personality *changer, char why[static WHY_LEN])
{
	struct library *library = &lib->pub;
	uuid_t id;
	uuid_generate_random(id);
	uuid_unparse_lower(id, library->id);
	strcpy(library->name, plan->name);
	lib->ordinal = next_ordinal(lib->inst);
	library->personality = changer;
	library->layout = plan->layout;
	library->compression = plan->compression;
	library->tpgt = 1;
	library->relative_port = 1;
	library->first[ELEMENT_TRANSPORT] = changer->first_transport;
	library->first[ELEMENT_SLOT] = changer->first_slot;
	library->first[ELEMENT_MAILSLOT] = changer->first_mailslot;
	library->first[ELEMENT_DRIVE] = changer->first_drive;
	library->n_transports = 1;
	library->n_slots = (uint16_t)plan->slots;
	library->n_mailslots = (uint16_t)plan->mailslots;
	int err = elements_new(lib);
	if (err == -ERANGE || (!err && plan->drives > lib->room))
		return refuse(why, -ERANGE, "a %s has no room for %u drives, %u slots and %u mail slots",
			changer->name, plan->drives, plan->slots, plan->mailslots);
	if (!err)
		err = identity_mint(lib->inst, changer, &library->changer);
	if (!err)
		err = target_mint(library->target);
	return err ? refuse(why, err, "library %s cannot be created: %s", plan->name, error_text(err))
		   : guard_acquire(lib, why);
}

/* Creates drives 1 to n in memory. */
static int lib_drives(struct library_private *lib, unsigned n, const struct personality *personality)
{
	for (unsigned number = 1; number <= n; number++) {
		struct drive *drive = drive_new(lib);
		if (!drive)
			return -ENOMEM;
		drive->number = drive->lun = (uint16_t)number;
		drive->personality = personality;
		drive_place(drive, true);
		int err = identity_mint(lib->inst, personality, &drive->identity);
		if (!err)
			err = target_mint(drive->target);
		if (err)
			return err;
	}
	return 0;
}

static int lib_commit(struct change *c, struct library_private *lib)
{
	const struct drive *drive;
	TAILQ_FOREACH(drive, &lib->pub.drives, link)
		record_drive(drive, true, &c->txn);
	record_library(lib, &c->txn);
	int err = change_commit(c, &(struct draft){ .library = lib });
	if (!err)
		lib_add(c->inst, lib);
	return err;
}

static int create_locked(struct change *c, const struct library_plan *plan, struct library_private **ret_lib)
{
	struct plan chosen;
	int err = plan_check(c->inst, plan, &chosen, c->why);
	if (err)
		return err;
	struct library_private *lib = lib_new(c->inst);
	if (!lib)
		return refuse(c->why, -ENOMEM, "library %s: out of memory", plan->name);
	err = lib_plan(lib, plan, chosen.changer, c->why);
	if (!err) {
		err = lib_drives(lib, plan->drives, chosen.drive);
		if (!err)
			err = lib_commit(c, lib);
		if (err)
			refuse(c->why, err, "library %s cannot be recorded: %s", plan->name, error_text(err));
	}
	if (err)
		lib_free(lib);
	else
		*ret_lib = lib;
	return err;
}

int library_create(struct installation *inst, const struct library_plan *plan, struct library **ret_library,
	char why[static WHY_LEN])
{
	struct library_private *lib = NULL;
	struct change c;
	int err = change_begin(&c, inst, NULL, why);
	if (!err)
		err = create_locked(&c, plan, &lib);
	if (!err) {
		log_info("library %s: created, %u drives, %u slots, target %s", lib->pub.name,
			lib->pub.n_drive_elements, lib->pub.n_slots, lib->pub.target);
		listeners_tell(inst, library_added, &lib->pub);
		library_rethread(&lib->pub); /* a move may have come before the servers */
		if (ret_library)
			*ret_library = &lib->pub;
	}
	return change_end(&c, err);
}
