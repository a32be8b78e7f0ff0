// SPDX-License-Identifier: Apache-2.0
/* Folders and small files of cartridges. */
#include "media/shelf/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "media/engine/engine.h"
#include "vtl/base/cleanup.h"
#include "vtl/base/error_text.h"
#include "vtl/base/log.h"

/* How often the lock of a label is tried, and the pause between: a minute in all. */
enum { LABEL_TRIES = 6000, LABEL_PAUSE_MS = 10 };

bool barcode_is_sound(const char *barcode)
{
	size_t len = strnlen(barcode, MEDIA_BARCODE_MAX + 1);
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	return len >= 1 && len <= MEDIA_BARCODE_MAX && barcode[0] != '.' && strspn(barcode, chars) == len;
}

int folder_open(struct shelf shelf, const char *name)
{
	struct engine *e = shelf.engine;
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/%s", shelf.root, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	int fd = e->ops->open(e, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	return fd == -ENOTDIR || fd == -ELOOP ? -EUCLEAN : fd;
}

static const struct lock_kind {
	int flags; /* of the open */
	short type;
	off_t byte;
	unsigned tries;
} lock_kinds[] = {
	/* A second mount is refused at once.  The label is locked only while it is replaced, which a slow disk
	 * can make long. */
	[LOCK_MOUNT] = { O_RDWR | O_CREAT, F_WRLCK, 0, 1 },
	[LOCK_SHARE] = { O_RDONLY, F_RDLCK, 0, 1 },
	[LOCK_LABEL] = { O_RDWR | O_CREAT, F_WRLCK, 1, LABEL_TRIES },
};

struct lock_job {
	int fd;
	const struct lock_kind *kind;
	int res;
};

static void lock_run(void *arg)
{
	struct lock_job *job = arg;
	struct flock lock = { .l_type = job->kind->type,
		.l_whence = SEEK_SET,
		.l_start = job->kind->byte,
		.l_len = 1 };
	unsigned tries = job->kind->tries;
	do {
		job->res = fcntl(job->fd, F_OFD_SETLK, &lock) < 0 ? -errno : 0;
		if (job->res == -EAGAIN || job->res == -EACCES || job->res == -EINTR)
			job->res = -EBUSY;
		if (job->res == -EBUSY && tries > 1)
			nanosleep(&(struct timespec){ .tv_nsec = LABEL_PAUSE_MS * 1000000L }, NULL);
	} while (job->res == -EBUSY && --tries > 0);
}

int folder_lock(struct engine *e, int dirfd, enum folder_lock which)
{
	const struct lock_kind *kind = &lock_kinds[which];
	int fd = e->ops->open(e, dirfd, LOCK_NAME, kind->flags, 0640);
	if (fd < 0)
		return fd;
	struct lock_job job = { .fd = fd, .kind = kind };
	e->ops->call(e, lock_run, &job);
	if (job.res == 0)
		return fd;
	e->ops->close(e, fd);
	return job.res;
}

int file_replace(struct engine *e, int dirfd, const char *name, const void *buf, size_t len)
{
	char new_name[64];
	snprintf(new_name, sizeof new_name, "%s.new", name);
	int fd = e->ops->open(e, dirfd, new_name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	if (fd < 0)
		return fd;
	int64_t n = engine_do(e, ENGINE_WRITE, fd, (void *)(uintptr_t)buf, len, 0);
	int err = n < 0 ? (int)n : e->ops->fsync(e, fd);
	e->ops->close(e, fd);
	if (!err)
		err = e->ops->rename(e, dirfd, new_name, name);
	if (err) {
		e->ops->unlink(e, dirfd, new_name);
		return err;
	}
	return e->ops->fsync(e, dirfd);
}

struct stat_job {
	int fd;
	struct stat st;
	int res;
};

static void stat_run(void *arg)
{
	struct stat_job *job = arg;
	job->res = fstat(job->fd, &job->st) < 0 ? -errno : 0;
}

int file_read(struct engine *e, int dirfd, const char *name, size_t max, void **ret_buf, size_t *ret_len)
{
	int fd = e->ops->open(e, dirfd, name, O_RDONLY, 0);
	if (fd < 0)
		return fd == -ELOOP ? -EUCLEAN : fd;
	struct stat_job job = { .fd = fd };
	e->ops->call(e, stat_run, &job);
	int err = job.res;
	if (!err && (!S_ISREG(job.st.st_mode) || job.st.st_size < 0 || (uint64_t)job.st.st_size > max))
		err = -EUCLEAN;
	size_t len = err ? 0 : (size_t)job.st.st_size;
	autofree void *buf = malloc(len + 1);
	if (!err && !buf)
		err = -ENOMEM;
	if (!err && len > 0) {
		int64_t n = engine_do(e, ENGINE_READ, fd, buf, len, 0);
		err = n < 0 ? (int)n : 0;
	}
	e->ops->close(e, fd);
	if (err)
		return err;
	*ret_buf = take_ptr(buf);
	*ret_len = len;
	return 0;
}

/* --- whole folders ------------------------------------------------------------------------- */

static int folder_empty(struct engine *e, int dirfd)
{
	char(*names)[256] = NULL;
	size_t n = 0;
	int err = folder_names(e, dirfd, &names, &n);
	for (size_t i = 0; !err && i < n; i++)
		err = e->ops->unlink(e, dirfd, names[i]);
	free(names);
	return err;
}

int folder_delete(struct shelf shelf, const char *name)
{
	struct engine *e = shelf.engine;
	int rootfd = e->ops->open(e, AT_FDCWD, shelf.root, O_RDONLY | O_DIRECTORY, 0);
	if (rootfd < 0)
		return rootfd;
	char gone[FOLDER_NAME_MAX];
	int err = 0;
	if (name[0] == '.') {
		snprintf(gone, sizeof gone, "%s", name);
	} else {
		snprintf(gone, sizeof gone, GONE_PREFIX "%s", name);
		err = e->ops->rename(e, rootfd, name, gone);
		if (err == -ENOTEMPTY || err == -EEXIST) { /* left over from a crash */
			err = folder_delete(shelf, gone);
			if (!err)
				err = e->ops->rename(e, rootfd, name, gone);
		}
		if (err == -ENOSPC ||
			err == -EDQUOT) { /* no space for the rename: delete it under its name */
			snprintf(gone, sizeof gone, "%s", name);
			err = 0;
		} else if (!err) {
			err = e->ops->fsync(e, rootfd);
		}
	}
	int fd = err ? err : folder_open(shelf, gone);
	if (fd >= 0) {
		err = folder_empty(e, fd);
		e->ops->close(e, fd);
		if (!err)
			err = e->ops->unlink(e, rootfd, gone);
	} else {
		err = fd;
	}
	e->ops->close(e, rootfd);
	return err;
}

/* What a crash left of a cartridge made or deleted. */
static bool is_left_over(const char *name)
{
	return strlen(name) < FOLDER_NAME_MAX &&
		(strncmp(name, MADE_PREFIX, strlen(MADE_PREFIX)) == 0 ||
			strncmp(name, GONE_PREFIX, strlen(GONE_PREFIX)) == 0);
}

int cart_sweep(struct shelf shelf)
{
	struct engine *e = shelf.engine;
	int rootfd = e->ops->open(e, AT_FDCWD, shelf.root, O_RDONLY | O_DIRECTORY, 0);
	if (rootfd < 0)
		return rootfd;
	char(*names)[256] = NULL;
	size_t count = 0;
	int err = folder_names_if(e, rootfd, is_left_over, &names, &count);
	for (size_t i = 0; i < count; i++) {
		int res = folder_delete(shelf, names[i]);
		log_warn("%s, left by a crash, %s%s", names[i], res ? "cannot be removed: " : "was removed",
			res ? error_text(res) : "");
		err = err ? err : res;
	}
	free(names);
	e->ops->close(e, rootfd);
	return err;
}

int folder_publish(struct shelf shelf, const char *from, const char *to)
{
	struct engine *e = shelf.engine;
	int rootfd = e->ops->open(e, AT_FDCWD, shelf.root, O_RDONLY | O_DIRECTORY, 0);
	if (rootfd < 0)
		return rootfd;
	/* rename(2) refuses to replace a folder that is not empty */
	int err = e->ops->rename(e, rootfd, from, to);
	if (err == -ENOTEMPTY || err == -ENOTDIR)
		err = -EEXIST;
	if (!err)
		err = e->ops->fsync(e, rootfd);
	e->ops->close(e, rootfd);
	return err;
}
