/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and logical units for libraries and drives, as those are added and removed. */
#include "vtl/server/hosting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "vtl/base/error_text.h"
#include "vtl/base/log.h"
#include "vtl/base/timer.h"
#include "vtl/library/listen.h"
#include "vtl/library/robot.h"
#include "vtl/server/store.h"
#include "vtl/smc/smc.h"
#include "vtl/ssc/ssc.h"

struct hosted_drive {
	LIST_ENTRY(hosted_drive) link;
	struct drive *drive;
	struct store store;
	struct target *own; /* target-per-device: the drive's target; NULL in one-target */
	struct tape *tape;
	uint16_t lun;
	/* letting_go: the drive is being closed at the stop; closed: that is done */
	bool letting_go, closed;
	struct hosting *hosting;
};

struct hosted_library {
	LIST_ENTRY(hosted_library) link;
	struct library *library;
	struct store store;
	struct worker *worker; /* one-target: worker of the drives */
	struct target *target;
	struct changer *changer;
	LIST_HEAD(, hosted_drive) drives;
};

struct hosting {
	struct worker *const *workers;
	unsigned n_workers;
	unsigned storage_timeout_s; /* seconds that drives wait for files */
	struct library_listener listener;
	struct installation *inst;
	struct fronts *fronts;
	unsigned hosted;  /* number of libraries hosted so far */
	bool ending;      /* the stop has begun: nothing is hosted any more */
	unsigned closing; /* number of drives being closed */
	struct waitq closed;
	LIST_HEAD(, hosted_library) libraries;
};

/* --- targets ------------------------------------------------------------------------------------ */

/* Makes a target whose LUs live on that worker. fronts_add_target() opens it to initiators after its LUs were
 * added, so that no initiator sees a part of it. NULL: out of memory. */
static struct target *target_make(const char *name, const struct library *library, struct worker *worker)
{
	struct target *target = calloc(1, sizeof *target);
	if (!target)
		return NULL;
	target_init(target, name, library->tpgt, library->relative_port);
	target->lus_worker = worker;
	return target;
}

static void target_close(struct hosting *h, struct target *target)
{
	if (!target)
		return;
	fronts_remove_target(h->fronts, target);
	free(target);
}

/* --- drives ------------------------------------------------------------------------------------- */

static struct hosted_library *library_host(struct hosting *h, const struct library *library)
{
	struct hosted_library *host;
	LIST_FOREACH(host, &h->libraries, link)
		if (host->library == library)
			return host;
	return NULL;
}

static void drive_unhost(struct hosting *h, struct hosted_library *host, struct hosted_drive *hd)
{
	while (hd->letting_go && !hd->closed)
		waitq_wait(&h->closed);
	LIST_REMOVE(hd, link);
	if (hd->tape)
		target_remove(hd->own ? hd->own : host->target, hd->lun);
	if (hd->tape && !hd->closed)
		tape_close(hd->tape);
	target_close(h, hd->own);
	/* The library's target keeps its sessions, and they may have sent a task just before. */
	if (hd->tape)
		workers_settle(h->workers, h->n_workers, tape_lu(hd->tape)->worker);
	tape_free(hd->tape);
	free(hd);
}

static int drive_host(struct hosting *h, struct hosted_library *host, struct drive *drive)
{
	struct hosted_drive *hd = calloc(1, sizeof *hd);
	if (!hd)
		return -ENOMEM;
	LIST_INSERT_HEAD(&host->drives, hd, link);
	hd->drive = drive;
	hd->hosting = h;
	hd->store = (struct store){ .home = h->workers[0], .inst = h->inst, .device_id = drive->identity.id };

	bool apart = host->library->layout == LAYOUT_TARGET_PER_DEVICE;
	hd->lun = apart ? 0 : drive->lun;
	struct target *target = host->target;
	struct worker *worker = apart ? h->workers[drive->number % h->n_workers] : host->worker;
	int err = -ENOMEM;
	if (apart)
		target = hd->own = target_make(drive->target, host->library, worker);
	if (target) {
		struct lu_store store = store_for_lu(&hd->store);
		err = tape_new(drive, worker, &store, NULL, h->storage_timeout_s, &hd->tape);
	}
	if (!err)
		err = target_add(target, tape_lu(hd->tape), hd->lun);
	if (!err && apart)
		err = fronts_add_target(h->fronts, target);
	if (err) {
		log_error("library %s: drive:%u cannot be served: %s", host->library->name, drive->number,
			error_text(err));
		drive_unhost(h, host, hd);
		return err;
	}
	return 0;
}

/* --- libraries ------------------------------------------------------------------------------------ */

/* The library's target with its changer, not open yet: in one-target the drives are added first. */
static int changer_host(struct hosting *h, struct hosted_library *host)
{
	struct lu_store store = store_for_lu(&host->store);
	bool apart = host->library->layout == LAYOUT_TARGET_PER_DEVICE;
	host->target = target_make(host->library->target, host->library,
		apart ? h->workers[0] : host->worker);
	if (!host->target)
		return -ENOMEM;
	int err = changer_new(host->library, &store, &host->changer);
	return err ? err : target_add(host->target, changer_lu(host->changer), 0);
}

static void changer_unhost(struct hosting *h, struct hosted_library *host)
{
	if (host->changer) {
		target_remove(host->target, 0);
		changer_close(host->changer);
	}
	target_close(h, host->target);
	host->target = NULL;
}

static void library_unhost(struct hosting *h, struct hosted_library *host)
{
	struct hosted_drive *hd;
	while ((hd = LIST_FIRST(&host->drives)))
		drive_unhost(h, host, hd);
	changer_unhost(h, host);
	changer_free(host->changer);
	LIST_REMOVE(host, link);
	free(host);
}

static int library_host_new(struct hosting *h, struct library *library)
{
	struct hosted_library *host = calloc(1, sizeof *host);
	if (!host)
		return -ENOMEM;
	LIST_INIT(&host->drives);
	LIST_INSERT_HEAD(&h->libraries, host, link);
	host->library = library;
	host->worker = h->workers[++h->hosted % h->n_workers];
	host->store = (struct store){ .home = h->workers[0],
		.inst = h->inst,
		.device_id = library->changer.id };

	int err = changer_host(h, host);
	struct drive *drive;
	if (!err)
		TAILQ_FOREACH(drive, &library->drives, link)
			if ((err = drive_host(h, host, drive)))
				break;
	if (!err)
		err = fronts_add_target(h->fronts, host->target);
	if (err) {
		log_error("library %s cannot be served: %s", library->name, error_text(err));
		library_unhost(h, host);
		return err;
	}
	return 0;
}

/* --- events of the installation --------------------------------------------------------------- */

static void on_library_added(void *arg, struct library *library)
{
	if (!((struct hosting *)arg)->ending)
		library_host_new(arg, library);
}

static void on_library_removed(void *arg, struct library *library)
{
	struct hosted_library *host = library_host(arg, library);
	if (host)
		library_unhost(arg, host);
}

static void on_drive_added(void *arg, struct drive *drive)
{
	struct hosted_library *host = library_host(arg, drive->library);
	if (host && !((struct hosting *)arg)->ending)
		drive_host(arg, host, drive);
}

static void on_drive_removed(void *arg, struct drive *drive)
{
	struct hosted_library *host = library_host(arg, drive->library);
	struct hosted_drive *hd;
	if (host)
		LIST_FOREACH(hd, &host->drives, link)
			if (hd->drive == drive) {
				drive_unhost(arg, host, hd);
				return;
			}
}

/* Identities stay, but LUs move to other targets: sessions end and the devices are hosted again. Logins
 * during the change are told to retry, not that the target does not exist. */
static void on_layout_changed(void *arg, struct library *library)
{
	struct hosting *h = arg;
	struct hosted_library *host = library_host(h, library);
	struct front_hold hold;
	if (!host || h->ending)
		return;
	fronts_hold(h->fronts, &hold, library->target);
	library_unhost(h, host);
	if (library_host_new(h, library) == 0)
		library_rethread(library);
	fronts_release(h->fronts, &hold);
}

/* When the changer has a target of its own, only that target is hosted again; sessions of drives continue. */
static void on_changer_changed(void *arg, struct library *library)
{
	struct hosting *h = arg;
	struct hosted_library *host = library_host(h, library);
	if (!host || h->ending || library->layout == LAYOUT_ONE_TARGET) {
		on_layout_changed(arg, library);
		return;
	}
	changer_unhost(h, host);
	changer_free(host->changer);
	host->changer = NULL;
	int err = changer_host(h, host);
	if (!err)
		err = fronts_add_target(h->fronts, host->target);
	if (err)
		log_error("library %s: changer cannot be served: %s", library->name, error_text(err));
}

static void on_mailslot_accessed(void *arg, struct library *library, struct element *mailslot)
{
	struct hosted_library *host = library_host(arg, library);
	if (host && host->changer)
		changer_mailslot_accessed(host->changer, mailslot);
}

static void on_elements_changed(void *arg, struct library *library, bool by_operator)
{
	struct hosted_library *host = library_host(arg, library);
	if (by_operator && host && host->changer)
		changer_elements_changed(host->changer);
}

/* --- life ------------------------------------------------------------------------------------------- */

struct hosting *hosting_new(struct worker *const *workers, unsigned n_workers, unsigned storage_timeout_s)
{
	struct hosting *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	h->workers = workers;
	h->n_workers = n_workers;
	h->storage_timeout_s = storage_timeout_s;
	LIST_INIT(&h->libraries);
	waitq_init(&h->closed);
	h->listener = (struct library_listener){
		.library_added = on_library_added,
		.library_removed = on_library_removed,
		.drive_added = on_drive_added,
		.drive_removed = on_drive_removed,
		.layout_changed = on_layout_changed,
		.changer_changed = on_changer_changed,
		.mailslot_accessed = on_mailslot_accessed,
		.elements_changed = on_elements_changed,
		.arg = h,
	};
	return h;
}

int hosting_begin(struct hosting *h, struct installation *inst, struct fronts *fronts)
{
	h->inst = inst;
	library_listen(inst, &h->listener);
	h->fronts = fronts;
	for (struct library *l = library_first(inst); l; l = library_next(l)) {
		int err = library_host_new(h, l);
		if (err)
			return err;
		library_rethread(l);
	}
	return 0;
}

/* The LU stays in its target: sessions were ended before, so no initiator can reach it, and removing it could
 * block when another LU of the target hangs. */
static void drive_let_go(void *arg)
{
	struct hosted_drive *hd = arg;
	struct hosting *h = hd->hosting;
	tape_close(hd->tape);
	hd->closed = true;
	h->closing--;
	waitq_wake(&h->closed);
}

/* Logs the drives that have not closed. */
static void stuck_tell(const struct hosting *h)
{
	const struct hosted_library *host;
	const struct hosted_drive *hd;
	LIST_FOREACH(host, &h->libraries, link)
		LIST_FOREACH(hd, &host->drives, link)
			if (hd->letting_go && !hd->closed)
				log_error(
					"library %s: drive:%u: unload timed out: cartridge files do not respond",
					host->library->name, hd->drive->number);
}

/* A drive that has not been told to close. */
static struct hosted_drive *drive_held(const struct hosting *h)
{
	struct hosted_library *host;
	struct hosted_drive *hd;
	LIST_FOREACH(host, &h->libraries, link)
		LIST_FOREACH(hd, &host->drives, link)
			if (hd->tape && !hd->letting_go)
				return hd;
	return NULL;
}

bool hosting_let_go(struct hosting *h, int64_t until_ms)
{
	struct hosted_drive *hd;
	h->ending = true;
	while ((hd = drive_held(h))) {
		hd->letting_go = true;
		h->closing++;
		if (fiber_start("let go", drive_let_go, hd))
			drive_let_go(hd); /* no memory for a fiber: close the drives one after another */
	}
	for (int64_t left; h->closing && (left = until_ms - now_ms()) > 0;)
		waitq_wait_ms(&h->closed, (unsigned)left);
	if (h->closing)
		stuck_tell(h);
	return !h->closing;
}

void hosting_end(struct hosting *h)
{
	struct hosted_library *host;
	while ((host = LIST_FIRST(&h->libraries)))
		library_unhost(h, host);
}

void hosting_free(struct hosting *h)
{
	free(h);
}
