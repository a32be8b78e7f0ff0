// SPDX-License-Identifier: Apache-2.0
/* The log of the fault engine: each operation, with the file and its name. */
#include "media/engine/fault_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vtl/base/grow.h"

enum { LOG_MAX = 1 << 24 };

struct fault_op *fault_log_op(struct fault *f, struct fault_op op)
{
	if (!f->log)
		return &f->nowhere;
	if (grow(f->ops, f->room, f->count + 1, LOG_MAX))
		abort();
	op.begun = f->count;
	op.ended = SIZE_MAX;
	f->ops[f->count] = op;
	return &f->ops[f->count++];
}

static char *fd_path(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	return strdup(path);
}

char *fault_dir_path(int dirfd, const char *name, char **ret_base)
{
	const char *slash = strrchr(name, '/');
	char *below = strndup(name, slash ? (size_t)(slash - name) : 0), *at, *path = NULL;
	*ret_base = strdup(slash ? slash + 1 : name);
	if (dirfd == AT_FDCWD)
		return below;
	at = fd_path(dirfd);
	if (asprintf(&path, "%s%s%s", at, *below ? "/" : "", below) < 0)
		abort();
	free(at);
	free(below);
	return path;
}

uint32_t fault_name_node(struct fault *f, const char *path, bool fresh)
{
	for (size_t i = 0; i < f->name_count; i++) {
		if (strcmp(f->names[i].path, path) != 0)
			continue;
		if (fresh)
			f->names[i].node = ++f->nodes;
		return f->names[i].node;
	}
	if (!fresh)
		return 0;
	if (grow(f->names, f->name_room, f->name_count + 1, LOG_MAX))
		abort();
	f->names[f->name_count].path = strdup(path);
	return f->names[f->name_count++].node = ++f->nodes;
}

struct fault_fd *fault_fd_find(struct fault *f, int fd)
{
	for (size_t i = 0; i < f->fd_count; i++)
		if (f->fds[i].fd == fd)
			return &f->fds[i];
	return NULL;
}

void fault_fd_note(struct fault *f, int fd, uint32_t node)
{
	if (grow(f->fds, f->fd_room, f->fd_count + 1, LOG_MAX))
		abort();
	f->fds[f->fd_count++] = (struct fault_fd){ fd, node, fd_path(fd) };
}

void fault_log_dir(struct fault *f, enum fault_op_kind kind, int dirfd, const char *name, const char *to)
{
	char *base, *to_base = NULL;
	if (!f->log)
		return;
	char *dir = fault_dir_path(dirfd, name, &base),
	     *to_dir = to ? fault_dir_path(dirfd, to, &to_base) : NULL;
	fault_log_op(f,
		(struct fault_op){ .kind = kind, .dir = dir, .name = base, .to_dir = to_dir, .to = to_base });
	if (kind != OP_RENAME)
		return;
	char from[4096], path[4096];
	snprintf(from, sizeof from, "%s/%s", dir, base);
	snprintf(path, sizeof path, "%s/%s", to_dir, to_base);
	for (size_t i = 0; i < f->name_count; i++)
		if (strcmp(f->names[i].path, path) == 0)
			f->names[i].node = 0;
	for (size_t i = 0; i < f->name_count; i++) {
		/* the file itself, or everything in a renamed folder */
		size_t len = strlen(from);
		char *old = f->names[i].path;
		if (strncmp(old, from, len) != 0 || (old[len] && old[len] != '/') || !f->names[i].node)
			continue;
		char renamed[8192];
		snprintf(renamed, sizeof renamed, "%s%s", path, old + len);
		f->names[i].path = strdup(renamed);
		free(old);
	}
}
