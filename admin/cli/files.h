/* SPDX-License-Identifier: Apache-2.0 */
/* Files that verbs open for the daemon. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "admin/cli/cli.h"

struct verb;

/* A file being made.  Until all has gone well it has no name, or (where the file system cannot do that) a
 * temporary one beside the right one; what stood there before stays. */
struct new_file {
	const char *path;    /* what it shall be called */
	char made[PATH_MAX]; /* its temporary name; "" none yet */
	bool force;          /* what has that name already is replaced */
	int fd;
};

/* Nobody's old file is written over unless force says so. False having complained. */
bool new_file_open(const struct cli *cli, struct new_file *file, const char *path, bool force);
/* Puts it in its place when code is EXIT_DONE and it is on the disk, else takes it away again.  The
 * exit code. */
int new_file_close(const struct cli *cli, struct new_file *file, int code);
/* Behind an export into the file `path` that ended with `code`: prints the result, which it takes (may be NULL), with
 * the file's name.  The exit code. */
int export_print(const struct cli *cli, const struct verb *verb, int code, json_t *result, const char *path);
/* A FIFO or a socket by its name, as "-" is stdout; the caller closes it.  -1: nothing of the kind. */
int open_sink(const char *path);
/* An existing plain file, for reading.  -1 having complained. */
int open_plain(const struct cli *cli, const char *path);
/* The same, or a FIFO that somebody writes to, or the descriptor that the path names ("-": stdin); the caller
 * closes it.  -1 having complained. */
int open_source(const struct cli *cli, const char *path);
