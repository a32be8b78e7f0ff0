/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses a new file in a folder of Evertape: a later check would take a foreign file for damage. */
#include "admin/cli/kept.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli/path.h"
#include "media/shelf/shelf.h"
#include "vtl/library/library.h"

static bool has_marker(const char *folder)
{
	char marker[PATH_MAX + sizeof ROOT_MARKER + 1];
	snprintf(marker, sizeof marker, "%s/" ROOT_MARKER, folder);
	return access(marker, F_OK) == 0;
}

const char *kept_folder(const char *path)
{
	char folder[PATH_MAX], real[PATH_MAX];
	if (!folder_of(path, folder) || !realpath(folder, real))
		return NULL; /* then no file can be created there */
	if (cart_folder_is(real))
		return "the folder of a cartridge";
	for (char *slash = real + strlen(real); slash; slash = strrchr(real, '/')) {
		*slash = '\0';
		if (has_marker(real))
			return "the folder of the cartridges";
	}
	return NULL;
}
