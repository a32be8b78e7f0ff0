/* SPDX-License-Identifier: Apache-2.0 */
/* Interface between installation.c, which owns the directory, and open.c, which reads its contents. */
#pragma once

#include <sys/types.h>

#include "vtl/library/library.h"

struct installation *installation_new(const char *state_dir);
void installation_free(struct installation *inst);
/* Frees everything that was read from the catalog. */
void installation_forget(struct installation *inst);
/* Creates a directory unless it exists. -errno with why. */
int dir_make(const char *path, mode_t mode, char why[static WHY_LEN]);
/* Reads catalog, identity.json and labels into memory and reconciles them. */
int installation_load(struct installation *inst, char why[static WHY_LEN]);
