/* SPDX-License-Identifier: Apache-2.0 */
/* How long deleted cartridges are kept: purges what has expired, and the oldest ones when space is needed. */
#include <errno.h>
#include <stdatomic.h>
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
