/* SPDX-License-Identifier: Apache-2.0 */
/* Files that verbs open for the daemon. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "admin/cli/cli.h"

struct verb;

/* A file under construction.  It gets its name only when it is complete: until then it has no name, or a
 * temporary name in the same folder where the file system has no unnamed files.  An existing file stays
 * until then. */
struct new_file {
	const char *path;    /* the final name */
	char made[PATH_MAX]; /* the temporary name; "": none */
	bool force;          /* replace an existing file */
	bool part;           /* the temporary file stays after a failure */
	int fd;
};

/* Creates a file under construction.  Refuses an existing file unless force is set.  False: an error was
 * printed. */
bool new_file_open(const struct cli *cli, struct new_file *file, const char *path, bool force);
/* The same with the temporary name path.part, where an earlier attempt may have left something; after a failure it
 * stays. */
bool new_file_open_part(const struct cli *cli, struct new_file *file, const char *path, bool force);
/* Gives the file its name if code is EXIT_DONE and fsync succeeds, else removes it.  Returns the exit
 * code. */
int new_file_close(const struct cli *cli, struct new_file *file, int code);
/* Ends an export into the file `path` that had the exit code `code`: prints the result with the file's
 * name.  Takes the reference to result, which may be NULL.  Returns the exit code. */
int export_print(const struct cli *cli, const struct verb *verb, int code, json_t *result, const char *path);
/* Opens a FIFO or an inherited descriptor ("-": stdout) for writing; the caller closes it.  -1: path is
 * neither. */
int open_sink(const char *path);
/* Opens an existing plain file for reading; the caller closes it.  -1: an error was printed. */
int open_plain(const struct cli *cli, const char *path);
/* Opens a plain file, a FIFO that has a writer, or an inherited descriptor ("-": stdin) for reading; the
 * caller closes it.  -1: an error was printed. */
int open_source(const struct cli *cli, const char *path);
