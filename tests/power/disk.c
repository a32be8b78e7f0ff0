/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/power/disk.h"
#include "vtl/base/cleanup.h"

enum { CHUNK_SECTORS = 8, UNMOUNT_TRIES = 3000, TRY_US = 10000 };

static bool failed(char why[static WHY_LEN], const char *what, const char *of)
{
	snprintf(why, WHY_LEN, "%s %s: %m", what, of);
	return false;
}

static bool disk_zero(struct disk *d, char why[static WHY_LEN])
{
	uint64_t range[2] = { 0 };
	autoclose int fd = open(d->data, O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &range[1]) || ioctl(fd, BLKZEROOUT, range))
		return failed(why, "cannot write zeros to", d->data);
	d->sectors = range[1] / SECTOR;
	return true;
}

/* Nothing is discarded: what a file system does not write is zero on the logged disk, as on the replayed one. */
static bool fs_make(const struct disk *d, char why[static WHY_LEN])
{
	static const char ext4[] = "lazy_itable_init=0,lazy_journal_init=0,nodiscard";
	const char *const make_ext4[] = { "mkfs.ext4", "-q", "-F", "-b", "4096", "-E", ext4, d->path, NULL };
	const char *const make_xfs[] = { "mkfs.xfs", "-q", "-f", "-K", d->path, NULL };
	const char *const *argv = strcmp(d->fs, "xfs") ? make_ext4 : make_xfs;
	extern char **environ;
	pid_t pid;
	int status = -1;
	errno = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
	if (!errno && waitpid(pid, &status, 0) == pid && status == 0)
		return true;
	snprintf(why, WHY_LEN, "%s: status %x", argv[0], (unsigned)status);
	return false;
}

static bool disk_mount(const struct disk *d, char why[static WHY_LEN])
{
	return !mount(d->path, d->where, d->fs, 0, "") || failed(why, "cannot mount", d->fs);
}

/* What the kernel still does for a daemon that was killed keeps the file system busy for a moment. */
static bool disk_unmount(const struct disk *d, char why[static WHY_LEN])
{
	for (int i = 0; i < UNMOUNT_TRIES; i++) {
		if (!umount(d->where))
			return true;
		if (errno != EBUSY)
			break;
		usleep(TRY_US);
	}
	return failed(why, "cannot unmount", d->where);
}

bool disk_begin(struct disk *d, char why[static WHY_LEN])
{
	char devices[128];
	snprintf(d->logged, sizeof d->logged, "logged-%s", d->fs);
	snprintf(d->cut, sizeof d->cut, "cut-%s", d->fs);
	snprintf(devices, sizeof devices, "%s %s", d->data, d->log);
	d->base = -1;
	d->done = 0;
	return disk_zero(d, why) && dm_make(d->logged, "log-writes", devices, d->sectors, d->path, why) &&
		fs_make(d, why) && disk_mount(d, why);
}

bool disk_end(struct disk *d, char why[static WHY_LEN])
{
	if (!disk_unmount(d, why) || !dm_remove(d->logged, why) || !writes_open(&d->writes, d->log, why) ||
		!disk_zero(d, why))
		return false;
	d->base = open(d->data, O_RDWR | O_DIRECT | O_CLOEXEC);
	return d->base >= 0 || failed(why, "cannot open", d->data);
}

void disk_fini(struct disk *d)
{
	if (d->base >= 0)
		close(d->base);
	writes_close(&d->writes);
}

bool disk_cut(struct disk *d, const struct cut *c, char why[static WHY_LEN])
{
	char devices[128];
	for (; d->done < c->base; d->done++)
		if (!writes_put(&d->writes, d->done, d->writes.list[d->done].sectors, d->base, why))
			return false;
	snprintf(devices, sizeof devices, "%s %s N %d", d->data, d->changes, CHUNK_SECTORS);
	if (!dm_make(d->cut, "snapshot", devices, d->sectors, d->path, why))
		return false;
	int fd = open(d->path, O_RDWR | O_DIRECT | O_CLOEXEC);
	bool ok = fd >= 0 && cut_put(c, &d->writes, fd, why);
	if (fd >= 0)
		close(fd);
	return ok && disk_mount(d, why);
}

bool disk_uncut(struct disk *d, char why[static WHY_LEN])
{
	return disk_unmount(d, why) && dm_remove(d->cut, why);
}
