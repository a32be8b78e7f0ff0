/* SPDX-License-Identifier: Apache-2.0 */
/* Between installation.c, which owns the directory, and open.c, which reads what is in it. */
#pragma once

#include <sys/types.h>

#include "vtl/library/library.h"

struct installation *installation_new(const char *state_dir);
void installation_free(struct installation *inst);
/* Frees everything the catalog's rows became. */
void installation_forget(struct installation *inst);
/* A directory that is there afterwards. -errno with why. */
int dir_make(const char *path, mode_t mode, char why[static WHY_LEN]);
/* Catalog, identity.json and labels into memory, agreeing with each other. */
int installation_load(struct installation *inst, char why[static WHY_LEN]);
