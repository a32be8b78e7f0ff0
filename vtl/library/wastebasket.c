/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes cartridges, restores them, and purges the wastebasket. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/change.h"
#include "vtl/library/wastebasket.h"

enum { DAY_S = 86400, RETRY_MS = 3600 * 1000, TIDY_AT_ONCE = 16 };
/* Disk space is short below this part of the disk, or below FLOOR_MOST when that is less. */
enum { FLOOR_PART = 20 };
static const uint64_t FLOOR_MOST = (uint64_t)1 << 30;

/* --- the list ------------------------------------------------------------------------------------- */

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

void library_wastebasket_keep(struct installation *inst, unsigned days)
{
	inst->keep_days = days;
}

unsigned library_wastebasket_kept(const struct installation *inst)
{
	return inst->keep_days;
}

uint64_t deleted_until(const struct installation *inst, const struct deleted_cartridge *deleted)
{
	return deleted->what.deleted + (uint64_t)inst->keep_days * DAY_S;
}

/* --- delete ---------------------------------------------------------------------------------------- */

static int destroy_locked(struct change *c, struct cartridge_private *priv)
{
	const char *barcode = priv->pub.label.barcode;
	record_deleting(priv, &c->txn);
	numbers_record(c->inst, barcode, &c->txn);
	int err = change_commit(c, NULL);
	if (err)
		return refuse(c->why, err, "cartridge %s cannot be deleted: %s", barcode,
			media_error_text(err));
	/* The deletion counts from here on; the next start removes what a crash leaves of the folder. */
	numbers_use(c->inst, barcode);
	cartridge_retire(c->inst, priv);
	err = label_delete(c->inst, barcode);
	if (err && err != -ENOENT)
		return refuse(c->why, err,
			"cartridge %s was removed from the library, but its folder cannot be deleted: %s",
			barcode, media_error_text(err));
	health_forget(c->inst, priv->pub.label.uuid);
	catalog_drop(&c->txn, TABLE_CARTRIDGES, barcode);
	health_drop(priv->pub.label.uuid, &c->txn);
	change_commit(c, NULL);
	return 0;
}

static struct deleted_cartridge *discard_plan(struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	struct cart_deletion what = { .deleted = (uint64_t)time(NULL) };
	const struct cart_label *label = &priv->pub.label;
	memcpy(what.barcode, label->barcode, sizeof what.barcode);
	memcpy(what.uuid, label->uuid, sizeof what.uuid);
	snprintf(what.library, sizeof what.library, "%s", priv->pub.library->name);
	actor_text(by, what.by, sizeof what.by);
	snprintf(what.reason, sizeof what.reason, "%s", reason ? reason : "");
	return deleted_new(&what, label, "");
}

/* The folder could not be moved: restores the rows of the catalog. */
static int discard_undo(struct change *c, struct cartridge_private *priv, struct deleted_cartridge *deleted)
{
	record_cartridge_here(priv, &c->txn);
	catalog_drop(&c->txn, TABLE_DELETED, deleted->entry);
	int err = change_commit(c, NULL);
	if (!err)
		bin_empty(c->inst, deleted->entry);
	return err;
}

static int discard_commit(struct change *c, struct cartridge_private *priv, struct deleted_cartridge *deleted)
{
	const char *barcode = priv->pub.label.barcode;
	catalog_drop(&c->txn, TABLE_CARTRIDGES, barcode);
	record_deleted(deleted, &c->txn);
	numbers_record(c->inst, barcode, &c->txn);
	int err = change_commit(c, NULL);
	if (err) {
		bin_empty(c->inst, deleted->entry);
		return err;
	}
	numbers_use(c->inst, barcode);
	err = bin_put(c->inst, deleted->entry, barcode);
	if (!err || discard_undo(c, priv, deleted) == 0)
		return err;
	log_cartridge(LOG_ERROR, barcode,
		": its folder cannot be moved to the wastebasket: %s; the next start tries again",
		media_error_text(err));
	return 0;
}

/* Moves a cartridge to the wastebasket. -ENOSPC, -EDQUOT: no disk space for that. */
static int discard_locked(struct change *c, struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	const char *barcode = priv->pub.label.barcode;
	struct deleted_cartridge *deleted = discard_plan(priv, by, reason);
	int err = deleted ? bin_prepare(c->inst, &deleted->what, deleted->entry) : -ENOMEM;
	if (!err)
		err = discard_commit(c, priv, deleted);
	if (err) {
		free(deleted);
		return refuse(c->why, err, "cartridge %s cannot be moved to the wastebasket: %s", barcode,
			media_error_text(err));
	}
	deleted_add(c->inst, deleted);
	cartridge_retire(c->inst, priv);
	return 0;
}

static int check_deletable(struct installation *inst, struct cartridge_private *priv,
	char why[static WHY_LEN])
{
	int err = cartridge_changeable(priv, why);
	if (!err && label_in_use(inst, priv->pub.label.barcode))
		err = refuse(why, -EBUSY, "cartridge %s is being verified or exported",
			priv->pub.label.barcode);
	return err;
}

int cartridge_free(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN])
{
	objects_hold(inst);
	int err = check_deletable(inst, priv_of(cartridge), why);
	objects_release(inst);
	return err;
}

static int delete_locked(struct change *c, struct cartridge_private *priv, const struct actor *by,
	const char *reason)
{
	label_drain(c->inst, priv);
	int err = check_deletable(c->inst, priv, c->why);
	if (err)
		return err;
	if (!by || !c->inst->keep_days)
		return destroy_locked(c, priv);
	do
		err = discard_locked(c, priv, by, reason);
	while (no_room(err) && wastebasket_give_up_one(c->inst));
	return no_room(err)
		? refuse(c->why, err,
			  "the disk has no room to keep cartridge %s in the wastebasket; nothing was "
			  "deleted; --force destroys the cartridge",
			  priv->pub.label.barcode)
		: err;
}

int cartridge_delete(struct installation *inst, struct cartridge *cartridge, const struct actor *by,
	const char *reason, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, cartridge->library, why);
	if (!err)
		err = delete_locked(&c, priv_of(cartridge), by, reason);
	err = change_end_elements(&c, err);
	if (!err)
		library_wastebasket_tidy(inst); /* purges when disk space is short */
	return err;
}

int cartridge_destroy(struct installation *inst, struct cartridge *cartridge, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, cartridge->library, why);
	if (!err)
		err = delete_locked(&c, priv_of(cartridge), NULL, NULL);
	return change_end_elements(&c, err);
}

/* --- restore ---------------------------------------------------------------------------------- */

static int restore_check(struct change *c, const struct deleted_cartridge *deleted,
	struct cartridge *ret_found, struct element **ret_slot)
{
	struct cart_deletion what;
	bool there;
	const char *barcode = deleted->what.barcode;
	int err = slot_for(c, barcode, ret_slot);
	if (err)
		return err;
	err = bin_look(c->inst, deleted->entry, &what, &ret_found->label, &ret_found->counters, &there);
	if (!err && !there)
		err = -ENOENT;
	if (!err && !generation_find(ret_found->label.generation))
		err = -EUCLEAN;
	return err
		? refuse(c->why, err, "cartridge %s cannot be restored: %s", barcode, media_error_text(err))
		: 0;
}

/* Moves the folder back; the catalog already has the cartridge in the slot. */
static int restore_folder(struct change *c, struct deleted_cartridge *deleted)
{
	int err = bin_restore(c->inst, deleted->entry, deleted->what.barcode);
	if (!err)
		return 0;
	catalog_drop(&c->txn, TABLE_CARTRIDGES, deleted->what.barcode);
	record_deleted(deleted, &c->txn);
	if (change_commit(c, NULL))
		log_cartridge(LOG_ERROR, deleted->what.barcode,
			" is in the wastebasket, but the catalog records a slot; the next start "
			"restores the cartridge");
	return err;
}

static int restore_commit(struct change *c, struct cartridge_private *priv, struct element *slot,
	struct deleted_cartridge *deleted)
{
	record_cartridge(priv, slot, NULL, false, &c->txn);
	catalog_drop(&c->txn, TABLE_DELETED, deleted->entry);
	int err = change_commit(c, NULL);
	return err ? err : restore_folder(c, deleted);
}

static int restore_locked(struct change *c, struct deleted_cartridge *deleted,
	struct cartridge **ret_cartridge)
{
	struct cartridge found = { .library = &c->lib->pub };
	struct element *slot;
	int err = restore_check(c, deleted, &found, &slot);
	if (err)
		return err;
	struct cartridge_private *priv = calloc(1, sizeof *priv);
	if (!priv)
		return refuse(c->why, -ENOMEM, "out of memory");
	priv->pub = found;
	err = restore_commit(c, priv, slot, deleted);
	if (err) {
		free(priv);
		return refuse(c->why, err,
			err == -EEXIST ? "there is already a folder of cartridge %s: %s"
				       : "cartridge %s cannot be restored: %s",
			found.label.barcode, media_error_text(err));
	}
	bin_empty(c->inst, deleted->entry); /* the next start removes what is left */
	deleted_forget(c->inst, deleted);
	cartridge_enter(c->inst, priv, slot);
	label_follow(c->inst, priv);
	if (ret_cartridge)
		*ret_cartridge = &priv->pub;
	return 0;
}

int cartridge_restore(struct installation *inst, struct library *library, const char *entry,
	struct cartridge **ret_cartridge, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin_elements(&c, inst, library, why);
	struct deleted_cartridge *deleted = err ? NULL : deleted_find(inst, entry);
	if (deleted)
		err = restore_locked(&c, deleted, ret_cartridge);
	else if (!err)
		err = refuse(why, -ENOENT, "the cartridge is no longer in the wastebasket");
	return change_end_elements(&c, err);
}

/* --- purge ------------------------------------------------------------------------------------ */

/* An import keeps the uuid, so another cartridge may have the same health record. */
static bool uuid_is_used(struct installation *inst, const struct deleted_cartridge *but)
{
	const struct deleted_cartridge *deleted;
	TAILQ_FOREACH(deleted, &inst->deleted, link)
		if (deleted != but && !strcmp(deleted->what.uuid, but->what.uuid))
			return true;
	const struct cartridge_private *priv = cartridge_lookup(inst, but->what.barcode);
	return priv && !strcmp(priv->pub.label.uuid, but->what.uuid);
}

static int purge_locked(struct installation *inst, struct deleted_cartridge *deleted,
	char why[static WHY_LEN])
{
	struct catalog_txn txn;
	const char *barcode = deleted->what.barcode;
	int err = bin_empty(inst, deleted->entry);
	if (err && err != -ENOENT) {
		deleted->retry_ms = now_ms() + RETRY_MS;
		return refuse(why, err, "cartridge %s cannot be removed from the wastebasket: %s", barcode,
			media_error_text(err));
	}
	/* When this fails, the next start drops the row. */
	catalog_begin(inst->catalog, &txn);
	catalog_drop(&txn, TABLE_DELETED, deleted->entry);
	if (*deleted->what.uuid && !uuid_is_used(inst, deleted)) {
		health_forget(inst, deleted->what.uuid);
		health_drop(deleted->what.uuid, &txn);
	}
	catalog_commit(&txn);
	deleted_forget(inst, deleted);
	disk_look_soon(inst);
	return 0;
}

int cartridge_purge(struct installation *inst, const char *entry, char why[static WHY_LEN])
{
	struct change c;
	int err = change_begin(&c, inst, NULL, why);
	struct deleted_cartridge *deleted = err ? NULL : deleted_find(inst, entry);
	if (deleted)
		err = purge_locked(inst, deleted, why);
	else if (!err)
		err = refuse(why, -ENOENT, "the cartridge is no longer in the wastebasket");
	return change_end(&c, err);
}

/* The oldest entry whose purge has not failed a short time ago. */
static struct deleted_cartridge *oldest(struct installation *inst)
{
	struct deleted_cartridge *deleted;
	TAILQ_FOREACH(deleted, &inst->deleted, link)
		if (now_ms() >= deleted->retry_ms)
			return deleted;
	return NULL;
}

static bool give_up(struct installation *inst, struct deleted_cartridge *deleted, const char *because)
{
	char why[WHY_LEN], barcode[BARCODE_LEN + 1];
	memcpy(barcode, deleted->what.barcode, sizeof barcode);
	int err = purge_locked(inst, deleted, why);
	if (err)
		log_warn("%s", why);
	else
		log_cartridge(LOG_INFO, barcode, " destroyed in the wastebasket: %s", because);
	return !err;
}

bool wastebasket_give_up_one(struct installation *inst)
{
	struct deleted_cartridge *deleted;
	while ((deleted = oldest(inst)))
		if (give_up(inst, deleted, "disk space is needed"))
			return true;
	return false;
}

/* --- space ------------------------------------------------------------------------------------ */

struct room_job {
	const struct installation *inst;
	uint64_t total, available;
	bool known;
};

static void room_run(void *arg)
{
	struct room_job *job = arg;
	struct statvfs v;
	job->known = root_there(job->inst) == 0 && statvfs(job->inst->root, &v) == 0;
	if (!job->known)
		return;
	job->total = (uint64_t)v.f_blocks * v.f_frsize;
	job->available = (uint64_t)v.f_bavail * v.f_frsize;
}

static bool room_wanting(struct installation *inst, uint64_t wanted)
{
	struct room_job job = { .inst = inst };
	job_call(room_run, &job);
	uint64_t least = job.total / FLOOR_PART < FLOOR_MOST ? job.total / FLOOR_PART : FLOOR_MOST;
	uint64_t floor = atomic_load(&inst->disk.floor);
	if (least < floor) /* hosts cannot write blanks below the floor */
		least = floor;
	return job.known && job.available < (wanted ? wanted : least);
}

bool library_wastebasket_keeps(struct installation *inst)
{
	return inst->keep_days && !room_wanting(inst, 0);
}

unsigned library_wastebasket_give_up(struct installation *inst, uint64_t wanted)
{
	char why[WHY_LEN];
	struct change c;
	unsigned n = 0;
	change_begin(&c, inst, NULL, why);
	while (oldest(inst) && room_wanting(inst, wanted) && wastebasket_give_up_one(inst))
		n++;
	change_end(&c, 0);
	return n;
}

unsigned library_wastebasket_tidy(struct installation *inst)
{
	char why[WHY_LEN];
	struct change c;
	unsigned n = 0;
	struct deleted_cartridge *deleted;
	if (TAILQ_EMPTY(&inst->deleted))
		return 0;
	change_begin(&c, inst, NULL, why);
	while (n < TIDY_AT_ONCE && (deleted = oldest(inst)) &&
		deleted_until(inst, deleted) <= (uint64_t)time(NULL))
		n += give_up(inst, deleted, "keep-deleted-days have passed");
	change_end(&c, 0);
	return n + library_wastebasket_give_up(inst, 0);
}
