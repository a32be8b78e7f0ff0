/* SPDX-License-Identifier: Apache-2.0 */
/* Labels in the cartridges' folders, read and written on a helper thread, because that may block. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "media/engine/engine.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"

/* Files on a failing disk respond within this time, or not at all. */
enum { LABEL_PATIENCE_MS = 90000 };

/* Work on one folder, with an engine of its own, so that jobs run in parallel. */
struct label_job {
	const struct installation *inst;
	const char *root;
	struct ballast *ballast; /* for work that needs hardly any space; else NULL */
	struct engine *engine;
	struct cart_label label;
	/* the larger of the given value and the one in the cartridge's memory (MAM) */
	struct cart_counters counters;
	int64_t before, stamp; /* stamp of the folder before and after the work */
	int (*work)(struct engine *engine, struct label_job *job);
	int err;
};

int64_t label_time(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int64_t stamp_of(const char *root, const char *barcode)
{
	char path[4096 + BARCODE_LEN + 2];
	struct stat st;
	/* A label is replaced by a rename in its folder, so the folder's time changes with it. */
	snprintf(path, sizeof path, "%s/%s", root, barcode);
	return stat(path, &st) ? 0 : label_time(&st);
}

static int label_try(void *arg)
{
	struct label_job *job = arg;
	int err = root_there(job->inst); /* the folder below an unmounted disk must not be used */
	return err ? err : job->work(job->engine, job);
}

static void label_run(void *arg)
{
	struct label_job *job = arg;
	job->engine = engine_sync_new();
	if (!job->engine) {
		job->err = -ENOMEM;
		return;
	}
	job->before = stamp_of(job->root, job->label.barcode);
	job->err = ballast_run(job->ballast, label_try, job);
	job->stamp = stamp_of(job->root, job->label.barcode);
	engine_free(job->engine);
}

static int work_nothing(struct engine *engine, struct label_job *job)
{
	return 0;
}

static void larger(uint64_t *n, uint64_t other)
{
	*n = other > *n ? other : *n;
}

/* When the cartridge's memory (MAM) is damaged, the catalog's values stay; counters never decrease. */
static int counters_read(struct engine *engine, struct label_job *job)
{
	struct cart_counters now = { 0 };
	int err = cart_counters_read(shelf_at(engine, job->root), &job->label, &now);
	larger(&job->counters.loads, now.loads);
	larger(&job->counters.written, now.written);
	larger(&job->counters.read, now.read);
	return media_other_version(err) ? err : 0;
}

static int work_read(struct engine *engine, struct label_job *job)
{
	char barcode[BARCODE_LEN + 1];
	memcpy(barcode, job->label.barcode, sizeof barcode);
	/* Taken before the label is read: a change in between makes the stamp old, not the label. */
	int err = cart_label_read(shelf_at(engine, job->root), barcode, &job->label);
	if (!err && strcmp(job->label.barcode, barcode))
		err = -EUCLEAN;
	memcpy(job->label.barcode, barcode, sizeof barcode);
	return err ? err : counters_read(engine, job);
}

static int work_write(struct engine *engine, struct label_job *job)
{
	return cart_label_write(shelf_at(engine, job->root), &job->label);
}

/* Sets the write protection and keeps the other members of the label. */
static int work_protect(struct engine *engine, struct label_job *job)
{
	bool on = job->label.write_protected;
	int err = work_read(engine, job);
	if (err || job->label.write_protected == on)
		return err;
	job->label.write_protected = on;
	return cart_label_write(shelf_at(engine, job->root), &job->label);
}

static int work_look(struct engine *engine, struct label_job *job)
{
	return cart_in_use(shelf_at(engine, job->root), job->label.barcode);
}

static int work_sweep(struct engine *engine, struct label_job *job)
{
	return cart_sweep(shelf_at(engine, job->root));
}

static int work_create(struct engine *engine, struct label_job *job)
{
	return cart_create(shelf_at(engine, job->root), &job->label);
}

static int work_delete(struct engine *engine, struct label_job *job)
{
	return cart_delete(shelf_at(engine, job->root), job->label.barcode);
}

/* Sets the place and keeps the other members of the label. */
static int work_place(struct engine *engine, struct label_job *job)
{
	struct cart_label label;
	int err = cart_label_read(shelf_at(engine, job->root), job->label.barcode, &label);
	if (err)
		return err;
	memcpy(label.library, job->label.library, sizeof label.library);
	memcpy(label.element, job->label.element, sizeof label.element);
	job->label = label;
	return cart_label_write(shelf_at(engine, job->root), &label);
}

/* Runs the job on a helper thread for at most LABEL_PATIENCE_MS. When the job continues after that, it does
 * what was requested or fails; the next start finds out. */
static void label_do(struct label_job *job)
{
	struct label_job *own = malloc(sizeof *own);
	if (!own) {
		job->err = -ENOMEM;
		return;
	}
	*own = *job;
	int err = job_call_ms(label_run, own, LABEL_PATIENCE_MS, free);
	if (!err)
		*job = *own;
	else
		job->err = err;
	if (err != -ETIMEDOUT)
		free(own);
}

int label_read(struct installation *inst, const char *barcode, struct cart_label *ret_label,
	struct cart_counters *counters, int64_t *ret_stamp)
{
	struct label_job job = { .inst = inst, .root = inst->root, .counters = *counters, .work = work_read };
	snprintf(job.label.barcode, sizeof job.label.barcode, "%s", barcode);
	label_do(&job);
	if (job.err)
		return job.err;
	*ret_label = job.label;
	*counters = job.counters;
	*ret_stamp = job.stamp == job.before ? job.before : 0;
	return 0;
}

int label_create(struct installation *inst, const struct cart_label *label)
{
	struct label_job job = { .inst = inst, .root = inst->root, .label = *label, .work = work_create };
	label_do(&job);
	return job.err;
}

int label_write(struct installation *inst, const struct cart_label *label)
{
	struct label_job job = { .inst = inst,
		.root = inst->root,
		.label = *label,
		.work = work_write,
		.ballast = &inst->ballast };
	label_do(&job);
	return job.err;
}

int label_protect(struct installation *inst, struct cartridge_private *priv, bool on)
{
	struct label_job job = { .inst = inst,
		.root = inst->root,
		.label = priv->pub.label,
		.work = work_protect,
		.ballast = &inst->ballast };
	job.label.write_protected = on;
	label_do(&job);
	if (job.err)
		return job.err;
	priv->pub.label = job.label;
	priv->stamp = job.stamp;
	return 0;
}

bool label_in_use(struct installation *inst, const char *barcode)
{
	struct label_job job = { .inst = inst, .root = inst->root, .work = work_look };
	snprintf(job.label.barcode, sizeof job.label.barcode, "%s", barcode);
	label_do(&job);
	return job.err == -EBUSY;
}

int label_sweep(struct installation *inst)
{
	struct label_job job = { .inst = inst, .root = inst->root, .work = work_sweep };
	label_do(&job);
	return job.err;
}

int label_delete(struct installation *inst, const char *barcode)
{
	struct label_job job = { .inst = inst,
		.root = inst->root,
		.work = work_delete,
		.ballast = &inst->ballast };
	snprintf(job.label.barcode, sizeof job.label.barcode, "%s", barcode);
	label_do(&job);
	return job.err;
}

int64_t label_stamp(struct installation *inst, const char *barcode)
{
	struct label_job job = { .inst = inst, .root = inst->root, .work = work_nothing };
	snprintf(job.label.barcode, sizeof job.label.barcode, "%s", barcode);
	label_do(&job);
	return job.err ? 0 : job.stamp;
}

static void label_place(struct installation *inst, struct cartridge_private *priv)
{
	struct cart_label *label = &priv->pub.label;
	struct label_job job = { .inst = inst,
		.root = inst->root,
		.label = *label,
		.work = work_place,
		.ballast = &inst->ballast };
	snprintf(job.label.library, sizeof job.label.library, "%s", priv->pub.library->name);
	job.label.element[0] = 0;
	if (priv->pub.at) {
		char text[16];
		element_text(priv->pub.at, text);
		snprintf(job.label.element, sizeof job.label.element, "%s", text);
	}
	label_do(&job);
	priv->touched = true;
	priv->late = job.err;
	if (job.err) {
		priv->stamp = 0;
		if (!inst->root_read_only &&
			inst->level != DISK_FULL) /* else all labels fail, and that was logged */
			log_cartridge(LOG_WARN, label->barcode,
				": the cartridge's place cannot be written to its label: %s",
				media_error_text(job.err));
		return;
	}
	*label = job.label;
	priv->stamp = job.stamp;
}

/* Writes the place again when the cartridge has moved meanwhile. */
static void follow_run(void *arg)
{
	struct cartridge_private *priv = arg;
	struct installation *inst = lib_of(priv->pub.library)->inst;
	objects_hold(inst);
	inst->following++;
	priv->following = true;
	do {
		priv->again = false;
		label_place(inst, priv);
	} while (priv->again);
	priv->following = false;
	inst->following--;
	waitq_wake(&inst->followed);
	objects_release(inst);
}

void label_follow(struct installation *inst, struct cartridge_private *priv)
{
	if (priv->following)
		priv->again = true;
	else if (!fiber_self() || fiber_start("label", follow_run, priv))
		label_place(inst, priv);
}

void labels_catch_up(struct installation *inst)
{
	struct cartridge_private *priv, *next;
	do {
		HASH_ITER(hh, inst->all_cartridges, priv, next)
			if (priv->late && !priv->following)
				break;
		if (priv)
			follow_run(priv);
	} while (priv && !priv->late); /* one that fails again can wait, and so can the others */
}

void label_drain(struct installation *inst, struct cartridge_private *priv)
{
	while (priv->following)
		waitq_wait(&inst->followed);
}

void label_refresh(struct installation *inst, struct cartridge_private *priv)
{
	struct cart_label label;
	label_drain(inst, priv);
	int err = label_read(inst, priv->pub.label.barcode, &label, &priv->pub.counters, &priv->stamp);
	priv->touched = true;
	if (err) {
		priv->stamp = 0;
		log_cartridge(LOG_WARN, priv->pub.label.barcode, ": its label cannot be read: %s",
			media_error_text(err));
		return;
	}
	priv->pub.label = label;
}
