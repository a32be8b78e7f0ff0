/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a cartridge folder without the daemon. */
#pragma once

#include <limits.h>

#include "admin/cli/verb.h"
#include "media/engine/engine.h"
#include "media/media.h"

/* Where a cartridge folder is. */
struct folder_place {
	char root[PATH_MAX]; /* the folder that contains it */
	const char *name;    /* its name, which is the barcode; points into `path` */
	char path[PATH_MAX];
};

/* Returns whether a text is a path: it contains a slash or a point, or is "-".  No barcode does.  For a
 * file that is named like a barcode the user writes ./E00001L8. */
bool is_path(const char *text);
/* Splits a path into a folder place.  Returns 0, or -errno when the path does not exist. */
int folder_place(const char *path, struct folder_place *ret_place);
/* Runs cartridge export DIR: writes the container to the new file `path`, or to the FIFO or descriptor it
 * names.  Returns the exit code. */
int folder_export(const struct cli *cli, const struct verb *verb, const struct parsed *parsed,
	const struct folder_place *place, const char *path);
