/* SPDX-License-Identifier: Apache-2.0 */
/* A life of a host on a disk, and what is left of it after each cut. */
#pragma once

#include "tests/power/disk.h"
#include "tests/power/host.h"

struct run {
	struct disk disk;
	struct daemon daemon;
	struct host host;
	struct story story;
	const char *preload; /* a library for the daemon that is written to; NULL: none */
	uint64_t seed;
	unsigned tried[CUT_CLASSES][UNITS], wrong[CUT_CLASSES];
	char why[CUT_CLASSES][WHY_LEN]; /* the last of each class */
};

/* A life and so many cuts, counted in tried and wrong; false when there was no life. */
bool run_once(struct run *r, size_t cuts, char why[static WHY_LEN]);
