/* SPDX-License-Identifier: Apache-2.0 */
/* LOAD UNLOAD: opens (threads) a seated cartridge, and closes it (SSC-5 7.3). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vtl/base/log.h"
#include "vtl/ssc/append_only.h"
#include "vtl/ssc/compression.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"

static enum drive_protection protection_of(const struct tape *tape)
{
	if (format_use(tape->profile->generation, tape->generation->format) != FORMAT_WRITTEN)
		return DRIVE_OLD_GENERATION;
	return tape->label.write_protected ? DRIVE_PROTECTED : DRIVE_WRITABLE;
}

int tape_thread_cartridge(struct tape *tape, const struct nexus *sender, const struct actor *by)
{
	if (format_use(tape->profile->generation, tape->generation->format) == FORMAT_REFUSED) {
		tape->state = TAPE_REFUSED;
		return -EMEDIUMTYPE;
	}
	tape->state = TAPE_LOADING;
	tape_does(tape, DRIVE_LOADING);
	tape->protection = protection_of(tape);
	attribute_cache_clear(tape);
	int err = cart_open(shelf_at(tape->engine, tape->root), tape->label.barcode,
		tape->protection != DRIVE_WRITABLE, &tape->cart);
	tape_does(tape, DRIVE_IDLE);
	if (err) {
		tape->cart = NULL;
		tape->state = TAPE_UNLOADED;
		return err;
	}
	tape->label = *cart_label(tape->cart);
	tape->label.worm |= cart_tampered(tape->cart); /* whatever the label says now */
	if (tape->generation->warned)
		cart_warn_before(tape->cart, tape->generation->warned);
	tape->counters = cart_counters(tape->cart);
	attribute_remember_drive(tape);
	attribute_optimized(tape);
	memset(tape->partitions, 0, sizeof tape->partitions);
	tape->dirty = tape->planned = tape->zone_told = false;
	overwrite_forbid(tape);
	tape->keys_used = 0;
	tape->writer = NULL;
	tape->mount = tape->forgotten_compression = tape->forgotten_transfer = tape->forgotten_writes =
		tape->forgotten_reads = (struct tape_counters){ 0 };
	tape->loaded_ms = now_ms();
	tape->mounts++;
	tape->state = TAPE_LOADED;
	lu_raise(&tape->lu, SENSE_UA_MEDIUM_CHANGED,
		tape->profile->manners->load_tells_sender ? NULL : sender);
	const char *why = protection_text(tape_protection(tape));
	char what[120];
	snprintf(what, sizeof what, *why ? "loaded read-only: %s" : "loaded%s", why);
	tape_log(tape, EVENT_LOAD, by, what);
	tape_health_opened(tape, by);
	if (cart_memory_lost(tape->cart))
		tape_alert(tape, ALERT_MEMORY_CHIP);
	if (cart_tampered(tape->cart))
		tape_alert(tape, ALERT_WORM_INTEGRITY);
	return 0;
}

void tape_unthread_cartridge(struct tape *tape, const struct actor *by)
{
	timer_stop(&tape->idle_sync);
	if (tape->state == TAPE_REFUSED)
		tape->state = TAPE_UNLOADED;
	if (!tape->cart)
		return;
	tape->state = TAPE_UNLOADING;
	tape_does(tape, DRIVE_UNLOADING);
	/* Sync before the close, while the cart can still tell what was lost. */
	int err = cart_sync(tape->cart);
	struct sense_data sense;
	if (result_fault(tape, NULL, &sense))
		lu_defer(&tape->lu, NULL, &sense);
	tape->mount = compression_mount(tape);
	attribute_cache_fill(tape);
	partition_history_store(tape);
	int closed = cart_close(tape->cart);
	tape->cart = NULL;
	tape->dirty = false;
	tape->writer = NULL;
	if (closed && !err)
		log_cartridge(LOG_ERROR, tape->label.barcode, ": cannot close its files: %s",
			media_error_text(closed));
	tape->keys_used = 0;
	keys_demounted(tape, by);
	tape->state = TAPE_UNLOADED;
	tape_does(tape, DRIVE_IDLE);
	tape_did_nothing(tape); /* the next cartridge starts without recent activity */
	tape_log(tape, EVENT_UNLOAD, by, "unloaded");
	tape_health_closed(tape);
}

static void load(struct work *w, const struct actor *by)
{
	struct tape *tape = w->tape;
	int err = tape->cart ? cart_locate(tape->cart, 0, 0) : tape_thread_cartridge(tape, w->nexus, by);
	if (err < 0)
		result_fail(w, err, MEDIA_LOADING, 0);
}

/* UNLOAD when nothing is loaded: GOOD, or the sense of this make. True: the command has ended. */
static bool unloaded_already(struct task *task)
{
	const struct tape *tape = tape_of(task->lu);
	const struct tape_manners *manners = tape->profile->manners;
	if (cdb_field(task, "load") || cdb_field(task, "hold") ||
		(tape->state != TAPE_EMPTY && tape->state != TAPE_UNLOADED))
		return false;
	enum sense why = tape->state == TAPE_EMPTY ? manners->unload_empty : manners->unload_again;
	if (why != SENSE_NONE)
		task_fail(task, why);
	return true;
}

/* Whether the command can start: a cartridge is seated, and its removal is not prevented. */
static bool may_begin(struct task *task, bool to_load)
{
	struct tape *tape = tape_of(task->lu);
	if (unloaded_already(task))
		return false;
	if (tape->state == TAPE_EMPTY || tape->state == TAPE_CLEANING || tape->state == TAPE_EXPIRED) {
		task_fail(task, tape_not_ready(tape));
		return false;
	}
	if (!to_load && tape->cart && lu_removal_prevented(&tape->lu)) {
		tape_alert(tape, ALERT_NO_REMOVAL);
		task_fail(task, SENSE_REMOVAL_PREVENTED);
		return false;
	}
	return true;
}

void ssc_load_unload(struct task *task)
{
	/* HOLD keeps the cartridge seated and unthreaded: an unload without eject. */
	bool to_load = cdb_field(task, "load") && !cdb_field(task, "hold");
	bool early = cdb_field(task, "immed");
	struct tape *tape = tape_of(task->lu);
	tape_acquire(tape, 0);
	if (!may_begin(task, to_load)) {
		tape_release(tape);
		return;
	}
	timer_stop(&tape->idle_sync);
	overwrite_forbid(tape);
	struct work w = { .tape = tape, .cart = tape->cart, .task = task, .nexus = task->nexus };
	tape->doing = task->cdb[0];
	tape_does(tape, to_load ? DRIVE_LOADING : DRIVE_UNLOADING);
	tape_use(tape, task->nexus);
	if (work_sync(&w)) {
		const struct actor asker = nexus_actor(task->nexus);
		struct kept_actor by; /* the session may end after the status is sent */
		actor_keep(&asker, &by);
		if (early)
			work_early(&w);
		if (to_load)
			load(&w, &by.actor);
		else
			tape_unthread_cartridge(tape, &by.actor);
	}
	work_end(&w);
}
