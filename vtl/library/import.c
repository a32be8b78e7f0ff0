/* SPDX-License-Identifier: Apache-2.0 */
/* Imports the identities of another installation, which identity_export() wrote. */
#include <errno.h>
#include <string.h>

#include "vtl/base/error_text.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/library/change.h"
#include "vtl/library/open.h"

struct import_job {
	struct installation *inst;
	const char *json;
	char *why;
	int err;
};

static void import_parse(void *arg)
{
	struct import_job *job = arg;
	job->err = identity_parse(job->inst, job->json, strlen(job->json), job->why);
}

struct mark_job {
	struct installation *inst;
	const char *id, *also;
	int err;
};

static void import_remark(void *arg)
{
	struct mark_job *job = arg;
	job->err = root_remark(job->inst, job->id, job->also);
}

static int import_mark(struct installation *inst, const char *id, const char *also)
{
	struct mark_job job = { .inst = inst, .id = id, .also = also };
	if (inst->marker >= 0)
		job_call(import_remark, &job);
	return job.err;
}

/* Makes the imported identities current, then adds the folders that belong to these libraries. */
static int import_enter(struct change *c, struct installation *file)
{
	struct installation *inst = c->inst;
	struct library *library;
	int err = guards_acquire(file, c->why);
	if (err)
		return err;
	record_identities(file, &c->txn);
	/* Both ids are accepted until the catalog has committed. */
	err = import_mark(inst, file->id, inst->id);
	if (!err)
		err = change_commit(c, &(struct draft){ .imported = file });
	import_mark(inst, inst->id, NULL);
	if (err)
		return refuse(c->why, err, "the identities cannot be recorded: %s", error_text(err));
	while ((library = TAILQ_FIRST(&file->libraries))) {
		TAILQ_REMOVE(&file->libraries, library, link);
		lib_add(inst, lib_of(library));
	}
	err = reconcile(inst, true, c->why);
	if (err)
		log_error("%s", c->why);
	return 0;
}

static int import_locked(struct change *c, const char *json)
{
	struct library *first = TAILQ_FIRST(&c->inst->libraries);
	if (first)
		return refuse(c->why, -EEXIST,
			"library %s exists; an identity can be imported only into an installation "
			"without libraries",
			first->name);
	struct installation *file = installation_new(c->inst->dir);
	if (!file)
		return refuse(c->why, -ENOMEM, "out of memory");
	struct import_job job = { .inst = file, .json = json, .why = c->why };
	job_call(import_parse, &job);
	int err = job.err ? job.err : import_enter(c, file);
	installation_free(file);
	return err;
}

int identity_import(struct installation *inst, const char *json, char why[static WHY_LEN])
{
	struct library *library;
	struct change c;
	int err = change_begin(&c, inst, NULL, why);
	if (!err)
		err = import_locked(&c, json);
	if (!err)
		TAILQ_FOREACH(library, &inst->libraries, link) {
			listeners_tell(inst, library_added, library);
			library_rethread(library);
		}
	return change_end(&c, err);
}
