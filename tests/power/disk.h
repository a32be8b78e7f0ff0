/* SPDX-License-Identifier: Apache-2.0 */
/* The disk under test: what is written to it is logged, then it is made again as each cut leaves it. */
#pragma once

#include "tests/power/cuts.h"
#include "tests/power/dm.h"

struct disk {
	const char *fs;           /* ext4, xfs */
	const char *data, *log;   /* devices */
	const char *changes;      /* a device for what a check writes */
	const char *where;        /* where it is mounted */
	char logged[32], cut[32]; /* names of the devices made */
	char path[DEVICE_PATH];   /* of the one mounted */
	uint64_t sectors;
	struct writes writes;
	int base; /* the data device, replayed up to `done` */
	size_t done;
};

/* Makes an empty file system on a disk that logs what is written, and mounts it. */
bool disk_begin(struct disk *d, char why[static WHY_LEN]);
/* Unmounts it and reads the log; the disk is empty then. */
bool disk_end(struct disk *d, char why[static WHY_LEN]);
void disk_fini(struct disk *d);
/* Mounts the disk as the cut leaves it; what is written from then on is kept apart.  Cuts come in the order of their bases. */
bool disk_cut(struct disk *d, const struct cut *c, char why[static WHY_LEN]);
bool disk_uncut(struct disk *d, char why[static WHY_LEN]);
