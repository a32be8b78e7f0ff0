/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets come from files or stdin, never from argv, and are never shown. */
#pragma once

#include <stdbool.h>

#include "admin/cli/verb.h"

enum { SECRET_MAX = 255 };

/* The first line of a file (or of stdin, "-", asked for without echo on a terminal).  A file that
 * others may read is refused.  False with a line in why; out is to be wiped by the caller. */
bool secret_get(const char *path, char out[static SECRET_MAX + 1], char why[static LINE_LEN]);
