/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the wastebasket. Work runs on a helper thread, because it may block. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "media/engine/engine.h"
#include "vtl/base/job.h"
#include "vtl/library/wastebasket.h"

struct bin_job {
	const struct installation *inst;
	const char *root;
	char entry[MEDIA_ENTRY_MAX + 1];
	char barcode[BARCODE_LEN + 1];
	struct cart_deletion what;
	struct cart_label label;
	struct cart_counters counters;
	bool there;
	char (*entries)[MEDIA_ENTRY_MAX + 1];
	size_t n;
	int (*work)(struct engine *engine, struct bin_job *job);
	int err;
};

static void bin_run(void *arg)
{
	struct bin_job *job = arg;
	job->err = root_there(job->inst); /* the folder below an unmounted disk must not be used */
	if (job->err)
		return;
	struct engine *engine = engine_sync_new();
	job->err = engine ? job->work(engine, job) : -ENOMEM;
	engine_free(engine);
}

static int bin_call(struct installation *inst, struct bin_job *job, const char *entry, const char *barcode)
{
	job->inst = inst;
	job->root = inst->root;
	snprintf(job->entry, sizeof job->entry, "%s", entry);
	snprintf(job->barcode, sizeof job->barcode, "%s", barcode);
	job_call(bin_run, job);
	return job->err;
}

static int work_prepare(struct engine *engine, struct bin_job *job)
{
	return cart_bin_prepare(shelf_at(engine, job->root), &job->what, job->entry);
}

static int work_put(struct engine *engine, struct bin_job *job)
{
	return cart_bin_put(shelf_at(engine, job->root), job->entry, job->barcode);
}

static int work_take(struct engine *engine, struct bin_job *job)
{
	return cart_bin_take(shelf_at(engine, job->root), job->entry, job->barcode);
}

static int work_empty(struct engine *engine, struct bin_job *job)
{
	return cart_bin_empty(shelf_at(engine, job->root), job->entry);
}

static int work_list(struct engine *engine, struct bin_job *job)
{
	return cart_bin_list(shelf_at(engine, job->root), &job->entries, &job->n);
}

static int work_look(struct engine *engine, struct bin_job *job)
{
	char place[4096 + MEDIA_ENTRY_MAX + 16];
	int err = cart_bin_look(shelf_at(engine, job->root), job->entry, &job->what, &job->there);
	if (!err && job->there)
		err = cart_bin_root(job->root, job->entry, place, sizeof place);
	if (err || !job->there)
		return err;
	int label = cart_label_read(shelf_at(engine, place), job->what.barcode, &job->label);
	if (!label)
		label = cart_counters_read(shelf_at(engine, place), &job->label, &job->counters);
	/* an unreadable label does not prevent the deletion */
	return media_other_version(label) ? label : 0;
}

int bin_prepare(struct installation *inst, const struct cart_deletion *what,
	char ret_entry[static MEDIA_ENTRY_MAX + 1])
{
	struct bin_job job = { .what = *what, .work = work_prepare };
	int err = bin_call(inst, &job, "", "");
	if (!err)
		memcpy(ret_entry, job.entry, sizeof job.entry);
	return err;
}

int bin_put(struct installation *inst, const char *entry, const char *barcode)
{
	return bin_call(inst, &(struct bin_job){ .work = work_put }, entry, barcode);
}

int bin_restore(struct installation *inst, const char *entry, const char *barcode)
{
	return bin_call(inst, &(struct bin_job){ .work = work_take }, entry, barcode);
}

int bin_empty(struct installation *inst, const char *entry)
{
	return bin_call(inst, &(struct bin_job){ .work = work_empty }, entry, "");
}

int bin_list(struct installation *inst, char (**ret_entries)[MEDIA_ENTRY_MAX + 1], size_t *ret_n)
{
	struct bin_job job = { .work = work_list };
	int err = bin_call(inst, &job, "", "");
	if (err)
		return err;
	*ret_entries = job.entries;
	*ret_n = job.n;
	return 0;
}

int bin_look(struct installation *inst, const char *entry, struct cart_deletion *ret_what,
	struct cart_label *ret_label, struct cart_counters *ret_counters, bool *ret_there)
{
	struct bin_job job = { .work = work_look };
	int err = bin_call(inst, &job, entry, "");
	if (err)
		return err;
	*ret_what = job.what;
	*ret_label = job.label;
	*ret_counters = job.counters;
	*ret_there = job.there;
	return 0;
}
