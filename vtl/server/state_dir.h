/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the state directory is, and who else may change it. */
#pragma once

#include <pwd.h>

#include "vtl/library/library.h"

/* Writes why and returns err. */
int start_refuse(char why[static WHY_LEN], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Nobody but its owner may change a state directory.  One that is missing is fine.  0, or -errno with why. */
int state_dir_private(const char *path, char why[static WHY_LEN]);
/* What is there belongs to the user who serves it.  One that is missing is fine.  0, or -errno with why. */
int state_dir_check(const char *path, uid_t user, char why[static WHY_LEN]);
/* As root: makes it for a user when it is missing, and the directories above it. */
int state_dir_make(const char *path, const struct passwd *user, char why[static WHY_LEN]);
/* Whether this process, which has become that user, gets there. */
int state_dir_reach(const char *path, const char *user, char why[static WHY_LEN]);
