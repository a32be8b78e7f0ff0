/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the drive is ready, and why not. */
#include "vtl/ssc/append_only.h"
#include "vtl/ssc/early_warning.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/keys.h"
#include "vtl/ssc/result_sense.h"

static const enum sense not_ready[] = {
	[TAPE_EMPTY] = SENSE_NO_MEDIUM,
	[TAPE_LOADING] = SENSE_BECOMING_READY,
	[TAPE_LOADED] = SENSE_NONE,
	[TAPE_UNLOADING] = SENSE_NONE, /* depends on the make */
	[TAPE_UNLOADED] = SENSE_INIT_REQUIRED,
	[TAPE_CLEANING] = SENSE_CLEANING,
	[TAPE_EXPIRED] = SENSE_CLEANING_FAILURE,
	[TAPE_REFUSED] = SENSE_INCOMPATIBLE_MEDIUM, /* until the unload (IBM-9) */
};

static bool is_formatting(const struct tape *tape)
{
	return tape->state == TAPE_LOADED && tape->activity != DRIVE_IDLE &&
		tape->doing == OPCODE_FORMAT_MEDIUM;
}

enum sense tape_not_ready(const struct tape *tape)
{
	if (is_formatting(tape))
		return SENSE_FORMAT_IN_PROGRESS;
	return tape->state == TAPE_UNLOADING ? tape->profile->manners->unloading : not_ready[tape->state];
}

bool tape_ready(struct task *task)
{
	struct tape *tape = tape_of(task->lu);
	enum sense why = tape_not_ready(tape);
	if (why == SENSE_NONE)
		return true;
	task_fail(task, why);
	return false;
}

/* When the file system is read-only, its cartridges are write-protected. When it is full, blank cartridges
 * are: each would end after a few records, and a host would use one blank after another. */
enum drive_protection tape_protection(const struct tape *tape)
{
	if (tape->cart && cart_tampered(tape->cart))
		return DRIVE_TAMPERED;
	if (tape->protection != DRIVE_WRITABLE || !tape->cart)
		return tape->protection;
	if (cart_needs_newer(tape->cart))
		return DRIVE_NEEDS_NEWER;
	if (cart_is_read_only(tape->cart))
		return DRIVE_READ_ONLY;
	if (disk_level(tape->drive->library->disk) == DISK_FULL && cart_is_blank(tape->cart))
		return DRIVE_NO_ROOM;
	return DRIVE_WRITABLE;
}

/* Sense for a command that would write. */
static const enum sense not_writable[N_DRIVE_PROTECTIONS] = {
	[DRIVE_WRITABLE] = SENSE_NONE,
	[DRIVE_PROTECTED] = SENSE_WRITE_PROTECTED,
	[DRIVE_OLD_GENERATION] = SENSE_CANNOT_WRITE_MEDIUM,
	[DRIVE_READ_ONLY] = SENSE_WRITE_PROTECTED,
	[DRIVE_NO_ROOM] = SENSE_WRITE_PROTECTED,
	[DRIVE_TAMPERED] = SENSE_WORM_TAMPERED,
	[DRIVE_NEEDS_NEWER] = SENSE_WRITE_PROTECTED,
};

bool tape_writable(struct task *task)
{
	struct tape *tape = tape_of(task->lu);
	enum sense why = not_writable[tape_protection(tape)];
	if (why == SENSE_NONE)
		return true;
	if (why == SENSE_WRITE_PROTECTED)
		tape_alert(tape, ALERT_WRITE_PROTECT);
	else if (why == SENSE_WORM_TAMPERED)
		tape_alert(tape, ALERT_WORM_INTEGRITY);
	task_fail(task, why);
	return false;
}

/* Of 65536. Only VERIFY takes long enough to have progress; other work counts as begun. */
static uint16_t progress_of(const struct tape *tape)
{
	struct cart_position at;
	struct cart_usage usage;
	if (tape->doing != OPCODE_VERIFY_6 && tape->doing != OPCODE_VERIFY_16)
		return 0;
	cart_position(tape->cart, &at);
	cart_partition_usage(tape->cart, at.partition, &usage);
	if (at.object >= usage.objects)
		return UINT16_MAX;
	return (uint16_t)((__uint128_t)at.object * UINT16_MAX / usage.objects);
}

/* REQUEST SENSE with nothing pending reports the activity, also IMMED work. */
void tape_current_sense(struct lu *lu, struct sense_data *ret_sense)
{
	const struct tape *tape = tape_of(lu);
	enum sense id = tape_not_ready(tape);
	bool works = id == SENSE_FORMAT_IN_PROGRESS;
	const struct tape_progress *p = tape->profile->manners->progress;
	if (id == SENSE_NONE && tape->activity != DRIVE_IDLE) {
		while (p->sense != SENSE_NONE && p->opcode != tape->doing)
			p++;
		id = p->sense;
		works = id != SENSE_NONE;
	}
	*ret_sense = (struct sense_data){ .id = id,
		.progress = works,
		.progress_done = works ? progress_of(tape) : 0 };
}

void tape_nexus_gone(struct lu *lu, struct lu_nexus *nexus)
{
	struct tape *tape = tape_of(lu);
	if (tape->writer == nexus->nexus)
		tape->writer = NULL;
	work_stop(tape, nexus->nexus);
	tape_use_left(tape, nexus->nexus);
	keys_nexus_gone(tape, nexus);
}

/* Logical unit reset: mode header, block lengths and encryption as at power on. The medium does not move. */
void tape_reset(struct lu *lu)
{
	struct tape *tape = tape_of(lu);
	struct lu_nexus *nexus;
	work_stop(tape, NULL);
	TAILQ_FOREACH(nexus, &lu->nexuses, link)
		nexus->block_length = 0;
	tape->buffered_mode = 1;
	overwrite_forbid(tape);
	warning_reset(tape);
	keys_reset(tape);
}

bool tape_acquire(struct tape *tape, unsigned ms)
{
	int64_t until = now_ms() + ms;
	while (tape->held) {
		if (!ms) {
			waitq_wait(&tape->released);
			continue;
		}
		int64_t left = until - now_ms();
		if (left <= 0 || !waitq_wait_ms(&tape->released, (unsigned)left)) {
			if (tape->held)
				return false;
		}
	}
	tape->held = true;
	return true;
}

void tape_release(struct tape *tape)
{
	tape->held = false;
	waitq_wake(&tape->released);
}
