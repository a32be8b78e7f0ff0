/* SPDX-License-Identifier: Apache-2.0 */
/* The ballast: a file of the state directory that only occupies space. On a full disk it is removed for the
 * moment of a write that must succeed, and created again after it. Used on helper threads; it has a lock of
 * its own. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/file.h"

#define BALLAST_NAME "ballast"

struct ballast {
	pthread_mutex_t lock;
	int fd;        /* -1: no ballast */
	uint64_t have; /* bytes */
};

void ballast_init(struct ballast *b);
void ballast_fini(struct ballast *b);
/* Opens or creates the file in a directory and fills it. 0; or -errno: no ballast yet, it is created when
 * there is space. */
int ballast_open(struct ballast *b, const char *dir);
/* Runs work, which returns 0 or -errno. When it fails for lack of space, removes the ballast, runs work once
 * more, and fills the ballast again as far as possible. b may be NULL. */
int ballast_run(struct ballast *b, int (*work)(void *arg), void *arg);

/* The size that a reserve may have: want, but only a small part of the available space. */
uint64_t reserve_size(int fd, uint64_t want);
/* Allocates blocks up to size without changing the file's length. 0 or -errno. */
int blocks_reserve(int fd, uint64_t size);
