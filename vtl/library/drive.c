/* SPDX-License-Identifier: Apache-2.0 */
/* Adding, removing and restoring drives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/mail.h"
#include "vtl/library/change.h"
#include "vtl/library/health.h"

static bool make_room(struct drive *drive, unsigned ms)
{
	return library_make_room(lib_of(drive->library)->inst, ms);
}

const char *protection_text(enum drive_protection protection)
{
	static const char *const texts[N_DRIVE_PROTECTIONS] = {
		[DRIVE_WRITABLE] = "",
		[DRIVE_PROTECTED] = "the cartridge is write-protected",
		[DRIVE_OLD_GENERATION] = "the drive can only read cartridges of this generation",
		[DRIVE_READ_ONLY] = "the file system is read-only, or a write to the cartridge failed",
		[DRIVE_NO_ROOM] = "the disk is full, and the cartridge is blank",
		[DRIVE_TAMPERED] = "the files of the WORM cartridge were tampered with",
		[DRIVE_NEEDS_NEWER] = "only a newer version of Evertape can write the cartridge",
	};
	return (unsigned)protection < N_DRIVE_PROTECTIONS ? texts[protection] : "?";
}

struct drive *drive_new(struct library_private *lib)
{
	struct drive *drive = calloc(1, sizeof *drive);
	if (drive) {
		drive->library = &lib->pub;
		drive->report = health_report;
		drive->make_room = make_room;
	}
	return drive;
}

void drive_place(struct drive *drive, bool installed)
{
	struct library *library = drive->library;
	struct drives *list = installed ? &library->drives : &lib_of(library)->removed;
	struct drive *before = NULL, *other;
	TAILQ_FOREACH(other, list, link)
		if (other->number < drive->number)
			before = other;
	if (before)
		TAILQ_INSERT_AFTER(list, before, drive, link);
	else
		TAILQ_INSERT_HEAD(list, drive, link);
	drive->element = &library->drive_elements[drive->number - 1];
	drive->element->drive = installed ? drive : NULL;
	if (library->n_drive_elements < drive->number)
		library->n_drive_elements = drive->number;
}

void drive_unplace(struct drive *drive, bool installed)
{
	struct library *library = drive->library;
	TAILQ_REMOVE(installed ? &library->drives : &lib_of(library)->removed, drive, link);
	drive->element->drive = NULL;
}

struct drive *drive_find(struct library *library, unsigned number)
{
	if (!number || number > library->n_drive_elements)
		return NULL;
	return library->drive_elements[number - 1].drive;
}

struct drive *drive_removed(struct library_private *lib, unsigned number)
{
	struct drive *drive;
	TAILQ_FOREACH(drive, &lib->removed, link)
		if (drive->number == number)
			return drive;
	return NULL;
}

/* The list that a drive is in. */
enum drive_list { IN_NONE, IN_INSTALLED, IN_REMOVED };

/* Records a copy of a drive, as installed or removed, then puts it in place. is: the list the drive is in now. */
static int drive_commit(struct change *c, struct drive *drive, enum drive_list is, const struct drive *next,
	bool installed)
{
	record_drive(next, installed, &c->txn);
	int err = change_commit(c, &(struct draft){ .drive = next, .installed = installed });
	if (err)
		return refuse(c->why, err, "library %s: drive:%u cannot be recorded: %s",
			drive->library->name, drive->number, error_text(err));
	drive->personality = next->personality;
	drive->identity = next->identity;
	if (is != IN_NONE)
		drive_unplace(drive, is == IN_INSTALLED);
	drive_place(drive, installed);
	return 0;
}

static void announce(struct installation *inst, struct drive *drive)
{
	log_info("library %s: drive:%u added: %s, LUN %u", drive->library->name, drive->number,
		drive->personality->name, drive->lun);
	listeners_tell(inst, drive_added, drive);
	drive_rethread(drive); /* a move may have come before the server */
	listeners_tell(inst, elements_changed, drive->library, false);
}

static uint16_t lun_never_used(struct library_private *lib)
{
	uint16_t lun = 0;
	struct drive *drive;
	TAILQ_FOREACH(drive, &lib->pub.drives, link)
		lun = drive->lun > lun ? drive->lun : lun;
	TAILQ_FOREACH(drive, &lib->removed, link)
		lun = drive->lun > lun ? drive->lun : lun;
	return (uint16_t)(lun + 1);
}

static int drive_mint(struct change *c, struct drive *drive)
{
	int err = identity_mint(c->inst, drive->personality, &drive->identity);
	if (!err)
		err = target_mint(drive->target);
	return err ? refuse(c->why, err, "library %s: drive:%u cannot be created: %s", drive->library->name,
			     drive->number, error_text(err))
		   : 0;
}

static int add_locked(struct change *c, const struct personality *personality, struct drive **ret_drive)
{
	struct library *library = &c->lib->pub;
	unsigned number = library->n_drive_elements + 1u;
	if (number > c->lib->room)
		return refuse(c->why, -ERANGE,
			"library %s has used all %u drive numbers of a %s; add a removed drive again",
			library->name, c->lib->room, library->personality->name);
	struct drive *drive = drive_new(c->lib);
	if (!drive)
		return refuse(c->why, -ENOMEM, "library %s: out of memory", library->name);
	drive->number = (uint16_t)number;
	drive->element = &library->drive_elements[number - 1];
	drive->lun = lun_never_used(c->lib);
	drive->personality = personality;
	int err = drive_mint(c, drive);
	if (!err)
		err = drive_commit(c, drive, IN_NONE, drive, true);
	if (err)
		free(drive);
	else
		*ret_drive = drive;
	return err;
}

/* Ends a change that installed a drive. */
static int install_end(struct change *c, struct drive *drive, int err, struct drive **ret_drive)
{
	change_settle(c);
	if (!err) {
		announce(c->inst, drive);
		if (ret_drive)
			*ret_drive = drive;
	}
	return change_end(c, err);
}

int drive_add(struct installation *inst, struct library *library, const char *personality,
	struct drive **ret_drive, char why[static WHY_LEN])
{
	const struct drive *last = TAILQ_LAST(&library->drives, drives);
	const char *name = personality ? personality : last ? last->personality->name : DRIVE_DEFAULT;
	const struct personality *chosen;
	int err = personality_wanted(name, KIND_DRIVE, &chosen, why);
	if (err)
		return err;
	struct drive *drive = NULL;
	struct change c;
	err = change_begin_elements(&c, inst, library, why);
	if (!err)
		err = add_locked(&c, chosen, &drive);
	return install_end(&c, drive, err, ret_drive);
}

int drive_restore(struct installation *inst, struct library *library, unsigned number,
	struct drive **ret_drive, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	struct drive *drive = err ? NULL : drive_removed(c.lib, number);
	if (drive)
		err = drive_commit(&c, drive, IN_REMOVED, drive, true);
	else if (!err)
		err = refuse(why, -ENOENT, "library %s has no removed drive:%u", library->name, number);
	return install_end(&c, drive, err, ret_drive);
}

/* 0 when an operator may change the drive: it is installed and empty. -errno with why. */
static int drive_changeable(struct change *c, const struct drive *drive)
{
	if (drive->element->drive != drive)
		return refuse(c->why, -ENOENT, "the drive was removed");
	if (drive->element->cartridge)
		return refuse(c->why, -EBUSY, "drive:%u holds cartridge %s; unload the drive first",
			drive->number, drive->element->cartridge->label.barcode);
	return 0;
}

static void drive_unserve(struct installation *inst, struct drive *drive)
{
	listeners_tell(inst, drive_removed, drive);
	drive->ops = NULL;
	drive->server = NULL;
	drive->worker = NULL;
}

int drive_remove(struct installation *inst, struct drive *drive, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, drive->library, why);
	if (!err)
		err = drive_changeable(&c, drive);
	if (!err)
		err = drive_commit(&c, drive, IN_INSTALLED, drive, false);
	change_settle(&c);
	if (!err) {
		log_info("library %s: drive:%u removed", drive->library->name, drive->number);
		drive_unserve(inst, drive);
		listeners_tell(inst, elements_changed, drive->library, false);
	}
	return change_end(&c, err);
}

/* --- another personality --------------------------------------------------------------------------- */

static int personality_locked(struct change *c, struct drive *drive, const struct personality *chosen)
{
	int err = drive_changeable(c, drive);
	if (err)
		return err;
	struct drive next = *drive;
	next.personality = chosen;
	personality_apply(&next.identity, chosen);
	return drive_commit(c, drive, IN_INSTALLED, &next, true);
}

/* Replaces the device server, because it has a copy of the old names. */
static void serve_anew(struct installation *inst, struct drive *drive)
{
	drive_unserve(inst, drive);
	log_info("library %s: drive:%u: personality is now %s", drive->library->name, drive->number,
		drive->personality->name);
	listeners_tell(inst, drive_added, drive);
	drive_rethread(drive); /* a move may have come before the server */
}

int drive_set_personality(struct installation *inst, struct drive *drive, const char *personality,
	char why[static WHY_LEN])
{
	const struct personality *chosen;
	int err = personality_wanted(personality, KIND_DRIVE, &chosen, why);
	if (err)
		return err;
	struct change c;
	err = change_begin_elements(&c, inst, drive->library, why);
	bool same = drive->personality == chosen;
	if (!err && !same)
		err = personality_locked(&c, drive, chosen);
	/* The turn of the library is not held while the server ends, because that waits for commands, and the
	 * changer's command may wait for this turn. */
	change_settle(&c);
	if (!err && !same)
		serve_anew(inst, drive);
	return change_end(&c, err);
}

/* --- status ----------------------------------------------------------------------------------- */

struct look {
	const struct drive_server *ops; /* copied on our worker */
	void *server;
	struct drive_status *status;
};

static void look_there(void *arg)
{
	struct look *look = arg;
	look->ops->status(look->server, look->status);
}

void drive_look(struct drive *drive, struct drive_status *ret_status)
{
	*ret_status = (struct drive_status){ .activity = DRIVE_IDLE };
	struct look look = { drive->ops, drive->server, ret_status };
	if (drive->ops && drive->ops->status && drive->worker)
		worker_call(drive->worker, look_there, &look);
	else if (drive->ops && drive->ops->status)
		look_there(&look);
	else if (drive->element->cartridge)
		memcpy(ret_status->barcode, drive->element->cartridge->label.barcode, BARCODE_LEN + 1);
}

const char *drive_activity_name(enum drive_activity activity)
{
	static const char *const names[] = {
		[DRIVE_IDLE] = "idle",
		[DRIVE_READING] = "reading",
		[DRIVE_WRITING] = "writing",
		[DRIVE_POSITIONING] = "positioning",
		[DRIVE_REWINDING] = "rewinding",
		[DRIVE_LOADING] = "loading",
		[DRIVE_UNLOADING] = "unloading",
		[DRIVE_ERASING] = "erasing",
		[DRIVE_CLEANING] = "cleaning",
		[DRIVE_STALLED] = "stalled",
	};
	return (unsigned)activity < sizeof names / sizeof *names ? names[activity] : "?";
}
