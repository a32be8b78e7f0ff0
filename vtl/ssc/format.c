/* SPDX-License-Identifier: Apache-2.0 */
/* FORMAT MEDIUM (SSC-5 7.3) and SET CAPACITY (SSC-5 7.14): both void everything on the cartridge. */
#include <stdio.h>

#include "vtl/ssc/append_only.h"
#include "vtl/ssc/health.h"
#include "vtl/ssc/partitions.h"
#include "vtl/ssc/result_sense.h"
#include "vtl/ssc/tape_log.h"

enum format { FORMAT_ONE = 0, FORMAT_BY_PAGE = 1, FORMAT_ANEW_BY_PAGE = 2 };
enum { PROPORTION_ALL = 0xffff, PROPORTION_LEAST = 20 };

/* Whether the cartridge may be formatted now; false with the command failed. */
static bool may_format(struct work *w)
{
	struct cart_position at;
	enum sense why = SENSE_NONE;
	cart_position(w->cart, &at);
	if (!erase_allowed(w, true))
		return false;
	if (tape_protection(w->tape) == DRIVE_OLD_GENERATION)
		why = SENSE_CANNOT_FORMAT_MEDIUM;
	else if (at.partition != 0 || at.object != 0)
		why = SENSE_PAST_BEGINNING;
	if (why == SENSE_NONE)
		return tape_writable(w->task);
	task_fail(w->task, why);
	return false;
}

/* Logs what will be void, before it is: the initiator may be gone when it ends. */
static void log_what(const struct work *w, const struct cart_layout *layout)
{
	char what[120];
	struct cart_usage usage;
	cart_usage(w->cart, &usage);
	snprintf(what, sizeof what, "formatted: %u partition%s, %llu bytes; it held %llu objects",
		layout->partitions, layout->partitions == 1 ? "" : "s", (unsigned long long)layout->available,
		(unsigned long long)usage.objects);
	work_log(w, EVENT_ERASE, what);
}

static void format(struct work *w, const struct cart_layout *layout, bool early)
{
	struct tape *tape = w->tape;
	log_what(w, layout);
	if (early)
		work_early(w);
	int err = cart_format(w->cart, layout);
	tape->planned = false;
	tape->dirty = false;
	if (err) {
		result_fail(w, err, MEDIA_WRITING, 0);
		return;
	}
	attribute_count_format(tape);
	partition_history_forget(tape);
	tape_health_renewed(tape);
}

/* The page's plan; without one, the partitions that the cartridge has. */
static struct cart_layout layout_wanted(const struct tape *tape, unsigned format_code)
{
	struct cart_layout layout;
	cart_layout(tape->cart, &layout);
	if (format_code == FORMAT_ONE)
		return partitions_one(layout.available);
	return tape->planned ? tape->plan : layout;
}

void ssc_format_medium(struct task *task)
{
	struct work w;
	unsigned code = (unsigned)cdb_field(task, "format");
	bool early = cdb_field(task, "immed");
	if (code > FORMAT_ANEW_BY_PAGE) {
		task_fail_cdb(task, 2, 3);
		return;
	}
	if (cdb_field(task, "transfer_length")) { /* no vendor has a format of its own */
		task_fail_cdb(task, 3, 7);
		return;
	}
	if (!work_begin(&w, task, DRIVE_ERASING))
		return;
	if (may_format(&w) && work_sync(&w)) {
		const struct cart_layout layout = layout_wanted(w.tape, code);
		format(&w, &layout, early);
	}
	work_end(&w);
}

/* A proportion of the whole cartridge, not of what an earlier command left of it. */
static uint64_t available_for(const struct tape *tape, unsigned proportion)
{
	uint64_t whole = tape->label.capacity, least = whole / PROPORTION_LEAST;
	uint64_t available = whole / PROPORTION_ALL * proportion +
		whole % PROPORTION_ALL * proportion / PROPORTION_ALL;
	if (available < least)
		available = least;
	return available ? available : 1;
}

void ssc_set_capacity(struct task *task)
{
	struct work w;
	unsigned proportion = (unsigned)cdb_field(task, "capacity_proportion");
	bool early = cdb_field(task, "immed");
	if (!work_begin(&w, task, DRIVE_ERASING))
		return;
	if (may_format(&w) && work_sync(&w)) {
		const struct cart_layout layout = partitions_one(available_for(w.tape, proportion));
		format(&w, &layout, early);
	}
	work_end(&w);
}
