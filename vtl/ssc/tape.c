/* SPDX-License-Identifier: Apache-2.0 */
/* A tape drive: an LU of a target, and the library's drive server. */
#include "vtl/ssc/tape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/engine/engine.h"
#include "vtl/base/log.h"
#include "vtl/ssc/compression.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/protection.h"
#include "vtl/ssc/result_sense.h"

/* Page 80h with the id of a dump is what LTFS sends to IBM drives. */
static const struct diagnostic_page diagnostic_pages[] = { { 0x80, 8, "Force Dump", ssc_force_dump }, { 0 } };

static const struct lu_type tape_type = {
	.device_type = 0x01,
	.ready = tape_ready,
	.writable = tape_writable,
	.only_reserved = tape_only_reserved,
	.mode_header = tape_mode_header,
	.mode_block = tape_mode_block,
	.mode_select = tape_mode_select,
	.nexus_gone = tape_nexus_gone,
	.reset = tape_reset,
	.reservations_changed = keys_reservations_changed,
	.current_sense = tape_current_sense,
	.full_sense = tape_full_sense,
	.timeout = tape_timeout,
	.refused = ssc_refused,
	.diagnostic_pages = diagnostic_pages,
};

/* --- the library's functions ------------------------------------------------------------------ */

static void tape_status(void *server, struct drive_status *ret_status)
{
	const struct tape *tape = server;
	*ret_status = (struct drive_status){
		.activity = tape->stalled ? DRIVE_STALLED : tape_did_lately(tape),
		.loaded = tape->cart != NULL,
		.prevented = lu_removal_prevented(&tape->lu),
		.protection = tape->cart ? tape_protection(tape) : DRIVE_WRITABLE,
		.written = tape->total.written,
		.read = tape->total.read,
		.last_activity_ms = (uint64_t)(now_ms() - tape->last_ms),
	};
	tape_use_tell(tape, ret_status);
	keys_tell(tape, ret_status);
	compression_tell(tape, ret_status);
	if (tape->state != TAPE_EMPTY)
		memcpy(ret_status->barcode, tape->label.barcode, sizeof ret_status->barcode);
	if (!tape->cart)
		return;
	cart_position(tape->cart, &ret_status->position);
	cart_usage(tape->cart, &ret_status->usage);
}

static const struct drive_server tape_server = {
	.thread = tape_thread,
	.unthread = tape_unthread,
	.status = tape_status,
};

/* --- life ------------------------------------------------------------------------------------- */

static void identify(struct tape *tape)
{
	const struct identity *from = &tape->drive->identity;
	struct lu_identity *id = &tape->lu.id;
	memcpy(id->vendor, from->vendor, sizeof id->vendor);
	memcpy(id->product, from->product, sizeof id->product);
	memcpy(id->revision, from->revision, sizeof id->revision);
	_Static_assert(sizeof from->serial <= sizeof id->serial, "a serial fits");
	memcpy(id->serial, from->serial, sizeof from->serial);
	id->naa = from->naa;
	id->inquiry = tape->profile->inquiry;
	id->inquiry_len = tape->profile->inquiry_len;
	id->version = tape->profile->inquiry[2];
	id->protects = protection_offered(tape->profile, LBP_REED_SOLOMON);
}

static struct tape *tape_make(struct drive *drive, struct worker *worker, const struct lu_store *store)
{
	struct tape *tape = calloc(1, sizeof *tape);
	if (!tape)
		return NULL;
	tape->keys = keys_new();
	if (!tape->keys) {
		free(tape);
		return NULL;
	}
	tape->drive = drive;
	tape->profile = tape_profile_find(drive->personality);
	tape->buffered_mode = 1;
	tape->began_ms = tape->last_ms = now_ms();
	tape_did_nothing(tape);
	waitq_init(&tape->released);
	if (!tape->profile)
		return tape;
	struct lu *lu = &tape->lu;
	lu->type = &tape_type;
	lu->ops = tape->profile->ops;
	lu->mode_pages = tape->profile->mode_pages;
	lu->vpd_pages = tape->profile->vpd_pages;
	lu->security_pages = tape->profile->security_pages;
	lu->log_pages = tape->profile->log_pages;
	lu->store = *store;
	lu->worker = worker;
	lu->device = tape;
	identify(tape);
	return tape;
}

/* Called in the loop of the drive's worker. */
static void store_stalls(void *arg, bool stalled)
{
	struct tape *tape = arg;
	const struct log_fields fields = { .cartridge = tape->label.barcode,
		.library = tape->drive->library->name,
		.drive = tape->drive->number };
	if (stalled && !tape->stalled)
		log_event(EVENT_STALL, &fields,
			"library %s: drive:%u: files of cartridge %s have not responded for %u s; "
			"commands fail until they respond",
			fields.library, fields.drive, fields.cartridge, tape->patience_s);
	else if (!stalled && tape->stalled)
		log_event(EVENT_STALL_END, &fields,
			"library %s: drive:%u: files of cartridge %s respond again", fields.library,
			fields.drive, fields.cartridge);
	if (stalled && !tape->stalled) {
		tape_alert(tape, ALERT_HARD_ERROR);
		diagnostics_add(tape, SENSE_NO_ANSWER);
	}
	tape->stalled = stalled;
	lu_stall(&tape->lu, stalled);
	waitq_wake(&tape->released);
}

/* media/ has no disk space. Called on the drive's worker, in its fiber. */
static bool make_room(void *arg, unsigned ms)
{
	struct tape *tape = arg;
	return tape->drive->make_room && tape->drive->make_room(tape->drive, ms);
}

static void make_engine(void *arg)
{
	struct tape *tape = arg;
	tape->engine = engine_uring_new();
}

static void free_engine(void *arg)
{
	struct tape *tape = arg;
	engine_free(tape->engine);
}

int tape_new(struct drive *drive, struct worker *worker, const struct lu_store *store, struct engine *engine,
	unsigned patience_s, struct tape **ret_tape)
{
	struct tape *tape = tape_make(drive, worker, store);
	if (!tape)
		return -ENOMEM;
	int err = tape->profile ? 0 : -EINVAL;
	tape->patience_s = patience_s;
	tape->engine = engine;
	if (!err && !engine)
		worker_call(worker, make_engine, tape);
	if (!err && !tape->engine)
		err = -ENOMEM;
	if (!err)
		engine_room(tape->engine, make_room, tape);
	if (!err && patience_s)
		engine_watch(tape->engine, patience_s * 1000, store_stalls, tape);
	if (!err)
		err = lu_open(&tape->lu);
	if (err) {
		if (!engine && tape->engine)
			worker_call(worker, free_engine, tape);
		tape_free(tape);
		return err;
	}
	tape_clean_recall(tape);
	drive->worker = worker;
	drive->server = tape;
	drive->ops = &tape_server;
	*ret_tape = tape;
	return 0;
}

/* Called on the drive's worker after the last command. */
static void let_go(void *arg)
{
	struct tape *tape = arg;
	tape->closing = true;
	tape_acquire(tape, 0);
	timer_stop(&tape->idle_sync);
	timer_stop(&tape->cleaning);
	timer_stop(&tape->health.timer);
	tape_unthread_cartridge(tape, &(struct actor){ 0 });
	tape_unseat(tape);
	attribute_cache_clear(tape);
	tape_release(tape);
	while (tape->fibers)
		waitq_wait(&tape->released);
	keys_free(tape->keys);
	tape->keys = NULL;
	engine_free(tape->engine);
}

void tape_close(struct tape *tape)
{
	struct drive *drive = tape->drive;
	if (drive->server == tape) {
		drive->ops = NULL;
		drive->server = NULL;
	}
	lu_close(&tape->lu);
	worker_call(tape->lu.worker, let_go, tape);
}

void tape_free(struct tape *tape)
{
	keys_free(tape->keys);
	free(tape->buffers);
	free(tape->order);
	free(tape);
}

struct lu *tape_lu(struct tape *tape)
{
	return &tape->lu;
}
