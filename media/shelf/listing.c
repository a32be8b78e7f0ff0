// SPDX-License-Identifier: Apache-2.0
/* What is in a folder: its extents, its names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/engine/engine.h"
#include "media/shelf/folder.h"
#include "vtl/base/grow.h"

/* More than any cartridge has; bounds the memory that a hostile folder can cost. */
enum { NAMES_MAX = 1 << 20 };

/* A name in a folder, for the one who looks through it. 0 to go on, else -errno. */
typedef int visit_fn(void *arg, int dirfd, const char *name);

/* Calls visit(arg) for each name in the folder.  Blocks. */
static int folder_each(int dirfd, visit_fn *visit, void *arg)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	const struct dirent *entry;
	int err = 0;
	while (!err && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = visit(arg, dirfd, entry->d_name);
	closedir(dir);
	return err;
}

static int file_size(int dirfd, const char *name, uint64_t *ret_size)
{
	struct stat st;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*ret_size = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) ? 0 : -EUCLEAN;
}

/* --- extents in a folder -------------------------------------------------------------------- */

struct extents_job {
	int dirfd;
	uint32_t partition;
	bool unsized; /* only the last file gets its size */
	struct extent_file *files;
	size_t count, room;
	int res;
};

void extent_name(char name[static EXTENT_NAME_MAX], uint32_t partition, uint32_t generation, uint32_t number)
{
	snprintf(name, EXTENT_NAME_MAX, "p%u-g%08x-%06u.ext", partition & 7, generation, number % 1000000);
}

static bool name_to_extent(const char *name, uint32_t partition, struct extent_file *ret)
{
	unsigned p, g, x;
	char again[EXTENT_NAME_MAX];
	if (strlen(name) >= EXTENT_NAME_MAX || sscanf(name, "p%1u-g%8x-%6u.ext", &p, &g, &x) != 3 ||
		p != partition)
		return false;
	extent_name(again, p, g, x);
	*ret = (struct extent_file){ .generation = g, .number = x };
	return strcmp(name, again) == 0;
}

static int extent_file_order(const void *a, const void *b)
{
	const struct extent_file *x = a, *y = b;
	if (x->generation != y->generation)
		return x->generation < y->generation ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int extent_visit(void *arg, int dirfd, const char *name)
{
	struct extents_job *job = arg;
	struct extent_file file;
	if (!name_to_extent(name, job->partition, &file))
		return 0;
	if (job->count == NAMES_MAX)
		return -EUCLEAN;
	int err = grow(job->files, job->room, job->count + 1, NAMES_MAX);
	if (err)
		return err;
	err = job->unsized ? 0 : file_size(dirfd, name, &file.size);
	job->files[job->count++] = file;
	return err;
}

/* The size of the last one alone. */
static int last_size(const struct extents_job *job)
{
	char name[EXTENT_NAME_MAX];
	if (!job->count)
		return 0;
	struct extent_file *last = &job->files[job->count - 1];
	extent_name(name, job->partition, last->generation, last->number);
	int err = file_size(job->dirfd, name, &last->size);
	/* It was removed since it was listed, so the folder is not known to have none. */
	return err == -ENOENT ? -EAGAIN : err;
}

static void extents_run(void *arg)
{
	struct extents_job *job = arg;
	job->res = folder_each(job->dirfd, extent_visit, job);
	if (job->count > 1)
		qsort(job->files, job->count, sizeof *job->files, extent_file_order);
	if (job->unsized && !job->res)
		job->res = last_size(job);
}

static int extents_list(struct engine *e, struct extents_job *job, struct extent_file **ret_files,
	size_t *ret_count)
{
	e->ops->call(e, extents_run, job);
	if (job->res) {
		free(job->files);
		return job->res;
	}
	*ret_files = job->files;
	*ret_count = job->count;
	return 0;
}

int folder_extents(struct engine *e, int dirfd, uint32_t partition, struct extent_file **ret_files,
	size_t *ret_count)
{
	struct extents_job job = { .dirfd = dirfd, .partition = partition };
	return extents_list(e, &job, ret_files, ret_count);
}

int folder_extents_unsized(struct engine *e, int dirfd, uint32_t partition, struct extent_file **ret_files,
	size_t *ret_count)
{
	struct extents_job job = { .dirfd = dirfd, .partition = partition, .unsized = true };
	return extents_list(e, &job, ret_files, ret_count);
}

bool extent_is_there(const struct extent_file *files, size_t count, uint32_t generation, uint32_t number)
{
	const struct extent_file file = { .generation = generation, .number = number };
	return count && bsearch(&file, files, count, sizeof file, extent_file_order);
}

/* --- names in a folder ----------------------------------------------------------------------- */

struct names_job {
	int dirfd;
	bool (*wanted)(const char *name); /* NULL: all */
	char (*names)[256];
	size_t count, room;
	int res;
};

static int name_visit(void *arg, int dirfd, const char *name)
{
	struct names_job *job = arg;
	if (job->wanted && !job->wanted(name))
		return 0;
	if (job->count == NAMES_MAX)
		return -EUCLEAN;
	int err = grow(job->names, job->room, job->count + 1, NAMES_MAX);
	if (!err)
		snprintf(job->names[job->count++], sizeof *job->names, "%s", name);
	return err;
}

static void names_run(void *arg)
{
	struct names_job *job = arg;
	job->res = folder_each(job->dirfd, name_visit, job);
}

int folder_names_if(struct engine *e, int dirfd, bool (*wanted)(const char *name), char (**ret_names)[256],
	size_t *ret_count)
{
	struct names_job job = { .dirfd = dirfd, .wanted = wanted };
	e->ops->call(e, names_run, &job);
	if (job.res) {
		free(job.names);
		return job.res;
	}
	*ret_names = job.names;
	*ret_count = job.count;
	return 0;
}

int folder_names(struct engine *e, int dirfd, char (**ret_names)[256], size_t *ret_count)
{
	return folder_names_if(e, dirfd, NULL, ret_names, ret_count);
}
