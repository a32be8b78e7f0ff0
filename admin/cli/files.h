/* SPDX-License-Identifier: Apache-2.0 */
/* Files that verbs open for the daemon. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "admin/cli/cli.h"

/* A file being made; what stood there before stays until all has gone well. */
struct new_file {
	const char *path;      /* what it shall be called */
	char made[PATH_MAX];   /* what it is called meanwhile */
	int fd;
};

/* Nobody's old file is written over unless force says so. False having complained. */
bool new_file_open(const struct cli *cli, struct new_file *file, const char *path, bool force);
/* Puts it in its place when code is EXIT_DONE and it is on the disk, else takes it away again.  The
 * exit code. */
int new_file_close(const struct cli *cli, struct new_file *file, int code);
/* An existing plain file, for reading.  -1 having complained. */
int open_plain(const struct cli *cli, const char *path);
