// SPDX-License-Identifier: Apache-2.0
/*
 * The state after a crash: all that was synced, and of the rest what the seed
 * decides.  Directory operations of one folder become durable in their order, writes in any
 * order, by sectors.  A rename from one folder to another is there as a whole or not
 * at all, and it is durable only when both folders have been synced.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/engine/fault_log.h"

enum policy { KEEP_NONE, KEEP_ALL, KEEP_SOME, KEEP_TORN, KEEP_ALL_BUT_ONE, POLICIES };

struct image {
	const struct fault *f;
	size_t moments;
	uint64_t rng;
	enum policy policy;
	const char *root, *to;
	int *fds;      /* by node */
	size_t spared; /* KEEP_ALL_BUT_ONE: this one is missing */
};

static uint64_t image_random(struct image *im)
{
	im->rng += 0x9e3779b97f4a7c15u;
	uint64_t z = (im->rng ^ im->rng >> 30) * 0xbf58476d1ce4e5b9u;
	return z ^ z >> 29;
}

static bool is_dir_op(const struct fault_op *op)
{
	return op->kind <= OP_UNLINK;
}

static bool is_sync(const struct fault_op *op)
{
	return op->kind == OP_SYNC || op->kind == OP_DIRSYNC;
}

/* True when the first sync of its file (directory operations: of dir) succeeded before the crash. */
static bool synced(const struct image *im, size_t i, const char *dir)
{
	const struct fault_op *op = &im->f->ops[i];
	for (size_t k = i + 1; k < im->moments; k++) {
		const struct fault_op *s = &im->f->ops[k];
		bool covers = is_dir_op(op)
			? s->kind == OP_DIRSYNC && strcmp(s->dir, dir) == 0
			: s->kind == OP_SYNC && s->node == op->node && s->begun >= op->ended;
		if (covers && s->ended <= im->moments)
			return !s->lost;
	}
	return false;
}

static bool durable(const struct image *im, size_t i)
{
	const struct fault_op *op = &im->f->ops[i];
	return synced(im, i, op->dir) && (!op->to_dir || synced(im, i, op->to_dir));
}

/* Of the operations that are not durable the nth, which begins again with the first when there are fewer. */
static size_t spared_by(const struct image *im, uint64_t nth)
{
	size_t loose = 0, i = im->moments;
	if (im->policy != KEEP_ALL_BUT_ONE)
		return 0;
	for (size_t k = 0; k < im->moments; k++)
		loose += !is_sync(&im->f->ops[k]) && !durable(im, k);
	for (size_t left = loose ? (size_t)(nth % loose) + 1 : 0; left > 0;
		left -= !is_sync(&im->f->ops[i]) && !durable(im, i))
		i--;
	return i;
}

static bool chosen(struct image *im, size_t i)
{
	switch (im->policy) {
	case KEEP_NONE: return false;
	case KEEP_ALL:
	case KEEP_TORN:
	case POLICIES: return true;
	case KEEP_SOME: return image_random(im) & 1;
	case KEEP_ALL_BUT_ONE: return i != im->spared;
	}
	return false;
}

/* The path in the image of root-relative dir/name. */
static void image_path(const struct image *im, const char *dir, const char *name, char path[4096])
{
	const char *below = dir + strlen(im->root);
	snprintf(path, 4096, "%s%s/%s", im->to, below, name);
}

static void apply_dir(struct image *im, const struct fault_op *op)
{
	char path[4096], to[4096];
	image_path(im, op->dir, op->name, path);
	switch (op->kind) {
	case OP_MAKE: im->fds[op->node] = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640); break;
	case OP_MKDIR: mkdir(path, 0750); break;
	case OP_RENAME:
		image_path(im, op->to_dir, op->to, to);
		if (rename(path, to) < 0)
			im->rng++;
		break;
	case OP_UNLINK: remove(path); break;
	case OP_DIRSYNC:
	case OP_WRITE:
	case OP_SIZE:
	case OP_SYNC: break;
	}
}

static void apply_write(struct image *im, const struct fault_op *op, bool torn)
{
	int fd = im->fds[op->node];
	size_t sector = torn ? (image_random(im) & 1 ? 512 : 4096) : op->len;
	for (size_t at = 0; at < op->len && fd >= 0; at += sector) {
		size_t n = op->len - at < sector ? op->len - at : sector;
		if (torn && (image_random(im) & 1))
			continue;
		if (pwrite(fd, op->data + at, n, (off_t)(op->off + at)) != (ssize_t)n)
			abort();
	}
}

static void apply_size(struct image *im, const struct fault_op *op)
{
	struct stat st;
	int fd = im->fds[op->node];
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	off_t size = op->exact ? (off_t)op->off : (off_t)(op->off + op->len);
	if ((op->exact || st.st_size < size) && ftruncate(fd, size) < 0)
		abort();
}

enum { STOPPED_MAX = 16 };

/* Folders of which no later operation becomes durable. */
struct stopped {
	const char *dirs[STOPPED_MAX];
	size_t count;
};

static bool has_stopped(const struct stopped *s, const char *dir)
{
	for (size_t k = 0; dir && k < s->count; k++)
		if (strcmp(s->dirs[k], dir) == 0)
			return true;
	return false;
}

/* Of the directory operations of one folder that are not durable, the first ones are there. */
static bool dir_arrives(struct image *im, size_t i, struct stopped *s)
{
	const struct fault_op *op = &im->f->ops[i];
	bool stopped = has_stopped(s, op->dir) || has_stopped(s, op->to_dir);
	if (!stopped && (chosen(im, i) || s->count > STOPPED_MAX - 2))
		return true;
	if (!has_stopped(s, op->dir) && s->count < STOPPED_MAX)
		s->dirs[s->count++] = op->dir;
	if (op->to_dir && !has_stopped(s, op->to_dir) && s->count < STOPPED_MAX)
		s->dirs[s->count++] = op->to_dir;
	return false;
}

int fault_image(const struct engine *e, size_t moments, uint64_t seed, const char *root, const char *to)
{
	const struct fault *f = (const struct fault *)e;
	struct image im = { .f = f,
		.moments = moments,
		.rng = seed,
		.root = root,
		.to = to,
		.policy = (enum policy)(seed % POLICIES),
		.fds = malloc((f->nodes + 1) * sizeof(int)) };
	if (!im.fds)
		return -ENOMEM;
	memset(im.fds, -1, (f->nodes + 1) * sizeof(int));
	im.spared = spared_by(&im, seed / POLICIES);
	struct stopped stopped = { .count = 0 };
	for (size_t i = 0; i < moments; i++) {
		const struct fault_op *op = &f->ops[i];
		bool kept = durable(&im, i);
		if (is_dir_op(op)) {
			if (kept || dir_arrives(&im, i, &stopped))
				apply_dir(&im, op);
		} else if (op->kind == OP_WRITE) {
			if (kept || chosen(&im, i))
				apply_write(&im, op, !kept && im.policy == KEEP_TORN);
		} else if (op->kind == OP_SIZE && (kept || chosen(&im, i))) {
			apply_size(&im, op);
		}
	}
	for (uint32_t n = 0; n <= f->nodes; n++)
		if (im.fds[n] >= 0)
			close(im.fds[n]);
	free(im.fds);
	return 0;
}
