/* SPDX-License-Identifier: Apache-2.0 */
/* Cartridges into drives and out of them, by the drives' device servers on their workers. */
#include "vtl/library/thread.h"

#include <errno.h>

#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/mail.h"

struct thread_call {
	const struct drive_server *ops; /* copied on our worker */
	void *server;
	const struct cart_label *label; /* NULL: unthread */
	const char *root;
	bool stays;
	const struct actor *by;
	int err;
};

static void thread_there(void *arg)
{
	struct thread_call *call = arg;
	call->err = call->label
		? call->ops->thread(call->server, call->label, call->root, call->stays, call->by)
		: call->ops->unthread(call->server, call->by);
}

/* A drive without a device server (offline) accepts and releases cartridges without any work. */
static int thread_run(struct drive *drive, const struct cart_label *label, const char *root, bool stays,
	const struct actor *by)
{
	struct thread_call call = { .ops = drive->ops,
		.server = drive->server,
		.label = label,
		.root = root,
		.stays = stays,
		.by = by };
	if (call.ops && drive->worker)
		worker_call(drive->worker, thread_there, &call);
	else if (call.ops)
		thread_there(&call);
	return call.err;
}

struct there_job {
	const struct installation *inst;
	int err;
};

static void there_run(void *arg)
{
	struct there_job *job = arg;
	job->err = root_there(job->inst);
}

int drive_thread(struct installation *inst, struct drive *drive, const struct cartridge_private *priv,
	bool stays, const struct actor *by)
{
	struct there_job there = { .inst = inst };
	job_call(there_run, &there);
	/* A copy for the drive's worker: this one may replace the label meanwhile (label_follow()). */
	const struct cart_label label = priv->pub.label;
	int err = there.err && !stays ? there.err : thread_run(drive, &label, inst->root, stays, by);
	if (err && there.err)
		err = there.err;
	const struct log_fields about = { .cartridge = priv->pub.label.barcode,
		.library = drive->library->name,
		.drive = drive->number,
		.by = *by };
	if (err)
		log_about(LOG_WARN, &about, "library %s: drive:%u cannot open cartridge %s: %s",
			about.library, about.drive, about.cartridge, media_error_text(err));
	return err;
}

int drive_unthread(struct drive *drive, const struct actor *by)
{
	int err = thread_run(drive, NULL, NULL, false, by);
	const struct log_fields about = { .library = drive->library->name,
		.drive = drive->number,
		.by = *by };
	if (err && err != -EBUSY)
		log_about(LOG_WARN, &about, "library %s: drive:%u: unload failed: %s", about.library,
			about.drive, media_error_text(err));
	return err;
}

/* --- after a start ---------------------------------------------------------------------------- */

/* A cleaning cartridge is not loaded again after a restart, because that would count another use. */
static bool is_cleaner(const struct cartridge *cartridge)
{
	const struct generation *g = generation_find(cartridge->label.generation);
	return g && !g->number;
}

int drive_rethread(struct drive *drive)
{
	struct library_private *lib = lib_of(drive->library);
	struct installation *inst = lib->inst;
	int err = 0;
	objects_hold(inst);
	turn_take(&lib->turn);
	struct cartridge *cartridge = lib->deleted ? NULL : drive->element->cartridge;
	struct drive_status status = { 0 };
	if (cartridge && drive->element->drive == drive)
		drive_look(drive, &status);
	/* The cartridge may be open already, when it arrived while the server was starting. */
	if (cartridge && drive->ops && !*status.barcode && !is_cleaner(cartridge))
		err = drive_thread(inst, drive, priv_of(cartridge), true, &(struct actor){ 0 });
	turn_give(&lib->turn);
	objects_release(inst);
	return err;
}

void library_rethread(struct library *library)
{
	struct installation *inst = lib_of(library)->inst;
	struct drive *drive;
	objects_hold(inst);
	TAILQ_FOREACH(drive, &library->drives, link)
		drive_rethread(drive);
	objects_release(inst);
}
