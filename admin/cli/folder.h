/* SPDX-License-Identifier: Apache-2.0 */
/* A cartridge's folder, read here without a daemon. */
#pragma once

#include <limits.h>

#include "admin/cli/verb.h"
#include "media/engine/engine.h"
#include "media/media.h"

/* Where a cartridge's folder is. */
struct folder_place {
	char root[PATH_MAX]; /* the folder that it is in */
	const char *name;    /* its name there, which is its barcode; inside `path` */
	char path[PATH_MAX];
};

/* Whether a text names a path: it has a slash or a point, or is "-".  No barcode has them; whoever means a file named
 * like a barcode writes ./E00001L8. */
bool is_path(const char *text);
/* 0; -errno: there is no such folder. */
int folder_place(const char *path, struct folder_place *ret_place);
/* cartridge export DIR: into the new file `path`, or into what stands there for a stream.  The exit code. */
int folder_export(const struct cli *cli, const struct verb *verb, const struct parsed *parsed,
	const struct folder_place *place, const char *path);
