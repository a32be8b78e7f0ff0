/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ballast: a file of the state directory that holds nothing but room.  On
 * a full disk it is given up for the moment of a write that must succeed, and
 * made again behind it.  Used on helper threads; it has a lock of its own.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/file.h"

#define BALLAST_NAME "ballast"

struct ballast {
	pthread_mutex_t lock;
	int fd;        /* -1: there is none */
	uint64_t have; /* bytes */
};

void ballast_init(struct ballast *b);
void ballast_fini(struct ballast *b);
/* Opens or makes the file in a directory and fills it.  0, or -errno: there is no ballast yet; it is
 * made when there is room. */
int ballast_open(struct ballast *b, const char *dir);
/* Runs work, which returns 0 or -errno.  When that fails for want of room the ballast is given up,
 * work runs once more, and the ballast is filled again as far as there is room.  b may be NULL. */
int ballast_run(struct ballast *b, int (*work)(void *arg), void *arg);

/* How much a reserve may take here: want, but only a small part of what is available. */
uint64_t reserve_size(int fd, uint64_t want);
/* Gives a file blocks up to size without making it longer; what has them already keeps them. 0 or
 * -errno. */
int blocks_reserve(int fd, uint64_t size);
