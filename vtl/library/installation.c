/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory: lock, open, close. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/job.h"
#include "vtl/base/log.h"
#include "vtl/base/worker.h"
#include "vtl/library/installation.h"
#include "vtl/library/open.h"
#include "vtl/library/wastebasket.h"

enum { STATE_DIR_MAX = 4000 };

const char *installation_cartridges(const struct installation *inst)
{
	return inst->root;
}

int installation_cartridges_there(const struct installation *inst)
{
	return root_there(inst);
}

/* --- the lock: the number of the owning process, CLOSED after a clean end --------------------- */

enum { CLOSED = 0 };

/* Overwrites the old number and then truncates, so that it needs no disk space. */
static int lock_says(int fd, long owner)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%ld\n", owner);
	return pwrite(fd, text, (size_t)len, 0) != len || ftruncate(fd, len) || fdatasync(fd) ? -1 : 0;
}

static void lock_give(struct installation *inst)
{
	if (inst->lock < 0)
		return;
	if (!inst->unclean && !inst->frozen)
		lock_says(inst->lock, CLOSED); /* on failure the next start only reports an unclean stop */
	close(inst->lock);
}

/* --- memory ----------------------------------------------------------------------------------- */

struct installation *installation_new(const char *state_dir)
{
	struct installation *inst = calloc(1, sizeof *inst);
	if (!inst)
		return NULL;
	inst->lock = inst->marker = -1;
	ballast_init(&inst->ballast);
	atomic_init(&inst->disk.available, UINT64_MAX);
	turn_init(&inst->turn);
	waitq_init(&inst->followed);
	TAILQ_INIT(&inst->libraries);
	TAILQ_INIT(&inst->listeners);
	TAILQ_INIT(&inst->retired_cartridges);
	TAILQ_INIT(&inst->retired_libraries);
	TAILQ_INIT(&inst->deleted);
	inst->keep_days = KEEP_DAYS;
	snprintf(inst->dir, sizeof inst->dir, "%s", state_dir);
	snprintf(inst->root, sizeof inst->root, "%.4000s/cartridges", state_dir);
	return inst;
}

void installation_forget(struct installation *inst)
{
	struct cartridge_private *priv, *next_priv;
	struct saved_blob *saved, *next_saved;
	struct library *library;
	HASH_ITER(hh, inst->all_cartridges, priv, next_priv)
		cartridge_retire(inst, priv);
	if (inst->access)
		access_forget(inst->access);
	HASH_ITER(hh, inst->saved_blobs, saved, next_saved) {
		HASH_DEL(inst->saved_blobs, saved);
		free(saved->key);
		free(saved->blob);
		free(saved);
	}
	while ((library = TAILQ_FIRST(&inst->libraries))) {
		TAILQ_REMOVE(&inst->libraries, library, link);
		lib_free(lib_of(library));
	}
	wards_free(inst);
	while (!TAILQ_EMPTY(&inst->deleted))
		deleted_forget(inst, TAILQ_FIRST(&inst->deleted));
	numbers_forget(inst);
	objects_free_deleted(inst);
}

void installation_free(struct installation *inst)
{
	installation_forget(inst);
	access_close(inst->access);
	catalog_close(inst->catalog);
	ballast_fini(&inst->ballast);
	if (inst->marker >= 0)
		close(inst->marker);
	lock_give(inst);
	free(inst);
}

bool installation_was_unclean(struct installation *inst)
{
	bool unclean = inst->unclean;
	inst->unclean = false;
	return unclean;
}

/* --- the directory ---------------------------------------------------------------------------- */

int dir_make(const char *path, mode_t mode, char why[static WHY_LEN])
{
	struct stat st;
	if (!mkdir(path, mode))
		return 0;
	int err = -errno;
	if (err == -EEXIST && !stat(path, &st))
		err = S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
	return err ? refuse(why, err, "folder %.120s cannot be created: %s", path, error_text(err)) : 0;
}

/* Creates the state directory and missing parent directories. */
static int state_make(const char *path, char why[static WHY_LEN])
{
	char part[4096];
	snprintf(part, sizeof part, "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int err = dir_make(part, 0750, why);
		*slash = '/';
		if (err)
			return err;
	}
	return dir_make(part, 0750, why);
}

/* A lock needs only a descriptor; when the file is missing, the directory's descriptor serves. */
static int lock_read_only(struct installation *inst, const char *path)
{
	inst->frozen = true;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 && errno == ENOENT ? open(inst->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : fd;
}

static int lock_acquire(struct installation *inst, char why[static WHY_LEN])
{
	char path[4200], pid[32] = "";
	snprintf(path, sizeof path, "%s/lock", inst->dir);
	autoclose int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0 && errno == EROFS)
		fd = lock_read_only(inst, path);
	if (fd < 0)
		return refuse(why, -errno, "%.120s cannot be opened: %s", path, error_text(-errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return refuse(why, -errno, "%.120s cannot be locked: %s", path, error_text(-errno));
		ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
		return refuse(why, -EBUSY, "%.120s is in use by process %ld", inst->dir,
			n > 0 ? strtol(pid, NULL, 10) : 0L);
	}
	inst->unclean = pread(fd, pid, sizeof pid - 1, 0) > 0 && strtol(pid, NULL, 10) != CLOSED;
	if (!inst->frozen && lock_says(fd, (long)getpid()))
		log_warn("the process number cannot be written to %s: %s", path, error_text(-errno));
	inst->lock = take_fd(fd);
	return 0;
}

struct access *installation_access(struct installation *inst)
{
	return inst->access;
}

const struct disk *installation_disk(const struct installation *inst)
{
	return &inst->disk;
}

void installation_look(struct installation *inst)
{
	disk_look(inst);
}

/* --- open, close ------------------------------------------------------------------------------ */

struct open_job {
	struct installation *inst;
	const char *cartridges; /* the setting, or NULL */
	char *why;
	int err;
};

static void open_run(void *arg)
{
	struct open_job *job = arg;
	job->err = state_make(job->inst->dir, job->why);
	if (!job->err)
		job->err = lock_acquire(job->inst, job->why);
	if (!job->err)
		job->err = root_find(job->inst, job->cartridges, job->why);
	if (!job->err) {
		disk_look(job->inst);
		disk_tell(job->inst);
	}
	if (!job->err)
		job->err = installation_load(job->inst, job->why);
	if (!job->err && !job->inst->frozen)
		label_sweep(job->inst); /* a failure costs only disk space */
}

void library_listen(struct installation *inst, struct library_listener *listener)
{
	TAILQ_INSERT_TAIL(&inst->listeners, listener, link);
}

int installation_open(const char *state_dir, const struct library_settings *settings,
	struct installation **ret_installation, char why[static WHY_LEN])
{
	if (!*state_dir || strlen(state_dir) > STATE_DIR_MAX)
		return refuse(why, -EINVAL, "the name of the state directory is empty or too long");
	struct installation *inst = installation_new(state_dir);
	if (!inst)
		return refuse(why, -ENOMEM, "out of memory");
	/* On a helper thread, because it reads much and parses files that anyone may have written. */
	struct open_job job = { .inst = inst, .why = why };
	if (settings && settings->cartridges && *settings->cartridges)
		job.cartridges = settings->cartridges;
	inst->root_given = job.cartridges;
	if (settings) {
		inst->floor_mib = settings->floor_mib;
		inst->nearly_mib = settings->nearly_full_mib;
	}
	*why = 0;
	job_call(open_run, &job);
	if (job.err) {
		if (!*why)
			refuse(why, job.err, "state directory %.120s cannot be opened: %s", state_dir,
				error_text(job.err));
		installation_free(inst);
		return job.err;
	}
	inst->worker = worker_self();
	disk_watch_begin(inst);
	*ret_installation = inst;
	return 0;
}

/* Records new stamps of labels, so that the next start need not read those labels. */
static void stamps_save(void *arg)
{
	struct installation *inst = arg;
	if (!inst->frozen || !catalog_is_read_only(inst->catalog))
		touched_save(inst);
}

bool installation_rest(struct installation *inst, int64_t until_ms)
{
	return disk_watch_end(inst, until_ms);
}

void installation_close(struct installation *inst)
{
	if (!inst)
		return;
	disk_watch_end(inst, INT64_MAX);
	while (inst->following)
		waitq_wait(&inst->followed);
	health_flush(inst);
	job_call(stamps_save, inst);
	installation_free(inst);
}
