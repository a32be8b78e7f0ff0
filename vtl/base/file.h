/* SPDX-License-Identifier: Apache-2.0 */
/* Opening files that somebody else may have put there, and trying again with a limit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a regular file or a folder like openat(), O_CLOEXEC added, without waiting for anybody: the
 * open of a FIFO returns at once.  The descriptor of a regular file does not have O_NONBLOCK: with it
 * io_uring answers -EAGAIN, again and again, where the data are not in memory and the device below
 * (dm-crypt, for one) cannot say at once that it has room.  The caller owns the descriptor.
 * -EUCLEAN for anything else (FIFO, device), or -errno. */
int file_open_at(int dirfd, const char *name, int flags, mode_t mode);

/* Whether -errno err says that there is no room, on the disk or in a quota. */
bool no_room(int64_t err);

/* How often an operation on a file that moved nothing is tried again, and the pause before each. */
enum { FILE_TRIES = 100, FILE_PAUSE_MS = 10 };
/* Whether an operation that ended with -errno err is to be tried once more: after -EINTR and -EAGAIN,
 * FILE_TRIES times.  *tries counts; its owner sets it to 0 when something has moved. */
bool file_try_again(int64_t err, unsigned *tries);
/* The same where the thread may sleep; the pause has then been made. */
bool file_pause_and_try(int64_t err, unsigned *tries);
