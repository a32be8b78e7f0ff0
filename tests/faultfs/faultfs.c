// SPDX-License-Identifier: Apache-2.0
/*
 * A file system for tests that shows the files of a folder and fails now and then:
 *
 *   faultfs SOURCE MOUNT CONTROL SEED
 *
 * CONTROL is a file of three 32-bit words in the byte order of the machine, changed at any time by the test: one operation
 * in so many fails with EIO (0: none); operations wait while the second is not 0; the third counts failed operations.
 * Runs in the foreground until MOUNT is unmounted.  Operations that fail have done nothing, except that a failed write
 * may have written a part.
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

struct control {
	_Atomic uint32_t one_in, hang, failed;
};

struct fs {
	int root; /* the source */
	struct control *control;
	_Atomic uint64_t random;
};

static struct fs *fs(void)
{
	return fuse_get_context()->private_data;
}

/* Relative to the source. */
static const char *here(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static void wait_while_hanging(const struct control *c)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
	while (atomic_load(&c->hang))
		nanosleep(&moment, NULL);
}

/* splitmix64, one step per operation whichever thread does it. */
static uint64_t draw(struct fs *f)
{
	uint64_t z = atomic_fetch_add(&f->random, 0x9e3779b97f4a7c15U);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

/* Before an operation on data or names: 0, or -EIO when it is to fail. */
static int chance(void)
{
	struct fs *f = fs();
	wait_while_hanging(f->control);
	uint32_t one_in = atomic_load(&f->control->one_in);
	if (!one_in || draw(f) % one_in)
		return 0;
	atomic_fetch_add(&f->control->failed, 1);
	return -EIO;
}

static int result(int res)
{
	return res < 0 ? -errno : 0;
}

static int fs_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	wait_while_hanging(fs()->control);
	return result(fi ? fstat((int)fi->fh, st) : fstatat(fs()->root, here(path), st, AT_SYMLINK_NOFOLLOW));
}

static int fs_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, struct fuse_file_info *fi,
	enum fuse_readdir_flags flags)
{
	(void)off, (void)fi, (void)flags;
	wait_while_hanging(fs()->control);
	int fd = openat(fs()->root, here(path), O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	const struct dirent *e;
	while ((e = readdir(dir)) && !fill(buf, e->d_name, NULL, 0, 0))
		;
	closedir(dir);
	return 0;
}

static int opened(struct fuse_file_info *fi, int fd)
{
	if (fd < 0)
		return -errno;
	fi->fh = (uint64_t)fd;
	return 0;
}

/* Without O_DIRECT: the kernel gives buffers that are not aligned. */
static int fs_open(const char *path, struct fuse_file_info *fi)
{
	int err = chance();
	return err ? err
		   : opened(fi, openat(fs()->root, here(path), fi->flags & ~(O_DIRECT | O_CREAT | O_EXCL)));
}

static int fs_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	int err = chance();
	return err ? err : opened(fi, openat(fs()->root, here(path), fi->flags & ~O_DIRECT, mode));
}

static int fs_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	close((int)fi->fh);
	return 0;
}

static int fs_read(const char *path, char *buf, size_t len, off_t off, struct fuse_file_info *fi)
{
	(void)path;
	int err = chance();
	ssize_t n = err ? 0 : pread((int)fi->fh, buf, len, off);
	return err ? err : n < 0 ? -errno : (int)n;
}

static int fs_write(const char *path, const char *buf, size_t len, off_t off, struct fuse_file_info *fi)
{
	(void)path;
	int err = chance();
	ssize_t n = pwrite((int)fi->fh, buf, err ? len / 2 : len, off);
	return err ? err : n < 0 ? -errno : (int)n;
}

static int fs_fsync(const char *path, int data_only, struct fuse_file_info *fi)
{
	(void)path, (void)data_only;
	int err = chance();
	return err ? err : result(fdatasync((int)fi->fh));
}

static int fs_fsyncdir(const char *path, int data_only, struct fuse_file_info *fi)
{
	(void)path, (void)data_only, (void)fi;
	return chance();
}

static int fs_fallocate(const char *path, int mode, off_t off, off_t len, struct fuse_file_info *fi)
{
	(void)path;
	int err = chance();
	return err ? err : result(fallocate((int)fi->fh, mode, off, len));
}

static int fs_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	int err = chance();
	if (err || fi)
		return err ? err : result(ftruncate((int)fi->fh, size));
	int fd = openat(fs()->root, here(path), O_WRONLY);
	if (fd < 0)
		return -errno;
	err = result(ftruncate(fd, size));
	close(fd);
	return err;
}

static int fs_unlink(const char *path)
{
	int err = chance();
	return err ? err : result(unlinkat(fs()->root, here(path), 0));
}

static int fs_mkdir(const char *path, mode_t mode)
{
	int err = chance();
	return err ? err : result(mkdirat(fs()->root, here(path), mode));
}

static int fs_rmdir(const char *path)
{
	int err = chance();
	return err ? err : result(unlinkat(fs()->root, here(path), AT_REMOVEDIR));
}

static int fs_rename(const char *from, const char *to, unsigned flags)
{
	int err = chance();
	return err ? err : result(renameat2(fs()->root, here(from), fs()->root, here(to), flags));
}

static int fs_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	(void)fi;
	return result(fchmodat(fs()->root, here(path), mode, 0));
}

static int fs_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *fi)
{
	(void)fi;
	return result(fchownat(fs()->root, here(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int fs_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi)
{
	(void)fi;
	return result(utimensat(fs()->root, here(path), times, AT_SYMLINK_NOFOLLOW));
}

static int fs_statfs(const char *path, struct statvfs *v)
{
	(void)path;
	return result(fstatvfs(fs()->root, v));
}

static void *fs_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	config->use_ino = 1;
	config->attr_timeout = config->entry_timeout = 0; /* the test looks at the source, too */
	config->hard_remove = 1;
	return fs();
}

static const struct fuse_operations operations = {
	.init = fs_init,
	.getattr = fs_getattr,
	.readdir = fs_readdir,
	.open = fs_open,
	.create = fs_create,
	.release = fs_release,
	.read = fs_read,
	.write = fs_write,
	.fsync = fs_fsync,
	.fsyncdir = fs_fsyncdir,
	.fallocate = fs_fallocate,
	.truncate = fs_truncate,
	.unlink = fs_unlink,
	.mkdir = fs_mkdir,
	.rmdir = fs_rmdir,
	.rename = fs_rename,
	.chmod = fs_chmod,
	.chown = fs_chown,
	.utimens = fs_utimens,
	.statfs = fs_statfs,
};

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: faultfs SOURCE MOUNT CONTROL SEED\n");
		return 2;
	}
	int control = open(argv[3], O_RDWR);
	struct fs f = { .root = open(argv[1], O_RDONLY | O_DIRECTORY),
		.random = strtoull(argv[4], NULL, 10) };
	f.control = control < 0
		? MAP_FAILED
		: mmap(NULL, sizeof *f.control, PROT_READ | PROT_WRITE, MAP_SHARED, control, 0);
	if (f.root < 0 || f.control == MAP_FAILED) {
		perror("faultfs: the source or the control file cannot be used");
		return 1;
	}
	char options[] = "fsname=faultfs,default_permissions,max_threads=8";
	char *words[] = { argv[0], argv[2], "-f", "-o", options, NULL };
	return fuse_main(5, words, &operations, &f);
}
