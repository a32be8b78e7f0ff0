/* SPDX-License-Identifier: Apache-2.0 */
/* A command that uses the medium: begin, sync, early status, end. */
#include "vtl/ssc/work.h"

#include <errno.h>

#include "vtl/ssc/append_only.h"
#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/result_sense.h"

enum { STEPS_BETWEEN_RESTS = 256 };

bool work_begin(struct work *w, struct task *task, enum drive_activity activity)
{
	struct tape *tape = tape_of(task->lu);
	unsigned mounts = tape->mounts;
	tape_acquire(tape, 0);
	/* While we waited the changer may have removed or replaced the cartridge. */
	if (tape->mounts != mounts)
		task_fail(task, SENSE_UA_MEDIUM_CHANGED);
	if (tape->mounts != mounts || task->aborted || !tape_ready(task)) {
		tape_release(tape);
		return false;
	}
	timer_stop(&tape->idle_sync);
	*w = (struct work){ .tape = tape, .cart = tape->cart, .task = task, .nexus = task->nexus };
	/* Commands that neither move nor write leave it (DRIVE_IDLE). */
	w->overwrite = tape->overwrite;
	if (activity != DRIVE_IDLE)
		overwrite_forbid(tape);
	tape->doing = task->cdb[0];
	tape_does(tape, activity);
	tape_use(tape, task->nexus);

	struct sense_data sense;
	if (!result_fault(tape, task->nexus, &sense))
		return true;
	task_fail_with(task, &sense);
	work_end(w);
	return false;
}

void work_end(struct work *w)
{
	struct tape *tape = w->tape;
	tape->unheard = NULL;
	warning_settle(tape);
	tape_does(tape, DRIVE_IDLE);
	tape_use_ends(tape, w->nexus);
	if (tape->dirty)
		idle_sync_arm(tape);
	tape_release(tape);
}

void work_early(struct work *w)
{
	w->tape->unheard = w;
	task_complete_now(w->task);
	w->task = NULL;
}

void work_stop(struct tape *tape, const struct nexus *nexus)
{
	struct work *w = tape->unheard;
	if (w && (!nexus || w->nexus == nexus))
		w->stopped = true;
}

void work_fail(struct work *w, const struct sense_data *sense)
{
	bool heard = w->task && !w->task->aborted, awaited = !w->task && !w->stopped;
	if (heard)
		task_fail_with(w->task, sense);
	else if (awaited || sense->deferred || sense->id == SENSE_WRITE_ERROR)
		lu_defer(&w->tape->lu, w->nexus, sense);
}

bool work_sync(struct work *w)
{
	struct tape *tape = w->tape;
	if (!tape->dirty)
		return true;
	int err = cart_sync(w->cart);
	tape->dirty = false;
	if (!err)
		return true;
	/* The lost data belongs to earlier commands: a deferred error for the writer, whose present command
	 * was not performed. Any other nexus gets an error for its present command. */
	result_write_fail(w, err, 0);
	return false;
}

bool work_integrity(struct work *w)
{
	if (!cart_tampered(w->cart) || tape_reads_tampered(w->tape))
		return true;
	struct sense_data sense = result_sense(w->tape, -EREMCHG, MEDIA_READING);
	work_fail(w, &sense);
	return false;
}

int work_step(struct work *w)
{
	if (++w->steps % STEPS_BETWEEN_RESTS)
		return 0;
	fiber_sleep(0);
	return w->stopped || (w->task && w->task->aborted) ? -ECANCELED : 0;
}
