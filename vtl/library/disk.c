/* SPDX-License-Identifier: Apache-2.0 */
/* State of the disks: available space, and whether they are writable. One fiber looks every few seconds;
 * others read what it found, because a drive must not wait for a file system that does not respond. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/installation.h"

enum {
	LOOK_EVERY_MS = 5000,
	LOOK_SOON_MS = 1,
	FLOOR_SHARE = 64,
	NEARLY_SHARE = 20, /* part of the file system, when no size is set */
};
#define MIB        ((uint64_t)1 << 20)
#define FLOOR_MAX  (256 * MIB)
#define NEARLY_MAX (10240 * MIB)

/* Result of a look on a helper thread; in memory of its own, because a file system may never respond. */
struct looking {
	char root[ROOT_MAX + 96], dir[ROOT_MAX + 96];
	struct statvfs tapes, state;
	int err;
};

static void look_run(void *arg)
{
	struct looking *l = arg;
	l->err = statvfs(l->root, &l->tapes) || statvfs(l->dir, &l->state) ? -errno : 0;
}

static uint64_t size_or(uint64_t mib, uint64_t total, uint64_t share, uint64_t most)
{
	uint64_t usual = total / share < most ? total / share : most;
	return mib ? mib * MIB : usual;
}

static void disk_publish(struct installation *inst, const struct looking *l)
{
	struct disk *d = &inst->disk;
	if (l->err) { /* nothing is refused while the state is unknown */
		atomic_store(&d->available, UINT64_MAX);
		return;
	}
	uint64_t total = (uint64_t)l->tapes.f_blocks * l->tapes.f_frsize;
	atomic_store(&d->total, total);
	atomic_store(&d->floor, size_or(inst->floor_mib, total, FLOOR_SHARE, FLOOR_MAX));
	atomic_store(&d->nearly, size_or(inst->nearly_mib, total, NEARLY_SHARE, NEARLY_MAX));
	atomic_store(&d->available, (uint64_t)l->tapes.f_bavail * l->tapes.f_frsize);
	atomic_store(&d->read_only, l->tapes.f_flag & ST_RDONLY);
	inst->state_read_only = l->state.f_flag & ST_RDONLY;
}

/* NULL: out of memory. */
static struct looking *looking_new(const struct installation *inst)
{
	struct looking *l = calloc(1, sizeof *l);
	if (l) {
		snprintf(l->root, sizeof l->root, "%s", inst->root);
		snprintf(l->dir, sizeof l->dir, "%s", inst->dir);
	}
	return l;
}

void disk_look(struct installation *inst)
{
	/* A look in progress may wait for a file system that does not respond. */
	bool waits = inst->watch && inst->watch->looking;
	struct looking *l = waits ? NULL : looking_new(inst);
	if (!l)
		return;
	objects_hold(inst);
	job_call(look_run, l);
	disk_publish(inst, l);
	objects_release(inst);
	free(l);
}

/* --- messages --------------------------------------------------------------------------------- */

uint64_t disk_left(const struct disk *disk)
{
	return disk ? atomic_load(&disk->available) : UINT64_MAX;
}

uint64_t disk_writable(const struct disk *disk, uint64_t remaining)
{
	uint64_t left = disk_left(disk);
	if (disk && atomic_load(&disk->read_only))
		return 0;
	return remaining < left ? remaining : left;
}

enum disk_level disk_level(const struct disk *disk)
{
	uint64_t left = disk_left(disk);
	if (!disk || left == UINT64_MAX)
		return DISK_ROOMY;
	if (left < atomic_load(&disk->floor))
		return DISK_FULL;
	return left < atomic_load(&disk->nearly) ? DISK_NEARLY_FULL : DISK_ROOMY;
}

enum drive_protection shelf_protection(const struct disk *disk, bool tab, bool blank)
{
	if (tab)
		return DRIVE_PROTECTED;
	if (disk && atomic_load(&disk->read_only))
		return DRIVE_READ_ONLY;
	return blank && disk_level(disk) == DISK_FULL ? DRIVE_NO_ROOM : DRIVE_WRITABLE;
}

static void level_tell(struct installation *inst)
{
	enum disk_level level = disk_level(&inst->disk), was = inst->level;
	uint64_t left = disk_left(&inst->disk);
	unsigned long long mib = left / MIB;
	inst->level = level;
	if (level == was)
		return;
	if (left == UINT64_MAX) {
		log_warn("%s: the disk does not answer: how much room it has is not known", inst->root);
		return;
	}
	if (level == DISK_FULL)
		log_error(
			"%s: the disk is full: %llu MiB available (disk-floor); blank cartridges are write-protected "
			"until there is room",
			inst->root, mib);
	else if (level == DISK_NEARLY_FULL)
		log_warn("%s: the disk is nearly full: %llu MiB available (disk-nearly-full)", inst->root,
			mib);
	else
		log_info("%s: the disk has room again: %llu MiB available", inst->root, mib);
}

static void read_only_tell(struct installation *inst)
{
	bool is = atomic_load(&inst->disk.read_only);
	if (is != inst->root_read_only)
		log_line(is ? LOG_ERROR : LOG_WARN, "%s: the cartridges' file system %s", inst->root,
			is ? "is read-only: cartridges can only be read" : "is writable again");
	inst->root_read_only = is;
}

void disk_tell(struct installation *inst)
{
	read_only_tell(inst);
	level_tell(inst);
}

/* --- the watching fiber ----------------------------------------------------------------------- */

/* Writes what could not be written before. */
static void catch_up(struct installation *inst)
{
	if (inst->state_read_only)
		freeze(inst);
	else if (inst->frozen && !catalog_is_read_only(inst->catalog))
		thaw(inst);
	if (!inst->root_read_only && inst->level != DISK_FULL)
		labels_catch_up(inst);
}

static void look_done(struct installation *inst, const struct looking *l)
{
	objects_hold(inst);
	disk_publish(inst, l);
	disk_tell(inst);
	catch_up(inst);
	objects_release(inst);
	if (inst->level != DISK_ROOMY)
		library_wastebasket_tidy(inst); /* purges deleted cartridges */
}

static void watch_run(void *arg)
{
	struct disk_watch *w = arg;
	while (w->inst) {
		waitq_wait_ms(&w->woken, w->soon ? LOOK_SOON_MS : LOOK_EVERY_MS);
		w->soon = false;
		struct looking *l = w->inst ? looking_new(w->inst) : NULL;
		if (!l)
			continue;
		w->looking = true;
		job_call(look_run, l);
		w->looking = false;
		if (w->inst)
			look_done(w->inst, l);
		free(l);
	}
	w->ended = true;
	waitq_wake(&w->woken);
}

void disk_watch_begin(struct installation *inst)
{
	struct disk_watch *w = calloc(1, sizeof *w);
	if (!w)
		return;
	waitq_init(&w->woken);
	w->inst = inst;
	if (fiber_self() && !fiber_start("disk", watch_run, w))
		inst->watch = w;
	else
		free(w);
}

void disk_look_soon(struct installation *inst)
{
	if (!inst->watch)
		return;
	inst->watch->soon = true;
	waitq_wake(&inst->watch->woken);
}

bool disk_watch_end(struct installation *inst, int64_t until_ms)
{
	struct disk_watch *w = inst->watch;
	if (!w)
		return true;
	w->inst = NULL;
	waitq_wake(&w->woken);
	for (int64_t left; !w->ended && (left = until_ms - now_ms()) > 0;)
		waitq_wait_ms(&w->woken, left < LOOK_EVERY_MS ? (unsigned)left : LOOK_EVERY_MS);
	if (!w->ended)
		return false; /* a look has not ended; its memory must stay */
	free(w);
	inst->watch = NULL;
	return true;
}
