/* SPDX-License-Identifier: Apache-2.0 */
/* A small file that comes with a request. */
#pragma once

#include "admin/rpc/method.h"

/* Reads the file behind the call's descriptor as NUL-terminated text; the caller frees it. what: "a passport", for the
 * message. NULL: refused. */
char *identity_file_text(struct call *call, const char *what);
