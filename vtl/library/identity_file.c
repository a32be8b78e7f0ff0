/* SPDX-License-Identifier: Apache-2.0 */
/* identity.json on disk, and the order of changes: the new text is durable beside the old file before the
 * catalog commits, so only a rename is left to do afterwards. The catalog is never older than the file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/file.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/library/installation.h"

#define FILE_NAME "identity.json"
#define NEXT_NAME "identity.json.new"

enum { FILE_MAX = 64 << 20 };

struct file_job {
	struct installation *inst;
	const char *text;
	int err;
};

static int dir_open(struct installation *inst)
{
	int fd = open(inst->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_all(int fd, const char *text, size_t len)
{
	unsigned tries = 0;
	while (len) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && file_pause_and_try(-errno, &tries))
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		text += n;
		len -= (size_t)n;
		tries = 0;
	}
	return fsync(fd) ? -errno : 0;
}

static int next_write(void *arg)
{
	struct file_job *job = arg;
	autoclose int dir = dir_open(job->inst);
	if (dir < 0)
		return job->err = dir;
	unlinkat(dir, NEXT_NAME, 0);
	autoclose int fd = openat(dir, NEXT_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	job->err = fd < 0 ? -errno : write_all(fd, job->text, strlen(job->text));
	if (job->err)
		unlinkat(dir, NEXT_NAME, 0);
	return job->err;
}

static void next_rename(void *arg)
{
	struct file_job *job = arg;
	autoclose int dir = dir_open(job->inst);
	if (dir < 0)
		job->err = dir;
	else if (renameat(dir, NEXT_NAME, dir, FILE_NAME) || fsync(dir))
		job->err = -errno;
}

static void next_unlink(void *arg)
{
	struct file_job *job = arg;
	autoclose int dir = dir_open(job->inst);
	if (dir >= 0)
		unlinkat(dir, NEXT_NAME, 0);
}

/* The change is committed; when the rename fails, the next change or start repeats it. */
static void next_place(struct file_job *job)
{
	job->err = 0;
	job_call(next_rename, job);
	if (job->err)
		log_error("%s/" FILE_NAME " is older than the catalog and cannot be replaced: %s",
			job->inst->dir, error_text(job->err));
}

static void next_run(void *arg)
{
	struct file_job *job = arg;
	job->err = ballast_run(&job->inst->ballast, next_write, job);
}

/* Commits txn with id and revision of the draft; the new file is durable already. */
static int draft_commit(struct installation *inst, struct catalog_txn *txn, const struct draft *draft)
{
	uint64_t revision = draft_revision(inst, draft);
	record_installation(draft_id(inst, draft), revision, txn);
	int err = catalog_commit(txn);
	if (err)
		return err;
	if (draft->imported)
		memcpy(inst->id, draft->imported->id, sizeof inst->id);
	inst->revision = revision;
	return 0;
}

int identity_commit(struct installation *inst, struct catalog_txn *txn, const struct draft *draft)
{
	autofree char *text = identity_text_with(inst, draft);
	struct file_job job = { .inst = inst, .text = text };
	if (!text) {
		catalog_abandon(txn);
		return -ENOMEM;
	}
	job_call(next_run, &job);
	if (job.err) {
		log_error("%s/" NEXT_NAME " cannot be written: %s", inst->dir, error_text(job.err));
		catalog_abandon(txn);
		return job.err;
	}
	int err = draft_commit(inst, txn, draft);
	if (err)
		job_call(next_unlink, &job);
	else
		next_place(&job);
	return err;
}

static int now_write(void *arg)
{
	struct file_job *job = arg;
	if (!next_write(job))
		next_rename(job);
	return job->err;
}

static void now_run(void *arg)
{
	struct file_job *job = arg;
	job->err = ballast_run(&job->inst->ballast, now_write, job);
}

int identity_write(struct installation *inst)
{
	char *text = identity_export(inst);
	struct file_job job = { .inst = inst, .text = text };
	if (!text)
		return -ENOMEM;
	job_call(now_run, &job);
	free(text);
	return job.err;
}

int identity_read(struct installation *inst, char **ret_text, size_t *ret_len)
{
	autoclose int dir = dir_open(inst);
	if (dir < 0)
		return dir;
	autoclose int fd = file_open_at(dir, FILE_NAME, O_RDONLY, 0);
	struct stat st;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return -EUCLEAN;
	size_t size = (size_t)st.st_size, len = 0;
	unsigned tries = 0;
	autofree char *text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);
		if (n < 0 && file_pause_and_try(-errno, &tries))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
		tries = 0;
	}
	text[len] = 0;
	*ret_len = len;
	*ret_text = take_ptr(text);
	return 0;
}
