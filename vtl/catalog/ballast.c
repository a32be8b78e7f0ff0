/* SPDX-License-Identifier: Apache-2.0 */
/* Space kept for a full disk: the ballast, and blocks after the end of a file. */
#include "vtl/catalog/ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vtl/base/cleanup.h"
#include "vtl/base/file.h"

enum {
	BALLAST_SIZE = 1 << 20,
	SHARE = 16, /* a reserve takes at most this part of the available space */
	RESERVE_STEP = 4096,
};

uint64_t reserve_size(int fd, uint64_t want)
{
	struct statvfs v;
	if (fstatvfs(fd, &v))
		return 0;
	uint64_t most = (uint64_t)v.f_bavail * v.f_frsize / SHARE;
	return (want < most ? want : most) & ~(uint64_t)(RESERVE_STEP - 1);
}

int blocks_reserve(int fd, uint64_t size)
{
	int err;
	unsigned tries = 0;
	do
		err = size && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) ? -errno : 0;
	while (file_pause_and_try(err, &tries));
	return err;
}

void ballast_init(struct ballast *b)
{
	*b = (struct ballast){ .fd = -1 };
	pthread_mutex_init(&b->lock, NULL);
}

void ballast_fini(struct ballast *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	pthread_mutex_destroy(&b->lock);
}

/* Allocates blocks, by writing where the file system cannot allocate them. */
static int ballast_grow(struct ballast *b, uint64_t size)
{
	static const char zeros[64 << 10];
	int err = fallocate(b->fd, 0, 0, (off_t)size) ? -errno : 0;
	if (!err)
		b->have = size;
	if (err != -EOPNOTSUPP && err != -ENOSYS)
		return err;
	while (b->have < size) {
		uint64_t left = size - b->have;
		ssize_t n = pwrite(b->fd, zeros, left < sizeof zeros ? left : sizeof zeros, (off_t)b->have);
		if (n <= 0)
			return n ? -errno : -EIO;
		b->have += (uint64_t)n;
	}
	return 0;
}

static int ballast_fill(struct ballast *b)
{
	if (b->fd < 0 || b->have >= BALLAST_SIZE)
		return 0;
	uint64_t more = reserve_size(b->fd, BALLAST_SIZE - b->have);
	return more ? ballast_grow(b, b->have + more) : 0;
}

int ballast_open(struct ballast *b, const char *dir)
{
	char path[4200];
	struct stat st;
	snprintf(path, sizeof path, "%s/" BALLAST_NAME, dir);
	autoclose int fd = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fd == -EUCLEAN ? -EINVAL : fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* In a copy of a state directory the file may be sparse. */
	if (st.st_blocks * 512 < st.st_size && !ftruncate(fd, 0))
		st.st_size = 0;
	b->have = (uint64_t)st.st_size;
	b->fd = take_fd(fd);
	int err = ballast_fill(b);
	return b->have ? 0 : err ? err : -ENOSPC;
}

/* A journaling file system frees blocks only when it writes its journal; so sync. */
static bool ballast_drop(struct ballast *b)
{
	if (b->fd < 0 || !b->have || ftruncate(b->fd, 0))
		return false;
	b->have = 0;
	return !fsync(b->fd);
}

/* Allocates as much as is available; others may use the space in between. */
static void ballast_restore(struct ballast *b, uint64_t size)
{
	while (size >= RESERVE_STEP && no_room(ballast_grow(b, size)))
		size -= (size / 8 + RESERVE_STEP - 1) & ~(uint64_t)(RESERVE_STEP - 1);
}

int ballast_run(struct ballast *b, int (*work)(void *arg), void *arg)
{
	int err = work(arg);
	if (!b)
		return err;
	pthread_mutex_lock(&b->lock);
	uint64_t had = b->have;
	if (no_room(err) && ballast_drop(b)) {
		err = work(arg);
		ballast_restore(b, had);
	}
	ballast_fill(b);
	pthread_mutex_unlock(&b->lock);
	return err;
}
