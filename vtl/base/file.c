/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files that others may have put there. */
#include "vtl/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "vtl/base/cleanup.h"

int file_open_at(int dirfd, const char *name, int flags, mode_t mode)
{
	struct stat st;
	autoclose int fd = openat(dirfd, name, flags | O_CLOEXEC | O_NONBLOCK, mode);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EUCLEAN;
	int now = fcntl(fd, F_GETFL);
	if (now < 0 || fcntl(fd, F_SETFL, now & ~O_NONBLOCK) < 0)
		return -errno;
	return take_fd(fd);
}

bool no_room(int64_t err)
{
	return err == -ENOSPC || err == -EDQUOT;
}

bool file_try_again(int64_t err, unsigned *tries)
{
	return (err == -EINTR || err == -EAGAIN) && (*tries)++ < FILE_TRIES;
}

bool file_pause_and_try(int64_t err, unsigned *tries)
{
	if (!file_try_again(err, tries))
		return false;
	nanosleep(&(struct timespec){ .tv_nsec = FILE_PAUSE_MS * 1000000L }, NULL);
	return true;
}
