/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the state directory: its owner, and who else may change it. */
#pragma once

#include <pwd.h>

#include "vtl/library/library.h"

/* Writes why and returns err. */
int start_refuse(char why[static WHY_LEN], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Refuses a state directory that others may change. A missing one is accepted. 0, or -errno with why. */
int state_dir_private(const char *path, char why[static WHY_LEN]);
/* Refuses files that do not belong to the user who serves them. A missing directory is accepted. 0, or -errno
 * with why. */
int state_dir_check(const char *path, uid_t user, char why[static WHY_LEN]);
/* As root: creates a missing state directory for a user, and the folders above it. */
int state_dir_make(const char *path, const struct passwd *user, char why[static WHY_LEN]);
/* Whether this process, which has become that user, can reach the directory. */
int state_dir_reach(const char *path, const char *user, char why[static WHY_LEN]);
