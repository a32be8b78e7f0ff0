/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files that others may have put there, and limits how often an operation is tried again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a regular file or a folder like openat() with O_CLOEXEC, and never waits: a FIFO is refused at once.
 * The descriptor of a regular file does not have O_NONBLOCK.  With it io_uring answers -EAGAIN again and
 * again when the data are not in memory and the device below (dm-crypt, for example) cannot say at once that
 * it has room.  The caller owns the descriptor.  -EUCLEAN for anything else (FIFO, device), or -errno. */
int file_open_at(int dirfd, const char *name, int flags, mode_t mode);

/* Whether -errno err says that there is no room, on the disk or in a quota. */
bool no_room(int64_t err);

/* How often an operation on a file that moved no byte is tried again, and the pause before each try. */
enum { FILE_TRIES = 100, FILE_PAUSE_MS = 10 };
/* Whether to try an operation again that ended with -errno err: yes after -EINTR and -EAGAIN, FILE_TRIES
 * times.  *tries counts them; the caller sets it to 0 when bytes have moved. */
bool file_try_again(int64_t err, unsigned *tries);
/* The same for a thread that may sleep: sleeps for the pause before it returns true. */
bool file_pause_and_try(int64_t err, unsigned *tries);
